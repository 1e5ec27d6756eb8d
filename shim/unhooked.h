/*
 * Requests that pass us by: the program found libcurl's functions in a way that is not hooked
 * (dlvsym, tables that it reads itself). They cannot be routed, but where libcurl calls itself
 * through our hooks they are seen, and the user is told.
 */
#ifndef VESPA_SHIM_UNHOOKED_H
#define VESPA_SHIM_UNHOOKED_H

#include "core/curl_api.h"

/* A transfer began on a handle that has no record, as each has whose URL was set by a hook: writes
 * a line to the log, once in a process, if its URL is a virtual host's. A libcurl with which
 * nothing is routed is left out, for that was said already. */
void vespa_unhooked_begins(const struct vespa_curl_api *api, CURL *easy);

#endif
