/* Requests of our own: what they look like, and what their answers have in common. */
#include "core/exchange_private.h"

#include "core/backoff.h"
#include "core/endpoint_key.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    TIMEOUT_MS = 10000,    /* protocol.md §3 */
    ROOT_LIMIT = 64 * 1024 /* the root has 2 KiB */
};

#define BEARER "Bearer "

/* Hands a call out. Its URL, body and authorization are in the exchange's memory. */
static void begin(struct vespa_exchange *exchange, enum vespa_purpose purpose, size_t answer_limit)
{
    struct vespa_step_memory *memory = &exchange->memory;
    uint32_t left = vespa_exchange_time_left(exchange);
    size_t count = 0;
    bool post = purpose == VESPA_ASK_FOR_WORKER;

    if (memory->url.failed || memory->body.failed || memory->authorization.failed) {
        vespa_exchange_no_memory(exchange);
        return;
    }
    memory->headers[count++] =
        (struct vespa_header){VESPA_LITERAL("User-Agent"), VESPA_LITERAL("vespa")};
    if (memory->authorization.length)
        memory->headers[count++] = (struct vespa_header){
            VESPA_LITERAL("Authorization"), vespa_buffer_slice(&memory->authorization)};
    if (post)
        memory->headers[count++] =
            (struct vespa_header){VESPA_LITERAL("Content-Type"), VESPA_LITERAL("application/json")};
    exchange->step = (struct vespa_step){
        .kind = VESPA_CALL,
        .call = {.purpose = purpose,
                 .method = post ? "POST" : "GET",
                 .url = memory->url.data,
                 .headers = memory->headers,
                 .header_count = count,
                 .body = vespa_buffer_slice(&memory->body),
                 .timeout_ms = left < TIMEOUT_MS ? left : TIMEOUT_MS,
                 .answer_limit = answer_limit},
    };
    exchange->phase = VESPA_PHASE_CALLING;
}

static void set_url(struct vespa_exchange *exchange, const char *base, const char *path)
{
    vespa_buffer_reset(&exchange->memory.url);
    vespa_buffer_reset(&exchange->memory.body);
    vespa_buffer_append_string(&exchange->memory.url, base);
    vespa_buffer_append_string(&exchange->memory.url, path);
}

/* Room is made first: growing would leave a copy of the key behind. */
static void set_key(struct vespa_exchange *exchange, struct vespa_slice key)
{
    struct vespa_buffer *authorization = &exchange->memory.authorization;

    vespa_buffer_wipe(authorization);
    if (!vespa_buffer_reserve(authorization, strlen(BEARER) + key.length))
        return;
    vespa_buffer_append_string(authorization, BEARER);
    vespa_buffer_append(authorization, key);
}

static void fetch_key(struct vespa_exchange *exchange)
{
    const struct vespa_rule *rule = exchange->rule;

    set_url(exchange, rule->console_url, "/api/v0/endptjobs/?autoscaler_instance=");
    vespa_buffer_append_percent(&exchange->memory.url, vespa_slice_of(rule->instance));
    set_key(exchange, vespa_slice_of(rule->account_key));
    begin(exchange, VESPA_FETCH_KEY, VESPA_ENDPOINT_LIST_LIMIT);
}

/* Whom a call asks, for what, and what says where it is; for messages. */
struct callee {
    const char *role;
    const char *url;
    const char *wanted;
    const char *settings;
};

static struct callee callee_of(const struct vespa_rule *rule, enum vespa_purpose purpose)
{
    switch (purpose) {
    case VESPA_FETCH_KEY:
        return (struct callee){"console", rule->console_url, "the endpoint's key",
                               "VESPA_INSTANCE"};
    case VESPA_FETCH_ROOT:
        return (struct callee){"console", rule->console_url, "the workers' root certificate",
                               "VESPA_INSTANCE"};
    case VESPA_ASK_FOR_WORKER:
        break;
    }
    return (struct callee){"autoscaler", rule->autoscaler_url, "a worker",
                           "VESPA_AUTOSCALER_URL and VESPA_INSTANCE"};
}

static void refuse_unanswered(struct vespa_exchange *exchange, const struct callee *callee,
                              const char *what)
{
    char worker[60] = "";

    if (exchange->worker_status)
        snprintf(worker, sizeof(worker), " Before that a worker had answered HTTP %d.",
                 exchange->worker_status);
    vespa_exchange_refuse(exchange, 502, "autoscaler_failed",
                          "Asking the %s at %s for %s failed %u times in a row: %s.%s If that "
                          "lasts, look at the network and at %s.",
                          callee->role, callee->url, callee->wanted, exchange->call_failures, what,
                          worker, callee->settings);
}

static void give_up_asking(struct vespa_exchange *exchange, const struct callee *callee,
                           const char *what)
{
    if (!vespa_exchange_fall_back(exchange, "whom it has to ask does not answer"))
        refuse_unanswered(exchange, callee, what);
}

/* Whether those who wait for the same endpoint have asked in vain so often, while this one waited
 * too, that it need not ask itself. */
static bool is_hopeless(const struct vespa_exchange *exchange)
{
    return exchange->waits_for_worker &&
           vespa_runtime_asking_is_hopeless(exchange->runtime, exchange->rule, exchange->began_ms);
}

static void give_up_with_the_others(struct vespa_exchange *exchange)
{
    struct callee autoscaler = callee_of(exchange->rule, VESPA_ASK_FOR_WORKER);

    exchange->call_failures = VESPA_CALL_FAILURES;
    give_up_asking(exchange, &autoscaler,
                   "all requests of this process that wait for the endpoint were counted");
}

/* Takes the turn to ask once more for a worker that was not there. False: it has to wait for it. */
static bool is_its_turn(struct vespa_exchange *exchange)
{
    uint32_t wait = 0;

    exchange->turn = 0;
    if (exchange->waits_for_worker)
        wait = vespa_runtime_take_turn(exchange->runtime, exchange->rule, exchange->now_ms,
                                       &exchange->turn);
    if (wait)
        vespa_exchange_wait(exchange, vespa_backoff_turn(exchange->runtime, wait));
    return wait == 0;
}

static void ask(struct vespa_exchange *exchange, struct vespa_slice key)
{
    const struct vespa_rule *rule = exchange->rule;

    set_url(exchange, rule->autoscaler_url, "/route/");
    vespa_route_request(vespa_slice_of(rule->endpoint), vespa_buffer_slice(&exchange->intake.cost),
                        vespa_buffer_slice(&exchange->request_idx), &exchange->memory.body);
    set_key(exchange, key);
    begin(exchange, VESPA_ASK_FOR_WORKER, VESPA_ROUTE_ANSWER_LIMIT);
    if (exchange->phase == VESPA_PHASE_CALLING)
        vespa_runtime_count(exchange->runtime, VESPA_COUNT_ROUTE_CALLS);
}

void vespa_exchange_ask(struct vespa_exchange *exchange)
{
    const struct vespa_rule *rule = exchange->rule;
    char *key = vespa_runtime_endpoint_key(exchange->runtime, rule);

    if (!key && rule->endpoint_key) {
        vespa_exchange_no_memory(exchange);
        return;
    }
    if (!key && rule->account_key) {
        fetch_key(exchange);
        return;
    }
    if (!key) {
        vespa_exchange_refuse(exchange, 500, "configuration",
                              "No key is known for endpoint '%s': set VAST_API_KEY to the "
                              "endpoint's key.",
                              rule->endpoint);
        return;
    }
    if (is_hopeless(exchange))
        give_up_with_the_others(exchange);
    else if (is_its_turn(exchange))
        ask(exchange, vespa_slice_of(key));
    explicit_bzero(key, strlen(key));
    free(key);
}

void vespa_exchange_pass_turn(struct vespa_exchange *exchange)
{
    if (exchange->turn)
        vespa_runtime_turn_passed(exchange->runtime, exchange->rule, exchange->turn,
                                  exchange->wait_until_ms);
    exchange->turn = 0;
}

void vespa_exchange_fetch_root(struct vespa_exchange *exchange)
{
    set_url(exchange, exchange->rule->console_url, "/static/jvastai_root.cer");
    begin(exchange, VESPA_FETCH_ROOT, ROOT_LIMIT);
}

/* ---- answers --------------------------------------------------------------------------------- */

void vespa_exchange_words(const struct vespa_exchange *exchange, struct vespa_slice body,
                          char to[static VESPA_ANSWER_TEXT_SIZE])
{
    struct vespa_slice used = vespa_buffer_slice(&exchange->memory.authorization);
    const struct vespa_slice secrets[] = {
        used.length ? vespa_slice_part(used, strlen(BEARER), used.length) : used,
        vespa_slice_of(exchange->rule->endpoint_key),
        vespa_slice_of(exchange->rule->account_key),
    };
    vespa_answer_text(body, secrets, sizeof(secrets) / sizeof(secrets[0]), to);
}

bool vespa_exchange_renew_key(struct vespa_exchange *exchange)
{
    const struct vespa_rule *rule = exchange->rule;

    if (rule->endpoint_key || !rule->account_key || exchange->key_renewed)
        return false;
    exchange->key_renewed = true;

    /* Another exchange may have fetched a new one meanwhile: only the refused one is forgotten. */
    struct vespa_slice used = vespa_buffer_slice(&exchange->memory.authorization);
    char *known = vespa_runtime_endpoint_key(exchange->runtime, rule);
    if (known && used.length &&
        vespa_slice_equal(vespa_slice_of(known),
                          vespa_slice_part(used, strlen(BEARER), used.length)))
        vespa_runtime_set_endpoint_key(exchange->runtime, rule, vespa_slice(NULL, 0));
    if (known)
        explicit_bzero(known, strlen(known));
    free(known);
    return true;
}

static void ask_later(struct vespa_exchange *exchange, const struct callee *callee,
                      const char *what, uint32_t wait)
{
    snprintf(exchange->last_words, sizeof(exchange->last_words), "asking the %s for %s failed: %s",
             callee->role, callee->wanted, what);
    vespa_exchange_log(exchange, VESPA_LOG_WARN, "asking the %s for %s failed: %s; again in %u ms",
                       callee->role, callee->wanted, what, wait);
    vespa_exchange_wait(exchange, wait);
    vespa_exchange_pass_turn(exchange);
}

void vespa_exchange_call_again(struct vespa_exchange *exchange, const char *what, uint32_t least_ms)
{
    struct callee callee = callee_of(exchange->rule, exchange->step.call.purpose);
    unsigned in_a_row = ++exchange->call_failures;

    if (exchange->turn) {
        unsigned all = vespa_runtime_turn_failed(exchange->runtime, exchange->rule);
        in_a_row = in_a_row > all ? in_a_row : all;
    }
    if (exchange->call_failures >= VESPA_CALL_FAILURES) {
        give_up_asking(exchange, &callee, what);
        return;
    }
    uint32_t wait = vespa_backoff_failure(exchange->runtime, in_a_row);
    ask_later(exchange, &callee, what, wait > least_ms ? wait : least_ms);
}

void vespa_exchange_call_later(struct vespa_exchange *exchange, const char *what)
{
    struct callee callee = callee_of(exchange->rule, exchange->step.call.purpose);

    exchange->call_failures = 0;
    exchange->too_often++;
    vespa_runtime_autoscaler_answered(exchange->runtime, exchange->rule);
    ask_later(exchange, &callee, what,
              vespa_backoff_failure(exchange->runtime, exchange->too_often));
}

/* Takes the report of a call; false when there is none under way. */
static bool end(struct vespa_exchange *exchange, uint64_t now_ms)
{
    exchange->now_ms = now_ms;
    if (exchange->phase != VESPA_PHASE_CALLING)
        return false;
    exchange->phase = VESPA_PHASE_DECIDING;
    return true;
}

void vespa_exchange_called(struct vespa_exchange *exchange, uint64_t now_ms, int status,
                           struct vespa_slice body)
{
    if (!end(exchange, now_ms))
        return;
    switch (exchange->step.call.purpose) {
    case VESPA_ASK_FOR_WORKER:
        vespa_exchange_routed(exchange, status, body);
        break;
    case VESPA_FETCH_KEY:
        vespa_exchange_key_came(exchange, status, body);
        break;
    case VESPA_FETCH_ROOT:
        vespa_exchange_root_came(exchange, status, body);
        break;
    }
    vespa_buffer_wipe(&exchange->memory.authorization);
}

void vespa_exchange_call_failed(struct vespa_exchange *exchange, uint64_t now_ms,
                                enum vespa_failure failure, const char *detail)
{
    char what[VESPA_ANSWER_TEXT_SIZE];

    if (!end(exchange, now_ms))
        return;
    vespa_buffer_wipe(&exchange->memory.authorization);
    /* The deadline cut this call short: what was heard before says more than that. */
    if (failure == VESPA_FAILURE_TIMEOUT && exchange->last_words[0] &&
        exchange->step.call.timeout_ms < TIMEOUT_MS) {
        exchange->wait_until_ms = exchange->deadline_ms;
        return;
    }
    /* A call has no effect that could happen twice: each failure may be repeated. */
    snprintf(what, sizeof(what), "no answer (%s)", detail ? detail : "no cause is known");
    vespa_exchange_call_again(exchange, what, 0);
}
