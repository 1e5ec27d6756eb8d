// Where a client's request was aimed: what is sent there when no worker takes it, as the fallback
// of its rule says (design.md §3).
#ifndef VESPA_CLI_PROXY_ORIGIN_H
#define VESPA_CLI_PROXY_ORIGIN_H

#include "cli/proxy/guard.h"
#include "cli/proxy/request.h"

// By this the proxy knows a request again that it has sent itself: it stands in Via (RFC 9110
// §7.6.3).
#define VESPA_PROXY_VIA_SIZE 32
void vespa_proxy_make_via(char via[static VESPA_PROXY_VIA_SIZE]);

// Whether the request has come from this very proxy: the name that it was sent to leads back here.
bool vespa_proxy_is_loop(struct MHD_Connection *connection, const char *via);

struct vespa_proxy_origin {
    struct vespa_buffer url;
    struct vespa_header *headers;
    size_t header_count;
};

// Describes the request as it came, with the client's own credentials, but for what belongs to its
// connection and for this proxy's own token; http where the client wrote a whole URL, else https,
// to the host that it named. Only a host of the rule's may be one, or whoever sends a Host header
// would choose where this proxy connects to. False: there is none, or memory ran out. *send is
// valid until origin is freed and as long as request and connection are.
bool vespa_proxy_origin_describe(struct vespa_proxy_origin *origin,
                                 const struct vespa_proxy_request *request,
                                 struct MHD_Connection *connection,
                                 const struct vespa_config *config,
                                 const struct vespa_proxy_guard *guard, const char *via,
                                 struct vespa_send *send);

void vespa_proxy_origin_free(struct vespa_proxy_origin *origin);

#endif
