// The command line of `vespa run`.

#include "cli/run/options.h"

#include "cli/command_line.h"

#include <stddef.h>

static const struct vespa_cli_option table[] = {
    VESPA_TEXT("endpoint", 0, "NAME", "the endpoint's name (VAST_ENDPOINT)",
               struct vespa_run_options, endpoint),
    VESPA_TEXT("host", 0, "HOST,...", "virtual hosts whose requests are routed (VESPA_HOST)",
               struct vespa_run_options, host),
    VESPA_TEXT("api-key-file", 0, "FILE", "holds the endpoint's key (VESPA_API_KEY_FILE)",
               struct vespa_run_options, api_key_file),
    VESPA_TEXT("log", 0, "LEVEL", "off, error, warn (default), info or debug (VESPA_LOG)",
               struct vespa_run_options, log),
    VESPA_TEXT("config", 0, "FILE", "the configuration file (VESPA_CONFIG)",
               struct vespa_run_options, config),
    VESPA_FLAG("summary", 0, "says at the end, on stderr, what became of the requests",
               struct vespa_run_options, summary),
    VESPA_FLAG("help", 'h', "prints this", struct vespa_run_options, help),
};

static const struct vespa_cli_command command = {.name = "run",
                                                 .options = table,
                                                 .option_count = sizeof table / sizeof table[0],
                                                 .stops_at_word = true};

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
    vespa_cli_options_help(&command, out);
}

bool vespa_run_options_read(struct vespa_run_options *options, int argc, char **argv)
{
    *options = (struct vespa_run_options){0};
    int first = vespa_cli_options_read(&command, options, argc, argv);
    if (first < 0)
        return false;
    options->program = argv + first;
    if (*options->program || options->help)
        return true;
    fputs("vespa run: which program? usage: vespa run [OPTIONS] [--] PROGRAM [ARGUMENT...]\n",
          stderr);
    return false;
}
