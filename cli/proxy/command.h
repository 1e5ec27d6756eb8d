// `vespa proxy` as the dispatcher sees it.
#ifndef VESPA_CLI_PROXY_COMMAND_H
#define VESPA_CLI_PROXY_COMMAND_H

// Serves until SIGTERM or SIGINT. argv[0] is "proxy". Returns the exit status.
int vespa_command_proxy(int argc, char **argv);

#endif
