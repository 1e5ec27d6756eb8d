/* What is done in a call that drives a multi handle. */
#include "shim/multi.h"

#include "shim/notices.h"
#include "shim/process.h"
#include "shim/registry.h"

/* What one hook call may spend on flights. */
#define TURN_US 1000

/* The flight whose leg ran on this handle. */
static struct vespa_flight *flight_of_leg(const CURL *easy)
{
    struct vespa_record *record = vespa_registry_find(easy);
    struct vespa_flight *flight = record ? record->flight : NULL;
    return flight && flight->phase == VESPA_FLIGHT_ON_LEG ? flight : NULL;
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

/* ---- messages ---------------------------------------------------------------------------------
 */

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

/* The first message that waits; NULL: there is none. */
static CURLMsg *take_message(struct vespa_multi *multi)
{
    CURLMsg *message = vespa_messages_take(&multi->messages);
    struct vespa_record *record = message ? vespa_registry_find(message->easy_handle) : NULL;
    if (record)
        record->queued = NULL;
    return message;
}

CURLMsg *vespa_multi_info(struct vespa_multi *multi, int *left)
{
    if (multi->messages.count == 0)
        drain(multi);
    CURLMsg *message = take_message(multi);
    *left = (int)multi->messages.count;
    return message;
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

void vespa_multi_forget_message(struct vespa_record *record)
{
    if (record->queued)
        vespa_messages_forget(&record->queued->messages, record->easy);
    record->queued = NULL;
}

void vespa_multi_drop_messages(struct vespa_multi *multi)
{
    while (take_message(multi))
        ;
    vespa_messages_free(&multi->messages);
}

/* ---- turns ------------------------------------------------------------------------------------
 */

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
