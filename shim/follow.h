/*
 * Redirects that the application wants followed (CURLOPT_FOLLOWLOCATION). On the leg to a worker
 * libcurl follows none (design.md §2.4). What a worker answers leads back to the virtual host,
 * where the application sees it, and following it is a new routed request, on whichever worker; the
 * rules for its method are libcurl's.
 */
#ifndef VESPA_SHIM_FOLLOW_H
#define VESPA_SHIM_FOLLOW_H

#include "core/exchange.h"

#include <curl/curl.h>
#include <stdbool.h>

struct vespa_transfer;

struct vespa_follow {
    char *next_url; /* owned: where the answer's redirect leads; NULL: it is not followed */
    enum vespa_match next_match;
    const struct vespa_rule *next_rule;

    char *url; /* owned: of the request that is under way; NULL: the application's own */
    enum vespa_match match;
    const struct vespa_rule *rule;
    bool as_get; /* it has lost its body, as a POST does by a 302 */
    unsigned count;
};

/* Looks at an answer whose head is complete. True: it is a redirect that is to be followed, so that
 * its body is nobody's. */
bool vespa_follow_look(struct vespa_transfer *transfer);

/* The leg of an answer that is to be followed has ended well. True: the exchange is a new one, to
 * be asked for its first step; false: the request is over, with *result. */
bool vespa_follow_begin(struct vespa_transfer *transfer, CURLcode *result);

/* Makes of the application's request the one that is under way. */
void vespa_follow_describe(const struct vespa_transfer *transfer, struct vespa_request *request);

/* Frees what is held. */
void vespa_follow_end(struct vespa_follow *follow);

#endif
