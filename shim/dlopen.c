/* What becomes of a call of dlopen that the program makes. */
#include "shim/dlopen.h"

#include "shim/library_path.h"
#include "shim/lookup.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

typedef ElfW(Ehdr) elf_header;
typedef ElfW(Phdr) elf_segment;
typedef ElfW(Dyn) elf_entry;
typedef ElfW(Sxword) elf_tag;

/* A file, mapped as it is on disk. */
struct image {
    const char *bytes;
    size_t length;
};

/* So many bytes of it; NULL: it has not got them. */
static const char *at(const struct image *image, uint64_t offset, uint64_t length)
{
    if (offset > image->length || length > image->length - offset)
        return NULL;
    return image->bytes + offset;
}

static bool copy(const struct image *image, uint64_t offset, void *to, size_t length)
{
    const char *from = at(image, offset, length);
    if (from)
        memcpy(to, from, length);
    return from != NULL;
}

static bool is_for_this_machine(const elf_header *header)
{
    int word = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;
    return memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 && header->e_ident[EI_CLASS] == word &&
           header->e_phentsize == sizeof(elf_segment);
}

static bool segment(const struct image *image, const elf_header *header, size_t index,
                    elf_segment *found)
{
    return index < header->e_phnum &&
           copy(image, header->e_phoff + index * sizeof *found, found, sizeof *found);
}

/* Where in the file the byte lies that is loaded at that address. */
static bool offset_of(const struct image *image, const elf_header *header, uint64_t address,
                      uint64_t *offset)
{
    elf_segment part;
    for (size_t i = 0; segment(image, header, i, &part); i++) {
        if (part.p_type == PT_LOAD && address >= part.p_vaddr &&
            address - part.p_vaddr < part.p_filesz) {
            *offset = part.p_offset + (address - part.p_vaddr);
            return true;
        }
    }
    return false;
}

/* The next entry of that kind in the dynamic section, from number *index on. */
static bool next_entry(const struct image *image, const elf_segment *section, elf_tag tag,
                       size_t *index, uint64_t *value)
{
    elf_entry entry;
    while ((*index + 1) * sizeof entry <= section->p_filesz &&
           copy(image, section->p_offset + *index * sizeof entry, &entry, sizeof entry) &&
           entry.d_tag != DT_NULL) {
        (*index)++;
        if (entry.d_tag == tag) {
            *value = entry.d_un.d_val;
            return true;
        }
    }
    return false;
}

static bool names_libcurl(const struct image *image, uint64_t offset)
{
    static const char *const beginnings[] = {"libcurl.so", "libcurl-"};
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
        size_t length = strlen(beginnings[i]);
        const char *name = at(image, offset, length);
        if (name && memcmp(name, beginnings[i], length) == 0)
            return true;
    }
    return false;
}

static bool needs_libcurl(const struct image *image)
{
    elf_header header;
    elf_segment section = {.p_type = PT_NULL};
    uint64_t names, name;
    size_t index = 0;
    if (!copy(image, 0, &header, sizeof header) || !is_for_this_machine(&header))
        return false;
    for (size_t i = 0; section.p_type != PT_DYNAMIC; i++)
        if (!segment(image, &header, i, &section))
            return false;
    if (!next_entry(image, &section, DT_STRTAB, &index, &names) ||
        !offset_of(image, &header, names, &names))
        return false;
    for (index = 0; next_entry(image, &section, DT_NEEDED, &index, &name);)
        if (names_libcurl(image, names + name))
            return true;
    return false;
}

/* Maps what is a regular file; .bytes is NULL for all else. */
static struct image map_file(const char *path)
{
    struct image image = {.bytes = NULL};
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return image;
    if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
        size_t length = (size_t)status.st_size;
        void *bytes = mmap(NULL, length, PROT_READ, MAP_PRIVATE, file, 0);
        if (bytes != MAP_FAILED)
            image = (struct image){.bytes = bytes, .length = length};
    }
    close(file);
    return image;
}

bool vespa_file_needs_libcurl(const char *path)
{
    struct image image = map_file(path);
    if (!image.bytes)
        return false;
    bool needs = needs_libcurl(&image);
    munmap((void *)image.bytes, image.length);
    return needs;
}

static bool is_to_be_hooked(const char *path, int mode, void *caller)
{
    char found[PATH_MAX];
    if (!(mode & RTLD_DEEPBIND) || !path || !*path || getauxval(AT_SECURE))
        return false;
    if (strchr(path, '/'))
        return vespa_file_needs_libcurl(path);
    return vespa_find_library(path, (uintptr_t)caller, found) && vespa_file_needs_libcurl(found);
}

static void *no_dlopen(const char *path, int mode)
{
    (void)path;
    (void)mode;
    return NULL;
}

/* dlsym clears what dlerror would tell, but so does the dlopen that follows. */
static void *real_dlopen(void)
{
    static _Atomic(void *) found;
    void *real = found;
    if (!real) {
        real = vespa_lookup(RTLD_NEXT, "dlopen");
        found = real;
    }
    return real ? real : (void *)no_dlopen;
}

struct vespa_dlopen_call vespa_dlopen_call(const char *path, int mode, void *caller)
{
    int error = errno;
    struct vespa_dlopen_call call = {.real = real_dlopen(), .mode = mode};
    if (is_to_be_hooked(path, mode, caller))
        call.mode = mode & ~RTLD_DEEPBIND;
    errno = error;
    return call;
}
