/*
 * Bytes that several handles hold, in any threads: the body of CURLOPT_COPYPOSTFIELDS, which a
 * handle has in common with its duplicates. They never change.
 */
#ifndef VESPA_SHIM_SHARED_BYTES_H
#define VESPA_SHIM_SHARED_BYTES_H

#include <stdatomic.h>
#include <stddef.h>

struct vespa_shared_bytes {
    atomic_uint holders;
    char data[]; /* zero-terminated */
};

/* A copy with one holder; a zero is put behind it. NULL: memory ran out. */
struct vespa_shared_bytes *vespa_shared_bytes_new(const char *data, size_t length);

/* One holder more; returns bytes. NULL is allowed. */
struct vespa_shared_bytes *vespa_shared_bytes_hold(struct vespa_shared_bytes *bytes);

/* One holder less; the last one frees them. NULL is allowed. */
void vespa_shared_bytes_release(struct vespa_shared_bytes *bytes);

#endif
