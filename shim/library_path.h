/*
 * Where the dynamic linker looks for a library that is named without a directory.
 */
#ifndef VESPA_SHIM_LIBRARY_PATH_H
#define VESPA_SHIM_LIBRARY_PATH_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

/* Finds the file that dlopen(name), called from code at that address, would load: by the RPATH and
 * RUNPATH of the caller's object, LD_LIBRARY_PATH and the system's directories; not by the cache
 * of ldconfig, whose further directories are not seen. False: there is none. */
bool vespa_find_library(const char *name, uintptr_t caller, char path[static PATH_MAX]);

#endif
