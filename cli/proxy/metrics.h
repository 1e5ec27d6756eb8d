// What the proxy counts, and how Prometheus reads it. Any thread may use it.
#ifndef VESPA_CLI_PROXY_METRICS_H
#define VESPA_CLI_PROXY_METRICS_H

#include "core/runtime.h"
#include "lib/engine.h"

struct vespa_metrics;

// NULL: memory ran out.
struct vespa_metrics *vespa_metrics_new(void);
void vespa_metrics_free(struct vespa_metrics *metrics);

// One request that has ended, in whatever way.
struct vespa_request_end {
    const char *endpoint; // borrowed; NULL: none was found for it
    int status;           // that the client got; 0: it got none
    bool own;             // an answer of our own
    bool cut;             // not whole, or the client had gone
    unsigned attempts;
    const struct vespa_job_times *times; // of its job
};

void vespa_metrics_note(struct vespa_metrics *metrics, const struct vespa_request_end *end);

// Requests that are being served, and streams of answers that are open: more or less of them.
void vespa_metrics_open(struct vespa_metrics *metrics, int requests, int streams);

// A runtime whose counters count, and one that is about to be freed: what it has counted stays.
void vespa_metrics_watch(struct vespa_metrics *metrics, struct vespa_runtime *runtime);
void vespa_metrics_retire(struct vespa_metrics *metrics, struct vespa_runtime *runtime);

// False where requests asked for a worker in the last five minutes and none got one.
bool vespa_metrics_is_ready(struct vespa_metrics *metrics);

// All of it in Prometheus' text format; to be freed. NULL: memory ran out.
char *vespa_metrics_text(struct vespa_metrics *metrics);

#endif
