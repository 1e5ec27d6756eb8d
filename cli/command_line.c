// Command lines of the commands that do one thing and end.

#include "cli/command_line.h"

static void print_help(const struct vespa_command_line *line)
{
    printf("usage: vespa %s %s\n\n%s\noptions:\n", line->command.name, line->usage, line->about);
    vespa_cli_options_help(&line->command, stdout);
}

static enum vespa_line complain(const struct vespa_command_line *line, const char *word,
                                const char *what)
{
    fprintf(stderr, "vespa %s: %s%s\nusage: vespa %s %s; vespa %s --help says more\n",
            line->command.name, word, what, line->command.name, line->usage, line->command.name);
    return VESPA_LINE_WRONG;
}

enum vespa_line vespa_command_line_read(const struct vespa_command_line *line, void *fields,
                                        int argc, char **argv, char ***words)
{
    int first = vespa_cli_options_read(&line->command, fields, argc, argv);
    if (first < 0)
        return VESPA_LINE_WRONG;
    if (*(bool *)((char *)fields + line->help)) {
        print_help(line);
        return VESPA_LINE_HELP;
    }
    *words = argv + first;
    if (argc - first < line->least)
        return complain(line, "", "something is missing");
    if (argc - first > line->most)
        return complain(line, (*words)[line->most], " is one word too many");
    return VESPA_LINE_READ;
}
