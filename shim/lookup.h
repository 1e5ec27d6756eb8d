/*
 * The C library's own dlsym, in front of which the shim's stands.
 */
#ifndef VESPA_SHIM_LOOKUP_H
#define VESPA_SHIM_LOOKUP_H

#include <stdbool.h>

/* AddressSanitizer calls dlsym before its own memory is set up: what runs then is not checked. */
#define VESPA_EARLY __attribute__((no_sanitize("address", "thread", "undefined")))

/* dlsym of the C library. RTLD_NEXT means: behind the shim. */
void *vespa_lookup(void *handle, const char *name);

/* What another preloaded library has put in front of the C library's dlsym, behind the shim; else
 * that. Never NULL. */
void *vespa_lookup_next(void);

/* Whether it lies in the shim. */
bool vespa_is_our_own(const void *symbol);

/* Finds dlsym with dlvsym, or what a test puts in its place: its symbol version is another before
 * glibc 2.34 than since, and another on each machine. NULL: none is there. */
void *vespa_find_dlsym(void *(*look_up)(void *handle, const char *name, const char *version));

#endif
