/* The request on its way to a worker (protocol.md §4). */
#include "core/exchange_private.h"

#include "core/envelope.h"

static bool wants_root(const struct vespa_exchange *exchange)
{
    return exchange->rule->own_root &&
           vespa_slice_equal_nocase(
               vespa_slice_part(exchange->worker, 0, vespa_slice_find(exchange->worker, ':')),
               VESPA_LITERAL("https"));
}

bool vespa_exchange_lacks_root(const struct vespa_exchange *exchange)
{
    return wants_root(exchange) && !vespa_runtime_root(exchange->runtime).length;
}

/* Worker, path and query; without a body the assignment too. */
static void write_url(struct vespa_exchange *exchange)
{
    const struct vespa_intake *intake = &exchange->intake;
    struct vespa_buffer *url = &exchange->memory.url;

    vespa_buffer_reset(url);
    vespa_buffer_append(url, exchange->worker);
    vespa_buffer_append(url, vespa_buffer_slice(&intake->target));
    if (intake->has_body)
        return;
    vespa_buffer_append_byte(url, intake->has_query ? '&' : '?');
    vespa_envelope_query(&exchange->assignment, url);
}

static void set_body(struct vespa_exchange *exchange, struct vespa_send *send)
{
    struct vespa_buffer *prefix = &exchange->memory.body;
    bool as_input = exchange->rule->payload == VESPA_PAYLOAD_INPUT;

    vespa_buffer_reset(prefix);
    vespa_envelope_prefix(&exchange->assignment, prefix);
    if (as_input)
        vespa_buffer_append_string(prefix, VESPA_ENVELOPE_INPUT);
    send->has_body = true;
    send->segments[0] = vespa_buffer_slice(prefix);
    send->segments[1] = exchange->intake.body;
    send->segments[2] = as_input ? VESPA_LITERAL(VESPA_ENVELOPE_INPUT_SUFFIX)
                                 : VESPA_LITERAL(VESPA_ENVELOPE_SUFFIX);
    for (size_t i = 0; i < 3; i++)
        send->body_length += send->segments[i].length;
}

void vespa_exchange_send(struct vespa_exchange *exchange)
{
    const struct vespa_intake *intake = &exchange->intake;
    struct vespa_send send = {
        .method = intake->method.data,
        .headers = intake->headers,
        .header_count = intake->header_count,
        .head_within_ms = vespa_exchange_time_left(exchange),
        .ca_file = exchange->rule->ca_file,
        .insecure = exchange->rule->insecure,
    };

    write_url(exchange);
    if (intake->has_body)
        set_body(exchange, &send);
    if (exchange->memory.url.failed || exchange->memory.body.failed) {
        vespa_exchange_no_memory(exchange);
        return;
    }
    send.url = exchange->memory.url.data;
    if (wants_root(exchange))
        send.ca_pem = vespa_runtime_root(exchange->runtime);

    exchange->step = (struct vespa_step){.kind = VESPA_SEND, .send = send};
    exchange->phase = VESPA_PHASE_SENDING;
    exchange->attempts++;
    vespa_runtime_count(exchange->runtime, VESPA_COUNT_ATTEMPTS);
    if (vespa_exchange_attempts(exchange) > 1)
        vespa_runtime_count(exchange->runtime, VESPA_COUNT_RETRIES);
    if (vespa_exchange_attempts(exchange) == 2)
        vespa_runtime_count(exchange->runtime, VESPA_COUNT_RETRIED);
}
