/* Finding the rule for a URL: hosts are compared as whole names, never by substring. */
#include "core/match.h"

#include "core/url.h"

/* A DNS name has 253 bytes at most (RFC 1035 §2.3.4), so a longer host cannot be reached. */
enum { LONGEST_HOST = 253 };

/* How well a host fits: 0 not at all, 1 by the wildcard of a name of one byte, and so on. */
static size_t fit(const struct vespa_host *host, const struct vespa_url *url,
                  struct vespa_slice plain)
{
    struct vespa_slice name = vespa_slice_of(host->name);

    if (host->port && host->port != vespa_url_port(url))
        return 0;
    if (!host->wildcard)
        return vespa_url_host_is(url, name) ? SIZE_MAX : 0;
    if (!name.length || plain.length < name.length + 2)
        return 0;

    size_t dot = plain.length - name.length - 1;
    bool below = plain.data[dot] == '.' &&
                 vespa_slice_equal_nocase(vespa_slice_part(plain, dot + 1, plain.length), name);
    return below ? name.length : 0;
}

static const struct vespa_rule *best_rule(const struct vespa_config *config,
                                          const struct vespa_url *url, struct vespa_slice plain)
{
    const struct vespa_rule *best = NULL;
    size_t best_fit = 0;

    for (size_t i = 0; i < config->rule_count; i++)
        for (size_t k = 0; k < config->rules[i].host_count; k++) {
            size_t found = fit(&config->rules[i].hosts[k], url, plain);
            if (found > best_fit) {
                best_fit = found;
                best = &config->rules[i];
            }
        }
    return best;
}

/* The rule whose endpoint is NAME. Names of hosts know no case but those of endpoints do, so two
 * may be meant. A rule that lacks its endpoint takes what no other claims: its problem is what the
 * user has to hear, not that the endpoint is unknown. */
static enum vespa_match match_endpoint(const struct vespa_config *config, struct vespa_slice name,
                                       const struct vespa_rule **rule)
{
    const struct vespa_rule *found = NULL;
    const struct vespa_rule *unfinished = NULL;

    for (size_t i = 0; i < config->rule_count; i++) {
        const struct vespa_rule *candidate = &config->rules[i];
        struct vespa_slice endpoint = vespa_slice_of(candidate->endpoint);
        if (!endpoint.length && candidate->problem && !unfinished)
            unfinished = candidate;
        if (!vespa_slice_equal_nocase(endpoint, name))
            continue;
        if (found && !vespa_slice_equal(vespa_slice_of(found->endpoint), endpoint))
            return VESPA_AMBIGUOUS;
        if (!found)
            found = candidate;
    }
    *rule = found ? found : unfinished;
    return *rule ? VESPA_OURS : VESPA_UNKNOWN_ENDPOINT;
}

enum vespa_match vespa_match_url(const struct vespa_config *config, struct vespa_slice url,
                                 const struct vespa_rule **rule)
{
    return vespa_match_request(config, url, 0, rule);
}

enum vespa_match vespa_match_request(const struct vespa_config *config, struct vespa_slice url,
                                     uint16_t port, const struct vespa_rule **rule)
{
    static const struct vespa_slice parent = VESPA_LITERAL("." VESPA_DEFAULT_HOST);
    struct vespa_url parsed;
    char host[LONGEST_HOST];

    *rule = NULL;
    if (!vespa_url_parse(url, &parsed))
        return VESPA_NOT_OURS;
    if (port)
        parsed.port = port;
    struct vespa_slice plain = {host, vespa_url_host_plain(&parsed, host, sizeof(host))};

    *rule = best_rule(config, &parsed, plain);
    if (*rule)
        return VESPA_OURS;
    if (!config->default_names || plain.length <= parent.length)
        return VESPA_NOT_OURS;

    size_t end = plain.length - parent.length;
    if (!vespa_slice_equal(vespa_slice_part(plain, end, plain.length), parent))
        return VESPA_NOT_OURS;
    return match_endpoint(config, vespa_slice_part(plain, 0, end), rule);
}
