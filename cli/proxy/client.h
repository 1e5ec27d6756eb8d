// One client's request, from libmicrohttpd to a job of the engine and back.
#ifndef VESPA_CLI_PROXY_CLIENT_H
#define VESPA_CLI_PROXY_CLIENT_H

#include "cli/proxy/loop.h"

// Starts the server of a loop; its requests become clients. The listening socket is the server's.
// NULL when it cannot be started.
struct MHD_Daemon *vespa_proxy_client_server(struct vespa_proxy_loop *loop, int listener);

// The other side of a connection has closed it: what was done for it ends at once.
void vespa_proxy_connection_hung_up(struct vespa_proxy_connection *line);

// All clients of a loop are given up: their connections are closed.
void vespa_proxy_clients_give_up(struct vespa_proxy_loop *loop);

#endif
