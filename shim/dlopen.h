/*
 * What becomes of a call of dlopen that the program makes (design.md §2.7). With RTLD_DEEPBIND a
 * plugin binds to the libcurl that it brings and not to our hooks; PHP opens its extensions so. The
 * flag is taken out of the mode for such a plugin, and for no other.
 */
#ifndef VESPA_SHIM_DLOPEN_H
#define VESPA_SHIM_DLOPEN_H

#include <stdbool.h>

/* Where the call goes on, and with which mode. Comes back in two registers: shim/hooks_dlopen.S. */
struct vespa_dlopen_call {
    void *real; /* the real dlopen; never NULL */
    long mode;
};

/* Decides on dlopen(path, mode), called from code at that address. Leaves errno alone; allocates
 * nothing. Thread-safe. */
struct vespa_dlopen_call vespa_dlopen_call(const char *path, int mode, void *caller);

/* Whether the file is a shared object for this machine whose own list of needed libraries names a
 * libcurl, of whichever flavour. False for what cannot be read. */
bool vespa_file_needs_libcurl(const char *path);

#endif
