/*
 * What the shim has once in a process: the runtime. Made at the first hook that needs it; nothing
 * is done before.
 */
#ifndef VESPA_SHIM_PROCESS_H
#define VESPA_SHIM_PROCESS_H

#include "core/runtime.h"

/* Whether the shim keeps out of this process altogether, because it is privileged (AT_SECURE). */
bool vespa_process_is_inert(void);

/* Sees to it, the first time, that what is shared is locked around fork(). False: it cannot be. */
bool vespa_process_watches_forks(void);

/* The process's runtime. NULL: the shim is inert, or memory ran out. Thread-safe. */
struct vespa_runtime *vespa_process_runtime(void);

/* The log; NULL where there is no runtime. */
const struct vespa_log *vespa_process_log(void);

/* Milliseconds and microseconds of the monotonic clock. */
uint64_t vespa_now_ms(void);
uint64_t vespa_now_us(void);

#endif
