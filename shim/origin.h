/*
 * ORIGIN: the request goes where the application aimed it, as it was, with its own credentials. A
 * body that was collected from its READFUNCTION already is what is sent (design.md §2.3).
 */
#ifndef VESPA_SHIM_ORIGIN_H
#define VESPA_SHIM_ORIGIN_H

#include "shim/transfer.h"

/* Puts the handle back for the leg. */
void vespa_origin_begin(struct vespa_transfer *transfer);

/* After the leg: the message in the application's error buffer is its own. */
void vespa_origin_end(struct vespa_transfer *transfer);

#endif
