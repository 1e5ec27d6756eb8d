/*
 * Memory that runs out: the allocator of the whole test program. Include it in one file only.
 */
#ifndef VESPA_TESTS_UNIT_FAILING_MEMORY_H
#define VESPA_TESTS_UNIT_FAILING_MEMORY_H

#include <stdbool.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#elif __has_feature(thread_sanitizer)
#define __SANITIZE_THREAD__ 1
#endif
#endif

/* ThreadSanitizer allocates before our functions can work; other C libraries than glibc name theirs
 * otherwise. */
#if defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
#define CANNOT_FAIL
#endif

/* The allocator behind ours, by the name under which it can be reached from here. */
#if defined(__SANITIZE_ADDRESS__)
#define REAL(name) __interceptor_##name
#else
#define REAL(name) __libc_##name
#endif

void *REAL(malloc)(size_t size);
void *REAL(calloc)(size_t count, size_t size);
void *REAL(realloc)(void *memory, size_t size);
void REAL(free)(void *memory);

static unsigned long allocations; /* while counting */
static unsigned long fail_from;   /* 0: none fails */
static bool fail_for_good;
static long living; /* allocated while counting and not freed yet */
static bool counting;

#ifndef CANNOT_FAIL

/* Whether this allocation is to fail. */
static bool fails(void)
{
    if (!counting)
        return false;
    allocations++;
    if (fail_from && (allocations == fail_from || (fail_for_good && allocations > fail_from)))
        return true;
    living++;
    return false;
}

__attribute__((visibility("default"))) void *malloc(size_t size)
{
    return fails() ? NULL : REAL(malloc)(size);
}

__attribute__((visibility("default"))) void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : REAL(calloc)(count, size);
}

__attribute__((visibility("default"))) void *realloc(void *memory, size_t size)
{
    if (fails())
        return NULL;
    if (counting && memory)
        living--;
    return REAL(realloc)(memory, size);
}

__attribute__((visibility("default"))) void free(void *memory)
{
    if (counting && memory)
        living--;
    REAL(free)(memory);
}

#endif

#endif
