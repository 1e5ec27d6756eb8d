/*
 * The real libcurl behind the hooks: one table of functions for each flavour in the process
 * (design.md §2.7). This is the only file that looks symbols up.
 */
#ifndef VESPA_SHIM_REAL_H
#define VESPA_SHIM_REAL_H

#include "core/curl_api.h"

/* The table for the calling code, complete, resolved at the first call; NULL: no libcurl was found,
 * or one that lacks a function that the shim needs (a log line says which). Thread-safe. */
const struct vespa_curl_api *vespa_real(void);

/* The real function of that name behind ours, for the one hook that is called before or without a
 * complete table; NULL: there is none. A symbol of our own is never returned. */
void *vespa_real_symbol(const char *name);

#endif
