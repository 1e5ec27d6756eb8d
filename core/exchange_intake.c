/*
 * The application's request: checked, and copied as it will go to each worker. What is wrong with
 * it is found before anything is sent anywhere (design.md §4).
 */
#include "core/exchange_private.h"

#include "core/envelope.h"
#include "core/header_rules.h"
#include "core/query_rules.h"
#include "core/token.h"
#include "core/workload.h"

#include <stdlib.h>

static bool method_is(const struct vespa_request *request, const char *method)
{
    return vespa_slice_equal(request->method, vespa_slice_of(method));
}

/* ---- method and rule ------------------------------------------------------------------------- */

static bool take_method(struct vespa_exchange *exchange, const struct vespa_request *request)
{
    struct vespa_buffer *method = &exchange->intake.method;

    vespa_buffer_reserve(method, 0); /* an empty one is a string too */
    vespa_buffer_append(method, request->method);
    if (method->failed)
        return false;
    if (!vespa_is_token(request->method))
        vespa_exchange_refuse(exchange, 400, "invalid_request",
                              "The request's method is not a token of letters and digits.");
    else if (method_is(request, "CONNECT") || method_is(request, "TRACE"))
        vespa_exchange_refuse(exchange, 405, "method_not_allowed",
                              "%s cannot be sent to a serverless endpoint.", method->data);
    return true;
}

/* "a, b": the endpoints that are configured. */
static bool list_endpoints(const struct vespa_exchange *exchange, struct vespa_buffer *out)
{
    const struct vespa_config *config = vespa_runtime_config(exchange->runtime);

    for (size_t i = 0; i < config->rule_count; i++) {
        if (!config->rules[i].endpoint)
            continue;
        if (out->length)
            vespa_buffer_append_string(out, ", ");
        vespa_buffer_append_string(out, config->rules[i].endpoint);
    }
    return !out->failed;
}

static bool refuse_unknown_endpoint(struct vespa_exchange *exchange)
{
    struct vespa_buffer names = {0};
    bool listed = list_endpoints(exchange, &names);

    if (listed)
        vespa_exchange_refuse(
            exchange, 404, "unknown_endpoint",
            "No endpoint of that name is configured: NAME." VESPA_DEFAULT_HOST
            " may be one of: %.*s (VAST_ENDPOINT).",
            VESPA_SHOWN(names.length ? vespa_buffer_slice(&names) : VESPA_LITERAL("none")));
    vespa_buffer_free(&names);
    return listed;
}

/* For the log line of a refusal: what the request is for is otherwise taken after its rule. */
static void keep_path(struct vespa_intake *intake, const struct vespa_request *request)
{
    struct vespa_url url;

    if (!vespa_url_parse(request->url, &url))
        return;
    vespa_buffer_append(&intake->target, url.path.length ? url.path : VESPA_LITERAL("/"));
    intake->path_length = intake->target.length;
}

static bool check_rule(struct vespa_exchange *exchange, const struct vespa_request *request)
{
    const struct vespa_rule *rule = request->rule;

    if (request->match == VESPA_UNKNOWN_ENDPOINT || request->match == VESPA_AMBIGUOUS || !rule ||
        rule->problem)
        keep_path(&exchange->intake, request);
    if (request->match == VESPA_UNKNOWN_ENDPOINT)
        return refuse_unknown_endpoint(exchange);
    if (request->match == VESPA_AMBIGUOUS)
        vespa_exchange_refuse(exchange, 500, "configuration",
                              "The configuration is ambiguous: two endpoints have names that "
                              "differ only in upper and lower case, so a host cannot name one.");
    else if (!rule)
        vespa_exchange_refuse(exchange, 500, "configuration", "No rule is for this request.");
    else if (rule->problem)
        vespa_exchange_refuse(exchange, 500, "configuration", "vespa is not configured: %s",
                              rule->problem);
    return true;
}

/* ---- where to -------------------------------------------------------------------------------- */

/* Keeps scheme, host and port of the application's URL, and nothing of its userinfo or query. */
static bool keep_origin(struct vespa_intake *intake, const struct vespa_url *url)
{
    struct vespa_buffer *origin = &intake->origin;
    size_t scheme = url->scheme.length;

    vespa_buffer_append(origin, url->scheme);
    vespa_buffer_append(origin, url->host);
    if (origin->failed)
        return false;
    intake->own.scheme = vespa_slice(origin->data, scheme);
    intake->own.host = vespa_slice(origin->data + scheme, url->host.length);
    intake->own.port = url->port;
    return true;
}

/* What may follow the worker's address in a URL: nothing that ends a line or begins another part.
 */
static bool is_target(struct vespa_slice target)
{
    for (size_t i = 0; i < target.length; i++)
        if ((unsigned char)target.data[i] <= ' ' || target.data[i] == 0x7F || target.data[i] == '#')
            return false;
    return target.length && target.data[0] == '/';
}

/* Writes path and query without the parameters that must not go to a worker. */
static bool keep_target(struct vespa_exchange *exchange, struct vespa_slice path, bool has_query,
                        struct vespa_slice query)
{
    struct vespa_intake *intake = &exchange->intake;

    vespa_buffer_append(&intake->target, path.length ? path : VESPA_LITERAL("/"));
    intake->path_length = intake->target.length;
    if (has_query) {
        vespa_buffer_append_byte(&intake->target, '?');
        size_t dropped = vespa_query_filter(exchange->rule, query, &intake->target);
        intake->has_query = true;
        if (dropped && intake->target.length == intake->path_length + 1) {
            intake->target.length--;
            intake->has_query = false;
        }
        if (dropped)
            vespa_exchange_log(exchange, VESPA_LOG_INFO,
                               "query parameters with a credential's name that stay here: %zu",
                               dropped);
    }
    if (intake->target.failed)
        intake->path_length = 0;
    return !intake->target.failed;
}

static void refuse_reserved(struct vespa_exchange *exchange, const char *where)
{
    vespa_exchange_refuse(exchange, 400, "invalid_request",
                          "%s of the request has one of the names serverless_cost, _endpoint, "
                          "_reqnum, _request_idx, _signature and _url, which are reserved for the "
                          "worker's assignment.",
                          where);
}

static bool take_target(struct vespa_exchange *exchange, const struct vespa_request *request)
{
    struct vespa_slice target = request->target;
    struct vespa_url url;

    if (!vespa_url_parse(request->url, &url)) {
        vespa_exchange_refuse(exchange, 400, "invalid_request",
                              "The request's URL cannot be read: expected http or https, a host, "
                              "and no spaces or control characters.");
        return true;
    }
    if (!keep_origin(&exchange->intake, &url))
        return false;
    if (target.length && !is_target(target)) {
        vespa_exchange_refuse(exchange, 400, "invalid_request",
                              "The request's target must begin with '/' and hold no spaces, "
                              "control characters or '#'.");
        return true;
    }
    if (target.length) {
        size_t mark = vespa_slice_find(target, '?');
        url.path = vespa_slice_part(target, 0, mark);
        url.has_query = mark < target.length;
        url.query = vespa_slice_part(target, url.has_query ? mark + 1 : mark, target.length);
    }
    if (!keep_target(exchange, url.path, url.has_query, url.query))
        return false;
    if (vespa_query_is_reserved(url.query))
        refuse_reserved(exchange, "A query parameter");
    return true;
}

/* ---- the body -------------------------------------------------------------------------------- */

static void refuse_too_large(struct vespa_exchange *exchange)
{
    vespa_exchange_refuse(exchange, 413, "body_too_large",
                          "The body is larger than the %zu bytes that are collected for a "
                          "request.",
                          vespa_runtime_config(exchange->runtime)->body_limit);
}

static bool check_body_kind(struct vespa_exchange *exchange, const struct vespa_request *request)
{
    struct vespa_slice type = vespa_exchange_form_type(request);

    if (type.length)
        return vespa_exchange_take_form(exchange, request, type);
    if (request->body_kind == VESPA_BODY_TOO_LARGE)
        refuse_too_large(exchange);
    return true;
}

/* Methods whose request carries the assignment in its query (protocol.md §4). Another method does
 * so when it has no body, except those that always have one. */
static bool is_query_form(const struct vespa_request *request, bool has_bytes)
{
    if (method_is(request, "GET") || method_is(request, "HEAD") || method_is(request, "DELETE"))
        return true;
    return !has_bytes && !method_is(request, "POST") && !method_is(request, "PUT") &&
           !method_is(request, "PATCH");
}

/* The members of a bodied GET, HEAD or DELETE become query parameters (protocol.md §4). */
static bool take_members(struct vespa_exchange *exchange, struct vespa_slice body)
{
    struct vespa_intake *intake = &exchange->intake;
    struct vespa_buffer members = {0};

    vespa_envelope_members(body, &members);
    bool whole = !members.failed;
    if (whole && vespa_query_is_reserved(vespa_buffer_slice(&members))) {
        refuse_reserved(exchange, "A member of the body");
    } else if (whole && members.length) {
        vespa_buffer_append_byte(&intake->target, intake->has_query ? '&' : '?');
        vespa_buffer_append(&intake->target, vespa_buffer_slice(&members));
        intake->has_query = true;
        whole = !intake->target.failed;
    }
    vespa_buffer_free(&members);
    return whole;
}

static bool keep_body(struct vespa_exchange *exchange, const struct vespa_request *request,
                      struct vespa_slice body, bool is_object)
{
    struct vespa_intake *intake = &exchange->intake;

    if (!is_query_form(request, body.length > 0)) {
        intake->has_body = true;
        intake->body = body.length ? body : VESPA_LITERAL(VESPA_ENVELOPE_EMPTY);
        return true;
    }
    if (!body.length)
        return true;
    if (is_object)
        return take_members(exchange, body);
    vespa_exchange_refuse(exchange, 400, "invalid_request",
                          "The body of a %s request must be a JSON object: its members are sent "
                          "to the worker as query parameters.",
                          intake->method.data);
    return true;
}

static bool take_cost(struct vespa_exchange *exchange, const struct vespa_request *request,
                      struct vespa_slice detected)
{
    struct vespa_slice cost;

    if (!vespa_workload_choose(request->headers, request->header_count, request->rule, detected,
                               &cost)) {
        vespa_exchange_refuse(exchange, 400, "invalid_request",
                              "The header " VESPA_WORKLOAD_HEADER " is '%.*s': expected a number "
                              "above zero, such as 250 or 0.5.",
                              VESPA_SHOWN(cost));
        return true;
    }
    vespa_buffer_append(&exchange->intake.cost, cost);
    return !exchange->intake.cost.failed;
}

static bool take_body(struct vespa_exchange *exchange, const struct vespa_request *request)
{
    struct vespa_slice body =
        request->body_kind == VESPA_BODY_BYTES ? request->body : vespa_slice(NULL, 0);
    const struct vespa_payload *payload = request->payload;
    struct vespa_payload own;

    if (exchange->intake.translated.length) {
        body = vespa_buffer_slice(&exchange->intake.translated);
        payload = NULL;
    }
    if (!body.length) {
        if (!take_cost(exchange, request, vespa_slice(NULL, 0)))
            return false;
        return exchange->refused || keep_body(exchange, request, body, false);
    }
    if (!payload || payload->status == VESPA_PAYLOAD_MORE) {
        vespa_payload_init(&own);
        vespa_payload_scan(&own, body, true);
        payload = &own;
    }
    if (payload->status == VESPA_PAYLOAD_INVALID) {
        vespa_exchange_refuse(exchange, 400, "invalid_json",
                              "The body is not JSON: expected %s at byte %zu of %zu.",
                              payload->json.expected, payload->json.error_offset, body.length);
        return true;
    }
    if (!take_cost(exchange, request, payload->cost))
        return false;
    return exchange->refused || keep_body(exchange, request, body, payload->is_object);
}

/* ---- headers --------------------------------------------------------------------------------- */

/* There is room for it, so that what was copied before stays where it is. */
static struct vespa_slice copy_to(struct vespa_buffer *to, struct vespa_slice text)
{
    size_t at = to->length;
    vespa_buffer_append(to, text);
    return vespa_slice(to->data + at, text.length);
}

static bool reserve_headers(struct vespa_intake *intake, size_t count, size_t bytes)
{
    if (!vespa_buffer_reserve(&intake->header_text, bytes))
        return false;
    if (count <= intake->header_room)
        return true;
    struct vespa_header *larger = realloc(intake->headers, count * sizeof(*larger));
    if (!larger)
        return false;
    intake->headers = larger;
    intake->header_room = count;
    return true;
}

static bool passes(const struct vespa_exchange *exchange, const struct vespa_request *request,
                   struct vespa_slice name)
{
    return request->headers_named ? vespa_header_may_pass(name)
                                  : vespa_header_passes(exchange->rule, name);
}

/* Counts what passes. False: one of them could not be written as one line, and was refused. */
static bool count_headers(struct vespa_exchange *exchange, const struct vespa_request *request,
                          size_t *count, size_t *bytes)
{
    *count = *bytes = 0;
    for (size_t i = 0; i < request->header_count; i++) {
        struct vespa_header header = request->headers[i];
        if (!passes(exchange, request, header.name))
            continue;
        if (!vespa_header_is_well_formed(header)) {
            vespa_exchange_refuse(exchange, 400, "invalid_request",
                                  "The header %.*s holds a line break or a zero byte.",
                                  VESPA_SHOWN(header.name));
            return false;
        }
        *count += 1;
        *bytes += header.name.length + header.value.length;
    }
    return true;
}

static bool take_headers(struct vespa_exchange *exchange, const struct vespa_request *request)
{
    struct vespa_intake *intake = &exchange->intake;
    size_t count, bytes;

    if (!count_headers(exchange, request, &count, &bytes))
        return true;
    if (!reserve_headers(intake, count + 1, bytes))
        return false;
    for (size_t i = 0; i < request->header_count; i++) {
        struct vespa_header header = request->headers[i];
        if (!passes(exchange, request, header.name))
            continue;
        struct vespa_header *copy = &intake->headers[intake->header_count++];
        copy->name = copy_to(&intake->header_text, header.name);
        copy->value = copy_to(&intake->header_text, header.value);
    }
    if (intake->has_body)
        intake->headers[intake->header_count++] =
            (struct vespa_header){VESPA_LITERAL("Content-Type"), VESPA_LITERAL("application/json")};
    return true;
}

/* ---------------------------------------------------------------------------------------------- */

/* A request that no rule is for. */
static bool let_pass(struct vespa_exchange *exchange, const struct vespa_request *request)
{
    if (!take_method(exchange, request))
        return false;
    keep_path(&exchange->intake, request);
    if (request->body_kind == VESPA_BODY_TOO_LARGE)
        refuse_too_large(exchange);
    else if (!exchange->refused)
        vespa_exchange_begin_origin(exchange);
    return true;
}

bool vespa_exchange_take(struct vespa_exchange *exchange, const struct vespa_request *request)
{
    static bool (*const parts[])(struct vespa_exchange *, const struct vespa_request *) = {
        take_method, check_rule, take_target, check_body_kind, take_body, take_headers};

    if (request->match == VESPA_NOT_OURS)
        return let_pass(exchange, request);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && !exchange->refused; i++)
        if (!parts[i](exchange, request))
            return false;
    return true;
}

void vespa_intake_reset(struct vespa_intake *intake)
{
    vespa_buffer_free(&intake->translated);
    *intake = (struct vespa_intake){
        .method = vespa_spare_buffer(&intake->method),
        .target = vespa_spare_buffer(&intake->target),
        .origin = vespa_spare_buffer(&intake->origin),
        .headers = intake->headers,
        .header_room = intake->header_room,
        .header_text = vespa_spare_buffer(&intake->header_text),
        .cost = vespa_spare_buffer(&intake->cost),
    };
}

void vespa_intake_free(struct vespa_intake *intake)
{
    vespa_buffer_free(&intake->method);
    vespa_buffer_free(&intake->target);
    vespa_buffer_free(&intake->origin);
    free(intake->headers);
    vespa_buffer_free(&intake->header_text);
    vespa_buffer_free(&intake->cost);
    vespa_buffer_free(&intake->translated);
}
