/* What the shim knows of one multi handle of the application. */
#include "shim/multi.h"

#include "shim/process.h"
#include "shim/registry.h"
#include "shim/table.h"

#include <stdlib.h>

/* What one hook call may spend on flights. */
#define TURN_US 2000

static struct vespa_table multis = VESPA_TABLE_INITIALIZER;

struct vespa_multi *vespa_multi_find(const CURLM *handle)
{
    return vespa_table_find(&multis, handle);
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

/* When the first flight is due. */
static uint64_t flights_due_ms(const struct vespa_multi *multi)
{
    uint64_t due_ms = VESPA_NEVER;
    for (const struct vespa_flight *flight = multi->flights; flight; flight = flight->next) {
        uint64_t own_ms = flight->ended ? 0 : flight->due_ms;
        if (own_ms < due_ms)
            due_ms = own_ms;
    }
    return due_ms;
}

/* Sets the application's timer, unless it is set to that time already. */
static void tell_timer(struct vespa_multi *multi)
{
    uint64_t due_ms = flights_due_ms(multi);
    uint64_t now_ms = vespa_now_ms();
    if (!multi->timer || !multi->wrapped)
        return;
    if (multi->libcurl_due_ms < due_ms)
        due_ms = multi->libcurl_due_ms;
    if (multi->told && multi->told_due_ms == due_ms)
        return;
    if (!multi->told && due_ms == VESPA_NEVER)
        return;
    multi->told = due_ms != VESPA_NEVER;
    multi->told_due_ms = due_ms;
    long timeout_ms = due_ms == VESPA_NEVER ? -1 : due_ms > now_ms ? (long)(due_ms - now_ms) : 0;
    multi->timer(multi->handle, timeout_ms, multi->timer_data);
}

void vespa_multi_enter(struct vespa_multi *multi, bool fired)
{
    multi->busy++;
    if (fired)
        multi->told = false;
}

void vespa_multi_leave(struct vespa_multi *multi)
{
    if (multi->busy == 1)
        tell_timer(multi);
    multi->busy--;
}

/* In place of the application's TIMERFUNCTION: notes libcurl's time. */
static int timer_callback(CURLM *handle, long timeout_ms, void *user)
{
    struct vespa_multi *multi = user;
    (void)handle;
    multi->libcurl_due_ms = timeout_ms < 0 ? VESPA_NEVER : vespa_now_ms() + (uint64_t)timeout_ms;
    if (multi->busy == 0)
        tell_timer(multi);
    return 0;
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

/* From the first routed request on. */
static CURLMcode wrap(struct vespa_multi *multi)
{
    CURLMcode code = CURLM_OK;
    if (multi->wrapped)
        return code;
    multi->wrapped = true;
    if (multi->timer) {
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
    multi->told = false;
    return wrap(multi);
}

bool vespa_multi_tracks(CURLMoption id)
{
    return id == CURLMOPT_TIMERFUNCTION || id == CURLMOPT_TIMERDATA ||
           id == CURLMOPT_SOCKETFUNCTION || id == CURLMOPT_SOCKETDATA ||
           id == CURLMOPT_MAX_TOTAL_CONNECTIONS;
}

CURLMcode vespa_multi_setopt(struct vespa_multi *multi, CURLMoption id, void *object, long number)
{
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

CURLMcode vespa_multi_add(struct vespa_multi *multi, struct vespa_record *record)
{
    if (multi->busy)
        return CURLM_RECURSIVE_API_CALL;
    if (!vespa_messages_reserve(&multi->messages, multi->unfinished + 1U))
        return CURLM_OUT_OF_MEMORY;
    CURLMcode code = wrap(multi);
    if (code)
        return code;
    struct vespa_flight *flight = vespa_flight_new(multi, record);
    if (!flight)
        return CURLM_OUT_OF_MEMORY;
    flight->next = multi->flights;
    if (flight->next)
        flight->next->previous = flight;
    multi->flights = flight;
    multi->unfinished++;
    vespa_multi_enter(multi, false);
    vespa_multi_leave(multi);
    return CURLM_OK;
}

static CURLMcode remove_flight(struct vespa_multi *multi, struct vespa_flight *flight)
{
    if (flight->phase != VESPA_FLIGHT_OVER)
        multi->unfinished--;
    if (multi->turn == flight)
        multi->turn = flight->next;
    if (flight->previous)
        flight->previous->next = flight->next;
    else
        multi->flights = flight->next;
    if (flight->next)
        flight->next->previous = flight->previous;
    return vespa_flight_remove(flight);
}

CURLMcode vespa_multi_remove(struct vespa_multi *multi, CURL *easy, struct vespa_flight *flight)
{
    if (multi->busy)
        return CURLM_RECURSIVE_API_CALL;
    vespa_multi_enter(multi, false);
    CURLMcode code = flight ? remove_flight(multi, flight)
                            : multi->api->multi_remove_handle(multi->handle, easy);
    if (!code)
        vespa_messages_forget(&multi->messages, easy);
    vespa_multi_leave(multi);
    return code;
}

void vespa_multi_forget(struct vespa_multi *multi)
{
    vespa_table_take(&multis, multi->handle);
    vespa_messages_free(&multi->messages);
    free(multi);
}

void vespa_multi_end(struct vespa_multi *multi)
{
    multi->timer = NULL;
    while (multi->flights)
        remove_flight(multi, multi->flights);
    while (multi->spare_count)
        multi->api->easy_cleanup(multi->spares[--multi->spare_count]);
    if (multi->wrapped) {
        multi->api->multi_setopt(multi->handle, CURLMOPT_TIMERFUNCTION, NULL);
        multi->api->multi_setopt(multi->handle, CURLMOPT_SOCKETFUNCTION, multi->socket);
        multi->api->multi_setopt(multi->handle, CURLMOPT_SOCKETDATA, multi->socket_data);
    }
    vespa_multi_forget(multi);
}

/* ---- turns ------------------------------------------------------------------------------------
 */

static void note_end(struct vespa_multi *multi, struct vespa_flight *flight, CURLcode result)
{
    flight->ended = true;
    flight->ended_with = result;
    multi->running--;
}

/* The flight whose leg ran on this handle. */
static struct vespa_flight *flight_of_leg(const CURL *easy)
{
    struct vespa_record *record = vespa_registry_find(easy);
    struct vespa_flight *flight = record ? record->flight : NULL;
    return flight && flight->phase == VESPA_FLIGHT_ON_LEG ? flight : NULL;
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
        if (flight)
            note_end(multi, flight, message->data.result);
        else
            vespa_messages_put(&multi->messages, message);
    }
}

void vespa_multi_turn(struct vespa_multi *multi, int *running)
{
    uint64_t until_us = vespa_now_us() + TURN_US;
    bool worked;
    drain(multi);
    int others = *running - (int)multi->running;
    do {
        worked = false;
        if (!multi->turn)
            multi->turn = multi->flights;
        while (multi->turn && vespa_now_us() < until_us) {
            worked |= vespa_flight_step(multi->turn);
            multi->turn = multi->turn->next;
        }
    } while (worked && vespa_now_us() < until_us);
    *running = others + (int)multi->unfinished;
}

CURLMsg *vespa_multi_info(struct vespa_multi *multi, int *left)
{
    if (multi->messages.count == 0)
        drain(multi);
    CURLMsg *message = vespa_messages_take(&multi->messages);
    *left = (int)multi->messages.count;
    return message;
}

long vespa_multi_due_within(const struct vespa_multi *multi, long limit_ms)
{
    uint64_t due_ms = flights_due_ms(multi);
    uint64_t now_ms = vespa_now_ms();
    if (due_ms == VESPA_NEVER)
        return limit_ms;
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

CURL *vespa_multi_take_spare(struct vespa_multi *multi)
{
    return multi->spare_count ? multi->spares[--multi->spare_count] : multi->api->easy_init();
}

void vespa_multi_give_spare(struct vespa_multi *multi, CURL *easy)
{
    if (multi->spare_count < VESPA_MULTI_SPARES)
        multi->spares[multi->spare_count++] = easy;
    else
        multi->api->easy_cleanup(easy);
}

void vespa_multi_concluded(struct vespa_multi *multi, struct vespa_flight *flight)
{
    multi->unfinished--;
    vespa_messages_put(&multi->messages, &flight->message);
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
