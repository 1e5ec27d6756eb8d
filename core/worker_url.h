/* The address of a worker as the autoscaler gave it, held to design.md §3 (Trust). */
#ifndef VESPA_CORE_WORKER_URL_H
#define VESPA_CORE_WORKER_URL_H

#include "core/rule.h"

/*
 * Checks the `url` of a route answer (its JSON escapes resolved). Acceptable is
 * https://HOST[:PORT][/] without userinfo, query and fragment; HOST is a name or an address, in
 * plain ASCII and not percent-encoded. Unless rule->local_workers, http is refused, and so are
 * addresses that are loopback, link-local, private, unspecified, multicast or otherwise not public,
 * in every spelling that libcurl or inet_aton would read as one, and names that are local by their
 * form (localhost, *.local, *.internal, a name without a dot, …). rule->worker_schemes and
 * rule->worker_hosts take the place of these two.
 *
 * Returns NULL when it is acceptable, and *base is then the part scheme://HOST[:PORT] of url; else
 * static text that says what is not, to follow "the worker's address …": "is a private address".
 */
const char *vespa_worker_url_check(const struct vespa_rule *rule, struct vespa_slice url,
                                   struct vespa_slice *base);

#endif
