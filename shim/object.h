/*
 * The objects that are loaded in the process: the program and its shared libraries, found by an
 * address that lies in them.
 */
#ifndef VESPA_SHIM_OBJECT_H
#define VESPA_SHIM_OBJECT_H

#include "shim/symbols.h"

#include <stdbool.h>
#include <stdint.h>

struct vespa_object {
    uintptr_t start; /* of its memory, and the byte after it; there may be holes */
    uintptr_t end;
    const char *name;    /* as the dynamic linker has it; "": the program. Its own: valid while the
                            object is loaded */
    const char *version; /* the symbol version CURL_… that it needs; NULL: none. As name */
    struct vespa_symbols symbols; /* what it defines. As name */
};

/* The object in which the address lies. False: none, as for code made at run time. */
bool vespa_object_at(uintptr_t address, struct vespa_object *object);

/* Whether the address lies in the memory of that object. */
bool vespa_object_holds(const struct vespa_object *object, const void *address);

/* A handle for its symbols, first its own and then those of the libraries that it needs; for the
 * program, those of the global scope. To be closed with dlclose. NULL: it is not there any more.
 * Waits for the dynamic linker's lock, which whoever opens a library holds while its constructors
 * run: not to be called where vespa_symbols_find tells enough. */
void *vespa_object_open(const struct vespa_object *object);

/* Calls visit for each object, in the order in which they were loaded, until it returns true. The
 * lock of the list of objects is held meanwhile: visit may not open or look up anything, but by
 * vespa_symbols_find. */
void vespa_objects_visit(bool (*visit)(void *context, const struct vespa_object *object),
                         void *context);

/* How often an object was unloaded so far: while that stays the same, what is at an address does,
 * too. */
uint64_t vespa_objects_unloaded(void);

/* To be called around fork() as pthread_atfork does it. */
void vespa_objects_before_fork(void);
void vespa_objects_after_fork(void);

#endif
