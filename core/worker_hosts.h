/* Places where a rule lets workers be (design.md §3, Trust): addresses, networks, names, suffixes.
 */
#ifndef VESPA_CORE_WORKER_HOSTS_H
#define VESPA_CORE_WORKER_HOSTS_H

#include "core/slice.h"

/* Whether a text is such a place: "10.1.2.3", "10.1.0.0/16", "fd00::/8", "[fd00::1]",
 * "worker.example.org" or "*.example.org". */
bool vespa_worker_hosts_is_valid(struct vespa_slice text);

/* Whether a host, as vespa_url_host_plain writes it, is at one of the places of a NULL-terminated
 * list of valid ones. Names are compared without case and never looked up; "*.example.org" is any
 * name that ends in ".example.org". */
bool vespa_worker_hosts_contain(char *const *list, struct vespa_slice host);

#endif
