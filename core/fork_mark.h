/*
 * Tells a process from those that it was forked from, without a system call and whichever way the
 * fork was made: a page that the kernel empties in a child (madvise(2), MADV_WIPEONFORK). Where
 * that cannot be had, by getpid().
 */
#ifndef VESPA_CORE_FORK_MARK_H
#define VESPA_CORE_FORK_MARK_H

#include <stdint.h>

struct vespa_fork_mark {
    uint8_t *page; /* NULL: none could be had */
    uint64_t generation;
};

void vespa_fork_mark_init(struct vespa_fork_mark *mark);
void vespa_fork_mark_clear(struct vespa_fork_mark *mark);

/* A number that differs from that of each process which this one was forked from, and stays the
 * same while the process lives. Calls are the caller's to serialise. */
uint64_t vespa_fork_mark_generation(struct vespa_fork_mark *mark);

#endif
