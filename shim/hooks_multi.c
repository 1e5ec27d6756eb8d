/*
 * The hooks of the multi interface. One branch for a multi handle in which nothing is
 * routed: the real function is called as the application would have.
 *
 * Of the functions that take a multi handle these need no hook:
 *
 *     curl_multi_fdset, _waitfds (8.8)   the descriptors that they tell of include those of our
 * calls to the autoscaler, which the application has to watch as well; they name no easy handle and
 * no time curl_multi_assign                  the application's own data of a descriptor
 *     curl_multi_wakeup                  wakes the real curl_multi_poll, in which our hook waits
 *     curl_multi_notify_enable, _disable (8.17)   what libcurl tells comes to the callback in
 *                                        between, which knows whose handle it is about
 *                                        (shim/notices.h)
 *
 * And of those that take an easy handle:
 *
 *     curl_easy_escape, _unescape, curl_mime_init   use its memory at most, and change nothing
 *     curl_easy_recv, _send              need CURLOPT_CONNECT_ONLY, which is not routed
 *     curl_ws_recv, _send, _meta, _start_frame   need a web socket, which a worker is never asked
 *                                        for
 *     curl_easy_upkeep                   keeps connections alive; to whom does not matter
 *     curl_easy_ssls_import, _export (8.12)   TLS sessions, a worker's among them: it is only
 *                                        resumed with that worker, and its name is not checked less
 */
#include "shim/hooks.h"

#include "shim/multi.h"
#include "shim/multi_callbacks.h"
#include "shim/multi_handles.h"
#include "shim/multi_numbers.h"
#include "shim/outcome.h"
#include "shim/process.h"
#include "shim/real.h"
#include "shim/registry.h"
#include "shim/unhooked.h"

CURLM *vespa_hook_multi_init(vespa_origin origin)
{
    const struct vespa_curl_api *api = vespa_real(origin);
    CURLM *handle = api ? api->multi_init() : NULL;
    if (!handle)
        return NULL;
    struct vespa_multi *stale = vespa_multi_find(handle);
    if (stale) /* a handle of that address went without passing here */
        vespa_multi_forget(stale);
    vespa_real_made(handle, api, origin);
    return handle;
}

CURLMcode vespa_hook_multi_setopt(vespa_origin origin, CURLM *handle, CURLMoption id,
                                  union vespa_argument argument)
{
    const struct vespa_curl_api *api = vespa_real_of(handle, origin);
    if (!api)
        return CURLM_INTERNAL_ERROR;
    if (handle && vespa_multi_tracks(id) && vespa_real_is_complete(api)) {
        struct vespa_multi *multi = vespa_multi_make(handle, api);
        return multi ? vespa_multi_setopt(multi, id, argument.object, argument.number)
                     : CURLM_OUT_OF_MEMORY;
    }
    return api->multi_setopt(handle, id, argument.offset); /* whatever its type: hooks_entries.c */
}

/* libcurl's own curl_easy_perform comes through here with a handle whose routed transfer runs. */
CURLMcode vespa_hook_multi_add_handle(vespa_origin origin, CURLM *handle, CURL *easy)
{
    const struct vespa_curl_api *api = vespa_real_of(handle, origin);
    struct vespa_record *record = vespa_registry_find(easy);
    struct vespa_multi *multi = vespa_multi_routed(handle);
    if (!api)
        return CURLM_INTERNAL_ERROR;
    if (record && record->flight)
        return CURLM_ADDED_ALREADY;
    if (record && handle && !record->transfer && vespa_record_match(record) != VESPA_NOT_OURS) {
        multi = vespa_multi_make(handle, api);
        return multi ? vespa_multi_add(multi, record) : CURLM_OUT_OF_MEMORY;
    }
    bool untouched = record && !record->transfer && !record->performing;
    if (untouched)
        vespa_outcome_leave(record);
    if (multi)
        vespa_multi_enter(multi);
    CURLMcode code = api->multi_add_handle(handle, easy);
    if (multi && !code)
        multi->added_meanwhile++;
    if (multi)
        vespa_multi_leave(multi);
    if (untouched && !code)
        vespa_runtime_count(vespa_process_runtime(), VESPA_COUNT_PASSED);
    if (!record && !code)
        vespa_unhooked_begins(api, easy);
    return code;
}

CURLMcode vespa_hook_multi_remove_handle(vespa_origin origin, CURLM *handle, CURL *easy)
{
    const struct vespa_curl_api *api = vespa_real_of(handle, origin);
    struct vespa_multi *multi = vespa_multi_routed(handle);
    if (!api)
        return CURLM_INTERNAL_ERROR;
    if (multi)
        return vespa_multi_remove(multi, easy);
    return vespa_multi_has(easy) ? CURLM_BAD_EASY_HANDLE : api->multi_remove_handle(handle, easy);
}

CURLMcode vespa_hook_multi_perform(vespa_origin origin, CURLM *handle, int *running)
{
    const struct vespa_curl_api *api = vespa_real_of(handle, origin);
    struct vespa_multi *multi = vespa_multi_routed(handle);
    int count = 0;
    if (!api)
        return CURLM_INTERNAL_ERROR;
    if (!multi)
        return api->multi_perform(handle, running);
    if (multi->calling_back)
        return CURLM_RECURSIVE_API_CALL;
    if (multi->busy)
        return api->multi_perform(handle, running);
    vespa_multi_enter(multi);
    vespa_multi_fired(multi, false);
    CURLMcode code = api->multi_perform(handle, &count);
    count = vespa_multi_turn(multi, count, false);
    CURLMcode told = vespa_multi_leave(multi);
    if (running)
        *running = count;
    return code ? code : told;
}

static CURLMcode socket_action(vespa_origin origin, CURLM *handle, curl_socket_t descriptor,
                               int mask, int *running)
{
    const struct vespa_curl_api *api = vespa_real_of(handle, origin);
    struct vespa_multi *multi = vespa_multi_routed(handle);
    bool timer = descriptor == CURL_SOCKET_TIMEOUT;
    int count = 0;
    if (!api)
        return CURLM_INTERNAL_ERROR;
    if (!multi)
        return api->multi_socket_action(handle, descriptor, mask, running);
    if (multi->calling_back)
        return CURLM_RECURSIVE_API_CALL;
    if (multi->busy)
        return api->multi_socket_action(handle, descriptor, mask, running);
    vespa_multi_enter(multi);
    if (timer)
        vespa_multi_fired(multi, true);
    CURLMcode code = api->multi_socket_action(handle, descriptor, mask, &count);
    count = vespa_multi_turn(multi, count, !timer);
    CURLMcode told = vespa_multi_leave(multi);
    if (running)
        *running = count;
    return code ? code : told;
}

CURLMcode vespa_hook_multi_socket_action(vespa_origin origin, CURLM *handle,
                                         curl_socket_t descriptor, int mask, int *running)
{
    return socket_action(origin, handle, descriptor, mask, running);
}

CURLMcode vespa_hook_multi_socket(vespa_origin origin, CURLM *handle, curl_socket_t descriptor,
                                  int *running)
{
    return socket_action(origin, handle, descriptor, 0, running);
}

CURLMcode vespa_hook_multi_socket_all(vespa_origin origin, CURLM *handle, int *running)
{
    const struct vespa_curl_api *api = vespa_real_of(handle, origin);
    struct vespa_multi *multi = vespa_multi_routed(handle);
    int count = 0;
    if (!api)
        return CURLM_INTERNAL_ERROR;
    if (!multi)
        return api->multi_socket_all(handle, running);
    if (multi->busy)
        return CURLM_RECURSIVE_API_CALL;
    vespa_multi_enter(multi);
    vespa_multi_fired(multi, false);
    CURLMcode code = api->multi_socket_all(handle, &count);
    count = vespa_multi_turn(multi, count, false);
    CURLMcode told = vespa_multi_leave(multi);
    if (running)
        *running = count;
    return code ? code : told;
}

CURLMcode vespa_hook_multi_timeout(vespa_origin origin, CURLM *handle, long *timeout_ms)
{
    const struct vespa_curl_api *api = vespa_real_of(handle, origin);
    struct vespa_multi *multi = vespa_multi_routed(handle);
    if (!api)
        return CURLM_INTERNAL_ERROR;
    CURLMcode code = api->multi_timeout(handle, timeout_ms);
    if (!code && multi)
        *timeout_ms = vespa_multi_due_within(multi, *timeout_ms);
    return code;
}

static int shortened(const struct vespa_multi *multi, int timeout_ms)
{
    return multi && timeout_ms > 0 ? (int)vespa_multi_due_within(multi, timeout_ms) : timeout_ms;
}

/* Without a descriptor libcurl's curl_multi_wait does not wait. Whoever relies on it to do so, for
 * there is one as long as a server is slow, would spin while a request waits for a worker. */
CURLMcode vespa_hook_multi_wait(vespa_origin origin, CURLM *handle, struct curl_waitfd *extra,
                                unsigned int count, int timeout_ms, int *ready)
{
    const struct vespa_curl_api *api = vespa_real_of(handle, origin);
    struct vespa_multi *multi = vespa_multi_routed(handle);
    if (!api)
        return CURLM_INTERNAL_ERROR;
    if (multi && vespa_multi_has_waiting(multi))
        return api->multi_poll(handle, extra, count, shortened(multi, timeout_ms), ready);
    return api->multi_wait(handle, extra, count, shortened(multi, timeout_ms), ready);
}

CURLMcode vespa_hook_multi_poll(vespa_origin origin, CURLM *handle, struct curl_waitfd *extra,
                                unsigned int count, int timeout_ms, int *ready)
{
    const struct vespa_curl_api *api = vespa_real_of(handle, origin);
    if (!api || !api->multi_poll) /* 7.66; no libcurl that is routed with is older */
        return CURLM_INTERNAL_ERROR;
    timeout_ms = shortened(vespa_multi_routed(handle), timeout_ms);
    return api->multi_poll(handle, extra, count, timeout_ms, ready);
}

CURLMsg *vespa_hook_multi_info_read(vespa_origin origin, CURLM *handle, int *left)
{
    const struct vespa_curl_api *api = vespa_real_of(handle, origin);
    struct vespa_multi *multi = vespa_multi_routed(handle);
    if (!api)
        return NULL;
    return multi ? vespa_multi_info(multi, left) : api->multi_info_read(handle, left);
}

CURLMcode vespa_hook_multi_cleanup(vespa_origin origin, CURLM *handle)
{
    const struct vespa_curl_api *api = vespa_real_of(handle, origin);
    struct vespa_multi *multi = vespa_multi_find(handle);
    if (!api)
        return CURLM_INTERNAL_ERROR;
    if (multi && multi->busy)
        return CURLM_RECURSIVE_API_CALL;
    if (multi)
        vespa_multi_end(multi);
    vespa_real_gone(handle);
    return api->multi_cleanup(handle);
}

/* Exported for libcurls that have it (8.4); others never get here. */
CURL **vespa_hook_multi_get_handles(vespa_origin origin, CURLM *handle)
{
    const struct vespa_curl_api *api = vespa_real_of(handle, origin);
    struct vespa_multi *multi = vespa_multi_routed(handle);
    if (!api || !api->multi_get_handles)
        return NULL;
    CURL **handles = api->multi_get_handles(handle);
    return multi ? vespa_multi_own_handles(multi, handles) : handles;
}

/* Exported for libcurls that have it (8.16). dlsym finds it with those alone; a program that was
 * built for one of them and runs with an older one is told that it knows no such number. */
CURLMcode vespa_hook_multi_get_offt(vespa_origin origin, CURLM *handle, int what, curl_off_t *value)
{
    const struct vespa_curl_api *api = vespa_real_of(handle, origin);
    struct vespa_multi *multi = vespa_multi_routed(handle);
    if (!api)
        return CURLM_INTERNAL_ERROR;
    if (!api->multi_get_offt)
        return CURLM_UNKNOWN_OPTION;
    CURLMcode code = api->multi_get_offt(handle, what, value);
    if (!code && multi)
        *value = vespa_multi_own_number(multi, what, *value);
    return code;
}

CURLcode vespa_hook_easy_pause(vespa_origin origin, CURL *easy, int what)
{
    const struct vespa_curl_api *api = vespa_real_of(easy, origin);
    struct vespa_record *record = vespa_registry_find(easy);
    struct vespa_flight *flight = record ? record->flight : NULL;
    if (!api)
        return CURLE_FAILED_INIT;
    if (!flight)
        return api->easy_pause(easy, what);
    struct vespa_multi *multi = flight->multi;
    vespa_multi_enter(multi);
    CURLcode code = vespa_flight_pause(flight, what);
    vespa_multi_leave(multi);
    return code;
}
