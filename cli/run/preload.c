// The library that `vespa run` preloads: where it is, and LD_PRELOAD with it.

#include "cli/run/preload.h"

#include "core/buffer.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIBRARY "libvespa_shim.so"

// What separates entries of LD_PRELOAD (ld.so(8)); there is no way to write one within an entry.
#define SEPARATORS ": "

// Finds it; false when it is not where it should be.
static bool find(char path[static PATH_MAX])
{
    static const char *const places[] = {"/" LIBRARY, "/../lib/" LIBRARY};
    char own[PATH_MAX];
    if (!realpath("/proc/self/exe", own)) {
        fprintf(stderr, "vespa run: /proc/self/exe cannot be read (%s): /proc must be mounted\n",
                strerror(errno));
        return false;
    }
    *strrchr(own, '/') = '\0';
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char candidate[PATH_MAX + 32];
        snprintf(candidate, sizeof candidate, "%s%s", own, places[i]);
        if (realpath(candidate, path) && access(path, R_OK) == 0)
            return true;
    }
    fprintf(stderr,
            "vespa run: %s was found neither in %s nor in %s/../lib: run `make install`, or keep "
            "vespa and the library in one directory\n",
            LIBRARY, own, own);
    return false;
}

// The next entry; an empty slice: there is none. *rest is what follows it.
static struct vespa_slice next_entry(const char **rest)
{
    const char *entry = *rest + strspn(*rest, SEPARATORS);
    *rest = entry + strcspn(entry, SEPARATORS);
    return vespa_slice(entry, (size_t)(*rest - entry));
}

static bool is_ours(struct vespa_slice entry)
{
    const char *slash = memrchr(entry.data, '/', entry.length);
    size_t name = slash ? (size_t)(slash + 1 - entry.data) : 0;
    return vespa_slice_equal(vespa_slice_part(entry, name, entry.length), VESPA_LITERAL(LIBRARY));
}

static void append(struct vespa_buffer *list, struct vespa_slice entry)
{
    if (list->length)
        vespa_buffer_append_byte(list, ':');
    vespa_buffer_append(list, entry);
}

static bool holds_ours(const char *list)
{
    struct vespa_slice entry;
    while ((entry = next_entry(&list)).length)
        if (is_ours(entry))
            return true;
    return false;
}

// The list with the library in it once, to be freed; NULL: memory ran out.
static char *join(const char *before, struct vespa_slice library)
{
    struct vespa_buffer list = {0};
    struct vespa_slice entry;
    bool placed = !holds_ours(before);
    if (placed)
        append(&list, library);
    while ((entry = next_entry(&before)).length) {
        bool ours = is_ours(entry);
        if (!ours || !placed)
            append(&list, ours ? library : entry);
        placed |= ours;
    }
    return vespa_buffer_take(&list);
}

bool vespa_preload_set(void)
{
    char library[PATH_MAX];
    if (!find(library))
        return false;
    if (strpbrk(library, SEPARATORS "\t\n")) {
        fprintf(stderr,
                "vespa run: %s cannot be preloaded, for LD_PRELOAD knows no way to write a space "
                "or a colon: install vespa elsewhere\n",
                library);
        return false;
    }
    const char *given = getenv("LD_PRELOAD");
    char *list = join(given ? given : "", vespa_slice_of(library));
    bool done = list && setenv("LD_PRELOAD", list, 1) == 0;
    if (!done)
        fputs("vespa run: out of memory\n", stderr);
    free(list);
    return done;
}
