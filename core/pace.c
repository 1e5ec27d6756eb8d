/* The shared pace of asking again. */
#include "core/pace.h"

uint32_t vespa_pace_take(struct vespa_pace *pace, uint64_t now_ms, uint64_t *turn)
{
    if (now_ms < pace->next_ms)
        return (uint32_t)(pace->next_ms - now_ms);
    pace->last_ms = now_ms;
    pace->next_ms = now_ms + VESPA_PACE_UNANSWERED_MS;
    *turn = ++pace->turn;
    return 0;
}

void vespa_pace_wait(struct vespa_pace *pace, uint64_t turn, uint64_t until_ms)
{
    uint64_t least_ms = pace->last_ms + VESPA_PACE_LEAST_MS;

    if (turn == pace->turn)
        pace->next_ms = until_ms > least_ms ? until_ms : least_ms;
}

void vespa_pace_fail(struct vespa_pace *pace)
{
    pace->failed_ms[pace->failed++ % VESPA_PACE_FAILURES] = pace->last_ms;
}

void vespa_pace_answered(struct vespa_pace *pace)
{
    pace->failed = 0;
}

bool vespa_pace_is_hopeless(const struct vespa_pace *pace, uint64_t since_ms)
{
    return pace->failed >= VESPA_PACE_FAILURES &&
           pace->failed_ms[pace->failed % VESPA_PACE_FAILURES] >= since_ms;
}

void vespa_pace_hurry(struct vespa_pace *pace)
{
    uint64_t least_ms = pace->last_ms + VESPA_PACE_LEAST_MS;

    if (pace->turn && pace->next_ms > least_ms)
        pace->next_ms = least_ms;
}
