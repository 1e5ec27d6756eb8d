/* What a key looks like, and an endpoint's key in the console's list of endpoints (protocol.md §2).
 */
#ifndef VESPA_CORE_ENDPOINT_KEY_H
#define VESPA_CORE_ENDPOINT_KEY_H

#include "core/buffer.h"

/* The longest list that is read, bytes. */
#define VESPA_ENDPOINT_LIST_LIMIT (1024U * 1024)

/* The longest key that is taken, bytes. */
#define VESPA_LONGEST_KEY 4096

/* Whether it may be a key: one becomes a header's value. */
bool vespa_is_key(struct vespa_slice text);

enum vespa_endpoint_key {
    VESPA_ENDPOINT_KEY_FOUND,
    VESPA_ENDPOINT_KEY_NOT_FOUND, /* the list is whole, and the endpoint is not in it */
    VESPA_ENDPOINT_KEY_UNUSABLE   /* not such a list, or the endpoint has no key in it */
};

/*
 * Reads {"results": [{"endpoint_name": …, "api_key": …}, …]}. FOUND: the key of the first endpoint
 * of that very name was appended to *key, a secret. NOT_FOUND: the names of those that are there
 * were appended to *names, joined by ", ", the first ten. The caller asks for `failed` of both.
 */
enum vespa_endpoint_key vespa_endpoint_key_find(struct vespa_slice body,
                                                struct vespa_slice endpoint,
                                                struct vespa_buffer *key,
                                                struct vespa_buffer *names);

#endif
