/* Virtual hosts as they are written in the configuration: "HOST[:PORT]" and "*.HOST[:PORT]". */
#ifndef VESPA_CORE_HOST_LIST_H
#define VESPA_CORE_HOST_LIST_H

#include "core/rule.h"

/* What a host's entry may look like, for messages. */
#define VESPA_HOST_EXPECTED "HOST, HOST:PORT or *.HOST, without scheme and path"

/* Reads one entry. False when it is malformed. On success host->name is a copy to be freed, or NULL
 * when memory ran out. */
bool vespa_host_read(struct vespa_slice text, struct vespa_host *host);

/* Whether a name, in lower case or not, is VESPA_DEFAULT_HOST or below it: no server has such a
 * one.
 */
bool vespa_host_is_own(struct vespa_slice name);

/* Cuts the next entry of a comma-separated list off *rest, trimmed; empty entries are passed over.
 * False at the end. */
bool vespa_list_next(struct vespa_slice *rest, struct vespa_slice *entry);

#endif
