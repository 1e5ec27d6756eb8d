// One client's request.
//
// libmicrohttpd's callbacks and the engine's come in the loop's one thread. While a job runs for it
// the connection is suspended, but for the moments in which libmicrohttpd has something to send.

#include "cli/proxy/client.h"

#include "cli/proxy/answer.h"
#include "cli/proxy/local.h"
#include "cli/proxy/proxy.h"
#include "cli/proxy/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

// Bytes for a client's head, and for what is being sent of an answer's. libmicrohttpd keeps and
// clears all of it for as long as the connection stands, also while that is idle.
enum { CONNECTION_MEMORY = 12 * 1024 };

enum phase {
    PHASE_NEW,      // the head has not been looked at
    PHASE_REFUSED,  // it was answered at once
    PHASE_LOCAL,    // it is the proxy's own to answer
    PHASE_BODY,     // the body is coming
    PHASE_JOB,      // the engine is at work, and there is no head of an answer yet
    PHASE_FAILED,   // it has ended without a head, and the client is to be told
    PHASE_ANSWERED, // the answer's head was given to libmicrohttpd
    PHASE_GONE      // the client has hung up, or nothing can be done for it
};

struct vespa_proxy_connection {
    int socket;
    char *target;                      // of its latest request line, as it came
    struct vespa_proxy_client *client; // that is being served; or NULL
};

struct vespa_proxy_client {
    struct vespa_proxy_client *next; // of the loop's
    struct vespa_proxy_client *previous;
    struct vespa_proxy_loop *loop;
    struct MHD_Connection *connection;
    struct vespa_proxy_connection *line;
    enum phase phase;
    bool suspended;
    struct vespa_shared_runtime *runtime; // under which it began
    struct vespa_proxy_request request;
    struct vespa_job *job;
    struct vespa_proxy_answer answer;
    const char *failure_code; // why there will be no head; NULL: there may be one
    const char *failure;      // for a person
    char failure_text[600];   // if it has to be written
    struct vespa_proxy_origin origin;
};

static void suspend(struct vespa_proxy_client *client)
{
    MHD_suspend_connection(client->connection);
    client->suspended = true;
}

static void resume(struct vespa_proxy_client *client)
{
    if (!client->suspended)
        return;
    client->suspended = false;
    vespa_proxy_loop_resume(client->loop, client->connection);
}

static struct vespa_proxy *proxy_of(const struct vespa_proxy_client *client)
{
    return vespa_proxy_loop_proxy(client->loop);
}

// Ends its job, if there is one, in whatever state that is.
static void end_job(struct vespa_proxy_client *client, bool whole)
{
    const struct vespa_rule *rule = client->request.rule;
    if (!client->job)
        return;
    const struct vespa_request_end end = {
        .endpoint = rule ? rule->endpoint : NULL,
        .status = client->answer.status,
        .own = client->answer.own,
        .cut = !whole,
        .attempts = vespa_job_attempts(client->job),
        .times = vespa_job_times(client->job),
    };
    vespa_metrics_note(proxy_of(client)->metrics, &end);
    vespa_metrics_open(proxy_of(client)->metrics, -1, client->answer.begun ? -1 : 0);
    vespa_job_free(client->job);
    client->job = NULL;
}

// Nothing more can be done for it: its connection is closed, and the worker's.
static void give_up(struct vespa_proxy_client *client)
{
    end_job(client, false);
    client->answer.end = VESPA_PROXY_CUT;
    if (client->phase != PHASE_ANSWERED)
        client->phase = PHASE_GONE;
    resume(client);
}

// The loop has seen it; libmicrohttpd does not look at connections that are suspended, and not
// again at one that closed behind bytes which it was given. It sees what is shut down.
void vespa_proxy_connection_hung_up(struct vespa_proxy_connection *line)
{
    if (line->client)
        give_up(line->client);
    shutdown(line->socket, SHUT_RDWR);
}

// ---- the engine's callbacks ----

static ssize_t read_answer(void *context, uint64_t at, char *to, size_t size)
{
    struct vespa_proxy_client *client = context;
    ssize_t taken = vespa_proxy_answer_take(&client->answer, to, size);
    (void)at;
    if (client->answer.stalled && taken != 0 && client->job) {
        client->answer.stalled = false;
        vespa_job_resume(client->job);
    }
    if (taken == 0)
        suspend(client);
    return taken;
}

static bool take_head(void *context, const struct vespa_answer_head *head)
{
    struct vespa_proxy_client *client = context;
    if (!vespa_proxy_answer_begin(&client->answer, head))
        return false;
    vespa_metrics_open(proxy_of(client)->metrics, 0, 1);
    resume(client);
    return true;
}

static enum vespa_taken take_body(void *context, struct vespa_slice bytes)
{
    struct vespa_proxy_client *client = context;
    enum vespa_taken taken = vespa_proxy_answer_add(&client->answer, bytes);
    resume(client);
    return taken;
}

static bool describe_origin(void *context, struct vespa_send *request)
{
    struct vespa_proxy_client *client = context;
    struct vespa_proxy *proxy = proxy_of(client);
    return vespa_proxy_origin_describe(
        &client->origin, &client->request, client->connection,
        vespa_runtime_config(vespa_shared_runtime_get(client->runtime)), &proxy->guard, proxy->via,
        request);
}

static void fail(struct vespa_proxy_client *client, int status, const char *code, const char *why)
{
    client->phase = PHASE_FAILED;
    client->answer.status = status;
    client->answer.own = true;
    client->failure_code = code;
    client->failure = why;
}

// No worker takes the request, and its rule's fallback is the host that it was aimed at.
static void fail_at_origin(struct vespa_proxy_client *client, const char *why)
{
    if (!*why) {
        fail(client, MHD_HTTP_BAD_GATEWAY, "no_origin",
             "No worker takes the request, and its rule's fallback is the host that it was aimed "
             "at, which is not one of the rule's hosts: send it with the name of one in its Host "
             "header, or name an endpoint as the rule's fallback.");
        return;
    }
    size_t host = client->origin.url.length - strlen(client->request.target); // not its query
    snprintf(client->failure_text, sizeof client->failure_text,
             "No worker takes the request, and its origin %.*s, the fallback of its rule, gave no "
             "answer: %.250s.",
             host < 200 ? (int)host : 200, client->origin.url.data, why);
    fail(client, MHD_HTTP_BAD_GATEWAY, "origin_failed", client->failure_text);
}

// The job has ended, and there is no head of an answer.
static void fail_with(struct vespa_proxy_client *client, enum vespa_job_result result,
                      const char *why)
{
    if (result == VESPA_JOB_TIMED_OUT)
        fail(client, MHD_HTTP_GATEWAY_TIMEOUT, "timeout",
             "No answer came within the time that this proxy's --timeout allows. The request may "
             "have been carried out.");
    else if (result == VESPA_JOB_ORIGIN)
        fail_at_origin(client, why);
    else
        fail(client, MHD_HTTP_INTERNAL_SERVER_ERROR, "out_of_memory",
             "There was not enough memory for the answer.");
}

static void take_end(void *context, enum vespa_job_result result, const char *message)
{
    struct vespa_proxy_client *client = context;
    client->answer.end = result == VESPA_JOB_ANSWERED ? VESPA_PROXY_WHOLE : VESPA_PROXY_CUT;
    if (!client->answer.begun)
        fail_with(client, result, message);
    resume(client);
}

// ---- libmicrohttpd's callbacks ----

static enum MHD_Result tell_failure(struct vespa_proxy_client *client)
{
    client->phase = PHASE_ANSWERED;
    return vespa_proxy_error(client->connection, client->answer.status, client->failure_code,
                             client->failure);
}

static enum MHD_Result answer(struct vespa_proxy_client *client)
{
    struct MHD_Response *response =
        vespa_proxy_answer_response(&client->answer, read_answer, client);
    if (!response) {
        end_job(client, false);
        fail_with(client, VESPA_JOB_CUT, "");
        return tell_failure(client);
    }
    vespa_proxy_allow_page(response, &proxy_of(client)->guard, client->connection);
    client->phase = PHASE_ANSWERED;
    return MHD_queue_response(client->connection, (unsigned)client->answer.status, response);
}

static enum MHD_Result begin_job(struct vespa_proxy_client *client)
{
    const struct vespa_job_handler handler = {
        .head = take_head,
        .body = take_body,
        .end = take_end,
        .origin = describe_origin,
        .context = client,
    };
    client->job = vespa_proxy_request_start(
        &client->request, client->connection, vespa_proxy_loop_engine(client->loop),
        vespa_shared_runtime_get(client->runtime), (uint32_t)proxy_of(client)->options.timeout_ms,
        &handler);
    if (!client->job) {
        fail(client, MHD_HTTP_INTERNAL_SERVER_ERROR, "out_of_memory",
             "There is not enough memory for the request.");
        return tell_failure(client);
    }
    vespa_metrics_open(proxy_of(client)->metrics, 1, 0);
    client->phase = PHASE_JOB;
    suspend(client);
    return MHD_YES;
}

static struct vespa_slice header(const struct vespa_proxy_client *client, const char *name)
{
    return vespa_slice_of(MHD_lookup_connection_value(client->connection, MHD_HEADER_KIND, name));
}

// The head has come.
static enum MHD_Result look_at_head(struct vespa_proxy_client *client, const char *method)
{
    struct vespa_proxy *proxy = proxy_of(client);
    const struct vespa_proxy_visitor visitor = {
        .host = vespa_proxy_request_host(&client->request, client->connection),
        .origin = header(client, "Origin"),
        .fetch_site = header(client, "Sec-Fetch-Site"),
        .authorization = header(client, "Authorization"),
    };
    client->runtime = vespa_proxy_runtime(proxy);
    client->phase = PHASE_REFUSED;
    if (vespa_proxy_is_preflight(&proxy->guard, client->connection, method))
        return vespa_proxy_preflight(client->connection);
    enum vespa_proxy_verdict verdict = vespa_proxy_guard_check(
        &proxy->guard, vespa_runtime_config(vespa_shared_runtime_get(client->runtime)), &visitor);
    if (verdict != VESPA_PROXY_WELCOME)
        return vespa_proxy_refuse(client->connection, verdict);
    if (vespa_proxy_is_loop(client->connection, proxy->via))
        return vespa_proxy_error(client->connection, MHD_HTTP_LOOP_DETECTED, "loop_detected",
                                 "This proxy has sent the request itself, to its origin: that "
                                 "name leads back here. The proxy must be able to resolve it to "
                                 "the real host.");
    client->phase = PHASE_LOCAL;
    if (vespa_proxy_is_local(client->request.target))
        return MHD_YES;
    if (!vespa_proxy_request_begin(&client->request, client->connection, method)) {
        client->phase = PHASE_REFUSED;
        return vespa_proxy_error(client->connection, MHD_HTTP_INTERNAL_SERVER_ERROR,
                                 "out_of_memory", "There is not enough memory for the body.");
    }
    client->phase = PHASE_BODY;
    return MHD_YES;
}

// ---- connections ----

static struct vespa_proxy_connection *line_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static struct vespa_proxy_connection *line_new(struct vespa_proxy_loop *loop,
                                               struct MHD_Connection *connection)
{
    struct vespa_proxy_connection *line = calloc(1, sizeof *line);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (!line || !info) {
        free(line);
        return NULL;
    }
    line->socket = info->connect_fd;
    if (vespa_proxy_loop_watch(loop, line->socket, line))
        return line;
    free(line);
    return NULL;
}

// Where there is no memory for it, its requests are not served.
static void connection_changed(void *context, struct MHD_Connection *connection,
                               void **of_connection, enum MHD_ConnectionNotificationCode code)
{
    struct vespa_proxy_connection *line = *of_connection;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *of_connection = line_new(context, connection);
        return;
    }
    if (!line)
        return;
    vespa_proxy_loop_unwatch(context, line->socket);
    free(line->target);
    free(line);
    *of_connection = NULL;
}

// Called with the request line's target as it came: the only place where nothing of it is decoded.
static void *line_came(void *context, const char *target, struct MHD_Connection *connection)
{
    struct vespa_proxy_connection *line = line_of(connection);
    (void)context;
    if (line) {
        free(line->target);
        line->target = strdup(target);
    }
    return NULL;
}

// NULL: memory ran out.
static struct vespa_proxy_client *client_new(struct vespa_proxy_loop *loop,
                                             struct MHD_Connection *connection)
{
    struct vespa_proxy_client **clients = vespa_proxy_loop_clients(loop);
    struct vespa_proxy_connection *line = line_of(connection);
    struct vespa_proxy_client *client = line && line->target ? calloc(1, sizeof *client) : NULL;
    if (!client)
        return NULL;
    client->loop = loop;
    client->connection = connection;
    client->line = line;
    line->client = client;
    vespa_proxy_request_open(&client->request, line->target,
                             (size_t)proxy_of(client)->options.body_limit);
    line->target = NULL;
    client->next = *clients;
    if (client->next)
        client->next->previous = client;
    *clients = client;
    return client;
}

static void leave_list(struct vespa_proxy_client *client)
{
    if (client->next)
        client->next->previous = client->previous;
    if (client->previous)
        client->previous->next = client->next;
    else
        *vespa_proxy_loop_clients(client->loop) = client->next;
}

static void client_done(void *context, struct MHD_Connection *connection, void **of_request,
                        enum MHD_RequestTerminationCode why)
{
    struct vespa_proxy_client *client = *of_request;
    (void)context, (void)connection;
    *of_request = NULL;
    if (!client)
        return;
    client->line->client = NULL;
    end_job(client,
            client->answer.end == VESPA_PROXY_WHOLE && why == MHD_REQUEST_TERMINATED_COMPLETED_OK);
    vespa_shared_runtime_give(client->runtime);
    vespa_proxy_answer_free(&client->answer);
    vespa_proxy_request_close(&client->request);
    vespa_proxy_origin_free(&client->origin);
    leave_list(client);
    free(client);
}

void vespa_proxy_clients_give_up(struct vespa_proxy_loop *loop)
{
    for (struct vespa_proxy_client *client = *vespa_proxy_loop_clients(loop); client;
         client = client->next)
        give_up(client);
}

static enum MHD_Result serve(void *context, struct MHD_Connection *connection, const char *url,
                             const char *method, const char *version, const char *upload,
                             size_t *upload_size, void **of_request)
{
    struct vespa_proxy_client *client = *of_request;
    (void)url, (void)version;
    if (!client)
        client = *of_request = client_new(context, connection);
    if (!client)
        return MHD_NO;
    switch (client->phase) {
    case PHASE_NEW:
        return look_at_head(client, method);
    case PHASE_REFUSED:
        *upload_size = 0;
        return MHD_YES;
    case PHASE_LOCAL:
        if (!*upload_size)
            return vespa_proxy_local(proxy_of(client)->metrics, client->connection,
                                     client->request.target, method);
        *upload_size = 0;
        return MHD_YES;
    case PHASE_BODY:
        if (!*upload_size)
            return begin_job(client);
        vespa_proxy_request_add(&client->request, vespa_slice(upload, *upload_size));
        *upload_size = 0;
        return MHD_YES;
    case PHASE_JOB:
        return client->answer.begun ? answer(client) : MHD_YES;
    case PHASE_FAILED:
        return tell_failure(client);
    case PHASE_ANSWERED:
        return MHD_YES;
    case PHASE_GONE:
        break;
    }
    return MHD_NO;
}

// The target is taken from the request line alone.
static size_t decode_nothing(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context, (void)connection;
    return strlen(text);
}

struct MHD_Daemon *vespa_proxy_client_server(struct vespa_proxy_loop *loop, int listener)
{
    const struct vespa_proxy *proxy = vespa_proxy_loop_proxy(loop);
    struct MHD_OptionItem more[4] = {0};
    size_t count = 0;
    more[count++] = (struct MHD_OptionItem){
        MHD_OPTION_CONNECTION_LIMIT, proxy->options.max_connections / proxy->options.threads, NULL};
    if (proxy->tls_certificate) {
        more[count++] =
            (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0, proxy->tls_certificate};
        more[count++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, proxy->tls_key};
    }
    more[count] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (proxy->tls_certificate ? MHD_USE_TLS : 0), 0,
        NULL, NULL, serve, loop, MHD_OPTION_LISTEN_SOCKET, (MHD_socket)listener,
        MHD_OPTION_URI_LOG_CALLBACK, line_came, loop, MHD_OPTION_NOTIFY_CONNECTION,
        connection_changed, loop, MHD_OPTION_NOTIFY_COMPLETED, client_done, loop,
        MHD_OPTION_UNESCAPE_CALLBACK, decode_nothing, loop, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY, MHD_OPTION_ARRAY, more, MHD_OPTION_END);
}
