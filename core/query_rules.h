/*
 * Which query parameters of the application reach a worker (design.md §3, Trust; protocol.md §4).
 * A query is the text behind '?', without it: "a=1&b=2".
 */
#ifndef VESPA_CORE_QUERY_RULES_H
#define VESPA_CORE_QUERY_RULES_H

#include "core/buffer.h"
#include "core/rule.h"

/* Whether a parameter has the name of one of the six that carry the assignment (serverless_cost,
 * _endpoint, _reqnum, _request_idx, _signature, _url); percent-encoding resolved, without case. It
 * could replace the signature, so such a request is refused (protocol.md §4). */
bool vespa_query_is_reserved(struct vespa_slice query);

/* Appends the query as it may go to a worker: parameters stay byte for byte and in order, but those
 * with a credential's name (key, api_key, access_token, signature, …; percent-encoding resolved,
 * without case, '-' and '_' left out) are dropped unless rule->pass_query names them. Returns how
 * many were dropped; the caller asks out->failed. */
size_t vespa_query_filter(const struct vespa_rule *rule, struct vespa_slice query,
                          struct vespa_buffer *out);

/* Appends the query without the six parameters of the assignment; returns how many were dropped. */
size_t vespa_query_without_reserved(struct vespa_slice query, struct vespa_buffer *out);

#endif
