// Judges what reaches a worker (protocol.md §4), over the bytes that were received.
#ifndef VESPA_CLI_SIM_ENVELOPE_H
#define VESPA_CLI_SIM_ENVELOPE_H

#include "cli/sim/sim.h"

// What the fault route-forged signs behind the right text.
#define VESPA_SIM_FORGERY " "

struct vespa_sim_verdict {
    unsigned status;   // 0: accepted; else what the worker answers
    char reason[96];   // for the statistics: "missing: cost", "signature", "replayed", …
    bool as_given;     // what is refused was given out so: no violation of the client's
    char message[256]; // for the client; a 401 has no body
    struct vespa_sim_auth auth;
    struct vespa_sim_slice payload; // slice of the request's body; data NULL without a body
    struct vespa_sim_text query;    // the application's own parameters
};

// Stores the verdict, which must be freed. An accepted assignment is used up.
void vespa_sim_envelope_judge(struct vespa_sim_worker *worker,
                              const struct vespa_sim_request *request,
                              struct vespa_sim_verdict *verdict);

void vespa_sim_verdict_free(struct vespa_sim_verdict *verdict);

// Whether the method carries the envelope in its body (POST, PUT, PATCH).
bool vespa_sim_has_body(const char *method);

// Adds `text` with %XX decoded, and '+' as a space.
void vespa_sim_percent_decode(struct vespa_sim_slice text, struct vespa_sim_text *out);

#endif
