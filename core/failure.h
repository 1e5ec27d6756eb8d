/*
 * What can go wrong with a transfer, in the terms in which protocol.md §5 decides about another
 * attempt.
 */
#ifndef VESPA_CORE_FAILURE_H
#define VESPA_CORE_FAILURE_H

#include <stdbool.h>

enum vespa_failure {
    VESPA_FAILURE_CONNECT, /* refused, unreachable, name not found, connecting timed out: nothing of
                              the request has left */
    VESPA_FAILURE_CLOSED,  /* reset or closed before any byte of the answer */
    VESPA_FAILURE_TIMEOUT, /* timed out with the request sent, in whole or in part, and no complete
                              head of an answer */
    VESPA_FAILURE_CUT,     /* ended after the first byte of the answer, before its end */
    VESPA_FAILURE_TLS,     /* certificate or handshake not acceptable: nothing has left */
    VESPA_FAILURE_LOCAL    /* the cause is on our side: memory, descriptors, a bad address */
};

/* What a driver knows when libcurl gave a result other than CURLE_OK. */
struct vespa_transfer_end {
    int code;            /* the CURLcode */
    bool connected;      /* a connection stood: some of the request may have been sent */
    bool answer_started; /* at least one byte of the worker's answer was seen */
};

/* The failure that a libcurl result means; the same mapping for all drivers. */
enum vespa_failure vespa_failure_of(struct vespa_transfer_end end);

#endif
