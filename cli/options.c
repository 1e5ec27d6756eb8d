// Command lines of the `vespa` commands.

#include "cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_OPTIONS = 64, FIRST_VALUE = 256 }; // getopt's values: above those of all letters

static int complain(const struct vespa_cli_command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static int complain(const struct vespa_cli_command *command, const char *format, ...)
{
    va_list list;
    fprintf(stderr, "vespa %s: ", command->name);
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fprintf(stderr, "; vespa %s --help lists the options\n", command->name);
    return -1;
}

// True: it was a number of that range, all of it.
static bool read_number(const char *text, long least, long most, long *number)
{
    char *end;
    errno = 0;
    *number = strtol(text, &end, 10);
    return end != text && !*end && !errno && *number >= least && *number <= most;
}

static bool read_seconds(const char *text, long least, long most, long *milliseconds)
{
    char *end;
    errno = 0;
    double seconds = strtod(text, &end);
    if (end == text || *end || errno || !(seconds >= (double)least && seconds <= (double)most))
        return false;
    *milliseconds = (long)(seconds * 1000 + 0.5);
    return true;
}

static bool read_amount(const char *text, double *amount)
{
    char *end;
    *amount = strtod(text, &end);
    return end != text && !*end && isfinite(*amount) && *amount > 0;
}

static int add_text(const struct vespa_cli_command *command, struct vespa_texts *texts,
                    const char *value)
{
    const char **items = reallocarray((void *)texts->items, texts->count + 2, sizeof *items);
    if (!items)
        return complain(command, "out of memory");
    items[texts->count++] = value;
    items[texts->count] = NULL;
    texts->items = items;
    return 0;
}

static int set(const struct vespa_cli_command *command, const struct vespa_cli_option *option,
               void *fields, const char *value)
{
    void *field = (char *)fields + option->offset;
    switch (option->kind) {
    case VESPA_OPTION_FLAG:
        *(bool *)field = true;
        return 0;
    case VESPA_OPTION_TEXT:
        *(const char **)field = value;
        return *value ? 0
                      : complain(command, "--%s is empty, expected %s", option->name,
                                 option->argument);
    case VESPA_OPTION_TEXTS:
        return add_text(command, field, value);
    case VESPA_OPTION_AMOUNT:
        return read_amount(value, field)
                   ? 0
                   : complain(command, "--%s is '%s', expected a number above 0", option->name,
                              value);
    case VESPA_OPTION_NUMBER:
        return read_number(value, option->least, option->most, field)
                   ? 0
                   : complain(command, "--%s is '%s', expected a number from %ld to %ld",
                              option->name, value, option->least, option->most);
    case VESPA_OPTION_SECONDS:
        return read_seconds(value, option->least, option->most, field)
                   ? 0
                   : complain(command, "--%s is '%s', expected seconds from %ld to %ld",
                              option->name, value, option->least, option->most);
    }
    return 0;
}

static const struct vespa_cli_option *option_of(const struct vespa_cli_command *command, int value)
{
    if (value >= FIRST_VALUE)
        return &command->options[value - FIRST_VALUE];
    for (size_t i = 0; i < command->option_count; i++)
        if (command->options[i].letter && command->options[i].letter == value)
            return &command->options[i];
    return NULL;
}

// What getopt_long stumbled over: a letter or a value of ours is in optopt, or nothing.
static int complain_of(const struct vespa_cli_command *command, int found, const char *word)
{
    const struct vespa_cli_option *option = optopt > 0 ? option_of(command, optopt) : NULL;
    if (!option && optopt > 0 && optopt < FIRST_VALUE)
        return complain(command, "there is no option '-%c'", optopt);
    if (!option)
        return complain(command, "there is no option '%s'", word);
    return found == ':'
               ? complain(command, "--%s needs a value: %s", option->name, option->argument)
               : complain(command, "--%s takes no value", option->name);
}

int vespa_cli_options_read(const struct vespa_cli_command *command, void *fields, int argc,
                           char **argv)
{
    struct option known[MOST_OPTIONS + 1] = {0};
    char letters[3 * MOST_OPTIONS + 3];
    char *end = letters;
    if (command->stops_at_word)
        *end++ = '+';
    *end++ = ':';
    for (size_t i = 0; i < command->option_count && i < MOST_OPTIONS; i++) {
        const struct vespa_cli_option *option = &command->options[i];
        bool valued = option->kind != VESPA_OPTION_FLAG;
        known[i] = (struct option){.name = option->name,
                                   .has_arg = valued ? required_argument : no_argument,
                                   .val = FIRST_VALUE + (int)i};
        if (!option->letter)
            continue;
        *end++ = option->letter;
        if (valued)
            *end++ = ':';
    }
    *end = '\0';
    optind = 0; // glibc: begin anew
    opterr = 0;
    int found;
    while ((found = getopt_long(argc, argv, letters, known, NULL)) != -1) {
        if (found == ':' || found == '?')
            return complain_of(command, found, argv[optind - 1]);
        if (set(command, option_of(command, found), fields, optarg) != 0)
            return -1;
    }
    return optind;
}

void vespa_cli_options_help(const struct vespa_cli_command *command, FILE *out)
{
    for (size_t i = 0; i < command->option_count; i++) {
        const struct vespa_cli_option *option = &command->options[i];
        const char *argument = option->argument ? option->argument : "";
        char letter[] = {'-', option->letter, ',', ' ', '\0'};
        fprintf(out, "  %s--%s %s%*s %s\n", option->letter ? letter : "", option->name, argument,
                (int)(25 - strlen(option->name) - strlen(argument) -
                      (option->letter ? strlen(letter) : 0)),
                "", option->meaning);
    }
}
