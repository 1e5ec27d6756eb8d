/*
 * While the shim works or waits for the application, the application's patience counts as it would
 * on a slow server: progress callbacks are called and may abort, CURLOPT_TIMEOUT_MS and the
 * low-speed rule end the request (design.md §3).
 */
#ifndef VESPA_SHIM_PATIENCE_H
#define VESPA_SHIM_PATIENCE_H

#include "shim/transfer.h"

/* Calls the application's progress callback, if it has one that is switched on, with nothing
 * transferred. False: it asked to abort. */
bool vespa_patience_progress(const struct vespa_transfer *transfer);

/* What the application's own limits say at this moment: CURLE_OK, or CURLE_OPERATION_TIMEDOUT with
 * the reason in transfer->error. */
CURLcode vespa_patience_limits(struct vespa_transfer *transfer);

/* Whether the application wants to be asked while nothing happens: a progress callback is switched
 * on, or the low-speed rule is set. */
bool vespa_patience_is_asked(const struct vespa_transfer *transfer);

/* Both: CURLE_OK, or why the application has had enough. */
CURLcode vespa_patience_check(struct vespa_transfer *transfer);

/* Waits, at most that long. CURLE_OK: the time is up; else why the application has had enough. */
CURLcode vespa_patience_wait(struct vespa_transfer *transfer, uint32_t milliseconds);

#endif
