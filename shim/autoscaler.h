/*
 * CALLs of the exchange: on a handle of the shim's own, with the application's way out of its
 * network, and none of its credentials or relaxed verification (design.md §2.8).
 */
#ifndef VESPA_SHIM_AUTOSCALER_H
#define VESPA_SHIM_AUTOSCALER_H

#include "core/call.h"
#include "shim/transfer.h"

/* Makes a handle that rests after a call like this one ready for it. False: it does not rest, or
 * this call needs more; then it is to be begun. */
bool vespa_autoscaler_resume(const struct vespa_transfer *transfer, struct vespa_caller *caller,
                             CURL *easy, const struct vespa_call *call);

/* Makes a handle of the shim's own ready for the call. Other than CURLE_OK: it cannot be performed,
 * and vespa_autoscaler_end is to be told so. */
CURLcode vespa_autoscaler_begin(struct vespa_transfer *transfer, struct vespa_caller *caller,
                                CURL *easy, const struct vespa_call *call);

/* The call ended with that result, or could not begin. CURLE_OK: it was reported to the exchange;
 * else the application has had enough, and why. The handle rests, or is as if it were new. */
CURLcode vespa_autoscaler_end(struct vespa_transfer *transfer, struct vespa_caller *caller,
                              CURL *easy, CURLcode result);

/* Blocking, on a handle of the process's pool: performs the call and reports its end, as above. */
CURLcode vespa_autoscaler_call(struct vespa_transfer *transfer, const struct vespa_call *call);

#endif
