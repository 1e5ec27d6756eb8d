/* The objects that are loaded in the process. */
#include "shim/object.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>

typedef ElfW(Phdr) elf_segment;
typedef ElfW(Dyn) elf_entry;
typedef ElfW(Sxword) elf_tag;
typedef ElfW(Verneed) elf_needed_file;
typedef ElfW(Vernaux) elf_needed_version;

/* ---- the version that an object needs ---------------------------------------------------------
 */

/* An address from the dynamic section. Some are relocated in place, others are not, and which
 * depends on the C library and the machine. */
static uintptr_t relocated(const struct dl_phdr_info *info, uintptr_t value)
{
    return value < info->dlpi_addr ? value + info->dlpi_addr : value;
}

static const elf_entry *dynamic_section(const struct dl_phdr_info *info)
{
    for (size_t i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
            return (const elf_entry *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    return NULL;
}

static uintptr_t address_entry(const struct dl_phdr_info *info, elf_tag tag)
{
    const elf_entry *entry = dynamic_section(info);
    for (; entry && entry->d_tag != DT_NULL; entry++)
        if (entry->d_tag == tag)
            return relocated(info, entry->d_un.d_ptr);
    return 0;
}

static const char *curl_version_in(const elf_needed_file *file, const char *names)
{
    const char *at = (const char *)file + file->vn_aux;
    for (unsigned i = 0; i < file->vn_cnt; i++) {
        const elf_needed_version *version = (const elf_needed_version *)at;
        if (strncmp(names + version->vna_name, "CURL_", strlen("CURL_")) == 0)
            return names + version->vna_name;
        at += version->vna_next;
    }
    return NULL;
}

static const char *needed_version(const struct dl_phdr_info *info)
{
    const char *at = (const char *)address_entry(info, DT_VERNEED);
    const char *names = (const char *)address_entry(info, DT_STRTAB);
    const char *found = NULL;
    while (at && names && !found) {
        const elf_needed_file *file = (const elf_needed_file *)at;
        found = curl_version_in(file, names);
        at = file->vn_next ? at + file->vn_next : NULL;
    }
    return found;
}

/* ---- the list of objects ----------------------------------------------------------------------
 */

/* dl_iterate_phdr holds a lock that glibc does not set free in the child of a fork: no other thread
 * may be in a call of ours then. */
static pthread_mutex_t iterating = PTHREAD_MUTEX_INITIALIZER;

static int iterate(int (*visit)(struct dl_phdr_info *info, size_t size, void *user), void *user)
{
    pthread_mutex_lock(&iterating);
    int result = dl_iterate_phdr(visit, user);
    pthread_mutex_unlock(&iterating);
    return result;
}

void vespa_objects_before_fork(void)
{
    pthread_mutex_lock(&iterating);
}

void vespa_objects_after_fork(void)
{
    pthread_mutex_unlock(&iterating);
}

/* ---- objects ----------------------------------------------------------------------------------
 */

struct search {
    uintptr_t address;
    struct vespa_object *object;
};

static bool holds(const struct dl_phdr_info *info, uintptr_t address)
{
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const elf_segment *segment = &info->dlpi_phdr[i];
        if (segment->p_type == PT_LOAD &&
            address - (info->dlpi_addr + segment->p_vaddr) < segment->p_memsz)
            return true;
    }
    return false;
}

static void describe(const struct dl_phdr_info *info, struct vespa_object *object)
{
    *object = (struct vespa_object){.start = UINTPTR_MAX, .name = info->dlpi_name};
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const elf_segment *segment = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + segment->p_vaddr;
        if (segment->p_type != PT_LOAD)
            continue;
        if (start < object->start)
            object->start = start;
        if (start + segment->p_memsz > object->end)
            object->end = start + segment->p_memsz;
    }
    object->version = needed_version(info);
}

static int compare(struct dl_phdr_info *info, size_t size, void *user)
{
    struct search *search = user;
    (void)size;
    if (!holds(info, search->address))
        return 0;
    describe(info, search->object);
    return 1;
}

bool vespa_object_at(uintptr_t address, struct vespa_object *object)
{
    struct search search = {.address = address, .object = object};
    return iterate(compare, &search) != 0;
}

bool vespa_object_holds(const struct vespa_object *object, const void *address)
{
    return (uintptr_t)address >= object->start && (uintptr_t)address < object->end;
}

void *vespa_object_open(const struct vespa_object *object, int mode)
{
    return dlopen(*object->name ? object->name : NULL, RTLD_LAZY | RTLD_NOLOAD | mode);
}

struct tour {
    bool (*visit)(void *context, const char *name);
    void *context;
};

static int visit_next(struct dl_phdr_info *info, size_t size, void *user)
{
    const struct tour *tour = user;
    (void)size;
    return tour->visit(tour->context, info->dlpi_name);
}

void vespa_objects_visit(bool (*visit)(void *context, const char *name), void *context)
{
    struct tour tour = {.visit = visit, .context = context};
    iterate(visit_next, &tour);
}

static int note_unloaded(struct dl_phdr_info *info, size_t size, void *user)
{
    (void)size;
    *(uint64_t *)user = info->dlpi_subs;
    return 1;
}

uint64_t vespa_objects_unloaded(void)
{
    uint64_t unloaded = 0;
    iterate(note_unloaded, &unloaded);
    return unloaded;
}
