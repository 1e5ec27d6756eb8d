/*
 * The hooks of the easy interface. Where the shim has no part in a call it goes on to the real
 * function as it came.
 */
#include "shim/hooks.h"

#include "shim/multi.h"
#include "shim/outcome.h"
#include "shim/perform.h"
#include "shim/process.h"
#include "shim/real.h"
#include "shim/registry.h"
#include "shim/shown_headers.h"

/* A handle of that address may have gone without passing here. */
static void note_made(CURL *easy, const struct vespa_curl_api *api, vespa_origin origin)
{
    vespa_record_free(vespa_registry_take(easy));
    vespa_real_made(easy, api, origin);
}

CURL *vespa_hook_easy_init(vespa_origin origin)
{
    const struct vespa_curl_api *api = vespa_real(origin);
    CURL *easy = api ? api->easy_init() : NULL;
    if (easy)
        note_made(easy, api, origin);
    return easy;
}

CURLcode vespa_hook_easy_setopt(vespa_origin origin, CURL *easy, CURLoption id,
                                union vespa_argument argument)
{
    const struct vespa_curl_api *api = vespa_real_of(easy, origin);
    const struct vespa_option *option = vespa_option_find((unsigned)id);
    if (!api)
        return CURLE_FAILED_INIT;
    if (!option || !option->legs || !easy || vespa_process_is_inert() ||
        !vespa_real_is_complete(api))
        return api->easy_setopt(easy, id, argument.offset); /* whatever its type: hooks_entries.c */
    struct vespa_record *record = NULL;
    if (vespa_process_runtime())
        record = vespa_registry_make(easy, api);
    return record ? vespa_record_setopt(record, option, argument) : CURLE_OUT_OF_MEMORY;
}

CURLcode vespa_hook_easy_perform(vespa_origin origin, CURL *easy)
{
    const struct vespa_curl_api *api = vespa_real_of(easy, origin);
    struct vespa_record *record = vespa_registry_find(easy);
    if (!api)
        return CURLE_FAILED_INIT;
    if (record && (record->flight || vespa_record_match(record) != VESPA_NOT_OURS))
        return vespa_perform(record);
    return record ? vespa_perform_untouched(record) : api->easy_perform(easy);
}

CURLcode vespa_hook_easy_getinfo(vespa_origin origin, CURL *easy, CURLINFO info, void *to)
{
    const struct vespa_curl_api *api = vespa_real_of(easy, origin);
    struct vespa_record *record = vespa_registry_find(easy);
    CURLcode result;
    if (!api)
        return CURLE_FAILED_INIT;
    if (record && to && vespa_outcome_info(record, info, to, &result))
        return result;
    return api->easy_getinfo(easy, info, to);
}

/* Exported for libcurls that have it (7.83). */
int vespa_hook_easy_header(vespa_origin origin, CURL *easy, const char *name, size_t index,
                           unsigned from, int request, struct vespa_curl_header **header)
{
    const struct vespa_curl_api *api = vespa_real_of(easy, origin);
    struct vespa_record *record = vespa_registry_find(easy);
    if (!api || !api->easy_header)
        return VESPA_HEADER_NOT_BUILT_IN;
    if (!record || !record->shown.filtered)
        return api->easy_header(easy, name, index, from, request, header);
    return vespa_shown_header(record, name, index, from, request, header);
}

/* Likewise. */
struct vespa_curl_header *vespa_hook_easy_nextheader(vespa_origin origin, CURL *easy, unsigned from,
                                                     int request,
                                                     struct vespa_curl_header *previous)
{
    const struct vespa_curl_api *api = vespa_real_of(easy, origin);
    struct vespa_record *record = vespa_registry_find(easy);
    if (!api || !api->easy_nextheader)
        return NULL;
    if (!record || !record->shown.filtered)
        return api->easy_nextheader(easy, from, request, previous);
    return vespa_shown_next_header(record, from, request, previous);
}

void vespa_hook_easy_reset(vespa_origin origin, CURL *easy)
{
    const struct vespa_curl_api *api = vespa_real_of(easy, origin);
    struct vespa_record *record = vespa_registry_find(easy);
    if (!api)
        return;
    api->easy_reset(easy);
    if (record)
        vespa_record_reset(record);
}

/* A handle that is still in a multi handle leaves it, as libcurl has it. */
static void leave_multi(struct vespa_record *record)
{
    if (record && record->flight)
        vespa_multi_remove(record->flight->multi, record->easy);
    if (record)
        vespa_multi_forget_message(record);
}

/* The record leaves the registry first: another thread may be given a handle of the same address as
 * soon as the real one is gone. */
void vespa_hook_easy_cleanup(vespa_origin origin, CURL *easy)
{
    const struct vespa_curl_api *api = vespa_real_of(easy, origin);
    leave_multi(vespa_registry_find(easy));
    struct vespa_record *record = vespa_registry_take(easy);
    vespa_real_gone(easy);
    if (api)
        api->easy_cleanup(easy);
    vespa_record_free(record);
}

CURL *vespa_hook_easy_duphandle(vespa_origin origin, CURL *easy)
{
    const struct vespa_curl_api *api = vespa_real_of(easy, origin);
    struct vespa_record *record = vespa_registry_find(easy);
    if (!api)
        return NULL;
    CURL *twin = api->easy_duphandle(easy);
    if (!twin)
        return NULL;
    note_made(twin, api, origin);
    if (!record)
        return twin;
    struct vespa_record *copy = vespa_registry_make(twin, api);
    if (copy && vespa_record_duplicate(copy, record) == CURLE_OK)
        return twin;
    vespa_record_free(vespa_registry_take(twin));
    vespa_real_gone(twin);
    api->easy_cleanup(twin);
    return NULL;
}

void vespa_hook_global_cleanup(vespa_origin origin)
{
    const struct vespa_curl_api *api = vespa_real(origin);
    if (!api)
        return;
    struct vespa_runtime *runtime = vespa_process_runtime();
    if (runtime)
        vespa_pool_drop(vespa_runtime_pool(runtime), api);
    api->global_cleanup();
}
