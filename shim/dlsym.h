/*
 * What becomes of a call of dlsym that the program makes (design.md §2.7). Who asks a libcurl for a
 * function that is hooked gets the hook for that libcurl. All else goes on to the real dlsym.
 */
#ifndef VESPA_SHIM_DLSYM_H
#define VESPA_SHIM_DLSYM_H

/* Comes back in two registers: shim/hooks_dlsym.S. */
struct vespa_dlsym_call {
    void *real;   /* where the call goes on; NULL: it is answered here */
    void *answer; /* NULL: there is no such symbol, and dlerror says so */
};

/* Decides on dlsym(handle, name), called from code at that address. Leaves errno alone.
 * Thread-safe. */
struct vespa_dlsym_call vespa_dlsym_call(void *handle, const char *name, void *caller);

#endif
