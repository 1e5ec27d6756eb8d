/*
 * Answers of our own (design.md §4), each in every way in which a program may take an answer: with
 * the head in the body, with a header callback alone, into files, with no callback at all, and with
 * errors as failures. The measure is the same program that gets these very bytes from a server.
 */
#include "tests/preload/routed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST = 8 };

struct row {
    const char *what;
    int status;
    const char *code;
    const char *fault;          /* of the simulator; NULL: none */
    const char *environment[4]; /* besides the simulator's */
    const char *request[4];     /* the program's, behind the URL of /echo */
};

static const struct row rows[] = {
    {"no worker in time", 503, "no_worker_ready", "route-cold", {"VESPA_DEADLINE=1"}, {NULL}},
    {"a refused key", 401, "wrong_key", NULL, {"VAST_API_KEY=wrong"}, {NULL}},
    {"an unknown endpoint",
     404,
     "unknown_endpoint",
     NULL,
     {NULL},
     {"URL=http://no.vespa.internal/"}},
    {"a worker at no address",
     502,
     "worker_not_acceptable",
     "route-url,url=https://user@10.0.0.1/",
     {NULL},
     {NULL}},
    {"no JSON", 400, "invalid_json", NULL, {NULL}, {"POSTFIELDS={\"a\":}"}},
    {"a form", 415, "unsupported_body", NULL, {NULL}, {"mime=part=contents"}},
    {"a form of the old kind", 415, "unsupported_body", NULL, {NULL}, {"form=part=contents"}},
    {"too large",
     413,
     "body_too_large",
     NULL,
     {"VESPA_BODY_LIMIT=4096"},
     {"POST=1", "READFUNCTION=endless", "POSTFIELDS=NULL"}},
    {"no configuration", 500, "configuration", NULL, {"VAST_ENDPOINT"}, {NULL}},
};

struct way {
    const char *settings[3];
    const char *file; /* that is written; NULL: none */
};

/* "%s" is the test's directory. */
static const struct way ways[] = {
    {{"WRITEFUNCTION=collect", "HEADER=1"}, NULL},
    {{"HEADERFUNCTION=collect"}, NULL},
    {{"HEADERDATA=file:%s/head"}, "head"},
    {{"HEADERDATA=file:%s/head", "WRITEFUNCTION=collect"}, NULL},
    {{"WRITEDATA=file:%s/body"}, "body"},
    {{"WRITEDATA=file:%s/body", "HEADER=1"}, "body"},
    {{"NOPROGRESS=1"}, NULL},
    {{"FAILONERROR=1", "WRITEFUNCTION=collect", "HEADERFUNCTION=collect"}, NULL},
    {{"FAILONERROR=1", "WRITEDATA=file:%s/body"}, "body"},
};

/* Actions of the program easy. */
struct actions {
    char *list[32];
    size_t count;
};

static void add(struct actions *actions, const char *format, const char *argument)
{
    assert_true(actions->count + 1 < sizeof actions->list / sizeof *actions->list);
    assert_true(asprintf(&actions->list[actions->count], format, argument) > 0);
    actions->list[++actions->count] = NULL;
}

static void free_actions(struct actions *actions)
{
    for (size_t i = 0; i < actions->count; i++)
        free(actions->list[i]);
}

static void add_request(struct actions *actions, const struct row *row)
{
    add(actions, "%s", "URL=" HOST "/echo");
    add(actions, "%s", "POSTFIELDS={\"a\":1}");
    for (size_t i = 0; i < sizeof row->request / sizeof *row->request && row->request[i]; i++)
        add(actions, "%s", row->request[i]);
}

static void run(struct routed *r, const struct row *row, struct actions *actions)
{
    const char *words[40];
    char *program = vespa_build_path("tests/programs/easy");
    size_t count = 0;
    words[count++] = program;
    words[count++] = r->interface;
    for (size_t i = 0; i < actions->count; i++)
        words[count++] = actions->list[i];
    words[count] = NULL;
    vespa_program_result_free(&r->result);
    r->result = row ? vespa_preload_run(r->sim, row->environment, words)
                    : vespa_program_run_simple(words, NULL);
    free(program);
    assert_int_equal(r->result.status, 0);
}

/* The bytes of the answer, head and body; the caller frees them. */
static char *answer_of(struct routed *r, const struct row *row)
{
    struct actions actions = {.count = 0};
    add(&actions, "%s", "WRITEFUNCTION=collect");
    add(&actions, "%s", "HEADER=1");
    add_request(&actions, row);
    add(&actions, "%s", "perform");
    run(r, row, &actions);
    free_actions(&actions);
    char *answer = routed_body(r);
    char status[32], code[64];
    snprintf(status, sizeof status, "HTTP/1.1 %d ", row->status);
    snprintf(code, sizeof code, "\"code\":\"%s\"", row->code);
    if (strncmp(answer, status, strlen(status)) != 0 || !strstr(answer, code))
        fail_msg("%s: not %s and %s:\n%s\n%s", row->what, status, code, answer, r->result.err);
    return answer;
}

/* How often a worker was asked for in a second differs on a busy machine. */
static void mask_polls(char *text)
{
    static const char polls[] = "polls: ";
    for (char *at = text; (at = strstr(at, polls)) != NULL;) {
        at += strlen(polls);
        *at = '#';
    }
}

/* What the program did and got: its output, and the file. The caller frees it. */
static char *outcome(struct routed *r, const struct way *way)
{
    char bytes[8192] = "";
    char *text;
    if (way->file) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", r->directory, way->file);
        FILE *file = fopen(path, "r");
        assert_non_null(file);
        bytes[fread(bytes, 1, sizeof bytes - 1, file)] = '\0';
        fclose(file);
        unlink(path);
    }
    assert_true(asprintf(&text, "%s\nin the file:\n%s", r->result.out, bytes) > 0);
    mask_polls(text);
    return text;
}

static char *take(struct routed *r, const struct row *row, const struct way *way, const char *url)
{
    struct actions actions = {.count = 0};
    for (size_t i = 0; i < sizeof way->settings / sizeof *way->settings && way->settings[i]; i++)
        add(&actions, way->settings[i], r->directory);
    add(&actions, "%s", "ERRORBUFFER=own");
    add_request(&actions, row);
    if (url)
        add(&actions, "URL=%s/", url);
    add(&actions, "%s", "perform");
    add(&actions, "%s", "error");
    add(&actions, "%s", "info=RESPONSE_CODE,CONTENT_TYPE,RETRY_AFTER,SIZE_DOWNLOAD_T");
    run(r, url ? NULL : row, &actions);
    free_actions(&actions);
    return outcome(r, way);
}

static void check_row(struct routed *r, const struct row *row)
{
    vespa_sim_process_reset(r->sim);
    if (row->fault)
        vespa_sim_process_fault(r->sim, row->fault);
    char *answer = answer_of(r, row);
    struct vespa_raw_server *server = vespa_raw_server_start(answer);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        char *ours = take(r, row, &ways[i], NULL);
        char *plain = take(r, row, &ways[i], vespa_raw_server_url(server));
        if (strcmp(ours, plain) != 0)
            fail_msg("%s, taken by %s: «%s» instead of «%s»", row->what, ways[i].settings[0], ours,
                     plain);
        free(ours);
        free(plain);
    }
    vespa_raw_server_stop(server);
    free(answer);
}

#define ROW(name, index)                 \
    static void name(void **state)       \
    {                                    \
        check_row(*state, &rows[index]); \
    }
ROW(no_worker_in_time, 0)
ROW(a_refused_key, 1)
ROW(an_unknown_endpoint, 2)
ROW(a_worker_at_no_address, 3)
ROW(a_body_that_is_not_json, 4)
ROW(a_form, 5)
ROW(a_form_of_the_old_kind, 6)
ROW(a_body_that_is_too_large, 7)
ROW(no_configuration, 8)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROUTED(no_worker_in_time),       ROUTED(a_refused_key),
        ROUTED(an_unknown_endpoint),     ROUTED(a_worker_at_no_address),
        ROUTED(a_body_that_is_not_json), ROUTED(a_form),
        ROUTED(a_form_of_the_old_kind),  ROUTED(a_body_that_is_too_large),
        ROUTED(no_configuration),
    };
    return routed_run_both(tests);
}
