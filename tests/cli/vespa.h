// The vespa command in tests.
//
//     struct vespa_program_result result = vespa_command(environment, "run", "--", "true", NULL);
#ifndef VESPA_TESTS_CLI_VESPA_H
#define VESPA_TESTS_CLI_VESPA_H

#include "tests/support/program.h"
#include "tests/support/sim_process.h"

// Runs `vespa ARGUMENT...` (NULL at the end) with the variables that are given (NAME=VALUE sets,
// NAME removes; NULL at the end; may be NULL), beside those of `sim` if that is not NULL. No other
// variable that vespa reads, nor LD_PRELOAD, is handed down from the test's own environment.
struct vespa_program_result vespa_command(const struct vespa_sim_process *sim,
                                          const char *const *environment, const char *argument, ...)
    __attribute__((sentinel));

// The same with an array of arguments and another copy of the command.
struct vespa_program_result vespa_command_at(const char *command,
                                             const struct vespa_sim_process *sim,
                                             const char *const *environment,
                                             const char *const *arguments);

// Asserts how it ended; what it wrote is shown otherwise.
void vespa_assert_status(const struct vespa_program_result *result, int status);

// Asserts that a text is in what was written to stdout, or to stderr; and that it is not.
void vespa_assert_out(const struct vespa_program_result *result, const char *text);
void vespa_assert_err(const struct vespa_program_result *result, const char *text);
void vespa_assert_silent(const struct vespa_program_result *result, const char *text);

#endif
