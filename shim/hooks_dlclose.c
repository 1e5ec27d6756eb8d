/* The exported dlclose: a libcurl of which we hold functions is never unloaded (shim/libraries.h).
 * Unlike dlopen and dlsym the real one does not look who calls. */
#include "shim/libraries.h"
#include "shim/lookup.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>

typedef int (*closing_function)(void *handle);

static int no_dlclose(void *handle)
{
    (void)handle;
    return -1;
}

VESPA_EARLY static closing_function real_dlclose(void)
{
    static _Atomic(void *) known;
    void *found = known;
    if (!found) {
        found = vespa_lookup(RTLD_NEXT, "dlclose");
        if (!found)
            found = (void *)no_dlclose;
        known = found;
    }
    return (closing_function)found;
}

VESPA_EARLY __attribute__((visibility("default"))) int dlclose(void *handle)
{
    int error = errno;
    vespa_libraries_hold();
    closing_function real = real_dlclose();
    errno = error;
    return real(handle);
}
