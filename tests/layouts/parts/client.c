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

/* Newer than the headers that this may be built with, which declare them as well if they can. */
__attribute__((weak)) CURL **get_handles(CURLM *multi) __asm__("curl_multi_get_handles");
__attribute__((weak)) CURLMcode get_offt(CURLM *multi, int what,
                                         curl_off_t *value) __asm__("curl_multi_get_offt");

LAYOUT_EXPORT void layout_finish_asking(void *request)
{
    struct user *user = request;
    CURLM *multi = curl_multi_init();
    int running = 1, left;
    curl_off_t value = -1;
    curl_multi_add_handle(multi, user->easy);
    while (running) {
        curl_multi_perform(multi, &running);
        CURL **handles = get_handles ? get_handles(multi) : NULL;
        CURLMcode code = get_offt ? get_offt(multi, 1, &value) : CURLM_UNKNOWN_OPTION;
        if (handles || code != CURLM_UNKNOWN_OPTION || value != -1)
            printf("an answer from nowhere\n");
        curl_multi_poll(multi, NULL, 0, running ? 1000 : 0, NULL);
    }
    CURLMsg *message = curl_multi_info_read(multi, &left);
    CURLcode result = message ? message->data.result : CURLE_FAILED_INIT;
    curl_multi_remove_handle(multi, user->easy);
    curl_multi_cleanup(multi);
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
