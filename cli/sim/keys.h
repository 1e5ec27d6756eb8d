// The autoscaler's signing key: RSA 2048, PKCS#1 v1.5, SHA-256 (protocol.md §4).
#ifndef VESPA_CLI_SIM_KEYS_H
#define VESPA_CLI_SIM_KEYS_H

#include "cli/sim/text.h"

struct vespa_sim_keys;

// Makes a fresh key pair. NULL if OpenSSL cannot.
struct vespa_sim_keys *vespa_sim_keys_new(void);
void vespa_sim_keys_free(struct vespa_sim_keys *keys);

// The public key as PEM, owned by `keys`.
const char *vespa_sim_keys_public_pem(const struct vespa_sim_keys *keys);

// Adds the base64 signature over `text` to `out`.
void vespa_sim_keys_sign(const struct vespa_sim_keys *keys, struct vespa_sim_slice text,
                         struct vespa_sim_text *out);

// Whether `signature` (base64, padding required) is this key's over `text`.
bool vespa_sim_keys_verify(const struct vespa_sim_keys *keys, struct vespa_sim_slice text,
                           struct vespa_sim_slice signature);

// Adds `bytes` random bytes in hexadecimal.
void vespa_sim_random_hex(size_t bytes, struct vespa_sim_text *out);

// Stores the SHA-256 of `bytes` in hexadecimal.
void vespa_sim_sha256(struct vespa_sim_slice bytes, char out[65]);

#endif
