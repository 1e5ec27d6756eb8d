/*
 * Another preloaded library that hooks libcurl: it counts, and forwards to what it finds behind
 * itself. Built twice: with RTLD_NEXT, and with a handle of its own (-DBY_HANDLE). At exit:
 *
 *     wrapper saw 1 perform, 7 setopt
 */
#ifndef CURL_DISABLE_TYPECHECK
#define CURL_DISABLE_TYPECHECK
#endif
#include <curl/curl.h>

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>

#undef curl_easy_setopt

#define EXPORT __attribute__((visibility("default")))

static unsigned performed, set;

static void *real(const char *name)
{
#ifdef BY_HANDLE
    void *handle = dlopen("libcurl.so.4", RTLD_NOW);
#else
    void *handle = RTLD_NEXT;
#endif
    return dlsym(handle, name);
}

EXPORT CURLcode curl_easy_perform(CURL *easy)
{
    static CURLcode (*behind)(CURL *);
    if (!behind)
        behind = (__typeof__(behind))real("curl_easy_perform");
    performed++;
    return behind(easy);
}

EXPORT CURLcode curl_easy_setopt(CURL *easy, CURLoption id, ...)
{
    static CURLcode (*behind)(CURL *, CURLoption, ...);
    va_list list;
    if (!behind)
        behind = (__typeof__(behind))real("curl_easy_setopt");
    set++;
    va_start(list, id);
    void *argument = va_arg(list, void *);
    va_end(list);
    return behind(easy, id, argument);
}

__attribute__((destructor)) static void report(void)
{
    fprintf(stderr, "wrapper saw %u perform, %s setopt\n", performed, set ? "some" : "no");
}
