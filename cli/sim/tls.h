// A certificate authority for the workers, made afresh at each start (protocol.md §8).
#ifndef VESPA_CLI_SIM_TLS_H
#define VESPA_CLI_SIM_TLS_H

#include <stdbool.h>

struct vespa_sim_tls;

// What is wrong with the certificate of some workers.
enum vespa_sim_tls_fault {
    VESPA_SIM_TLS_GOOD,
    VESPA_SIM_TLS_EXPIRED,
    VESPA_SIM_TLS_NOT_YET_VALID,
    VESPA_SIM_TLS_WRONG_HOST, // made out for 192.0.2.1
    VESPA_SIM_TLS_UNKNOWN_ISSUER,
    VESPA_SIM_TLS_FORGED_ISSUER // one that calls itself as the known one does
};

// "expired", "not-yet-valid", "wrong-host", "unknown-issuer", "forged-issuer". False: it is none of
// them.
bool vespa_sim_tls_read_fault(const char *name, enum vespa_sim_tls_fault *fault);

// Makes a CA and certificates for that IP address, a good one and one with that fault, and writes
// the CA's certificate to a file in a new temporary directory. NULL with the reason in *error.
struct vespa_sim_tls *vespa_sim_tls_new(const char *address, enum vespa_sim_tls_fault fault,
                                        const char **error);

// Removes the file and its directory too.
void vespa_sim_tls_free(struct vespa_sim_tls *tls);

// PEM texts and the file's path, owned by `tls`. Both certificates have the one key.
const char *vespa_sim_tls_ca_certificate(const struct vespa_sim_tls *tls);
const char *vespa_sim_tls_ca_file(const struct vespa_sim_tls *tls);
const char *vespa_sim_tls_certificate(const struct vespa_sim_tls *tls);
const char *vespa_sim_tls_faulty_certificate(const struct vespa_sim_tls *tls);
const char *vespa_sim_tls_key(const struct vespa_sim_tls *tls);

#endif
