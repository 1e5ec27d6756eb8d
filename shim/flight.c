/* One routed request in the application's multi handle. */
#include "shim/flight.h"

#include "shim/autoscaler.h"
#include "shim/multi.h"
#include "shim/outcome.h"
#include "shim/patience.h"
#include "shim/process.h"
#include "shim/table.h"

#include <stdio.h>
#include <stdlib.h>

/* libcurl calls a progress callback at least once a second while nothing happens. */
#define PROGRESS_MS 1000

static struct vespa_table calls = VESPA_TABLE_INITIALIZER; /* handles of ours to flights */

/* Looked at in the order in which they became due, and only while there is time for it. */
static void be_due_now(struct vespa_flight *flight)
{
    vespa_schedule_put(&flight->multi->schedule, &flight->due, vespa_now_ms());
}

static void be_due(struct vespa_flight *flight, uint64_t due_ms)
{
    vespa_schedule_put(&flight->multi->schedule, &flight->due, due_ms);
}

struct vespa_flight *vespa_flight_new(struct vespa_multi *multi, struct vespa_record *record)
{
    struct vespa_flight *flight = calloc(1, sizeof *flight);
    if (!flight)
        return NULL;
    flight->multi = multi;
    flight->easy = record->easy;
    flight->record = record;
    flight->added_us = vespa_now_us();
    record->flight = flight;
    be_due_now(flight);
    return flight;
}

struct vespa_flight *vespa_flight_of_due(struct vespa_due *due)
{
    return (struct vespa_flight *)(void *)((char *)due - offsetof(struct vespa_flight, due));
}

struct vespa_flight *vespa_flight_of_call(const CURL *call)
{
    return vespa_table_find(&calls, call);
}

void vespa_flights_before_fork(void)
{
    vespa_table_before_fork(&calls);
}

void vespa_flights_after_fork(void)
{
    vespa_table_after_fork(&calls);
}

static void enter(struct vespa_flight *flight, enum vespa_flight_phase phase, uint64_t due_ms)
{
    flight->phase = phase;
    flight->ended = false;
    be_due(flight, due_ms);
}

void vespa_flight_note_end(struct vespa_flight *flight, CURLcode result)
{
    flight->ended = true;
    flight->ended_with = result;
    be_due(flight, 0);
}

/* The application is told by a message. Its handle stays in the real multi handle, with everything
 * else as it had set it. */
static void conclude(struct vespa_flight *flight, CURLcode result)
{
    if (flight->transfer)
        vespa_transfer_finish(flight->transfer, result);
    flight->transfer = NULL;
    enter(flight, VESPA_FLIGHT_OVER, VESPA_NEVER);
    vespa_multi_concluded(flight->multi, flight, result);
}

/* The handle, made ready for a leg, goes into the real multi handle. */
static void launch(struct vespa_flight *flight)
{
    if (flight->added) /* of the leg before */
        vespa_multi_take_out(flight->multi, flight->easy);
    flight->added = vespa_multi_put_in(flight->multi, flight->easy);
    if (flight->added) {
        enter(flight, VESPA_FLIGHT_ON_LEG, VESPA_NEVER);
        return;
    }
    if (flight->transfer)
        snprintf(flight->transfer->error, sizeof flight->transfer->error,
                 "the multi handle refused the request's transfer");
    conclude(flight, CURLE_FAILED_INIT);
}

static void end_with(struct vespa_flight *flight, CURLcode result)
{
    if (vespa_transfer_begin_end(flight->transfer, result)) {
        launch(flight);
        return;
    }
    vespa_transfer_end_leg(flight->transfer, &result);
    conclude(flight, result);
}

/* ---- asking the autoscaler --------------------------------------------------------------------
 */

static void call_ended(struct vespa_flight *flight, CURLcode result)
{
    struct vespa_asker *asker = flight->asker;
    struct vespa_caller *caller = &asker->caller;
    flight->asker = NULL;
    CURLcode enough = vespa_autoscaler_end(flight->transfer, caller, asker->easy, result);
    vespa_multi_give_spare(flight->multi, asker);
    if (enough)
        end_with(flight, enough);
    else
        enter(flight, VESPA_FLIGHT_DECIDING, 0);
}

/* The application's own time-out ends a call too; its progress callback is called by libcurl. */
static uint64_t when_time_is_up(const struct vespa_flight *flight)
{
    long left = vespa_transfer_time_left(flight->transfer);
    return left < 0 ? VESPA_NEVER : vespa_now_ms() + (uint64_t)left;
}

/* Where connections are few, the one to the autoscaler is not kept. */
static CURLcode begin_call(struct vespa_flight *flight, const struct vespa_call *call)
{
    struct vespa_caller *caller = &flight->asker->caller;
    CURL *easy = flight->asker->easy;
    bool narrow = vespa_multi_is_narrow(flight->multi);
    if (!narrow && vespa_autoscaler_resume(flight->transfer, caller, easy, call))
        return CURLE_OK;
    CURLcode result = vespa_autoscaler_begin(flight->transfer, caller, easy, call);
    if (result || !narrow)
        return result;
    caller->extended = true;
    return flight->multi->api->easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
}

static void call(struct vespa_flight *flight, const struct vespa_call *call)
{
    struct vespa_multi *multi = flight->multi;
    flight->asker = vespa_multi_take_spare(multi);
    if (!flight->asker) {
        vespa_exchange_call_failed(flight->transfer->exchange, vespa_now_ms(), VESPA_FAILURE_LOCAL,
                                   "out of memory");
        be_due(flight, 0);
        return;
    }
    CURL *easy = flight->asker->easy;
    CURLcode result = begin_call(flight, call);
    if (!result && !vespa_table_put(&calls, easy, flight))
        result = CURLE_OUT_OF_MEMORY;
    if (!result && !vespa_multi_put_in(multi, easy)) {
        vespa_table_take(&calls, easy);
        result = CURLE_FAILED_INIT;
    }
    if (result)
        call_ended(flight, result);
    else
        enter(flight, VESPA_FLIGHT_CALLING, when_time_is_up(flight));
}

/* Takes our handle out of the real multi handle, whether its transfer has ended or not. That tells
 * the application of descriptors: until then it has to be known whose they are. */
static void call_taken_out(struct vespa_flight *flight)
{
    vespa_multi_take_out(flight->multi, flight->asker->easy);
    vespa_table_take(&calls, flight->asker->easy);
}

static void advance_call(struct vespa_flight *flight)
{
    CURLcode result = flight->ended_with;
    if (!flight->ended) {
        result = CURLE_OPERATION_TIMEDOUT;
        if (!vespa_patience_limits(flight->transfer)) {
            be_due(flight, when_time_is_up(flight));
            return;
        }
    }
    call_taken_out(flight);
    call_ended(flight, result);
}

/* ---- the other phases -------------------------------------------------------------------------
 */

/* When a wait is to be looked at: at its end, when the application's time is up, or to call its
 * progress callback. */
static uint64_t next_look(const struct vespa_flight *flight)
{
    uint64_t due_ms = flight->wait_until_ms;
    uint64_t end_ms = when_time_is_up(flight);
    uint64_t look_ms = vespa_now_ms() + PROGRESS_MS;
    if (end_ms < due_ms)
        due_ms = end_ms;
    return vespa_patience_is_asked(flight->transfer) && look_ms < due_ms ? look_ms : due_ms;
}

/* libcurl reads the options when a transfer starts: the request is the one that they describe now.
 * Where its URL has become another host's, all the rest is libcurl's. */
static void begin(struct vespa_flight *flight)
{
    struct vespa_record *record = flight->record;
    if (vespa_record_match(record) == VESPA_NOT_OURS) {
        vespa_outcome_leave(record);
        launch(flight);
        return;
    }
    flight->transfer = vespa_transfer_new(record);
    if (!flight->transfer) {
        conclude(flight, CURLE_OUT_OF_MEMORY);
        return;
    }
    flight->transfer->started_us = flight->added_us;
    enter(flight, VESPA_FLIGHT_TAKING_IN, vespa_now_ms());
}

static void take_in(struct vespa_flight *flight)
{
    CURLcode result = CURLE_OK;
    switch (vespa_transfer_take_in(flight->transfer, &result)) {
    case VESPA_INTAKE_MORE:
        be_due_now(flight);
        break;
    case VESPA_INTAKE_PAUSED:
        flight->read_paused = true;
        flight->wait_until_ms = VESPA_NEVER;
        be_due(flight, next_look(flight));
        break;
    case VESPA_INTAKE_LEG:
        launch(flight);
        break;
    case VESPA_INTAKE_READY:
        enter(flight, VESPA_FLIGHT_DECIDING, 0);
        break;
    case VESPA_INTAKE_FAILED:
        end_with(flight, result);
        break;
    }
}

static void advance_intake(struct vespa_flight *flight)
{
    CURLcode enough = flight->read_paused ? vespa_patience_check(flight->transfer)
                                          : vespa_patience_limits(flight->transfer);
    if (enough)
        end_with(flight, enough);
    else if (flight->read_paused)
        be_due(flight, next_look(flight));
    else
        take_in(flight);
}

static void advance_wait(struct vespa_flight *flight)
{
    CURLcode enough = vespa_patience_check(flight->transfer);
    if (enough) {
        end_with(flight, enough);
    } else if (vespa_now_ms() >= flight->wait_until_ms) {
        vespa_exchange_waited(flight->transfer->exchange, vespa_now_ms());
        enter(flight, VESPA_FLIGHT_DECIDING, 0);
    } else {
        be_due(flight, next_look(flight));
    }
}

static void decide(struct vespa_flight *flight)
{
    struct vespa_transfer *transfer = flight->transfer;
    CURLcode enough = vespa_patience_limits(transfer);
    if (enough) {
        end_with(flight, enough);
        return;
    }
    const struct vespa_step *step = vespa_exchange_next(transfer->exchange, vespa_now_ms());
    switch (step->kind) {
    case VESPA_CALL:
        call(flight, &step->call);
        break;
    case VESPA_WAIT:
        flight->wait_until_ms = vespa_now_ms() + step->wait_ms;
        enter(flight, VESPA_FLIGHT_WAITING, next_look(flight));
        break;
    case VESPA_SEND:
    case VESPA_REPLY:
    case VESPA_ORIGIN:
        if (vespa_transfer_begin_leg(transfer, step) == VESPA_LEG_BEGUN)
            launch(flight);
        else
            be_due(flight, 0);
        break;
    case VESPA_DONE:
        conclude(flight, CURLE_OK);
        break;
    }
}

static void clear(struct vespa_flight *flight)
{
    if (flight->transfer && vespa_transfer_shrink(flight->transfer))
        enter(flight, VESPA_FLIGHT_CLEARING, vespa_now_ms());
    else
        conclude(flight, flight->ended_with);
}

static void advance_leg(struct vespa_flight *flight)
{
    if (!flight->transfer || vespa_transfer_end_leg(flight->transfer, &flight->ended_with)) {
        clear(flight);
        return;
    }
    vespa_multi_take_out(flight->multi, flight->easy);
    flight->added = false;
    /* Without an exchange the leg was one that takes the request in. */
    enter(flight, flight->transfer->exchange ? VESPA_FLIGHT_DECIDING : VESPA_FLIGHT_TAKING_IN, 0);
}

void vespa_flight_step(struct vespa_flight *flight)
{
    switch (flight->phase) {
    case VESPA_FLIGHT_ADDED:
        begin(flight);
        break;
    case VESPA_FLIGHT_TAKING_IN:
        advance_intake(flight);
        break;
    case VESPA_FLIGHT_DECIDING:
        decide(flight);
        break;
    case VESPA_FLIGHT_CALLING:
        advance_call(flight);
        break;
    case VESPA_FLIGHT_WAITING:
        advance_wait(flight);
        break;
    case VESPA_FLIGHT_ON_LEG:
        advance_leg(flight);
        break;
    case VESPA_FLIGHT_CLEARING:
        clear(flight);
        break;
    case VESPA_FLIGHT_OVER:
        break;
    }
}

/* Where there is no connection yet libcurl has nothing to pause, and says so: the hold does it when
 * the answer comes. */
CURLcode vespa_flight_pause(struct vespa_flight *flight, int what)
{
    const struct vespa_curl_api *api = flight->multi->api;
    if (!flight->transfer)
        return api->easy_pause(flight->easy, what);
    flight->transfer->held = (what & CURLPAUSE_RECV) != 0;
    if (flight->read_paused && !(what & CURLPAUSE_SEND)) {
        flight->read_paused = false;
        be_due_now(flight);
    }
    CURLcode code = CURLE_OK;
    if (flight->phase == VESPA_FLIGHT_ON_LEG)
        code = api->easy_pause(flight->easy, what);
    return code == CURLE_BAD_FUNCTION_ARGUMENT ? CURLE_OK : code;
}

static void give_up_call(struct vespa_flight *flight)
{
    struct vespa_asker *asker = flight->asker;
    if (!asker)
        return;
    call_taken_out(flight);
    flight->asker = NULL;
    vespa_caller_end(&asker->caller, flight->multi->api, asker->easy);
    vespa_multi_give_spare(flight->multi, asker);
}

void vespa_flight_abort(struct vespa_flight *flight)
{
    give_up_call(flight);
    if (flight->added)
        vespa_multi_take_out(flight->multi, flight->easy);
    flight->added = false;
    conclude(flight, CURLE_ABORTED_BY_CALLBACK);
}

CURLMcode vespa_flight_remove(struct vespa_flight *flight)
{
    CURLMcode code = CURLM_OK;
    give_up_call(flight);
    if (flight->added)
        code = vespa_multi_take_out(flight->multi, flight->easy);
    if (flight->transfer)
        vespa_transfer_finish(flight->transfer, CURLE_OK);
    be_due(flight, VESPA_NEVER);
    flight->record->flight = NULL;
    free(flight);
    return code;
}
