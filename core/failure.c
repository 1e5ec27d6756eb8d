/*
 * What a libcurl result means for another attempt. Numbers are libcurl's, stable for ever; names
 * that are younger than 7.74 are written as numbers.
 */
#include "core/failure.h"

#include <curl/curl.h>

enum {
    PROXY_FAILED = 97,       /* CURLE_PROXY, 7.73 */
    CLIENT_CERT_WANTED = 98, /* CURLE_SSL_CLIENTCERT, 7.77 */
    HEADERS_TOO_LARGE = 100, /* CURLE_TOO_LARGE, 8.6 */
    ECH_WANTED = 101         /* CURLE_ECH_REQUIRED, 8.8 */
};

/* A connection that ended, or a time that did, at an unknown moment: how far had it come? */
static enum vespa_failure by_progress(struct vespa_transfer_end end, enum vespa_failure connected)
{
    if (end.answer_started)
        return VESPA_FAILURE_CUT;
    return end.connected ? connected : VESPA_FAILURE_CONNECT;
}

enum vespa_failure vespa_failure_of(struct vespa_transfer_end end)
{
    switch (end.code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_QUIC_CONNECT_ERROR:
    case PROXY_FAILED:
        return VESPA_FAILURE_CONNECT;

    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_USE_SSL_FAILED:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CLIENT_CERT_WANTED:
    case ECH_WANTED:
        return VESPA_FAILURE_TLS;

    case CURLE_OPERATION_TIMEDOUT:
        return by_progress(end, VESPA_FAILURE_TIMEOUT);

    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_HTTP3:
        return by_progress(end, VESPA_FAILURE_CLOSED);

    /* Something was received that is no answer, or not all of one. */
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_PARTIAL_FILE:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_HTTP_RETURNED_ERROR:
    case CURLE_TOO_MANY_REDIRECTS:
    case HEADERS_TOO_LARGE:
        return VESPA_FAILURE_CUT;

    /* HTTP/0.9, where the worker has spoken; else a scheme that this libcurl does not have. */
    case CURLE_UNSUPPORTED_PROTOCOL:
        return end.connected ? VESPA_FAILURE_CUT : VESPA_FAILURE_LOCAL;

    /* The others have their cause on our side, and what an unknown one means nobody can tell: no
     * other attempt is made after them. */
    default:
        return end.answer_started ? VESPA_FAILURE_CUT : VESPA_FAILURE_LOCAL;
    }
}
