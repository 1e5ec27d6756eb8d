/*
 * An event loop for tests of the engine: a simulator, a multi handle, an engine, and jobs that
 * collect what they are given.
 *
 *     static void a_behaviour(void **state)
 *     {
 *         struct loop *loop = *state;
 *         struct asked *asked = loop_ask(loop, "POST", "/echo", "{\"a\":1}");
 *         loop_run(loop);
 *         assert_int_equal(asked->status, 200);
 *     }
 */
#ifndef VESPA_TESTS_ENGINE_LOOP_H
#define VESPA_TESTS_ENGINE_LOOP_H

#include "core/buffer.h"
#include "lib/engine.h"
#include "tests/support/sim_process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HOST "http://my-endpoint.vespa.internal"

struct loop;

/* What a test's hook does with a piece of a body. */
typedef enum vespa_taken (*asked_hook)(void *asked, struct vespa_slice bytes);

/* A job and what came of it. */
struct asked {
    struct loop *loop;
    struct vespa_job *job; /* NULL once freed */
    asked_hook hook;       /* asked first; NULL: everything is taken */
    bool refuse_head;
    void *user;

    int heads;
    int status;
    bool own;
    char *head_text; /* "Name: value\n" of each header */
    struct vespa_buffer body;
    int pieces;
    bool over;
    enum vespa_job_result result;
    char message[300];
};

struct loop {
    struct vespa_sim_process *sim;
    struct vespa_config *config; /* of runtime */
    struct vespa_runtime *runtime;
    const struct vespa_curl_api *api;
    CURLM *multi;
    struct vespa_engine *engine;
    struct asked *asked[512]; /* freed by the teardown */
    size_t count;
    unsigned foreign; /* messages that were not the engine's */
};

/* cmocka's setup and teardown of a test: two workers. */
int loop_set_up(void **state);
int loop_tear_down(void **state);
#define LOOP(name) cmocka_unit_test_setup_teardown(name, loop_set_up, loop_tear_down)

/* Starts the simulator and all that depends on it anew with these options; NULL at the end. */
void loop_restart(struct loop *loop, const char *option, ...) __attribute__((sentinel));

/* Begins a job; body NULL: none. */
struct asked *loop_ask(struct loop *loop, const char *method, const char *path, const char *body);

/* The same with a body of any length, headers of the caller's, and a time-out. */
struct asked *loop_ask_more(struct loop *loop, const char *method, const char *path,
                            struct vespa_slice body, const struct vespa_header *headers,
                            size_t header_count, uint32_t timeout_ms);

/* One round of the loop. */
void loop_once(struct loop *loop);

/* Rounds until all jobs that were not freed are over; fails the test after 30 s. */
void loop_run(struct loop *loop);

/* Rounds until a condition holds. */
void loop_until(struct loop *loop, bool (*holds)(const struct asked *asked),
                const struct asked *asked);

/* The job is freed now. */
void asked_cancel(struct asked *asked);

/* The body as a string. */
const char *asked_body(const struct asked *asked);

#endif
