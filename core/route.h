/*
 * Asking the autoscaler for a worker: the request's text, and what an answer means (protocol.md
 * §3). Values are taken out of the answer as they were written, never read as numbers: `cost` must
 * go to the worker in the very digits of the autoscaler (protocol.md §4).
 */
#ifndef VESPA_CORE_ROUTE_H
#define VESPA_CORE_ROUTE_H

#include "core/buffer.h"

/* The longest answer that is read, bytes. */
#define VESPA_ROUTE_ANSWER_LIMIT (64U * 1024)

/* A worker given to one request. JSON as it was written: strings with their quotes and escapes. */
struct vespa_assignment {
    struct vespa_slice cost;
    struct vespa_slice endpoint;
    struct vespa_slice reqnum;
    struct vespa_slice request_idx;
    struct vespa_slice signature;
    struct vespa_slice url;
};

enum vespa_route_outcome {
    VESPA_ROUTE_READY,       /* `url` is there, and all else that belongs to an assignment */
    VESPA_ROUTE_NOT_READY,   /* no worker yet, or an engine that still loads: wait and ask again */
    VESPA_ROUTE_BAD_REQUEST, /* 400: unknown endpoint or bad arguments */
    VESPA_ROUTE_WRONG_KEY,   /* 401, 403 */
    VESPA_ROUTE_TOO_OFTEN,   /* 429: back off */
    VESPA_ROUTE_FAILED       /* 5xx, any other status, or an answer that is none: transient */
};

struct vespa_route_answer {
    enum vespa_route_outcome outcome;
    struct vespa_assignment assignment; /* READY: all six; slices of the body */
    struct vespa_slice request_idx;     /* as it was written; empty: none was given */
    const char *defect; /* FAILED: what is wrong with an answer of status 200, to follow
                           "the answer …"; static text. NULL: its status is */
};

/* Appends {"endpoint": …, "cost": …[, "request_idx": …]}. cost and request_idx are JSON texts and
 * are copied; an empty request_idx is left out. The caller asks out->failed. */
void vespa_route_request(struct vespa_slice endpoint, struct vespa_slice cost,
                         struct vespa_slice request_idx, struct vespa_buffer *out);

/* Reads an answer: HTTP status and body. */
void vespa_route_read(int status, struct vespa_slice body, struct vespa_route_answer *answer);

/* Appends the assignment's url with its escapes resolved. The caller asks out->failed. */
void vespa_route_url(const struct vespa_assignment *assignment, struct vespa_buffer *out);

#endif
