/* Lines of a worker's head, and of a trailer, on their way to the application (design.md §2.4). */
#include "core/exchange_private.h"

#include "core/head.h"
#include "core/header_rules.h"

/* A Location that leads elsewhere in an answer that is no redirect only informs, as
 * Content-Location does; both are left out then. In a redirect it was a 502 before. */
static enum vespa_filter filter_location(struct vespa_exchange *exchange, struct vespa_slice line,
                                         struct vespa_slice *replacement)
{
    struct vespa_buffer *text = &exchange->replacement;
    struct vespa_header header;

    if (!vespa_head_split(line, &header))
        return VESPA_DROP;
    vespa_buffer_reset(text);
    vespa_buffer_append(text, header.name);
    vespa_buffer_append_string(text, ": ");
    switch (vespa_location_rewrite(header.value, vespa_buffer_slice(&exchange->memory.url),
                                   &exchange->intake.own, text)) {
    case VESPA_LOCATION_AS_IT_IS:
        return VESPA_KEEP;
    case VESPA_LOCATION_REWRITTEN:
        break;
    case VESPA_LOCATION_ELSEWHERE:
    case VESPA_LOCATION_MALFORMED:
        return VESPA_DROP;
    }
    vespa_buffer_append_string(text, "\r\n");
    if (text->failed) {
        vespa_exchange_log(exchange, VESPA_LOG_ERROR, "a %.*s is left out: out of memory",
                           VESPA_SHOWN(header.name));
        return VESPA_DROP;
    }
    *replacement = vespa_buffer_slice(text);
    return VESPA_REPLACE;
}

enum vespa_filter vespa_exchange_filter(struct vespa_exchange *exchange, struct vespa_slice line,
                                        struct vespa_slice *replacement)
{
    enum vespa_filter filter = VESPA_KEEP;

    switch (vespa_response_header_rule(line)) {
    case VESPA_RESPONSE_KEEP:
        break;
    case VESPA_RESPONSE_DROP:
        filter = VESPA_DROP;
        break;
    case VESPA_RESPONSE_LOCATION:
    case VESPA_RESPONSE_CONTENT_LOCATION:
        filter = filter_location(exchange, line, replacement);
        break;
    case VESPA_RESPONSE_CONTINUED: /* of a line that was replaced nothing is left to go on with */
        return exchange->filter_dropped ? VESPA_DROP : VESPA_KEEP;
    }
    exchange->filter_dropped = filter != VESPA_KEEP;
    return filter;
}
