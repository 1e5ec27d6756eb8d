// A server that answers every request with the same bytes.

#define _GNU_SOURCE // accept4

#include "tests/support/raw_server.h"

// What cmocka.h needs to be included first.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

enum { MOST_REQUEST = 65536 };

struct vespa_raw_server {
    const char *answer;
    pthread_t thread;
    int listener;
    char url[64];
    atomic_uint requests;
    char request[MOST_REQUEST + 1];
};

// The number behind a header's name, 0 if it is not there.
static size_t length_of_body(const char *head)
{
    for (const char *line = head; line; line = strstr(line, "\r\n")) {
        line += *line == '\r' ? 2 : 0;
        if (strncasecmp(line, "Content-Length:", 15) == 0)
            return strtoul(line + 15, NULL, 10);
        if (*line == '\r')
            break;
    }
    return 0;
}

// Reads head and body, so that closing afterwards is no reset. False: there was no whole request.
static int read_request(struct vespa_raw_server *server, int connection)
{
    size_t length = 0;
    for (;;) {
        ssize_t got = recv(connection, server->request + length, (size_t)MOST_REQUEST - length, 0);
        if (got <= 0)
            return 0;
        length += (size_t)got;
        server->request[length] = '\0';
        const char *end = strstr(server->request, "\r\n\r\n");
        if (end && length >= (size_t)(end + 4 - server->request) + length_of_body(server->request))
            return 1;
    }
}

static void *serve(void *context)
{
    struct vespa_raw_server *server = context;
    for (;;) {
        int connection = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
        if (connection < 0 && errno == EINTR)
            continue;
        if (connection < 0)
            return NULL;
        if (read_request(server, connection)) {
            atomic_fetch_add(&server->requests, 1);
            send(connection, server->answer, strlen(server->answer), MSG_NOSIGNAL);
        }
        close(connection);
    }
}

struct vespa_raw_server *vespa_raw_server_start(const char *answer)
{
    struct vespa_raw_server *server = calloc(1, sizeof *server);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    server->answer = answer;
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server->listener < 0 ||
        bind(server->listener, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(server->listener, 16) != 0 ||
        getsockname(server->listener, (struct sockaddr *)&address, &size) != 0 ||
        pthread_create(&server->thread, NULL, serve, server) != 0)
        fail_msg("no server: %s", strerror(errno));
    snprintf(server->url, sizeof server->url, "http://127.0.0.1:%u", ntohs(address.sin_port));
    return server;
}

const char *vespa_raw_server_url(const struct vespa_raw_server *server)
{
    return server->url;
}

unsigned vespa_raw_server_requests(const struct vespa_raw_server *server)
{
    return atomic_load(&server->requests);
}

void vespa_raw_server_stop(struct vespa_raw_server *server)
{
    if (!server)
        return;
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listener);
    free(server);
}
