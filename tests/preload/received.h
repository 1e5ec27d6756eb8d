/*
 * What one worker received, for tests that send many small requests: one simulator and one
 * recording server for all tests of a file, emptied before each.
 *
 *     static void a_behaviour(void **state)
 *     {
 *         struct received *r = *state;
 *         received_easy(r, "URL=" HOST "/echo", "POSTFIELDS={}", "perform", NULL);
 *         received_assert(r, "POST", "", "{}");
 *     }
 */
#ifndef VESPA_TESTS_PRELOAD_RECEIVED_H
#define VESPA_TESTS_PRELOAD_RECEIVED_H

#include "tests/support/preload.h"
#include "tests/support/recorder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define VIRTUAL "http://my-endpoint.vespa.internal"

struct received {
    struct vespa_sim_process *sim; /* one worker */
    struct vespa_recorder *recorder;
    struct vespa_program_result result; /* of the latest program */
    cJSON *stats;
    cJSON *reply;       /* the latest answer's body, where it was JSON */
    char directory[64]; /* for files; removed with what is in it */
};

/* cmocka's setup and teardown of the group, and setup of a test. */
int received_start(void **state);
int received_stop(void **state);
int received_reset(void **state);
#define RECEIVED(name) cmocka_unit_test_setup(name, received_reset)

/* Runs easy with these actions, under the shim; it must end with 0. The same with an environment
 * besides the simulator's, and without the shim. */
void received_easy(struct received *received, const char *action, ...) __attribute__((sentinel));
void received_easy_with(struct received *received, const char *const *environment,
                        const char *action, ...) __attribute__((sentinel));
void received_easy_list(struct received *received, const char *const *environment,
                        const char *const *actions);
void received_plain_list(struct received *received, const char *const *actions);

/* The last request that reached the worker; all that did are over. */
const cJSON *received_request(struct received *received);

/* How many reached it, and how often a worker was asked for. */
int received_requests(struct received *received);
int received_routes(struct received *received);

/* The last request was this one, for the path /echo. query: the application's own parameters.
 * payload: its bytes; NULL: it came in the form without a body. No header may be there that
 * belongs to another form. */
void received_assert(struct received *received, const char *method, const char *query,
                     const char *payload);
void received_assert_bytes(struct received *received, const char *method, const char *query,
                           const void *payload, size_t length);

/* The answer is one of our own: status, code, and a message that holds these words. The program
 * printed body and RESPONSE_CODE. */
void received_assert_reply(struct received *received, int status, const char *code,
                           const char *words);

/* The rest of the last line of the output that begins with that word; NULL: there is none. Valid
 * until the next call. */
const char *received_line(const struct received *received, const char *word);

/* Writes a file into the directory; "@PATH" for easy's values. Valid until the next call. */
const char *received_file(const struct received *received, const char *name, const void *bytes,
                          size_t length);

/* {"x":"aaa…"} of so many bytes; the caller frees it. */
char *received_json(size_t length);

#endif
