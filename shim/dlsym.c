/* What becomes of a call of dlsym that the program makes. */
#include "shim/dlsym.h"

#include "shim/hooks.h"
#include "shim/libraries.h"
#include "shim/lookup.h"
#include "shim/object.h"
#include "shim/process.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>

/* No library function: AddressSanitizer's own would be called before it is set up. */
VESPA_EARLY static bool begins_with_curl(const char *name)
{
    static const char beginning[] = "curl_";
    size_t i = 0;
    while (beginning[i] && name && name[i] == beginning[i])
        i++;
    return !beginning[i];
}

/* A symbol, and what lies behind it where that is our own. */
static void *behind_ours(void *symbol, const char *name)
{
    return symbol && vespa_is_our_own(symbol) ? vespa_lookup(RTLD_NEXT, name) : symbol;
}

/* What the caller's object brought: itself, and the libraries that it needs. */
static void *in_scope_of(const struct vespa_object *object, const char *name)
{
    void *opened = vespa_object_open(object);
    void *symbol = opened ? vespa_lookup(opened, name) : NULL;
    if (opened)
        dlclose(opened);
    return symbol;
}

/* Whether the caller has a function of that name itself, and is not reached before ours is: it
 * stands in front of libcurl's, and must not be given one that stands in front of it. */
static bool stands_behind_us(const char *name, const struct vespa_object *caller)
{
    const void *own = in_scope_of(caller, name);
    const void *first = vespa_lookup(RTLD_DEFAULT, name);
    return own && vespa_object_holds(caller, own) && !(first && vespa_object_holds(caller, first));
}

/* RTLD_DEFAULT: the global scope, then the caller's own. */
static void *find_default(const char *name, const struct vespa_object *caller)
{
    void *found = behind_ours(vespa_lookup(RTLD_DEFAULT, name), name);
    if (!found && caller)
        found = behind_ours(in_scope_of(caller, name), name);
    return found;
}

/* RTLD_NEXT: what comes behind the caller, in the global scope or in its own. */
static void *find_next(const char *name, const struct vespa_object *caller)
{
    void *own = caller ? in_scope_of(caller, name) : NULL;
    if (own && !vespa_is_our_own(own) && !vespa_object_holds(caller, own))
        return own;
    return vespa_lookup(RTLD_NEXT, name);
}

/* What the call would find without us; NULL: nothing. */
static void *find(void *handle, const char *name, const struct vespa_object *caller)
{
    if (handle == RTLD_DEFAULT)
        return find_default(name, caller);
    if (handle == RTLD_NEXT)
        return find_next(name, caller);
    return behind_ours(vespa_lookup(handle, name), name);
}

/* Says once of each of the two kinds that what was found is not hooked. That a libcurl lacks a
 * function was said before (shim/libraries.c), and what is none needs no hook. */
static void tell_unhooked(void *found, int number)
{
    static atomic_flag told_of_many = ATOMIC_FLAG_INIT, told_of_namespace = ATOMIC_FLAG_INIT;
    struct vespa_object object;
    Dl_info info;
    if (number >= VESPA_NUMBERED) {
        if (!atomic_flag_test_and_set(&told_of_many))
            vespa_log(vespa_process_log(), VESPA_LOG_WARN,
                      "%s is one libcurl too many: what dlsym finds in more than %d is not routed",
                      vespa_libraries_by_number[number]->name, VESPA_NUMBERED);
    } else if (!vespa_object_at((uintptr_t)found, &object) && dladdr(found, &info) &&
               !atomic_flag_test_and_set(&told_of_namespace)) {
        vespa_log(vespa_process_log(), VESPA_LOG_WARN,
                  "%s is in a namespace of its own (dlmopen): what dlsym finds in it is not routed",
                  info.dli_fname);
    }
}

static struct vespa_dlsym_call decide(const struct vespa_hook *hook, void *handle, void *address)
{
    struct vespa_dlsym_call call = {.real = vespa_lookup_next()};
    struct vespa_object object;
    const struct vespa_object *caller =
        vespa_object_at((uintptr_t)address, &object) ? &object : NULL;
    if (caller && stands_behind_us(hook->name, caller))
        return call;
    void *found = find(handle, hook->name, caller);
    if (!found) /* and so the real one, which would find ours, must not be asked */
        return (struct vespa_dlsym_call){.real = NULL};
    int number = vespa_real_number(found);
    vespa_libraries_hold(); /* the caller's dlclose may be one that we do not see */
    if (number < 0 || number >= VESPA_NUMBERED) {
        tell_unhooked(found, number);
        return call;
    }
    dlerror(); /* what failed above is no failure of the call */
    return (struct vespa_dlsym_call){.answer = (void *)hook->numbered[number]};
}

VESPA_EARLY struct vespa_dlsym_call vespa_dlsym_call(void *handle, const char *name, void *caller)
{
    struct vespa_dlsym_call call = {.real = NULL};
    if (!begins_with_curl(name)) {
        call.real = vespa_lookup_next();
        return call;
    }
    const struct vespa_hook *hook = vespa_hook_find(name);
    if (!hook || vespa_process_is_inert()) {
        call.real = vespa_lookup_next();
        return call;
    }
    int error = errno;
    call = decide(hook, handle, caller);
    errno = error;
    return call;
}
