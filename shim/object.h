/*
 * The objects that are loaded in the process: the program and its shared libraries, found by an
 * address that lies in them.
 */
#ifndef VESPA_SHIM_OBJECT_H
#define VESPA_SHIM_OBJECT_H

#include <stdbool.h>
#include <stdint.h>

struct vespa_object {
    uintptr_t start; /* of its memory, and the byte after it; there may be holes */
    uintptr_t end;
    const char *name;    /* as the dynamic linker has it; "": the program. Its own: valid while the
                            object is loaded */
    const char *version; /* the symbol version CURL_… that it needs; NULL: none. As name */
};

/* The object in which the address lies. False: none, as for code made at run time. */
bool vespa_object_at(uintptr_t address, struct vespa_object *object);

/* Whether the address lies in the memory of that object. */
bool vespa_object_holds(const struct vespa_object *object, const void *address);

/* A handle for its symbols, first its own and then those of the libraries that it needs; for the
 * program, those of the global scope. To be closed with dlclose. mode: 0 or RTLD_NODELETE. NULL: it
 * is not there any more. */
void *vespa_object_open(const struct vespa_object *object, int mode);

/* Calls visit for each object, until it returns true. The dynamic linker's lock is held meanwhile:
 * visit may not open or look up anything. */
void vespa_objects_visit(bool (*visit)(void *context, const char *name), void *context);

/* How often an object was unloaded so far: while that stays the same, what is at an address does,
 * too. */
uint64_t vespa_objects_unloaded(void);

/* To be called around fork() as pthread_atfork does it. */
void vespa_objects_before_fork(void);
void vespa_objects_after_fork(void);

#endif
