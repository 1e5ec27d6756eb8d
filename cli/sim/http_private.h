// What http.c and answer.c share about a request; nobody else includes it.
#ifndef VESPA_CLI_SIM_HTTP_PRIVATE_H
#define VESPA_CLI_SIM_HTTP_PRIVATE_H

#include <microhttpd.h>
#include <stdbool.h>

struct vespa_sim_server;

struct http_private {
    struct vespa_sim_server *server;
    struct MHD_Connection *connection;
    int fd;
    bool begun;   // the head has been read
    bool handled; // the handler was called
    bool queued;  // an answer is on its way
    bool broken;  // we broke the connection
    bool gone;    // the client did
};

#endif
