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

/* What every user of libcurl calls. */
static const char made_by[] = "curl_easy_init";

/* ---- by the caller ----------------------------------------------------------------------------
 */

/* The candidate of that number among the loaded objects, by their names. */
struct candidate {
    unsigned number;
    const void *symbol; /* of its own; NULL: there is no such candidate */
};

static bool is_candidate(void *context, const struct vespa_object *object)
{
    struct candidate *candidate = context;
    const char *slash = strrchr(object->name, '/');
    const char *base = slash ? slash + 1 : object->name;
    if (strncmp(base, "libcurl", strlen("libcurl")) != 0 || !strstr(base, ".so") ||
        !vespa_is_libcurl(object) || candidate->number-- > 0)
        return false;
    candidate->symbol = vespa_symbols_find(&object->symbols, made_by);
    return true;
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
        if (!candidate.symbol)
            break;
        found = vespa_library_of(candidate.symbol);
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

/* Who may be meant by a reference of the caller's. */
struct choice {
    const struct vespa_object *caller;
    unsigned all, suiting; /* so many have such a function; of a version that suits */
    const void *first;     /* the functions of the first of each */
    const void *suits;
    bool by_itself;       /* the caller is a libcurl, which calls itself */
    bool stands_in_front; /* the caller has such a function, and is none */
};

static bool choose(void *context, const struct vespa_object *object)
{
    struct choice *choice = context;
    const char *version = choice->caller->version;
    const void *symbol = vespa_symbols_find(&object->symbols, made_by);
    if (!symbol || vespa_is_our_own(symbol))
        return false;
    if (choice->all++ == 0)
        choice->first = symbol;
    if (version && vespa_symbols_satisfy(&object->symbols, version) && choice->suiting++ == 0)
        choice->suits = symbol;
    if (object->start != choice->caller->start)
        return false;
    choice->by_itself = vespa_is_libcurl(object);
    choice->stands_in_front = !choice->by_itself;
    choice->first = symbol;
    return choice->by_itself;
}

/* Where the loaded objects leave but one choice; NULL: they leave more. */
static const void *only_choice(const struct vespa_object *caller)
{
    struct choice choice = {.caller = caller};
    vespa_objects_visit(choose, &choice);
    if (choice.by_itself || (choice.all == 1 && !choice.stands_in_front))
        return choice.first;
    return choice.suiting == 1 && !choice.stands_in_front ? choice.suits : NULL;
}

/* By the dynamic linker's own search: the global scope comes first, then what the caller's object
 * has brought; a version that it names must be there. An unversioned libcurl satisfies all
 * references. */
static const struct vespa_library *searched_for(const struct vespa_object *caller)
{
    const struct vespa_library *found = NULL;
    void *opened = vespa_object_open(caller);
    bool done = false;
    if (caller->version)
        done = take(&found, dlvsym(RTLD_NEXT, made_by, caller->version)) ||
               (opened && take(&found, dlvsym(opened, made_by, caller->version)));
    else
        done = take(&found, vespa_lookup(RTLD_NEXT, made_by));
    if (!done && opened)
        done = take(&found, vespa_lookup(opened, made_by));
    if (!done)
        take(&found, vespa_lookup(RTLD_NEXT, made_by));
    if (opened)
        dlclose(opened);
    return found;
}

/* What the caller's reference to libcurl is bound to without us. The dynamic linker is asked only
 * where it must be: it may be waiting for us (shim/symbols.h). */
static const struct vespa_library *bound_to(const struct vespa_object *caller)
{
    const void *symbol = only_choice(caller);
    return symbol ? vespa_library_of(symbol) : searched_for(caller);
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
