/* A user of libcurl that looks it up at run time. */
#define CALL(name) found.name
#include "tests/layouts/parts/user.h"

#include "tests/layouts/parts/ffi.h"

#include <dlfcn.h>

#undef curl_easy_setopt
#undef curl_easy_getinfo

/* clang-format off */
#define FUNCTIONS(X)                                                                        \
    X(easy_init) X(easy_setopt) X(easy_perform) X(easy_getinfo) X(easy_cleanup)             \
    X(slist_append) X(slist_free_all) X(version_info) X(multi_init) X(multi_add_handle)     \
    X(multi_perform) X(multi_poll) X(multi_info_read) X(multi_remove_handle) X(multi_cleanup)
/* clang-format on */

#define MEMBER(name) __typeof__(&curl_##name) name;
#define FIND(name)   found.name = (__typeof__(found.name))look_up(handle, "curl_" #name);

const char *ffi_version;

static void *look_up(void *handle, const char *name)
{
    dlerror();
    void *symbol = ffi_version ? dlvsym(handle, name, ffi_version) : dlsym(handle, name);
    const char *error = dlerror();
    if (symbol && !error)
        return symbol;
    printf("%s: %s\n", name, error ? error : "no error");
    exit(3);
}

void ffi_request(void *handle, const char *label)
{
    struct {
        FUNCTIONS(MEMBER)
    } found;
    struct user user = {.easy = NULL};
    struct user second = {.easy = NULL};
    char name[64];
    CURLcode result;
    FUNCTIONS(FIND)
    USER_BEGIN(&user, label, found.easy_init());
    result = found.easy_perform(user.easy);
    USER_REPORT(&user, result);
    snprintf(name, sizeof name, "%s-multi", label);
    USER_BEGIN(&second, name, found.easy_init());
    USER_MULTI(&second, result);
    USER_REPORT(&second, result);
}
