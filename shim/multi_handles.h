/*
 * curl_multi_get_handles (8.4) lists the handles of a multi handle, ours among them, and not those
 * of requests that wait.
 */
#ifndef VESPA_SHIM_MULTI_HANDLES_H
#define VESPA_SHIM_MULTI_HANDLES_H

#include "shim/multi.h"

/* The application's own handles, from the list that the real function gave, which is freed. An
 * array as the real one gives it: the application frees it by curl_free. NULL: memory ran out. */
CURL **vespa_multi_own_handles(struct vespa_multi *multi, CURL **handles);

#endif
