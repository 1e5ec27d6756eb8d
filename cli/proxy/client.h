// One client's request, from libmicrohttpd to a job of the engine and back.
#ifndef VESPA_CLI_PROXY_CLIENT_H
#define VESPA_CLI_PROXY_CLIENT_H

#include "cli/proxy/loop.h"

// Starts the server of a loop; its requests become clients. The listening socket is the server's.
// NULL when it cannot be started.
struct MHD_Daemon *vespa_proxy_client_server(struct vespa_proxy_loop *loop, int listener);

// The client has closed its connection: what was done for it ends at once.
void vespa_proxy_client_hung_up(struct vespa_proxy_client *client);

#endif
