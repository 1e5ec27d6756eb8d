// `vespa sim` as the dispatcher sees it.
#ifndef VESPA_CLI_SIM_COMMAND_H
#define VESPA_CLI_SIM_COMMAND_H

// Runs a local autoscaler and workers until SIGTERM or SIGINT. argv[0] is "sim". Returns the exit
// status: 0 ended as asked, 1 could not start, 2 wrong usage.
int vespa_command_sim(int argc, char **argv);

#endif
