/* What the shim knows of one multi handle of the application. */
#include "shim/multi.h"

#include "shim/multi_callbacks.h"
#include "shim/registry.h"
#include "shim/table.h"

#include <stdlib.h>

static struct vespa_table multis = VESPA_TABLE_INITIALIZER;
static _Atomic unsigned wrapped_count; /* of those in the table */

struct vespa_multi *vespa_multi_find(const CURLM *handle)
{
    return vespa_table_find(&multis, handle);
}

struct vespa_multi *vespa_multi_routed(const CURLM *handle)
{
    if (!wrapped_count)
        return NULL;
    struct vespa_multi *multi = vespa_multi_find(handle);
    return multi && multi->wrapped ? multi : NULL;
}

bool vespa_multi_has(const CURL *easy)
{
    struct vespa_record *record = wrapped_count ? vespa_registry_find(easy) : NULL;
    return record && record->flight;
}

struct vespa_multi *vespa_multi_make(CURLM *handle, const struct vespa_curl_api *api)
{
    struct vespa_multi *multi = vespa_multi_find(handle);
    if (multi)
        return multi;
    multi = calloc(1, sizeof *multi);
    if (!multi)
        return NULL;
    multi->handle = handle;
    multi->api = api;
    multi->libcurl_due_ms = VESPA_NEVER;
    if (vespa_table_put(&multis, handle, multi))
        return multi;
    free(multi);
    return NULL;
}

void vespa_multis_before_fork(void)
{
    vespa_table_before_fork(&multis);
    vespa_flights_before_fork();
}

void vespa_multis_after_fork(void)
{
    vespa_flights_after_fork();
    vespa_table_after_fork(&multis);
}

/* ---- handles of our own -----------------------------------------------------------------------
 */

bool vespa_multi_is_narrow(const struct vespa_multi *multi)
{
    return multi->connection_limit > 0;
}

/* Its connections are the multi handle's, it has nothing to send: it leaves SIGPIPE alone. */
static void clean_up_spare(const struct vespa_multi *multi, struct vespa_asker *spare)
{
    multi->api->easy_setopt(spare->easy, CURLOPT_NOSIGNAL, 1L);
    multi->api->easy_cleanup(spare->easy);
    vespa_caller_abandon(&spare->caller);
    free(spare);
}

struct vespa_asker *vespa_multi_take_spare(struct vespa_multi *multi)
{
    if (multi->spare_count)
        return multi->spares[--multi->spare_count];
    struct vespa_asker *asker = calloc(1, sizeof *asker);
    if (asker)
        asker->easy = multi->api->easy_init();
    if (asker && asker->easy)
        return asker;
    free(asker);
    return NULL;
}

void vespa_multi_give_spare(struct vespa_multi *multi, struct vespa_asker *asker)
{
    if (multi->spare_count < VESPA_MULTI_SPARES)
        multi->spares[multi->spare_count++] = asker;
    else
        clean_up_spare(multi, asker);
}

/* ---- adding and removing ----------------------------------------------------------------------
 */

/* From 8.13 on a multi handle leaves SIGPIPE alone, or not, as the handle wants it that was added
 * last, and ours are added from inside of a call only. */
static void leave_signals_alone(struct vespa_multi *multi)
{
    const struct vespa_curl_api *api = multi->api;
    if (api->version_info(CURLVERSION_NOW)->version_num < 0x080d00)
        return;
    struct vespa_asker *asker = vespa_multi_take_spare(multi);
    if (!asker)
        return;
    api->easy_setopt(asker->easy, CURLOPT_NOSIGNAL, 1L);
    if (api->multi_add_handle(multi->handle, asker->easy) == CURLM_OK) {
        multi->put_in++;
        api->multi_remove_handle(multi->handle, asker->easy);
    }
    vespa_multi_give_spare(multi, asker);
}

/* The first routed request of a multi handle. */
static CURLMcode begin_with(struct vespa_multi *multi, const struct vespa_record *record)
{
    if (multi->wrapped)
        return CURLM_OK;
    wrapped_count++;
    CURLMcode code = vespa_multi_wrap(multi);
    if (!code && vespa_values_number(&record->values, CURLOPT_NOSIGNAL, 0)) {
        vespa_multi_enter(multi);
        leave_signals_alone(multi);
        vespa_multi_leave(multi);
    }
    return code;
}

static CURLMcode remove_flight(struct vespa_multi *multi, struct vespa_flight *flight)
{
    if (flight->phase != VESPA_FLIGHT_OVER)
        multi->unfinished--;
    multi->flight_count--;
    if (flight->notice == VESPA_NOTICE_OWED)
        multi->notices_owed--;
    if (flight->previous)
        flight->previous->next = flight->next;
    else
        multi->flights = flight->next;
    if (flight->next)
        flight->next->previous = flight->previous;
    return vespa_flight_remove(flight);
}

CURLMcode vespa_multi_add(struct vespa_multi *multi, struct vespa_record *record)
{
    if (multi->busy && !multi->notifying)
        return CURLM_RECURSIVE_API_CALL;
    if (multi->aborted && multi->unfinished)
        return CURLM_ABORTED_BY_CALLBACK;
    if (multi->aborted)
        multi->aborted = multi->told = false;
    if (!vespa_messages_reserve(&multi->messages, multi->unfinished + 1U) ||
        !vespa_schedule_reserve(&multi->schedule, multi->flight_count + 1U))
        return CURLM_OUT_OF_MEMORY;
    CURLMcode code = begin_with(multi, record);
    if (code)
        return code;
    vespa_multi_forget_message(record);
    struct vespa_flight *flight = vespa_flight_new(multi, record);
    if (!flight)
        return CURLM_OUT_OF_MEMORY;
    flight->next = multi->flights;
    if (flight->next)
        flight->next->previous = flight;
    multi->flights = flight;
    multi->flight_count++;
    multi->unfinished++;
    multi->begun++;
    vespa_multi_enter(multi);
    code = vespa_multi_leave(multi);
    if (code)
        remove_flight(multi, flight);
    return code;
}

/* libcurl removes handles of its own that resolve names (CURLOPT_DOH_URL) while it is inside a
 * call; whether it will bear what is not ours it says itself. */
CURLMcode vespa_multi_remove(struct vespa_multi *multi, CURL *easy)
{
    struct vespa_record *record = vespa_registry_find(easy);
    struct vespa_flight *flight = record ? record->flight : NULL;
    if (flight && flight->multi != multi)
        return CURLM_BAD_EASY_HANDLE;
    if (flight && multi->busy && !multi->notifying)
        return CURLM_RECURSIVE_API_CALL;
    vespa_multi_enter(multi);
    CURLMcode code = flight ? remove_flight(multi, flight)
                            : multi->api->multi_remove_handle(multi->handle, easy);
    if (!code && record)
        vespa_multi_forget_message(record);
    vespa_multi_leave(multi);
    return code;
}

void vespa_multi_forget(struct vespa_multi *multi)
{
    if (multi->wrapped)
        wrapped_count--;
    vespa_table_take(&multis, multi->handle);
    vespa_multi_drop_messages(multi);
    vespa_schedule_free(&multi->schedule);
    free(multi);
}

void vespa_multi_end(struct vespa_multi *multi)
{
    multi->timer = NULL;
    while (multi->flights)
        remove_flight(multi, multi->flights);
    while (multi->spare_count)
        clean_up_spare(multi, multi->spares[--multi->spare_count]);
    if (multi->wrapped)
        vespa_multi_unwrap(multi);
    vespa_multi_forget(multi);
}
