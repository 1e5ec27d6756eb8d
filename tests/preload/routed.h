/*
 * What tests of routed requests have in common: a simulator for each test, programs whose output
 * and statistics belong to the test, a directory of its own, and how an answer of ours is read.
 *
 *     static void a_behaviour(void **state)
 *     {
 *         struct routed *r = *state;
 *         vespa_sim_process_fault(r->sim, "worker-close,count=1");
 *         routed_easy(r, NULL, ASK("/echo"), "perform", NULL);
 *         vespa_assert_line(&r->result, "result 0");
 *         routed_stats(r);
 *         assert_int_equal(vespa_json_number(r->stats, "route.count"), 2);
 *     }
 */
#ifndef VESPA_TESTS_PRELOAD_ROUTED_H
#define VESPA_TESTS_PRELOAD_ROUTED_H

#include "tests/support/preload.h"
#include "tests/support/raw_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HOST "http://my-endpoint.vespa.internal"

/* Actions of the program easy: a POST to a path of the endpoint, everything collected; and the same
 * without a target yet. */
#define COLLECT \
    "WRITEFUNCTION=collect", "HEADERFUNCTION=collect", "ERRORBUFFER=own", "POSTFIELDS={\"a\":1}"
#define ASK(path) COLLECT, "URL=" HOST path
/* The request, and all that assert_reply looks at. */
#define PERFORM "perform", "info=RESPONSE_CODE,CONTENT_TYPE", "error"

struct routed {
    struct vespa_sim_process *sim;
    struct vespa_raw_server *server; /* if the test starts one */
    struct vespa_program_result result;
    cJSON *stats;
    cJSON *body;
    char directory[64];    /* removed with what is in it */
    char log[128];         /* "VESPA_LOG_FILE=…" in that directory */
    const char *program;   /* "easy": of tests/preload/programs; easy-gnutls */
    const char *interface; /* of libcurl's two: "interface=easy" or "interface=multi" */
};

/* cmocka's setup and teardown of a test: two workers. */
int routed_set_up(void **state);
int routed_tear_down(void **state);
#define ROUTED(name) cmocka_unit_test_setup_teardown(name, routed_set_up, routed_tear_down)

/* Runs the tests, several at a time, in processes of their own: they mostly wait. The output is
 * that of one cmocka group after the other. Returns the exit code of main. */
#define routed_run(tests) routed_run_tests(tests, sizeof(tests) / sizeof *(tests))
int routed_run_tests(const struct CMUnitTest *tests, size_t count);

/* The same, for tests of which each process shares what set_up makes for it. */
struct routed_tests {
    const struct CMUnitTest *tests;
    size_t count;
    CMFixtureFunction set_up; /* before the first and after the last of a process; may be NULL */
    CMFixtureFunction tear_down;
};
int routed_run_groups(const struct routed_tests *tests);

/* The same, each test once with each of libcurl's interfaces. */
#define routed_run_both(tests) routed_run_tests_both(tests, sizeof(tests) / sizeof *(tests))
int routed_run_tests_both(const struct CMUnitTest *tests, size_t count);

/* As good as new: no faults, no statistics. */
void routed_reset(struct routed *routed);

/* Starts the simulator anew with these options; NULL at the end. */
void routed_restart(struct routed *routed, const char *option, ...) __attribute__((sentinel));

/* Runs routed->program under the shim; the result is in routed->result. */
void routed_easy(struct routed *routed, const char *const *environment, const char *action, ...)
    __attribute__((sentinel));
void routed_easy_list(struct routed *routed, const char *const *environment,
                      const char *const *actions);
/* The same for the program multi, driving in that style. Nothing was wrong, no descriptor is left,
 * no thread was there. */
void routed_multi(struct routed *routed, const char *style, const char *action, ...)
    __attribute__((sentinel));
#define ENVIRONMENT(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Runs another of tests/preload/programs under the shim, with these arguments; it must end with 0.
 */
void routed_program(struct routed *routed, const char *const *environment, const char *name,
                    const char *argument, ...) __attribute__((sentinel));

/* Starts routed->server with that answer and makes it the worker, count times (0: for ever). It
 * takes the place of the server before, if there was one: then other faults and the statistics go
 * too. */
void routed_raw_worker(struct routed *routed, const char *answer, unsigned count);

/* Asks for the statistics when all requests to workers are over; and when so many have been seen,
 * for a program that gives up may be gone before its worker looks at what it sent. */
void routed_stats(struct routed *routed);
void routed_stats_of(struct routed *routed, int worker_requests);

/* Of routed->stats: requests that reached a worker; connections to workers. */
int routed_worker_requests(const struct routed *routed);
int routed_worker_connections(const struct routed *routed);

/* Of routed->stats: there were so many route calls, all with one cost, and all but the first with
 * the request_idx of the first answer that gave one. */
void routed_assert_one_request(const struct routed *routed, int route_calls);

/* What the last "body" line of the output says, as it was. The caller frees it. */
char *routed_body(const struct routed *routed);

/* The last "info NAME" line, and that it says this. */
const char *routed_info(const struct routed *routed, const char *name);
void routed_assert_info(const struct routed *routed, const char *name, const char *value);

/* The answer is one of our own (design.md §4): status, JSON, this code, and a message with each of
 * these texts; NULL at the end. The program did PERFORM. */
void routed_assert_reply(struct routed *routed, int status, const char *code, const char *text, ...)
    __attribute__((sentinel));

/* A line of the head, such as "Retry-After: 30", was among those that were collected. */
void routed_assert_header(const struct routed *routed, const char *header);

/* The contents of a file of the test's directory, and of the log file in it; "" without one. The
 * caller frees them. */
char *routed_file(const struct routed *routed, const char *name);
char *routed_log(const struct routed *routed);

/* Goes on with another program of tests/preload/programs. False: it is not built, for there is no
 * such libcurl. */
bool routed_use(struct routed *routed, const char *program);

#endif
