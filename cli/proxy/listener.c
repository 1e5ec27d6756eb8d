// Listening sockets.

#include "cli/proxy/listener.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 1024 };

static int open_at(const struct addrinfo *address)
{
    static const int on = 1;
    int listener = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener < 0)
        return -1;
    if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0 &&
        bind(listener, address->ai_addr, address->ai_addrlen) == 0 &&
        listen(listener, BACKLOG) == 0)
        return listener;
    int why = errno;
    close(listener);
    errno = why;
    return -1;
}

static uint16_t port_of(int listener)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    if (getsockname(listener, (struct sockaddr *)&address, &length) != 0)
        return 0;
    return ntohs(address.ss_family == AF_INET6
                     ? ((struct sockaddr_in6 *)(void *)&address)->sin6_port
                     : ((struct sockaddr_in *)(void *)&address)->sin_port);
}

int vespa_proxy_listen(const char *host, uint16_t *port, const char **error)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found;
    char service[8];
    int listener = -1;
    snprintf(service, sizeof service, "%u", *port);
    int why = getaddrinfo(host, service, &hints, &found);
    if (why) {
        *error = gai_strerror(why);
        return -1;
    }
    for (const struct addrinfo *address = found; address && listener < 0;
         address = address->ai_next)
        listener = open_at(address);
    freeaddrinfo(found);
    if (listener < 0)
        *error = strerror(errno);
    else
        *port = port_of(listener);
    return listener;
}
