/* A server that writes down what it is sent. */
#define _GNU_SOURCE /* memmem */

#include "tests/support/recording_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_CONNECTIONS 64
#define MAX_REQUEST     8192
#define TLS_HANDSHAKE   0x16 /* the first byte of a client that wants TLS */

struct connection {
    int socket;
    unsigned peer_port;
    int told_to_go_on;
    size_t length;
    char request[MAX_REQUEST]; /* what came since the last answer, zero-terminated */
};

struct recording_server {
    pthread_t thread;
    int listener;
    unsigned port;
    int commands[2]; /* 'h': hang up on everybody, 'q': the same, and end */
    int replies[2];  /* one byte for each command that was carried out */
    struct connection connections[MAX_CONNECTIONS];
    unsigned connection_count;
    char *record;
    size_t record_length;
};

struct answer {
    const char *path;
    const char *text;
    int closes;
};

static const struct answer answers[] = {
    {"/redirect", "HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n", 0},
    {"/locked",
     "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"r\"\r\n"
     "Content-Length: 4\r\n\r\nkeys",
     0},
    {"/short", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhello", 1},
    {"/alias", "OLD 200 OK\r\nContent-Length: 5\r\n\r\nalias", 1},
    {"/ancient", "<p>no head", 1},
    {"/silent", "", 0},
    {"", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 0},
};

static void append(struct recording_server *server, const char *bytes, size_t length)
{
    char *record = realloc(server->record, server->record_length + length + 1);
    if (!record)
        abort();
    memcpy(record + server->record_length, bytes, length);
    server->record = record;
    server->record_length += length;
    record[server->record_length] = '\0';
}

/* The same, but for the number that differs from one connection to the next. */
static void append_bytes(struct recording_server *server, const char *bytes, size_t length,
                         unsigned peer_port)
{
    char port[16];
    size_t port_length = (size_t)snprintf(port, sizeof port, "%u", peer_port);
    for (const char *found; (found = memmem(bytes, length, port, port_length)) != NULL;) {
        append(server, bytes, (size_t)(found - bytes));
        append(server, "PEER", 4);
        length -= (size_t)(found + port_length - bytes);
        bytes = found + port_length;
    }
    append(server, bytes, length);
}

static void hang_up(struct recording_server *server, unsigned place)
{
    struct connection *connection = &server->connections[place];
    close(connection->socket);
    server->connection_count--;
    *connection = server->connections[server->connection_count];
}

static void accept_connection(struct recording_server *server)
{
    struct sockaddr_in peer;
    socklen_t size = sizeof peer;
    int accepted = accept(server->listener, (struct sockaddr *)&peer, &size);
    if (accepted < 0)
        return;
    if (server->connection_count == MAX_CONNECTIONS) {
        close(accepted);
        return;
    }
    struct connection *connection = &server->connections[server->connection_count++];
    connection->socket = accepted;
    connection->peer_port = ntohs(peer.sin_port);
    connection->told_to_go_on = 0;
    connection->length = 0;
    append(server, "[connection]\n", 13);
}

/* The line of the head that begins so, or NULL. */
static const char *find_line(const char *request, const char *begin)
{
    const char *found = strstr(request, begin);
    return found && found < strstr(request, "\r\n\r\n") ? found : NULL;
}

/* Whether head and body are there; a chunked body's trailers end in an empty line too. */
static int is_complete(const char *request)
{
    const char *end = strstr(request, "\r\n\r\n");
    if (!end)
        return 0;
    const char *body = end + 4;
    if (find_line(request, "\r\nTransfer-Encoding: chunked")) {
        const char *last = strstr(body - 2, "\r\n0\r\n");
        return last && strstr(last + 2, "\r\n\r\n");
    }
    const char *size = find_line(request, "\r\nContent-Length:");
    size_t expected = size ? strtoul(size + strlen("\r\nContent-Length:"), NULL, 10) : 0;
    return strlen(body) >= expected;
}

/* "Expect: 100-continue" is answered before the body comes. */
static void tell_to_go_on(struct connection *connection)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    const char *request = connection->request;
    if (connection->told_to_go_on || !strstr(request, "\r\n\r\n") ||
        !find_line(request, "\r\nExpect: 100"))
        return;
    connection->told_to_go_on = 1;
    send(connection->socket, go_on, strlen(go_on), MSG_NOSIGNAL);
}

static const struct answer *choose(const char *request)
{
    char line[256];
    snprintf(line, sizeof line, "%.*s", (int)strcspn(request, "\r"), request);
    const struct answer *answer = answers;
    while (!strstr(line, answer->path))
        answer++;
    return answer;
}

static void read_connection(struct recording_server *server, unsigned place)
{
    struct connection *connection = &server->connections[place];
    char *free_place = connection->request + connection->length;
    ssize_t got = recv(connection->socket, free_place, MAX_REQUEST - 1 - connection->length, 0);
    if (got <= 0) {
        hang_up(server, place);
        return;
    }
    if (connection->length == 0 && *free_place == TLS_HANDSHAKE) {
        append(server, "[TLS]\n", 6);
        hang_up(server, place);
        return;
    }
    append_bytes(server, free_place, (size_t)got, connection->peer_port);
    connection->length += (size_t)got;
    connection->request[connection->length] = '\0';
    if (!is_complete(connection->request)) {
        tell_to_go_on(connection);
        return;
    }
    const struct answer *answer = choose(connection->request);
    size_t length = strlen(answer->text);
    const char *head_end = strstr(answer->text, "\r\n\r\n");
    if (head_end && strncmp(connection->request, "HEAD ", 5) == 0)
        length = (size_t)(head_end + 4 - answer->text);
    connection->length = 0;
    connection->told_to_go_on = 0;
    send(connection->socket, answer->text, length, MSG_NOSIGNAL);
    if (answer->closes)
        hang_up(server, place);
}

/* Who has connected and sent nothing may still wait to be accepted. */
static void accept_all(struct recording_server *server)
{
    struct pollfd waiting = {.fd = server->listener, .events = POLLIN};
    while (poll(&waiting, 1, 0) > 0)
        accept_connection(server);
}

/* Returns whether to go on. */
static int obey(struct recording_server *server)
{
    char command = 'q';
    if (read(server->commands[0], &command, 1) != 1)
        return 0;
    accept_all(server);
    while (server->connection_count > 0)
        hang_up(server, 0);
    return write(server->replies[1], &command, 1) == 1 && command != 'q';
}

static void *run(void *argument)
{
    struct recording_server *server = argument;
    for (;;) {
        struct pollfd polled[MAX_CONNECTIONS + 2] = {
            {.fd = server->commands[0], .events = POLLIN},
            {.fd = server->listener, .events = POLLIN},
        };
        unsigned count = server->connection_count;
        for (unsigned i = 0; i < count; i++)
            polled[2 + i] = (struct pollfd){.fd = server->connections[i].socket, .events = POLLIN};
        if (poll(polled, 2 + count, -1) < 0)
            continue;
        /* From the last on: hanging up moves the last one to the free place. */
        for (unsigned i = count; i-- > 0;)
            if (polled[2 + i].revents)
                read_connection(server, i);
        if (polled[1].revents)
            accept_connection(server);
        if (polled[0].revents && !obey(server))
            return NULL;
    }
}

static int listen_anywhere(struct recording_server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server->listener < 0 ||
        bind(server->listener, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(server->listener, MAX_CONNECTIONS) != 0 ||
        getsockname(server->listener, (struct sockaddr *)&address, &size) != 0)
        return -1;
    server->port = ntohs(address.sin_port);
    return 0;
}

struct recording_server *recording_server_start(void)
{
    struct recording_server *server = calloc(1, sizeof *server);
    if (!server)
        return NULL;
    append(server, "", 0);
    if (listen_anywhere(server) == 0 && pipe(server->commands) == 0 && pipe(server->replies) == 0 &&
        pthread_create(&server->thread, NULL, run, server) == 0)
        return server;
    free(server->record);
    free(server);
    return NULL;
}

static void command(struct recording_server *server, char letter)
{
    char reply;
    if (write(server->commands[1], &letter, 1) != 1 || read(server->replies[0], &reply, 1) != 1)
        abort();
}

void recording_server_stop(struct recording_server *server)
{
    command(server, 'q');
    pthread_join(server->thread, NULL);
    for (int i = 0; i < 2; i++) {
        close(server->commands[i]);
        close(server->replies[i]);
    }
    close(server->listener);
    free(server->record);
    free(server);
}

unsigned recording_server_port(const struct recording_server *server)
{
    return server->port;
}

char *recording_server_take(struct recording_server *server)
{
    command(server, 'h');
    char *taken = server->record;
    server->record = NULL;
    server->record_length = 0;
    append(server, "", 0);
    return taken;
}
