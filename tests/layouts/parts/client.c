/* A user of libcurl that is linked with it: part of programs, of plugins and of libraries. */
#define CALL(name) curl_##name
#include "tests/layouts/parts/user.h"

#include "tests/layouts/parts/client.h"

/* A reference to a function's address: another relocation than a call makes. */
static CURL *(*volatile maker)(void) = curl_easy_init;

LAYOUT_EXPORT void *layout_begin(const char *label)
{
    if (maker != curl_easy_init)
        abort();
    return layout_begin_with(curl_easy_init(), label);
}

LAYOUT_EXPORT void *layout_make(void)
{
    return curl_easy_init();
}

LAYOUT_EXPORT void *layout_begin_with(void *easy, const char *label)
{
    struct user *user = calloc(1, sizeof *user);
    if (!user || !easy)
        abort();
    USER_BEGIN(user, label, easy);
    return user;
}

LAYOUT_EXPORT void layout_finish(void *request)
{
    struct user *user = request;
    CURLcode result = curl_easy_perform(user->easy);
    USER_REPORT(user, result);
    free(user);
}

LAYOUT_EXPORT void layout_finish_multi(void *request)
{
    struct user *user = request;
    CURLcode result;
    USER_MULTI(user, result);
    USER_REPORT(user, result);
    free(user);
}

LAYOUT_EXPORT void layout_touch(void)
{
    curl_easy_setopt(NULL, CURLOPT_MAXREDIRS, 1L);
}

LAYOUT_EXPORT void layout_end(void)
{
    curl_global_cleanup();
}
