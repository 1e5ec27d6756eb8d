/* One client with a list of requests, without the shim and with it. */
#include "tests/clients/comparison.h"

#include "tests/clients/lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST_WORDS = 256, TIMEOUT_MS = 60000 };

#define VIRTUAL_HOST "my-endpoint.vespa.internal"

/* ---- command line --------------------------------------------------------------------------- */

static char *url_of(const struct vespa_comparison *servers, const struct vespa_aimed *request,
                    bool shim)
{
    char url[1024];
    const char *model = vespa_model_url(servers->model);
    switch (request->aim) {
    case VESPA_OURS:
        snprintf(url, sizeof url, "%s%s", shim ? "http://" VIRTUAL_HOST : model, request->path);
        break;
    case VESPA_OURS_TLS:
        snprintf(url, sizeof url, "%s%s", shim ? "https://" VIRTUAL_HOST : model, request->path);
        break;
    case VESPA_ORDINARY:
        snprintf(url, sizeof url, "http://127.0.0.1:%u%s", vespa_recorder_port(servers->recorder),
                 request->path);
        break;
    case VESPA_DIRECT:
        snprintf(url, sizeof url, "%s%s", model, request->path);
        break;
    case VESPA_NOBODY:
        snprintf(url, sizeof url, "http://127.0.0.1:1%s", request->path);
        break;
    }
    return strdup(url);
}

char *vespa_client_word(const char *text)
{
    return strncmp(text, "BUILD/", 6) == 0 ? vespa_build_path(text + 6) : strdup(text);
}

/* Fills argv, which NULL ends. */
static void command_line(const struct vespa_comparison *servers, const struct vespa_client *client,
                         const struct vespa_aimed *requests, size_t count, bool shim, char **argv)
{
    size_t words = 0;
    for (size_t i = 0; client->argv[i]; i++)
        argv[words++] = vespa_client_word(client->argv[i]);
    for (size_t i = 0; i < count; i++) {
        bool has_body = requests[i].body && (client->can & CLIENT_BODIES);
        assert_true(words + 3 < MOST_WORDS);
        argv[words++] = url_of(servers, &requests[i], shim);
        argv[words++] = strdup(has_body ? requests[i].body : "");
    }
    argv[words] = NULL;
}

/* ---- running -------------------------------------------------------------------------------- */

/* Tells the model of each line of a stream that the client has shown. */
struct watcher {
    struct vespa_model *model;
    char line[128];
    size_t length;
};

static bool watch(void *context, const char *bytes, size_t length)
{
    struct watcher *watcher = context;
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] != '\n') {
            if (watcher->length + 1 < sizeof watcher->line)
                watcher->line[watcher->length++] = bytes[i];
            continue;
        }
        watcher->line[watcher->length] = '\0';
        watcher->length = 0;
        if (strncmp(watcher->line, "piece ", 6) == 0)
            vespa_model_release(watcher->model, watcher->line);
    }
    return true;
}

/* Every program comes to the shim here, and only here. What it prints must be its own: `vespa run`
 * would have the library tell of the retries. */
static struct vespa_program_result execute(struct vespa_comparison *servers, char *const *argv,
                                           bool shim)
{
    struct watcher watcher = {.model = servers->model};
    const char *all[MOST_WORDS + 8] = {NULL};
    char *vespa = vespa_build_path("vespa");
    const char *const run[] = {vespa, "run", "--log", "error", "--"};
    size_t words = 0;
    for (size_t i = 0; shim && i < sizeof run / sizeof *run; i++)
        all[words++] = run[i];
    while (*argv)
        all[words++] = *argv++;
    struct vespa_program_result result = vespa_program_run(&(struct vespa_program){
        .argv = all,
        .environment = shim ? vespa_sim_process_environment(servers->sim) : NULL,
        .timeout_ms = TIMEOUT_MS,
        .on_output = watch,
        .context = &watcher,
    });
    free(vespa);
    return result;
}

/* ---- what of it is chance -------------------------------------------------------------------- */

/* The bytes of the request that a record goes on with; one comes in one piece (recorder.c). */
static size_t request_length(const char *record)
{
    static const char name[] = "\r\nContent-Length:";
    const char *end = strstr(record, "\r\n\r\n");
    const char *found = strstr(record, name);
    if (!end)
        return strlen(record);
    size_t head = (size_t)(end + 4 - record);
    return head + (found && found < end ? strtoul(found + sizeof name - 1, NULL, 10) : 0);
}

/* Requests of a parallel client come in no order, over a number of connections that is chance. */
static char *recorded_requests(struct vespa_recorder *recorder, const struct vespa_client *client)
{
    static const char mark[] = "[connection]\n";
    struct vespa_lines requests = {0};
    char *record = vespa_recorder_take(recorder, NULL);
    if (!(client->can & CLIENT_PARALLEL))
        return record;
    for (const char *at = record; *at;) {
        bool is_mark = strncmp(at, mark, sizeof mark - 1) == 0;
        size_t length = is_mark ? sizeof mark - 1 : strnlen(at, request_length(at));
        if (!is_mark)
            vespa_lines_add(&requests, at, length);
        at += length;
    }
    free(record);
    char *sorted = vespa_lines_sorted(&requests);
    vespa_lines_free(&requests);
    return sorted;
}

static char *sorted_output(struct vespa_program_result *result, const struct vespa_client *client)
{
    struct vespa_lines lines = {0};
    for (size_t i = 0; i < result->out_length; i++)
        if (result->out[i] == '\0') /* of a compressed body: the rest is to be compared too */
            result->out[i] = '0';
    if (!(client->can & CLIENT_PARALLEL))
        return strdup(result->out);
    vespa_lines_split(&lines, result->out, result->out_length);
    char *sorted = vespa_lines_sorted(&lines);
    vespa_lines_free(&lines);
    return sorted;
}

/* ---- one run -------------------------------------------------------------------------------- */

struct vespa_run vespa_run_client(struct vespa_comparison *servers,
                                  const struct vespa_client *client,
                                  const struct vespa_aimed *requests, size_t count, bool shim)
{
    char *argv[MOST_WORDS];
    command_line(servers, client, requests, count, shim, argv);
    struct vespa_program_result result = execute(servers, argv, shim);
    struct vespa_run run = {
        .status = result.status,
        .out = sorted_output(&result, client),
        .err = strdup(result.err),
        .asked = vespa_model_take(servers->model),
        .recorded = recorded_requests(servers->recorder, client),
    };
    vespa_program_result_free(&result);
    for (size_t i = 0; argv[i]; i++)
        free(argv[i]);
    return run;
}

void vespa_run_free(struct vespa_run *run)
{
    free(run->out);
    free(run->err);
    free(run->asked);
    free(run->recorded);
}

/* ---- comparing ------------------------------------------------------------------------------ */

/* cmocka's messages are too short for this. */
__attribute__((format(printf, 1, 2))) static void fail_with(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputc('\n', stderr);
    fail();
}

static void assert_same(const char *what, const char *with, const char *without)
{
    if (strcmp(with, without) != 0)
        fail_with("%s with the shim:\n%.8000s\nand without:\n%.8000s", what, with, without);
}

/* Whether there is the line that tells how this request ended. */
static bool has_ended(const char *out, size_t number)
{
    char line[32];
    size_t length = (size_t)snprintf(line, sizeof line, "%zu ", number);
    for (const char *at = out; at; at = strchr(at, '\n')) {
        at += *at == '\n';
        if (strncmp(at, line, length) == 0)
            return true;
    }
    return false;
}

/* A client that fails in both runs proves nothing. */
static void assert_good(const struct vespa_run *run, const struct vespa_client *client,
                        size_t count)
{
    for (size_t i = 0; i < count && !(client->can & CLIENT_OWN_PATHS); i++)
        if (!has_ended(run->out, i))
            fail_with("the client does not tell of request %zu:\n%.8000s\n%.8000s", i, run->out,
                      run->err);
    if (strstr(run->out, "no client has seen"))
        fail_with("it does not stream:\n%.8000s\n%.8000s", run->out, run->err);
}

cJSON *vespa_compare(struct vespa_comparison *servers, const struct vespa_client *client,
                     const struct vespa_aimed *requests, size_t count)
{
    struct vespa_run plain = vespa_run_client(servers, client, requests, count, false);
    struct vespa_run shim = vespa_run_client(servers, client, requests, count, true);
    cJSON *stats = vespa_sim_process_stats_quiet(servers->sim);
    assert_good(&plain, client, count);
    assert_same("stderr", shim.err, plain.err);
    assert_same("stdout", shim.out, plain.out);
    assert_same("the model's requests", shim.asked, plain.asked);
    assert_same("the ordinary server's requests", shim.recorded, plain.recorded);
    assert_int_equal(shim.status, plain.status);
    assert_int_equal(vespa_json_number(stats, "violation_count"), 0);
    vespa_run_free(&plain);
    vespa_run_free(&shim);
    return stats;
}
