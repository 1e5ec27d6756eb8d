// A certificate authority for the workers, made afresh at each start (protocol.md §8).
#ifndef VESPA_CLI_SIM_TLS_H
#define VESPA_CLI_SIM_TLS_H

struct vespa_sim_tls;

// Makes a CA and a certificate for that IP address, and writes the CA's certificate to a file in a
// new temporary directory. NULL with the reason in *error.
struct vespa_sim_tls *vespa_sim_tls_new(const char *address, const char **error);

// Removes the file and its directory too.
void vespa_sim_tls_free(struct vespa_sim_tls *tls);

// PEM texts and the file's path, owned by `tls`.
const char *vespa_sim_tls_ca_certificate(const struct vespa_sim_tls *tls);
const char *vespa_sim_tls_ca_file(const struct vespa_sim_tls *tls);
const char *vespa_sim_tls_certificate(const struct vespa_sim_tls *tls);
const char *vespa_sim_tls_key(const struct vespa_sim_tls *tls);

#endif
