/*
 * Every fault of the simulator × the first attempt only, or every attempt × a plain answer, or a
 * stream × libcurl's two interfaces: what the program gets, how often a worker was asked for (with
 * one request_idx and one cost) and sent to, and that payload and answer belong together.
 */
#include "tests/preload/routed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind {
    ANSWER,    /* the model's answer to this very payload */
    PASSED_ON, /* a worker's own answer of that status */
    REPLY,     /* an answer of ours of that status, with that code */
    LOST       /* a failed transfer; what had come was delivered */
};

struct outcome {
    enum kind kind;
    int status;
    const char *code;
    int least_routes;
    int most_routes;
    int sent; /* requests that reached a worker */
};

#define ANSWERED(routes, sent)                  \
    {                                           \
        ANSWER, 200, NULL, routes, routes, sent \
    }
#define PASSED(status, routes, sent)                  \
    {                                                 \
        PASSED_ON, status, NULL, routes, routes, sent \
    }
#define REPLIED(status, code, routes, sent)       \
    {                                             \
        REPLY, status, code, routes, routes, sent \
    }
#define CUT                      \
    {                            \
        LOST, 200, NULL, 1, 1, 1 \
    }
/* At the deadline of a second; how often was asked depends on the machine. */
#define NO_WORKER                              \
    {                                          \
        REPLY, 503, "no_worker_ready", 1, 3, 0 \
    }

/* With two attempts; *: once for the first attempt. */
static const struct row {
    const char *fault;
    bool until_deadline; /* every attempt: it ends at the deadline, which is set to 1 s */
    struct outcome first;
    struct outcome every;
} rows[] = {
    {"route-cold", true, ANSWERED(2, 1), NO_WORKER},
    {"route-cold,form=queued", true, ANSWERED(2, 1), NO_WORKER},
    {"route-cold,form=error_msg", true, ANSWERED(2, 1), NO_WORKER},
    {"route-cold,form=string", true, ANSWERED(2, 1), NO_WORKER},
    {"route-cold,request_idx=0", true, ANSWERED(2, 1), NO_WORKER},
    {"route-status,status=429", true, ANSWERED(2, 1), NO_WORKER},
    {"route-status,status=500", true, ANSWERED(2, 1), NO_WORKER},
    {"route-status,status=400", false, REPLIED(404, "unknown_endpoint", 1, 0),
     REPLIED(404, "unknown_endpoint", 1, 0)},
    {"route-status,status=401", false, REPLIED(401, "wrong_key", 1, 0),
     REPLIED(401, "wrong_key", 1, 0)},
    {"route-garbage,form=text", true, ANSWERED(2, 1), NO_WORKER},
    {"route-garbage,form=empty", true, ANSWERED(2, 1), NO_WORKER},
    {"route-garbage,form=huge", true, ANSWERED(2, 1), NO_WORKER},
    {"route-garbage,form=truncated", true, ANSWERED(2, 1), NO_WORKER},
    {"route-garbage,form=array", true, ANSWERED(2, 1), NO_WORKER},
    {"route-garbage,form=scheme", false, REPLIED(502, "worker_not_acceptable", 1, 0),
     REPLIED(502, "worker_not_acceptable", 1, 0)},
    {"route-slow,ms=300", false, ANSWERED(1, 1), ANSWERED(1, 1)},
    {"route-close", true, ANSWERED(2, 1), NO_WORKER},
    {"route-worker,worker=1", false, ANSWERED(1, 1), ANSWERED(1, 1)},
    {"route-url,url=http://user@127.0.0.1:1/", false, REPLIED(502, "worker_not_acceptable", 1, 0),
     REPLIED(502, "worker_not_acceptable", 1, 0)},
    {"route-forged", false, ANSWERED(2, 2), PASSED(401, 2, 2)},
    {"worker-dead", false, ANSWERED(2, 1), REPLIED(502, "worker_failed", 2, 0)},
    {"worker-status,status=401", false, ANSWERED(2, 2), PASSED(401, 2, 2)},
    {"worker-status,status=404", false, PASSED(404, 1, 1), PASSED(404, 1, 1)},
    {"worker-status,status=408", false, ANSWERED(2, 2), PASSED(408, 2, 2)},
    {"worker-status,status=422", false, PASSED(422, 1, 1), PASSED(422, 1, 1)},
    {"worker-status,status=429", false, ANSWERED(2, 2), PASSED(429, 2, 2)},
    {"worker-status,status=500", false, ANSWERED(2, 2), PASSED(500, 2, 2)},
    {"worker-status,status=503,retry_after=1", false, ANSWERED(2, 2), PASSED(503, 2, 2)},
    {"worker-close", false, ANSWERED(2, 2), REPLIED(502, "worker_failed", 2, 2)},
    {"worker-reset", false, ANSWERED(2, 2), REPLIED(502, "worker_failed", 2, 2)},
    {"worker-close,unread=1", false, ANSWERED(2, 2), REPLIED(502, "worker_failed", 2, 2)},
    {"worker-cut,after=0", false, CUT, CUT},
    {"worker-cut,after=10", false, CUT, CUT},
    {"worker-cut,after=10,chunked=1", false, CUT, CUT},
    {"worker-slow,ms=300", false, ANSWERED(1, 1), ANSWERED(1, 1)},
    {"worker-slow,ms=20000",
     true,
     {REPLY, 503, "worker_timeout", 1, 1, 1},
     {REPLY, 503, "worker_timeout", 1, 1, 1}},
    {"worker-slow-chunks,ms=1,size=7", false, ANSWERED(1, 1), ANSWERED(1, 1)},
    {"worker-early-hints", false, ANSWERED(1, 1), ANSWERED(1, 1)},
};

enum { ROWS = sizeof rows / sizeof *rows };

struct cell {
    const struct row *row;
    bool multi;
    bool stream;
    bool every;
    char name[128];
    char payload[256];
};

/* Of the process: the cells that it runs come one after the other. */
static struct routed *routed;

static int start(void **state)
{
    int failed = routed_set_up(state);
    routed = *state;
    return failed;
}

static int reset(void **state)
{
    const struct cell *cell = *state;
    routed_reset(routed);
    routed->interface = cell->multi ? "interface=multi" : "interface=easy";
    return 0;
}

/* ---- running a cell ---------------------------------------------------------------------------
 */

static void play_fault(const struct cell *cell)
{
    char fault[128];
    snprintf(fault, sizeof fault, "%s%s", cell->row->fault, cell->every ? "" : ",count=1");
    vespa_sim_process_fault(routed->sim, fault);
}

static void run_program(struct cell *cell)
{
    char fields[300], url[128];
    bool deadline = cell->row->until_deadline && (cell->every || cell->row->first.kind == REPLY);
    snprintf(fields, sizeof fields, "POSTFIELDS=%s", cell->payload);
    snprintf(url, sizeof url, "URL=" HOST "%s", cell->stream ? "/v1/completions" : "/echo");
    routed_easy(routed,
                ENVIRONMENT("VESPA_RETRIES=1", deadline ? "VESPA_DEADLINE=1" : "VESPA_DEADLINE"),
                COLLECT, url, fields, PERFORM, NULL);
}

/* ---- what came of it --------------------------------------------------------------------------
 */

/* A stream names the model that the payload asked for in each of its events, and ends as it should.
 */
static void assert_answer_belongs(const struct cell *cell)
{
    char *body = routed_body(routed);
    vespa_assert_line(&routed->result, "result 0");
    assert_string_equal(routed_info(routed, "RESPONSE_CODE"), "200");
    if (cell->stream) {
        char model[160];
        unsigned events = 0;
        snprintf(model, sizeof model, "\"model\":\"%s\"", cell->name);
        for (const char *at = body; (at = strstr(at, "data: {")) != NULL; at++)
            events++;
        for (const char *at = body; (at = strstr(at, model)) != NULL; at++)
            events--;
        assert_int_equal(events, 0);
        assert_non_null(strstr(body, model));
        assert_non_null(strstr(body, "data: [DONE]\n\n"));
    } else {
        assert_string_equal(body, cell->payload);
    }
    free(body);
}

static void assert_passed_on(int status)
{
    char *body = routed_body(routed);
    vespa_assert_line(&routed->result, "result 0");
    assert_int_equal(atoi(routed_info(routed, "RESPONSE_CODE")), status);
    assert_true(status == 401 ? body[0] == '\0'
                              : strstr(body, "as the simulator was told") != NULL);
    free(body);
}

/* The head and so many bytes came, and then an error. */
static void assert_lost(const struct cell *cell)
{
    const struct vespa_program_result *result = &routed->result;
    char *body = routed_body(routed);
    assert_true(strstr(result->out, "result 18\n") || strstr(result->out, "result 56\n"));
    assert_string_equal(routed_info(routed, "RESPONSE_CODE"), "200");
    assert_int_equal(strlen(body), strstr(cell->row->fault, "after=0") ? 0 : 10);
    if (!cell->stream)
        assert_memory_equal(body, cell->payload, strlen(body));
    free(body);
}

/* All that reached workers was this payload, accepted wherever it was looked at and the assignment
 * was none that the simulator had forged. */
static void assert_sent(const struct cell *cell, int sent)
{
    const cJSON *stats = routed->stats;
    bool forged = strstr(cell->row->fault, "forged") != NULL;
    bool unread = strstr(cell->row->fault, "unread") != NULL;
    const cJSON *worker, *request;
    assert_int_equal(routed_worker_requests(routed), sent);
    cJSON_ArrayForEach(worker, vespa_json_find(stats, "workers"))
    {
        cJSON_ArrayForEach(request, vespa_json_find(worker, "requests"))
        {
            if (unread && cJSON_IsNull(vespa_json_find(request, "payload")))
                continue;
            assert_string_equal(vespa_json_string(request, "payload"), cell->payload);
            assert_true(forged || vespa_json_number(request, "accepted") == 1);
        }
    }
}

static void run(void **state)
{
    struct cell *cell = *state;
    const struct outcome *expected = cell->every ? &cell->row->every : &cell->row->first;
    play_fault(cell);
    run_program(cell);
    switch (expected->kind) {
    case ANSWER:
        assert_answer_belongs(cell);
        break;
    case PASSED_ON:
        assert_passed_on(expected->status);
        break;
    case REPLY:
        routed_assert_reply(routed, expected->status, expected->code, NULL, NULL);
        break;
    case LOST:
        assert_lost(cell);
        break;
    }
    routed_stats_of(routed, expected->sent);
    int routes = (int)vespa_json_number(routed->stats, "route.count");
    assert_in_range(routes, expected->least_routes, expected->most_routes);
    routed_assert_one_request(routed, routes);
    assert_sent(cell, expected->sent);
}

static size_t fault_length(const char *fault)
{
    return strspn(fault, "abcdefghijklmnopqrstuvwxyz-");
}

static bool has_row(const char *fault)
{
    size_t length = fault_length(fault);
    for (unsigned i = 0; i < ROWS; i++)
        if (fault_length(rows[i].fault) == length && strncmp(rows[i].fault, fault, length) == 0)
            return true;
    return false;
}

/* Those that `vespa sim --help` lists, so that none that is added there is forgotten here. */
static void every_fault_of_the_simulator_has_a_row(void **state)
{
    (void)state;
    char *command = vespa_build_path("vespa");
    struct vespa_program_result help =
        vespa_program_run_simple((const char *const[]){command, "sim", "--help", NULL}, NULL);
    unsigned count = 0;
    const char *line = strstr(help.out, "\nfaults");
    for (; line; line = strchr(line + 1, '\n')) {
        if (strncmp(line, "\n  route-", 9) != 0 && strncmp(line, "\n  worker-", 10) != 0)
            continue;
        if (!has_row(line + 3))
            fail_msg("no row has the fault %.*s", (int)fault_length(line + 3), line + 3);
        count++;
    }
    assert_true(count >= 16);
    vespa_program_result_free(&help);
    free(command);
}

/* ---- the table --------------------------------------------------------------------------------
 */

static void fill(struct cell *cell, const struct row *row, unsigned variant)
{
    cell->row = row;
    cell->multi = variant & 1;
    cell->stream = variant >> 1 & 1;
    cell->every = variant >> 2 & 1;
    snprintf(cell->name, sizeof cell->name, "%s (%s, %s, %s)", row->fault,
             cell->multi ? "multi" : "easy", cell->stream ? "stream" : "plain",
             cell->every ? "every attempt" : "first attempt");
    snprintf(cell->payload, sizeof cell->payload,
             "{\"model\":\"%s\",\"stream\":%s,\"prompt\":\"x\",\"seed\":9007199254740993,\"max_"
             "tokens\":3}",
             cell->name, cell->stream ? "true" : "false");
}

int main(void)
{
    static struct cell cells[ROWS * 8];
    static struct CMUnitTest tests[ROWS * 8 + 1];
    for (unsigned i = 0; i < ROWS * 8; i++) {
        fill(&cells[i], &rows[i / 8], i % 8);
        tests[i] = (struct CMUnitTest){.name = cells[i].name,
                                       .test_func = run,
                                       .setup_func = reset,
                                       .initial_state = &cells[i]};
    }
    tests[ROWS * 8] = (struct CMUnitTest)cmocka_unit_test(every_fault_of_the_simulator_has_a_row);
    return routed_run_groups(&(struct routed_tests){tests, ROWS * 8 + 1, start, routed_tear_down});
}
