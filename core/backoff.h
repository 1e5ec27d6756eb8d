/* How long to wait before asking again (protocol.md §3 and §5). All random: clients that failed
 * together must not come back together. */
#ifndef VESPA_CORE_BACKOFF_H
#define VESPA_CORE_BACKOFF_H

#include "core/pace.h"
#include "core/runtime.h"

/* The least time between two route calls of one request. */
#define VESPA_BACKOFF_LEAST_MS VESPA_PACE_LEAST_MS

/* Before asking for a worker once more when none was ready: 1 s before the first re-ask (reask 1),
 * then evenly distributed in [0.1, min(2^n + U(0,1), 5)] s with n = reask - 1. */
uint32_t vespa_backoff_poll(struct vespa_runtime *runtime, unsigned reask);

/* Before looking whether it is one's turn to ask (core/pace.h), which is at the latest in so many
 * milliseconds: earlier, for whoever gets a worker lets the next one ask sooner, and not all at
 * once. */
uint32_t vespa_backoff_turn(struct vespa_runtime *runtime, uint32_t latest_ms);

/* After the n-th failure in a row, of the autoscaler or of a worker (n from 1 on): evenly
 * distributed in the upper half of min(2^(n-1), 5) s, so that several attempts span several
 * seconds. */
uint32_t vespa_backoff_failure(struct vespa_runtime *runtime, unsigned failures);

/* After the console said that it was asked too often: at least the 3 s of protocol.md §2. */
uint32_t vespa_backoff_console(struct vespa_runtime *runtime);

#endif
