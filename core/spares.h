/*
 * Objects that are over, kept with the memory that they hold for the next of their kind, so that a
 * request takes none of its own. For any threads; there is no lock that a fork could leave held.
 */
#ifndef VESPA_CORE_SPARES_H
#define VESPA_CORE_SPARES_H

#include "core/buffer.h"

#define VESPA_SPARES 64

/* The first member of such an object. */
struct vespa_spare {
    void (*destroy)(struct vespa_spare *spare); /* frees it, and what it holds */
};

struct vespa_spares {
    _Atomic(struct vespa_spare *) places[VESPA_SPARES];
};

/* One that was given, the caller's from now on; NULL: there is none. */
struct vespa_spare *vespa_spares_take(struct vespa_spares *spares);

/* Keeps one, or destroys it where enough are kept. */
void vespa_spares_give(struct vespa_spares *spares, struct vespa_spare *spare);

/* Destroys all. */
void vespa_spares_clear(struct vespa_spares *spares);

/* The memory of a buffer, emptied; or none where it is more than is worth keeping. */
struct vespa_buffer vespa_spare_buffer(struct vespa_buffer *buffer);

#endif
