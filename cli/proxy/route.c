// Which rule a client's request is for.

#include "cli/proxy/route.h"

#include "core/address.h"
#include "core/path.h"
#include "core/url.h"

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

// A name for this machine, by which the proxy itself is reached.
static bool is_own_name(const struct vespa_url *url)
{
    return vespa_url_host_is(url, VESPA_LITERAL("localhost")) ||
           vespa_address_of(url->host) == VESPA_ADDRESS_LOOPBACK;
}

// Whether some rule is for the host and that very port.
static bool is_port_named(const struct vespa_config *config, const struct vespa_url *url)
{
    for (size_t i = 0; i < config->rule_count; i++)
        for (size_t k = 0; k < config->rules[i].host_count; k++) {
            const struct vespa_host *host = &config->rules[i].hosts[k];
            if (host->port && host->port == url->port &&
                vespa_url_host_is(url, vespa_slice_of(host->name)))
                return true;
        }
    return false;
}

// Whether the URL's host is one of the rules' and another place than the proxy.
static bool is_elsewhere(const struct vespa_config *config, struct vespa_slice url)
{
    struct vespa_url parsed;
    return vespa_match_names_host(config, url) && vespa_url_parse(url, &parsed) &&
           !vespa_url_host_is(&parsed, VESPA_LITERAL(VESPA_DEFAULT_HOST)) &&
           (!is_own_name(&parsed) || is_port_named(config, &parsed));
}

enum vespa_match vespa_proxy_route(const struct vespa_config *config, struct vespa_slice url,
                                   struct vespa_slice target, const struct vespa_rule **rule)
{
    enum vespa_match match = vespa_match_url(config, url, rule);
    int longest = -1;
    if (match != VESPA_NOT_OURS || is_elsewhere(config, url))
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
