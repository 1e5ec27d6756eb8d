/* Where the cost comes from: the first source that has one (protocol.md §6). */
#include "core/workload.h"

#include "core/variables.h"

/* The SDK's. The Vespa proxy's 1.0 would under-report by a factor of 100. */
#define DEFAULT_COST "100"

bool vespa_workload_is_valid(struct vespa_slice text)
{
    return vespa_is_cost(text);
}

bool vespa_workload_choose(const struct vespa_header *headers, size_t header_count,
                           const struct vespa_rule *rule, struct vespa_slice payload,
                           struct vespa_slice *cost)
{
    for (size_t i = 0; i < header_count; i++)
        if (vespa_slice_equal_nocase(headers[i].name, VESPA_LITERAL(VESPA_WORKLOAD_HEADER))) {
            *cost = vespa_slice_trim(headers[i].value);
            return vespa_workload_is_valid(*cost);
        }
    if (rule->cost)
        *cost = vespa_slice_of(rule->cost);
    else
        *cost = payload.length ? payload : VESPA_LITERAL(DEFAULT_COST);
    return true;
}
