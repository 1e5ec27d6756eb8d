// `vespa run`: an environment is made ready, and the program takes our place in it.

#include "cli/run/command.h"

#include "cli/run/options.h"
#include "cli/run/parent.h"
#include "cli/run/preload.h"
#include "cli/run/summary.h"
#include "core/log.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FAILED = 125, CANNOT_RUN = 126, NO_PROGRAM = 127 };

static bool set(const char *name, const char *value)
{
    if (!value || setenv(name, value, 1) == 0)
        return true;
    fprintf(stderr, "vespa run: %s cannot be set: %s\n", name, strerror(errno));
    return false;
}

// A file's absolute path, for the program may go elsewhere before it is read.
static bool set_file(const char *name, const char *option, const char *file)
{
    char path[PATH_MAX];
    if (!file)
        return true;
    if (realpath(file, path) && access(path, R_OK) == 0)
        return set(name, path);
    fprintf(stderr, "vespa run: %s '%s': %s: expected a file that can be read\n", option, file,
            strerror(errno));
    return false;
}

static bool set_log(const char *level)
{
    enum vespa_log_level ignored;
    const char *given = getenv("VESPA_LOG");
    if (!level)
        return (given && *given) || set("VESPA_LOG", "warn");
    if (vespa_log_level_of(vespa_slice_of(level), &ignored))
        return set("VESPA_LOG", level);
    fprintf(stderr, "vespa run: --log is '%s', expected off, error, warn, info or debug\n", level);
    return false;
}

// An option comes before the variable of the same meaning; a key that is named is the key.
static bool set_environment(const struct vespa_run_options *options)
{
    if (options->api_key_file)
        unsetenv("VAST_API_KEY");
    return set("VAST_ENDPOINT", options->endpoint) && set("VESPA_HOST", options->host) &&
           set_file("VESPA_API_KEY_FILE", "--api-key-file", options->api_key_file) &&
           set_file("VESPA_CONFIG", "--config", options->config) && set_log(options->log) &&
           vespa_preload_set();
}

static int cannot_run(const char *program, int error)
{
    bool absent = error == ENOENT;
    fprintf(stderr, "vespa run: %s: %s\n", program,
            absent && !strchr(program, '/') ? "there is no such program in PATH" : strerror(error));
    return absent ? NO_PROGRAM : CANNOT_RUN;
}

// Returns only when it failed.
static int become(char **program)
{
    execvp(program[0], program);
    return cannot_run(program[0], errno);
}

static int run_with_summary(char **program)
{
    struct vespa_run_end end;
    struct vespa_summary *summary = vespa_summary_begin();
    if (!summary)
        return FAILED;
    bool started = vespa_run_child(program, &end);
    int error = errno;
    vespa_summary_end(summary, started && !end.error, program[0]);
    if (started && !end.error)
        vespa_run_end_as(end.status);
    if (started)
        return cannot_run(program[0], end.error);
    fprintf(stderr, "vespa run: no process could be made: %s\n", strerror(error));
    return FAILED;
}

int vespa_command_run(int argc, char **argv)
{
    struct vespa_run_options options;
    if (!vespa_run_options_read(&options, argc, argv))
        return FAILED;
    if (options.help) {
        vespa_run_options_help(stdout);
        return 0;
    }
    if (!set_environment(&options))
        return FAILED;
    return options.summary ? run_with_summary(options.program) : become(options.program);
}
