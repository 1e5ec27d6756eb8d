/*
 * The application's cookie engine stays switched on during a worker leg, for switching it off would
 * throw its cookies away (design.md §2.2). Here is seen to it that none of them reaches the worker,
 * and that none of the worker's stays.
 */
#ifndef VESPA_SHIM_COOKIES_H
#define VESPA_SHIM_COOKIES_H

#include "core/curl_api.h"

#include <stdbool.h>

struct vespa_transfer;

struct vespa_cookies {
    bool active;    /* the handle has cookies of its own, or of a share */
    char host[256]; /* the name for which a worker's cookies are taken in */
};

/*
 * Before the worker leg, once it is set up. libcurl matches cookies against the Host header where
 * one is set: if the jar holds cookies that would go to the worker's host, the leg gets a Host that
 * no cookie can be for. Does nothing where the application never switched cookies on.
 */
CURLcode vespa_cookies_guard(struct vespa_cookies *cookies, struct vespa_transfer *transfer,
                             const char *worker_url);

/* After the leg: takes out what the worker has set. */
void vespa_cookies_clean(const struct vespa_cookies *cookies, struct vespa_transfer *transfer);

#endif
