/* The engine as the caller's loop sees it. */
#include "lib/engine_private.h"

#include "lib/clock.h"

#include <stdlib.h>

struct vespa_engine *vespa_engine_new(const struct vespa_curl_api *api, CURLM *multi)
{
    struct vespa_engine *engine = calloc(1, sizeof *engine);
    if (!engine)
        return NULL;
    engine->api = api;
    engine->multi = multi;
    return engine;
}

void vespa_engine_watch_sockets(struct vespa_engine *engine,
                                const struct vespa_engine_sockets *sockets)
{
    engine->sockets = sockets;
}

void vespa_engine_free(struct vespa_engine *engine)
{
    if (!engine)
        return;
    vespa_legs_take_out(engine);
    vespa_legs_free(engine);
    vespa_roots_free(engine);
    vespa_schedule_free(&engine->schedule);
    free(engine);
}

bool vespa_engine_take(struct vespa_engine *engine, const CURLMsg *message)
{
    struct vespa_leg *leg = vespa_leg_find(engine, message->easy_handle);
    if (!leg)
        return false;
    if (message->msg != CURLMSG_DONE)
        return true;
    CURLcode result = message->data.result;
    if (!leg->job) {
        vespa_legs_take_out(engine);
        return true;
    }
    engine->api->multi_remove_handle(engine->multi, leg->easy);
    vespa_job_leg_ended(leg->job, result);
    return true;
}

/* One that is due again at once waits for the next turn: others, and the transfers, come first. */
void vespa_engine_turn(struct vespa_engine *engine)
{
    uint64_t now_ms = vespa_clock_ms();
    size_t most = engine->schedule.count;
    while (most-- && vespa_schedule_first_ms(&engine->schedule) <= now_ms)
        vespa_job_step((struct vespa_job *)vespa_schedule_first(&engine->schedule));
    vespa_legs_take_out(engine);
}

uint64_t vespa_engine_due_ms(const struct vespa_engine *engine)
{
    return engine->given_up ? 0 : vespa_schedule_first_ms(&engine->schedule);
}

int vespa_engine_timeout(const struct vespa_engine *engine, int limit_ms)
{
    uint64_t due_ms = vespa_engine_due_ms(engine);
    uint64_t now_ms = vespa_clock_ms();
    uint64_t left_ms = due_ms > now_ms ? due_ms - now_ms : 0;
    return left_ms < (uint64_t)limit_ms ? (int)left_ms : limit_ms;
}
