/* Bytes that several handles hold. */
#include "shim/shared_bytes.h"

#include <stdlib.h>
#include <string.h>

struct vespa_shared_bytes *vespa_shared_bytes_new(const char *data, size_t length)
{
    struct vespa_shared_bytes *bytes = malloc(sizeof *bytes + length + 1);
    if (!bytes)
        return NULL;
    atomic_init(&bytes->holders, 1);
    memcpy(bytes->data, data, length);
    bytes->data[length] = '\0';
    return bytes;
}

struct vespa_shared_bytes *vespa_shared_bytes_hold(struct vespa_shared_bytes *bytes)
{
    if (bytes)
        atomic_fetch_add_explicit(&bytes->holders, 1, memory_order_relaxed);
    return bytes;
}

void vespa_shared_bytes_release(struct vespa_shared_bytes *bytes)
{
    if (bytes && atomic_fetch_sub_explicit(&bytes->holders, 1, memory_order_acq_rel) == 1)
        free(bytes);
}
