// The vespa command: finds the subcommand and hands it the rest of the command line.
//
// A new command is one line in the table below: its function gets its own name as argv[0], prints
// errors on stderr and returns the exit status (0 done, 1 failed, 2 wrong usage).

#include "cli/command/commands.h"
#include "cli/doctor/command.h"
#include "cli/proxy/command.h"
#include "cli/run/command.h"
#include "cli/sim/command.h"
#include "lib/vespa.h"

#include <stdio.h>
#include <string.h>

struct command {
    const char *name;
    const char *summary;
    int (*run)(int argc, char **argv);
};

static const struct command commands[] = {
    {"proxy", "serve HTTP on this machine, and route the requests", vespa_command_proxy},
    {"run", "run a program with its requests routed", vespa_command_run},
    {"init", "set an endpoint up", vespa_command_init},
    {"config", "check the configuration", vespa_command_config},
    {"request", "send one request", vespa_command_request},
    {"route", "ask for a worker and print the assignment", vespa_command_route},
    {"endpoints", "list the account's endpoints", vespa_command_endpoints},
    {"workers", "show an endpoint's workers", vespa_command_workers},
    {"ca", "fetch and check the workers' root certificate", vespa_command_ca},
    {"doctor", "find out what is wrong", vespa_command_doctor},
    {"sim", "run a local autoscaler and workers", vespa_command_sim},
};

static const size_t command_count = sizeof commands / sizeof commands[0];

static void print_usage(FILE *out)
{
    fputs("usage: vespa COMMAND [OPTIONS]\n"
          "       vespa --help | --version\n"
          "\n"
          "Routes ordinary HTTP requests to Vast.ai serverless workers.\n"
          "\n"
          "commands:\n",
          out);
    for (size_t i = 0; i < command_count; i++)
        fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
    fputs("\nvespa COMMAND --help describes one command.\n", out);
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < command_count; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

// `vespa help` and `vespa help COMMAND`.
static int help(int argc, char **argv)
{
    if (argc < 3) {
        print_usage(stdout);
        return 0;
    }
    const struct command *command = find_command(argv[2]);
    if (!command) {
        fprintf(stderr, "vespa: there is no command '%s'; vespa --help lists them\n", argv[2]);
        return 2;
    }
    char option[] = "--help";
    char *help_argv[] = {argv[2], option, NULL};
    return command->run(2, help_argv);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_usage(stderr);
        return 2;
    }
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        print_usage(stdout);
        return 0;
    }
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
        printf("vespa %s\n", vespa_version());
        return 0;
    }
    if (strcmp(name, "help") == 0)
        return help(argc, argv);
    const struct command *command = find_command(name);
    if (!command) {
        fprintf(stderr, "vespa: there is no %s '%s'; vespa --help lists the commands\n",
                name[0] == '-' ? "option" : "command", name);
        return 2;
    }
    return command->run(argc - 1, argv + 1);
}
