// The shared libraries that a program needs.

#include "cli/doctor/libraries.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_LIBRARIES = 400, DEEPEST = 20 };

// Names that were looked into, so that none is twice.
struct search {
    char *seen[MOST_LIBRARIES];
    size_t count;
    char *by;
    size_t size;
};

bool vespa_library_map(const char *path, struct vespa_slice *file)
{
    struct stat status;
    int from = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    void *bytes = MAP_FAILED;
    *file = vespa_slice(NULL, 0);
    if (from < 0)
        return false;
    bool good = fstat(from, &status) == 0 && S_ISREG(status.st_mode);
    if (good && status.st_size > 0) {
        bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, from, 0);
        good = bytes != MAP_FAILED;
        if (good)
            *file = vespa_slice(bytes, (size_t)status.st_size);
    }
    close(from);
    return good;
}

void vespa_library_unmap(struct vespa_slice file)
{
    if (file.length)
        munmap((void *)(uintptr_t)file.data, file.length);
}

static bool is_libcurl(struct vespa_slice name)
{
    return vespa_slice_starts_with(name, VESPA_LITERAL("libcurl.so")) ||
           vespa_slice_starts_with(name, VESPA_LITERAL("libcurl-gnutls.so")) ||
           vespa_slice_starts_with(name, VESPA_LITERAL("libcurl-nss.so"));
}

// Opens directory/name, with $ORIGIN for the directory of who needs it.
static bool try_directory(struct vespa_slice directory, const char *origin, struct vespa_slice name,
                          char path[static PATH_MAX], struct vespa_slice *file)
{
    static const struct vespa_slice tokens[] = {{"$ORIGIN", 7}, {"${ORIGIN}", 9}};
    int origin_length = (int)(strrchr(origin, '/') - origin);
    size_t cut = 0;
    for (size_t i = 0; i < 2; i++)
        if (vespa_slice_starts_with(directory, tokens[i]))
            cut = tokens[i].length;
    directory = vespa_slice_part(directory, cut, directory.length);
    int written = snprintf(path, PATH_MAX, "%.*s%.*s/%.*s", cut ? origin_length : 0, origin,
                           (int)directory.length, directory.length ? directory.data : "",
                           (int)name.length, name.data);
    return written > 0 && written < PATH_MAX && path[0] == '/' && vespa_library_map(path, file);
}

static bool try_list(struct vespa_slice list, const char *origin, struct vespa_slice name,
                     char path[static PATH_MAX], struct vespa_slice *file)
{
    while (list.length) {
        size_t end = vespa_slice_find(list, ':');
        if (try_directory(vespa_slice_part(list, 0, end), origin, name, path, file))
            return true;
        list = vespa_slice_part(list, end + (end < list.length), list.length);
    }
    return false;
}

// Without the cache of ldconfig: the usual directories.
static bool find_library(const struct vespa_elf *of, const char *origin, struct vespa_slice name,
                         char path[static PATH_MAX], struct vespa_slice *file)
{
    static const int64_t tags[] = {DT_RPATH, DT_RUNPATH};
    static const char usual[] =
        "/lib/x86_64-linux-gnu:/usr/lib/x86_64-linux-gnu:/lib/aarch64-linux-gnu:"
        "/usr/lib/aarch64-linux-gnu:/lib64:/usr/lib64:/lib:/usr/lib:/usr/local/lib64:"
        "/usr/local/lib";
    struct vespa_slice list;
    for (size_t i = 0; i < 2; i++)
        for (size_t at = 0; vespa_elf_next(of, tags[i], &at, &list);)
            if (try_list(list, origin, name, path, file))
                return true;
    return try_list(vespa_slice_of(getenv("LD_LIBRARY_PATH")), origin, name, path, file) ||
           try_list(VESPA_LITERAL(usual), origin, name, path, file);
}

// True: it was not seen before, and is noted.
static bool note(struct search *search, struct vespa_slice name)
{
    for (size_t i = 0; i < search->count; i++)
        if (vespa_slice_equal(vespa_slice_of(search->seen[i]), name))
            return false;
    if (search->count == MOST_LIBRARIES)
        return false;
    search->seen[search->count] = vespa_slice_copy(name);
    return search->seen[search->count] && ++search->count;
}

static bool look(struct search *search, const char *origin, const struct vespa_elf *elf, int depth);

static bool look_into(struct search *search, const struct vespa_elf *of, const char *origin,
                      struct vespa_slice name, int depth)
{
    char path[PATH_MAX];
    struct vespa_slice file;
    struct vespa_elf elf;
    bool found = false;
    if (!note(search, name) || !find_library(of, origin, name, path, &file))
        return false;
    if (vespa_elf_read(file, &elf) && elf.is_native)
        found = look(search, path, &elf, depth + 1);
    vespa_library_unmap(file);
    return found;
}

static bool look(struct search *search, const char *origin, const struct vespa_elf *elf, int depth)
{
    struct vespa_slice name;
    for (size_t at = 0; vespa_elf_next(elf, DT_NEEDED, &at, &name);) {
        if (!is_libcurl(name))
            continue;
        if (depth)
            snprintf(search->by, search->size, "it needs %.*s by way of %s", (int)name.length,
                     name.data, strrchr(origin, '/') + 1);
        else
            snprintf(search->by, search->size, "it needs %.*s", (int)name.length, name.data);
        return true;
    }
    for (size_t at = 0; depth < DEEPEST && vespa_elf_next(elf, DT_NEEDED, &at, &name);)
        if (look_into(search, elf, origin, name, depth))
            return true;
    return false;
}

bool vespa_libraries_find_libcurl(const char *path, const struct vespa_elf *elf, char *by,
                                  size_t size)
{
    struct search *search = calloc(1, sizeof *search);
    if (!search)
        return false;
    search->by = by;
    search->size = size;
    bool found = look(search, path, elf, 0);
    while (search->count)
        free(search->seen[--search->count]);
    free(search);
    return found;
}
