/*
 * CALLs of the exchange in the blocking driver: on a pooled handle of the shim's own, with the
 * application's way out of its network, and none of its credentials or relaxed verification
 * (design.md §2.8).
 */
#ifndef VESPA_SHIM_AUTOSCALER_H
#define VESPA_SHIM_AUTOSCALER_H

#include "shim/transfer.h"

/* Performs the call and reports its end to the exchange. CURLE_OK: it was reported; else the
 * application has had enough, and why. */
CURLcode vespa_autoscaler_call(struct vespa_transfer *transfer, const struct vespa_call *call);

#endif
