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
    FUNCTION(multi_cleanup),    OPTIONAL(easy_header),
    OPTIONAL(easy_nextheader),  OPTIONAL(multi_get_handles),
    OPTIONAL(multi_get_offt),
#undef FUNCTION
#undef OPTIONAL
};
#define FUNCTION_COUNT (sizeof functions / sizeof *functions)

/* The newest first. Libraries are put in and never taken out. */
static _Atomic(const struct vespa_library *) libraries;
_Atomic(const struct vespa_library *) vespa_libraries_by_number[VESPA_LIBRARIES];

/* The first function that the object, were it a libcurl, would have and has not; NULL: it has all.
 */
static const char *first_missing(const struct vespa_object *object)
{
    for (size_t i = 0; i < FUNCTION_COUNT; i++)
        if (!functions[i].optional && !vespa_symbols_find(&object->symbols, functions[i].name))
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

bool vespa_is_libcurl(const struct vespa_object *object)
{
    static const char *const names[] = {"curl_easy_init", "curl_version", "curl_slist_append"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!vespa_symbols_find(&object->symbols, names[i]))
            return false;
    return true;
}

/* ---- what other preloaded libraries put in front of libcurl ----------------------------------
 */

/* Neither we nor a libcurl, but it has functions of such names. */
static bool has_such_functions(void *context, const struct vespa_object *object)
{
    if (vespa_is_our_own((const void *)object->start) || vespa_is_libcurl(object))
        return false;
    for (size_t i = 0; i < FUNCTION_COUNT; i++)
        if (vespa_symbols_find(&object->symbols, functions[i].name))
            return *(bool *)context = true;
    return false;
}

/* A function that another preloaded library has put in front of libcurl's, behind ours; or NULL.
 * Only the dynamic linker knows its order. */
static void *function_in_between(const char *name)
{
    struct vespa_object object;
    void *found = vespa_lookup(RTLD_NEXT, name);
    bool in_between = found && !vespa_is_our_own(found) && !vespa_libcurl_at((uintptr_t)found) &&
                      vespa_object_at((uintptr_t)found, &object) && !vespa_is_libcurl(&object);
    return in_between ? found : NULL;
}

static void fill(struct vespa_library *library, const struct vespa_object *object)
{
    bool others = false;
    vespa_objects_visit(has_such_functions, &others);
    for (size_t i = 0; i < FUNCTION_COUNT; i++) {
        void *found = vespa_symbols_find(&object->symbols, functions[i].name);
        void *between = found && others ? function_in_between(functions[i].name) : NULL;
        if (between)
            found = between;
        memcpy((char *)&library->api + functions[i].offset, &found, sizeof found);
    }
}

/* ---- the list --------------------------------------------------------------------------------
 */

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

static unsigned satisfied_versions(const struct vespa_object *object)
{
    unsigned versions = 0;
#define VERSION(number, name) \
    versions |= vespa_symbols_satisfy(&object->symbols, #name) ? 1U << (number) : 0;
    VESPA_VERSIONS(VERSION)
#undef VERSION
    return versions;
}

static struct vespa_library *describe(const struct vespa_object *object)
{
    size_t length = strlen(object->name) + 1;
    struct vespa_library *library = calloc(1, sizeof *library + length);
    if (!library)
        return NULL;
    library->is_libcurl = vespa_is_libcurl(object);
    library->versions = satisfied_versions(object);
    library->start = object->start;
    library->end = object->end;
    library->complete = library->is_libcurl && !first_missing(object);
    memcpy(library->name, object->name, length);
    fill(library, object);
    return library;
}

/* Makes the table of the object's functions. */
static const struct vespa_library *make_library(const struct vespa_object *object)
{
    if (!*object->name && !vespa_is_libcurl(object)) /* a jump table, which leads to us */
        return NULL;
    struct vespa_library *library = describe(object);
    if (library && library->is_libcurl && !library->complete)
        vespa_log(vespa_process_log(), VESPA_LOG_ERROR,
                  "%s has no %s: requests that are made with it are not routed", object->name,
                  first_missing(object));
    return library ? publish(library) : NULL;
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

/* ---- unloading -------------------------------------------------------------------------------
 */

/* How many of the libraries, by their numbers, are held; and what holds them. */
static _Atomic unsigned held;
static void *_Atomic holds[VESPA_LIBRARIES];

/* They are counted as held only when they are: another thread may be about to unload one. */
void vespa_libraries_hold(void)
{
    const struct vespa_library *library = libraries;
    unsigned before = held, count = library ? library->number + 1 : 0;
    if (before >= count)
        return;
    for (; library && library->number >= before; library = library->next)
        if (*library->name) /* else it is the program */
            holds[library->number] = dlopen(library->name, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
    while (before < count && !__atomic_compare_exchange_n((unsigned *)&held, &before, count, false,
                                                          __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        ;
}
