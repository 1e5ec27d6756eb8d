/* What the shim knows of one multi handle of the application. */
#include "shim/multi.h"

#include "shim/notices.h"
#include "shim/process.h"
#include "shim/registry.h"
#include "shim/table.h"

#include <stdlib.h>

/* What one hook call may spend on flights. */
#define TURN_US 1000

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

/* ---- the application's callbacks --------------------------------------------------------------
 */

/* The application calls what it likes from its callbacks. libcurl refuses what it cannot bear then;
 * so is it here, where libcurl is not inside a call. */
static void set_timer(struct vespa_multi *multi, long timeout_ms)
{
    bool before = multi->calling_back;
    multi->calling_back = true;
    if (multi->timer(multi->handle, timeout_ms, multi->timer_data) == -1)
        multi->aborted = true;
    multi->calling_back = before;
}

/* Sets the application's timer, unless it is set to that time already. */
static void tell_timer(struct vespa_multi *multi)
{
    uint64_t due_ms = vespa_schedule_first_ms(&multi->schedule);
    if (!multi->timer || !multi->wrapped || multi->aborted)
        return;
    if (multi->libcurl_due_ms < due_ms)
        due_ms = multi->libcurl_due_ms;
    if (multi->told ? multi->told_due_ms == due_ms : due_ms == VESPA_NEVER)
        return;
    uint64_t now_ms = vespa_now_ms();
    multi->told = due_ms != VESPA_NEVER;
    multi->told_due_ms = due_ms;
    set_timer(multi, !multi->told ? -1 : due_ms > now_ms ? (long)(due_ms - now_ms) : 0);
}

void vespa_multi_enter(struct vespa_multi *multi)
{
    multi->busy++;
}

CURLMcode vespa_multi_leave(struct vespa_multi *multi)
{
    bool before = multi->aborted;
    if (multi->busy == 1)
        tell_timer(multi);
    multi->busy--;
    return multi->aborted && !before ? CURLM_ABORTED_BY_CALLBACK : CURLM_OK;
}

void vespa_multi_fired(struct vespa_multi *multi, bool by_libcurl)
{
    multi->told = false;
    if (by_libcurl)
        multi->libcurl_due_ms = VESPA_NEVER;
}

static void note_libcurls_time(struct vespa_multi *multi, long timeout_ms)
{
    multi->libcurl_due_ms = timeout_ms < 0 ? VESPA_NEVER : vespa_now_ms() + (uint64_t)timeout_ms;
}

/* In place of the application's TIMERFUNCTION. */
static int timer_callback(CURLM *handle, long timeout_ms, void *user)
{
    struct vespa_multi *multi = user;
    (void)handle;
    note_libcurls_time(multi, timeout_ms);
    if (multi->busy == 0)
        tell_timer(multi);
    return multi->aborted ? -1 : 0;
}

/* In place of its SOCKETFUNCTION: the application knows no handle of ours, but the one on whose
 * behalf it works. */
static int socket_callback(CURL *easy, curl_socket_t descriptor, int what, void *user,
                           void *socket_data)
{
    struct vespa_multi *multi = user;
    struct vespa_flight *flight = vespa_flight_of_call(easy);
    if (!multi->socket)
        return 0;
    return multi->socket(flight ? flight->easy : easy, descriptor, what, multi->socket_data,
                         socket_data);
}

/* From the first routed request on. What libcurl has told the timer before is asked for. */
static CURLMcode wrap(struct vespa_multi *multi)
{
    CURLMcode code = CURLM_OK;
    if (multi->wrapped)
        return code;
    multi->wrapped = true;
    wrapped_count++;
    vespa_notices_wrap(multi);
    if (multi->timer) {
        long timeout_ms = -1;
        multi->api->multi_timeout(multi->handle, &timeout_ms);
        note_libcurls_time(multi, timeout_ms);
        code = multi->api->multi_setopt(multi->handle, CURLMOPT_TIMERDATA, multi);
        if (!code)
            code = multi->api->multi_setopt(multi->handle, CURLMOPT_TIMERFUNCTION, timer_callback);
    }
    if (!code && multi->socket) {
        code = multi->api->multi_setopt(multi->handle, CURLMOPT_SOCKETDATA, multi);
        if (!code)
            code =
                multi->api->multi_setopt(multi->handle, CURLMOPT_SOCKETFUNCTION, socket_callback);
    }
    return code;
}

/* A callback that is set while ours are in place becomes known to them. */
static CURLMcode set_again(struct vespa_multi *multi)
{
    if (!multi->wrapped)
        return CURLM_OK;
    multi->wrapped = false;
    wrapped_count--;
    multi->told = false;
    return wrap(multi);
}

bool vespa_multi_tracks(CURLMoption id)
{
    return id == CURLMOPT_TIMERFUNCTION || id == CURLMOPT_TIMERDATA ||
           id == CURLMOPT_SOCKETFUNCTION || id == CURLMOPT_SOCKETDATA ||
           id == CURLMOPT_MAX_TOTAL_CONNECTIONS || vespa_notices_tracks(id);
}

CURLMcode vespa_multi_setopt(struct vespa_multi *multi, CURLMoption id, void *object, long number)
{
    if (vespa_notices_tracks(id))
        return vespa_notices_setopt(multi, id, object);
    switch ((int)id) {
    case CURLMOPT_TIMERFUNCTION:
        multi->timer = (curl_multi_timer_callback)object;
        break;
    case CURLMOPT_TIMERDATA:
        multi->timer_data = object;
        break;
    case CURLMOPT_SOCKETFUNCTION:
        multi->socket = (curl_socket_callback)object;
        break;
    case CURLMOPT_SOCKETDATA:
        multi->socket_data = object;
        break;
    case CURLMOPT_MAX_TOTAL_CONNECTIONS:
        multi->connection_limit = number;
        return multi->api->multi_setopt(multi->handle, id, number);
    default:
        break;
    }
    bool is_data = id == CURLMOPT_TIMERDATA || id == CURLMOPT_SOCKETDATA;
    if (multi->wrapped && (is_data || object))
        return is_data ? CURLM_OK : set_again(multi);
    return multi->api->multi_setopt(multi->handle, id, object);
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
    bool first = !multi->wrapped;
    CURLMcode code = wrap(multi);
    if (first && !code && vespa_values_number(&record->values, CURLOPT_NOSIGNAL, 0)) {
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

void vespa_multi_forget_message(struct vespa_record *record)
{
    if (record->queued)
        vespa_messages_forget(&record->queued->messages, record->easy);
    record->queued = NULL;
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

/* The first message that waits; NULL: there is none. */
static CURLMsg *take_message(struct vespa_multi *multi)
{
    CURLMsg *message = vespa_messages_take(&multi->messages);
    struct vespa_record *record = message ? vespa_registry_find(message->easy_handle) : NULL;
    if (record)
        record->queued = NULL;
    return message;
}

void vespa_multi_forget(struct vespa_multi *multi)
{
    if (multi->wrapped)
        wrapped_count--;
    vespa_table_take(&multis, multi->handle);
    while (take_message(multi))
        ;
    vespa_messages_free(&multi->messages);
    vespa_schedule_free(&multi->schedule);
    free(multi);
}

/* Its connections are the multi handle's, it has nothing to send: it leaves SIGPIPE alone. */
static void clean_up_spare(const struct vespa_multi *multi, struct vespa_asker *spare)
{
    multi->api->easy_setopt(spare->easy, CURLOPT_NOSIGNAL, 1L);
    multi->api->easy_cleanup(spare->easy);
    vespa_caller_abandon(&spare->caller);
    free(spare);
}

void vespa_multi_end(struct vespa_multi *multi)
{
    multi->timer = NULL;
    while (multi->flights)
        remove_flight(multi, multi->flights);
    while (multi->spare_count)
        clean_up_spare(multi, multi->spares[--multi->spare_count]);
    if (multi->wrapped) {
        multi->api->multi_setopt(multi->handle, CURLMOPT_TIMERFUNCTION, NULL);
        multi->api->multi_setopt(multi->handle, CURLMOPT_SOCKETFUNCTION, multi->socket);
        multi->api->multi_setopt(multi->handle, CURLMOPT_SOCKETDATA, multi->socket_data);
        vespa_notices_unwrap(multi);
    }
    vespa_multi_forget(multi);
}

/* ---- turns ------------------------------------------------------------------------------------
 */

/* The flight whose leg ran on this handle. */
static struct vespa_flight *flight_of_leg(const CURL *easy)
{
    struct vespa_record *record = vespa_registry_find(easy);
    struct vespa_flight *flight = record ? record->flight : NULL;
    return flight && flight->phase == VESPA_FLIGHT_ON_LEG ? flight : NULL;
}

/* Room was made for it. A handle of which nothing was remembered has a record from now on, so that
 * the message can go when the handle does. */
static void queue(struct vespa_multi *multi, CURLMsg *message)
{
    struct vespa_record *record = vespa_registry_make(message->easy_handle, multi->api);
    if (record)
        record->queued = multi;
    vespa_messages_put(&multi->messages, message);
    multi->unannounced = true;
}

/* Empties the real queue: what is ours is noted, the rest is kept for the application. At once, for
 * a message that is left there silences the next notification of the application (findings.md §2).
 */
static void drain(struct vespa_multi *multi)
{
    CURLMsg *message;
    int left;
    while (vespa_messages_reserve(&multi->messages, multi->unfinished + 1U) &&
           (message = multi->api->multi_info_read(multi->handle, &left)) != NULL) {
        struct vespa_flight *flight = vespa_flight_of_call(message->easy_handle);
        if (!flight)
            flight = flight_of_leg(message->easy_handle);
        if (flight) {
            vespa_flight_note_end(flight, message->data.result);
            multi->running--;
        } else {
            queue(multi, message);
        }
    }
}

/* What ended is seen to in any case; the rest is due by the clock. */
static struct vespa_flight *first_due(const struct vespa_multi *multi, bool at_once)
{
    uint64_t due_ms = vespa_schedule_first_ms(&multi->schedule);
    if (due_ms == 0 || (!at_once && due_ms <= vespa_now_ms()))
        return vespa_flight_of_due(vespa_schedule_first(&multi->schedule));
    return NULL;
}

static void abort_flights(struct vespa_multi *multi)
{
    for (struct vespa_flight *flight = multi->flights; flight; flight = flight->next)
        if (flight->phase != VESPA_FLIGHT_OVER)
            vespa_flight_abort(flight);
}

int vespa_multi_turn(struct vespa_multi *multi, int running, bool for_socket)
{
    struct vespa_flight *flight;
    bool at_once = for_socket && multi->timer;
    drain(multi);
    int others = running - (int)multi->running;
    uint64_t until_us = vespa_now_us() + TURN_US;
    multi->calling_back = true;
    if (multi->aborted)
        abort_flights(multi);
    while ((flight = first_due(multi, at_once)) != NULL) {
        vespa_flight_step(flight);
        if (vespa_now_us() >= until_us)
            break;
    }
    multi->calling_back = false;
    multi->added_meanwhile = 0;
    vespa_notices_tell(multi);
    others += multi->added_meanwhile;
    return (others > 0 ? others : 0) + (int)multi->unfinished;
}

CURLMsg *vespa_multi_info(struct vespa_multi *multi, int *left)
{
    if (multi->messages.count == 0)
        drain(multi);
    CURLMsg *message = take_message(multi);
    *left = (int)multi->messages.count;
    return message;
}

bool vespa_multi_has_waiting(const struct vespa_multi *multi)
{
    return multi->unfinished > multi->running;
}

long vespa_multi_due_within(const struct vespa_multi *multi, long limit_ms)
{
    uint64_t due_ms = vespa_schedule_first_ms(&multi->schedule);
    if (due_ms == VESPA_NEVER)
        return limit_ms;
    uint64_t now_ms = vespa_now_ms();
    uint64_t left = due_ms > now_ms ? due_ms - now_ms : 0;
    return limit_ms < 0 || left < (uint64_t)limit_ms ? (long)left : limit_ms;
}

/* ---- for flights ------------------------------------------------------------------------------
 */

bool vespa_multi_is_narrow(const struct vespa_multi *multi)
{
    return multi->connection_limit > 0;
}

bool vespa_multi_put_in(struct vespa_multi *multi, CURL *easy)
{
    if (multi->api->multi_add_handle(multi->handle, easy) != CURLM_OK)
        return false;
    multi->running++;
    multi->put_in++;
    return true;
}

CURLMcode vespa_multi_take_out(struct vespa_multi *multi, CURL *easy)
{
    struct vespa_flight *flight = vespa_flight_of_call(easy);
    if (!flight)
        flight = flight_of_leg(easy);
    if (flight && !flight->ended)
        multi->running--;
    return multi->api->multi_remove_handle(multi->handle, easy);
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

void vespa_multi_concluded(struct vespa_multi *multi, struct vespa_flight *flight, CURLcode result)
{
    struct vespa_record *record = flight->record;
    multi->unfinished--;
    if (flight->notice == VESPA_NOTICE_WANTED) {
        flight->notice = VESPA_NOTICE_OWED;
        multi->notices_owed++;
    }
    record->message = (CURLMsg){.msg = CURLMSG_DONE, .easy_handle = record->easy};
    record->message.data.result = result;
    queue(multi, &record->message);
}

/* ---- curl_multi_get_handles -------------------------------------------------------------------
 */

/* An array of libcurl's own allocator, for the application gives it to curl_free. */
static CURL **allocate(const struct vespa_multi *multi, size_t count)
{
    size_t bytes = count * sizeof(CURL *);
    char *filler = malloc(bytes);
    char *array = NULL;
    if (filler) {
        memset(filler, 'a', bytes); /* stays as long as it is when it is escaped */
        array = multi->api->easy_escape(NULL, filler, (int)bytes);
    }
    free(filler);
    return (CURL **)(void *)array;
}

CURL **vespa_multi_own_handles(struct vespa_multi *multi, CURL **handles)
{
    size_t count = 0, kept = 0;
    while (handles && handles[count])
        count++;
    for (const struct vespa_flight *flight = multi->flights; flight; flight = flight->next)
        count++;
    CURL **own = allocate(multi, count + 1);
    for (CURL **handle = handles; own && handle && *handle; handle++)
        if (!vespa_flight_of_call(*handle))
            own[kept++] = *handle;
    for (const struct vespa_flight *flight = multi->flights; own && flight; flight = flight->next)
        if (!flight->added)
            own[kept++] = flight->easy;
    if (own)
        own[kept] = NULL;
    multi->api->free((void *)handles);
    return own;
}
