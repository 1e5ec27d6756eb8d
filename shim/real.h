/*
 * Which of the real libcurls behind the hooks a call is for (design.md §2.7). Their tables are made
 * in shim/libraries.h.
 *
 * A handle belongs for life to the libcurl that made it. Where there is no handle, or an unknown
 * one, the caller's own object decides: what its reference would have been bound to without us.
 */
#ifndef VESPA_SHIM_REAL_H
#define VESPA_SHIM_REAL_H

#include "core/curl_api.h"

#include <stdbool.h>
#include <stdint.h>

/* So many libcurls have hooks of their own, for programs that ask dlsym for them. */
#define VESPA_NUMBERED 4

/* The symbol versions that libcurls are built with: upstream's, and those of Debian and its kin. */
#define VESPA_VERSIONS(VERSION) \
    VERSION(1, CURL_OPENSSL_4)  \
    VERSION(2, CURL_GNUTLS_3)   \
    VERSION(3, CURL_NSS_3)      \
    VERSION(4, CURL_OPENSSL_3)  \
    VERSION(5, CURL_GNUTLS_4)   \
    VERSION(6, CURL_NSS_4)      \
    VERSION(7, CURL_4)          \
    VERSION(8, CURL_MULTISSL_4) \
    VERSION(9, CURL_MBEDTLS_4)  \
    VERSION(10, CURL_WOLFSSL_4) \
    VERSION(11, CURL_RUSTLS_4)

/* Where a hook was called from: the return address, which says whose code it is, with the number of
 * the version that was referred to, where that is known, in its highest byte; or, where dlsym gave
 * out the hook, the number of the libcurl that it was asked about. */
typedef uintptr_t vespa_origin;

#define VESPA_VERSION_SHIFT 56

/* The table for a call without a handle. NULL: there is no libcurl, or memory ran out. Never waits
 * for a lock that is held while symbols are looked up. Tables stay for the life of the process, and
 * so do their libcurls. */
const struct vespa_curl_api *vespa_real(vespa_origin origin);

/* The table for a call with a handle, easy or multi; NULL as above. */
const struct vespa_curl_api *vespa_real_of(const void *handle, vespa_origin origin);

/* Whether requests are routed with it. A libcurl that lacks a function that the shim needs is left
 * alone: calls are passed on to it, and nothing else is done (a log line says what is missing). */
bool vespa_real_is_complete(const struct vespa_curl_api *api);

/* The number of the complete libcurl that the function lies in; -1: in none. */
int vespa_real_number(const void *function);

/* A handle was made for the application, and is gone. */
void vespa_real_made(const void *handle, const struct vespa_curl_api *api, vespa_origin origin);
void vespa_real_gone(const void *handle);

/* To be called around fork() as pthread_atfork does it. */
void vespa_real_before_fork(void);
void vespa_real_after_fork(void);

#endif
