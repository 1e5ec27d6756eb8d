// The simulator's parts and what they share.
//
//   autoscaler.c  gives out workers and signs        envelope.c  judges what reaches a worker
//   console.c     the account's calls                worker.c    judges, plays faults, answers
//   admin.c       statistics, faults at run time     models.c, paths.c, backend.c  the answers
//
// The simulator shares no protocol code with core/: an error in it would cancel out.
#ifndef VESPA_CLI_SIM_SIM_H
#define VESPA_CLI_SIM_SIM_H

#include "cli/sim/faults.h"
#include "cli/sim/http.h"
#include "cli/sim/keys.h"
#include "cli/sim/ledger.h"
#include "cli/sim/options.h"
#include "cli/sim/stats.h"
#include "cli/sim/tls.h"

#include <pthread.h>
#include <stdatomic.h>

enum { VESPA_SIM_ENDPOINT_ID = 4242 };

struct vespa_sim;

struct vespa_sim_worker {
    struct vespa_sim *sim;
    int index;
    struct vespa_sim_server *server;
    const char *url;   // where it serves
    char dead_url[64]; // where it would not be reached
    int dead_fd;       // keeps that port bound, without listening
};

struct vespa_sim {
    struct vespa_sim_options options;
    struct vespa_sim_keys *keys;
    struct vespa_sim_tls *tls; // NULL without --tls
    struct vespa_sim_ledger *ledger;
    struct vespa_sim_faults *faults;
    struct vespa_sim_stats *stats;
    struct vespa_sim_server *autoscaler;
    struct vespa_sim_server *admin;
    struct vespa_sim_worker worker[VESPA_SIM_MAX_WORKERS];
    atomic_uint next_worker;
    pthread_mutex_t lock;      // for what follows
    struct vespa_sim_text key; // the endpoint key, changed by POST /admin/key
    int64_t last_console_call;
};

// The three handlers; `context` is the struct vespa_sim, for workers the struct vespa_sim_worker.
void vespa_sim_autoscaler_handle(void *context, struct vespa_sim_request *request);
void vespa_sim_admin_handle(void *context, struct vespa_sim_request *request);
void vespa_sim_worker_handle(void *context, struct vespa_sim_request *request);
void vespa_sim_worker_finished(void *context, struct vespa_sim_request *request,
                               enum vespa_sim_outcome outcome);

// Answers the account's calls and the keys; false if the path is none of them.
bool vespa_sim_console_handle(struct vespa_sim *sim, struct vespa_sim_request *request);

// The value of `Authorization: Bearer …`, NULL if there is none or more than one.
const char *vespa_sim_bearer(const struct vespa_sim_request *request);

// Whether `key` is the endpoint key of this moment.
bool vespa_sim_is_endpoint_key(struct vespa_sim *sim, const char *key);

// Sends `{"success":false,"error":CODE,"msg":TEXT}`.
void vespa_sim_refuse(struct vespa_sim_request *request, unsigned status, const char *code,
                      const char *text);

#endif
