// The command line of `vespa run`: one table that the reader and the help are made from.

#include "cli/run/options.h"

#include <getopt.h>
#include <stddef.h>
#include <string.h>

struct entry {
    const char *name;
    const char *argument; // NULL for a flag
    const char *meaning;
    size_t offset;
};

#define AT(field) offsetof(struct vespa_run_options, field)

static const struct entry entries[] = {
    {"endpoint", "NAME", "the endpoint's name (VAST_ENDPOINT)", AT(endpoint)},
    {"host", "HOST,...", "virtual hosts whose requests are routed (VESPA_HOST)", AT(host)},
    {"api-key-file", "FILE", "holds the endpoint's key (VESPA_API_KEY_FILE)", AT(api_key_file)},
    {"log", "LEVEL", "off, error, warn (default), info or debug (VESPA_LOG)", AT(log)},
    {"config", "FILE", "the configuration file (VESPA_CONFIG)", AT(config)},
    {"summary", NULL, "says at the end, on stderr, what became of the requests", AT(summary)},
    {"help", NULL, "prints this", AT(help)}, // the last
};

enum { ENTRIES = sizeof entries / sizeof entries[0] };

void vespa_run_options_help(FILE *out)
{
    fputs("usage: vespa run [OPTIONS] [--] PROGRAM [ARGUMENT...]\n"
          "\n"
          "Runs a program that uses libcurl, so that its requests to a virtual host go to\n"
          "Vast.ai serverless workers. What the options do not say is taken from the environment.\n"
          "\n"
          "The program takes the place of vespa, unless there is a summary to print: then vespa\n"
          "stays, passes signals on to it, and ends as it does. Exit status: the program's; 125\n"
          "when vespa itself fails, 126 when the program cannot be run, 127 when there is none.\n"
          "\noptions:\n",
          out);
    for (size_t i = 0; i < ENTRIES; i++) {
        const char *argument = entries[i].argument ? entries[i].argument : "";
        fprintf(out, "  --%s %s%*s %s\n", entries[i].name, argument,
                (int)(22 - strlen(entries[i].name) - strlen(argument)), "", entries[i].meaning);
    }
}

static bool complain(const char *format, const char *option, const char *argument)
{
    fputs("vespa run: ", stderr);
    fprintf(stderr, format, option, argument);
    fputs("; vespa run --help lists the options\n", stderr);
    return false;
}

static void set(struct vespa_run_options *options, const struct entry *entry, const char *value)
{
    char *field = (char *)options + entry->offset;
    if (entry->argument)
        *(const char **)(void *)field = value;
    else
        *(bool *)(void *)field = true;
}

// What getopt_long stumbled over. optopt: the entry's number, a letter, or 0.
static bool complain_of(int found, const char *word)
{
    char letter[] = {'-', (char)optopt, '\0'};
    if (optopt > ENTRIES)
        return complain("there is no option '%s'", letter, "");
    if (optopt <= 0)
        return complain("there is no option '%s'", word, "");
    const struct entry *entry = &entries[optopt - 1];
    return found == ':' ? complain("--%s needs a value: %s", entry->name, entry->argument)
                        : complain("--%s takes no value", entry->name, "");
}

bool vespa_run_options_read(struct vespa_run_options *options, int argc, char **argv)
{
    struct option known[ENTRIES + 1] = {0};
    for (int i = 0; i < ENTRIES; i++)
        known[i] = (struct option){.name = entries[i].name,
                                   .has_arg = entries[i].argument ? required_argument : no_argument,
                                   .val = i + 1};
    *options = (struct vespa_run_options){0};
    optind = 0; // glibc: begin anew
    opterr = 0;
    int found;
    while ((found = getopt_long(argc, argv, "+:h", known, NULL)) != -1) {
        if (found == ':' || found == '?')
            return complain_of(found, argv[optind - 1]);
        const struct entry *entry = &entries[found == 'h' ? ENTRIES - 1 : found - 1];
        if (entry->argument && !*optarg)
            return complain("--%s is empty, expected %s", entry->name, entry->argument);
        set(options, entry, optarg);
    }
    options->program = argv + optind;
    if (*options->program || options->help)
        return true;
    fputs("vespa run: which program? usage: vespa run [OPTIONS] [--] PROGRAM [ARGUMENT...]\n",
          stderr);
    return false;
}
