/*
 * A CALL of the exchange on an easy handle: the options are set here, the same for every driver,
 * and the driver performs. The leg carries a key: TLS is verified, redirects are not followed,
 * nothing is read from ~/.netrc, and descriptors are closed on exec from birth.
 */
#ifndef VESPA_CORE_CALL_H
#define VESPA_CORE_CALL_H

#include "core/buffer.h"
#include "core/curl_api.h"
#include "core/exchange.h"
#include "core/header_list.h"

/* The state of one call, and of a handle that rests between two; at one address from prepare to the
 * end. */
struct vespa_caller {
    struct vespa_buffer url; /* the handle is set up for */
    uint32_t timeout_ms;     /* likewise */
    bool resting;            /* vespa_caller_rest came last */
    bool extended;           /* the driver has set options of its own: the handle cannot rest */
    bool tuned;              /* it has set some that it changes while the handle rests */
    struct vespa_buffer answer;
    size_t answer_limit;
    bool too_large; /* the answer went beyond the limit */
    bool answer_started;
    struct vespa_header_list headers;
    char error[CURL_ERROR_SIZE];
};

/* Sets all that the call needs on a handle of our own that is new or went through vespa_caller_end.
 * Options of the host's own (proxy, interface) and progress callbacks may be set by the driver
 * afterwards. False: memory ran out or libcurl refused an option that the call cannot do without;
 * caller->error says which. */
bool vespa_caller_prepare(struct vespa_caller *caller, const struct vespa_curl_api *api, CURL *easy,
                          const struct vespa_call *call);

/* Plain http is for loopback only; through a proxy, which the environment may name too, the key
 * would leave the machine with it. To be called again after the driver has set a proxy. */
CURLcode vespa_caller_keep_local(const struct vespa_curl_api *api, CURL *easy,
                                 const struct vespa_call *call);

/* For CURLOPT_OPENSOCKETFUNCTION: a socket that is closed on exec from birth, for the host may
 * start programs at any time (design.md §2.8). */
curl_socket_t vespa_open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address);

/* Reports the end of the transfer to the exchange. */
void vespa_caller_report(struct vespa_caller *caller, const struct vespa_curl_api *api, CURL *easy,
                         CURLcode result, struct vespa_exchange *exchange, uint64_t now_ms);

/* Instead of vespa_caller_end, where nothing but the call's own options was set on the handle: it
 * stays set up for the next call to the same place. The answer is overwritten. */
void vespa_caller_rest(struct vespa_caller *caller);

/* Makes a handle that rests ready for another call, where that goes to the same place with the same
 * headers. False: it does not, or libcurl refused; vespa_caller_end and _prepare are to be called.
 */
bool vespa_caller_resume(struct vespa_caller *caller, const struct vespa_curl_api *api, CURL *easy,
                         const struct vespa_call *call);

/* Frees what the call held and overwrites what was secret. To be called after the report, or
 * instead of it when the call was given up; the handle goes back to the pool afterwards. */
void vespa_caller_end(struct vespa_caller *caller, const struct vespa_curl_api *api, CURL *easy);

/* The same for a handle that is given up as it is: libcurl is not called. */
void vespa_caller_abandon(struct vespa_caller *caller);

#endif
