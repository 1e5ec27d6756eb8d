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

// One that the service manager has opened for us (sd_listen_fds(3)); -1: it has not.
int vespa_proxy_listen_inherited(void);

#endif
