/*
 * The exported functions of the multi interface. One branch for a multi handle in which nothing is
 * routed: the real function is called as the application would have.
 *
 * Not hooked, because they name no easy handle and no time: curl_multi_fdset, _waitfds, _assign,
 * _wakeup, _strerror. The descriptors that they tell of include those of our calls to the
 * autoscaler, which the application has to watch as well.
 */
#include "shim/multi.h"
#include "shim/outcome.h"
#include "shim/process.h"
#include "shim/real.h"
#include "shim/registry.h"

#include <limits.h>
#include <stdarg.h>

#undef curl_multi_setopt
#undef curl_multi_socket

#define EXPORT __attribute__((visibility("default")))

/* The multi handle, where something is routed in it or was. */
static struct vespa_multi *routed_in(const CURLM *handle)
{
    struct vespa_multi *multi = vespa_multi_find(handle);
    return multi && multi->wrapped ? multi : NULL;
}

EXPORT CURLM *curl_multi_init(void)
{
    const struct vespa_curl_api *api = vespa_real();
    CURLM *handle = api ? api->multi_init() : NULL;
    struct vespa_multi *stale = handle ? vespa_multi_find(handle) : NULL;
    if (stale) /* a handle of that address went without passing here */
        vespa_multi_forget(stale);
    return handle;
}

/* The third argument as the option's range says (curl/multi.h). */
EXPORT CURLMcode curl_multi_setopt(CURLM *handle, CURLMoption id, ...)
{
    const struct vespa_curl_api *api = vespa_real();
    unsigned base = (unsigned)id - (unsigned)id % 10000;
    void *object = NULL;
    long number = 0;
    va_list list;
    if (!api)
        return CURLM_INTERNAL_ERROR;
    va_start(list, id);
    if (base == CURLOPTTYPE_LONG)
        number = va_arg(list, long);
    else if (base == CURLOPTTYPE_OFF_T)
        number = (long)va_arg(list, curl_off_t);
    else
        object = va_arg(list, void *);
    va_end(list);
    if (handle && vespa_multi_tracks(id)) {
        struct vespa_multi *multi = vespa_multi_make(handle, api);
        return multi ? vespa_multi_setopt(multi, id, object, number) : CURLM_OUT_OF_MEMORY;
    }
    if (base == CURLOPTTYPE_LONG)
        return api->multi_setopt(handle, id, number);
    if (base == CURLOPTTYPE_OFF_T)
        return api->multi_setopt(handle, id, (curl_off_t)number);
    return api->multi_setopt(handle, id, object);
}

/* libcurl's own curl_easy_perform comes through here with a handle whose routed transfer runs. */
EXPORT CURLMcode curl_multi_add_handle(CURLM *handle, CURL *easy)
{
    const struct vespa_curl_api *api = vespa_real();
    struct vespa_record *record = vespa_registry_find(easy);
    struct vespa_multi *multi = routed_in(handle);
    if (!api)
        return CURLM_INTERNAL_ERROR;
    if (record && record->flight)
        return CURLM_ADDED_ALREADY;
    if (record && handle && !record->transfer && vespa_record_match(record) != VESPA_NOT_OURS) {
        multi = vespa_multi_make(handle, api);
        return multi ? vespa_multi_add(multi, record) : CURLM_OUT_OF_MEMORY;
    }
    if (record && !record->transfer)
        vespa_outcome_clear(&record->outcome);
    if (!multi)
        return api->multi_add_handle(handle, easy);
    vespa_multi_enter(multi, false);
    CURLMcode code = api->multi_add_handle(handle, easy);
    vespa_multi_leave(multi);
    return code;
}

EXPORT CURLMcode curl_multi_remove_handle(CURLM *handle, CURL *easy)
{
    const struct vespa_curl_api *api = vespa_real();
    struct vespa_multi *multi = routed_in(handle);
    struct vespa_record *record = multi ? vespa_registry_find(easy) : NULL;
    if (!api)
        return CURLM_INTERNAL_ERROR;
    if (!multi)
        return api->multi_remove_handle(handle, easy);
    struct vespa_flight *flight = record ? record->flight : NULL;
    if (flight && flight->multi != multi)
        return CURLM_BAD_EASY_HANDLE;
    return vespa_multi_remove(multi, easy, flight);
}

EXPORT CURLMcode curl_multi_perform(CURLM *handle, int *running)
{
    const struct vespa_curl_api *api = vespa_real();
    struct vespa_multi *multi = routed_in(handle);
    int count = 0;
    if (!api)
        return CURLM_INTERNAL_ERROR;
    if (!multi || multi->busy)
        return api->multi_perform(handle, running);
    vespa_multi_enter(multi, true);
    CURLMcode code = api->multi_perform(handle, &count);
    vespa_multi_turn(multi, &count);
    vespa_multi_leave(multi);
    if (running)
        *running = count;
    return code;
}

static CURLMcode socket_action(CURLM *handle, curl_socket_t descriptor, int mask, int *running)
{
    const struct vespa_curl_api *api = vespa_real();
    struct vespa_multi *multi = routed_in(handle);
    int count = 0;
    if (!api)
        return CURLM_INTERNAL_ERROR;
    if (!multi || multi->busy)
        return api->multi_socket_action(handle, descriptor, mask, running);
    vespa_multi_enter(multi, descriptor == CURL_SOCKET_TIMEOUT);
    CURLMcode code = api->multi_socket_action(handle, descriptor, mask, &count);
    vespa_multi_turn(multi, &count);
    vespa_multi_leave(multi);
    if (running)
        *running = count;
    return code;
}

EXPORT CURLMcode curl_multi_socket_action(CURLM *handle, curl_socket_t descriptor, int mask,
                                          int *running)
{
    return socket_action(handle, descriptor, mask, running);
}

EXPORT CURLMcode curl_multi_socket(CURLM *handle, curl_socket_t descriptor, int *running)
{
    return socket_action(handle, descriptor, 0, running);
}

EXPORT CURLMcode curl_multi_socket_all(CURLM *handle, int *running)
{
    const struct vespa_curl_api *api = vespa_real();
    struct vespa_multi *multi = routed_in(handle);
    int count = 0;
    if (!api)
        return CURLM_INTERNAL_ERROR;
    if (!multi || multi->busy)
        return api->multi_socket_all(handle, running);
    vespa_multi_enter(multi, true);
    CURLMcode code = api->multi_socket_all(handle, &count);
    vespa_multi_turn(multi, &count);
    vespa_multi_leave(multi);
    if (running)
        *running = count;
    return code;
}

EXPORT CURLMcode curl_multi_timeout(CURLM *handle, long *timeout_ms)
{
    const struct vespa_curl_api *api = vespa_real();
    struct vespa_multi *multi = routed_in(handle);
    if (!api)
        return CURLM_INTERNAL_ERROR;
    CURLMcode code = api->multi_timeout(handle, timeout_ms);
    if (!code && multi)
        *timeout_ms = vespa_multi_due_within(multi, *timeout_ms);
    return code;
}

static int shortened(const CURLM *handle, int timeout_ms)
{
    struct vespa_multi *multi = routed_in(handle);
    return multi && timeout_ms > 0 ? (int)vespa_multi_due_within(multi, timeout_ms) : timeout_ms;
}

EXPORT CURLMcode curl_multi_wait(CURLM *handle, struct curl_waitfd *extra, unsigned int count,
                                 int timeout_ms, int *ready)
{
    const struct vespa_curl_api *api = vespa_real();
    if (!api)
        return CURLM_INTERNAL_ERROR;
    return api->multi_wait(handle, extra, count, shortened(handle, timeout_ms), ready);
}

EXPORT CURLMcode curl_multi_poll(CURLM *handle, struct curl_waitfd *extra, unsigned int count,
                                 int timeout_ms, int *ready)
{
    const struct vespa_curl_api *api = vespa_real();
    if (!api)
        return CURLM_INTERNAL_ERROR;
    return api->multi_poll(handle, extra, count, shortened(handle, timeout_ms), ready);
}

EXPORT CURLMsg *curl_multi_info_read(CURLM *handle, int *left)
{
    const struct vespa_curl_api *api = vespa_real();
    struct vespa_multi *multi = routed_in(handle);
    if (!api)
        return NULL;
    return multi ? vespa_multi_info(multi, left) : api->multi_info_read(handle, left);
}

EXPORT CURLMcode curl_multi_cleanup(CURLM *handle)
{
    const struct vespa_curl_api *api = vespa_real();
    struct vespa_multi *multi = vespa_multi_find(handle);
    if (!api)
        return CURLM_INTERNAL_ERROR;
    if (multi && multi->busy)
        return CURLM_RECURSIVE_API_CALL;
    if (multi)
        vespa_multi_end(multi);
    return api->multi_cleanup(handle);
}

/* Exported for libcurls that have it (8.4); others never get here. */
EXPORT CURL **curl_multi_get_handles(CURLM *handle)
{
    const struct vespa_curl_api *api = vespa_real();
    struct vespa_multi *multi = routed_in(handle);
    if (!api || !api->multi_get_handles)
        return NULL;
    CURL **handles = api->multi_get_handles(handle);
    return multi ? vespa_multi_own_handles(multi, handles) : handles;
}

EXPORT CURLcode curl_easy_pause(CURL *easy, int what)
{
    const struct vespa_curl_api *api = vespa_real();
    struct vespa_record *record = vespa_registry_find(easy);
    struct vespa_flight *flight = record ? record->flight : NULL;
    if (!api)
        return CURLE_FAILED_INIT;
    if (!flight)
        return api->easy_pause(easy, what);
    vespa_multi_enter(flight->multi, false);
    CURLcode code = CURLE_OK;
    if (flight->added)
        code = api->easy_pause(easy, what);
    if (!(what & CURLPAUSE_SEND))
        vespa_flight_unpause(flight);
    vespa_multi_leave(flight->multi);
    return code;
}
