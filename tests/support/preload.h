/*
 * Programs under the shim: build/tests/programs/easy and the system's curl, with the simulator's
 * variables in their environment.
 *
 *     struct vespa_program_result result = vespa_preload_easy(sim, NULL, "URL=http://…", "perform",
 *                                                             NULL);
 *     vespa_assert_line(&result, "result 0");
 *     vespa_program_result_free(&result);
 */
#ifndef VESPA_TESTS_SUPPORT_PRELOAD_H
#define VESPA_TESTS_SUPPORT_PRELOAD_H

#include "tests/support/program.h"
#include "tests/support/sim_process.h"

/* "LD_PRELOAD=…" with the shim, behind a sanitizer's runtime where VESPA_PRELOAD_FIRST names one.
 * Valid until the test program ends. */
const char *vespa_preload_variable(void);

/* Runs a program, looked up in PATH unless it is a path, under the shim and with the simulator's
 * variables. environment: further NAME=VALUE or NAME (removed), NULL at the end; may be NULL. sim
 * may be NULL: no variables but those. */
struct vespa_program_result vespa_preload_run(const struct vespa_sim_process *sim,
                                              const char *const *environment,
                                              const char *const *argv);

/* The same for tests/preload/programs/easy.c with these actions. */
struct vespa_program_result vespa_preload_easy(const struct vespa_sim_process *sim,
                                               const char *const *environment, const char *action,
                                               ...) __attribute__((sentinel));

/* The same for the system's curl with these arguments; "-s" and "-S" are put in front. */
struct vespa_program_result vespa_preload_curl(const struct vespa_sim_process *sim,
                                               const char *const *environment, const char *argument,
                                               ...) __attribute__((sentinel));

/* tests/preload/programs/easy.c without the shim. */
struct vespa_program_result vespa_plain_easy(const char *action, ...) __attribute__((sentinel));

/* Asserts that one line of stdout is this, and that none is. */
void vespa_assert_line(const struct vespa_program_result *result, const char *line);
void vespa_assert_no_line(const struct vespa_program_result *result, const char *line);

/* Asserts that stdout holds this text, and that it does not. */
void vespa_assert_shows(const struct vespa_program_result *result, const char *text);
void vespa_assert_hides(const struct vespa_program_result *result, const char *text);

#endif
