// Where a client's request was aimed.

#include "cli/proxy/origin.h"

#include "core/host_list.h"
#include "core/match.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

// ---- loops ----

void vespa_proxy_make_via(char via[static VESPA_PROXY_VIA_SIZE])
{
    unsigned long long number;
    if (getrandom(&number, sizeof number, 0) != sizeof number)
        number = (unsigned long long)getpid();
    snprintf(via, VESPA_PROXY_VIA_SIZE, "1.1 vespa-%016llx", number);
}

struct search {
    const char *via;
    bool found;
};

static enum MHD_Result look_for_via(void *context, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
    struct search *search = context;
    struct vespa_slice rest = vespa_slice_of(value), entry;
    (void)kind;
    while (vespa_slice_equal_nocase(vespa_slice_of(name), VESPA_LITERAL("Via")) &&
           vespa_list_next(&rest, &entry))
        search->found |= vespa_slice_equal(entry, vespa_slice_of(search->via));
    return search->found ? MHD_NO : MHD_YES;
}

bool vespa_proxy_is_loop(struct MHD_Connection *connection, const char *via)
{
    struct search search = {.via = via};
    MHD_get_connection_values(connection, MHD_HEADER_KIND, look_for_via, &search);
    return search.found;
}

// ---- headers ----

struct copying {
    struct vespa_proxy_origin *origin;
    size_t room;
    bool has_token; // Authorization is for this proxy
};

// What belongs to the client's connection (RFC 9110 §7.6.1), and what libcurl writes itself.
static bool is_of_connection(struct vespa_slice name)
{
    static const struct vespa_slice names[] = {
        VESPA_LITERAL("Connection"),
        VESPA_LITERAL("Content-Length"),
        VESPA_LITERAL("Expect"),
        VESPA_LITERAL("Host"),
        VESPA_LITERAL("Keep-Alive"),
        VESPA_LITERAL("Proxy-Authenticate"),
        VESPA_LITERAL("Proxy-Authorization"),
        VESPA_LITERAL("Proxy-Connection"),
        VESPA_LITERAL("TE"),
        VESPA_LITERAL("Trailer"),
        VESPA_LITERAL("Transfer-Encoding"),
        VESPA_LITERAL("Upgrade"),
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (vespa_slice_equal_nocase(name, names[i]))
            return true;
    return false;
}

static enum MHD_Result copy_header(void *context, enum MHD_ValueKind kind, const char *name,
                                   const char *value)
{
    struct copying *copying = context;
    struct vespa_slice own = vespa_slice_of(name);
    (void)kind;
    if (is_of_connection(own) ||
        (copying->has_token && vespa_slice_equal_nocase(own, VESPA_LITERAL("Authorization"))))
        return MHD_YES;
    if (copying->origin->header_count == copying->room)
        return MHD_NO;
    copying->origin->headers[copying->origin->header_count++] =
        (struct vespa_header){own, vespa_slice_of(value)};
    return MHD_YES;
}

static bool copy_headers(struct vespa_proxy_origin *origin, struct MHD_Connection *connection,
                         bool has_token, const char *via)
{
    int count = MHD_get_connection_values(connection, MHD_HEADER_KIND, NULL, NULL);
    struct copying copying = {
        .origin = origin, .room = count > 0 ? (size_t)count : 0, .has_token = has_token};
    origin->headers = calloc(copying.room + 1, sizeof *origin->headers);
    if (!origin->headers)
        return false;
    MHD_get_connection_values(connection, MHD_HEADER_KIND, copy_header, &copying);
    origin->headers[origin->header_count++] =
        (struct vespa_header){VESPA_LITERAL("Via"), vespa_slice_of(via)};
    return true;
}

// ---- the request ----

static bool write_url(struct vespa_proxy_origin *origin, const struct vespa_proxy_request *request,
                      struct vespa_slice host)
{
    vespa_buffer_append_string(&origin->url, request->host.length ? "http://" : "https://");
    vespa_buffer_append(&origin->url, host);
    vespa_buffer_append_string(&origin->url, request->target);
    return !origin->url.failed;
}

// Whether the host that was named is one of the rule's, or one of those whose other paths are some
// rule's.
static bool is_of_rule(const struct vespa_proxy_origin *origin,
                       const struct vespa_proxy_request *request, const struct vespa_config *config)
{
    const struct vespa_rule *rule = NULL;
    struct vespa_slice url = vespa_buffer_slice(&origin->url);
    if (!request->rule)
        return vespa_match_names_host(config, url);
    return vespa_match_url(config, url, &rule) == VESPA_OURS && rule == request->rule;
}

static bool takes_body(const char *method)
{
    return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
           strcmp(method, "PATCH") == 0;
}

bool vespa_proxy_origin_describe(struct vespa_proxy_origin *origin,
                                 const struct vespa_proxy_request *request,
                                 struct MHD_Connection *connection,
                                 const struct vespa_config *config,
                                 const struct vespa_proxy_guard *guard, const char *via,
                                 struct vespa_send *send)
{
    struct vespa_slice host = vespa_proxy_request_host(request, connection);
    struct vespa_slice body = vespa_buffer_slice(&request->body);
    if (!host.length || !write_url(origin, request, host) || !is_of_rule(origin, request, config) ||
        !copy_headers(origin, connection, guard->token != NULL, via))
        return false;
    *send = (struct vespa_send){
        .method = request->method,
        .url = origin->url.data,
        .headers = origin->headers,
        .header_count = origin->header_count,
        .has_body = body.length || takes_body(request->method),
        .segments = {{NULL, 0}, body, {NULL, 0}},
        .body_length = body.length,
    };
    return true;
}

void vespa_proxy_origin_free(struct vespa_proxy_origin *origin)
{
    vespa_buffer_free(&origin->url);
    free(origin->headers);
    *origin = (struct vespa_proxy_origin){0};
}
