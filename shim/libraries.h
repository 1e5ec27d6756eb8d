/*
 * The libcurls that the process holds, with one complete table of functions for each.
 */
#ifndef VESPA_SHIM_LIBRARIES_H
#define VESPA_SHIM_LIBRARIES_H

#include "shim/object.h"
#include "shim/real.h"

/* More than these are left alone: a memo has eight bits for a number. */
#define VESPA_LIBRARIES 128

struct vespa_library {
    struct vespa_curl_api api; /* first: the one is found by the other */
    uintptr_t start;           /* of its memory, and the byte after it */
    uintptr_t end;
    unsigned number;   /* in the order in which they were found */
    unsigned versions; /* what references it satisfies: bit n for version n */
    bool is_libcurl;   /* else something that has functions of such names */
    bool complete;     /* vespa_real_is_complete */
    const struct vespa_library *next;
    char name[]; /* as the dynamic linker has it */
};

/* By their numbers; NULL: none has it yet. */
extern _Atomic(const struct vespa_library *) vespa_libraries_by_number[VESPA_LIBRARIES];

/* The one that was found last, and behind it all others; NULL: there is none. */
const struct vespa_library *vespa_libraries_newest(void);

/* The known libcurl that the address lies in; NULL: none. */
const struct vespa_library *vespa_libcurl_at(uintptr_t address);

/* Whether the object is a libcurl, complete or not, and not one that stands in front of one: nobody
 * does that for the functions that are looked at. */
bool vespa_is_libcurl(const struct vespa_object *object);

/* The library that a function of libcurl's lies in, complete or not, libcurl or not; its table is
 * made if this is the first that is seen of it. NULL: symbol is NULL or our own, or memory ran out.
 * Waits for the dynamic linker only where another preloaded library has functions of libcurl's
 * names. */
const struct vespa_library *vespa_library_of(const void *symbol);

/* Sees to it that none of them is ever unloaded, for our pointers into them must not outlive them.
 * To be called before each dlclose, and where else the dynamic linker's lock is taken anyway: it is
 * held while constructors run, which may wait for the thread that would hold a library at the first
 * sight of it. */
void vespa_libraries_hold(void);

#endif
