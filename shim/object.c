/* The objects that are loaded in the process. */
#include "shim/object.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>

typedef ElfW(Phdr) elf_segment;

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
    object->symbols = vespa_symbols_of(info);
    object->version = vespa_symbols_need(&object->symbols, "CURL_");
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

void *vespa_object_open(const struct vespa_object *object)
{
    return dlopen(*object->name ? object->name : NULL, RTLD_LAZY | RTLD_NOLOAD);
}

struct tour {
    bool (*visit)(void *context, const struct vespa_object *object);
    void *context;
};

static int visit_next(struct dl_phdr_info *info, size_t size, void *user)
{
    const struct tour *tour = user;
    struct vespa_object object;
    (void)size;
    describe(info, &object);
    return tour->visit(tour->context, &object);
}

void vespa_objects_visit(bool (*visit)(void *context, const struct vespa_object *object),
                         void *context)
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
