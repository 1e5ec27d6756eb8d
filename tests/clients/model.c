/* A model server for client programs. */
#include "tests/clients/model.h"

#include "tests/clients/lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <cmocka.h>

/* PATIENCE_S: how long a stream waits for its client before it says so and ends. */
enum { PIECES = 3, BIG = 300 * 1024, PATIENCE_S = 20, MOST_SHOWN = 200 };

#define COMMIT "0123456789abcdef0123456789abcdef01234567"

struct vespa_model {
    struct MHD_Daemon *daemon;
    char url[64];
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct vespa_lines asked;
    struct vespa_lines released;
};

/* A request while it comes in. */
struct request {
    char *body;
    size_t length;
};

/* ---- answers -------------------------------------------------------------------------------- */

struct stream {
    struct vespa_model *model;
    char name[64];
    unsigned sent;
};

static bool is_released(struct vespa_model *model, const char *line)
{
    struct timespec until;
    int code = 0;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_S;
    pthread_mutex_lock(&model->lock);
    while (!vespa_lines_have(&model->released, line) && code == 0)
        code = pthread_cond_timedwait(&model->changed, &model->lock, &until);
    pthread_mutex_unlock(&model->lock);
    return code == 0;
}

static ssize_t next_piece(void *context, uint64_t position, char *buffer, size_t room)
{
    struct stream *stream = context;
    char before[128];
    (void)position;
    snprintf(before, sizeof before, "piece %s %u", stream->name, stream->sent);
    if (stream->sent > 0 && !is_released(stream->model, before)) {
        stream->sent = PIECES;
        return snprintf(buffer, room, "no client has seen: %s\n", before);
    }
    if (stream->sent == PIECES)
        return MHD_CONTENT_READER_END_OF_STREAM;
    return snprintf(buffer, room, "piece %s %u\n", stream->name, ++stream->sent);
}

static struct MHD_Response *streamed(struct vespa_model *model, const char *name)
{
    struct stream *stream = calloc(1, sizeof *stream);
    stream->model = model;
    snprintf(stream->name, sizeof stream->name, "%s", name);
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 1024, next_piece, stream, free);
}

static ssize_t cut_off(void *context, uint64_t position, char *buffer, size_t room)
{
    (void)context;
    return position ? MHD_CONTENT_READER_END_WITH_ERROR : snprintf(buffer, room, "a little\n");
}

static struct MHD_Response *text(const char *bytes, size_t length)
{
    return MHD_create_response_from_buffer(length, (void *)(uintptr_t)bytes, MHD_RESPMEM_MUST_COPY);
}

static struct MHD_Response *big(const char *name)
{
    char *bytes = malloc(BIG + 64);
    size_t length = 0;
    for (unsigned number = 0; length < BIG; number++)
        length += (size_t)snprintf(bytes + length, 64, "%s-%u ", name, number);
    bytes[length - 1] = '\n';
    return MHD_create_response_from_buffer(length, bytes, MHD_RESPMEM_MUST_FREE);
}

/* What git reads of a repository that lies about as files. */
static struct MHD_Response *repository(const char *path, unsigned *status)
{
    static const char refs[] = COMMIT "\trefs/heads/main\n";
    static const char head[] = "ref: refs/heads/main\n";
    if (strcmp(path, "info/refs") == 0)
        return text(refs, strlen(refs));
    if (strcmp(path, "HEAD") == 0)
        return text(head, strlen(head));
    *status = 404;
    return text("nothing\n", 8);
}

static struct MHD_Response *choose(struct vespa_model *model, const char *path, const char *line,
                                   unsigned *status)
{
    *status = 200;
    if (strncmp(path, "/repo.git/", 10) == 0)
        return repository(path + 10, status);
    if (strncmp(path, "/stream/", 8) == 0)
        return streamed(model, path + 8);
    if (strncmp(path, "/big/", 5) == 0)
        return big(path + 5);
    if (strncmp(path, "/cut/", 5) == 0)
        return MHD_create_response_from_callback(100, 1024, cut_off, NULL, NULL);
    if (strncmp(path, "/status/", 8) == 0)
        *status = (unsigned)strtoul(path + 8, NULL, 10);
    if (strcmp(path, "/empty") == 0) {
        *status = 204;
        return text("", 0);
    }
    return text(line, strlen(line));
}

/* ---- requests ------------------------------------------------------------------------------- */

static enum MHD_Result add_argument(void *context, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
    char *line = context;
    size_t length = strlen(line);
    (void)kind;
    snprintf(line + length, 512 - length, " %s=%s", name, value ? value : "");
    return MHD_YES;
}

static unsigned sum(const struct request *request)
{
    unsigned value = 0;
    for (size_t i = 0; i < request->length; i++)
        value = value * 31 + (unsigned char)request->body[i];
    return value;
}

/* "POST /path a=1: {…} (17 bytes, 1234)\n" */
static void describe(struct MHD_Connection *connection, const char *method, const char *path,
                     const struct request *request, char *out, size_t room)
{
    char query[512] = "";
    MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, add_argument, query);
    snprintf(out, room, "%s %s%s: %.*s (%zu bytes, %u)\n", method, path, query, MOST_SHOWN,
             request->body ? request->body : "", request->length, sum(request));
}

static enum MHD_Result answer(struct vespa_model *model, struct MHD_Connection *connection,
                              const char *method, const char *path, const struct request *request)
{
    char line[1024];
    unsigned status;
    describe(connection, method, path, request, line, sizeof line);
    pthread_mutex_lock(&model->lock);
    vespa_lines_add(&model->asked, line, strlen(line) - 1);
    pthread_mutex_unlock(&model->lock);
    struct MHD_Response *response = choose(model, path, line, &status);
    MHD_add_response_header(response, "Content-Type",
                            strncmp(path, "/stream/", 8) ? "text/plain" : "text/event-stream");
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
                                  const char *path, const char *method, const char *version,
                                  const char *data, size_t *size, void **state)
{
    struct request *request = *state;
    (void)version;
    if (!request) {
        *state = calloc(1, sizeof *request);
        return *state ? MHD_YES : MHD_NO;
    }
    if (*size == 0)
        return answer(context, connection, method, path, request);
    char *body = realloc(request->body, request->length + *size + 1);
    if (!body)
        return MHD_NO;
    memcpy(body + request->length, data, *size);
    request->body = body;
    request->length += *size;
    body[request->length] = '\0';
    *size = 0;
    return MHD_YES;
}

static void forget_request(void *context, struct MHD_Connection *connection, void **state,
                           enum MHD_RequestTerminationCode code)
{
    struct request *request = *state;
    (void)context;
    (void)connection;
    (void)code;
    if (request)
        free(request->body);
    free(request);
}

/* ---- for tests ------------------------------------------------------------------------------ */

struct vespa_model *vespa_model_start(void)
{
    struct vespa_model *model = calloc(1, sizeof *model);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_non_null(model);
    pthread_mutex_init(&model->lock, NULL);
    pthread_cond_init(&model->changed, NULL);
    model->daemon =
        MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION, 0, NULL,
                         NULL, on_request, model, MHD_OPTION_SOCK_ADDR, &address,
                         MHD_OPTION_NOTIFY_COMPLETED, forget_request, NULL, MHD_OPTION_END);
    assert_non_null(model->daemon);
    snprintf(model->url, sizeof model->url, "http://127.0.0.1:%u",
             (unsigned)MHD_get_daemon_info(model->daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    return model;
}

void vespa_model_stop(struct vespa_model *model)
{
    MHD_stop_daemon(model->daemon);
    vespa_lines_free(&model->asked);
    vespa_lines_free(&model->released);
    free(model);
}

const char *vespa_model_url(const struct vespa_model *model)
{
    return model->url;
}

void vespa_model_release(struct vespa_model *model, const char *line)
{
    pthread_mutex_lock(&model->lock);
    vespa_lines_add(&model->released, line, strlen(line));
    pthread_cond_broadcast(&model->changed);
    pthread_mutex_unlock(&model->lock);
}

char *vespa_model_take(struct vespa_model *model)
{
    pthread_mutex_lock(&model->lock);
    char *asked = vespa_lines_sorted(&model->asked);
    vespa_lines_free(&model->asked);
    vespa_lines_free(&model->released);
    pthread_mutex_unlock(&model->lock);
    return asked;
}
