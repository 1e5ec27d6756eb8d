/*
 * The application's cookie engine during a worker leg. None of its cookies reaches the worker, none
 * of the worker's stays, and nothing of the application's is lost (design.md §2.2).
 */
#ifndef VESPA_SHIM_COOKIES_H
#define VESPA_SHIM_COOKIES_H

#include "core/curl_api.h"

#include <stdbool.h>

struct vespa_transfer;

struct vespa_cookies {
    bool active;              /* the handle may have cookies, of its own or of a share */
    char host[256];           /* cookies for that name are the worker's */
    struct curl_slist *aside; /* libcurl's: all cookies, taken out while the engine is off */
};

/*
 * Before the worker leg, once it is set up. The engine stays on, for switching it off throws the
 * cookies away. Only if some of them would go to the worker's host, which a program has that talks
 * to that machine otherwise too, they are all put aside and the engine is off for the leg: a Host
 * header would keep them back as well, but libcurl goes on matching cookies with it afterwards.
 */
void vespa_cookies_guard(struct vespa_cookies *cookies, struct vespa_transfer *transfer,
                         const char *worker_url);

/* After the leg: takes out what the worker has set, or brings back what was put aside. Once more
 * does nothing. */
void vespa_cookies_clean(struct vespa_cookies *cookies, struct vespa_transfer *transfer);

#endif
