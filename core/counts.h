/*
 * What is counted of requests, in memory that several processes can share: `vespa run --summary`
 * makes a file, and each process that it started, however deep, maps it and counts in it. No lock
 * is in it, nothing has to be handed in at the end, and a process that is killed has counted what
 * it did.
 */
#ifndef VESPA_CORE_COUNTS_H
#define VESPA_CORE_COUNTS_H

#include <stdatomic.h>
#include <stdint.h>

/* The variable that names such a file to the processes that are to count in it. */
#define VESPA_COUNTS_VARIABLE "VESPA_COUNTS_FILE"

/* Relaxed atomics, read at leisure. */
enum vespa_counter {
    VESPA_COUNT_REQUESTS,  /* exchanges begun */
    VESPA_COUNT_DELIVERED, /* ended with a worker's answer */
    VESPA_COUNT_REPLIES,   /* ended with an answer of our own */
    VESPA_COUNT_FAILED,    /* ended without a worker's whole answer, and not at their origin */
    VESPA_COUNT_ENDED,     /* however they ended: the others are under way, or their process died */
    VESPA_COUNT_ROUTE_CALLS,
    VESPA_COUNT_ATTEMPTS,           /* times that a request was sent to a worker */
    VESPA_COUNT_RETRIES,            /* of these, not the first of their request */
    VESPA_COUNT_RETRIED,            /* requests that were sent more than once */
    VESPA_COUNT_FALLBACKS,          /* requests that went to their rule's fallback */
    VESPA_COUNT_DUPLICATES_AVOIDED, /* not sent again because the job may still be running */
    VESPA_COUNT_PASSED,             /* requests that are not ours, and went where they were aimed */
    VESPA_COUNT_PROCESSES,          /* that have begun to count here */
    VESPA_COUNTERS
};

/* Times: one bucket for each of the first 32 µs, then 16 for each power of two up to 2^41 µs (25
 * days), so that a bucket is at most 1/16 wide of what it stands for. */
#define VESPA_TIME_BUCKETS (32 + 36 * 16)

struct vespa_counts {
    uint64_t layout; /* says that the file is one of these, of this version */
    atomic_uint_fast64_t counters[VESPA_COUNTERS];
    atomic_uint_fast64_t routing[VESPA_TIME_BUCKETS]; /* requests by the time before a worker had
                                                         them */
};

/* Zeroes, in memory of the caller's. */
void vespa_counts_init(struct vespa_counts *counts);

/* Makes a file of zeroes that must not exist yet, mode 0600, and maps it; its space is allocated.
 * NULL: errno says why. */
struct vespa_counts *vespa_counts_create(const char *path);

/* Maps such a file and counts this process. NULL, and nothing is said: it is not there, belongs to
 * another user, or is no such file. The descriptor is closed again; the mapping stays to the end of
 * the process, and a forked child has it too. */
struct vespa_counts *vespa_counts_open(const char *path);

void vespa_counts_add(struct vespa_counts *counts, enum vespa_counter counter);
uint64_t vespa_counts_get(const struct vespa_counts *counts, enum vespa_counter counter);

/* Notes one request's time in routing, in microseconds. */
void vespa_counts_add_routing(struct vespa_counts *counts, uint64_t microseconds);

/* The time that so many per cent of the noted ones did not exceed, in microseconds, good to 1/32 of
 * it; 0 when none was noted. */
double vespa_counts_routing(const struct vespa_counts *counts, unsigned percent);

#endif
