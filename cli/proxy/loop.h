// One event loop of the proxy: a libmicrohttpd daemon in front, a libcurl multi handle with the
// engine behind, in one thread. Loops share nothing but what struct vespa_proxy holds.
#ifndef VESPA_CLI_PROXY_LOOP_H
#define VESPA_CLI_PROXY_LOOP_H

#include "lib/engine.h"

#include <microhttpd.h>

struct vespa_proxy;
struct vespa_proxy_client;
struct vespa_proxy_connection;
struct vespa_proxy_loop;

// A loop that accepts clients from a listening socket, which it takes over. NULL, and *error says
// why, when it cannot be made.
struct vespa_proxy_loop *vespa_proxy_loop_new(struct vespa_proxy *proxy, int listener,
                                              const char **error);

// Runs until vespa_proxy_loop_stop was called and its clients have their answers, or until the time
// for that is up.
void vespa_proxy_loop_run(struct vespa_proxy_loop *loop);

// From any thread: accepts no more clients, and ends when those that there are have been served, at
// latest after drain_ms.
void vespa_proxy_loop_stop(struct vespa_proxy_loop *loop, uint32_t drain_ms);

// After it has run.
void vespa_proxy_loop_free(struct vespa_proxy_loop *loop);

// ---- for clients, in the loop's thread ----

struct vespa_proxy *vespa_proxy_loop_proxy(struct vespa_proxy_loop *loop);
struct vespa_engine *vespa_proxy_loop_engine(struct vespa_proxy_loop *loop);

// A suspended connection goes on in this turn of the loop.
void vespa_proxy_loop_resume(struct vespa_proxy_loop *loop, struct MHD_Connection *connection);

// Tells a client when the other side of its socket has closed or reset the connection.
// libmicrohttpd does not look at suspended connections. False: it cannot be watched.
bool vespa_proxy_loop_watch(struct vespa_proxy_loop *loop, int socket,
                            struct vespa_proxy_connection *line);
void vespa_proxy_loop_unwatch(struct vespa_proxy_loop *loop, int socket);

// The clients that are being served, a list; the loop does not end before they are.
struct vespa_proxy_client **vespa_proxy_loop_clients(struct vespa_proxy_loop *loop);

#endif
