/*
 * What is due when: entries with a time of which the first is found at once. A heap; entries of the
 * same time come in the order in which they were put there, so that one that stays due does not
 * hold up the others.
 */
#ifndef VESPA_CORE_SCHEDULE_H
#define VESPA_CORE_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Later than any time: an entry that is not due at all. */
#define VESPA_NEVER UINT64_MAX

/* Part of whatever is to be scheduled; all zero before its first use. */
struct vespa_due {
    uint64_t ms;    /* any clock */
    uint64_t order; /* among those of that time */
    size_t place;   /* in the heap, counted from 1; 0: it is in none */
};

struct vespa_schedule {
    struct vespa_due **heap; /* owned; the entries are borrowed */
    size_t count;
    size_t capacity;
    uint64_t orders; /* given so far */
};

/* Makes room for so many entries in all, so that putting them cannot fail. */
bool vespa_schedule_reserve(struct vespa_schedule *schedule, size_t entries);

/* Puts an entry, for which room was made, to that time, behind others of the same; or takes it out
 * with VESPA_NEVER. */
void vespa_schedule_put(struct vespa_schedule *schedule, struct vespa_due *due, uint64_t ms);

/* The first entry; NULL: there is none. */
struct vespa_due *vespa_schedule_first(const struct vespa_schedule *schedule);

/* Its time; VESPA_NEVER: there is none. */
uint64_t vespa_schedule_first_ms(const struct vespa_schedule *schedule);

void vespa_schedule_free(struct vespa_schedule *schedule);

#endif
