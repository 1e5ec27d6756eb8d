/* Waiting times. */
#include "core/backoff.h"

enum {
    FIRST_POLL_MS = 1000, /* the SDK's */
    LONGEST_MS = 5000,    /* likewise */
    JITTER_MS = 1000,     /* the U(0,1) of the formula */
    TURN_MS = 500,        /* between two looks at whose turn it is */
    CONSOLE_MS = 3000,
    CERTAINLY_LONGEST = 3 /* 2^3 s is beyond LONGEST_MS: no larger exponent is needed */
};

static uint32_t power_ms(unsigned exponent)
{
    return 1000U << (exponent < CERTAINLY_LONGEST ? exponent : CERTAINLY_LONGEST);
}

static uint32_t at_most(uint32_t milliseconds, uint32_t limit)
{
    return milliseconds < limit ? milliseconds : limit;
}

uint32_t vespa_backoff_poll(struct vespa_runtime *runtime, unsigned reask)
{
    if (reask <= 1)
        return FIRST_POLL_MS;
    uint32_t limit =
        at_most(power_ms(reask - 1) + vespa_runtime_random(runtime, JITTER_MS), LONGEST_MS);
    return VESPA_BACKOFF_LEAST_MS + vespa_runtime_random(runtime, limit - VESPA_BACKOFF_LEAST_MS);
}

uint32_t vespa_backoff_turn(struct vespa_runtime *runtime, uint32_t latest_ms)
{
    uint32_t look =
        VESPA_BACKOFF_LEAST_MS + vespa_runtime_random(runtime, TURN_MS - VESPA_BACKOFF_LEAST_MS);
    return at_most(latest_ms, look);
}

uint32_t vespa_backoff_failure(struct vespa_runtime *runtime, unsigned failures)
{
    uint32_t limit = at_most(power_ms(failures ? failures - 1 : 0), LONGEST_MS);
    return limit / 2 + vespa_runtime_random(runtime, limit - limit / 2);
}

uint32_t vespa_backoff_console(struct vespa_runtime *runtime)
{
    return CONSOLE_MS + vespa_runtime_random(runtime, JITTER_MS);
}
