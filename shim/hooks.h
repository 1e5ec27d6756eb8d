/*
 * The hooked functions of libcurl. Each takes, besides its own arguments, where it was called from
 * (shim/real.h); shim/hooks_entries.c has what is exported, and what dlsym gives out.
 */
#ifndef VESPA_SHIM_HOOKS_H
#define VESPA_SHIM_HOOKS_H

#include "shim/real.h"
#include "shim/values.h"

CURL *vespa_hook_easy_init(vespa_origin origin);
CURLcode vespa_hook_easy_setopt(vespa_origin origin, CURL *easy, CURLoption id,
                                union vespa_argument argument);
CURLcode vespa_hook_easy_perform(vespa_origin origin, CURL *easy);
CURLcode vespa_hook_easy_getinfo(vespa_origin origin, CURL *easy, CURLINFO info, void *to);
void vespa_hook_easy_reset(vespa_origin origin, CURL *easy);
void vespa_hook_easy_cleanup(vespa_origin origin, CURL *easy);
CURL *vespa_hook_easy_duphandle(vespa_origin origin, CURL *easy);
int vespa_hook_easy_header(vespa_origin origin, CURL *easy, const char *name, size_t index,
                           unsigned from, int request, struct vespa_curl_header **header);
struct vespa_curl_header *vespa_hook_easy_nextheader(vespa_origin origin, CURL *easy, unsigned from,
                                                     int request,
                                                     struct vespa_curl_header *previous);
CURLcode vespa_hook_easy_pause(vespa_origin origin, CURL *easy, int what);
void vespa_hook_global_cleanup(vespa_origin origin);

CURLM *vespa_hook_multi_init(vespa_origin origin);
CURLMcode vespa_hook_multi_setopt(vespa_origin origin, CURLM *handle, CURLMoption id,
                                  union vespa_argument argument);
CURLMcode vespa_hook_multi_add_handle(vespa_origin origin, CURLM *handle, CURL *easy);
CURLMcode vespa_hook_multi_remove_handle(vespa_origin origin, CURLM *handle, CURL *easy);
CURLMcode vespa_hook_multi_perform(vespa_origin origin, CURLM *handle, int *running);
CURLMcode vespa_hook_multi_socket_action(vespa_origin origin, CURLM *handle,
                                         curl_socket_t descriptor, int mask, int *running);
CURLMcode vespa_hook_multi_socket(vespa_origin origin, CURLM *handle, curl_socket_t descriptor,
                                  int *running);
CURLMcode vespa_hook_multi_socket_all(vespa_origin origin, CURLM *handle, int *running);
CURLMcode vespa_hook_multi_timeout(vespa_origin origin, CURLM *handle, long *timeout_ms);
CURLMcode vespa_hook_multi_wait(vespa_origin origin, CURLM *handle, struct curl_waitfd *extra,
                                unsigned int count, int timeout_ms, int *ready);
CURLMcode vespa_hook_multi_poll(vespa_origin origin, CURLM *handle, struct curl_waitfd *extra,
                                unsigned int count, int timeout_ms, int *ready);
CURLMsg *vespa_hook_multi_info_read(vespa_origin origin, CURLM *handle, int *left);
CURLMcode vespa_hook_multi_cleanup(vespa_origin origin, CURLM *handle);
CURL **vespa_hook_multi_get_handles(vespa_origin origin, CURLM *handle);
CURLMcode vespa_hook_multi_get_offt(vespa_origin origin, CURLM *handle, int what,
                                    curl_off_t *value);

/* The entries of one hook: what dlsym gives out for each of the numbered libcurls. */
struct vespa_hook {
    const char *name; /* curl_… */
    void (*numbered[VESPA_NUMBERED])(void);
};

/* The hook of a function's name; NULL: that one is not hooked. */
const struct vespa_hook *vespa_hook_find(const char *name);

#endif
