/*
 * What tests of the library have in common: a simulator for each test, and a client for its
 * endpoint.
 */
#ifndef VESPA_TESTS_LIB_FIXTURE_H
#define VESPA_TESTS_LIB_FIXTURE_H

#include "lib/vespa.h"
#include "tests/support/sim_process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct fixture {
    struct vespa_sim_process *sim;
    struct vespa_client *client;
    struct vespa_response *response; /* of the test; freed by the teardown */
    cJSON *stats;                    /* likewise */
    char message[VESPA_MESSAGE_SIZE];
};

/* cmocka's setup and teardown of a test: two workers. */
int fixture_set_up(void **state);
int fixture_tear_down(void **state);
#define FIXTURE(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

/* An empty environment but for PATH, and no configuration of the user's: in main, before threads.
 */
void fixture_clear_environment(void);

/* The options of a client for the simulator's endpoint. */
struct vespa_client_options fixture_options(const struct fixture *fixture);

/* The client of these options, instead of the one there is. */
void fixture_client(struct fixture *fixture, const struct vespa_client_options *options);

/* Starts simulator and client anew with these options of the simulator; NULL at the end. */
void fixture_restart(struct fixture *fixture, const char *option, ...) __attribute__((sentinel));

/* Keeps a response for the test, instead of the one before. */
struct vespa_response *fixture_keep(struct fixture *fixture, struct vespa_response *response);

/* The response is a worker's with that status. */
void fixture_assert_status(const struct fixture *fixture, int status);

/* The response is that error, and its message has the text. */
void fixture_assert_error(const struct fixture *fixture, enum vespa_error error, const char *text);

/* Statistics in which every request is over; freed by the teardown. */
const cJSON *fixture_stats(struct fixture *fixture);

#endif
