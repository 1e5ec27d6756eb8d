// What the simulator saw, for GET /stats.
//
// Counters for everything; the last 20,000 route calls and worker requests as records, payload
// text only with the last 100 worker requests and only up to 64 KiB. The whole answer:
//
//   {"autoscaler": {"url", "connections"},
//    "route": {"count", "statuses": {"200": n, …},
//              "calls": [{"time_ms", "status", "worker", "connection", "cost", "request_idx",
//                         "answered_idx", "reqnum", "url", "note", "headers": [[name, value],
//                         …]}]},
//    "other": {"/pubkey/": n, …}, "violation_count": n, "violations": [text, …],
//    "workers": [{"url", "dead_url", "connections", "open_connections", "accepted", "refused",
//                 "reasons": {reason: n, …},
//                 "requests": [{"time_ms", "status", "over", "complete", "client_gone",
//                               "duration_ms", "fault", "payload", "accepted", "connection",
//                               "reason", "method", "path", "query", "cost", "reqnum",
//                               "request_idx", "body_length", "payload_length", "payload_sha256",
//                               "headers"}]}]}
//
// Costs and numbers of the protocol are strings, spelled as they came; what was not there is null.
// `status` 0 and `over` false: the request is still being worked on.
#ifndef VESPA_CLI_SIM_STATS_H
#define VESPA_CLI_SIM_STATS_H

#include "cli/sim/http.h"

struct vespa_sim_stats;

// One answered call of POST /route/. Strings are copied; NULL comes out as null.
struct vespa_sim_route_record {
    const char *cost;        // as the client spelled it
    const char *request_idx; // as the client sent it
    const char *answered_idx;
    const char *reqnum;
    const char *url;  // the one given out
    const char *note; // the fault played, or why it was refused
    unsigned status;  // 0: none
    int worker;       // -1: none
    uint64_t connection;
    const struct vespa_sim_request *request; // its headers are recorded
};

// One request to a worker.
struct vespa_sim_worker_record {
    int worker;
    const char *refused; // the reason, NULL if it was accepted
    const char *fault;   // the fault played, NULL if none
    const char *cost;
    const char *reqnum;
    const char *request_idx;
    const struct vespa_sim_request *request;
    struct vespa_sim_slice payload; // data NULL if there was none
};

struct vespa_sim_stats *vespa_sim_stats_new(int workers);
void vespa_sim_stats_free(struct vespa_sim_stats *stats);

// Forgets records and counters.
void vespa_sim_stats_clear(struct vespa_sim_stats *stats);

void vespa_sim_stats_route(struct vespa_sim_stats *stats,
                           const struct vespa_sim_route_record *record);

// Notes a request to a worker when its envelope has been judged; returns its number.
uint64_t vespa_sim_stats_worker(struct vespa_sim_stats *stats,
                                const struct vespa_sim_worker_record *record);

// Notes the fault that is played on a request, the status it is answered with, and how it ended.
void vespa_sim_stats_fault(struct vespa_sim_stats *stats, uint64_t number, const char *fault);
void vespa_sim_stats_status(struct vespa_sim_stats *stats, uint64_t number, unsigned status);
void vespa_sim_stats_outcome(struct vespa_sim_stats *stats, uint64_t number,
                             enum vespa_sim_outcome outcome);

// Notes something that a client must never do.
void vespa_sim_stats_violation(struct vespa_sim_stats *stats, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// Counts a call of another path of the autoscaler.
void vespa_sim_stats_other(struct vespa_sim_stats *stats, const char *path);

// Adds `"route":{…}` and `"violations":[…]` and `"other":{…}`.
void vespa_sim_stats_write_autoscaler(struct vespa_sim_stats *stats, struct vespa_sim_text *out);

// Adds the members of one worker: `"accepted":…,"refused":…,"reasons":{…},"requests":[…]`.
void vespa_sim_stats_write_worker(struct vespa_sim_stats *stats, int worker,
                                  struct vespa_sim_text *out);

#endif
