/* Which of the real libcurls a call is for. */
#include "shim/real.h"

#include "shim/libraries.h"
#include "shim/lookup.h"
#include "shim/memo.h"
#include "shim/object.h"
#include "shim/process.h"
#include "shim/table.h"

#include <dlfcn.h>
#include <string.h>

/* Which library owns a handle, and a part of it to be read without a lock. */
static struct vespa_table owners = VESPA_TABLE_INITIALIZER;
static struct vespa_memo owner_memo;

/* Which library a return address's object is bound to, while no object was unloaded. */
static struct vespa_memo caller_memo;
static _Atomic uint64_t caller_memo_unloaded;

static _Atomic unsigned last_asked; /* the library that dlsym was asked about last, + 1 */

/* Notes whose an address is. The number is known by then, whoever gave it. */
static void note(struct vespa_memo *memo, uintptr_t address, const struct vespa_library *library)
{
    vespa_libraries_by_number[library->number] = library;
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

static const struct vespa_library *library_named(const char *name)
{
    void *opened = dlopen(name, RTLD_LAZY | RTLD_NOLOAD);
    const struct vespa_library *library =
        opened ? vespa_library_of(vespa_lookup(opened, "curl_easy_init")) : NULL;
    if (opened)
        dlclose(opened);
    return library && library->is_libcurl ? library : NULL;
}

static bool suits(const struct vespa_library *library, unsigned version)
{
    return library && library->is_libcurl && (!version || library->versions >> version & 1);
}

/* For a caller that tells nothing but a version, or not even that (0): what dlsym was asked about
 * last, or what there is. */
static const struct vespa_library *any_library(unsigned version)
{
    const struct vespa_library *found =
        last_asked ? vespa_libraries_by_number[last_asked - 1] : NULL;
    if (!suits(found, version))
        for (found = vespa_libraries_newest(); found && !suits(found, version);)
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
static bool take(const struct vespa_library **found, const void *symbol)
{
    const struct vespa_library *library = vespa_library_of(symbol);
    if (library && (library->is_libcurl || !*found))
        *found = library;
    return library && library->is_libcurl;
}

/* What the caller's reference to libcurl is bound to without us: the global scope comes first, then
 * what the caller's object has brought; a version that it names must be there. An unversioned
 * libcurl satisfies all references. */
static const struct vespa_library *bound_to(const struct vespa_object *caller)
{
    static const char name[] = "curl_easy_init";
    const struct vespa_library *found = NULL;
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

static const struct vespa_library *search_by_caller(uintptr_t address)
{
    struct vespa_object caller;
    if (!vespa_object_at(address, &caller) || vespa_is_our_own((const void *)address))
        return NULL;
    return bound_to(&caller);
}

static const struct vespa_library *by_caller(uintptr_t address)
{
    const struct vespa_library *found = vespa_libcurl_at(address); /* libcurl's inner calls */
    if (found)
        return found;
    uint64_t unloaded = vespa_objects_unloaded();
    if (unloaded != caller_memo_unloaded) {
        vespa_memo_clear(&caller_memo);
        caller_memo_unloaded = unloaded;
    }
    int number = vespa_memo_find(&caller_memo, address);
    if (number >= 0)
        return vespa_libraries_by_number[number];
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
        return vespa_libraries_by_number[origin] ? &vespa_libraries_by_number[origin]->api : NULL;
    vespa_process_watches_forks();
    const struct vespa_library *found = by_caller(address_of(origin));
    if (!found || (version && !suits(found, version))) {
        const struct vespa_library *other = any_library(version);
        found = other ? other : found;
    }
    return found ? &found->api : NULL;
}

/* With several libcurls: what one calls itself is its own, whatever is noted of the address, for
 * not every handle of its own is seen to go. Not inlined, so that the usual way is short. */
__attribute__((noinline)) static const struct vespa_curl_api *look_up(const void *handle,
                                                                      vespa_origin origin)
{
    const struct vespa_library *owner = vespa_libcurl_at(address_of(origin));
    int number = vespa_memo_find(&owner_memo, (uintptr_t)handle);
    if (owner)
        return &owner->api;
    if (number >= 0)
        return &vespa_libraries_by_number[number]->api;
    owner = handle ? vespa_table_find(&owners, handle) : NULL;
    if (!owner)
        return vespa_real(origin);
    note(&owner_memo, (uintptr_t)handle, owner);
    return &owner->api;
}

const struct vespa_curl_api *vespa_real_of(const void *handle, vespa_origin origin)
{
    int number = vespa_memo_find(&owner_memo, (uintptr_t)handle);
    return number >= 0 && !vespa_libraries_by_number[1] ? &vespa_libraries_by_number[number]->api
                                                        : look_up(handle, origin);
}

bool vespa_real_is_complete(const struct vespa_curl_api *api)
{
    return ((const struct vespa_library *)api)->complete;
}

int vespa_real_number(const void *function)
{
    const struct vespa_library *library = vespa_library_of(function);
    if (!library || !library->complete)
        return -1;
    vespa_libraries_by_number[library->number] = library;
    last_asked = library->number + 1;
    return (int)library->number;
}

/* A handle that libcurl makes for itself never comes to its cleanup's hook. */
void vespa_real_made(const void *handle, const struct vespa_curl_api *api, vespa_origin origin)
{
    const struct vespa_library *library = (const struct vespa_library *)api;
    vespa_real_gone(handle);
    if (!vespa_process_watches_forks())
        return;
    if (origin >= VESPA_NUMBERED && vespa_libcurl_at(address_of(origin)))
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
    vespa_objects_before_fork();
}

void vespa_real_after_fork(void)
{
    vespa_objects_after_fork();
    vespa_table_after_fork(&owners);
}
