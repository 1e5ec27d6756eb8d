/* A request that is kept for later, when what the driver gave may be gone. */
#ifndef VESPA_CORE_REQUEST_COPY_H
#define VESPA_CORE_REQUEST_COPY_H

#include "core/exchange.h"

/* A copy in one piece, to be freed with free(): method, URL, target, content type and headers are
 * its own, body and payload are borrowed as they were. It may hold credentials, so it goes to
 * nobody but through vespa_exchange_take. NULL: memory ran out. */
struct vespa_request *vespa_request_copy(const struct vespa_request *request);

#endif
