/* An exchange: its life, and which step is next. */
#include "core/exchange_private.h"

#include <stdlib.h>

static void destroy(struct vespa_spare *spare)
{
    struct vespa_exchange *exchange = (struct vespa_exchange *)spare;

    vespa_intake_free(&exchange->intake);
    vespa_buffer_free(&exchange->memory.url);
    vespa_buffer_free(&exchange->memory.body);
    vespa_buffer_free_secret(&exchange->memory.authorization);
    vespa_buffer_free(&exchange->answer);
    vespa_buffer_free(&exchange->worker_url);
    vespa_buffer_free(&exchange->accepted);
    vespa_buffer_free(&exchange->request_idx);
    free(exchange);
}

/* All zero, but for the memory of one that is over. */
static struct vespa_exchange *take_or_allocate(struct vespa_runtime *runtime)
{
    struct vespa_spares *spares = vespa_runtime_spares(runtime, VESPA_SPARE_EXCHANGE);
    struct vespa_exchange *exchange = (struct vespa_exchange *)vespa_spares_take(spares);

    if (!exchange)
        exchange = calloc(1, sizeof(*exchange));
    if (exchange)
        exchange->spare.destroy = destroy;
    return exchange;
}

/* Forgets all that it was about. */
static void give_memory(struct vespa_exchange *exchange)
{
    struct vespa_spares *spares = vespa_runtime_spares(exchange->runtime, VESPA_SPARE_EXCHANGE);

    vespa_intake_reset(&exchange->intake);
    vespa_buffer_wipe(&exchange->memory.authorization);
    *exchange = (struct vespa_exchange){
        .spare = exchange->spare,
        .intake = exchange->intake,
        .memory = {.url = vespa_spare_buffer(&exchange->memory.url),
                   .body = vespa_spare_buffer(&exchange->memory.body),
                   .authorization = vespa_spare_buffer(&exchange->memory.authorization)},
        .answer = vespa_spare_buffer(&exchange->answer),
        .worker_url = vespa_spare_buffer(&exchange->worker_url),
        .accepted = exchange->accepted,
        .accepted_by = exchange->accepted_by,
        .accepted_length = exchange->accepted_length,
        .request_idx = vespa_spare_buffer(&exchange->request_idx),
    };
    vespa_spares_give(spares, &exchange->spare);
}

struct vespa_exchange *vespa_exchange_new(struct vespa_runtime *runtime,
                                          const struct vespa_request *request, uint64_t now_ms)
{
    struct vespa_exchange *exchange = take_or_allocate(runtime);

    if (!exchange)
        return NULL;
    exchange->runtime = runtime;
    exchange->rule = request->rule;
    exchange->began_ms = now_ms;
    exchange->now_ms = now_ms;
    exchange->deadline_ms = now_ms + (request->rule ? request->rule->deadline_ms : 0);
    vespa_runtime_request(runtime, now_ms);
    if (!vespa_exchange_keep_request(exchange, request) ||
        !vespa_exchange_take(exchange, request)) {
        exchange->phase = VESPA_PHASE_DONE;
        vespa_exchange_free(exchange);
        return NULL;
    }
    return exchange;
}

void vespa_exchange_free(struct vespa_exchange *exchange)
{
    if (!exchange)
        return;
    if (exchange->phase != VESPA_PHASE_DONE)
        vespa_exchange_log(exchange, VESPA_LOG_INFO, "given up by the application (attempts: %u)",
                           vespa_exchange_attempts(exchange));
    if (!exchange->answered)
        vespa_runtime_count(exchange->runtime, VESPA_COUNT_FAILED);
    vespa_runtime_count(exchange->runtime, VESPA_COUNT_ENDED);
    vespa_buffer_free(&exchange->replacement);
    vespa_reply_free(&exchange->refusal_memory);
    free(exchange->kept);
    give_memory(exchange);
}

uint32_t vespa_exchange_time_left(const struct vespa_exchange *exchange)
{
    if (exchange->now_ms >= exchange->deadline_ms)
        return 0;
    uint64_t left = exchange->deadline_ms - exchange->now_ms;
    return left < UINT32_MAX ? (uint32_t)left : UINT32_MAX;
}

void vespa_exchange_wait(struct vespa_exchange *exchange, uint32_t milliseconds)
{
    exchange->wait_until_ms = exchange->now_ms + milliseconds;
}

static void begin_wait(struct vespa_exchange *exchange)
{
    uint64_t wait = exchange->wait_until_ms - exchange->now_ms;
    uint32_t left = vespa_exchange_time_left(exchange);
    uint32_t fallback = vespa_exchange_until_fallback(exchange);

    left = fallback < left ? fallback : left;
    exchange->step = (struct vespa_step){
        .kind = VESPA_WAIT,
        .wait_ms = wait < left ? (uint32_t)wait : left,
    };
}

static void begin_reply(struct vespa_exchange *exchange)
{
    exchange->step = (struct vespa_step){.kind = VESPA_REPLY, .reply = exchange->refusal};
    exchange->phase = VESPA_PHASE_REPLYING;
}

/* Whether the request goes to its origin. To another endpoint it goes on as it began. */
static bool falls_back(struct vespa_exchange *exchange)
{
    if (!exchange->refused && !exchange->falls_back && vespa_exchange_until_fallback(exchange) == 0)
        vespa_exchange_fall_back(exchange, "no worker was ready in time (fallback_after)");
    if (exchange->refused || !exchange->falls_back)
        return false;
    vespa_exchange_do_fall_back(exchange);
    return exchange->phase == VESPA_PHASE_REPLYING;
}

/* Does what is missing; the first that applies. Each of them may find that it has to refuse, or to
 * wait. */
static void decide(struct vespa_exchange *exchange)
{
    if (falls_back(exchange))
        return;
    if (!exchange->refused && vespa_exchange_time_left(exchange) == 0)
        vespa_exchange_time_is_up(exchange);
    else if (exchange->refused || exchange->now_ms < exchange->wait_until_ms)
        ;
    else if (!exchange->assigned)
        vespa_exchange_ask(exchange);
    else if (vespa_exchange_lacks_root(exchange))
        vespa_exchange_fetch_root(exchange);
    else
        vespa_exchange_send(exchange);

    if (exchange->refused)
        begin_reply(exchange);
    else if (exchange->now_ms < exchange->wait_until_ms)
        begin_wait(exchange);
}

const struct vespa_step *vespa_exchange_next(struct vespa_exchange *exchange, uint64_t now_ms)
{
    exchange->now_ms = now_ms;
    if (exchange->phase == VESPA_PHASE_DECIDING)
        decide(exchange);
    else if (exchange->phase == VESPA_PHASE_DONE)
        exchange->step = (struct vespa_step){.kind = VESPA_DONE};
    return &exchange->step;
}

/* Nothing is to be remembered: the next step says whether time is up. */
void vespa_exchange_waited(struct vespa_exchange *exchange, uint64_t now_ms)
{
    exchange->now_ms = now_ms;
}

void vespa_exchange_replied(struct vespa_exchange *exchange, uint64_t now_ms)
{
    exchange->now_ms = now_ms;
    if (exchange->phase != VESPA_PHASE_REPLYING)
        return;
    exchange->phase = VESPA_PHASE_DONE;
    if (exchange->step.kind == VESPA_REPLY)
        vespa_runtime_count(exchange->runtime, VESPA_COUNT_REPLIES);
    else
        exchange->answered = true;
}

const struct vespa_assignment *vespa_exchange_assignment(const struct vespa_exchange *exchange,
                                                         struct vespa_slice *url)
{
    if (!exchange->assigned)
        return NULL;
    *url = exchange->worker;
    return &exchange->assignment;
}

unsigned vespa_exchange_attempts(const struct vespa_exchange *exchange)
{
    return exchange->earlier_attempts + exchange->attempts;
}
