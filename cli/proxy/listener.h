// Listening sockets.
#ifndef VESPA_CLI_PROXY_LISTENER_H
#define VESPA_CLI_PROXY_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A socket that listens on host (a name or an address) and port. Several may share one address:
// SO_REUSEPORT. *port: what the kernel chose where it was 0. -1, and *error says why.
int vespa_proxy_listen(const char *host, uint16_t *port, const char **error);

// One that listens on a Unix socket, which only this user may use. A socket of that name on which
// nobody listens any more is removed; nothing else is. -1, and *error says why.
int vespa_proxy_listen_unix(const char *path, const char **error);

// A socket that the service manager has opened for us.
struct vespa_proxy_inherited {
    int socket; // -1: there is none
    bool is_unix;
    char host[64]; // the address that it listens on; "" for a Unix socket
    uint16_t port;
};

// Finds it (sd_listen_fds(3)), and takes it out of the environment. False, and *error says why:
// what was handed over cannot be used.
bool vespa_proxy_listen_inherited(struct vespa_proxy_inherited *inherited, const char **error);

#endif
