// The commands that stand in one file each, as the dispatcher sees them. argv[0] is the command's
// name; each returns its exit status (cli/exit_status.h).
#ifndef VESPA_CLI_COMMAND_COMMANDS_H
#define VESPA_CLI_COMMAND_COMMANDS_H

int vespa_command_request(int argc, char **argv);
int vespa_command_route(int argc, char **argv);
int vespa_command_endpoints(int argc, char **argv);
int vespa_command_workers(int argc, char **argv);
int vespa_command_init(int argc, char **argv);
int vespa_command_ca(int argc, char **argv);
int vespa_command_config(int argc, char **argv);

#endif
