// Which rule a client's request is for.
#ifndef VESPA_CLI_PROXY_ROUTE_H
#define VESPA_CLI_PROXY_ROUTE_H

#include "core/match.h"

// The rule for a request: that of its Host header and path; or, where the host is none of the
// rules', the one whose path is the longest beginning of this one. VESPA_NOT_OURS: the host is one
// of the rules' but the path is not, so that the request is its host's own. target: path and query,
// as the client wrote them. *rule is set for VESPA_OURS.
enum vespa_match vespa_proxy_route(const struct vespa_config *config, struct vespa_slice url,
                                   struct vespa_slice target, const struct vespa_rule **rule);

#endif
