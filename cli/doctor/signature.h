// The autoscaler's signature, as workers check it (protocol.md §4).
#ifndef VESPA_CLI_DOCTOR_SIGNATURE_H
#define VESPA_CLI_DOCTOR_SIGNATURE_H

#include "core/slice.h"

// The kinds of worker, by what they take to be signed.
enum vespa_dialect { VESPA_DIALECT_VESPA, VESPA_DIALECT_PYWORKER, VESPA_DIALECT_SDK };
enum { VESPA_DIALECTS = VESPA_DIALECT_SDK + 1 };

// "Vespa workers", … Static text.
const char *vespa_dialect_name(enum vespa_dialect dialect);

// Whether the signature in auth_data (a JSON object) is the key's over what such a worker puts
// together. key: the autoscaler's public key in PEM.
bool vespa_signature_is_valid(enum vespa_dialect dialect, struct vespa_slice auth_data,
                              struct vespa_slice key);

#endif
