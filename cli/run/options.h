// The command line of `vespa run`.
#ifndef VESPA_CLI_RUN_OPTIONS_H
#define VESPA_CLI_RUN_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

// What the command line says; all borrowed from argv, NULL for what it does not say.
struct vespa_run_options {
    const char *endpoint;
    const char *host;
    const char *api_key_file;
    const char *log;
    const char *config;
    bool summary;
    bool help;
    char **program; // its argv, NULL at the end
};

// Reads options up to the program's name or `--`; what follows is the program's. False when
// something is wrong, which it has said on standard error.
bool vespa_run_options_read(struct vespa_run_options *options, int argc, char **argv);

void vespa_run_options_help(FILE *out);

#endif
