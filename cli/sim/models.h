// What answers behind a worker's check.
#ifndef VESPA_CLI_SIM_MODELS_H
#define VESPA_CLI_SIM_MODELS_H

#include "cli/sim/sim.h"

// A request as the model server gets it from its worker.
struct vespa_sim_call {
    struct vespa_sim_worker *worker;
    struct vespa_sim_request *request;
    struct vespa_sim_slice path;
    struct vespa_sim_slice query;   // without the serverless_ parameters
    struct vespa_sim_slice payload; // data NULL without a body
};

// Each puts an answer together if the path is one of its own, else returns false.

// OpenAI-like completions, TGI, /health (models.c).
bool vespa_sim_model_answer(const struct vespa_sim_call *call, struct vespa_sim_answer *answer);

// Echo and the paths that are handy in tests (paths.c).
bool vespa_sim_path_answer(const struct vespa_sim_call *call, struct vespa_sim_answer *answer);

// Forwards to a real model server (backend.c); every path is its own. Waits for the head.
bool vespa_sim_backend_answer(const struct vespa_sim_call *call, struct vespa_sim_answer *answer);

// Stores the decoded value of a query parameter; false if there is none.
bool vespa_sim_query_value(struct vespa_sim_slice query, const char *name,
                           struct vespa_sim_text *out);

// The same as a number from 0 on, `otherwise` if there is none.
long vespa_sim_query_number(struct vespa_sim_slice query, const char *name, long otherwise);

#endif
