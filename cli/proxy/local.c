// Answers that the proxy gives by itself.

#include "cli/proxy/local.h"

#include "cli/proxy/metrics.h"
#include "core/reply.h"

#include <stdlib.h>
#include <string.h>

#define PREFIX "/_vespa/"

// Takes text over.
static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, const char *type,
                              char *text)
{
    struct MHD_Response *response =
        text ? MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE) : NULL;
    if (!response) {
        free(text);
        return MHD_NO;
    }
    MHD_add_response_header(response, "Content-Type", type);
    MHD_add_response_header(response, "Cache-Control", "no-store");
    if (status == MHD_HTTP_UNAUTHORIZED)
        MHD_add_response_header(response, "WWW-Authenticate", "Bearer");
    enum MHD_Result queued = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return queued;
}

enum MHD_Result vespa_proxy_error(struct MHD_Connection *connection, int status, const char *code,
                                  const char *message)
{
    const struct vespa_reply_words words = {
        .status = status, .code = code, .message = vespa_slice_of(message)};
    struct vespa_reply_memory memory = {0};
    struct vespa_reply reply;
    vespa_reply_make(&words, &memory, &reply);
    char *text = vespa_slice_copy(reply.body);
    vespa_reply_free(&memory);
    return answer(connection, (unsigned)status, "application/json", text);
}

enum MHD_Result vespa_proxy_refuse(struct MHD_Connection *connection,
                                   enum vespa_proxy_verdict verdict)
{
    switch (verdict) {
    case VESPA_PROXY_WRONG_HOST:
        return vespa_proxy_error(
            connection, MHD_HTTP_MISDIRECTED_REQUEST, "wrong_host",
            "The Host header names neither an address of this machine nor a host of the "
            "configuration. If clients reach this proxy by another name, start it with "
            "--host-header-allow NAME.");
    case VESPA_PROXY_FROM_A_PAGE:
        return vespa_proxy_error(
            connection, MHD_HTTP_FORBIDDEN, "web_page",
            "The request comes from a web page (Origin, Sec-Fetch-Site), and those may not spend "
            "what this proxy's requests cost. To allow a page, start it with --cors ORIGIN.");
    case VESPA_PROXY_NO_TOKEN:
    case VESPA_PROXY_WELCOME:
        break;
    }
    return vespa_proxy_error(
        connection, MHD_HTTP_UNAUTHORIZED, "wrong_token",
        "This proxy wants \"Authorization: Bearer TOKEN\" with the token of its "
        "--auth-token-file.");
}

bool vespa_proxy_is_local(const char *target)
{
    return strncmp(target, PREFIX, strlen(PREFIX)) == 0;
}

static bool names(const char *target, const char *name)
{
    const char *rest = target + strlen(PREFIX);
    size_t length = strlen(name);
    return strncmp(rest, name, length) == 0 && (!rest[length] || rest[length] == '?');
}

static enum MHD_Result answer_ready(struct vespa_metrics *metrics,
                                    struct MHD_Connection *connection)
{
    if (vespa_metrics_is_ready(metrics))
        return answer(connection, MHD_HTTP_OK, "text/plain", strdup("ready\n"));
    return vespa_proxy_error(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "not_ready",
                             "No worker was assigned in the last five minutes, though requests "
                             "have asked for one.");
}

enum MHD_Result vespa_proxy_local(struct vespa_metrics *metrics, struct MHD_Connection *connection,
                                  const char *target, const char *method)
{
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        return vespa_proxy_error(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "method_not_allowed",
                                 "What is under " PREFIX " is read by GET.");
    if (names(target, "health"))
        return answer(connection, MHD_HTTP_OK, "text/plain", strdup("ok\n"));
    if (names(target, "ready"))
        return answer_ready(metrics, connection);
    if (names(target, "metrics"))
        return answer(connection, MHD_HTTP_OK, "text/plain; version=0.0.4",
                      vespa_metrics_text(metrics));
    return vespa_proxy_error(connection, MHD_HTTP_NOT_FOUND, "not_found",
                             "Under " PREFIX " there are health, ready and metrics.");
}

// ---- web pages ----

static const char *origin_of(struct MHD_Connection *connection)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Origin");
}

bool vespa_proxy_is_preflight(const struct vespa_proxy_guard *guard,
                              struct MHD_Connection *connection, const char *method)
{
    const char *origin = origin_of(connection);
    return strcmp(method, "OPTIONS") == 0 && origin &&
           MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
                                       "Access-Control-Request-Method") &&
           vespa_proxy_guard_allows_origin(guard, vespa_slice_of(origin));
}

enum MHD_Result vespa_proxy_preflight(struct MHD_Connection *connection)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    const char *headers =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Access-Control-Request-Headers");
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, "Access-Control-Allow-Origin", origin_of(connection));
    MHD_add_response_header(response, "Access-Control-Allow-Methods",
                            "GET, HEAD, POST, PUT, PATCH, DELETE");
    if (headers)
        MHD_add_response_header(response, "Access-Control-Allow-Headers", headers);
    MHD_add_response_header(response, "Access-Control-Max-Age", "600");
    MHD_add_response_header(response, "Vary", "Origin");
    enum MHD_Result queued = MHD_queue_response(connection, MHD_HTTP_NO_CONTENT, response);
    MHD_destroy_response(response);
    return queued;
}

void vespa_proxy_allow_page(struct MHD_Response *response, const struct vespa_proxy_guard *guard,
                            struct MHD_Connection *connection)
{
    const char *origin = origin_of(connection);
    if (!origin || !vespa_proxy_guard_allows_origin(guard, vespa_slice_of(origin)))
        return;
    MHD_add_response_header(response, "Access-Control-Allow-Origin", origin);
    MHD_add_response_header(response, "Access-Control-Expose-Headers", "*");
    MHD_add_response_header(response, "Vary", "Origin");
}
