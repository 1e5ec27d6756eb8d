/*
 * The envelope's way into libcurl (design.md §2.3): small ones in one piece, so that head and body
 * leave in one packet; large ones in segments through a callback, so that the application's bytes
 * are not copied.
 */
#ifndef VESPA_SHIM_ENVELOPE_BODY_H
#define VESPA_SHIM_ENVELOPE_BODY_H

#include "shim/transfer.h"

/* Sets method and body of the worker leg. *send stays valid until the leg is over. */
CURLcode vespa_envelope_body_set(struct vespa_transfer *transfer, const struct vespa_send *send);

#endif
