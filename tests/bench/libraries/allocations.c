/*
 * Counts what libvespa_shim.so's own code allocates, for a program that is run with this library
 * preloaded behind it: calls of malloc, calloc, realloc and strdup, and the bytes that they asked
 * for. libcurl's allocations on the same way are not its own. Says both on standard error when the
 * program ends: "allocations N" and "allocated BYTES".
 */
#include <dlfcn.h>
#include <link.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

EXPORT void *malloc(size_t size);
EXPORT void *calloc(size_t count, size_t size);
EXPORT void *realloc(void *memory, size_t size);
EXPORT char *strdup(const char *text);

static uintptr_t start, end; /* of the shim's code and data */
static atomic_ullong allocations, allocated;

static int find(struct dl_phdr_info *object, size_t size, void *user)
{
    (void)size, (void)user;
    if (!strstr(object->dlpi_name, "libvespa_shim.so"))
        return 0;
    start = object->dlpi_addr;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        uintptr_t part_end = object->dlpi_addr + part->p_vaddr + part->p_memsz;
        if (part->p_type == PT_LOAD && part_end > end)
            end = part_end;
    }
    return 1;
}

__attribute__((constructor)) static void begin(void)
{
    dl_iterate_phdr(find, NULL);
}

__attribute__((destructor)) static void finish(void)
{
    fprintf(stderr, "allocations %llu\nallocated %llu\n", allocations, allocated);
}

static void count(const void *caller, size_t size)
{
    if ((uintptr_t)caller < start || (uintptr_t)caller >= end)
        return;
    allocations++;
    allocated += size;
}

EXPORT void *malloc(size_t size)
{
    count(__builtin_return_address(0), size);
    return __libc_malloc(size);
}

EXPORT void *calloc(size_t number, size_t size)
{
    count(__builtin_return_address(0), number * size);
    return __libc_calloc(number, size);
}

EXPORT void *realloc(void *memory, size_t size)
{
    count(__builtin_return_address(0), size);
    return __libc_realloc(memory, size);
}

EXPORT char *strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    count(__builtin_return_address(0), size);
    char *copy = __libc_malloc(size);
    return copy ? memcpy(copy, text, size) : NULL;
}
