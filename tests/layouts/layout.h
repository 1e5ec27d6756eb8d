/*
 * A program of tests/layouts/parts under the shim, and what its user and the worker saw of it.
 *
 *     layout_run(state, "program-openssl", "run", "a", NULL);
 *     layout_assert_routed(state, "a:OpenSSL");
 */
#ifndef VESPA_TESTS_LAYOUTS_LAYOUT_H
#define VESPA_TESTS_LAYOUTS_LAYOUT_H

#include "tests/support/preload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct layout {
    struct vespa_sim_process *sim;  /* one worker */
    const char *shim;               /* which build of it, below the build directory */
    const char *before;             /* part that is preloaded before the shim; NULL: none */
    const char *after;              /* and after it; or a path */
    const char *const *environment; /* further variables; NULL: none */
    struct vespa_program_result result;
    cJSON *stats;
};

/* Runs tests with the shim as it is built and once more without optimisation: one simulator for
 * each of the two, emptied before each test. What main is to return. */
int layout_run_tests(const struct CMUnitTest *tests, size_t count);

/* Setup of a test. */
int layout_reset(void **state);
#define LAYOUT(name) cmocka_unit_test_setup(name, layout_reset)

/* Whether there is a libcurl of the GnuTLS flavour; and skips the test if not. */
bool layout_has_gnutls(void);
void layout_needs_gnutls(void);

/* Skips the test where a sanitizer's runtime is preloaded. */
void layout_not_under_a_sanitizer(void);

/* Runs a program of the parts with these arguments; it must end with 0. "PART/NAME" becomes a path.
 */
void layout_run(void **state, const char *program, ...) __attribute__((sentinel));

/* The same without the shim; its standard output, to be freed. */
char *layout_run_plain(void **state, const char *program, ...) __attribute__((sentinel));

/* expected: "LABEL:FLAVOUR …": in that order the program had exactly these answers, by a libcurl
 * with such a TLS library, each the right one, and each came once from the worker. FLAVOUR+OTHER:
 * on a handle of another one. Nothing was written on stderr. */
void layout_assert_routed(void **state, const char *expected);

/* The same, with this on stderr. */
void layout_assert_routed_and(void **state, const char *expected, const char *said);

/* What the simulator saw. */
const cJSON *layout_stats(void **state);

#endif
