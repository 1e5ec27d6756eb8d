// Who may use the proxy: whoever reaches it spends the owner's money.
//
// Programs of this machine may, and whoever has the token where there is one. Web pages may not:
// one that is open in a browser of this machine could send requests here too. It gives itself away
// by Origin and Sec-Fetch-Site, and where it has made its own name point here (DNS rebinding), by
// the Host header.
#ifndef VESPA_CLI_PROXY_GUARD_H
#define VESPA_CLI_PROXY_GUARD_H

#include "core/config.h"

// Settings; all borrowed.
struct vespa_proxy_guard {
    const char *host;    // the address that is listened on
    const char *hosts;   // further names for Host, comma-separated; "*": any. NULL: none
    const char *origins; // web pages that may, "https://HOST[:PORT]", comma-separated; "*": all
    const char *token;   // NULL: none is wanted
    bool local_socket;   // a Unix socket, which no browser reaches: any Host will do
};

// What counts of a request; empty: it has no such header.
struct vespa_proxy_visitor {
    struct vespa_slice host;
    struct vespa_slice origin;
    struct vespa_slice fetch_site;
    struct vespa_slice authorization;
};

enum vespa_proxy_verdict {
    VESPA_PROXY_WELCOME,
    VESPA_PROXY_WRONG_HOST,  // 421
    VESPA_PROXY_FROM_A_PAGE, // 403
    VESPA_PROXY_NO_TOKEN     // 401
};

// The configuration's own hosts are names for Host as well.
enum vespa_proxy_verdict vespa_proxy_guard_check(const struct vespa_proxy_guard *guard,
                                                 const struct vespa_config *config,
                                                 const struct vespa_proxy_visitor *visitor);

// Whether a web page of that origin may use the proxy.
bool vespa_proxy_guard_allows_origin(const struct vespa_proxy_guard *guard,
                                     struct vespa_slice origin);

// Whether an address is one of this machine's own: a loopback address or "localhost".
bool vespa_proxy_is_loopback(const char *host);

#endif
