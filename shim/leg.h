/*
 * Legs: the application's easy handle is made ready for a transfer of ours, and put back afterwards
 * (design.md §2.2). Which options are touched is said by the option table; what each had before, by
 * the record.
 */
#ifndef VESPA_SHIM_LEG_H
#define VESPA_SHIM_LEG_H

#include "shim/transfer.h"

/* Sets the handle up to send the request to a worker. *send stays valid until the leg is over. */
CURLcode vespa_leg_worker(struct vespa_transfer *transfer, const struct vespa_send *send);

/* Sets the handle up to get an answer of our own: a complete HTTP answer of at most
 * VESPA_CANNED_LIMIT bytes, which stays valid until the leg is over. Empty: none ever comes, and
 * the leg ends after timeout_ms. */
CURLcode vespa_leg_canned(struct vespa_transfer *transfer, struct vespa_slice answer,
                          long timeout_ms);

/* Sets the handle up to write the application's own form on a socket of ours, whose other end is
 * transfer->canned.other_end: progress, an XFERINFOFUNCTION with the transfer as its data, reads it
 * there. What is answered does not reach the application. */
CURLcode vespa_leg_form(struct vespa_transfer *transfer, void (*progress)(void));

/* Sets one option for the rest of the transfer; to be put back like the others. */
CURLcode vespa_leg_set_number(struct vespa_transfer *transfer, unsigned id, long number);

/* CURLOPT_TIMEOUT_MS for the leg that runs: what was left of the application's own when it began,
 * and no more than within_ms unless that is 0. 0: no limit. */
long vespa_leg_timeout(const struct vespa_transfer *transfer, uint32_t within_ms);

/* Puts everything back as the application had set it. */
void vespa_leg_restore(struct vespa_transfer *transfer);

#endif
