// Listening sockets.

#include "cli/proxy/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
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
    union {
        struct sockaddr any;
        struct sockaddr_in ipv4;
        struct sockaddr_in6 ipv6;
    } address = {.ipv6 = {0}};
    socklen_t length = sizeof address;
    if (getsockname(listener, &address.any, &length) != 0)
        return 0;
    return ntohs(address.any.sa_family == AF_INET6 ? address.ipv6.sin6_port
                                                   : address.ipv4.sin_port);
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

// ---- Unix sockets ----

// Whether somebody listens there.
static bool is_alive(const struct sockaddr_un *address)
{
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool alive =
        probe >= 0 && (connect(probe, (const struct sockaddr *)address, sizeof *address) == 0 ||
                       errno != ECONNREFUSED);
    if (probe >= 0)
        close(probe);
    return alive;
}

static bool is_socket(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

// The mode is right from the beginning: between bind and chmod others could connect.
static int bind_privately(int listener, const struct sockaddr_un *address)
{
    mode_t mask = umask(0177);
    int bound = bind(listener, (const struct sockaddr *)address, sizeof *address);
    int why = errno;
    umask(mask);
    errno = why;
    return bound;
}

int vespa_proxy_listen_unix(const char *path, const char **error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    *error = "the path is too long for a socket";
    if (strlen(path) >= sizeof address.sun_path)
        return -1;
    memcpy(address.sun_path, path, strlen(path));
    if (is_socket(path) && !is_alive(&address))
        unlink(path);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener >= 0 && bind_privately(listener, &address) == 0 && listen(listener, BACKLOG) == 0)
        return listener;
    *error = strerror(errno);
    if (listener >= 0)
        close(listener);
    return -1;
}

// ---- the service manager's ----

// How many descriptors it hands to this process.
static long inherited_count(void)
{
    const char *process = getenv("LISTEN_PID");
    const char *count = getenv("LISTEN_FDS");
    if (!process || !count || strtol(process, NULL, 10) != (long)getpid())
        return 0;
    return strtol(count, NULL, 10);
}

static bool is_listening(int socket)
{
    int on = 0;
    socklen_t length = sizeof on;
    return getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &on, &length) == 0 && on;
}

static void name_address(struct vespa_proxy_inherited *inherited)
{
    struct sockaddr_storage address = {0};
    socklen_t length = sizeof address;
    getsockname(inherited->socket, (struct sockaddr *)&address, &length);
    inherited->is_unix = address.ss_family == AF_UNIX;
    if (inherited->is_unix)
        return;
    inherited->port = port_of(inherited->socket);
    getnameinfo((struct sockaddr *)&address, length, inherited->host, sizeof inherited->host, NULL,
                0, NI_NUMERICHOST);
}

bool vespa_proxy_listen_inherited(struct vespa_proxy_inherited *inherited, const char **error)
{
    enum { FIRST = 3 }; // SD_LISTEN_FDS_START
    long count = inherited_count();
    *inherited = (struct vespa_proxy_inherited){.socket = -1};
    if (count < 1)
        return true;
    *error = "expected one socket of the service manager's, but it hands several over: give each "
             "a service of its own";
    if (count > 1)
        return false;
    *error = "what the service manager hands over is no socket that listens: its unit needs "
             "ListenStream= and Accept=no";
    if (!is_listening(FIRST))
        return false;
    fcntl(FIRST, F_SETFD, FD_CLOEXEC);
    fcntl(FIRST, F_SETFL, fcntl(FIRST, F_GETFL) | O_NONBLOCK);
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    inherited->socket = FIRST;
    name_address(inherited);
    return true;
}
