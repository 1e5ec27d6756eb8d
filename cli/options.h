// Command lines of the `vespa` commands: one table for each, from which the reader and the help are
// made.
#ifndef VESPA_CLI_OPTIONS_H
#define VESPA_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

// What the field that an option sets is.
enum vespa_option_kind {
    VESPA_OPTION_FLAG,   // bool
    VESPA_OPTION_TEXT,   // const char *, borrowed from argv; never empty
    VESPA_OPTION_TEXTS,  // struct vespa_texts: may be given more than once
    VESPA_OPTION_NUMBER, // long, from least to most
    VESPA_OPTION_AMOUNT, // double, above 0
    VESPA_OPTION_SECONDS // long, milliseconds: given in seconds, with a fraction or without
};

// The values of an option that may be given more than once: NULL behind the last, and NULL when
// there is none. `items` is to be freed.
struct vespa_texts {
    const char **items;
    size_t count;
};

// In the order in which the rows of a table are read.
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding)
struct vespa_cli_option {
    const char *name;     // without "--"
    char letter;          // of the short form; 0: there is none
    const char *argument; // how the value is called in the help; NULL for a flag
    const char *meaning;
    enum vespa_option_kind kind;
    size_t offset; // of the field
    long least;    // NUMBER: as the field is; SECONDS: in seconds
    long most;
};

struct vespa_cli_command {
    const char *name; // "proxy"
    const struct vespa_cli_option *options;
    size_t option_count;
    bool stops_at_word; // options end at the first word that is none; else they may follow it
};

// Reads a command line into *fields, in which what is not given stays as it was. Words that are no
// options come last in argv afterwards. Returns the place of the first; -1: something is wrong, and
// was said on standard error.
int vespa_cli_options_read(const struct vespa_cli_command *command, void *fields, int argc,
                           char **argv);

// One line for each option.
void vespa_cli_options_help(const struct vespa_cli_command *command, FILE *out);

#endif
