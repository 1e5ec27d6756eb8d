// `vespa run` as the dispatcher sees it.
#ifndef VESPA_CLI_RUN_COMMAND_H
#define VESPA_CLI_RUN_COMMAND_H

// Runs a program with the library preloaded. argv[0] is "run". Does not return when the program
// takes the place of this process; else returns the exit status: 125 nothing was run, 126 the
// program could not be run, 127 there is no such program (as env(1) and shells have it).
int vespa_command_run(int argc, char **argv);

#endif
