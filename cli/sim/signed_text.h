// The text that the autoscaler signs and a worker checks, spelled as Python's json module would
// (protocol.md §4, "The signature, and why bytes matter").
#ifndef VESPA_CLI_SIM_SIGNED_TEXT_H
#define VESPA_CLI_SIM_SIGNED_TEXT_H

#include "cli/sim/text.h"

// Which members the signature covers.
enum vespa_sim_dialect {
    VESPA_SIM_DIALECT_VESPA,    // cost, endpoint, reqnum, request_idx, url
    VESPA_SIM_DIALECT_PYWORKER, // cost, endpoint, reqnum, url
    VESPA_SIM_DIALECT_SDK,      // url
};

// The six members of auth_data in the order in which Python sorts them.
enum vespa_sim_auth_field {
    VESPA_SIM_AUTH_COST,
    VESPA_SIM_AUTH_ENDPOINT,
    VESPA_SIM_AUTH_REQNUM,
    VESPA_SIM_AUTH_REQUEST_IDX,
    VESPA_SIM_AUTH_SIGNATURE,
    VESPA_SIM_AUTH_URL,
    VESPA_SIM_AUTH_FIELDS,
};

// One assignment of a worker to a request. Numbers are kept as the digits that were received or
// sent, strings decoded.
struct vespa_sim_auth {
    struct vespa_sim_text field[VESPA_SIM_AUTH_FIELDS];
};

// The member's name in auth_data: "cost", "endpoint", …
const char *vespa_sim_auth_name(enum vespa_sim_auth_field field);

// Whether the member is a JSON number (else it is a string).
bool vespa_sim_auth_is_number(enum vespa_sim_auth_field field);

void vespa_sim_auth_free(struct vespa_sim_auth *auth);

// Adds json.dumps(members, indent=4, sort_keys=True) of the members that `dialect` signs.
void vespa_sim_signed_text(enum vespa_sim_dialect dialect, const struct vespa_sim_auth *auth,
                           struct vespa_sim_text *out);

enum { VESPA_SIM_FLOAT_SIZE = 48 };

// Spells a finite number as Python's repr(float): 242.0, 0.1, 1e+16.
void vespa_sim_python_float(double number, char out[VESPA_SIM_FLOAT_SIZE]);

// Adds a string literal as json.dumps writes it: ASCII only.
void vespa_sim_python_string(struct vespa_sim_slice value, struct vespa_sim_text *out);

#endif
