/* The workload of a request, which the autoscaler is told as its cost (protocol.md §6). */
#ifndef VESPA_CORE_WORKLOAD_H
#define VESPA_CORE_WORKLOAD_H

#include "core/header.h"
#include "core/rule.h"

/* The request header that states it; any case. It is never sent on. */
#define VESPA_WORKLOAD_HEADER "X-Serverless-Cost"

/* Whether a text may be the cost: a JSON number above zero, and one that a double can hold. It is
 * kept as text and goes into every route request of the request in the same digits (protocol.md
 * §3). */
bool vespa_workload_is_valid(struct vespa_slice text);

/*
 * Chooses the cost: the header, else rule->cost, else what the payload says (empty: nothing), else
 * the default of 100 units. False when the header's value is not a cost: then *cost is that value,
 * and the request is to be refused. *cost is a slice of one of the arguments or of static memory.
 */
bool vespa_workload_choose(const struct vespa_header *headers, size_t header_count,
                           const struct vespa_rule *rule, struct vespa_slice payload,
                           struct vespa_slice *cost);

#endif
