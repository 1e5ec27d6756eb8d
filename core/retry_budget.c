/* What a process may spend on retries. */
#include "core/retry_budget.h"

/* The entry of this second, emptied if it is still that of an earlier one. */
static unsigned entry_of(struct vespa_retry_budget *budget, uint64_t second)
{
    unsigned i = (unsigned)(second % VESPA_RETRY_WINDOW_S);

    if (budget->seconds[i].second != second) {
        budget->seconds[i].second = second;
        budget->seconds[i].requests = budget->seconds[i].retries = 0;
    }
    return i;
}

void vespa_retry_budget_request(struct vespa_retry_budget *budget, uint64_t now_ms)
{
    budget->seconds[entry_of(budget, now_ms / 1000)].requests++;
}

bool vespa_retry_budget_take(struct vespa_retry_budget *budget, uint64_t now_ms)
{
    uint64_t second = now_ms / 1000;
    unsigned now = entry_of(budget, second);
    uint64_t requests = 0, retries = 0;

    for (unsigned i = 0; i < VESPA_RETRY_WINDOW_S; i++) {
        if (budget->seconds[i].second + VESPA_RETRY_WINDOW_S <= second)
            continue;
        requests += budget->seconds[i].requests;
        retries += budget->seconds[i].retries;
    }
    if (retries >= VESPA_RETRY_ALLOWANCE + requests / VESPA_RETRY_SHARE)
        return false;
    budget->seconds[now].retries++;
    return true;
}
