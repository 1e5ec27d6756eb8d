// Which rule a client's request is for.

#include "cli/proxy/route.h"

#include "core/path.h"

#include <string.h>

// The length of the longest of the rule's paths that the target begins with; -1: none is.
static int match_length(const struct vespa_rule *rule, struct vespa_slice target)
{
    int longest = rule->paths ? -1 : 0;
    for (char *const *path = rule->paths; path && *path; path++)
        if (vespa_path_begins_with(target, vespa_slice_of(*path)) && (int)strlen(*path) > longest)
            longest = (int)strlen(*path);
    return longest;
}

enum vespa_match vespa_proxy_route(const struct vespa_config *config, struct vespa_slice url,
                                   struct vespa_slice target, const struct vespa_rule **rule)
{
    enum vespa_match match = vespa_match_url(config, url, rule);
    int longest = -1;
    if (match != VESPA_NOT_OURS)
        return match;
    for (size_t i = 0; i < config->rule_count; i++) {
        int length = match_length(&config->rules[i], target);
        if (length <= longest)
            continue;
        longest = length;
        *rule = &config->rules[i];
    }
    return longest < 0 ? VESPA_UNKNOWN_ENDPOINT : VESPA_OURS;
}
