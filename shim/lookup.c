/* The C library's own dlsym. */
#include "shim/lookup.h"

#include <dlfcn.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>

typedef void *(*lookup_function)(void *handle, const char *name);

/* The oldest first: since 2.34 the C library has the older ones as well, and a look-up that fails
 * allocates memory, from an allocator that may be calling us. */
VESPA_EARLY void *vespa_find_dlsym(void *(*look_up)(void *handle, const char *name,
                                                    const char *version))
{
    static const char *const versions[] = {
#if defined(__x86_64__)
        "GLIBC_2.2.5",
#elif defined(__aarch64__)
        "GLIBC_2.17",
#endif
        "GLIBC_2.34",
    };
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        void *found = look_up(RTLD_NEXT, "dlsym", versions[i]);
        if (found)
            return found;
    }
    return NULL;
}

static void *no_dlsym(void *handle, const char *name)
{
    (void)handle;
    (void)name;
    return NULL;
}

VESPA_EARLY static lookup_function c_librarys(void)
{
    static _Atomic(void *) known;
    void *found = known;
    if (!found) {
        found = vespa_find_dlsym(dlvsym);
        if (!found)
            found = (void *)no_dlsym;
        known = found;
    }
    return (lookup_function)found;
}

VESPA_EARLY void *vespa_lookup(void *handle, const char *name)
{
    void *found = c_librarys()(handle, name);
    __asm__ volatile("" ::: "memory"); /* no tail call: dlsym sees by its return address who asks */
    return found;
}

VESPA_EARLY void *vespa_lookup_next(void)
{
    static _Atomic(void *) known;
    void *found = known;
    if (!found) {
        found = vespa_lookup(RTLD_NEXT, "dlsym");
        if (!found)
            found = (void *)c_librarys();
        known = found;
    }
    return found;
}

bool vespa_is_our_own(const void *symbol)
{
    extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));
    extern const char vespa_end[] __asm__("_end") __attribute__((visibility("hidden")));
    return (uintptr_t)symbol >= (uintptr_t)&__ehdr_start &&
           (uintptr_t)symbol < (uintptr_t)vespa_end;
}
