// A client's request on its way in.

#include "cli/proxy/request.h"

#include "cli/proxy/route.h"

#include <stdlib.h>
#include <string.h>

// "http://host/path", as clients write it to what they hold to be a proxy.
static void split_url(struct vespa_proxy_request *request)
{
    static const struct vespa_slice scheme = VESPA_LITERAL("http://");
    struct vespa_slice line = vespa_slice_of(request->line);
    if (line.length < scheme.length ||
        !vespa_slice_equal_nocase(vespa_slice_part(line, 0, scheme.length), scheme))
        return;
    struct vespa_slice rest = vespa_slice_part(line, scheme.length, line.length);
    size_t end = vespa_slice_find(rest, '/');
    request->host = vespa_slice_part(rest, 0, end);
    request->target = end < rest.length ? rest.data + end : "/";
}

void vespa_proxy_request_open(struct vespa_proxy_request *request, char *line, size_t body_limit)
{
    *request = (struct vespa_proxy_request){.line = line, .target = line, .body_limit = body_limit};
    vespa_payload_init(&request->payload);
    split_url(request);
}

struct vespa_slice vespa_proxy_request_host(const struct vespa_proxy_request *request,
                                            struct MHD_Connection *connection)
{
    if (request->host.length)
        return request->host;
    return vespa_slice_of(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host"));
}

void vespa_proxy_request_close(struct vespa_proxy_request *request)
{
    free(request->line);
    free(request->method);
    vespa_buffer_free(&request->body);
}

static void mark_too_large(struct vespa_proxy_request *request)
{
    request->too_large = true;
    vespa_buffer_free(&request->body);
}

// Room for all of a body whose length is announced; once, so that it never has to move.
bool vespa_proxy_request_begin(struct vespa_proxy_request *request,
                               struct MHD_Connection *connection, const char *method)
{
    const char *length = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length");
    unsigned long long announced = length ? strtoull(length, NULL, 10) : 0;
    request->method = strdup(method);
    if (announced > request->body_limit)
        mark_too_large(request);
    else if (announced && !vespa_buffer_reserve(&request->body, (size_t)announced))
        return false;
    return request->method != NULL;
}

void vespa_proxy_request_add(struct vespa_proxy_request *request, struct vespa_slice bytes)
{
    if (request->too_large)
        return;
    if (request->body.length + bytes.length > request->body_limit) {
        mark_too_large(request);
        return;
    }
    vespa_buffer_append(&request->body, bytes);
    if (!request->body.failed)
        vespa_payload_scan(&request->payload, vespa_buffer_slice(&request->body), false);
}

// ---- handing over ----

struct headers {
    struct vespa_header *items;
    size_t count;
    size_t room;
};

static enum MHD_Result add_header(void *context, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    struct headers *headers = context;
    (void)kind;
    if (headers->count == headers->room)
        return MHD_NO;
    headers->items[headers->count++] =
        (struct vespa_header){vespa_slice_of(name), vespa_slice_of(value)};
    return MHD_YES;
}

static bool read_headers(struct MHD_Connection *connection, struct headers *headers)
{
    int count = MHD_get_connection_values(connection, MHD_HEADER_KIND, NULL, NULL);
    headers->room = count > 0 ? (size_t)count : 0;
    headers->items = calloc(headers->room + 1, sizeof *headers->items);
    if (!headers->items)
        return false;
    MHD_get_connection_values(connection, MHD_HEADER_KIND, add_header, headers);
    return true;
}

// The URL that the client has meant: with a name of its own choice for this proxy.
static void write_url(const struct vespa_proxy_request *request, struct MHD_Connection *connection,
                      struct vespa_buffer *url)
{
    struct vespa_slice host = vespa_proxy_request_host(request, connection);
    vespa_buffer_append_string(url, "http://");
    vespa_buffer_append(url, host.length ? host : VESPA_LITERAL("localhost"));
    if (*request->target == '/') // what is none of a URL's is refused as the request's target
        vespa_buffer_append_string(url, request->target);
}

static enum vespa_body body_kind(const struct vespa_proxy_request *request)
{
    if (request->too_large)
        return VESPA_BODY_TOO_LARGE;
    return request->body.length ? VESPA_BODY_BYTES : VESPA_BODY_NONE;
}

struct vespa_job *vespa_proxy_request_start(struct vespa_proxy_request *request,
                                            struct MHD_Connection *connection,
                                            struct vespa_engine *engine,
                                            struct vespa_runtime *runtime, uint32_t timeout_ms,
                                            const struct vespa_job_handler *handler)
{
    struct vespa_job *job = NULL;
    struct vespa_buffer url = {0};
    struct headers headers = {0};
    struct vespa_slice body = vespa_buffer_slice(&request->body);
    write_url(request, connection, &url);
    if (!url.failed && !request->body.failed && read_headers(connection, &headers)) {
        struct vespa_request described = {
            .method = vespa_slice_of(request->method),
            .url = vespa_buffer_slice(&url),
            .target = vespa_slice_of(request->target),
            .headers = headers.items,
            .header_count = headers.count,
            .body_kind = body_kind(request),
            .body = body,
        };
        described.match = vespa_proxy_route(vespa_runtime_config(runtime), described.url,
                                            vespa_slice_of(request->target), &described.rule);
        request->rule = described.rule;
        if (body.length) {
            vespa_payload_scan(&request->payload, body, true);
            described.payload = &request->payload;
        }
        job = vespa_job_new(engine, runtime, &described, timeout_ms, handler);
    }
    vespa_buffer_free(&url);
    free(headers.items);
    return job;
}
