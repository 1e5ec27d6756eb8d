/*
 * What a process may spend on retries, so that a broken endpoint is not hammered: one in five of
 * the requests of the last ten seconds, and a small allowance for a process that has few. Not
 * locked: the runtime does that.
 */
#ifndef VESPA_CORE_RETRY_BUDGET_H
#define VESPA_CORE_RETRY_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#define VESPA_RETRY_WINDOW_S  10
#define VESPA_RETRY_ALLOWANCE 10 /* retries in a window that need no requests to stand for them */
#define VESPA_RETRY_SHARE     5  /* one retry for so many requests */

struct vespa_retry_budget {
    struct {
        uint64_t second;
        uint32_t requests;
        uint32_t retries;
    } seconds[VESPA_RETRY_WINDOW_S]; /* at second % VESPA_RETRY_WINDOW_S */
};

/* A request begins. */
void vespa_retry_budget_request(struct vespa_retry_budget *budget, uint64_t now_ms);

/* Takes one retry out of the budget. False: there is none left at this time. */
bool vespa_retry_budget_take(struct vespa_retry_budget *budget, uint64_t now_ms);

#endif
