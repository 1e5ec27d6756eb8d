/*
 * Very many slow streams at once, for measuring what carries them.
 *
 *   many_streams serve CHUNKS INTERVAL_MS     a server: to each request so many chunks
 *   many_streams read PORT STREAMS CHUNKS     a client of 127.0.0.1:PORT: reads them all
 *
 * The server prints "PORT=…" and serves until SIGTERM. The client prints how many streams came
 * whole, the fewest chunks that one of the others got, and the longest that one stood still, in
 * milliseconds; it exits with 1 when one did not come whole.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 20000, EVENTS = 512, HEAD_SIZE = 4096, PATIENCE_MS = 120000 };

struct stream {
    int socket;
    long chunks; /* sent or received */
    int asked;   /* the server: the request has come; the client: the answer has */
    uint64_t last_ms;
    uint64_t longest_ms;
    int whole;
};

static struct stream streams[MOST];
static int count, poller;

static const char chunk[] = "data: {\"choices\":[{\"delta\":{\"content\":\"token\"}}]}\n\n";

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "many_streams: %s: %s\n", what, strerror(errno));
    exit(2);
}

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static struct sockaddr_in address_of(unsigned port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void watch(int socket, int number)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)number};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, socket, &event) != 0)
        fail("epoll_ctl");
}

static struct stream *new_stream(int socket)
{
    if (socket < 0 || count == MOST)
        fail("a connection");
    streams[count] = (struct stream){.socket = socket, .last_ms = now_ms()};
    watch(socket, count);
    return &streams[count++];
}

static void hang_up(struct stream *stream)
{
    close(stream->socket);
    stream->socket = -1;
}

/* ---- the server ------------------------------------------------------------------------------ */

static void send_text(struct stream *stream, const char *text, size_t length)
{
    if (send(stream->socket, text, length, MSG_NOSIGNAL) != (ssize_t)length)
        hang_up(stream);
}

/* A request, whose last bytes come with the others of it, for it is small. */
static void take_request(struct stream *stream)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                               "Transfer-Encoding: chunked\r\n\r\n";
    char bytes[HEAD_SIZE];
    if (recv(stream->socket, bytes, sizeof bytes, 0) <= 0) {
        hang_up(stream);
        return;
    }
    if (!stream->asked)
        send_text(stream, head, strlen(head));
    stream->asked = 1;
}

static void send_chunks(long chunks)
{
    char text[256];
    int length = snprintf(text, sizeof text, "%zx\r\n%s\r\n", strlen(chunk), chunk);
    for (int i = 0; i < count; i++) {
        struct stream *stream = &streams[i];
        if (stream->socket < 0 || !stream->asked || stream->chunks > chunks)
            continue;
        if (stream->chunks++ < chunks)
            send_text(stream, text, (size_t)length);
        else
            send_text(stream, "0\r\n\r\n", 5);
    }
}

static _Noreturn void serve(long chunks, uint64_t interval_ms)
{
    struct sockaddr_in address = address_of(0);
    socklen_t length = sizeof address;
    struct epoll_event events[EVENTS];
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 4096) != 0)
        fail("listen");
    getsockname(listener, (struct sockaddr *)&address, &length);
    printf("PORT=%u\n", ntohs(address.sin_port));
    fflush(stdout);
    watch(listener, MOST);
    for (uint64_t due = now_ms() + interval_ms;;) {
        uint64_t now = now_ms();
        int ready = epoll_wait(poller, events, EVENTS, now < due ? (int)(due - now) : 0);
        for (int i = 0; i < ready; i++)
            if (events[i].data.u32 == MOST)
                new_stream(accept(listener, NULL, NULL));
            else
                take_request(&streams[events[i].data.u32]);
        if (now_ms() < due)
            continue;
        send_chunks(chunks);
        due = now_ms() + interval_ms;
    }
}

/* ---- the client ------------------------------------------------------------------------------ */

static void ask(unsigned port)
{
    static const char request[] = "GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n";
    struct sockaddr_in address = address_of(port);
    int line = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (line < 0 || connect(line, (struct sockaddr *)&address, sizeof address) != 0)
        fail("connect");
    if (send(line, request, strlen(request), MSG_NOSIGNAL) < 0)
        fail("send");
    new_stream(line);
}

/* The last chunk comes alone, and so do most others. True: the stream is over. */
static int take_answer(struct stream *stream)
{
    char bytes[HEAD_SIZE + 1];
    ssize_t length = recv(stream->socket, bytes, HEAD_SIZE, 0);
    uint64_t now = now_ms();
    bytes[length > 0 ? length : 0] = '\0';
    for (const char *at = bytes; (at = strstr(at, "data: ")) != NULL; at++)
        stream->chunks++;
    if (stream->asked && now - stream->last_ms > stream->longest_ms)
        stream->longest_ms = now - stream->last_ms;
    stream->asked = 1;
    stream->last_ms = now;
    stream->whole = length >= 5 && memcmp(bytes + length - 5, "0\r\n\r\n", 5) == 0;
    if (length > 0 && !stream->whole)
        return 0;
    hang_up(stream);
    return 1;
}

static int report(long chunks)
{
    long whole = 0, fewest = chunks;
    uint64_t longest = 0;
    for (int i = 0; i < count; i++) {
        whole += streams[i].whole && streams[i].chunks == chunks;
        fewest = streams[i].chunks < fewest ? streams[i].chunks : fewest;
        longest = streams[i].longest_ms > longest ? streams[i].longest_ms : longest;
    }
    printf("%ld of %d streams came whole; fewest chunks %ld; longest pause %llu ms\n", whole, count,
           fewest, (unsigned long long)longest);
    return whole == count ? 0 : 1;
}

static int read_all(unsigned port, int wanted, long chunks)
{
    struct epoll_event events[EVENTS];
    for (int i = 0; i < wanted; i++)
        ask(port);
    for (int left = wanted; left > 0;) {
        int ready = epoll_wait(poller, events, EVENTS, PATIENCE_MS);
        if (ready <= 0)
            break;
        for (int i = 0; i < ready; i++)
            left -= take_answer(&streams[events[i].data.u32]);
    }
    return report(chunks);
}

int main(int argc, char **argv)
{
    struct rlimit descriptors;
    getrlimit(RLIMIT_NOFILE, &descriptors);
    descriptors.rlim_cur = descriptors.rlim_max;
    setrlimit(RLIMIT_NOFILE, &descriptors);
    poller = epoll_create1(EPOLL_CLOEXEC);
    if (argc == 4 && strcmp(argv[1], "serve") == 0)
        serve(atol(argv[2]), strtoull(argv[3], NULL, 10));
    if (argc == 5 && strcmp(argv[1], "read") == 0)
        return read_all((unsigned)atoi(argv[2]), atoi(argv[3]), atol(argv[4]));
    fprintf(stderr, "usage: many_streams serve CHUNKS INTERVAL_MS | read PORT STREAMS CHUNKS\n");
    return 2;
}
