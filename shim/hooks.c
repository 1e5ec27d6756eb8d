/*
 * The exported functions: one for each hooked call of libcurl, thin, with the work done behind
 * them. Where the shim has no part in a call it goes on to the real function as it came.
 */
#include "shim/multi.h"
#include "shim/outcome.h"
#include "shim/perform.h"
#include "shim/process.h"
#include "shim/real.h"
#include "shim/registry.h"

#include <stdarg.h>

#undef curl_easy_setopt
#undef curl_easy_getinfo

#define EXPORT __attribute__((visibility("default")))

/* setopt's third argument as the option's range says (curl/curl.h: CURLOPTTYPE_…). */
static union vespa_argument take_argument(CURLoption id, va_list list)
{
    union vespa_argument argument = {.offset = 0};
    unsigned base = (unsigned)id - vespa_option_number((unsigned)id);
    if (base == CURLOPTTYPE_LONG)
        argument.number = va_arg(list, long);
    else if (base == CURLOPTTYPE_OFF_T)
        argument.offset = va_arg(list, curl_off_t);
    else if (base == CURLOPTTYPE_FUNCTIONPOINT)
        argument.function = va_arg(list, void (*)(void));
    else
        argument.object = va_arg(list, void *);
    return argument;
}

/* An option that need not be remembered. */
static CURLcode forward(const struct vespa_curl_api *api, CURL *easy, CURLoption id,
                        union vespa_argument argument)
{
    unsigned base = (unsigned)id - vespa_option_number((unsigned)id);
    if (base == CURLOPTTYPE_LONG)
        return api->easy_setopt(easy, id, argument.number);
    if (base == CURLOPTTYPE_OFF_T)
        return api->easy_setopt(easy, id, argument.offset);
    return api->easy_setopt(easy, id, argument.object);
}

EXPORT CURL *curl_easy_init(void)
{
    const struct vespa_curl_api *api = vespa_real();
    if (!api)
        return NULL;
    CURL *easy = api->easy_init();
    if (easy) /* a handle of that address may have gone without passing here */
        vespa_record_free(vespa_registry_take(easy));
    return easy;
}

EXPORT CURLcode curl_easy_setopt(CURL *easy, CURLoption id, ...)
{
    const struct vespa_curl_api *api = vespa_real();
    const struct vespa_option *option = vespa_option_find((unsigned)id);
    va_list list;
    if (!api)
        return CURLE_FAILED_INIT;
    va_start(list, id);
    union vespa_argument argument = take_argument(id, list);
    va_end(list);
    if (!easy || !option || !option->legs || vespa_process_is_inert())
        return forward(api, easy, id, argument);
    struct vespa_record *record = NULL;
    if (vespa_process_runtime())
        record = vespa_registry_make(easy, api);
    return record ? vespa_record_setopt(record, option, argument) : CURLE_OUT_OF_MEMORY;
}

EXPORT CURLcode curl_easy_perform(CURL *easy)
{
    const struct vespa_curl_api *api = vespa_real();
    struct vespa_record *record = vespa_registry_find(easy);
    if (!api)
        return CURLE_FAILED_INIT;
    if (record && (record->flight || vespa_record_match(record) != VESPA_NOT_OURS))
        return vespa_perform(record);
    if (record)
        vespa_outcome_clear(&record->outcome);
    return api->easy_perform(easy);
}

EXPORT CURLcode curl_easy_getinfo(CURL *easy, CURLINFO info, ...)
{
    const struct vespa_curl_api *api = vespa_real();
    struct vespa_record *record = vespa_registry_find(easy);
    CURLcode result;
    va_list list;
    if (!api)
        return CURLE_FAILED_INIT;
    va_start(list, info);
    void *to = va_arg(list, void *);
    va_end(list);
    if (record && to && vespa_outcome_info(record, info, to, &result))
        return result;
    return api->easy_getinfo(easy, info, to);
}

EXPORT void curl_easy_reset(CURL *easy)
{
    const struct vespa_curl_api *api = vespa_real();
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
        vespa_multi_remove(record->flight->multi, record->easy, record->flight);
}

/* The record leaves the registry first: another thread may be given a handle of the same address as
 * soon as the real one is gone. */
EXPORT void curl_easy_cleanup(CURL *easy)
{
    const struct vespa_curl_api *api = vespa_real();
    leave_multi(vespa_registry_find(easy));
    struct vespa_record *record = vespa_registry_take(easy);
    if (api)
        api->easy_cleanup(easy);
    vespa_record_free(record);
}

EXPORT CURL *curl_easy_duphandle(CURL *easy)
{
    const struct vespa_curl_api *api = vespa_real();
    struct vespa_record *record = vespa_registry_find(easy);
    if (!api)
        return NULL;
    CURL *twin = api->easy_duphandle(easy);
    if (!twin)
        return NULL;
    vespa_record_free(vespa_registry_take(twin));
    if (!record)
        return twin;
    struct vespa_record *copy = vespa_registry_make(twin, api);
    if (copy && vespa_record_duplicate(copy, record) == CURLE_OK)
        return twin;
    vespa_record_free(vespa_registry_take(twin));
    api->easy_cleanup(twin);
    return NULL;
}

EXPORT void curl_global_cleanup(void)
{
    const struct vespa_curl_api *api = vespa_real();
    if (!api)
        return;
    struct vespa_runtime *runtime = vespa_process_runtime();
    if (runtime)
        vespa_pool_drop(vespa_runtime_pool(runtime), api);
    api->global_cleanup();
}
