/*
 * Times at which something is due: a binary heap. Each entry is part of what it belongs to and
 * stays in the heap from add to remove, so that changing its time needs no memory.
 */
#ifndef VESPA_LIB_SCHEDULE_H
#define VESPA_LIB_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VESPA_NEVER UINT64_MAX

struct vespa_due {
    uint64_t at_ms; /* VESPA_NEVER: not at all */
    size_t place;   /* in the heap */
};

struct vespa_schedule {
    struct vespa_due **heap; /* the earliest first */
    size_t count;
    size_t capacity;
};

/* Takes an entry in, due at that time. False: memory ran out. */
bool vespa_schedule_add(struct vespa_schedule *schedule, struct vespa_due *due, uint64_t at_ms);

void vespa_schedule_remove(struct vespa_schedule *schedule, struct vespa_due *due);

/* Gives an entry another time. */
void vespa_schedule_set(struct vespa_schedule *schedule, struct vespa_due *due, uint64_t at_ms);

/* The entry that is due first, with the time at which it is; NULL when there is none. */
struct vespa_due *vespa_schedule_first(const struct vespa_schedule *schedule);

/* Frees the heap, not the entries. */
void vespa_schedule_free(struct vespa_schedule *schedule);

#endif
