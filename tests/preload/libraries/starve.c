/*
 * An allocator whose calls fail when they are told to, for a program that is run with this library
 * preloaded. It is glibc's, counted: malloc, calloc, realloc, memalign and its kin, and what glibc
 * itself allocates with them (strdup, getaddrinfo, …).
 *
 *     starve_from(n, false)   from now on the n-th call fails, and only that
 *     starve_from(n, true)    the n-th call and all that follow fail
 *     starve_from(0, …)       none does
 *     starve_count()          calls since then
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#define EXPORT __attribute__((visibility("default")))

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

EXPORT void starve_from(unsigned call, bool all);
EXPORT unsigned starve_count(void);
EXPORT void *malloc(size_t size);
EXPORT void *calloc(size_t count, size_t size);
EXPORT void *realloc(void *memory, size_t size);
EXPORT void *memalign(size_t alignment, size_t size);
EXPORT void *aligned_alloc(size_t alignment, size_t size);
EXPORT int posix_memalign(void **memory, size_t alignment, size_t size);

static atomic_uint calls, first_failure;
static atomic_bool for_good;

void starve_from(unsigned call, bool all)
{
    calls = 0;
    for_good = all;
    first_failure = call;
}

unsigned starve_count(void)
{
    return calls;
}

static bool fails(void)
{
    unsigned call = ++calls;
    bool now = first_failure && (call == first_failure || (for_good && call > first_failure));
    if (now)
        errno = ENOMEM;
    return now;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    return fails() ? NULL : __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size)
{
    return fails() ? NULL : __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    *memory = memalign(alignment, size);
    return *memory ? 0 : ENOMEM;
}
