// Command lines of the commands that do one thing and end.

#include "cli/command_line.h"

enum { WRONG_USAGE = 2 };

static void print_help(const struct vespa_command_line *line)
{
    printf("usage: vespa %s %s\n\n%s\noptions:\n", line->command.name, line->usage, line->about);
    vespa_cli_options_help(&line->command, stdout);
}

static bool complain(const struct vespa_command_line *line, const char *word, const char *what)
{
    fprintf(stderr, "vespa %s: %s%s\nusage: vespa %s %s; vespa %s --help says more\n",
            line->command.name, word, what, line->command.name, line->usage, line->command.name);
    return false;
}

static bool check_words(const struct vespa_command_line *line, int count, char *const *words)
{
    if (count < line->least)
        return complain(line, "", "something is missing");
    if (count > line->most)
        return complain(line, words[line->most], " is one word too many");
    return true;
}

bool vespa_command_line_read(const struct vespa_command_line *line, void *fields, int argc,
                             char **argv, char ***words, int *status)
{
    int first = vespa_cli_options_read(&line->command, fields, argc, argv);
    *status = WRONG_USAGE;
    if (first < 0)
        return false;
    *words = argv + first;
    if (!*(bool *)((char *)fields + line->help))
        return check_words(line, argc - first, *words);
    print_help(line);
    *status = 0;
    return false;
}
