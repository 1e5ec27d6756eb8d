/*
 * What the exchanges of a process share: rules, counters, fetched keys, the workers' root, jitter,
 * the budget of retries, the pace of asking again for each endpoint, and the connections to the
 * autoscaler, which have a lock of their own. One mutex, held for a few instructions and never
 * while anything is called that could block or call back; it is the innermost lock of the program.
 */
#ifndef VESPA_CORE_RUNTIME_H
#define VESPA_CORE_RUNTIME_H

#include "core/config.h"
#include "core/counts.h"
#include "core/pool.h"
#include "core/spares.h"

struct vespa_runtime;

/* Takes the configuration over and frees it at the end. seed: anything that differs from process to
 * process. NULL: memory ran out, and config is the caller's again. */
struct vespa_runtime *vespa_runtime_new(struct vespa_config *config, uint64_t seed);
void vespa_runtime_free(struct vespa_runtime *runtime);

const struct vespa_config *vespa_runtime_config(const struct vespa_runtime *runtime);
const struct vespa_log *vespa_runtime_log(const struct vespa_runtime *runtime);

/* Connections to the autoscaler. */
struct vespa_pool *vespa_runtime_pool(struct vespa_runtime *runtime);

/* What is kept of which kind, for the next of it. */
enum vespa_spare_kind {
    VESPA_SPARE_EXCHANGE,
    VESPA_SPARE_TRANSFER, /* of the shim */
    VESPA_SPARE_KINDS
};
struct vespa_spares *vespa_runtime_spares(struct vespa_runtime *runtime,
                                          enum vespa_spare_kind kind);

/* Evenly distributed in [0, limit]. */
uint32_t vespa_runtime_random(struct vespa_runtime *runtime, uint32_t limit);

/* The endpoint's key for a rule, the configured or the fetched one: a copy to be freed with free()
 * after it was overwritten, or NULL: none is known yet. */
char *vespa_runtime_endpoint_key(struct vespa_runtime *runtime, const struct vespa_rule *rule);

/* Keeps a fetched key; false when memory ran out. NULL forgets it (it was refused). One that others
 * may keep too is told to whoever wants to know, with no lock held. */
bool vespa_runtime_set_endpoint_key(struct vespa_runtime *runtime, const struct vespa_rule *rule,
                                    struct vespa_slice key);

/* Calls keep for each key that is fetched from now on, in the thread that fetched it; to be called
 * before the runtime is shared with other threads. The key is valid during the call. */
void vespa_runtime_keep_keys(struct vespa_runtime *runtime,
                             void (*keep)(const struct vespa_rule *rule, struct vespa_slice key));

/* The workers' root in PEM once it was fetched, or found in the cache, and its fingerprint checked;
 * empty before. Valid for the runtime's life. */
struct vespa_slice vespa_runtime_root(struct vespa_runtime *runtime);
bool vespa_runtime_set_root(struct vespa_runtime *runtime, struct vespa_slice pem);

/* Takes a turn of the pace at which requests that wait for a worker of the rule's endpoint ask
 * again: returns 0 and sets *turn, not 0; else the milliseconds to wait before trying once more.
 * Rules of one endpoint of one autoscaler share a pace. */
uint32_t vespa_runtime_take_turn(struct vespa_runtime *runtime, const struct vespa_rule *rule,
                                 uint64_t now_ms, uint64_t *turn);

/* That turn brought no worker; its owner would ask once more at that time, and nobody else before.
 */
void vespa_runtime_turn_passed(struct vespa_runtime *runtime, const struct vespa_rule *rule,
                               uint64_t turn, uint64_t until_ms);

/* The call of a turn failed; returns how many in a row have. The autoscaler answered a call, be it
 * of a turn or not, be it that no worker is ready. */
unsigned vespa_runtime_turn_failed(struct vespa_runtime *runtime, const struct vespa_rule *rule);
void vespa_runtime_autoscaler_answered(struct vespa_runtime *runtime,
                                       const struct vespa_rule *rule);

/* Whether all turns of late have failed (core/pace.h). */
bool vespa_runtime_asking_is_hopeless(struct vespa_runtime *runtime, const struct vespa_rule *rule,
                                      uint64_t since_ms);

/* A worker was given out: whoever waits for one may ask soon. */
void vespa_runtime_worker_came(struct vespa_runtime *runtime, const struct vespa_rule *rule);

/* A request begins: counts it, for the budget of retries too. */
void vespa_runtime_request(struct vespa_runtime *runtime, uint64_t now_ms);

/* Takes one retry out of the process's budget (core/retry_budget.h). False: there is none left. */
bool vespa_runtime_take_retry(struct vespa_runtime *runtime, uint64_t now_ms);

/* Counts, and times in routing, go there from now on, in memory that outlives the runtime; to be
 * called before the runtime is shared with other threads. */
void vespa_runtime_count_in(struct vespa_runtime *runtime, struct vespa_counts *counts);

void vespa_runtime_count(struct vespa_runtime *runtime, enum vespa_counter counter);
uint64_t vespa_runtime_counted(const struct vespa_runtime *runtime, enum vespa_counter counter);

/* A request came to the worker that answered it so long after it began, in microseconds. */
void vespa_runtime_note_routing(struct vespa_runtime *runtime, uint64_t microseconds);

/* To be called around fork(), as pthread_atfork does it: the mutexes are held across the fork, and
 * free in both afterwards. */
void vespa_runtime_before_fork(struct vespa_runtime *runtime);
void vespa_runtime_after_fork(struct vespa_runtime *runtime);

#endif
