/*
 * A server of event streams for measuring: whatever it is asked, it answers with so many chunks,
 * one every so many microseconds, each of which says when it was sent (ns of the monotonic clock).
 *
 *   streamer CHUNKS INTERVAL_US
 *
 * Prints "PORT=…" and serves until SIGTERM. One thread, a port of the kernel's choice on 127.0.0.1.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_CLIENTS = 512, HEAD_SIZE = 16384 };

struct client {
    char head[HEAD_SIZE];
    size_t head_length;
    bool in_body;
    unsigned long long body_left;
    long chunks_left; /* -1: nothing was asked yet */
    uint64_t due_ns;
};

static struct pollfd sockets[MOST_CLIENTS + 1]; /* the last one listens */
static struct client clients[MOST_CLIENTS];
static long chunks;
static uint64_t interval_ns;

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "streamer: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int listen_anywhere(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) != 0 ||
        listen(listener, 512) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) != 0)
        fail("no port");
    printf("PORT=%u\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

static void hang_up(int i)
{
    close(sockets[i].fd);
    sockets[i].fd = -1;
}

static void write_all(int i, const char *text, size_t length)
{
    if (sockets[i].fd >= 0 && send(sockets[i].fd, text, length, MSG_NOSIGNAL) != (ssize_t)length)
        hang_up(i);
}

/* The request is whole. */
static void begin_answer(int i)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                               "Transfer-Encoding: chunked\r\n\r\n";
    struct client *client = &clients[i];
    client->in_body = false;
    client->head_length = 0;
    client->chunks_left = chunks;
    client->due_ns = now_ns() + interval_ns;
    write_all(i, head, sizeof head - 1);
}

static void take_body(int i, size_t length)
{
    struct client *client = &clients[i];
    client->body_left -= length < client->body_left ? length : client->body_left;
    if (client->body_left == 0)
        begin_answer(i);
}

static void take_head(int i, const char *bytes, size_t length)
{
    struct client *client = &clients[i];
    size_t room = sizeof client->head - 1 - client->head_length;
    memcpy(client->head + client->head_length, bytes, length < room ? length : room);
    client->head_length += length < room ? length : room;
    client->head[client->head_length] = '\0';
    const char *end = strstr(client->head, "\r\n\r\n");
    if (!end)
        return;
    const char *size = strcasestr(client->head, "\r\nContent-Length:");
    client->in_body = true;
    client->body_left = size && size < end ? strtoull(size + 17, NULL, 10) : 0;
    take_body(i, client->head_length - (size_t)(end + 4 - client->head));
}

static void receive(int i)
{
    static char bytes[256 * 1024];
    size_t room = clients[i].in_body ? sizeof bytes : HEAD_SIZE / 2;
    ssize_t length = recv(sockets[i].fd, bytes, room, 0);
    if (length <= 0)
        hang_up(i);
    else if (clients[i].in_body)
        take_body(i, (size_t)length);
    else
        take_head(i, bytes, (size_t)length);
}

static void send_chunk(int i)
{
    char text[128];
    struct client *client = &clients[i];
    char data[96];
    int size = snprintf(data, sizeof data, "data: {\"sent\":%020llu,\"text\":\"token\"}\n\n",
                        (unsigned long long)now_ns());
    int length = snprintf(text, sizeof text, "%x\r\n%s\r\n%s", (unsigned)size, data,
                          client->chunks_left == 1 ? "0\r\n\r\n" : "");
    client->chunks_left--;
    client->due_ns += interval_ns;
    if (client->chunks_left == 0)
        client->chunks_left = -1;
    write_all(i, text, (size_t)length);
}

static void accept_client(void)
{
    int fd = accept(sockets[MOST_CLIENTS].fd, NULL, NULL);
    int i = 0;
    while (i < MOST_CLIENTS && sockets[i].fd >= 0)
        i++;
    if (i == MOST_CLIENTS)
        close(fd);
    if (fd < 0 || i == MOST_CLIENTS)
        return;
    sockets[i] = (struct pollfd){.fd = fd, .events = POLLIN};
    memset(&clients[i], 0, sizeof clients[i]);
    clients[i].chunks_left = -1;
}

/* Sends what is due; returns when the next is, at most 100 ms away. */
static uint64_t send_due(void)
{
    uint64_t now = now_ns();
    uint64_t next = now + 100000000;
    for (int i = 0; i < MOST_CLIENTS; i++) {
        if (sockets[i].fd < 0 || clients[i].chunks_left < 0)
            continue;
        if (clients[i].due_ns <= now)
            send_chunk(i);
        if (sockets[i].fd >= 0 && clients[i].chunks_left > 0 && clients[i].due_ns < next)
            next = clients[i].due_ns;
    }
    return next;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: streamer CHUNKS INTERVAL_US\n");
        return 2;
    }
    chunks = atol(argv[1]);
    interval_ns = strtoull(argv[2], NULL, 10) * 1000;
    for (int i = 0; i < MOST_CLIENTS; i++)
        sockets[i].fd = -1;
    sockets[MOST_CLIENTS] = (struct pollfd){.fd = listen_anywhere(), .events = POLLIN};
    for (;;) {
        uint64_t next = send_due();
        uint64_t now = now_ns();
        struct timespec left = {.tv_nsec = next > now ? (long)(next - now) % 1000000000 : 0};
        if (ppoll(sockets, MOST_CLIENTS + 1, &left, NULL) <= 0)
            continue;
        if (sockets[MOST_CLIENTS].revents)
            accept_client();
        for (int i = 0; i < MOST_CLIENTS; i++)
            if (sockets[i].fd >= 0 && sockets[i].revents)
                receive(i);
    }
}
