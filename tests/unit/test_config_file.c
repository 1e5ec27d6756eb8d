/* The configuration file: what it says, and what is said about its mistakes. */
#include "tests/unit/config_file_loading.h"

#define RULE(members) "{\"rules\": [{\"endpoint\": \"chat\", \"api_key\": \"k\"" members "}]}"

static const struct vespa_rule *only_rule(const struct vespa_config *config)
{
    assert_int_equal(config->rule_count, 1);
    return &config->rules[0];
}

static void assert_list(char *const *list, const char *first, const char *second)
{
    assert_non_null(list);
    assert_string_equal(list[0], first);
    if (!second) {
        assert_null(list[1]);
        return;
    }
    assert_string_equal(list[1], second);
    assert_null(list[2]);
}

/* ---- what it says ---------------------------------------------------------------------------- */

static void endpoint_and_key_are_enough(void **state)
{
    (void)state;
    struct vespa_config *config = LOAD_GOOD_TEXT(RULE(""), NULL);
    const struct vespa_rule *rule = only_rule(config);
    assert_string_equal(config->file, path);
    assert_string_equal(rule->endpoint, "chat");
    assert_string_equal(rule->endpoint_key, "k");
    assert_null(rule->account_key);
    assert_string_equal(rule->hosts[0].name, "vespa.internal");
    assert_int_equal(rule->host_count, 1);
    assert_true(config->default_names);
    assert_string_equal(rule->autoscaler_url, "https://run.vast.ai");
    assert_int_equal(rule->deadline_ms, 1800000);
    assert_int_equal(rule->attempts, 4);
    assert_int_equal(rule->payload, VESPA_PAYLOAD_PLAIN);
    assert_int_equal(rule->fallback, VESPA_FALLBACK_NONE);
    assert_false(rule->translates_uploads || rule->insecure || rule->local_workers);
    assert_null(rule->paths);
    assert_null(rule->worker_hosts);
    assert_null(rule->worker_schemes);
    vespa_config_free(config);
}

static void each_member_is_taken(void **state)
{
    (void)state;
    struct vespa_config *config = LOAD_GOOD_TEXT(
        "{\"$schema\": \"https://example.org/schema\", \"log\": \"debug\","
        " \"log_file\": \"/tmp/x.log\", \"body_limit\": 4096, \"rules\": [{"
        "\"hosts\": [\"api.openai.com\", \"*.example.org:8443\"],\n"
        "\"paths\": [\"/v1/chat/\", \"/v1/embeddings\"], \"endpoint\": \"ch\\u0061t\","
        "\"api_key\": \"k\", \"account_key\": \"a\", \"autoscaler_url\": "
        "\"https://engine.example/\","
        "\"instance\": \"alpha\", \"cost\": 242.50, \"payload\": \"input\","
        "\"uploads\": \"base64\", \"deadline\": 120, \"retries\": 0,"
        "\"pass_headers\": [\"X-Trace-Id\"], \"pass_query\": [\"key\", \"token\"],"
        "\"fallback\": \"origin\", \"fallback_after\": 30, \"worker_schemes\": [\"http\"],"
        "\"worker_hosts\": [\"10.0.0.0/8\", \"*.example.org\"], \"insecure\": true,"
        "\"ca_file\": \"/dev/null\"}]}",
        NULL);
    const struct vespa_rule *rule = only_rule(config);
    assert_int_equal(config->log.level, VESPA_LOG_DEBUG);
    assert_string_equal(config->log.file, "/tmp/x.log");
    assert_int_equal(config->body_limit, 4096);
    assert_int_equal(rule->host_count, 2);
    assert_string_equal(rule->hosts[0].name, "api.openai.com");
    assert_string_equal(rule->hosts[1].name, "example.org");
    assert_true(rule->hosts[1].wildcard);
    assert_int_equal(rule->hosts[1].port, 8443);
    assert_list(rule->paths, "/v1/chat/", "/v1/embeddings");
    assert_string_equal(rule->endpoint, "chat");
    assert_string_equal(rule->endpoint_key, "k");
    assert_string_equal(rule->account_key, "a");
    assert_string_equal(rule->autoscaler_url, "https://engine.example");
    assert_string_equal(rule->console_url, "https://alpha.vast.ai");
    assert_string_equal(rule->instance, "alpha");
    assert_string_equal(rule->cost, "242.50");
    assert_int_equal(rule->payload, VESPA_PAYLOAD_INPUT);
    assert_true(rule->translates_uploads);
    assert_int_equal(rule->deadline_ms, 120000);
    assert_int_equal(rule->attempts, 1);
    assert_list(rule->pass_headers, "X-Trace-Id", NULL);
    assert_list(rule->pass_query, "key", "token");
    assert_int_equal(rule->fallback, VESPA_FALLBACK_ORIGIN);
    assert_int_equal(rule->fallback_after_ms, 30000);
    assert_list(rule->worker_schemes, "http", NULL);
    assert_list(rule->worker_hosts, "10.0.0.0/8", "*.example.org");
    assert_true(rule->insecure);
    assert_string_equal(rule->ca_file, "/dev/null");
    vespa_config_free(config);
}

static void several_rules_are_there_in_their_order(void **state)
{
    (void)state;
    struct vespa_config *config = LOAD_GOOD_TEXT(
        "{\"rules\": [{\"endpoint\": \"chat\", \"api_key\": \"a\"},"
        "{\"endpoint\": \"images\", \"api_key\": \"b\", \"fallback\": \"chat\"},"
        "{\"endpoint\": \"audio\", \"api_key\": \"c\", \"hosts\": [\"a.example\"]}]}",
        NULL);
    assert_int_equal(config->rule_count, 3);
    assert_string_equal(config->rules[1].endpoint, "images");
    assert_string_equal(config->rules[1].endpoint_key, "b");
    assert_int_equal(config->rules[0].host_count, 0); /* which of them would vespa.internal be? */
    assert_int_equal(config->rules[1].host_count, 0);
    assert_int_equal(config->rules[1].fallback, VESPA_FALLBACK_ENDPOINT);
    assert_ptr_equal(config->rules[1].fallback_rule, &config->rules[0]);
    assert_string_equal(config->rules[2].hosts[0].name, "a.example");
    vespa_config_free(config);
}

static void the_only_rule_without_hosts_has_the_default_one(void **state)
{
    (void)state;
    struct vespa_config *config = LOAD_GOOD_TEXT(
        "{\"rules\": [{\"endpoint\": \"chat\", \"api_key\": \"a\"},"
        "{\"endpoint\": \"audio\", \"api_key\": \"c\", \"hosts\": [\"a.example\"]}]}",
        NULL);
    assert_string_equal(config->rules[0].hosts[0].name, "vespa.internal");
    vespa_config_free(config);
}

static void the_default_place_is_below_xdg_config_home(void **state)
{
    (void)state;
    char file[200], command[300], xdg[100];
    snprintf(command, sizeof(command), "mkdir -p %s/xdg/vespa %s/.config/vespa", directory,
             directory);
    assert_int_equal(system(command), 0);
    snprintf(file, sizeof(file), "%s/.config/vespa/config.json", directory);
    write_text(file, RULE(""));
    struct vespa_config *config = LOAD_GOOD_TEXT("", "VESPA_CONFIG=");
    assert_string_equal(config->file, file);
    assert_string_equal(only_rule(config)->endpoint, "chat");
    vespa_config_free(config);

    snprintf(xdg, sizeof(xdg), "XDG_CONFIG_HOME=%s/xdg", directory);
    config =
        LOAD_TEXT("", "VESPA_CONFIG=", xdg); /* there is none, which is no problem of its own */
    assert_null(config->file);
    assert_rule_problem(config, 0, "VAST_ENDPOINT is not set");
    vespa_config_free(config);
    snprintf(file, sizeof(file), "%s/xdg/vespa/config.json", directory);
    write_text(file, RULE(""));
    config = LOAD_GOOD_TEXT("", "VESPA_CONFIG=", xdg);
    assert_string_equal(config->file, file);
    vespa_config_free(config);
}

/* ---- the environment ------------------------------------------------------------------------- */

static void a_variable_counts_before_the_file(void **state)
{
    (void)state;
    struct vespa_config *config = LOAD_GOOD_TEXT(
        RULE(", \"deadline\": 5, \"cost\": 7, \"retries\": 9, \"pass_headers\": [\"A\"]"),
        "VESPA_DEADLINE=6", "VESPA_COST=8.0", "VESPA_PASS_HEADERS=B", "VESPA_LOG=info");
    const struct vespa_rule *rule = only_rule(config);
    assert_int_equal(rule->deadline_ms, 6000);
    assert_string_equal(rule->cost, "8.0");
    assert_int_equal(rule->attempts, 10);
    assert_list(rule->pass_headers, "B", NULL);
    assert_int_equal(config->log.level, VESPA_LOG_INFO);
    vespa_config_free(config);
}

#define TWO                                                                      \
    "{\"rules\": [{\"endpoint\": \"chat\", \"api_key\": \"a\", \"deadline\": 5," \
    "\"hosts\": [\"c.example\"], \"paths\": [\"/v1/\"]},"                        \
    "{\"endpoint\": \"images\", \"api_key\": \"b\", \"hosts\": [\"i.example\"]}]}"

static void an_endpoint_in_the_environment_is_completed_by_the_files_rule_for_it(void **state)
{
    (void)state;
    struct vespa_config *config = LOAD_GOOD_TEXT(TWO, "VAST_ENDPOINT=chat");
    assert_int_equal(config->rule_count, 3);
    assert_string_equal(config->rules[0].endpoint, "chat");
    assert_string_equal(config->rules[0].endpoint_key, "a");
    assert_int_equal(config->rules[0].deadline_ms, 5000);
    assert_string_equal(config->rules[0].hosts[0].name, "vespa.internal");
    assert_null(config->rules[0].paths);
    assert_string_equal(config->rules[1].hosts[0].name, "c.example");
    vespa_config_free(config);

    config = LOAD_GOOD_TEXT(TWO, "VAST_ENDPOINT=chat", "VAST_API_KEY=mine", "VESPA_HOST=h.example");
    assert_string_equal(config->rules[0].endpoint_key, "mine");
    assert_string_equal(config->rules[0].hosts[0].name, "h.example");
    assert_string_equal(config->rules[1].endpoint_key, "a");
    assert_true(config->default_names);
    vespa_config_free(config);

    config = LOAD_GOOD_TEXT(TWO, "VAST_ENDPOINT=other", "VAST_API_KEY=mine");
    assert_string_equal(config->rules[0].endpoint, "other");
    assert_int_equal(config->rules[0].deadline_ms, 1800000);
    vespa_config_free(config);
}

static void a_host_in_the_environment_is_for_the_only_rule(void **state)
{
    (void)state;
    struct vespa_config *config = LOAD_GOOD_TEXT(RULE(""), "VESPA_HOST=h.example");
    assert_int_equal(config->rule_count, 2);
    assert_string_equal(config->rules[0].endpoint, "chat");
    assert_string_equal(config->rules[0].hosts[0].name, "h.example");
    vespa_config_free(config);

    config = LOAD_TEXT(TWO, "VESPA_HOST=h.example");
    assert_rule_problem(config, 0, "VAST_ENDPOINT is not set");
    assert_null(config->rules[1].problem);
    assert_null(config->rules[2].problem);
    vespa_config_free(config);
}

/* ---- keys ------------------------------------------------------------------------------------ */

#define KEYLESS(members) "{\"rules\": [{\"endpoint\": \"chat\"" members "}]}"

static void a_key_may_be_in_a_file_or_a_variable(void **state)
{
    (void)state;
    char key_file[100];
    snprintf(key_file, sizeof(key_file), "%s/key", directory);
    write_text(key_file, " in-file\n");
    struct vespa_config *config =
        LOAD_GOOD_TEXT(KEYLESS(", \"api_key_file\": \"~/key\""), "VAST_API_KEY=not-this");
    assert_string_equal(only_rule(config)->endpoint_key, "in-file");
    vespa_config_free(config);

    config = LOAD_GOOD_TEXT(KEYLESS(", \"api_key_env\": \"MY_KEY\""), "MY_KEY=in-variable");
    assert_string_equal(only_rule(config)->endpoint_key, "in-variable");
    vespa_config_free(config);

    config = LOAD_GOOD_TEXT(KEYLESS(", \"account_key_file\": \"~/key\""), NULL);
    assert_null(only_rule(config)->endpoint_key);
    assert_string_equal(only_rule(config)->account_key, "in-file");
    vespa_config_free(config);

    config = LOAD_GOOD_TEXT(KEYLESS(", \"account_key_env\": \"MY_KEY\""), "MY_KEY=in-variable");
    assert_string_equal(only_rule(config)->account_key, "in-variable");
    vespa_config_free(config);
}

static void a_rule_without_key_takes_what_the_environment_has(void **state)
{
    (void)state;
    struct vespa_config *config = LOAD_GOOD_TEXT(KEYLESS(""), "VAST_API_KEY=mine");
    assert_string_equal(only_rule(config)->endpoint_key, "mine");
    vespa_config_free(config);
    config = LOAD_GOOD_TEXT(KEYLESS(""), "VAST_ACCOUNT_KEY=account");
    assert_string_equal(only_rule(config)->account_key, "account");
    vespa_config_free(config);

    /* VAST_API_KEY is the key of VAST_ENDPOINT, and of no other. */
    config = LOAD_TEXT(KEYLESS(""), "VAST_ENDPOINT=other", "VAST_API_KEY=mine");
    assert_null(config->rules[0].problem);
    assert_null(config->rules[1].endpoint_key);
    assert_rule_problem(config, 1, "there is no key");
    vespa_config_free(config);
}

static void a_key_that_cannot_be_had_is_a_problem_of_its_rule(void **state)
{
    (void)state;
    char key_file[100];
    snprintf(key_file, sizeof(key_file), "%s/key", directory);
    write_text(key_file, "hidden");
    assert_int_equal(chmod(key_file, 0666), 0);
    assert_text_problem(KEYLESS(", \"api_key_file\": \"~/key\""), "may be written by others");
    assert_text_problem(KEYLESS(", \"api_key_file\": \"~/none\""), "is not there, or empty");
    assert_text_problem(KEYLESS(", \"api_key_file\": \"key\""),
                        ":1: rules[0].api_key_file is \"key\": expected the absolute path");
    assert_text_problem(KEYLESS(",\n\"api_key_env\": \"MY_KEY\""),
                        ":2: rules[0].api_key_env is \"MY_KEY\": expected the name of an "
                        "environment variable that is set");
    assert_text_problem(KEYLESS(", \"api_key\": \"\""), ":1: rules[0].api_key is empty");
    assert_text_problem(RULE(", \"api_key_env\": \"MY_KEY\""),
                        ":1: rules[0].api_key_env is not the only place of that key");
}

static void a_command_is_recorded_and_never_run_in_a_foreign_process(void **state)
{
    (void)state;
    static const char text[] = KEYLESS(", \"api_key_command\": [\"pass\", \"show\"]");
    assert_text_problem(text, ":1: rules[0].api_key_command is run by the vespa command alone");

    const char *entries[] = {variable, "VAST_ENDPOINT=", "VAST_API_KEY=", NULL};
    struct vespa_environment environment = {
        .get = look_up, .context = entries, .runs_commands = true};
    struct vespa_config *config = vespa_config_load(&environment);
    assert_non_null(config);
    assert_no_problem(config);
    assert_list(only_rule(config)->api_key_command, "pass", "show");
    vespa_config_free(config);
}

static void no_key_is_ever_shown(void **state)
{
    (void)state;
    static const char *const texts[] = {
        KEYLESS(", \"api_key\": \"hidden two\""),
        KEYLESS(", \"api_key\": \"hidden\\n\""),
        KEYLESS(", \"api_key\": [\"hidden\"]"),
        KEYLESS(", \"account_key\": 4711"),
        KEYLESS(", \"api_key\": \"hidden\", \"api_key\": \"hidden\""),
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct vespa_config *config = LOAD_TEXT(texts[i], NULL);
        assert_non_null(config->rules[0].problem);
        assert_null(strstr(config->rules[0].problem, "hidden"));
        assert_null(strstr(config->rules[0].problem, "4711"));
        vespa_config_free(config);
    }
}

/* ---- mistakes -------------------------------------------------------------------------------- */

static void an_unknown_member_is_told_with_the_nearest_one(void **state)
{
    (void)state;
    assert_text_problem(RULE(",\n\n\"deadlin\": 5"),
                        ":3: a member of rules[0] is \"deadlin\": expected a known name; the "
                        "nearest is \"deadline\"");
    assert_text_problem(RULE(", \"apikey\": 5"), "the nearest is \"api_key\"");
    assert_text_problem(RULE(", \"Hosts\": []"), "the nearest is \"hosts\"");
    assert_text_problem("{\"rule\": []}", ":1: a member of the file is \"rule\": expected a known "
                                          "name; the nearest is \"rules\"");
    assert_text_problem("{\"deadline\": 5, \"rules\": []}", "a member of the file is \"deadline\"");
}

static void each_mistake_names_line_member_and_what_was_expected(void **state)
{
    (void)state;
    static const struct {
        const char *members, *expected;
    } cases[] = {
        {",\n\"deadline\": 0", ":2: rules[0].deadline is \"0\": expected seconds, a number from 1"},
        {",\n\"deadline\": \"5\"", ":2: rules[0].deadline is \"5\": expected seconds"},
        {",\n\"deadline\": 1.5", ":2: rules[0].deadline is \"1.5\": expected seconds"},
        {", \"retries\": -1", ":1: rules[0].retries is \"-1\": expected how often"},
        {", \"retries\": null", ":1: rules[0].retries is \"null\": expected how often"},
        {", \"cost\": 0", ":1: rules[0].cost is \"0\": expected the workload"},
        {", \"cost\": \"100\"", ":1: rules[0].cost is \"100\": expected the workload"},
        {", \"payload\": \"inputs\"", "rules[0].payload is \"inputs\": expected plain or input"},
        {", \"uploads\": true", "rules[0].uploads is \"true\": expected none or base64"},
        {", \"insecure\": 1", "rules[0].insecure is \"1\": expected true or false"},
        {", \"hosts\": \"a.example\"", "rules[0].hosts is \"a.example\": expected HOST"},
        {", \"hosts\": [\n\"a.example\",\n\n\"b/c\"]", ":4: rules[0].hosts[1] is \"b/c\""},
        {", \"hosts\": [\n7]", ":2: rules[0].hosts[0] is \"7\": expected HOST"},
        {", \"hosts\": []", "rules[0].hosts is \"\": expected HOST"},
        {", \"paths\": []", "rules[0].paths is \"\": expected at least one entry"},
        {", \"paths\": [\"v1\"]", "rules[0].paths[0] is \"v1\": expected the beginning of a path"},
        {", \"paths\": [\"/a/../b\"]", "expected the beginning of a path"},
        {", \"paths\": [\"/%61\"]", "expected the beginning of a path"},
        {", \"pass_headers\": [\"A\", \"B:\"]", "rules[0].pass_headers[1] is \"B:\""},
        {", \"fallback\": \"nowhere\"", "rules[0].fallback is \"nowhere\": expected none, origin"},
        {", \"fallback\": \"chat\"", "rules[0].fallback is \"chat\": expected none, origin"},
        {", \"deadline\": 10, \"fallback_after\": 10", "and less than the deadline"},
        {", \"worker_schemes\": [\"ftp\"]", "rules[0].worker_schemes[0] is \"ftp\""},
        {", \"worker_hosts\": [\"10.0.0.0/33\"]", "rules[0].worker_hosts[0] is \"10.0.0.0/33\""},
        {", \"worker_hosts\": [\"http://x\"]", "expected an address, a network"},
        {", \"instance\": \"beta\"", "rules[0].instance is \"beta\": expected prod, alpha"},
        {", \"autoscaler_url\": \"http://run.vast.ai\"", "plain http is for an autoscaler on this"},
        {", \"ca_file\": \"/nowhere.pem\"", "rules[0].ca_file is \"/nowhere.pem\""},
        {", \"retries\": 1, \"retries\": 2",
         "rules[0].retries is \"2\": expected each member once"},
        {", \"instance\": \"pr\\u0000od\"", "rules[0].instance is \"pr?od\": expected prod"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[400];
        snprintf(text, sizeof(text),
                 "{\"rules\": [{\"endpoint\": \"chat\", \"api_key\": \"k\"%s}]}", cases[i].members);
        assert_text_problem(text, cases[i].expected);
    }
}

static void text_that_is_not_json_is_told_with_its_line(void **state)
{
    (void)state;
    assert_text_problem("", ":1: not JSON: expected");
    assert_text_problem("{\"rules\": [\n\n{\"endpoint\": }]}", ":3: not JSON: expected");
    assert_text_problem("{} x", ":1: not JSON: expected");
    assert_text_problem("[]", ":1: expected an object");
    assert_text_problem("{\"rules\": {}}", ":1: rules is \"{\": expected an array");
    assert_text_problem("{\"rules\":\n[5]}", ":2: an entry of rules is no object");
    assert_text_problem("{\"log\": \"loud\"}", ":1: log is \"loud\": expected off, error");
    assert_text_problem("{\"body_limit\": 5}", ":1: body_limit is \"5\": expected bytes");
}

static void a_rule_before_the_place_where_json_ends_is_known_and_refused(void **state)
{
    (void)state;
    struct vespa_config *config = LOAD_TEXT("{\"rules\": [{\"hosts\": [\"a.example\"], "
                                            "\"endpoint\": \"chat\", \"api_key\": \"k\"},\n{]}",
                                            NULL);
    assert_string_equal(config->rules[0].hosts[0].name, "a.example");
    assert_rule_problem(config, 0, ":2: not JSON");
    vespa_config_free(config);
}

static void a_mistake_in_one_rule_leaves_the_others_alone(void **state)
{
    (void)state;
    struct vespa_config *config =
        LOAD_TEXT("{\"rules\": [{\"endpoint\": \"chat\", \"api_key\": \"a\", \"retries\": -1},"
                  "{\"endpoint\": \"images\", \"api_key\": \"b\"}]}",
                  NULL);
    assert_rule_problem(config, 0, ":1: rules[0].retries is \"-1\"");
    assert_null(config->rules[1].problem);
    vespa_config_free(config);
}

static void a_rule_without_endpoint_is_told_with_its_line(void **state)
{
    (void)state;
    assert_text_problem("{\"rules\": [\n{\"api_key\": \"k\"}]}",
                        ":2: a rule has no endpoint: expected \"endpoint\": \"NAME\"");
}

static void two_rules_for_one_host_are_told_apart_by_paths(void **state)
{
    (void)state;
    static const char one[] =
        "{\"endpoint\": \"a\", \"api_key\": \"k\", \"hosts\": [\"A.example\"]";
    static const char other[] =
        "{\"endpoint\": \"b\", \"api_key\": \"k\", \"hosts\": [\"x.example\", \"a.example\"]";
    char text[400];
    snprintf(text, sizeof(text), "{\"rules\": [%s},\n%s}]}", one, other);
    struct vespa_config *config = LOAD_TEXT(text, NULL);
    assert_rule_problem(config, 0,
                        ":1: the rule takes the same host and paths as the one of line 2");
    assert_rule_problem(config, 1,
                        ":2: the rule takes the same host and paths as the one of line 1");
    vespa_config_free(config);

    snprintf(text, sizeof(text), "{\"rules\": [%s, \"paths\": [\"/v1/\"]},%s}]}", one, other);
    vespa_config_free(LOAD_GOOD_TEXT(text, NULL));
    snprintf(text, sizeof(text),
             "{\"rules\": [%s, \"paths\": [\"/v1/\"]},%s, \"paths\": [\"/v2/\", \"/v1/\"]}]}", one,
             other);
    config = LOAD_TEXT(text, NULL);
    assert_rule_problem(config, 1, "the same host and paths");
    vespa_config_free(config);
}

/* ---- the file itself ------------------------------------------------------------------------- */

static void a_file_that_others_could_have_written_is_refused(void **state)
{
    (void)state;
    static const mode_t modes[] = {0620, 0602};
    write_text(path, RULE(", \"hosts\": [\"a.example\"]"));
    const char *entries[] = {variable, NULL};
    struct vespa_environment environment = {.get = look_up, .context = entries};
    for (size_t i = 0; i < COUNT(modes); i++) {
        assert_int_equal(chmod(path, modes[i]), 0);
        struct vespa_config *config = vespa_config_load(&environment);
        assert_int_equal(config->rule_count, 1); /* the environment's own, and none of the file's */
        assert_rule_problem(config, 0, "may be written by others: run chmod go-w on it");
        vespa_config_free(config);
    }
    if (geteuid() != 0)
        return; /* only root can give files away */
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(chown(path, 12345, 12345), 0);
    struct vespa_config *config = vespa_config_load(&environment);
    assert_rule_problem(config, 0, "belongs neither to the user nor to root");
    vespa_config_free(config);
}

static void a_named_file_has_to_be_there(void **state)
{
    (void)state;
    struct vespa_config *config = LOAD_TEXT("", "VESPA_CONFIG=/nowhere/config.json");
    assert_rule_problem(config, 0, "the configuration file /nowhere/config.json does not exist");
    assert_null(strstr(config->rules[0].problem, "VAST_ENDPOINT")); /* one cause is enough */
    vespa_config_free(config);
    config = LOAD_TEXT("", "VESPA_CONFIG=/");
    assert_rule_problem(config, 0, "the configuration file / is not a regular file");
    vespa_config_free(config);
}

/* HOME is somebody else's, whose directory is closed to this user. */
static struct vespa_config *load_in_a_closed_home(const char *endpoint)
{
    const char *entries[] = {endpoint, "VAST_API_KEY=key", home_variable, NULL};
    struct vespa_environment environment = {.get = look_up, .context = entries};
    bool is_root = geteuid() == 0;
    assert_int_equal(chmod(directory, 0), 0);
    if (is_root)
        assert_int_equal(seteuid(12345), 0);
    struct vespa_config *config = vespa_config_load(&environment);
    if (is_root)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(chmod(directory, 0700), 0);
    assert_non_null(config);
    return config;
}

static void the_environment_is_enough_where_the_default_file_cannot_be_seen(void **state)
{
    (void)state;
    struct vespa_config *config = load_in_a_closed_home("VAST_ENDPOINT=chat");
    assert_no_problem(config);
    assert_string_equal(only_rule(config)->endpoint, "chat");
    assert_null(config->file);
    vespa_config_free(config);
    /* What it lacks may be in that file. */
    config = load_in_a_closed_home("VAST_ENDPOINT=");
    assert_rule_problem(config, 0, "config.json is in a directory that this user may not look");
    vespa_config_free(config);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_DIRECTORY(endpoint_and_key_are_enough),
        IN_DIRECTORY(each_member_is_taken),
        IN_DIRECTORY(several_rules_are_there_in_their_order),
        IN_DIRECTORY(the_only_rule_without_hosts_has_the_default_one),
        IN_DIRECTORY(the_default_place_is_below_xdg_config_home),
        IN_DIRECTORY(a_variable_counts_before_the_file),
        IN_DIRECTORY(an_endpoint_in_the_environment_is_completed_by_the_files_rule_for_it),
        IN_DIRECTORY(a_host_in_the_environment_is_for_the_only_rule),
        IN_DIRECTORY(a_key_may_be_in_a_file_or_a_variable),
        IN_DIRECTORY(a_rule_without_key_takes_what_the_environment_has),
        IN_DIRECTORY(a_key_that_cannot_be_had_is_a_problem_of_its_rule),
        IN_DIRECTORY(a_command_is_recorded_and_never_run_in_a_foreign_process),
        IN_DIRECTORY(no_key_is_ever_shown),
        IN_DIRECTORY(an_unknown_member_is_told_with_the_nearest_one),
        IN_DIRECTORY(each_mistake_names_line_member_and_what_was_expected),
        IN_DIRECTORY(text_that_is_not_json_is_told_with_its_line),
        IN_DIRECTORY(a_rule_before_the_place_where_json_ends_is_known_and_refused),
        IN_DIRECTORY(a_mistake_in_one_rule_leaves_the_others_alone),
        IN_DIRECTORY(a_rule_without_endpoint_is_told_with_its_line),
        IN_DIRECTORY(two_rules_for_one_host_are_told_apart_by_paths),
        IN_DIRECTORY(a_file_that_others_could_have_written_is_refused),
        IN_DIRECTORY(a_named_file_has_to_be_there),
        IN_DIRECTORY(the_environment_is_enough_where_the_default_file_cannot_be_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
