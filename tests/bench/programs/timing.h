/* What the benchmarked programs have in common: they take the time of each request and print one
 * line for the benchmark that runs them. */
#ifndef VESPA_TESTS_BENCH_TIMING_H
#define VESPA_TESTS_BENCH_TIMING_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

struct timing {
    uint64_t *spans_ns; /* of each request; room for all of them */
    size_t count;
    uint64_t began_ns;
};

static inline uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static inline uint64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static inline void timing_begin(struct timing *timing, size_t requests)
{
    timing->spans_ns = calloc(requests ? requests : 1, sizeof *timing->spans_ns);
    timing->count = 0;
    if (!timing->spans_ns)
        abort();
    timing->began_ns = now_ns();
}

static inline void timing_add(struct timing *timing, uint64_t span_ns)
{
    timing->spans_ns[timing->count++] = span_ns;
}

static inline int timing_compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* The sorted spans, in nanoseconds, a line each. */
static inline void timing_write(const struct timing *timing, const char *path)
{
    FILE *file = fopen(path, "w");
    if (!file)
        abort();
    for (size_t i = 0; i < timing->count; i++)
        fprintf(file, "%llu\n", (unsigned long long)timing->spans_ns[i]);
    fclose(file);
}

/* "REQUESTS MEDIAN_NS P99_NS WALL_NS CPU_NS MAX_RSS_KIB": wall and processor time of all that came
 * after timing_begin, but for the processor time, which is the process's. TIMING_SPANS names a file
 * for the times of all requests. */
static inline void timing_print(struct timing *timing)
{
    uint64_t wall_ns = now_ns() - timing->began_ns;
    uint64_t processor_ns = cpu_ns();
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    qsort(timing->spans_ns, timing->count, sizeof *timing->spans_ns, timing_compare);
    const char *file = getenv("TIMING_SPANS");
    if (file)
        timing_write(timing, file);
    uint64_t median = timing->count ? timing->spans_ns[timing->count / 2] : 0;
    uint64_t late = timing->count ? timing->spans_ns[timing->count * 99 / 100] : 0;
    printf("%zu %llu %llu %llu %llu %ld\n", timing->count, (unsigned long long)median,
           (unsigned long long)late, (unsigned long long)wall_ns, (unsigned long long)processor_ns,
           usage.ru_maxrss);
    free(timing->spans_ns);
}

#endif
