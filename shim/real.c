/* The real libcurls behind the hooks. */
#include "shim/real.h"

#include "shim/lookup.h"
#include "shim/memo.h"
#include "shim/object.h"
#include "shim/process.h"
#include "shim/table.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* More libcurls than these are left alone: the notes have eight bits for a number. */
#define MOST_LIBRARIES 128

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
#undef FUNCTION
#undef OPTIONAL
};
#define FUNCTION_COUNT (sizeof functions / sizeof *functions)

struct library {
    struct vespa_curl_api api; /* first: the one is found by the other */
    uintptr_t start;
    uintptr_t end;
    unsigned number;
    unsigned versions; /* what references it satisfies: bit n for version n */
    bool is_libcurl;   /* else something that has functions of such names */
    bool complete;
    const struct library *next;
};

/* The newest first. Libraries are put in and never taken out. */
static _Atomic(const struct library *) libraries;
static _Atomic(const struct library *) by_number[MOST_LIBRARIES];

/* Which library owns a handle, and a part of it to be read without a lock. */
static struct vespa_table owners = VESPA_TABLE_INITIALIZER;
static struct vespa_memo owner_memo;

/* Which library a return address's object is bound to, while no object was unloaded. */
static struct vespa_memo caller_memo;
static _Atomic uint64_t caller_memo_unloaded;

static _Atomic unsigned last_asked; /* the library that dlsym was asked about last, + 1 */

/* ---- tables -----------------------------------------------------------------------------------
 */

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

static const struct library *library_at(const void *address)
{
    const struct library *library = libraries;
    while (library && ((uintptr_t)address < library->start || (uintptr_t)address >= library->end))
        library = library->next;
    return library;
}

/* The libcurl that the address lies in. */
static const struct library *libcurl_at(uintptr_t address)
{
    const struct library *library = library_at((const void *)address);
    return library && library->is_libcurl ? library : NULL;
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
    if (!found || vespa_is_our_own(found) || libcurl_at((uintptr_t)found) ||
        !vespa_object_at((uintptr_t)found, &object))
        return NULL;
    void *opened = vespa_object_open(&object, 0);
    bool in_between = opened && !is_libcurl(&object, opened);
    if (opened)
        dlclose(opened);
    return in_between ? found : NULL;
}

static void fill(struct library *library, const struct vespa_object *object, void *opened)
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
static const struct library *publish(struct library *library)
{
    const struct library *first = libraries;
    do {
        const struct library *known = library_at((const void *)library->start);
        if (known) {
            free(library);
            return known;
        }
        library->next = first;
        library->number = first ? first->number + 1 : 0;
        if (library->number >= MOST_LIBRARIES) {
            free(library);
            return NULL;
        }
    } while (!__atomic_compare_exchange_n((const struct library **)&libraries, &first, library,
                                          false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
    by_number[library->number] = library;
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
static const struct library *make_library(const struct vespa_object *object)
{
    void *opened = vespa_object_open(object, RTLD_NODELETE);
    bool real = opened && is_libcurl(object, opened);
    if (!opened || (!real && !*object->name)) /* a jump table in the program, which leads to us */
        return NULL;
    const char *missing = first_missing(object, opened);
    struct library *library = calloc(1, sizeof *library);
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

/* The library of a symbol that was found. */
static const struct library *library_of(const void *symbol)
{
    struct vespa_object object;
    const struct library *known = symbol ? library_at(symbol) : NULL;
    if (known || !symbol || vespa_is_our_own(symbol) ||
        !vespa_object_at((uintptr_t)symbol, &object))
        return known;
    return make_library(&object);
}

/* Notes whose an address is. The number is known by then, whoever gave it. */
static void note(struct vespa_memo *memo, uintptr_t address, const struct library *library)
{
    by_number[library->number] = library;
    vespa_memo_put(memo, address, library->number);
}

/* ---- by the caller ----------------------------------------------------------------------------
 */

/* The candidate of that number among the loaded objects, by their names. */
struct candidate {
    unsigned number;
    const char *name;
};

static bool is_candidate(void *context, const char *name)
{
    struct candidate *candidate = context;
    const char *slash = strrchr(name, '/');
    const char *base = slash ? slash + 1 : name;
    if (strncmp(base, "libcurl", strlen("libcurl")) != 0 || !strstr(base, ".so"))
        return false;
    if (candidate->number-- > 0)
        return false;
    candidate->name = name;
    return true;
}

static const struct library *library_named(const char *name)
{
    void *opened = dlopen(name, RTLD_LAZY | RTLD_NOLOAD);
    const struct library *library =
        opened ? library_of(vespa_lookup(opened, "curl_easy_init")) : NULL;
    if (opened)
        dlclose(opened);
    return library && library->is_libcurl ? library : NULL;
}

static bool suits(const struct library *library, unsigned version)
{
    return library && library->is_libcurl && (!version || library->versions >> version & 1);
}

/* For a caller that tells nothing but a version, or not even that (0): what dlsym was asked about
 * last, or what there is. */
static const struct library *any_library(unsigned version)
{
    const struct library *found = last_asked ? by_number[last_asked - 1] : NULL;
    if (!suits(found, version))
        for (found = libraries; found && !suits(found, version);)
            found = found->next;
    for (unsigned i = 0; !found; i++) {
        struct candidate candidate = {.number = i};
        vespa_objects_visit(is_candidate, &candidate);
        if (!candidate.name)
            break;
        found = library_named(candidate.name);
        found = suits(found, version) ? found : NULL;
    }
    return found;
}

/* Takes the symbol's library, unless one was taken that is better. True: search no more. */
static bool take(const struct library **found, const void *symbol)
{
    const struct library *library = library_of(symbol);
    if (library && (library->is_libcurl || !*found))
        *found = library;
    return library && library->is_libcurl;
}

/* What the caller's reference to libcurl is bound to without us: the global scope comes first, then
 * what the caller's object has brought; a version that it names must be there. An unversioned
 * libcurl satisfies all references. */
static const struct library *bound_to(const struct vespa_object *caller)
{
    static const char name[] = "curl_easy_init";
    const struct library *found = NULL;
    void *opened = vespa_object_open(caller, 0);
    bool done = opened && vespa_object_holds(caller, vespa_lookup(opened, name)) &&
                take(&found, vespa_lookup(opened, name)); /* a libcurl that calls itself */
    if (!done && caller->version)
        done = take(&found, dlvsym(RTLD_NEXT, name, caller->version)) ||
               (opened && take(&found, dlvsym(opened, name, caller->version)));
    if (!done && !caller->version)
        done = take(&found, vespa_lookup(RTLD_NEXT, name));
    if (!done && opened)
        done = take(&found, vespa_lookup(opened, name));
    if (!done)
        take(&found, vespa_lookup(RTLD_NEXT, name));
    if (opened)
        dlclose(opened);
    return found;
}

static const struct library *search_by_caller(uintptr_t address)
{
    struct vespa_object caller;
    if (!vespa_object_at(address, &caller) || vespa_is_our_own((const void *)address))
        return NULL;
    return bound_to(&caller);
}

static const struct library *by_caller(uintptr_t address)
{
    const struct library *found = libcurl_at(address); /* libcurl's inner calls */
    if (found)
        return found;
    uint64_t unloaded = vespa_objects_unloaded();
    if (unloaded != caller_memo_unloaded) {
        vespa_memo_clear(&caller_memo);
        caller_memo_unloaded = unloaded;
    }
    int number = vespa_memo_find(&caller_memo, address);
    if (number >= 0)
        return by_number[number];
    found = search_by_caller(address);
    if (found)
        note(&caller_memo, address, found);
    return found;
}

/* ---- what the hooks ask -----------------------------------------------------------------------
 */

static uintptr_t address_of(vespa_origin origin)
{
    return origin & (((vespa_origin)1 << VESPA_VERSION_SHIFT) - 1);
}

/* A version that the caller's libcurl has not means that the return address is not that of the code
 * that made the reference: that ended with a jump to us. */
const struct vespa_curl_api *vespa_real(vespa_origin origin)
{
    unsigned version = (unsigned)(origin >> VESPA_VERSION_SHIFT);
    if (origin < VESPA_NUMBERED)
        return by_number[origin] ? &by_number[origin]->api : NULL;
    const struct library *found = by_caller(address_of(origin));
    if (!found || (version && !suits(found, version))) {
        const struct library *other = any_library(version);
        found = other ? other : found;
    }
    return found ? &found->api : NULL;
}

/* With several libcurls: what one calls itself is its own, whatever is noted of the address, for
 * not every handle of its own is seen to go. Not inlined, so that the usual way is short. */
__attribute__((noinline)) static const struct vespa_curl_api *look_up(const void *handle,
                                                                      vespa_origin origin)
{
    const struct library *owner = libcurl_at(address_of(origin));
    int number = vespa_memo_find(&owner_memo, (uintptr_t)handle);
    if (owner)
        return &owner->api;
    if (number >= 0)
        return &by_number[number]->api;
    owner = handle ? vespa_table_find(&owners, handle) : NULL;
    if (!owner)
        return vespa_real(origin);
    note(&owner_memo, (uintptr_t)handle, owner);
    return &owner->api;
}

const struct vespa_curl_api *vespa_real_of(const void *handle, vespa_origin origin)
{
    int number = vespa_memo_find(&owner_memo, (uintptr_t)handle);
    return number >= 0 && !by_number[1] ? &by_number[number]->api : look_up(handle, origin);
}

bool vespa_real_is_complete(const struct vespa_curl_api *api)
{
    return ((const struct library *)api)->complete;
}

int vespa_real_number(const void *function)
{
    const struct library *library = library_of(function);
    if (!library || !library->complete)
        return -1;
    by_number[library->number] = library;
    last_asked = library->number + 1;
    return (int)library->number;
}

/* A handle that libcurl makes for itself never comes to its cleanup's hook. */
void vespa_real_made(const void *handle, const struct vespa_curl_api *api, vespa_origin origin)
{
    const struct library *library = (const struct library *)api;
    vespa_real_gone(handle);
    if (!vespa_process_watches_forks())
        return;
    if (origin >= VESPA_NUMBERED && libcurl_at(address_of(origin)))
        return;
    if (vespa_table_put(&owners, handle, (void *)library))
        note(&owner_memo, (uintptr_t)handle, library);
}

void vespa_real_gone(const void *handle)
{
    vespa_table_take(&owners, handle);
    vespa_memo_forget(&owner_memo, (uintptr_t)handle);
}

void vespa_real_before_fork(void)
{
    vespa_table_before_fork(&owners);
}

void vespa_real_after_fork(void)
{
    vespa_table_after_fork(&owners);
}
