// The vespa command in tests.

#include "tests/cli/vespa.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { MOST_WORDS = 64 };

struct vespa_program_result vespa_command_at(const char *command,
                                             const struct vespa_sim_process *sim,
                                             const char *const *environment,
                                             const char *const *arguments)
{
    static const char *const removed[] = {
        "LD_PRELOAD",   "VAST_ENDPOINT", "VAST_API_KEY", "VAST_ACCOUNT_KEY", "VESPA_API_KEY_FILE",
        "VESPA_CONFIG", "VESPA_HOST",    "VESPA_LOG",    "VESPA_LOG_FILE",   "VESPA_AUTOSCALER_URL",
    };
    const char *variables[MOST_WORDS];
    const char *argv[MOST_WORDS] = {command};
    size_t count = 0;
    for (; count < sizeof removed / sizeof removed[0]; count++)
        variables[count] = removed[count];
    const char *const *own = sim ? vespa_sim_process_environment(sim) : NULL;
    for (; own && *own && count + 1 < MOST_WORDS; own++)
        variables[count++] = *own;
    variables[count] = NULL;
    for (size_t i = 0; arguments[i] && i + 2 < MOST_WORDS; i++)
        argv[i + 1] = arguments[i];
    return vespa_program_run(&(struct vespa_program){
        .argv = argv, .environment = variables, .more_environment = environment});
}

struct vespa_program_result vespa_command(const struct vespa_sim_process *sim,
                                          const char *const *environment, const char *argument, ...)
{
    const char *arguments[MOST_WORDS] = {argument};
    va_list rest;
    va_start(rest, argument);
    for (size_t i = 0; arguments[i] && i + 2 < MOST_WORDS; i++)
        arguments[i + 1] = va_arg(rest, const char *);
    va_end(rest);
    char *command = vespa_build_path("vespa");
    struct vespa_program_result result = vespa_command_at(command, sim, environment, arguments);
    free(command);
    return result;
}

void vespa_assert_status(const struct vespa_program_result *result, int status)
{
    if (result->status != status)
        fail_msg("exit status %d (signal %d), expected %d\nstdout: %s\nstderr: %s", result->status,
                 result->signal, status, result->out, result->err);
}

static void assert_in(const char *text, const char *expected)
{
    if (!strstr(text, expected))
        fail_msg("'%s' is not in: %s", expected, text);
}

void vespa_assert_out(const struct vespa_program_result *result, const char *text)
{
    assert_in(result->out, text);
}

void vespa_assert_err(const struct vespa_program_result *result, const char *text)
{
    assert_in(result->err, text);
}

void vespa_assert_silent(const struct vespa_program_result *result, const char *text)
{
    if (strstr(result->out, text) || strstr(result->err, text))
        fail_msg("'%s' is in: %s%s", text, result->out, result->err);
}
