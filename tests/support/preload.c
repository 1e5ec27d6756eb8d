/* Programs under the shim. */
#include "tests/support/preload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MOST_ARGUMENTS 256

const char *vespa_preload_variable(void)
{
    static char variable[8192];
    const char *first = getenv("VESPA_PRELOAD_FIRST");
    if (!variable[0]) {
        char *shim = vespa_build_path("libvespa_shim.so");
        snprintf(variable, sizeof variable, "LD_PRELOAD=%s%s%s", first ? first : "",
                 first && *first ? ":" : "", shim);
        free(shim);
    }
    return variable;
}

struct vespa_program_result vespa_preload_run(const struct vespa_sim_process *sim,
                                              const char *const *environment,
                                              const char *const *argv)
{
    const char *all[MOST_ARGUMENTS] = {vespa_preload_variable()};
    size_t count = 1;
    const char *const *variables = sim ? vespa_sim_process_environment(sim) : NULL;
    for (; variables && *variables && count + 1 < MOST_ARGUMENTS; variables++)
        all[count++] = *variables;
    return vespa_program_run(&(struct vespa_program){
        .argv = argv,
        .environment = all,
        .more_environment = environment,
    });
}

/* argv: fixed words, then the variable ones. */
static void collect(const char **argv, size_t fixed, const char *first, va_list rest)
{
    size_t count = fixed;
    for (const char *word = first; word; word = va_arg(rest, const char *)) {
        assert_true(count + 1 < MOST_ARGUMENTS);
        argv[count++] = word;
    }
    argv[count] = NULL;
}

struct vespa_program_result vespa_preload_easy(const struct vespa_sim_process *sim,
                                               const char *const *environment, const char *action,
                                               ...)
{
    char *program = vespa_build_path("tests/programs/easy");
    const char *argv[MOST_ARGUMENTS] = {program};
    va_list rest;
    va_start(rest, action);
    collect(argv, 1, action, rest);
    va_end(rest);
    struct vespa_program_result result = vespa_preload_run(sim, environment, argv);
    free(program);
    return result;
}

struct vespa_program_result vespa_preload_curl(const struct vespa_sim_process *sim,
                                               const char *const *environment, const char *argument,
                                               ...)
{
    const char *argv[MOST_ARGUMENTS] = {"curl", "-sS"};
    va_list rest;
    va_start(rest, argument);
    collect(argv, 2, argument, rest);
    va_end(rest);
    return vespa_preload_run(sim, environment, argv);
}

struct vespa_program_result vespa_plain_easy(const char *action, ...)
{
    char *program = vespa_build_path("tests/programs/easy");
    const char *argv[MOST_ARGUMENTS] = {program};
    va_list rest;
    va_start(rest, action);
    collect(argv, 1, action, rest);
    va_end(rest);
    struct vespa_program_result result = vespa_program_run_simple(argv, NULL);
    free(program);
    return result;
}

static bool has_line(const char *text, const char *line)
{
    size_t length = strlen(line);
    for (const char *at = text; at; at = strchr(at, '\n')) {
        at += *at == '\n';
        if (strncmp(at, line, length) == 0 && (at[length] == '\n' || at[length] == '\0'))
            return true;
    }
    return false;
}

void vespa_assert_line(const struct vespa_program_result *result, const char *line)
{
    if (!has_line(result->out, line))
        fail_msg("no line «%s» in:\n%s\nstderr:\n%s", line, result->out, result->err);
}

void vespa_assert_no_line(const struct vespa_program_result *result, const char *line)
{
    if (has_line(result->out, line))
        fail_msg("there is a line «%s» in:\n%s\nstderr:\n%s", line, result->out, result->err);
}

void vespa_assert_shows(const struct vespa_program_result *result, const char *text)
{
    if (!strstr(result->out, text))
        fail_msg("no «%s» in:\n%s\nstderr:\n%s", text, result->out, result->err);
}

void vespa_assert_hides(const struct vespa_program_result *result, const char *text)
{
    if (strstr(result->out, text))
        fail_msg("there is «%s» in:\n%s\nstderr:\n%s", text, result->out, result->err);
}
