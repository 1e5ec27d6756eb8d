/*
 * Requests of an application on their way to a worker: whatever they are, they are refused with an
 * answer that parses, or sent so that the envelope parses, the application's bytes are in it
 * untouched, and no header goes along that the allow-list does not name.
 *
 * An input is METHOD, TARGET, HEADERS and BODY, with the byte 1E between them; a header is NAME,
 * the byte 1F, VALUE, with 1F between headers too. A target that begins with '=' is a request
 * target of its own (without the '='), any other is put behind the host in the URL.
 */
#include "core/header_rules.h"
#include "core/query_rules.h"
#include "exchange_rig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOST   "http://my-endpoint.vespa.internal"
#define WORKER "https://44.20.1.7:8001"
#define ASSIGNMENT                                                                       \
    "{\"endpoint\":\"my-endpoint\",\"url\":\"" WORKER "\",\"cost\":242.0,\"reqnum\":91," \
    "\"request_idx\":2421,\"signature\":\"c2ln+/c=\"}"
#define SIX                                                                      \
    "serverless_cost=242.0&serverless_endpoint=my-endpoint&serverless_reqnum=91" \
    "&serverless_request_idx=2421&serverless_signature=c2ln%2B%2Fc%3D"           \
    "&serverless_url=https%3A%2F%2F44.20.1.7%3A8001"

enum { MOST_HEADERS = 16 };

static struct vespa_slice cut(struct vespa_slice *rest, char separator)
{
    size_t end = vespa_slice_find(*rest, separator);
    struct vespa_slice part = vespa_slice_part(*rest, 0, end);
    *rest = vespa_slice_part(*rest, end < rest->length ? end + 1 : end, rest->length);
    return part;
}

static void check_headers(const struct vespa_send *send)
{
    for (size_t i = 0; i < send->header_count; i++) {
        struct vespa_header header = send->headers[i];
        REQUIRE(vespa_header_is_well_formed(header));
        bool ours = send->has_body && i == send->header_count - 1;
        if (ours)
            REQUIRE(vespa_slice_equal(header.name, VESPA_LITERAL("Content-Type")));
        else
            REQUIRE(vespa_header_passes(rig_rule(), header.name));
    }
}

/* The assignment is in a request without body, once and at the end, and nowhere else. */
static void check_url(const struct vespa_send *send)
{
    struct vespa_slice url = vespa_slice_of(send->url);
    struct vespa_slice worker = VESPA_LITERAL(WORKER "/");

    REQUIRE(vespa_slice_starts_with(url, worker));
    REQUIRE(vespa_slice_find(url, '#') == url.length);
    if (!send->has_body) {
        size_t own = url.length - strlen(SIX);
        REQUIRE(url.length > worker.length + strlen(SIX));
        REQUIRE(strcmp(send->url + own, SIX) == 0);
        REQUIRE(send->url[own - 1] == '?' || send->url[own - 1] == '&');
        url.length = own - 1;
    }
    size_t mark = vespa_slice_find(url, '?');
    if (mark < url.length)
        REQUIRE(!vespa_query_is_reserved(vespa_slice_part(url, mark + 1, url.length)));
}

static void check_worker_leg(struct vespa_exchange *exchange, const struct vespa_request *request)
{
    vespa_exchange_called(exchange, 1000, 200, VESPA_LITERAL(ASSIGNMENT));
    const struct vespa_step *step = vespa_exchange_next(exchange, 1000);
    REQUIRE(step->kind == VESPA_SEND);
    check_send(&step->send);
    check_headers(&step->send);
    check_url(&step->send);
    REQUIRE(vespa_slice_equal(vespa_slice_of(step->send.method), request->method));
    if (!step->send.has_body)
        return;
    if (request->body.length)
        REQUIRE(step->send.segments[1].data == request->body.data &&
                step->send.segments[1].length == request->body.length);
    else
        REQUIRE(vespa_slice_equal(step->send.segments[1], VESPA_LITERAL("{}")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vespa_slice rest = vespa_slice((const char *)data, size);
    struct vespa_header headers[MOST_HEADERS];
    struct vespa_buffer url = {0};
    struct vespa_request request = {
        .match = VESPA_OURS, .rule = rig_rule(), .method = cut(&rest, 0x1E), .headers = headers};
    struct vespa_slice target = cut(&rest, 0x1E);
    struct vespa_slice list = cut(&rest, 0x1E);

    vespa_buffer_append_string(&url, HOST);
    if (target.length && target.data[0] == '=')
        request.target = vespa_slice_part(target, 1, target.length);
    else
        vespa_buffer_append(&url, target);
    request.url = vespa_buffer_slice(&url);
    while (list.length && request.header_count < MOST_HEADERS) {
        headers[request.header_count].name = cut(&list, 0x1F);
        headers[request.header_count++].value = cut(&list, 0x1F);
    }
    request.body_kind = rest.length ? VESPA_BODY_BYTES : VESPA_BODY_NONE;
    request.body = rest;

    struct vespa_exchange *exchange = vespa_exchange_new(rig_runtime(), &request, 1000);
    REQUIRE(exchange);
    const struct vespa_step *step = vespa_exchange_next(exchange, 1000);
    if (step->kind == VESPA_REPLY) {
        check_reply(&step->reply);
    } else {
        REQUIRE(step->kind == VESPA_CALL);
        check_call(&step->call);
        check_worker_leg(exchange, &request);
    }
    vespa_exchange_free(exchange);
    vespa_buffer_free(&url);
    return 0;
}
