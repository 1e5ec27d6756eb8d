// Nothing secret is told: every secret that vespa is given, or that passes through it, is marked;
// all that the commands, a program under the shim and the summary of its requests write, at every
// log level and whatever goes wrong, is searched for the mark.

#include "tests/cli/vespa.h"
#include "tests/support/raw_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define MARK             "S3CR3T"
#define MARK_TWICE       "UzNDUjNUOlMzQ1IzVA" // MARK:MARK in base64, as Basic has it
#define KEY              MARK "-endpoint-key"
#define ACCOUNT_KEY      MARK "-account-key"
#define ENVIRONMENT(...) ((const char *const[]){__VA_ARGS__, NULL})
#define HOST             "http://my-endpoint.vespa.internal"

static const char *const levels[] = {"off", "error", "warn", "info", "debug"};

struct secrets {
    struct vespa_sim_process *sim;
    struct vespa_raw_server *origin;
    struct vespa_program_result result;
    bool file_alone; // commands are configured by the file, and not by variables
    char directory[64];
    char home[80], account[80], tmpdir[80], log[96], log_level[32], config[96], origin_url[64];
};

static int set_up(void **state)
{
    struct secrets *s = calloc(1, sizeof *s);
    *state = s;
    strcpy(s->directory, "/tmp/vespa-secrets-XXXXXX");
    if (!mkdtemp(s->directory))
        return -1;
    snprintf(s->home, sizeof s->home, "HOME=%s", s->directory);
    snprintf(s->tmpdir, sizeof s->tmpdir, "TMPDIR=%s", s->directory);
    snprintf(s->log, sizeof s->log, "VESPA_LOG_FILE=%s/log", s->directory);
    snprintf(s->config, sizeof s->config, "VESPA_CONFIG=%s/config.json", s->directory);
    strcpy(s->account, "VAST_ACCOUNT_KEY=" ACCOUNT_KEY);
    s->sim = vespa_sim_process_start("--key", KEY, "--account-key", ACCOUNT_KEY);
    s->origin = vespa_raw_server_start("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    snprintf(s->origin_url, sizeof s->origin_url, "ORIGIN=%s", vespa_raw_server_url(s->origin));
    return 0;
}

static void forget_files(const struct secrets *s)
{
    static const char *const names[] = {"log", "config.json", "key", "netrc"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[96];
        snprintf(path, sizeof path, "%s/%s", s->directory, names[i]);
        unlink(path);
    }
}

static int tear_down(void **state)
{
    struct secrets *s = *state;
    vespa_raw_server_stop(s->origin);
    vespa_sim_process_stop(s->sim);
    vespa_program_result_free(&s->result);
    forget_files(s);
    int code = rmdir(s->directory); // and nobody has left anything else
    free(s);
    return code;
}

static void write_file(const struct secrets *s, const char *name, const char *text)
{
    char path[96];
    snprintf(path, sizeof path, "%s/%s", s->directory, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0600), 0);
}

static char *read_log(const struct secrets *s)
{
    static char text[1 << 20];
    FILE *file = fopen(strchr(s->log, '=') + 1, "r");
    text[0] = '\0';
    if (file) {
        text[fread(text, 1, sizeof text - 1, file)] = '\0';
        fclose(file);
    }
    return text;
}

static void assert_hides(const char *what, const char *where, const char *text)
{
    static const char *const marks[] = {MARK, MARK_TWICE};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (strstr(text, marks[i]))
            fail_msg("%s: %s tells a secret:\n%s", what, where, text);
}

// What was written in all places, and that is searched; and that something was written at all.
static void assert_told_nobody(const struct secrets *s, const char *what)
{
    assert_hides(what, "stdout", s->result.out);
    assert_hides(what, "stderr", s->result.err);
    assert_hides(what, "the log", read_log(s));
}

// --- commands ---

static void run_command(struct secrets *s, const char *const *arguments)
{
    const char *words[16];
    size_t count = 0;
    for (; arguments[count]; count++)
        words[count] = arguments[count];
    words[count] = NULL;
    char *command = vespa_build_path("vespa");
    vespa_program_result_free(&s->result);
    const struct vespa_sim_process *sim = s->file_alone ? NULL : s->sim;
    const char *account = s->file_alone ? "VAST_ACCOUNT_KEY" : s->account;
    s->result = vespa_command_at(
        command, sim, ENVIRONMENT(s->home, account, s->log, s->config, "XDG_CONFIG_HOME"), words);
    free(command);
    assert_int_equal(s->result.signal, 0);
    assert_told_nobody(s, arguments[0]);
}

#define COMMAND(s, ...) run_command(s, (const char *const[]){__VA_ARGS__, NULL})

static void run_asking_commands(struct secrets *s)
{
    COMMAND(s, "request", "POST", "/echo?api_key=" MARK, "-d", "{\"a\":1}", "-H",
            "Authorization: Bearer " MARK, "--timeout", "1", "--log", "debug");
    COMMAND(s, "route", "--json", "--timeout", "1", "--log", "debug");
}

static void run_all_commands(struct secrets *s)
{
    run_asking_commands(s);
    COMMAND(s, "request", "GET", "/health", "-i", "--timeout", "1", "--log", "debug");
    COMMAND(s, "route", "--timeout", "1", "--log", "debug");
    COMMAND(s, "endpoints", "--log", "debug");
    COMMAND(s, "endpoints", "--json", "--log", "debug");
    COMMAND(s, "doctor", "curl", "--json", "--log", "debug");
    COMMAND(s, "doctor", "curl", "--log", "debug");
    COMMAND(s, "workers", "--log", "debug");
    COMMAND(s, "workers", "--json", "--log", "debug");
}

static void commands_tell_no_secret(void **state)
{
    struct secrets *s = *state;
    write_file(s, "config.json", "{}");
    run_all_commands(s);
    COMMAND(s, "request", "POST", "/echo", "-d", "{\"a\":1}", "--log", "debug");
    vespa_assert_status(&s->result, 0);
    assert_non_null(strstr(read_log(s), " info: POST /echo")); // there was something to search
    COMMAND(s, "config", "check");
    vespa_assert_status(&s->result, 0);
    COMMAND(s, "config", "check", "--json");
    vespa_assert_status(&s->result, 0);
}

// Also when the other side repeats the key in what it says.
static void commands_that_fail_tell_no_secret(void **state)
{
    static const char *const faults[] = {
        "route-status,status=401,body={\"error\":\"" KEY " is no good\"}",
        "route-status,status=403,type=text/plain,body=" KEY,
        "route-status,status=400,body={\"msg\":\"Bearer " KEY "\"}",
        "route-status,status=500,body=" KEY,
        "route-status,status=429,body=" KEY,
        "route-garbage,form=text",
        "route-close",
        "worker-dead",
        "worker-close",
        "worker-status,status=500",
        "worker-status,status=401",
    };
    struct secrets *s = *state;
    write_file(s, "config.json", "{}");
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        vespa_sim_process_reset(s->sim);
        vespa_sim_process_fault(s->sim, faults[i]);
        run_asking_commands(s);
    }
    vespa_sim_process_reset(s->sim);
    vespa_sim_process_admin(s->sim, "/admin/key", MARK "-another");
    run_all_commands(s);
    strcpy(s->account, "VAST_ACCOUNT_KEY=" MARK "-bad");
    run_all_commands(s);
    vespa_assert_status(&s->result, 4);
}

// Whatever is wrong in a configuration, beside a key or with it.
static void a_configuration_with_errors_tells_no_secret(void **state)
{
    static const char *const files[] = {
        "{\"rules\": [{\"endpoint\": \"e\", \"api_key\": [\"" MARK "\"]}]}",
        "{\"rules\": [{\"endpoint\": \"e\", \"api_key\": {\"a\": \"" MARK "\"}}]}",
        "{\"rules\": [{\"endpoint\": \"e\", \"api_key\": \"" MARK "\" \"b\": 1}]}",
        "{\"rules\": [{\"endpoint\": \"e\", \"api_key\": \"" MARK "\", \"nonsense\": 1}]}",
        "{\"rules\": [{\"endpoint\": \"e\", \"api_key\": \"" MARK "\", \"api_key\": \"" MARK
        "2\"}]}",
        "{\"rules\": [{\"endpoint\": \"e\", \"api_key\": \"" MARK "\", \"api_key_file\": \"/x\"}]}",
        "{\"rules\": [{\"endpoint\": \"e\", \"api_key\": \"" MARK "\\n" MARK "\"}]}",
        "{\"rules\": [{\"endpoint\": \"e\", \"api_key\": \"" MARK "\\u00e4\"}]}",
        "{\"rules\": [{\"endpoint\": \"e\", \"api_key\": \"" MARK,
        "{\"rules\": [{\"endpoint\": \"e\", \"account_key\": \"" MARK "\\r\"}]}",
        "{\"rules\": [{\"endpoint\": \"e\", \"account_key\": 1" MARK "}]}",
        "{\"rules\": [{\"endpoint\": \"e\", \"api_key\": \"k\", \"autoscaler_url\": "
        "\"https://u:" MARK "@127.0.0.1/\"}]}",
        "{\"rules\": [{\"endpoint\": \"e\", \"api_key\": \"k\", \"hosts\": [\"u:" MARK "@a.b\"]}]}",
    };
    struct secrets *s = *state;
    s->file_alone = true;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        write_file(s, "config.json", files[i]);
        COMMAND(s, "config", "check");
        if (s->result.status != 3)
            fail_msg("no error in %s:\n%s%s", files[i], s->result.out, s->result.err);
        COMMAND(s, "config", "check", "--json");
        COMMAND(s, "request", "GET", "/health", "--log", "debug");
    }
}

static void a_key_that_cannot_be_used_is_not_told(void **state)
{
    static const char *const keys[] = {MARK " " MARK, MARK "\n" MARK, MARK "\x01", MARK "\xc3\xa4"};
    struct secrets *s = *state;
    char file[96];
    snprintf(file, sizeof file, "%s/key", s->directory);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        write_file(s, "key", keys[i]);
        COMMAND(s, "request", "GET", "/health", "--api-key-file", file, "--log", "debug");
        assert_int_not_equal(s->result.status, 0);
    }
}

// --- programs ---

#define CREDENTIALS                                                                             \
    "-u " MARK ":" MARK " --oauth2-bearer " MARK " -b a=" MARK " -e http://" MARK "/"           \
    " -H 'Authorization: Bearer " MARK "' -H 'x-api-key: " MARK "' -H 'X-Auth-Token: " MARK "'" \
    " -H 'Proxy-Authorization: Basic " MARK "' -H 'Set-Cookie: " MARK "' --netrc-optional"

// `vespa run --summary` of a script; what the program itself is given is marked, and what it prints
// is looked at too.
static void run_script(struct secrets *s, const char *level, const char *proxy, const char *script)
{
    char *command = vespa_build_path("vespa");
    snprintf(s->log_level, sizeof s->log_level, "--log=%s", level);
    vespa_program_result_free(&s->result);
    s->result = vespa_command_at(
        command, s->sim,
        ENVIRONMENT(s->home, s->account, s->tmpdir, s->log, s->config, s->origin_url,
                    "VESPA_DEADLINE=2", "VESPA_RETRIES=1", "XDG_RUNTIME_DIR", proxy),
        (const char *const[]){"run", "--summary", s->log_level, "sh", "-c", script, NULL});
    free(command);
    vespa_assert_err(&s->result, "vespa: requests: ");
    assert_told_nobody(s, script);
}

#define TARGET \
    "'http://" MARK ":" MARK "@my-endpoint.vespa.internal/echo?access_token=" MARK "&q=1'"
#define EASY  "curl -sS " CREDENTIALS " -d '{\"a\":1}' " TARGET ";"
#define MULTI "curl -sS --parallel " CREDENTIALS " -d '{\"a\":1}' " TARGET " " TARGET ";"

static void no_log_level_tells_a_programs_secret(void **state)
{
    struct secrets *s = *state;
    write_file(s, "config.json", "{}");
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        run_script(s, levels[i], "no_proxy=*", EASY MULTI);
        assert_string_equal(s->result.out, "{\"a\":1}{\"a\":1}{\"a\":1}");
    }
    assert_non_null(strstr(read_log(s), " info: POST /echo"));
}

static void whatever_goes_wrong_tells_no_secret_of_a_program(void **state)
{
    static const char *const faults[] = {
        "route-status,status=401,body=" KEY,
        "route-status,status=400,body=" KEY,
        "route-cold,form=queued",
        "route-garbage,form=array",
        "route-close,count=1",
        "route-url,url=http://u:p@127.0.0.1:1/",
        "route-forged",
        "worker-dead",
        "worker-status,status=500,count=1",
        "worker-reset",
        "worker-cut",
    };
    struct secrets *s = *state;
    write_file(s, "config.json", "{}");
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        vespa_sim_process_reset(s->sim);
        vespa_sim_process_fault(s->sim, faults[i]);
        run_script(s, "debug", "no_proxy=*", EASY MULTI);
    }
    vespa_sim_process_reset(s->sim);
    run_script(s, "debug", "no_proxy=*", "curl -sS " CREDENTIALS " -d no-json " TARGET);
    vespa_assert_out(&s->result, "invalid_json");
}

// The proxy's credentials, of a proxy that is not there.
static void a_proxy_out_of_reach_is_told_without_its_password(void **state)
{
    struct secrets *s = *state;
    write_file(s, "config.json", "{}");
    run_script(s, "debug", "http_proxy=http://" MARK ":" MARK "@127.0.0.1:1",
               "curl -sS -m 5 " CREDENTIALS " -d 1 " TARGET
               "; curl -sS -m 5 -x 127.0.0.1:1 -U " MARK ":" MARK " --proxy-header 'X-Key: " MARK
               "' -d 1 " TARGET);
    vespa_assert_out(&s->result, "\"error\"");
}

// To the program's own host the credentials go, and are told to nobody else.
static void a_fallback_tells_no_secret(void **state)
{
    struct secrets *s = *state;
    char file[512];
    snprintf(
        file, sizeof file,
        "{\"rules\": [{\"hosts\": [\"%s\"], \"endpoint\": \"my-endpoint\", \"api_key\": \"%s\","
        " \"autoscaler_url\": \"%s\", \"fallback\": \"origin\", \"retries\": 0}]}",
        vespa_raw_server_url(s->origin) + strlen("http://"), KEY,
        vespa_sim_process_value(s->sim, "VESPA_AUTOSCALER_URL"));
    write_file(s, "config.json", file);
    vespa_sim_process_fault(s->sim, "worker-dead");
    run_script(s, "debug", "no_proxy=*",
               "unset VAST_ENDPOINT VAST_API_KEY VESPA_AUTOSCALER_URL VAST_ACCOUNT_KEY;"
               "curl -sS " CREDENTIALS " -d 1 \"$ORIGIN/v1?api_key=" MARK "\";"
               "curl -sS --parallel " CREDENTIALS " -d 1 \"$ORIGIN/v1?api_key=" MARK "\"");
    assert_string_equal(s->result.out, "okok");
    assert_non_null(strstr(read_log(s), "POST /v1"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(commands_tell_no_secret),
        TEST(commands_that_fail_tell_no_secret),
        TEST(a_configuration_with_errors_tells_no_secret),
        TEST(a_key_that_cannot_be_used_is_not_told),
        TEST(no_log_level_tells_a_programs_secret),
        TEST(whatever_goes_wrong_tells_no_secret_of_a_program),
        TEST(a_proxy_out_of_reach_is_told_without_its_password),
        TEST(a_fallback_tells_no_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
