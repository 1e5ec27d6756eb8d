// Command lines of the commands that do one thing and end: options, words, help.
//
//     static const struct vespa_cli_option options[] = {
//         VESPA_TEXT("data", 'd', "JSON", "the body", struct line, data),
//         VESPA_FLAG("help", 'h', "prints this", struct line, help),
//     };
#ifndef VESPA_CLI_COMMAND_LINE_H
#define VESPA_CLI_COMMAND_LINE_H

#include "cli/options.h"

#define VESPA_FLAG(name, letter, meaning, type, field)                              \
    {                                                                               \
        name, letter, NULL, meaning, VESPA_OPTION_FLAG, offsetof(type, field), 0, 0 \
    }
#define VESPA_TEXT(name, letter, argument, meaning, type, field)                        \
    {                                                                                   \
        name, letter, argument, meaning, VESPA_OPTION_TEXT, offsetof(type, field), 0, 0 \
    }
#define VESPA_TEXTS(name, letter, argument, meaning, type, field)                        \
    {                                                                                    \
        name, letter, argument, meaning, VESPA_OPTION_TEXTS, offsetof(type, field), 0, 0 \
    }
#define VESPA_AMOUNT(name, letter, argument, meaning, type, field)                        \
    {                                                                                     \
        name, letter, argument, meaning, VESPA_OPTION_AMOUNT, offsetof(type, field), 0, 0 \
    }

struct vespa_command_line {
    struct vespa_cli_command command;
    const char *usage; // "METHOD PATH [OPTIONS]"
    const char *about; // paragraphs of the help, each with its line end
    int least, most;   // words that are no options
    size_t help;       // offset of the bool that --help sets
};

// Reads argv (argv[0] is the command) into *fields, which is zero-initialised, and sets *words to
// what is no option, in their order, NULL at the end. False: there is nothing left to do, and
// *status is the exit status: 0 after the help was printed, 2 after a mistake was told.
bool vespa_command_line_read(const struct vespa_command_line *line, void *fields, int argc,
                             char **argv, char ***words, int *status);

#endif
