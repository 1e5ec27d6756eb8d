/*
 * The certificate with which Vast signs those of its workers (protocol.md §8). It is fetched, never
 * carried along, and taken only when its fingerprint is a known one.
 */
#ifndef VESPA_CORE_ROOT_H
#define VESPA_CORE_ROOT_H

#include "core/slice.h"

/* A fingerprint: SHA-256 of the DER form, 64 upper-case hexadecimal digits and a zero. */
#define VESPA_FINGERPRINT_SIZE 65

enum vespa_root {
    VESPA_ROOT_KNOWN,     /* one of the pinned certificates, or the accepted one */
    VESPA_ROOT_UNKNOWN,   /* a certificate, but another one */
    VESPA_ROOT_MALFORMED, /* no certificate in PEM */
    VESPA_ROOT_NO_MEMORY
};

/* Looks at the first certificate in the text. accepted: a further fingerprint, as a person may
 * write it (vespa_root_is_fingerprint), or NULL. KNOWN: *pem is that certificate with its BEGIN and
 * END lines, and nothing of what stands around it. KNOWN and UNKNOWN: fingerprint is filled. */
enum vespa_root vespa_root_check(struct vespa_slice text, const char *accepted,
                                 struct vespa_slice *pem,
                                 char fingerprint[static VESPA_FINGERPRINT_SIZE]);

/* Whether a fingerprint is one of the pinned ones. */
bool vespa_root_is_pinned(const char *fingerprint);

/* Whether a text is a SHA-256 fingerprint: 64 hexadecimal digits in either case; ':' and spaces
 * between them play no part. */
bool vespa_root_is_fingerprint(struct vespa_slice text);

#endif
