/* The blocking driver: a routed curl_easy_perform. */
#ifndef VESPA_SHIM_PERFORM_H
#define VESPA_SHIM_PERFORM_H

#include "shim/record.h"

/* Routes the request that the record's options describe; record->match says that it is ours. The
 * result, and what the callbacks see, are those of the application's request. */
CURLcode vespa_perform(struct vespa_record *record);

/* Performs a request that is not ours, as it is. */
CURLcode vespa_perform_untouched(struct vespa_record *record);

#endif
