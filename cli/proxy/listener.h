// Listening sockets.
#ifndef VESPA_CLI_PROXY_LISTENER_H
#define VESPA_CLI_PROXY_LISTENER_H

#include <stdint.h>

// A socket that listens on host (a name or an address) and port. Several may share one address:
// SO_REUSEPORT. *port: what the kernel chose where it was 0. -1, and *error says why.
int vespa_proxy_listen(const char *host, uint16_t *port, const char **error);

#endif
