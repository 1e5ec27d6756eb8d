/*
 * A body that the application gives by READFUNCTION, collected before a worker is asked for: size,
 * JSON and workload must be known first (design.md §2.3).
 */
#ifndef VESPA_SHIM_COLLECT_H
#define VESPA_SHIM_COLLECT_H

#include "shim/transfer.h"

enum vespa_collect {
    VESPA_COLLECT_MORE,      /* a portion was read, there may be more */
    VESPA_COLLECT_PAUSED,    /* the callback answered CURL_READFUNC_PAUSE */
    VESPA_COLLECT_WHOLE,     /* the body is whole in transfer->collected */
    VESPA_COLLECT_TOO_LARGE, /* it goes beyond the configuration's limit */
    VESPA_COLLECT_ABORTED,   /* the callback answered CURL_READFUNC_ABORT */
    VESPA_COLLECT_SHORT,     /* it ended before the size that the application had said */
    VESPA_COLLECT_NO_MEMORY
};

/* Calls the application's read callback once, for at most 64 KiB. expected: the size that the
 * application said, or -1. */
enum vespa_collect vespa_collect_portion(struct vespa_transfer *transfer, curl_off_t expected);

#endif
