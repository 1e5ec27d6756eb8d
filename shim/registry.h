/*
 * The registry: which easy handles the shim knows, and what it remembers of each. A handle is used
 * by one thread at a time (libcurl-thread(3)), so a record needs no lock; the table that finds it
 * is striped.
 *
 * Records are made when an option is set that has to be remembered, not when a handle is made:
 * libcurl makes handles of its own that never reach curl_easy_cleanup's hook.
 */
#ifndef VESPA_SHIM_REGISTRY_H
#define VESPA_SHIM_REGISTRY_H

#include "shim/record.h"

/* The record of a handle; NULL: there is none. */
struct vespa_record *vespa_registry_find(const CURL *easy);

/* The record of a handle, made if there is none. NULL: memory ran out. */
struct vespa_record *vespa_registry_make(CURL *easy, const struct vespa_curl_api *api);

/* Takes a record out, to be freed by the caller; NULL: there is none. */
struct vespa_record *vespa_registry_take(const CURL *easy);

/* To be called around fork() as pthread_atfork does it. */
void vespa_registry_before_fork(void);
void vespa_registry_after_fork(void);

#endif
