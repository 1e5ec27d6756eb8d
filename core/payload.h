/*
 * The application's body, checked: it must be one JSON text, and what it holds of workload is found
 * in the same pass (protocol.md §6). The body may arrive in portions, or be scanned in portions so
 * that no single call takes long.
 */
#ifndef VESPA_CORE_PAYLOAD_H
#define VESPA_CORE_PAYLOAD_H

#include "core/json.h"

enum vespa_payload_status {
    VESPA_PAYLOAD_MORE,   /* fine so far */
    VESPA_PAYLOAD_VALID,  /* one JSON text */
    VESPA_PAYLOAD_INVALID /* json.error_offset and json.expected say why */
};

/* Names of members that may hold the workload; order of precedence. */
#define VESPA_WORKLOAD_FIELDS 5

struct vespa_payload {
    enum vespa_payload_status status;
    bool is_object;          /* the outermost value is an object */
    struct vespa_slice cost; /* the detected workload, digits as written; empty: none. A slice of
                                the body that the last call was given */
    /* The rest is private. */
    struct vespa_json json;
    struct {
        size_t start, end;
    } found[2][VESPA_WORKLOAD_FIELDS]; /* [0] top level, [1] nested */
    int field;                         /* index of the field whose value comes next, or -1 */
    bool nested;                       /* inside "parameters" or "input" */
    bool nested_next;
};

/* Begins a body. */
void vespa_payload_init(struct vespa_payload *payload);

/* Scans on up to the end of what is there. body holds the body's bytes from its beginning, as many
 * as there are by now; last says that it is whole. Once VALID or INVALID was returned, further
 * calls return the same. */
enum vespa_payload_status vespa_payload_scan(struct vespa_payload *payload, struct vespa_slice body,
                                             bool last);

#endif
