/*
 * curl_multi_get_offt (8.16) counts the handles of a multi handle, ours among them. What it says of
 * them is turned into what it would say of the application's alone.
 */
#ifndef VESPA_SHIM_MULTI_NUMBERS_H
#define VESPA_SHIM_MULTI_NUMBERS_H

#include "shim/multi.h"

/* CURLMinfo_offt (curl/multi.h of 8.16), which is newer than our floor. */
enum vespa_multi_number {
    VESPA_XFERS_CURRENT = 1, /* handles that are added */
    VESPA_XFERS_RUNNING,     /* of these: neither pending nor done */
    VESPA_XFERS_PENDING,     /* wait for a connection that they may have */
    VESPA_XFERS_DONE,        /* are done, and still added */
    VESPA_XFERS_ADDED        /* that ever were added */
};

/* The application's number, from the real one. One that is not known stays as it is. */
curl_off_t vespa_multi_own_number(const struct vespa_multi *multi, int what, curl_off_t real);

#endif
