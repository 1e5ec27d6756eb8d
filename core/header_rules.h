/*
 * Which headers of the application reach a worker, and which of a worker's reach the application
 * (design.md §2.4 and §3, protocol.md §5). Workers are strangers' machines: towards them an
 * allow-list holds; what comes back must not speak for the virtual host.
 */
#ifndef VESPA_CORE_HEADER_RULES_H
#define VESPA_CORE_HEADER_RULES_H

#include "core/buffer.h"
#include "core/header.h"
#include "core/rule.h"
#include "core/url.h"

/* Whether a request header of that name may go to a worker: Accept, Accept-Encoding,
 * Accept-Language, User-Agent, traceparent, and what rule->pass_headers names. Never, even if named
 * there: what frames the message or belongs to one connection (Host, Content-Length, Content-Type,
 * Transfer-Encoding, Connection, Expect, TE, Trailer, Upgrade, Keep-Alive, HTTP2-Settings, Proxy-…)
 * and X-Serverless-Cost. */
bool vespa_header_passes(const struct vespa_rule *rule, struct vespa_slice name);

/* Whether it may if it was named for this very request: all but those that never may. */
bool vespa_header_may_pass(struct vespa_slice name);

/* Whether a header can be written as one line: the name is a token (RFC 9110 §5.1), the value holds
 * neither CR nor LF nor NUL. */
bool vespa_header_is_well_formed(struct vespa_header header);

/* What becomes of one line of a worker's head, or of a trailer. */
enum vespa_response_rule {
    VESPA_RESPONSE_KEEP,
    VESPA_RESPONSE_DROP,     /* it would speak for the virtual host */
    VESPA_RESPONSE_LOCATION, /* to be held to vespa_location_rewrite; ELSEWHERE in a redirect
                                (3xx) is a 502 */
    VESPA_RESPONSE_CONTENT_LOCATION, /* likewise; it only informs, so what cannot be rewritten is
                                        left out */
    VESPA_RESPONSE_CONTINUED         /* goes on with the line before: do as was done with that */
};

/* The rule for a line as received, its end included. Dropped are Set-Cookie, Set-Cookie2,
 * Strict-Transport-Security, Alt-Svc, Public-Key-Pins (…-Report-Only), Expect-CT, Clear-Site-Data,
 * NEL, Report-To, and Refresh, a redirect outside of any standard that could not be rewritten for
 * certain. Status line, empty line and what has no colon are kept. */
enum vespa_response_rule vespa_response_header_rule(struct vespa_slice line);

/* The same for a header that was taken apart already; never VESPA_RESPONSE_CONTINUED. */
enum vespa_response_rule vespa_response_field_rule(struct vespa_header header);

enum vespa_location {
    VESPA_LOCATION_AS_IT_IS,  /* relative: nothing was written */
    VESPA_LOCATION_REWRITTEN, /* *out holds the value for the application */
    VESPA_LOCATION_ELSEWHERE, /* it leads to another server: nothing was written */
    VESPA_LOCATION_MALFORMED  /* control characters, or an absolute URL that cannot be read */
};

/*
 * Translates a worker's Location for the application (design.md §2.4). worker: the URL to which the
 * request was sent; own: the URL that the application asked for. An absolute or scheme-relative
 * value whose scheme, host and port are the worker's gets those of own (http where own has no
 * scheme); path, query and fragment stay. serverless_* parameters that a worker echoes in the query
 * are taken out, of relative values too. The result is appended to *out; the caller asks
 * out->failed.
 */
enum vespa_location vespa_location_rewrite(struct vespa_slice value, struct vespa_slice worker,
                                           const struct vespa_url *own, struct vespa_buffer *out);

#endif
