/* SHA-256 (FIPS 180-4): for the fingerprint of a certificate, not for secrets. */
#ifndef VESPA_CORE_SHA256_H
#define VESPA_CORE_SHA256_H

#include "core/slice.h"

#define VESPA_SHA256_LENGTH 32

/* Writes the digest of the bytes. */
void vespa_sha256(struct vespa_slice bytes, unsigned char digest[static VESPA_SHA256_LENGTH]);

#endif
