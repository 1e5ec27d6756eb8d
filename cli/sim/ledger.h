// What the autoscaler handed out: requests by request_idx and assignments by reqnum.
//
// The last 65,536 of each are remembered; an older one counts as unknown. Numbers and costs are
// compared as they are spelled.
#ifndef VESPA_CLI_SIM_LEDGER_H
#define VESPA_CLI_SIM_LEDGER_H

#include "cli/sim/signed_text.h"

#include <stdint.h>

enum { VESPA_SIM_COST_SIZE = 64 };

struct vespa_sim_ledger;

// `big` starts both numberings beyond 2^53.
struct vespa_sim_ledger *vespa_sim_ledger_new(bool big);
void vespa_sim_ledger_free(struct vespa_sim_ledger *ledger);

// A new request whose cost the client spelled so; returns its request_idx.
uint64_t vespa_sim_ledger_open(struct vespa_sim_ledger *ledger, const char *cost);

// Checks that a request may be asked for again with that cost. NULL, or what is wrong with it:
// "unknown request_idx", "cost changed", "request_idx of a finished request".
const char *vespa_sim_ledger_resume(struct vespa_sim_ledger *ledger, uint64_t request_idx,
                                    const char *cost);

// Counts a route call of the request; returns how many there were before.
uint64_t vespa_sim_ledger_poll(struct vespa_sim_ledger *ledger, uint64_t request_idx);

// The worker that the request was sent to last, -1 if to none.
int vespa_sim_ledger_last_worker(struct vespa_sim_ledger *ledger, uint64_t request_idx);

// Notes an assignment with the cost as the answer spells it; returns its reqnum. `worker` is -1 if
// any worker may be reached by the url that was given out.
uint64_t vespa_sim_ledger_assign(struct vespa_sim_ledger *ledger, uint64_t request_idx, int worker,
                                 bool any_worker, const char *cost);

// Uses up an assignment that came back to `worker` with a good signature. NULL, or the reason why
// it is refused: "unknown reqnum", "replayed", "altered: FIELD", "other worker's assignment".
const char *vespa_sim_ledger_claim(struct vespa_sim_ledger *ledger,
                                   const struct vespa_sim_auth *auth, int worker);

// The request's answer has been delivered: its request_idx must not be used again.
void vespa_sim_ledger_finish(struct vespa_sim_ledger *ledger, uint64_t request_idx);

// Reads decimal digits; false if it is something else or does not fit.
bool vespa_sim_read_count(const char *digits, uint64_t *number);

#endif
