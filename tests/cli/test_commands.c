// The commands that ask something of Vast: what a person or a script sees of them.

#include "tests/cli/vespa.h"
#include "tests/support/raw_server.h"
#include "tests/unit/vast_root.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

struct commands {
    struct vespa_sim_process *sim;
    struct vespa_program_result result;
    cJSON *json;
    char directory[64]; // XDG_CONFIG_HOME, XDG_CACHE_HOME and HOME; removed with what is in it
    char config_home[100];
    char cache_home[100];
    char home[100];
    char account[200]; // "VAST_ACCOUNT_KEY=…"
};

static void start(struct commands *c, const char *option, const char *value)
{
    const char *options[] = {"--token-delay", "5", option, value, NULL};
    vespa_sim_process_stop(c->sim);
    c->sim = vespa_sim_process_start_list(options);
    snprintf(c->account, sizeof c->account, "VAST_ACCOUNT_KEY=%s",
             vespa_sim_process_value(c->sim, "VESPA_SIM_ACCOUNT_KEY"));
}

static int set_up(void **state)
{
    struct commands *c = calloc(1, sizeof *c);
    strcpy(c->directory, "/tmp/vespa-cli-XXXXXX");
    *state = c;
    if (!mkdtemp(c->directory))
        return -1;
    snprintf(c->config_home, sizeof c->config_home, "XDG_CONFIG_HOME=%s/config", c->directory);
    snprintf(c->cache_home, sizeof c->cache_home, "XDG_CACHE_HOME=%s/cache", c->directory);
    snprintf(c->home, sizeof c->home, "HOME=%s", c->directory);
    start(c, NULL, NULL);
    return 0;
}

static int tear_down(void **state)
{
    struct commands *c = *state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", c->directory);
    int code = system(command);
    vespa_program_result_free(&c->result);
    vespa_sim_process_stop(c->sim);
    cJSON_Delete(c->json);
    free(c);
    return code;
}

#define COMMANDS(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

enum { MOST = 24 };

// Runs it with the simulator's variables, or without its own (NAME removes), and that input.
static void run_with(struct commands *c, const char *const *more, const char *input,
                     const char *const *arguments)
{
    static const char *const removed[] = {
        "VAST_ENDPOINT", "VAST_API_KEY", "VAST_ACCOUNT_KEY",     "VESPA_API_KEY_FILE",
        "VESPA_CONFIG",  "VESPA_LOG",    "VESPA_AUTOSCALER_URL", "VESPA_INSTANCE",
        "VESPA_RETRIES", "NO_COLOR",     "VESPA_HOST",           "VESPA_DEADLINE"};
    const char *environment[3 * MOST] = {0};
    const char *argv[MOST] = {0};
    size_t count = 0;
    char *command = vespa_build_path("vespa");
    for (; count < sizeof removed / sizeof removed[0]; count++)
        environment[count] = removed[count];
    for (const char *const *own = vespa_sim_process_environment(c->sim); *own; own++)
        environment[count++] = *own;
    environment[count++] = c->config_home;
    environment[count++] = c->cache_home;
    environment[count++] = c->home;
    for (; more && *more; more++)
        environment[count++] = *more;
    argv[0] = command;
    for (size_t i = 0; arguments[i]; i++)
        argv[i + 1] = arguments[i];
    vespa_program_result_free(&c->result);
    c->result = vespa_program_run(
        &(struct vespa_program){.argv = argv, .environment = environment, .input = input});
    free(command);
}

#define RUN(c, ...)  run_with(c, NULL, NULL, (const char *const[]){__VA_ARGS__, NULL})
#define WITH(...)    ((const char *const[]){__VA_ARGS__, NULL})
#define POST(c, ...) RUN(c, "request", "POST", __VA_ARGS__)

static const cJSON *stats(struct commands *c)
{
    cJSON_Delete(c->json);
    c->json = vespa_sim_process_stats_quiet(c->sim);
    return c->json;
}

// Neither of the keys is in what was printed.
static void assert_no_key(const struct commands *c)
{
    vespa_assert_silent(&c->result, vespa_sim_process_value(c->sim, "VAST_API_KEY"));
    vespa_assert_silent(&c->result, vespa_sim_process_value(c->sim, "VESPA_SIM_ACCOUNT_KEY"));
}

static char *path_in(const struct commands *c, const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", c->directory, name);
    return path;
}

static void write_file(const struct commands *c, const char *name, const char *text)
{
    FILE *file = fopen(path_in(c, name), "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    fclose(file);
    assert_int_equal(chmod(path_in(c, name), 0600), 0);
}

static char *read_file(const struct commands *c, const char *name)
{
    static char text[8192];
    FILE *file = fopen(path_in(c, name), "r");
    if (!file)
        return NULL;
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

// ---- request ----------------------------------------------------------------------------------

static void a_request_prints_the_body(void **state)
{
    struct commands *c = *state;
    POST(c, "/echo", "-d", "{\"a\": 1}");
    vespa_assert_status(&c->result, 0);
    assert_string_equal(c->result.out, "{\"a\": 1}");
    assert_string_equal(c->result.err, "");
}

static void the_body_is_read_from_where_it_says(void **state)
{
    struct commands *c = *state;
    char at[300];
    write_file(c, "body", "{\"from\": \"file\"}");
    snprintf(at, sizeof at, "@%s", path_in(c, "body"));
    POST(c, "/echo", "-d", at);
    vespa_assert_status(&c->result, 0);
    assert_string_equal(c->result.out, "{\"from\": \"file\"}");
    run_with(c, NULL, "{\"from\": \"input\"}", WITH("request", "PUT", "/echo", "--data=-"));
    vespa_assert_status(&c->result, 0);
    assert_string_equal(c->result.out, "{\"from\": \"input\"}");
    POST(c, "/echo", "-d", "@/nowhere");
    vespa_assert_status(&c->result, 2);
    vespa_assert_err(&c->result, "/nowhere cannot be read");
}

static void headers_and_workload_go_where_they_belong(void **state)
{
    struct commands *c = *state;
    POST(c, "/echo", "-H", "X-One: 1", "-d", "{}", "-H", "X-Two: 2", "--workload", "42.5");
    vespa_assert_status(&c->result, 0);
    const cJSON *seen = stats(c);
    assert_string_equal(vespa_json_header(seen, "workers.0.requests.0.headers", "X-One"), "1");
    assert_string_equal(vespa_json_header(seen, "workers.0.requests.0.headers", "X-Two"), "2");
    assert_string_equal(vespa_json_string(seen, "route.calls.0.cost"), "42.5");
}

static void status_and_headers_are_printed_when_asked_for(void **state)
{
    struct commands *c = *state;
    RUN(c, "request", "GET", "/health", "-i");
    vespa_assert_status(&c->result, 0);
    assert_int_equal(strncmp(c->result.out, "HTTP 200\n", 9), 0);
    vespa_assert_out(&c->result, "X-Sim-Worker: 0\n");
}

struct streaming {
    struct commands *c;
    bool early;
    size_t seen;
};

// When the first piece is there the worker is not yet through.
static bool look_at_the_worker(void *context, const char *bytes, size_t length)
{
    struct streaming *streaming = context;
    (void)bytes;
    if (!streaming->seen) {
        cJSON *now = vespa_sim_process_stats(streaming->c->sim);
        streaming->early = !(int)vespa_json_number(now, "workers.0.requests.0.over");
        cJSON_Delete(now);
    }
    streaming->seen += length;
    return true;
}

static void a_stream_is_printed_as_it_comes(void **state)
{
    struct commands *c = *state;
    struct streaming streaming = {.c = c};
    char *command = vespa_build_path("vespa");
    c->result = vespa_program_run(&(struct vespa_program){
        .argv = WITH(command, "request", "POST", "/slow-stream?chunks=50&delay=20", "-d", "{}",
                     "--stream"),
        .environment = vespa_sim_process_environment(c->sim),
        .more_environment = WITH(c->config_home),
        .on_output = look_at_the_worker,
        .context = &streaming});
    free(command);
    vespa_assert_status(&c->result, 0);
    assert_true(streaming.early);
}

static void an_error_of_http_is_told_by_the_status(void **state)
{
    struct commands *c = *state;
    RUN(c, "request", "GET", "/status/404");
    vespa_assert_status(&c->result, 9);
    assert_string_equal(c->result.out, "{\"status\":404}\n");
    vespa_assert_err(&c->result, "HTTP 404");
}

static void each_failure_has_its_status(void **state)
{
    struct commands *c = *state;
    POST(c, "/echo", "-d", "{\"a\":");
    vespa_assert_status(&c->result, 2);
    vespa_assert_err(&c->result, "JSON");
    POST(c, "no-slash");
    vespa_assert_status(&c->result, 2);
    run_with(c, WITH("VAST_ENDPOINT"), NULL, WITH("request", "GET", "/health"));
    vespa_assert_status(&c->result, 3);
    vespa_assert_err(&c->result, "VAST_ENDPOINT");
    run_with(c, WITH("VAST_API_KEY=wrong"), NULL, WITH("request", "GET", "/health"));
    vespa_assert_status(&c->result, 4);
    vespa_assert_err(&c->result, "*endpoint's* key");
    RUN(c, "request", "GET", "/health", "--endpoint", "another");
    vespa_assert_status(&c->result, 5);
    vespa_sim_process_fault(c->sim, "route-cold,count=1000");
    RUN(c, "request", "GET", "/health", "--timeout", "0.5");
    vespa_assert_status(&c->result, 7);
    vespa_assert_err(&c->result, "timed out");
    vespa_sim_process_reset(c->sim);
    vespa_sim_process_fault(c->sim, "worker-cut,after=10,chunked=1,count=1");
    POST(c, "/bytes/1000", "-d", "{}");
    vespa_assert_status(&c->result, 8);
    assert_string_equal(c->result.out, "");
    assert_no_key(c);
}

static void a_wrong_command_line_is_told(void **state)
{
    static const struct {
        const char *const arguments[6];
        const char *text;
    } cases[] = {
        {{"request", "GET", NULL}, "missing"},
        {{"request", "GET", "/", "more", NULL}, "more is one word too many"},
        {{"request", "GET", "/", "--nope", NULL}, "no option '--nope'"},
        {{"request", "GET", "/", "--timeout", NULL}, "--timeout needs a value"},
        {{"request", "GET", "/", "--stream=1", NULL}, "--stream takes no value"},
        {{"request", "GET", "/", "--timeout", "x", NULL},
         "--timeout is 'x', expected a number above 0"},
        {{"route", "--workload", "-1", NULL}, "--workload is '-1'"},
        {{"config", "chek", NULL}, "'chek'"},
        {{"endpoints", "more", NULL}, "more is one word too many"},
    };
    struct commands *c = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        run_with(c, NULL, NULL, cases[i].arguments);
        vespa_assert_status(&c->result, 2);
        vespa_assert_err(&c->result, cases[i].text);
        assert_string_equal(c->result.out, "");
    }
}

static void each_command_has_a_help(void **state)
{
    static const char *const names[] = {"request", "route",  "endpoints", "workers", "init", "ca",
                                        "config",  "doctor", "run",       "proxy",   "sim"};
    struct commands *c = *state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char usage[60];
        snprintf(usage, sizeof usage, "usage: vespa %s ", names[i]);
        RUN(c, names[i], "--help");
        vespa_assert_status(&c->result, 0);
        vespa_assert_out(&c->result, usage);
        vespa_assert_out(&c->result, "Exit status: ");
        RUN(c, "help", names[i]);
        vespa_assert_out(&c->result, usage);
    }
}

static void a_command_may_give_the_key(void **state)
{
    struct commands *c = *state;
    char config[600];
    const char *key = vespa_sim_process_value(c->sim, "VAST_API_KEY");
    snprintf(config, sizeof config,
             "{\"rules\":[{\"endpoint\":\"my-endpoint\",\"api_key_command\":[\"echo\",\"%s\"]}]}",
             key);
    write_file(c, "config.json", config);
    char given[300];
    snprintf(given, sizeof given, "VESPA_CONFIG=%s", path_in(c, "config.json"));
    const char *const *environment = WITH(given, "VAST_ENDPOINT", "VAST_API_KEY");
    run_with(c, environment, NULL, WITH("request", "GET", "/health"));
    vespa_assert_status(&c->result, 0);
    write_file(c, "config.json",
               "{\"rules\":[{\"endpoint\":\"my-endpoint\","
               "\"api_key_command\":[\"false\"]}]}");
    run_with(c, environment, NULL, WITH("request", "GET", "/health"));
    vespa_assert_status(&c->result, 3);
    vespa_assert_err(&c->result, "the command for the key, false, failed");
    write_file(c, "config.json",
               "{\"rules\":[{\"endpoint\":\"my-endpoint\","
               "\"api_key_command\":[\"no-such-program\"]}]}");
    run_with(c, environment, NULL, WITH("request", "GET", "/health"));
    vespa_assert_status(&c->result, 3);
    vespa_assert_err(&c->result, "No such file");
}

// ---- route ------------------------------------------------------------------------------------

static void a_route_is_printed_as_it_was_written(void **state)
{
    struct commands *c = *state;
    RUN(c, "route", "--workload", "500");
    vespa_assert_status(&c->result, 0);
    vespa_assert_out(&c->result, "cost         500.0\n");
    vespa_assert_out(&c->result, vespa_sim_process_worker(c->sim, 0));
    RUN(c, "route", "--json");
    vespa_assert_status(&c->result, 0);
    vespa_assert_out(&c->result, "\"cost\": 100.0,");
    cJSON *json = cJSON_Parse(c->result.out);
    assert_string_equal(vespa_json_string(json, "url"), vespa_sim_process_worker(c->sim, 1));
    assert_string_equal(vespa_json_string(json, "auth_data.endpoint"), "my-endpoint");
    cJSON_Delete(json);
    assert_no_key(c);
    vespa_sim_process_fault(c->sim, "route-cold,count=1000");
    RUN(c, "route", "--timeout", "0.3");
    vespa_assert_status(&c->result, 7);
}

// ---- endpoints and workers ---------------------------------------------------------------------

static void endpoints_are_listed(void **state)
{
    struct commands *c = *state;
    run_with(c, WITH(c->account), NULL, WITH("endpoints"));
    vespa_assert_status(&c->result, 0);
    assert_string_equal(c->result.out, "ID    NAME         STATE\n"
                                       "4242  my-endpoint  active\n");
    run_with(c, WITH(c->account, "VAST_ENDPOINT"), NULL, WITH("endpoints", "--json"));
    vespa_assert_status(&c->result, 0);
    cJSON *json = cJSON_Parse(c->result.out);
    assert_string_equal(vespa_json_string(json, "0.endpoint_name"), "my-endpoint");
    cJSON_Delete(json);
    assert_no_key(c);
}

static void calls_that_come_too_soon_are_repeated(void **state)
{
    struct commands *c = *state;
    start(c, "--console-pace", "2");
    run_with(c, WITH(c->account), NULL, WITH("endpoints"));
    run_with(c, WITH(c->account), NULL, WITH("endpoints"));
    vespa_assert_status(&c->result, 0);
    vespa_assert_out(&c->result, "my-endpoint");
}

static void the_accounts_key_is_told_apart(void **state)
{
    struct commands *c = *state;
    char wrong[200];
    RUN(c, "endpoints");
    vespa_assert_status(&c->result, 3);
    vespa_assert_err(&c->result, "VAST_ACCOUNT_KEY");
    snprintf(wrong, sizeof wrong, "VAST_ACCOUNT_KEY=%s",
             vespa_sim_process_value(c->sim, "VAST_API_KEY"));
    run_with(c, WITH(wrong), NULL, WITH("endpoints"));
    vespa_assert_status(&c->result, 4);
    vespa_assert_err(&c->result, "*account's* key");
    run_with(c, WITH(wrong), NULL, WITH("workers"));
    vespa_assert_status(&c->result, 4);
    assert_no_key(c);
}

static void workers_are_shown(void **state)
{
    struct commands *c = *state;
    run_with(c, WITH(c->account), NULL, WITH("workers"));
    vespa_assert_status(&c->result, 0);
    vespa_assert_out(&c->result, "ID    STATUS  LOAD");
    vespa_assert_out(&c->result, "\n1000  idle ");
    vespa_assert_out(&c->result, "\n1001  idle ");
    run_with(c, WITH(c->account), NULL, WITH("workers", "--json"));
    vespa_assert_status(&c->result, 0);
    cJSON *json = cJSON_Parse(c->result.out);
    assert_int_equal(cJSON_GetArraySize(json), 2);
    assert_int_equal(vespa_json_number(json, "1.id"), 1001);
    cJSON_Delete(json);
    run_with(c, WITH(c->account), NULL, WITH("workers", "--endpoint", "another"));
    vespa_assert_status(&c->result, 5);
    vespa_assert_err(&c->result, "'another'");
    run_with(c, WITH(c->account, "VAST_ENDPOINT"), NULL, WITH("workers"));
    vespa_assert_status(&c->result, 3);
    vespa_assert_err(&c->result, "--endpoint NAME");
    assert_no_key(c);
}

static void a_console_out_of_reach_is_told(void **state)
{
    struct commands *c = *state;
    run_with(c, WITH(c->account, "VESPA_AUTOSCALER_URL=http://127.0.0.1:1"), NULL,
             WITH("endpoints"));
    vespa_assert_status(&c->result, 6);
    vespa_assert_err(&c->result, "http://127.0.0.1:1/api/v0/endptjobs/ cannot be reached");
}

// ---- ca ---------------------------------------------------------------------------------------

static void the_root_is_fetched_and_kept(void **state)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
    struct commands *c = *state;
    char *answer = NULL, place[200];
    assert_true(asprintf(&answer, "%ssome text\n%s\n", head, VAST_ROOT) > 0);
    struct vespa_raw_server *console = vespa_raw_server_start(answer);
    snprintf(place, sizeof place, "VESPA_AUTOSCALER_URL=%s", vespa_raw_server_url(console));
    run_with(c, WITH(place), NULL, WITH("ca"));
    vespa_assert_status(&c->result, 0);
    vespa_assert_out(&c->result, path_in(c, "cache/vespa/jvastai_root.pem"));
    vespa_assert_out(&c->result,
                     "SHA-256 A1A78F9E1A806C74DAD08B8F01F5F08C739FB70A5BFBB52D28923751C223451D\n");
    const char *kept = read_file(c, "cache/vespa/jvastai_root.pem");
    assert_non_null(kept);
    assert_int_equal(strncmp(kept, "-----BEGIN CERTIFICATE-----", 27), 0);
    run_with(c, WITH(place, "VAST_ENDPOINT", "VAST_API_KEY"), NULL, WITH("ca", "--path"));
    vespa_assert_status(&c->result, 0);
    assert_int_equal(strchr(c->result.out, '\n')[1], '\0');
    vespa_raw_server_stop(console);
    free(answer);
}

static void an_unknown_root_is_not_kept(void **state)
{
    struct commands *c = *state;
    char fingerprint[65] = "";
    vespa_sim_process_stop(c->sim);
    c->sim = vespa_sim_process_start("--tls", NULL);
    RUN(c, "ca");
    vespa_assert_status(&c->result, 8);
    vespa_assert_err(&c->result, "none of the known ones");
    assert_null(read_file(c, "cache/vespa/jvastai_root.pem"));
    memcpy(fingerprint, strstr(c->result.err, "fingerprint is ") + 15, 64);
    RUN(c, "ca", "--accept", "00:11");
    vespa_assert_status(&c->result, 8);
    RUN(c, "ca", "--accept", fingerprint);
    vespa_assert_status(&c->result, 0);
    assert_non_null(read_file(c, "cache/vespa/jvastai_root.pem"));
    start(c, NULL, NULL);
    RUN(c, "ca");
    vespa_assert_status(&c->result, 6);
    vespa_assert_err(&c->result, "HTTP 404");
}

// ---- config check -----------------------------------------------------------------------------

static void a_configuration_is_explained(void **state)
{
    struct commands *c = *state;
    char given[300], line[400];
    write_file(c, "my.json",
               "{\"rules\": [\n {\"endpoint\": \"first\", \"hosts\": [\"api.openai.com\"],\n"
               "  \"paths\": [\"/v1/chat/\"], \"api_key\": \"the-secret\"},\n"
               " {\"endpoint\": \"second\", \"hosts\": [\"b.example\"], \"api_key\": \"x2\",\n"
               "  \"deadline\": 60}]}\n");
    snprintf(given, sizeof given, "%s", path_in(c, "my.json"));
    run_with(c, WITH("VAST_ENDPOINT", "VAST_API_KEY", "VESPA_RETRIES=7"), NULL,
             WITH("config", "check", "--config", given));
    vespa_assert_status(&c->result, 0);
    vespa_assert_out(&c->result, given);
    vespa_assert_out(&c->result, "rule 1: requests to api.openai.com, paths /v1/chat/, and to "
                                 "first.vespa.internal go to endpoint 'first'");
    snprintf(line, sizeof line, "%s:5\n", given);
    vespa_assert_out(&c->result, line);
    vespa_assert_out(&c->result, "VESPA_RETRIES\n");
    vespa_assert_silent(&c->result, "the-secret");
    run_with(c, WITH("VAST_ENDPOINT", "VAST_API_KEY"), NULL,
             WITH("config", "check", "--json", "--config", given));
    vespa_assert_status(&c->result, 0);
    cJSON *json = cJSON_Parse(c->result.out);
    assert_string_equal(vespa_json_string(json, "rules.1.members.deadline.value"), "60");
    snprintf(line, sizeof line, "%s:5", given);
    assert_string_equal(vespa_json_string(json, "rules.1.members.deadline.from"), line);
    assert_string_equal(vespa_json_string(json, "rules.0.members.retries.from"), "default");
    cJSON_Delete(json);
    vespa_assert_silent(&c->result, "the-secret");
}

static void what_is_wrong_with_a_configuration_is_told(void **state)
{
    struct commands *c = *state;
    run_with(c, WITH("VESPA_DEADLINE=soon"), NULL, WITH("config", "check"));
    vespa_assert_status(&c->result, 3);
    vespa_assert_out(&c->result, "VESPA_DEADLINE is \"soon\"");
    run_with(c, WITH("VESPA_DEADLINE=soon"), NULL, WITH("config", "check", "--json"));
    vespa_assert_status(&c->result, 3);
    cJSON *json = cJSON_Parse(c->result.out);
    assert_non_null(strstr(vespa_json_string(json, "rules.0.problem"), "VESPA_DEADLINE"));
    cJSON_Delete(json);
    RUN(c, "config", "check", "--config", "/nowhere.json");
    vespa_assert_status(&c->result, 3);
    vespa_assert_out(&c->result, "/nowhere.json");
}

// ---- init -------------------------------------------------------------------------------------

#define NOTHING "VAST_ENDPOINT", "VAST_API_KEY", "VESPA_AUTOSCALER_URL"

static void init_makes_a_configuration_that_works(void **state)
{
    struct commands *c = *state;
    const char *autoscaler = vespa_sim_process_value(c->sim, "VESPA_AUTOSCALER_URL");
    const char *key = vespa_sim_process_value(c->sim, "VESPA_SIM_ACCOUNT_KEY");
    struct stat status;
    run_with(c, WITH(NOTHING), key, WITH("init", "--autoscaler-url", autoscaler));
    vespa_assert_status(&c->result, 0);
    vespa_assert_err(&c->result, "1  my-endpoint");
    vespa_assert_err(&c->result, "tested: a worker is ready at");
    vespa_assert_silent(&c->result, key);
    assert_int_equal(stat(path_in(c, "config/vespa/config.json"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    run_with(c, WITH(NOTHING), NULL, WITH("request", "POST", "/echo", "-d", "{}"));
    vespa_assert_status(&c->result, 0);
    run_with(c, WITH(NOTHING), key, WITH("init", "--autoscaler-url", autoscaler));
    vespa_assert_status(&c->result, 2);
    vespa_assert_err(&c->result, "--force");
    write_file(c, "config/vespa/config.json", "not JSON");
    run_with(c, WITH(NOTHING), key, WITH("init", "--force", "--autoscaler-url", autoscaler));
    vespa_assert_status(&c->result, 0);
}

static void init_fails_without_a_trace(void **state)
{
    struct commands *c = *state;
    const char *autoscaler = vespa_sim_process_value(c->sim, "VESPA_AUTOSCALER_URL");
    run_with(c, WITH(NOTHING), "wrong-key\n", WITH("init", "--autoscaler-url", autoscaler));
    vespa_assert_status(&c->result, 4);
    run_with(c, WITH(NOTHING), "\n", WITH("init", "--autoscaler-url", autoscaler));
    vespa_assert_status(&c->result, 3);
    vespa_assert_err(&c->result, "no key was given");
    run_with(c, WITH(NOTHING), vespa_sim_process_value(c->sim, "VESPA_SIM_ACCOUNT_KEY"),
             WITH("init", "--endpoint", "another", "--autoscaler-url", autoscaler));
    vespa_assert_status(&c->result, 5);
    vespa_assert_err(&c->result, "no endpoint 'another'");
    assert_null(read_file(c, "config/vespa/config.json"));
}

static void a_key_that_is_known_is_not_asked_for(void **state)
{
    struct commands *c = *state;
    const char *autoscaler = vespa_sim_process_value(c->sim, "VESPA_AUTOSCALER_URL");
    const char *key = vespa_sim_process_value(c->sim, "VESPA_SIM_ACCOUNT_KEY");
    assert_int_equal(mkdir(path_in(c, "config"), 0700), 0);
    assert_int_equal(mkdir(path_in(c, "config/vastai"), 0700), 0);
    write_file(c, "config/vastai/vast_api_key", key);
    run_with(c, WITH(NOTHING), NULL, WITH("init", "--autoscaler-url", autoscaler));
    vespa_assert_status(&c->result, 0);
    vespa_assert_err(&c->result, "the vastai command line has stored");
    assert_null(strstr(read_file(c, "config/vespa/config.json"), key));
    run_with(c, WITH(NOTHING), NULL, WITH("request", "POST", "/echo", "-d", "{}"));
    vespa_assert_status(&c->result, 0);
    run_with(c, WITH(NOTHING, c->account), NULL,
             WITH("init", "--force", "--autoscaler-url", autoscaler));
    vespa_assert_status(&c->result, 0);
    assert_non_null(strstr(read_file(c, "config/vespa/config.json"), key));
}

// Reads what the terminal shows until it has the text; the child's output is appended to *shown.
static void read_terminal(int terminal, char *shown, size_t size, const char *until)
{
    size_t length = strlen(shown);
    while (!strstr(shown, until)) {
        struct pollfd waited = {.fd = terminal, .events = POLLIN};
        if (poll(&waited, 1, 30000) != 1)
            fail_msg("the terminal shows: %s", shown);
        ssize_t got = read(terminal, shown + length, size - length - 1);
        if (got <= 0)
            return;
        length += (size_t)got;
        shown[length] = '\0';
    }
}

// What `vespa workers` shows on a terminal of that kind, with another variable beside it.
static void show_workers(struct commands *c, const char *variable, char shown[8192])
{
    char *command = vespa_build_path("vespa");
    int terminal, status;
    pid_t child = forkpty(&terminal, NULL, NULL, NULL);
    assert_true(child >= 0);
    if (child == 0) {
        char *own = strdup(variable);
        clearenv();
        putenv("TERM=xterm");
        putenv(own);
        putenv(c->config_home);
        putenv(c->home);
        putenv(c->account);
        setenv("VESPA_AUTOSCALER_URL", vespa_sim_process_value(c->sim, "VESPA_AUTOSCALER_URL"), 1);
        setenv("VAST_ENDPOINT", "my-endpoint", 1);
        execl(command, command, "workers", (char *)NULL);
        _exit(127);
    }
    shown[0] = '\0';
    read_terminal(terminal, shown, 8192, "\1"); // until it ends
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_non_null(strstr(shown, "1000"));
    close(terminal);
    free(command);
}

static void colours_are_for_terminals_alone(void **state)
{
    struct commands *c = *state;
    char shown[8192];
    show_workers(c, "LANG=C", shown);
    assert_non_null(strstr(shown, "\033[1m"));
    show_workers(c, "NO_COLOR=1", shown);
    assert_null(strchr(shown, '\033'));
    show_workers(c, "TERM=dumb", shown);
    assert_null(strchr(shown, '\033'));
    run_with(c, WITH(c->account, "TERM=xterm"), NULL, WITH("workers"));
    vespa_assert_out(&c->result, "1000");
    assert_null(strchr(c->result.out, '\033'));
}

static void a_key_that_is_typed_is_not_shown(void **state)
{
    struct commands *c = *state;
    char shown[8192] = "";
    char *command = vespa_build_path("vespa");
    const char *autoscaler = vespa_sim_process_value(c->sim, "VESPA_AUTOSCALER_URL");
    const char *key = vespa_sim_process_value(c->sim, "VESPA_SIM_ACCOUNT_KEY");
    int terminal, status;
    pid_t child = forkpty(&terminal, NULL, NULL, NULL);
    assert_true(child >= 0);
    if (child == 0) {
        clearenv();
        putenv(c->config_home);
        putenv(c->home);
        execl(command, command, "init", "--autoscaler-url", autoscaler, (char *)NULL);
        _exit(127);
    }
    read_terminal(terminal, shown, sizeof shown, "under Keys: ");
    assert_int_equal(write(terminal, key, strlen(key)), strlen(key));
    assert_int_equal(write(terminal, "\n", 1), 1);
    read_terminal(terminal, shown, sizeof shown, "vespa run curl");
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_null(strstr(shown, key));
    assert_non_null(strstr(shown, "tested: a worker is ready"));
    close(terminal);
    free(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        COMMANDS(a_request_prints_the_body),
        COMMANDS(the_body_is_read_from_where_it_says),
        COMMANDS(headers_and_workload_go_where_they_belong),
        COMMANDS(status_and_headers_are_printed_when_asked_for),
        COMMANDS(a_stream_is_printed_as_it_comes),
        COMMANDS(an_error_of_http_is_told_by_the_status),
        COMMANDS(each_failure_has_its_status),
        COMMANDS(a_wrong_command_line_is_told),
        COMMANDS(each_command_has_a_help),
        COMMANDS(a_command_may_give_the_key),
        COMMANDS(a_route_is_printed_as_it_was_written),
        COMMANDS(endpoints_are_listed),
        COMMANDS(calls_that_come_too_soon_are_repeated),
        COMMANDS(the_accounts_key_is_told_apart),
        COMMANDS(workers_are_shown),
        COMMANDS(a_console_out_of_reach_is_told),
        COMMANDS(the_root_is_fetched_and_kept),
        COMMANDS(an_unknown_root_is_not_kept),
        COMMANDS(a_configuration_is_explained),
        COMMANDS(what_is_wrong_with_a_configuration_is_told),
        COMMANDS(init_makes_a_configuration_that_works),
        COMMANDS(init_fails_without_a_trace),
        COMMANDS(a_key_that_is_known_is_not_asked_for),
        COMMANDS(a_key_that_is_typed_is_not_shown),
        COMMANDS(colours_are_for_terminals_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
