// `vespa sim` as a fixture: a local autoscaler and workers that live as long as a test.
//
//     struct vespa_sim_process *sim = vespa_sim_process_start("--workers", "3", NULL);
//     vespa_sim_process_fault(sim, "worker-status,worker=0,status=503,count=1");
//     … run a program with vespa_sim_process_environment(sim) …
//     cJSON *stats = vespa_sim_process_stats(sim);
//     assert_int_equal(vespa_json_number(stats, "workers.0.accepted"), 1);
//     cJSON_Delete(stats);
//     vespa_sim_process_stop(sim);
//
// The binary is $VESPA_BUILD/vespa (without that variable: build/vespa). Every function fails the
// running cmocka test with an explanation when something goes wrong, so none returns an error.
// The simulator dies with the thread that started it, also when that is killed. Ports are the
// kernel's choice: any number of simulators run side by side.
//
// What /stats holds (`vespa sim --help` lists the faults and their parameters):
//
//     autoscaler     {url, connections}
//     route          {count, statuses: {"200": n}, calls: [{time_ms, status, worker, connection,
//                    cost, request_idx, answered_idx, reqnum, url, note, headers: [[name,
//                    value]]}]} Numbers that the client spelled are strings; what was not there is
//                    null.
//     other          {"/pubkey/": n, …}
//     violation_count, violations: ["worker 0: replayed (POST /echo)"]
//     workers        [{url, dead_url, connections, open_connections, accepted, refused,
//                    reasons: {"signature": n}, requests: [{time_ms, status, over, complete,
//                    client_gone, duration_ms, fault, payload, accepted, connection, reason,
//                    method, path, query, cost, reqnum, request_idx, body_length, payload_length,
//                    payload_sha256, headers}]}]
//                    `over` and what follows from it may come a moment after the client is done:
//                    vespa_sim_process_stats_when waits for it.
#ifndef VESPA_TESTS_SUPPORT_SIM_PROCESS_H
#define VESPA_TESTS_SUPPORT_SIM_PROCESS_H

#include <cjson/cJSON.h>
#include <stdbool.h>

struct vespa_sim_process;

// Starts it with these options (NULL for none; a NULL after the last is allowed) and waits until it
// is ready.
#define vespa_sim_process_start(...) \
    vespa_sim_process_start_list((const char *const[]){__VA_ARGS__, NULL})

// The same with an array that NULL ends.
struct vespa_sim_process *vespa_sim_process_start_list(const char *const options[]);

// Ends it by SIGTERM and frees the fixture; it must exit with 0 and have written nothing on stderr.
void vespa_sim_process_stop(struct vespa_sim_process *sim);

// The value of a printed variable: "VESPA_AUTOSCALER_URL", "VAST_ENDPOINT", "VAST_API_KEY",
// "VESPA_CA_FILE", "VESPA_SIM_ACCOUNT_KEY", "VESPA_SIM_ADMIN". Owned by the fixture.
const char *vespa_sim_process_value(const struct vespa_sim_process *sim, const char *name);

// All printed lines as NAME=VALUE, NULL behind the last: the environment of a program under test.
const char *const *vespa_sim_process_environment(const struct vespa_sim_process *sim);

// The url of worker number `index`.
const char *vespa_sim_process_worker(const struct vespa_sim_process *sim, unsigned index);

// Puts a fault in force: "worker-status,status=503,count=1" or the same as JSON.
void vespa_sim_process_fault(struct vespa_sim_process *sim, const char *fault);

// Takes all faults back and forgets the statistics.
void vespa_sim_process_reset(struct vespa_sim_process *sim);

// Posts any other admin request, e.g. ("/admin/key", "new-key").
void vespa_sim_process_admin(struct vespa_sim_process *sim, const char *path, const char *body);

// What it saw. The caller frees it with cJSON_Delete.
cJSON *vespa_sim_process_stats(struct vespa_sim_process *sim);

// Asks for the statistics until `ready` says so, for at most 20 s.
cJSON *vespa_sim_process_stats_when(struct vespa_sim_process *sim,
                                    bool (*ready)(const cJSON *stats, void *context),
                                    void *context);

// The same for one number: until the one at `path` is at least `least`.
cJSON *vespa_sim_process_stats_until(struct vespa_sim_process *sim, const char *path, double least);

// Statistics in which every request to a worker is over.
cJSON *vespa_sim_process_stats_quiet(struct vespa_sim_process *sim);

// A member by its path, e.g. "workers.0.requests.2.path"; a negative index counts from the end. A
// member whose own name has dots cannot be reached. NULL if there is none.
const cJSON *vespa_json_find(const cJSON *json, const char *path);

// The same, and it must be there and of that type; true and false count as 1 and 0.
double vespa_json_number(const cJSON *json, const char *path);
const char *vespa_json_string(const cJSON *json, const char *path);

// The value of a header in a list [[name, value], …] (any case), NULL if it is not there.
const char *vespa_json_header(const cJSON *json, const char *path, const char *name);

#endif
