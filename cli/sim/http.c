// HTTP serving for the simulator: servers, connections, requests. Answers are in answer.c.

#define _GNU_SOURCE // POLLRDHUP

#include "cli/sim/http.h"
#include "cli/sim/http_private.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct vespa_sim_server {
    struct vespa_sim_service service;
    struct MHD_Daemon *daemon;
    char url[64];
    atomic_uint_fast64_t connections;
    atomic_uint_fast64_t open_connections;
};

int64_t vespa_sim_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// --- connections ---

static void connection_changed(void *context, struct MHD_Connection *connection,
                               void **socket_context, enum MHD_ConnectionNotificationCode code)
{
    struct vespa_sim_server *server = context;
    (void)connection;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *socket_context = (void *)(uintptr_t)(atomic_fetch_add(&server->connections, 1) + 1);
        atomic_fetch_add(&server->open_connections, 1);
    } else {
        atomic_fetch_sub(&server->open_connections, 1);
    }
}

uint64_t vespa_sim_server_connections(const struct vespa_sim_server *server)
{
    return atomic_load(&server->connections);
}

uint64_t vespa_sim_server_open_connections(const struct vespa_sim_server *server)
{
    return atomic_load(&server->open_connections);
}

// --- requests ---

// Called with the request line's target as it came: the only place where it is unescaped nowhere.
static void *request_new(void *context, const char *target, struct MHD_Connection *connection)
{
    struct vespa_sim_request *request = vespa_sim_alloc(sizeof *request);
    struct http_private *http = vespa_sim_alloc(sizeof *http);
    *http = (struct http_private){.server = context, .connection = connection};
    *request = (struct vespa_sim_request){.target = vespa_sim_copy(target), .http = http};
    size_t path_length = strcspn(request->target, "?");
    request->path = (struct vespa_sim_slice){request->target, path_length};
    const char *query = request->target + path_length;
    request->query = vespa_sim_slice(*query ? query + 1 : query);
    return request;
}

static void request_free(struct vespa_sim_request *request)
{
    for (size_t i = 0; i < request->header_count; i++) {
        free(request->header[i].name);
        free(request->header[i].value);
    }
    free(request->header);
    free(request->target);
    vespa_sim_text_free(&request->body);
    free(request->http);
    free(request);
}

static enum MHD_Result add_header(void *context, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    struct vespa_sim_request *request = context;
    (void)kind;
    request->header[request->header_count++] =
        (struct vespa_sim_header){vespa_sim_copy(name), vespa_sim_copy(value ? value : "")};
    return MHD_YES;
}

// The head has arrived.
static void request_begin(struct vespa_sim_request *request, const char *method)
{
    struct MHD_Connection *connection = request->http->connection;
    request->http->begun = true;
    snprintf(request->method, sizeof request->method, "%s", method);
    int count = MHD_get_connection_values(connection, MHD_HEADER_KIND, NULL, NULL);
    if (count > 0) {
        request->header = vespa_sim_alloc((size_t)count * sizeof *request->header);
        MHD_get_connection_values(connection, MHD_HEADER_KIND, add_header, request);
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    request->connection = info ? (uint64_t)(uintptr_t)info->socket_context : 0;
    info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    request->http->fd = info ? info->connect_fd : -1;
}

static void request_add_body(struct vespa_sim_request *request, const char *data, size_t length)
{
    if (request->body.length + length > request->http->server->service.body_limit) {
        request->too_large = true;
        vespa_sim_text_free(&request->body);
    }
    if (!request->too_large)
        vespa_sim_text_add(&request->body, data, length);
}

static enum MHD_Result serve(void *context, struct MHD_Connection *connection, const char *url,
                             const char *method, const char *version, const char *upload,
                             size_t *upload_size, void **request_context)
{
    struct vespa_sim_server *server = context;
    struct vespa_sim_request *request = *request_context;
    (void)connection;
    (void)url;
    (void)version;
    if (!request->http->begun) {
        request_begin(request, method);
        return MHD_YES;
    }
    if (*upload_size) {
        request_add_body(request, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES;
    }
    request->http->handled = true;
    server->service.handle(server->service.context, request);
    return request->http->queued ? MHD_YES : MHD_NO;
}

static void request_over(void *context, struct MHD_Connection *connection, void **request_context,
                         enum MHD_RequestTerminationCode code)
{
    struct vespa_sim_server *server = context;
    struct vespa_sim_request *request = *request_context;
    (void)connection;
    if (!request)
        return;
    *request_context = NULL;
    if (request->http->handled && server->service.finished) {
        enum vespa_sim_outcome outcome = VESPA_SIM_DELIVERED;
        if (request->http->broken)
            outcome = VESPA_SIM_BROKEN_BY_US;
        else if (request->http->gone || code != MHD_REQUEST_TERMINATED_COMPLETED_OK)
            outcome = VESPA_SIM_CLIENT_GONE;
        server->service.finished(server->service.context, request, outcome);
    }
    request_free(request);
}

const char *vespa_sim_request_header(const struct vespa_sim_request *request, const char *name,
                                     size_t *count)
{
    const char *found = NULL;
    size_t seen = 0;
    for (size_t i = 0; i < request->header_count; i++) {
        if (strcasecmp(request->header[i].name, name) != 0)
            continue;
        if (!found)
            found = request->header[i].value;
        seen++;
    }
    if (count)
        *count = seen;
    return found;
}

// A server that stops shuts its connections down, which looks like a client that leaves.
bool vespa_sim_request_wait(struct vespa_sim_request *request, long milliseconds)
{
    int64_t end = vespa_sim_now() + milliseconds;
    struct pollfd watched = {.fd = request->http->fd, .events = POLLRDHUP};
    for (;;) {
        int64_t left = end - vespa_sim_now();
        if (left < 0)
            left = 0;
        int ready = poll(&watched, 1, left > INT32_MAX ? INT32_MAX : (int)left);
        if (ready < 0 && errno == EINTR)
            continue;
        request->http->gone = ready != 0;
        return ready == 0;
    }
}

// --- servers ---

// A listening socket on 127.0.0.1; -1 with errno set.
static int listen_on_loopback(uint16_t port, uint16_t *bound)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&address, size) == 0 && listen(fd, 1024) == 0 &&
        getsockname(fd, (struct sockaddr *)&address, &size) == 0) {
        *bound = ntohs(address.sin_port);
        return fd;
    }
    int reason = errno;
    close(fd);
    errno = reason;
    return -1;
}

static struct MHD_Daemon *start_daemon(struct vespa_sim_server *server, int fd)
{
    const struct vespa_sim_service *service = &server->service;
    unsigned flags = MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD |
                     MHD_USE_POLL | MHD_USE_ITC;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)service->tls_certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)service->tls_key},
        {MHD_OPTION_END, 0, NULL},
    };
    if (service->tls_certificate)
        flags |= MHD_USE_TLS;
    else
        tls[0].option = MHD_OPTION_END;
    return MHD_start_daemon(flags, 0, NULL, NULL, serve, server,                      //
                            MHD_OPTION_LISTEN_SOCKET, fd,                             //
                            MHD_OPTION_CONNECTION_LIMIT, 4096U,                       //
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)(256 * 1024), //
                            MHD_OPTION_CONNECTION_TIMEOUT, service->idle_timeout,     //
                            MHD_OPTION_THREAD_STACK_SIZE, (size_t)(1024 * 1024),      //
                            MHD_OPTION_STRICT_FOR_CLIENT, 1,                          //
                            MHD_OPTION_URI_LOG_CALLBACK, request_new, server,         //
                            MHD_OPTION_NOTIFY_COMPLETED, request_over, server,        //
                            MHD_OPTION_NOTIFY_CONNECTION, connection_changed, server, //
                            MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
}

struct vespa_sim_server *vespa_sim_server_start(const struct vespa_sim_service *service,
                                                const char **error)
{
    uint16_t port = 0;
    int fd = listen_on_loopback(service->port, &port);
    if (fd < 0) {
        *error = strerror(errno);
        return NULL;
    }
    struct vespa_sim_server *server = vespa_sim_alloc(sizeof *server);
    *server = (struct vespa_sim_server){.service = *service};
    snprintf(server->url, sizeof server->url, "%s://127.0.0.1:%u",
             service->tls_certificate ? "https" : "http", port);
    server->daemon = start_daemon(server, fd);
    if (server->daemon)
        return server;
    close(fd);
    free(server);
    *error = "libmicrohttpd could not start a server";
    return NULL;
}

void vespa_sim_server_stop(struct vespa_sim_server *server)
{
    if (!server)
        return;
    MHD_stop_daemon(server->daemon);
    free(server);
}

const char *vespa_sim_server_url(const struct vespa_sim_server *server)
{
    return server->url;
}
