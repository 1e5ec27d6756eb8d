/* Requests that block: a loop of the client's own, run until they are over. */
#ifndef VESPA_LIB_BLOCKING_H
#define VESPA_LIB_BLOCKING_H

#include "lib/pending.h"

/* Runs one request to its end, and shows what came of it before the job is freed. NULL: memory ran
 * out. */
struct vespa_response *
vespa_blocking_run(struct vespa_client *client, const struct vespa_asked *asked,
                   void (*show)(void *context, const struct vespa_pending *pending), void *context);

#endif
