/* The libcurls of the process. */
#include "shim/libraries.h"

#include "shim/lookup.h"
#include "shim/object.h"
#include "shim/process.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Where each function goes in the table. */
static const struct {
    const char *name;
    size_t offset;
    bool optional; /* newer than our floor */
} functions[] = {
#define FUNCTION(member)                                                           \
    {                                                                              \
        .name = "curl_" #member, .offset = offsetof(struct vespa_curl_api, member) \
    }
#define OPTIONAL(member)                                                            \
    {                                                                               \
        .name = "curl_" #member, .offset = offsetof(struct vespa_curl_api, member), \
        .optional = true                                                            \
    }
    FUNCTION(easy_init),        FUNCTION(easy_setopt),
    FUNCTION(easy_perform),     FUNCTION(easy_getinfo),
    FUNCTION(easy_cleanup),     FUNCTION(easy_reset),
    FUNCTION(easy_duphandle),   FUNCTION(easy_strerror),
    FUNCTION(slist_free_all),   FUNCTION(free),
    FUNCTION(version_info),     FUNCTION(url),
    FUNCTION(url_cleanup),      FUNCTION(url_set),
    FUNCTION(url_get),          FUNCTION(global_cleanup),
    FUNCTION(easy_pause),       FUNCTION(easy_escape),
    FUNCTION(multi_init),       FUNCTION(multi_setopt),
    FUNCTION(multi_add_handle), FUNCTION(multi_remove_handle),
    FUNCTION(multi_perform),    FUNCTION(multi_socket_action),
    FUNCTION(multi_socket),     FUNCTION(multi_socket_all),
    FUNCTION(multi_timeout),    FUNCTION(multi_wait),
    FUNCTION(multi_poll),       FUNCTION(multi_info_read),
    FUNCTION(multi_cleanup),    OPTIONAL(multi_get_handles),
    OPTIONAL(multi_get_offt),
#undef FUNCTION
#undef OPTIONAL
};
#define FUNCTION_COUNT (sizeof functions / sizeof *functions)

/* The newest first. Libraries are put in and never taken out. */
static _Atomic(const struct vespa_library *) libraries;
_Atomic(const struct vespa_library *) vespa_libraries_by_number[VESPA_LIBRARIES];

static bool has(const struct vespa_object *object, void *opened, size_t index)
{
    const void *found = vespa_lookup(opened, functions[index].name);
    return found && vespa_object_holds(object, found);
}

/* The first function that the object, were it a libcurl, would have and has not; NULL: it has all.
 */
static const char *first_missing(const struct vespa_object *object, void *opened)
{
    for (size_t i = 0; i < FUNCTION_COUNT; i++)
        if (!functions[i].optional && !has(object, opened, i))
            return functions[i].name;
    return NULL;
}

static const struct vespa_library *library_at(const void *address)
{
    const struct vespa_library *library = libraries;
    while (library && ((uintptr_t)address < library->start || (uintptr_t)address >= library->end))
        library = library->next;
    return library;
}

const struct vespa_library *vespa_libcurl_at(uintptr_t address)
{
    const struct vespa_library *library = library_at((const void *)address);
    return library && library->is_libcurl ? library : NULL;
}

const struct vespa_library *vespa_libraries_newest(void)
{
    return libraries;
}

/* Whether the object is a libcurl, complete or not, and not one that stands in front of one: nobody
 * does that for these. */
static bool is_libcurl(const struct vespa_object *object, void *opened)
{
    static const char *const names[] = {"curl_easy_init", "curl_version", "curl_slist_append"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const void *found = vespa_lookup(opened, names[i]);
        if (!found || !vespa_object_holds(object, found))
            return false;
    }
    return true;
}

/* A function that another preloaded library has put in front of libcurl's, behind ours; or NULL. */
static void *function_in_between(const char *name)
{
    struct vespa_object object;
    void *found = vespa_lookup(RTLD_NEXT, name);
    if (!found || vespa_is_our_own(found) || vespa_libcurl_at((uintptr_t)found) ||
        !vespa_object_at((uintptr_t)found, &object))
        return NULL;
    void *opened = vespa_object_open(&object, 0);
    bool in_between = opened && !is_libcurl(&object, opened);
    if (opened)
        dlclose(opened);
    return in_between ? found : NULL;
}

static void fill(struct vespa_library *library, const struct vespa_object *object, void *opened)
{
    for (size_t i = 0; i < FUNCTION_COUNT; i++) {
        void *found = vespa_lookup(opened, functions[i].name);
        void *between = function_in_between(functions[i].name);
        if (found && !vespa_object_holds(object, found))
            found = NULL;
        if (found && between)
            found = between;
        memcpy((char *)&library->api + functions[i].offset, &found, sizeof found);
    }
}

/* Puts it in, unless another thread has done so meanwhile. Takes it over. */
static const struct vespa_library *publish(struct vespa_library *library)
{
    const struct vespa_library *first = libraries;
    do {
        const struct vespa_library *known = library_at((const void *)library->start);
        if (known) {
            free(library);
            return known;
        }
        library->next = first;
        library->number = first ? first->number + 1 : 0;
        if (library->number >= VESPA_LIBRARIES) {
            free(library);
            return NULL;
        }
    } while (!__atomic_compare_exchange_n((const struct vespa_library **)&libraries, &first,
                                          library, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
    vespa_libraries_by_number[library->number] = library;
    return library;
}

static unsigned satisfied_versions(void *opened)
{
    unsigned versions = 0;
#define VERSION(number, name) \
    versions |= dlvsym(opened, "curl_easy_init", #name) ? 1U << (number) : 0;
    VESPA_VERSIONS(VERSION)
#undef VERSION
    return versions;
}

/* Makes the table of the object's functions. It is never unloaded from now on: our pointers into it
 * must not outlive it. */
static const struct vespa_library *make_library(const struct vespa_object *object)
{
    void *opened = vespa_object_open(object, RTLD_NODELETE);
    bool real = opened && is_libcurl(object, opened);
    if (!opened || (!real && !*object->name)) /* a jump table in the program, which leads to us */
        return NULL;
    const char *missing = first_missing(object, opened);
    struct vespa_library *library = calloc(1, sizeof *library);
    if (!library)
        return NULL;
    library->is_libcurl = real;
    library->versions = satisfied_versions(opened);
    library->start = object->start;
    library->end = object->end;
    library->complete = real && !missing;
    fill(library, object, opened);
    if (real && missing)
        vespa_log(vespa_process_log(), VESPA_LOG_ERROR,
                  "%s has no %s: requests that are made with it are not routed", object->name,
                  missing);
    return publish(library);
}

const struct vespa_library *vespa_library_of(const void *symbol)
{
    struct vespa_object object;
    const struct vespa_library *known = symbol ? library_at(symbol) : NULL;
    if (known || !symbol || vespa_is_our_own(symbol) ||
        !vespa_object_at((uintptr_t)symbol, &object))
        return known;
    return make_library(&object);
}
