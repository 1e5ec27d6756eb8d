/* A server that writes down what it is sent. */
#include "tests/support/recorder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define MOST_CONNECTIONS 32

struct bytes {
    char *data; /* zero-terminated */
    size_t length;
};

struct connection {
    int socket;
    struct bytes request; /* what came since the last answer */
    bool continued;       /* "Expect: 100-continue" was answered */
};

struct vespa_recorder {
    pthread_t thread;
    pthread_mutex_t lock; /* record, connection_count; the rest is the thread's */
    pthread_cond_t quiet;
    int listener;
    int wake[2]; /* 'q': end; anything else: look again */
    unsigned port;
    struct connection connections[MOST_CONNECTIONS];
    unsigned connection_count;
    struct bytes record;
};

struct answer {
    const char *path;
    const char *text;
    size_t length;
    bool closes;
};

#define ANSWER(path, text, closes)               \
    {                                            \
        (path), (text), sizeof(text) - 1, closes \
    }

/* The first whose path is part of the request line is given. */
static const struct answer answers[] = {
    ANSWER("/redirect",
           "HTTP/1.1 302 Found\r\nLocation: /next?a=1\r\nContent-Length: 4\r\n\r\nnext", 0),
    ANSWER("/again",
           "HTTP/1.1 307 Temporary Redirect\r\nLocation: next\r\nContent-Length: 0\r\n\r\n", 0),
    ANSWER("/locked",
           "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"r\"\r\n"
           "Content-Length: 4\r\n\r\nkeys",
           0),
    ANSWER("/missing", "HTTP/1.1 404 Not Found\r\nContent-Length: 7\r\n\r\nnothing", 0),
    ANSWER("/cookie", "HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\nContent-Length: 4\r\n\r\ntake",
           0),
    ANSWER("/chunked",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n"
           "5\r\nhello\r\n6\r\n world\r\n0\r\nX-T: 1\r\n\r\n",
           0),
    ANSWER(
        "/gzip",
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 25\r\n\r\n"
        "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10\x36\x05"
        "\x00\x00\x00",
        0),
    ANSWER("/early",
           "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
           "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
           0),
    ANSWER("/cut", "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello", 1),
    ANSWER("/nothing", "", 1),
    ANSWER("/ancient", "<p>no head", 1),
    ANSWER("HEAD ", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 0),
    ANSWER("", "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello", 0),
};

static void append(struct bytes *to, const char *bytes, size_t length)
{
    char *data = realloc(to->data, to->length + length + 1);
    if (!data)
        abort();
    memcpy(data + to->length, bytes, length);
    to->data = data;
    to->length += length;
    data[to->length] = '\0';
}

/* ---- requests ------------------------------------------------------------------------------- */

static bool has_header(const char *request, const char *line)
{
    const char *found = strcasestr(request, line);
    const char *end = strstr(request, "\r\n\r\n");
    return found && end && found < end;
}

/* What a request's body begins with; NULL: its head is not complete. */
static const char *body_of(const char *request)
{
    const char *end = strstr(request, "\r\n\r\n");
    return end ? end + 4 : NULL;
}

/* Reads the chunks of a body into *out (may be NULL). False: more has to come. */
static bool read_chunks(const char *at, const char *end, struct bytes *out)
{
    for (;;) {
        char *line_end = strstr(at, "\r\n");
        if (!line_end)
            return false;
        size_t size = strtoul(at, NULL, 16);
        at = line_end + 2;
        if (size == 0)
            return strstr(line_end, "\r\n\r\n") != NULL;
        if ((size_t)(end - at) < size + 2)
            return false;
        if (out)
            append(out, at, size);
        at += size + 2;
    }
}

static bool is_chunked(const char *request)
{
    return has_header(request, "\r\nTransfer-Encoding: chunked");
}

static size_t content_length(const char *request)
{
    const char *name = "\r\nContent-Length:";
    return has_header(request, name) ? strtoul(strcasestr(request, name) + strlen(name), NULL, 10)
                                     : 0;
}

static bool is_complete(const struct bytes *request)
{
    const char *body = body_of(request->data);
    const char *end = request->data + request->length;
    if (!body)
        return false;
    return is_chunked(request->data) ? read_chunks(body, end, NULL)
                                     : (size_t)(end - body) >= content_length(request->data);
}

static const struct answer *choose(const char *request)
{
    char line[1024];
    snprintf(line, sizeof line, "%.*s", (int)strcspn(request, "\r"), request);
    const struct answer *answer = answers;
    while (!strstr(line, answer->path))
        answer++;
    return answer;
}

/* ---- connections ---------------------------------------------------------------------------- */

/* A request goes into the record as a whole: several connections may speak at once. */
static void note(struct vespa_recorder *recorder, const struct connection *connection)
{
    if (connection->request.length)
        append(&recorder->record, connection->request.data, connection->request.length);
}

static void hang_up(struct vespa_recorder *recorder, unsigned place)
{
    struct connection *connection = &recorder->connections[place];
    note(recorder, connection);
    close(connection->socket);
    free(connection->request.data);
    *connection = recorder->connections[--recorder->connection_count];
    if (recorder->connection_count == 0)
        pthread_cond_broadcast(&recorder->quiet);
}

static void take_connection(struct vespa_recorder *recorder)
{
    int accepted = accept4(recorder->listener, NULL, NULL, SOCK_CLOEXEC);
    if (accepted < 0)
        return;
    if (recorder->connection_count == MOST_CONNECTIONS) {
        close(accepted);
        return;
    }
    recorder->connections[recorder->connection_count++] = (struct connection){.socket = accepted};
    append(&recorder->record, "[connection]\n", 13);
}

static void say(const struct connection *connection, const char *text, size_t length)
{
    while (length) {
        ssize_t sent = send(connection->socket, text, length, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        text += sent;
        length -= (size_t)sent;
    }
}

static void read_connection(struct vespa_recorder *recorder, unsigned place)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    struct connection *connection = &recorder->connections[place];
    char bytes[65536];
    ssize_t got = recv(connection->socket, bytes, sizeof bytes, 0);
    if (got <= 0) {
        hang_up(recorder, place);
        return;
    }
    append(&connection->request, bytes, (size_t)got);
    if (!connection->continued &&
        has_header(connection->request.data, "\r\nExpect: 100-continue")) {
        connection->continued = true;
        say(connection, go_on, sizeof go_on - 1);
    }
    if (!is_complete(&connection->request))
        return;
    note(recorder, connection);
    const struct answer *answer = choose(connection->request.data);
    say(connection, answer->text, answer->length);
    free(connection->request.data);
    *connection = (struct connection){.socket = connection->socket};
    if (answer->closes)
        hang_up(recorder, place);
}

/* A new connection is taken before anything is read, so that the record has an order. */
static void *serve(void *argument)
{
    struct vespa_recorder *recorder = argument;
    for (;;) {
        struct pollfd polled[MOST_CONNECTIONS + 2] = {
            {.fd = recorder->wake[0], .events = POLLIN},
            {.fd = recorder->listener, .events = POLLIN},
        };
        unsigned count = recorder->connection_count;
        for (unsigned i = 0; i < count; i++)
            polled[2 + i] =
                (struct pollfd){.fd = recorder->connections[i].socket, .events = POLLIN};
        if (poll(polled, 2 + count, -1) < 0)
            continue;
        char why = '\0';
        if (polled[0].revents && (read(recorder->wake[0], &why, 1) != 1 || why == 'q'))
            return NULL;
        pthread_mutex_lock(&recorder->lock);
        if (polled[1].revents)
            take_connection(recorder);
        /* From the last on: hanging up moves the last one to the free place. */
        for (unsigned i = count; i-- > 0;)
            if (polled[2 + i].revents)
                read_connection(recorder, i);
        pthread_mutex_unlock(&recorder->lock);
    }
}

/* ---- for tests ------------------------------------------------------------------------------ */

static bool listen_anywhere(struct vespa_recorder *recorder)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    recorder->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (recorder->listener < 0 ||
        bind(recorder->listener, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(recorder->listener, MOST_CONNECTIONS) != 0 ||
        getsockname(recorder->listener, (struct sockaddr *)&address, &size) != 0)
        return false;
    recorder->port = ntohs(address.sin_port);
    return true;
}

struct vespa_recorder *vespa_recorder_start(void)
{
    struct vespa_recorder *recorder = calloc(1, sizeof *recorder);
    assert_non_null(recorder);
    pthread_mutex_init(&recorder->lock, NULL);
    pthread_cond_init(&recorder->quiet, NULL);
    assert_true(listen_anywhere(recorder));
    assert_int_equal(pipe2(recorder->wake, O_CLOEXEC), 0);
    assert_int_equal(pthread_create(&recorder->thread, NULL, serve, recorder), 0);
    return recorder;
}

void vespa_recorder_stop(struct vespa_recorder *recorder)
{
    assert_int_equal(write(recorder->wake[1], "q", 1), 1);
    pthread_join(recorder->thread, NULL);
    while (recorder->connection_count > 0)
        hang_up(recorder, 0);
    close(recorder->listener);
    close(recorder->wake[0]);
    close(recorder->wake[1]);
    free(recorder->record.data);
    free(recorder);
}

unsigned vespa_recorder_port(const struct vespa_recorder *recorder)
{
    return recorder->port;
}

char *vespa_recorder_take(struct vespa_recorder *recorder, size_t *length)
{
    struct pollfd waiting = {.fd = recorder->listener, .events = POLLIN};
    pthread_mutex_lock(&recorder->lock);
    while (poll(&waiting, 1, 0) > 0) /* of a client that has left already */
        take_connection(recorder);
    assert_int_equal(write(recorder->wake[1], "w", 1), 1);
    while (recorder->connection_count > 0)
        pthread_cond_wait(&recorder->quiet, &recorder->lock);
    struct bytes record = recorder->record;
    recorder->record = (struct bytes){0};
    pthread_mutex_unlock(&recorder->lock);
    if (!record.data)
        append(&record, "", 0);
    if (length)
        *length = record.length;
    return record.data;
}

struct vespa_recorded vespa_recorder_take_request(struct vespa_recorder *recorder)
{
    static const char mark[] = "[connection]\n";
    size_t length;
    char *record = vespa_recorder_take(recorder, &length);
    struct bytes body = {0};
    assert_int_equal(strncmp(record, mark, sizeof mark - 1), 0);
    char *request = record + sizeof mark - 1;
    const char *start = body_of(request);
    assert_non_null(start);
    append(&body, "", 0);
    if (is_chunked(request))
        assert_true(read_chunks(start, record + length, &body));
    else
        append(&body, start, content_length(request));
    struct vespa_recorded recorded = {
        .method = strndup(request, strcspn(request, " ")),
        .body = body.data,
        .body_length = body.length,
    };
    free(record);
    return recorded;
}

void vespa_recorded_free(struct vespa_recorded *request)
{
    free(request->method);
    free(request->body);
    *request = (struct vespa_recorded){0};
}
