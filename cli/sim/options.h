// The command line of `vespa sim`.
#ifndef VESPA_CLI_SIM_OPTIONS_H
#define VESPA_CLI_SIM_OPTIONS_H

#include "cli/sim/faults.h"
#include "cli/sim/signed_text.h"
#include "cli/sim/tls.h"

enum { VESPA_SIM_MAX_WORKERS = 64 };

struct vespa_sim_options {
    long workers;
    const char *endpoint;
    struct vespa_sim_text key;         // endpoint key
    struct vespa_sim_text account_key; // account key
    long port;                         // of the autoscaler
    enum vespa_sim_dialect dialect;
    bool tls;
    bool tls_autoscaler;
    const char *tls_address; // that worker certificates are made out for
    enum vespa_sim_tls_fault tls_fault;
    int tls_fault_worker; // whose certificate has it; -1: all
    const char *backend;
    bool big_numbers;
    bool exit_with_parent;
    long worker_limit;
    long token_delay; // ms
    long idle_timeout;
    double console_pace; // s
    bool help;
};

// Reads the command line; faults go into `faults`. Returns false with an explanation in `error`.
// Strings are borrowed from argv, the keys are owned by *options.
bool vespa_sim_options_read(struct vespa_sim_options *options, int argc, char **argv,
                            struct vespa_sim_faults *faults, struct vespa_sim_text *error);

void vespa_sim_options_free(struct vespa_sim_options *options);

// Prints all options and faults.
void vespa_sim_options_help(FILE *out);

#endif
