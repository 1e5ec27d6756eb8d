/* Where the dynamic linker looks for a library. */
#include "shim/library_path.h"

#include "shim/object.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

/* The directories in which the object's own calls of dlopen search; false: too many, or the C
 * library does not tell. */
union directories {
    Dl_serinfo list;
    char room[16384];
};

static bool get_directories(void *opened, union directories *directories)
{
    Dl_serinfo needed;
    return dlinfo(opened, RTLD_DI_SERINFOSIZE, &needed) == 0 &&
           needed.dls_size <= sizeof *directories &&
           dlinfo(opened, RTLD_DI_SERINFOSIZE, directories) == 0 &&
           dlinfo(opened, RTLD_DI_SERINFO, directories) == 0;
}

static bool find_in(const union directories *directories, const char *name,
                    char path[static PATH_MAX])
{
    for (unsigned i = 0; i < directories->list.dls_cnt; i++) {
        int length =
            snprintf(path, PATH_MAX, "%s/%s", directories->list.dls_serpath[i].dls_name, name);
        if (length > 0 && length < PATH_MAX && access(path, R_OK) == 0)
            return true;
    }
    return false;
}

bool vespa_find_library(const char *name, uintptr_t caller, char path[static PATH_MAX])
{
    union directories directories;
    struct vespa_object object;
    if (!vespa_object_at(caller, &object))
        return false;
    void *opened = vespa_object_open(&object);
    bool found =
        opened && get_directories(opened, &directories) && find_in(&directories, name, path);
    if (opened)
        dlclose(opened);
    return found;
}
