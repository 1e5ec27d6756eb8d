/*
 * The functions that a loaded object defines, read from the tables that the dynamic linker has
 * mapped. Its own dlsym waits for a lock that dlopen holds while it runs constructors, and these
 * may wait for a thread that uses libcurl for the first time.
 */
#ifndef VESPA_SHIM_SYMBOLS_H
#define VESPA_SHIM_SYMBOLS_H

#include <link.h>
#include <stdbool.h>
#include <stdint.h>

/* Of one object; all of it is the object's memory, and valid while it is loaded. */
struct vespa_symbols {
    uintptr_t base;          /* what its addresses are relative to */
    const ElfW(Sym) * table; /* NULL: it has no symbols */
    const char *names;
    const uint16_t *versions;     /* for each symbol; NULL: without */
    const ElfW(Verdef) * defined; /* the versions that it defines; NULL: none */
    const ElfW(Verneed) * needed; /* the versions that it needs; NULL: none */
    const uint32_t *gnu_hash;     /* one of the two, or neither */
    const uint32_t *hash;
};

/* Reads where the object's tables are. */
struct vespa_symbols vespa_symbols_of(const struct dl_phdr_info *object);

/* The function of that name that the object defines, what dlsym finds in it; NULL: none. */
void *vespa_symbols_find(const struct vespa_symbols *symbols, const char *name);

/* Whether the object defines that symbol version; one without versions satisfies every reference:
 * true for all. */
bool vespa_symbols_satisfy(const struct vespa_symbols *symbols, const char *version);

/* The first symbol version that the object needs, of whichever library, which begins so; NULL:
 * none. */
const char *vespa_symbols_need(const struct vespa_symbols *symbols, const char *beginning);

#endif
