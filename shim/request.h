/* The application's request, as its options describe it, in the core's terms. */
#ifndef VESPA_SHIM_REQUEST_H
#define VESPA_SHIM_REQUEST_H

#include "core/exchange.h"
#include "core/header_list.h"
#include "shim/record.h"

/* Fills the request but for its body. headers receives an array that the caller frees after
 * vespa_exchange_new; all else is borrowed from the record. False: memory ran out. */
bool vespa_request_describe(const struct vespa_record *record, struct vespa_request *request,
                            struct vespa_header **headers);

/* Of CURLOPT_HTTPHEADER the lines "Name:" that take away a header of libcurl's own which would go
 * to a worker, appended to the leg's list. False: memory ran out. */
bool vespa_request_keep_suppressed(const struct vespa_record *record,
                                   struct vespa_header_list *list);

#endif
