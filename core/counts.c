/* Counts in memory that processes can share. */
#include "core/counts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* "vespa", and the size, which differs when what is counted does. */
#define LAYOUT (0x7665737061000000U ^ sizeof(struct vespa_counts))

enum {
    EXACT = 32,       /* times below have a bucket each */
    SMALLEST_LOG = 5, /* of EXACT */
    PARTS_LOG = 4,    /* buckets in a power of two */
    PARTS = 1 << PARTS_LOG,
};

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "a lock would be one of each process's own");

void vespa_counts_init(struct vespa_counts *counts)
{
    counts->layout = LAYOUT;
    for (size_t i = 0; i < VESPA_COUNTERS; i++)
        atomic_init(&counts->counters[i], 0);
    for (size_t i = 0; i < VESPA_TIME_BUCKETS; i++)
        atomic_init(&counts->routing[i], 0);
}

static struct vespa_counts *map(int file)
{
    void *counts =
        mmap(NULL, sizeof(struct vespa_counts), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (counts == MAP_FAILED)
        return NULL;
    return counts;
}

/* posix_fallocate: a disk that is full later must not kill a program at a count. */
struct vespa_counts *vespa_counts_create(const char *path)
{
    struct vespa_counts *counts = NULL;
    int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return NULL;
    int problem = posix_fallocate(file, 0, (off_t)sizeof(struct vespa_counts));
    if (!problem)
        counts = map(file);
    close(file);
    if (problem)
        errno = problem;
    if (counts)
        counts->layout = LAYOUT;
    return counts;
}

static bool is_trusted(int file)
{
    struct stat status;
    return fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
           status.st_size == (off_t)sizeof(struct vespa_counts) &&
           !(status.st_mode & (S_IWGRP | S_IWOTH));
}

struct vespa_counts *vespa_counts_open(const char *path)
{
    int file = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
    if (file < 0)
        return NULL;
    struct vespa_counts *counts = is_trusted(file) ? map(file) : NULL;
    close(file);
    if (counts && counts->layout != LAYOUT) {
        munmap(counts, sizeof(*counts));
        return NULL;
    }
    if (counts)
        vespa_counts_add(counts, VESPA_COUNT_PROCESSES);
    return counts;
}

void vespa_counts_add(struct vespa_counts *counts, enum vespa_counter counter)
{
    atomic_fetch_add_explicit(&counts->counters[counter], 1, memory_order_relaxed);
}

uint64_t vespa_counts_get(const struct vespa_counts *counts, enum vespa_counter counter)
{
    return atomic_load_explicit(&counts->counters[counter], memory_order_relaxed);
}

/* ---- times ----------------------------------------------------------------------------------- */

static size_t bucket_of(uint64_t time)
{
    if (time < EXACT)
        return (size_t)time;
    unsigned log = 63 - (unsigned)__builtin_clzll(time);
    size_t part = (size_t)(time >> (log - PARTS_LOG)) - PARTS;
    size_t bucket = EXACT + (size_t)(log - SMALLEST_LOG) * PARTS + part;
    return bucket < VESPA_TIME_BUCKETS ? bucket : VESPA_TIME_BUCKETS - 1;
}

/* The middle of a bucket. */
static double time_of(size_t bucket)
{
    if (bucket < EXACT)
        return (double)bucket;
    unsigned log = SMALLEST_LOG + (unsigned)((bucket - EXACT) / PARTS);
    uint64_t width = (uint64_t)1 << (log - PARTS_LOG);
    uint64_t begin = (PARTS + (bucket - EXACT) % PARTS) * width;
    return (double)begin + (double)(width - 1) / 2;
}

void vespa_counts_add_routing(struct vespa_counts *counts, uint64_t microseconds)
{
    atomic_fetch_add_explicit(&counts->routing[bucket_of(microseconds)], 1, memory_order_relaxed);
}

/* The smallest time that at least so many per cent did not exceed (nearest rank). */
double vespa_counts_routing(const struct vespa_counts *counts, unsigned percent)
{
    uint64_t total = 0, seen = 0;
    for (size_t i = 0; i < VESPA_TIME_BUCKETS; i++)
        total += atomic_load_explicit(&counts->routing[i], memory_order_relaxed);
    uint64_t rank = (total * percent + 99) / 100;
    for (size_t i = 0; rank && i < VESPA_TIME_BUCKETS; i++) {
        seen += atomic_load_explicit(&counts->routing[i], memory_order_relaxed);
        if (seen >= rank)
            return time_of(i);
    }
    return 0;
}
