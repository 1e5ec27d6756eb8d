/* The clock of those who drive exchanges (core/exchange.h): the core reads none. */
#ifndef VESPA_LIB_CLOCK_H
#define VESPA_LIB_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Milliseconds of the monotonic clock. */
static inline uint64_t vespa_clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

#endif
