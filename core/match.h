/* Matching a request's URL to a rule. */
#ifndef VESPA_CORE_MATCH_H
#define VESPA_CORE_MATCH_H

#include "core/config.h"

enum vespa_match {
    VESPA_NOT_OURS,         /* goes where it was aimed, untouched */
    VESPA_OURS,             /* *rule says how */
    VESPA_UNKNOWN_ENDPOINT, /* NAME.vespa.internal, but no rule is for an endpoint of that name */
    VESPA_AMBIGUOUS         /* two endpoints have names that differ only in case, or one name in two
                               deployments */
};

/*
 * Finds the rule for a URL. Hosts are compared after parsing, without case, never by substring; a
 * rule's port must be the URL's (written or the scheme's default), and one of its paths must be the
 * beginning of the URL's (core/path.h). An exact name wins over a wildcard, a longer wildcard over
 * a shorter one, then a longer path over a shorter one, then an earlier rule over a later one.
 * Where config->default_names, NAME.vespa.internal is the rule whose endpoint is NAME, without case
 * and for all paths (design.md §3), and vespa.internal without a rule names an unknown endpoint.
 * URLs that are not http or https, or that libcurl would refuse, are not ours.
 * *rule is set for VESPA_OURS, else NULL. No allocation; safe from any thread.
 */
enum vespa_match vespa_match_url(const struct vespa_config *config, struct vespa_slice url,
                                 const struct vespa_rule **rule);

/* The same for a request that goes to another port than its URL's (CURLOPT_PORT; 0: to that one)
 * or for another path and query (CURLOPT_REQUEST_TARGET; empty: for those). */
enum vespa_match vespa_match_request(const struct vespa_config *config, struct vespa_slice url,
                                     uint16_t port, struct vespa_slice target,
                                     const struct vespa_rule **rule);

/* Whether a rule is for the URL's host and port, if only for other paths than this one's. */
bool vespa_match_names_host(const struct vespa_config *config, struct vespa_slice url);

#endif
