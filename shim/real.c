/* The real libcurl behind the hooks. */
#include "shim/real.h"

#include "shim/process.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
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
#undef FUNCTION
#undef OPTIONAL
};

/* Names under which libcurl is loaded, for the case that it is not in the global scope. */
static const char *const sonames[] = {"libcurl.so.4", "libcurl-gnutls.so.4", "libcurl-nss.so.4"};

static struct vespa_curl_api table;
static bool complete;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static bool is_our_own(void *symbol)
{
    Dl_info found, own;
    return dladdr(symbol, &found) && dladdr((void *)&table, &own) &&
           found.dli_fbase == own.dli_fbase;
}

/* Keeps a libcurl that a plugin brought: a pointer into it must not outlive it. */
static void *loaded_libcurl(void)
{
    for (size_t i = 0; i < sizeof sonames / sizeof *sonames; i++) {
        void *library = dlopen(sonames[i], RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
        if (library)
            return library;
    }
    return NULL;
}

void *vespa_real_symbol(const char *name)
{
    void *symbol = dlsym(RTLD_NEXT, name);
    if (!symbol) {
        void *library = loaded_libcurl();
        symbol = library ? dlsym(library, name) : NULL;
    }
    return symbol && !is_our_own(symbol) ? symbol : NULL;
}

static void resolve(void)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        void *symbol = vespa_real_symbol(functions[i].name);
        if (!symbol && !functions[i].optional) {
            vespa_log(vespa_process_log(), VESPA_LOG_ERROR,
                      "libcurl's %s was not found: requests are not routed", functions[i].name);
            return;
        }
        memcpy((char *)&table + functions[i].offset, &symbol, sizeof symbol);
    }
    complete = true;
}

const struct vespa_curl_api *vespa_real(void)
{
    pthread_once(&once, resolve);
    return complete ? &table : NULL;
}
