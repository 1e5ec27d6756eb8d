/* Finding the rule for a URL: hosts are compared as whole names, never by substring. */
#include "core/match.h"

#include "core/path.h"
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

/* How well a path fits: 0 not at all, 1 for a rule of all paths, and more the longer the beginning
 * is. */
static size_t path_fit(const struct vespa_rule *rule, struct vespa_slice path)
{
    size_t best = 0;

    if (!rule->paths)
        return 1;
    for (char *const *one = rule->paths; *one; one++) {
        struct vespa_slice beginning = vespa_slice_of(*one);
        if (beginning.length >= best && vespa_path_begins_with(path, beginning))
            best = beginning.length + 1;
    }
    return best;
}

/* What is looked for, and the best that was found. */
struct search {
    const struct vespa_url *url;
    struct vespa_slice plain; /* its host */
    struct vespa_slice path;
    const struct vespa_rule *best;
    size_t best_fit;
    size_t best_path_fit;
};

static void consider(struct search *search, const struct vespa_rule *rule,
                     const struct vespa_host *host)
{
    size_t found = fit(host, search->url, search->plain);

    if (!found || found < search->best_fit)
        return;
    size_t found_path = path_fit(rule, search->path);
    if (found_path && (found > search->best_fit || found_path > search->best_path_fit)) {
        search->best_fit = found;
        search->best_path_fit = found_path;
        search->best = rule;
    }
}

/* The name itself, and all that it ends in behind a dot. */
static void consider_indexed(struct search *search, const struct vespa_host_index *index)
{
    struct vespa_slice name = search->plain;

    for (;;) {
        const struct vespa_host_entry *entry = vespa_host_index_find(index, name);
        for (; entry; entry = entry->next)
            consider(search, entry->rule, entry->host);
        size_t dot = vespa_slice_find(name, '.');
        if (dot == name.length)
            return;
        name = vespa_slice_part(name, dot + 1, name.length);
    }
}

static const struct vespa_rule *best_rule(const struct vespa_config *config,
                                          const struct vespa_url *url, struct vespa_slice plain,
                                          struct vespa_slice path)
{
    struct search search = {.url = url, .plain = plain, .path = path};

    if (config->host_index) {
        consider_indexed(&search, config->host_index);
        return search.best;
    }
    for (size_t i = 0; i < config->rule_count; i++)
        for (size_t k = 0; k < config->rules[i].host_count; k++)
            consider(&search, &config->rules[i], &config->rules[i].hosts[k]);
    return search.best;
}

/* Whether a host may name both of them: endpoints of one name in two deployments are two. */
static bool is_same_endpoint(const struct vespa_rule *a, const struct vespa_rule *b)
{
    return vespa_slice_equal(vespa_slice_of(a->endpoint), vespa_slice_of(b->endpoint)) &&
           vespa_slice_equal(vespa_slice_of(a->autoscaler_url), vespa_slice_of(b->autoscaler_url));
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
        if (found && !is_same_endpoint(found, candidate))
            return VESPA_AMBIGUOUS;
        if (!found)
            found = candidate;
    }
    *rule = found ? found : unfinished;
    return *rule ? VESPA_OURS : VESPA_UNKNOWN_ENDPOINT;
}

/* Whether a rule is for the default host, if for some of its ports or paths only. */
static bool is_claimed(const struct vespa_config *config)
{
    for (size_t i = 0; i < config->rule_count; i++)
        for (size_t k = 0; k < config->rules[i].host_count; k++)
            if (vespa_slice_equal_nocase(vespa_slice_of(config->rules[i].hosts[k].name),
                                         VESPA_LITERAL(VESPA_DEFAULT_HOST)))
                return true;
    return false;
}

enum vespa_match vespa_match_url(const struct vespa_config *config, struct vespa_slice url,
                                 const struct vespa_rule **rule)
{
    return vespa_match_request(config, url, 0, vespa_slice(NULL, 0), rule);
}

enum vespa_match vespa_match_request(const struct vespa_config *config, struct vespa_slice url,
                                     uint16_t port, struct vespa_slice target,
                                     const struct vespa_rule **rule)
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

    *rule = best_rule(config, &parsed, plain, target.length ? target : parsed.path);
    if (*rule)
        return VESPA_OURS;
    if (!config->default_names || plain.length < parent.length - 1)
        return VESPA_NOT_OURS;
    /* Several endpoints, and none of them is the one without a name. */
    if (vespa_slice_equal(plain, vespa_slice_part(parent, 1, parent.length)))
        return is_claimed(config) ? VESPA_NOT_OURS : VESPA_UNKNOWN_ENDPOINT;
    if (plain.length <= parent.length)
        return VESPA_NOT_OURS;

    size_t end = plain.length - parent.length;
    if (!vespa_slice_equal(vespa_slice_part(plain, end, plain.length), parent))
        return VESPA_NOT_OURS;
    return match_endpoint(config, vespa_slice_part(plain, 0, end), rule);
}

bool vespa_match_names_host(const struct vespa_config *config, struct vespa_slice url)
{
    struct vespa_url parsed;
    char host[LONGEST_HOST];

    if (!vespa_url_parse(url, &parsed))
        return false;
    struct vespa_slice plain = {host, vespa_url_host_plain(&parsed, host, sizeof(host))};
    for (size_t i = 0; i < config->rule_count; i++)
        for (size_t k = 0; k < config->rules[i].host_count; k++)
            if (fit(&config->rules[i].hosts[k], &parsed, plain))
                return true;
    return false;
}
