/* Where a request goes that no worker of its rule takes: its origin, or another endpoint. */
#include "core/exchange_private.h"

#include "core/host_list.h"

#include <stdlib.h>

/* Only a host that is one can be an origin; the names below vespa.internal are our own. */
static bool has_origin(const struct vespa_exchange *exchange)
{
    char space[256];

    return !vespa_host_is_own(
        vespa_slice(space, vespa_url_host_plain(&exchange->intake.own, space, sizeof(space))));
}

static bool has_fallback(const struct vespa_exchange *exchange)
{
    const struct vespa_rule *rule = exchange->rule;

    if (!rule || exchange->fell_back)
        return false;
    switch (rule->fallback) {
    case VESPA_FALLBACK_NONE:
        break;
    case VESPA_FALLBACK_ORIGIN:
        return has_origin(exchange);
    case VESPA_FALLBACK_ENDPOINT:
        return !rule->fallback_rule->problem && vespa_exchange_time_left(exchange) > 0;
    }
    return false;
}

bool vespa_exchange_keep_request(struct vespa_exchange *exchange,
                                 const struct vespa_request *request)
{
    if (!request->rule || request->rule->fallback != VESPA_FALLBACK_ENDPOINT)
        return true;
    exchange->kept = vespa_request_copy(request);
    return exchange->kept != NULL;
}

uint32_t vespa_exchange_until_fallback(const struct vespa_exchange *exchange)
{
    if (exchange->assigned || !has_fallback(exchange))
        return UINT32_MAX;
    uint64_t spent = exchange->now_ms - exchange->began_ms;
    uint32_t after = exchange->rule->fallback_after_ms;
    return spent < after ? after - (uint32_t)spent : 0;
}

bool vespa_exchange_fall_back(struct vespa_exchange *exchange, const char *why)
{
    const struct vespa_rule *rule = exchange->rule;

    if (!has_fallback(exchange))
        return false;
    exchange->falls_back = exchange->fell_back = true;
    vespa_runtime_count(exchange->runtime, VESPA_COUNT_FALLBACKS);
    if (rule->fallback == VESPA_FALLBACK_ORIGIN)
        vespa_exchange_log(exchange, VESPA_LOG_WARN,
                           "%s: the request goes where it was aimed, to %.*s", why,
                           VESPA_SHOWN(exchange->intake.own.host));
    else
        vespa_exchange_log(exchange, VESPA_LOG_WARN, "%s: the request goes to endpoint '%s'", why,
                           rule->fallback_rule->endpoint);
    return true;
}

void vespa_exchange_begin_origin(struct vespa_exchange *exchange)
{
    exchange->step = (struct vespa_step){.kind = VESPA_ORIGIN};
    exchange->phase = VESPA_PHASE_REPLYING;
}

/* To the other endpoint the request is a new one, with an index of its own (protocol.md §3); what
 * is measured from its beginning goes on. */
static void forget_endpoint(struct vespa_exchange *exchange)
{
    vespa_buffer_reset(&exchange->request_idx);
    exchange->assigned = false;
    exchange->earlier_attempts += exchange->attempts;
    exchange->attempts = 0;
    exchange->reasks = exchange->call_failures = 0;
    exchange->too_often = exchange->worker_failures = 0;
    exchange->key_renewed = exchange->signature_refused = exchange->tls_failed = false;
    exchange->retries_spent = exchange->waits_for_worker = false;
    exchange->turn = 0;
    exchange->wait_until_ms = 0;
    exchange->last_words[0] = '\0';
}

void vespa_exchange_do_fall_back(struct vespa_exchange *exchange)
{
    const struct vespa_rule *rule = exchange->rule;

    exchange->falls_back = false;
    if (rule->fallback == VESPA_FALLBACK_ORIGIN) {
        vespa_exchange_begin_origin(exchange);
        return;
    }
    forget_endpoint(exchange);
    vespa_intake_reset(&exchange->intake);
    exchange->rule = rule->fallback_rule;
    exchange->kept->match = VESPA_OURS;
    exchange->kept->rule = rule->fallback_rule;
    if (!vespa_exchange_take(exchange, exchange->kept))
        vespa_exchange_no_memory(exchange);
}
