/* What the environment says, and what is said about its mistakes. */
#include "tests/unit/config_loading.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- defaults -------------------------------------------------------------------------------- */

static void endpoint_and_key_are_enough(void **state)
{
    (void)state;
    struct vespa_config *config = LOAD_GOOD(NULL);
    struct vespa_rule *rule = &config->rules[0];
    assert_string_equal(rule->endpoint, "my-endpoint");
    assert_string_equal(rule->endpoint_key, "secret-key");
    assert_null(rule->account_key);
    assert_int_equal(rule->host_count, 1);
    assert_string_equal(rule->hosts[0].name, "vespa.internal");
    assert_false(rule->hosts[0].wildcard);
    assert_int_equal(rule->hosts[0].port, 0);
    assert_true(config->default_names);
    assert_string_equal(rule->autoscaler_url, "https://run.vast.ai");
    assert_string_equal(rule->console_url, "https://console.vast.ai");
    assert_string_equal(rule->instance, "prod");
    assert_int_equal(rule->deadline_ms, 1800000);
    assert_int_equal(rule->attempts, 4);
    assert_null(rule->cost);
    assert_null(rule->pass_headers);
    assert_null(rule->pass_query);
    assert_null(rule->ca_file);
    assert_false(rule->local_workers);
    assert_int_equal(config->body_limit, 256u * 1024 * 1024);
    assert_int_equal(config->log.level, VESPA_LOG_ERROR);
    assert_null(config->log.file);
    vespa_config_free(config);
}

static void an_empty_variable_counts_as_unset(void **state)
{
    (void)state;
    vespa_config_free(
        LOAD_GOOD("VESPA_HOST=", "VESPA_CONFIG=", "VESPA_AUTOSCALER_URL=", "VESPA_INSTANCE=",
                  "VESPA_DEADLINE=", "VESPA_RETRIES=", "VESPA_COST=", "VESPA_PASS_HEADERS=",
                  "VESPA_LOG=", "VESPA_LOG_FILE=", "VESPA_CA_FILE="));
    assert_problem("VAST_ENDPOINT=", "VAST_ENDPOINT is not set");
}

/* ---- endpoint -------------------------------------------------------------------------------- */

static void a_missing_endpoint_is_named(void **state)
{
    (void)state;
    struct vespa_config *config = LOAD("VAST_ENDPOINT=");
    assert_null(config->rules[0].endpoint);
    assert_non_null(strstr(config->rules[0].problem, "VAST_ENDPOINT is not set: set it to"));
    vespa_config_free(config);
}

static void an_endpoint_is_a_name_and_not_a_url(void **state)
{
    (void)state;
    assert_problem("VAST_ENDPOINT=https://run.vast.ai/x", "not a URL");
    assert_problem("VAST_ENDPOINT=a\nb", "VAST_ENDPOINT is \"a?b\"");
}

/* ---- hosts ----------------------------------------------------------------------------------- */

static void hosts_replace_the_default_names(void **state)
{
    (void)state;
    struct vespa_config *config =
        LOAD_GOOD("VESPA_HOST=api.openai.com, *.example.org:8443,[::1]:80 ,,ftp.example.org.");
    struct vespa_rule *rule = &config->rules[0];
    static const struct vespa_host expected[] = {{"api.openai.com", false, 0},
                                                 {"example.org", true, 8443},
                                                 {"[::1]", false, 80},
                                                 {"ftp.example.org", false, 0}};
    assert_false(config->default_names);
    assert_int_equal(rule->host_count, COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++) {
        assert_string_equal(rule->hosts[i].name, expected[i].name);
        assert_int_equal(rule->hosts[i].wildcard, expected[i].wildcard);
        assert_int_equal(rule->hosts[i].port, expected[i].port);
    }
    vespa_config_free(config);
}

static void a_malformed_host_is_named(void **state)
{
    (void)state;
    static const char *const hosts[] = {
        "http://api.openai.com",
        "api.openai.com/v1",
        "api.openai.com:0",
        "a:99999",
        "a:",
        "*",
        "*.",
        "*.*.org",
        "a b",
        "a?b",
        "a#",
        "*.[::1]",
        "..",
        "a..b",
        "*x.org",
        "%61pi.openai.com",
        "1.2.3.4.5",
        "b\303\274cher.de",
        ":80",
    };
    for (size_t i = 0; i < COUNT(hosts); i++) {
        char entry[64], expected[64];
        snprintf(entry, sizeof(entry), "VESPA_HOST=ok.example,%s", hosts[i]);
        snprintf(expected, sizeof(expected), "an entry of VESPA_HOST is \"%s\": expected HOST",
                 hosts[i]);
        assert_problem(entry, expected);
    }
}

static void a_host_with_a_user_name_is_not_repeated(void **state)
{
    (void)state;
    struct vespa_config *config = LOAD("VESPA_HOST=me:the-password@a");
    assert_non_null(strstr(config->rules[0].problem, "an entry of VESPA_HOST is not acceptable: "
                                                     "expected HOST, HOST:PORT"));
    assert_null(strstr(config->rules[0].problem, "the-password"));
    vespa_config_free(config);
}

static void without_a_usable_host_the_default_one_carries_the_problem(void **state)
{
    (void)state;
    struct vespa_config *config = LOAD("VESPA_HOST=http://x/");
    assert_int_equal(config->rules[0].host_count, 1);
    assert_string_equal(config->rules[0].hosts[0].name, "vespa.internal");
    assert_non_null(config->rules[0].problem);
    vespa_config_free(config);
    assert_problem("VESPA_HOST=,", "VESPA_HOST is \",\"");
}

/* ---- where to ask ---------------------------------------------------------------------------- */

static void an_instance_selects_autoscaler_and_console(void **state)
{
    (void)state;
    static const struct {
        const char *entry, *instance, *autoscaler, *console;
        bool local;
    } cases[] = {
        {"VESPA_INSTANCE=prod", "prod", "https://run.vast.ai", "https://console.vast.ai", false},
        {"VESPA_INSTANCE=alpha", "alpha", "https://run-alpha.vast.ai", "https://alpha.vast.ai",
         false},
        {"VESPA_INSTANCE=Candidate", "candidate", "https://run-candidate.vast.ai",
         "https://candidate.vast.ai", false},
        {"VESPA_INSTANCE=local", "local", "http://localhost:8080", "http://localhost:8080", true},
        {"VESPA_AUTOSCALER_URL=http://127.0.0.1:9000/", "local", "http://127.0.0.1:9000",
         "http://127.0.0.1:9000", true},
        {"VESPA_AUTOSCALER_URL=https://engine.example/base//", "prod",
         "https://engine.example/base", "https://console.vast.ai", false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct vespa_config *config = LOAD_GOOD(cases[i].entry);
        struct vespa_rule *rule = &config->rules[0];
        assert_string_equal(rule->instance, cases[i].instance);
        assert_string_equal(rule->autoscaler_url, cases[i].autoscaler);
        assert_string_equal(rule->console_url, cases[i].console);
        assert_int_equal(rule->local_workers, cases[i].local);
        vespa_config_free(config);
    }
    assert_problem("VESPA_INSTANCE=beta",
                   "VESPA_INSTANCE is \"beta\": expected prod, alpha, candidate or local");
}

static void a_local_autoscaler_of_a_named_instance_keeps_its_console(void **state)
{
    (void)state;
    struct vespa_config *config =
        LOAD_GOOD("VESPA_AUTOSCALER_URL=http://localhost:9000", "VESPA_INSTANCE=alpha");
    assert_string_equal(config->rules[0].instance, "alpha");
    assert_string_equal(config->rules[0].console_url, "https://alpha.vast.ai");
    assert_true(config->rules[0].local_workers);
    vespa_config_free(config);
}

static void plain_http_is_for_loopback_alone(void **state)
{
    (void)state;
    static const char *const local[] = {
        "http://localhost",   "http://LOCALHOST:1/", "http://127.0.0.1:8080",
        "http://127.8.9.10/", "http://[::1]:80",     "https://127.0.0.1",
    };
    static const char *const far[] = {
        "http://run.vast.ai",   "http://localhost.example/", "http://127.0.0.1.example/",
        "http://192.168.0.1/",  "http://0.0.0.0/",           "http://[::2]/",
        "http://10.0.0.1:8080", "http://128.0.0.1",
    };
    char entry[128];
    for (size_t i = 0; i < COUNT(local); i++) {
        snprintf(entry, sizeof(entry), "VESPA_AUTOSCALER_URL=%s", local[i]);
        struct vespa_config *config = LOAD_GOOD(entry);
        assert_true(config->rules[0].local_workers);
        vespa_config_free(config);
    }
    for (size_t i = 0; i < COUNT(far); i++) {
        snprintf(entry, sizeof(entry), "VESPA_AUTOSCALER_URL=%s", far[i]);
        assert_problem(entry, "expected https: plain http is for an autoscaler on this machine");
    }
}

static void an_autoscaler_url_is_an_address_and_nothing_more(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "run.vast.ai",
        "https://run.vast.ai/?a",
        "https://run.vast.ai/#",
        "ftp://run.vast.ai",
        "https://",
        "https://a b/",
        "https://a:0/",
        "nonsense://",
        "https://run.vast.ai\n.example",
    };
    for (size_t i = 0; i < COUNT(urls); i++) {
        char entry[128];
        snprintf(entry, sizeof(entry), "VESPA_AUTOSCALER_URL=%s", urls[i]);
        assert_problem(entry, "expected https://HOST[:PORT]");
    }
    struct vespa_config *config = LOAD("VESPA_AUTOSCALER_URL=https://me:hidden@run.vast.ai");
    assert_non_null(strstr(config->rules[0].problem, "VESPA_AUTOSCALER_URL is not acceptable"));
    assert_null(strstr(config->rules[0].problem, "hidden"));
    assert_string_equal(config->rules[0].autoscaler_url, "https://run.vast.ai");
    vespa_config_free(config);
}

/* ---- numbers --------------------------------------------------------------------------------- */

static void a_deadline_is_seconds_from_1_to_86400(void **state)
{
    (void)state;
    struct vespa_config *config = LOAD_GOOD("VESPA_DEADLINE=1");
    assert_int_equal(config->rules[0].deadline_ms, 1000);
    vespa_config_free(config);
    config = LOAD_GOOD("VESPA_DEADLINE=86400");
    assert_int_equal(config->rules[0].deadline_ms, 86400000);
    vespa_config_free(config);

    assert_problem("VESPA_DEADLINE=abc", "VESPA_DEADLINE is \"abc\": expected seconds, a number "
                                         "from 1 to 86400");
    static const char *const bad[] = {
        "0", "86401", "-1", "1.5", "1s", "0x10", "+1", "1 2", "99999999999999999999"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        char entry[64];
        snprintf(entry, sizeof(entry), "VESPA_DEADLINE=%s", bad[i]);
        assert_problem(entry, "expected seconds");
    }
}

static void retries_come_on_top_of_the_first_attempt(void **state)
{
    (void)state;
    struct vespa_config *config = LOAD_GOOD("VESPA_RETRIES=0");
    assert_int_equal(config->rules[0].attempts, 1);
    vespa_config_free(config);
    config = LOAD_GOOD("VESPA_RETRIES=100");
    assert_int_equal(config->rules[0].attempts, 101);
    vespa_config_free(config);
    assert_problem("VESPA_RETRIES=101", "a number from 0 to 100");
    assert_problem("VESPA_RETRIES=-1", "a number from 0 to 100");
}

static void a_cost_keeps_its_digits(void **state)
{
    (void)state;
    static const char *const good[] = {
        "1", "242.0", "100.50", "1e3", "0.5E+2", "7e-1", "12345678901234567890"};
    static const char *const bad[] = {"0",
                                      "0.0",
                                      "-1",
                                      "01",
                                      "1.",
                                      ".5",
                                      "1e",
                                      "1e400",
                                      "0e5",
                                      "inf",
                                      "NaN",
                                      "1 0",
                                      "1,5",
                                      "0x10",
                                      "+1",
                                      "1e+",
                                      "123456789012345678901234567890123"};
    char entry[64];
    for (size_t i = 0; i < COUNT(good); i++) {
        snprintf(entry, sizeof(entry), "VESPA_COST=%s", good[i]);
        struct vespa_config *config = LOAD_GOOD(entry);
        assert_string_equal(config->rules[0].cost, good[i]);
        vespa_config_free(config);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        snprintf(entry, sizeof(entry), "VESPA_COST=%s", bad[i]);
        assert_problem(entry, "a number above 0");
    }
}

/* ---- the rest -------------------------------------------------------------------------------- */

static void headers_to_pass_are_a_list_of_names(void **state)
{
    (void)state;
    struct vespa_config *config = LOAD_GOOD("VESPA_PASS_HEADERS=X-Trace-Id , Authorization,");
    char **names = config->rules[0].pass_headers;
    assert_string_equal(names[0], "X-Trace-Id");
    assert_string_equal(names[1], "Authorization");
    assert_null(names[2]);
    vespa_config_free(config);
    assert_problem("VESPA_PASS_HEADERS=Good,X Trace",
                   "an entry of VESPA_PASS_HEADERS is \"X Trace\": expected the name of a header");
    assert_problem("VESPA_PASS_HEADERS=A: b", "the name of a header");
}

static void the_log_is_set_up(void **state)
{
    (void)state;
    struct vespa_config *config = LOAD_GOOD("VESPA_LOG=debug", "VESPA_LOG_FILE=/tmp/x.log");
    assert_int_equal(config->log.level, VESPA_LOG_DEBUG);
    assert_string_equal(config->log.file, "/tmp/x.log");
    assert_ptr_equal(config->log.file, config->log_file);
    vespa_config_free(config);
    assert_problem("VESPA_LOG=loud",
                   "VESPA_LOG is \"loud\": expected off, error, warn, info or debug");
}

static void a_root_certificate_that_cannot_be_read_is_a_problem(void **state)
{
    (void)state;
    struct vespa_config *config = LOAD_GOOD("VESPA_CA_FILE=/dev/null");
    assert_string_equal(config->rules[0].ca_file, "/dev/null");
    vespa_config_free(config);
    assert_problem("VESPA_CA_FILE=/nonexistent.pem", "VESPA_CA_FILE is \"/nonexistent.pem\"");
}

static void all_mistakes_are_told_at_once(void **state)
{
    (void)state;
    struct vespa_config *config = LOAD("VAST_ENDPOINT=", "VAST_API_KEY=", "VESPA_DEADLINE=x");
    const char *problem = config->rules[0].problem;
    assert_non_null(strstr(problem, "VAST_ENDPOINT is not set"));
    assert_non_null(strstr(problem, "; there is no key"));
    assert_non_null(strstr(problem, "; VESPA_DEADLINE is \"x\""));
    vespa_config_free(config);
}

static void a_message_stays_short_and_without_control_characters(void **state)
{
    (void)state;
    static char entry[50000];
    strcpy(entry, "VESPA_HOST=");
    for (size_t at = strlen(entry); at + 300 < sizeof(entry); at += 300) {
        memset(entry + at, '!', 299);
        entry[at + 5] = '\n';
        entry[at + 299] = ',';
    }
    struct vespa_config *config = LOAD(entry);
    const char *problem = config->rules[0].problem;
    assert_true(strlen(problem) < 2000);
    assert_null(strchr(problem, '\n'));
    assert_non_null(strstr(problem, "!!!!!?!!!!"));
    assert_non_null(strstr(problem, "...\": expected"));
    vespa_config_free(config);
}

static void freeing_nothing_is_allowed(void **state)
{
    (void)state;
    vespa_config_free(NULL);
}

/* ---- the workers' root ----------------------------------------------------------------------- */

static void write_cached_root(const char *directory, mode_t mode)
{
    char path[200];
    snprintf(path, sizeof(path), "%s/vespa", directory);
    mkdir(path, 0700);
    snprintf(path, sizeof(path), "%s/vespa/jvastai_root.pem", directory);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("the root", file);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
}

static void assert_cached_root(const char *variable, const char *setting, const char *expected)
{
    struct vespa_config *config = LOAD(variable, setting);
    if (expected) {
        assert_non_null(config->cached_root);
        assert_string_equal(config->cached_root, expected);
    } else {
        assert_null(config->cached_root);
    }
    vespa_config_free(config);
}

static void a_root_in_the_cache_is_read_where_one_is_wanted(void **state)
{
    (void)state;
    char directory[] = "/tmp/vespa-test-XXXXXX";
    char variable[100], path[200];
    assert_non_null(mkdtemp(directory));
    snprintf(variable, sizeof(variable), "XDG_CACHE_HOME=%s", directory);
    assert_cached_root(variable, "X=", NULL);
    write_cached_root(directory, 0644);
    assert_cached_root(variable, "X=", "the root");
    assert_cached_root(variable, "VESPA_CA_FILE=/etc/hostname", NULL);
    assert_cached_root(variable, "VESPA_AUTOSCALER_URL=http://127.0.0.1:1", NULL);
    assert_cached_root("XDG_CACHE_HOME=relative", "X=", NULL);
    write_cached_root(directory, 0666); /* anybody may have written it */
    assert_cached_root(variable, "X=", NULL);
    snprintf(path, sizeof(path), "%s/vespa/jvastai_root.pem", directory);
    unlink(path);
    snprintf(path, sizeof(path), "%s/vespa", directory);
    rmdir(path);
    rmdir(directory);
}

static void a_further_root_is_named_by_its_fingerprint(void **state)
{
    (void)state;
    static const char digits[] = "a1:a7:8f:9e:1a:80:6c:74:da:d0:8b:8f:01:f5:f0:8c:"
                                 "73:9f:b7:0a:5b:fb:b5:2d:28:92:37:51:c2:23:45:1d";
    char variable[200];
    snprintf(variable, sizeof(variable), "VESPA_ROOT_SHA256=%s", digits);
    struct vespa_config *config = LOAD_GOOD(variable);
    assert_string_equal(config->root_sha256, digits);
    vespa_config_free(config);
    assert_problem("VESPA_ROOT_SHA256=A1A7", "64 hexadecimal digits");
}

static bool wants_own_root(struct vespa_config *config)
{
    bool wants = config->rules[0].own_root;
    vespa_config_free(config);
    return wants;
}

static void workers_are_verified_by_their_own_root_unless_they_are_local(void **state)
{
    (void)state;
    static const char named[] =
        "VESPA_ROOT_SHA256=A1A78F9E1A806C74DAD08B8F01F5F08C739FB70A5BFBB52D28923751C223451D";
    static const char local[] = "VESPA_AUTOSCALER_URL=http://127.0.0.1:9000";
    assert_true(wants_own_root(LOAD_GOOD(named)));
    assert_false(wants_own_root(LOAD_GOOD(local)));
    assert_true(wants_own_root(LOAD_GOOD(local, named)));
    assert_false(wants_own_root(LOAD_GOOD(local, named, "VESPA_CA_FILE=/proc/self/exe")));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(workers_are_verified_by_their_own_root_unless_they_are_local),
        cmocka_unit_test(endpoint_and_key_are_enough),
        cmocka_unit_test(an_empty_variable_counts_as_unset),
        cmocka_unit_test(a_missing_endpoint_is_named),
        cmocka_unit_test(an_endpoint_is_a_name_and_not_a_url),
        cmocka_unit_test(hosts_replace_the_default_names),
        cmocka_unit_test(a_malformed_host_is_named),
        cmocka_unit_test(a_host_with_a_user_name_is_not_repeated),
        cmocka_unit_test(without_a_usable_host_the_default_one_carries_the_problem),
        cmocka_unit_test(an_instance_selects_autoscaler_and_console),
        cmocka_unit_test(a_local_autoscaler_of_a_named_instance_keeps_its_console),
        cmocka_unit_test(plain_http_is_for_loopback_alone),
        cmocka_unit_test(an_autoscaler_url_is_an_address_and_nothing_more),
        cmocka_unit_test(a_deadline_is_seconds_from_1_to_86400),
        cmocka_unit_test(retries_come_on_top_of_the_first_attempt),
        cmocka_unit_test(a_cost_keeps_its_digits),
        cmocka_unit_test(headers_to_pass_are_a_list_of_names),
        cmocka_unit_test(the_log_is_set_up),
        cmocka_unit_test(a_root_certificate_that_cannot_be_read_is_a_problem),
        cmocka_unit_test(all_mistakes_are_told_at_once),
        cmocka_unit_test(a_message_stays_short_and_without_control_characters),
        cmocka_unit_test(freeing_nothing_is_allowed),
        cmocka_unit_test(a_root_in_the_cache_is_read_where_one_is_wanted),
        cmocka_unit_test(a_further_root_is_named_by_its_fingerprint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
