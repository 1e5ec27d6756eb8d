/*
 * The exported functions, one for each hooked call of libcurl; and beside each the same for the
 * numbered libcurls, which dlsym gives out: there the caller's object says nothing, for it is a
 * foreign function interface that calls.
 */

/* Their types are newer than our floor: headers that have them declare other names here. */
#define curl_easy_header     declared_easy_header
#define curl_easy_nextheader declared_easy_nextheader
#define curl_multi_get_offt  declared_multi_get_offt

#include "shim/hooks.h"

#undef curl_easy_header
#undef curl_easy_nextheader
#undef curl_multi_get_offt

#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt
#undef curl_multi_socket

#define EXPORT __attribute__((visibility("default")))
#define CALLER ((vespa_origin)__builtin_return_address(0))

/* setopt's third argument, of whichever type (curl/curl.h: CURLOPTTYPE_…): on the machines that the
 * shim is made for they are all one word, and are passed in the same place. */
static union vespa_argument take_argument(va_list list)
{
    return (union vespa_argument){.offset = va_arg(list, curl_off_t)};
}
_Static_assert(sizeof(long) == sizeof(curl_off_t) && sizeof(void *) == sizeof(curl_off_t) &&
                   sizeof(void (*)(void)) == sizeof(curl_off_t),
               "each argument of setopt is a word");

/* getinfo's is always a pointer. */
static void *take_pointer(va_list list)
{
    return va_arg(list, void *);
}

/* PLAIN(result, name, parameters, arguments), and with a variable argument
 * TAKING(result, name, handle's type, option's type, argument's type, what takes it). */
#define ALL_HOOKS(PLAIN, TAKING)                                                                \
    PLAIN(CURL *, easy_init, (void), (origin))                                                  \
    TAKING(CURLcode, easy_setopt, CURL *, CURLoption, union vespa_argument, take_argument)      \
    PLAIN(CURLcode, easy_perform, (CURL * easy), (origin, easy))                                \
    TAKING(CURLcode, easy_getinfo, CURL *, CURLINFO, void *, take_pointer)                      \
    PLAIN(int, easy_header,                                                                     \
          (CURL * easy, const char *name, size_t index, unsigned from, int request,             \
           struct vespa_curl_header **header),                                                  \
          (origin, easy, name, index, from, request, header))                                   \
    PLAIN(struct vespa_curl_header *, easy_nextheader,                                          \
          (CURL * easy, unsigned from, int request, struct vespa_curl_header *previous),        \
          (origin, easy, from, request, previous))                                              \
    PLAIN(void, easy_reset, (CURL * easy), (origin, easy))                                      \
    PLAIN(void, easy_cleanup, (CURL * easy), (origin, easy))                                    \
    PLAIN(CURL *, easy_duphandle, (CURL * easy), (origin, easy))                                \
    PLAIN(CURLcode, easy_pause, (CURL * easy, int what), (origin, easy, what))                  \
    PLAIN(void, global_cleanup, (void), (origin))                                               \
    PLAIN(CURLM *, multi_init, (void), (origin))                                                \
    TAKING(CURLMcode, multi_setopt, CURLM *, CURLMoption, union vespa_argument, take_argument)  \
    PLAIN(CURLMcode, multi_add_handle, (CURLM * multi, CURL * easy), (origin, multi, easy))     \
    PLAIN(CURLMcode, multi_remove_handle, (CURLM * multi, CURL * easy), (origin, multi, easy))  \
    PLAIN(CURLMcode, multi_perform, (CURLM * multi, int *running), (origin, multi, running))    \
    PLAIN(CURLMcode, multi_socket_action,                                                       \
          (CURLM * multi, curl_socket_t descriptor, int mask, int *running),                    \
          (origin, multi, descriptor, mask, running))                                           \
    PLAIN(CURLMcode, multi_socket, (CURLM * multi, curl_socket_t descriptor, int *running),     \
          (origin, multi, descriptor, running))                                                 \
    PLAIN(CURLMcode, multi_socket_all, (CURLM * multi, int *running), (origin, multi, running)) \
    PLAIN(CURLMcode, multi_timeout, (CURLM * multi, long *timeout_ms),                          \
          (origin, multi, timeout_ms))                                                          \
    PLAIN(CURLMcode, multi_wait,                                                                \
          (CURLM * multi, struct curl_waitfd * extra, unsigned int count, int timeout_ms,       \
           int *ready),                                                                         \
          (origin, multi, extra, count, timeout_ms, ready))                                     \
    PLAIN(CURLMcode, multi_poll,                                                                \
          (CURLM * multi, struct curl_waitfd * extra, unsigned int count, int timeout_ms,       \
           int *ready),                                                                         \
          (origin, multi, extra, count, timeout_ms, ready))                                     \
    PLAIN(CURLMsg *, multi_info_read, (CURLM * multi, int *left), (origin, multi, left))        \
    PLAIN(CURLMcode, multi_cleanup, (CURLM * multi), (origin, multi))                           \
    PLAIN(CURL **, multi_get_handles, (CURLM * multi), (origin, multi))                         \
    PLAIN(CURLMcode, multi_get_offt, (CURLM * multi, int what, curl_off_t *value),              \
          (origin, multi, what, value))

/* ---- entries ----------------------------------------------------------------------------------
 */

#define PLAIN_ENTRY(linkage, from, symbol, result, name, parameters, arguments) \
    linkage result symbol parameters                                            \
    {                                                                           \
        const vespa_origin origin = (from);                                     \
        return vespa_hook_##name arguments;                                     \
    }

#define TAKING_ENTRY(linkage, from, symbol, result, name, handle_type, id_type, taken_type, take) \
    linkage result symbol(handle_type handle, id_type id, ...)                                    \
    {                                                                                             \
        va_list list;                                                                             \
        va_start(list, id);                                                                       \
        taken_type argument = take(list);                                                         \
        va_end(list);                                                                             \
        return vespa_hook_##name((from), handle, id, argument);                                   \
    }

#define ENTRIES(ENTRY, name, ...)                   \
    ENTRY(EXPORT, CALLER, curl_##name, __VA_ARGS__) \
    ENTRY(static, 0, name##_0, __VA_ARGS__)         \
    ENTRY(static, 1, name##_1, __VA_ARGS__)         \
    ENTRY(static, 2, name##_2, __VA_ARGS__)         \
    ENTRY(static, 3, name##_3, __VA_ARGS__)         \
    _Static_assert(VESPA_NUMBERED == 4, "as many as these");

#define PLAIN_ENTRIES(result, name, ...)  ENTRIES(PLAIN_ENTRY, name, result, name, __VA_ARGS__)
#define TAKING_ENTRIES(result, name, ...) ENTRIES(TAKING_ENTRY, name, result, name, __VA_ARGS__)

ALL_HOOKS(PLAIN_ENTRIES, TAKING_ENTRIES)

/* Without a handle the version says which libcurl is meant: by the return address it cannot be seen
 * where the caller ends with the call, for then it is a jump. Where a version is given, no
 * unversioned twin may stand beside it, for it might be found first: the entries above of these
 * three have a version of their own (shim/shim.map). */
#define VERSIONED(result, name, number, version)                                          \
    __asm__(".symver vespa_" #name "_" #version ", curl_" #name "@" #version);            \
    result vespa_##name##_##version(void);                                                \
    EXPORT result vespa_##name##_##version(void)                                          \
    {                                                                                     \
        return vespa_hook_##name(CALLER | (vespa_origin)(number) << VESPA_VERSION_SHIFT); \
    }
#define VERSIONS(number, version)                   \
    VERSIONED(CURL *, easy_init, number, version)   \
    VERSIONED(CURLM *, multi_init, number, version) \
    VERSIONED(void, global_cleanup, number, version)

VESPA_VERSIONS(VERSIONS)

/* ---- for dlsym --------------------------------------------------------------------------------
 */

#define ROW(result, hook, ...)                                                                     \
    {                                                                                              \
        .name = "curl_" #hook,                                                                     \
        .numbered = {(void (*)(void))hook##_0, (void (*)(void))hook##_1, (void (*)(void))hook##_2, \
                     (void (*)(void))hook##_3},                                                    \
    },

static const struct vespa_hook hooks[] = {ALL_HOOKS(ROW, ROW)};

const struct vespa_hook *vespa_hook_find(const char *name)
{
    for (size_t i = 0; i < sizeof hooks / sizeof *hooks; i++)
        if (strcmp(hooks[i].name, name) == 0)
            return &hooks[i];
    return NULL;
}
