/* One routed request in the application's multi handle. */
#include "shim/flight.h"

#include "shim/autoscaler.h"
#include "shim/multi.h"
#include "shim/patience.h"
#include "shim/process.h"
#include "shim/table.h"

#include <stdio.h>
#include <stdlib.h>

/* libcurl calls a progress callback at least once a second while nothing happens. */
#define PROGRESS_MS 1000

static struct vespa_table calls = VESPA_TABLE_INITIALIZER; /* handles of ours to flights */

struct vespa_flight *vespa_flight_new(struct vespa_multi *multi, struct vespa_record *record)
{
    struct vespa_flight *flight = calloc(1, sizeof *flight);
    if (!flight)
        return NULL;
    flight->transfer = vespa_transfer_new(record);
    if (!flight->transfer) {
        free(flight);
        return NULL;
    }
    flight->multi = multi;
    flight->easy = record->easy;
    flight->record = record;
    flight->phase = VESPA_FLIGHT_TAKING_IN;
    record->flight = flight;
    return flight;
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
    flight->due_ms = due_ms;
    flight->ended = false;
}

/* The application is told by a message. Its handle stays in the real multi handle, with everything
 * else as it had set it. */
static void conclude(struct vespa_flight *flight, CURLcode result)
{
    vespa_transfer_finish(flight->transfer, result);
    flight->transfer = NULL;
    enter(flight, VESPA_FLIGHT_OVER, VESPA_NEVER);
    flight->message = (CURLMsg){.msg = CURLMSG_DONE, .easy_handle = flight->easy};
    flight->message.data.result = result;
    vespa_multi_concluded(flight->multi, flight);
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
    CURL *call = flight->call;
    flight->call = NULL;
    CURLcode enough = vespa_autoscaler_end(flight->transfer, &flight->caller, call, result);
    vespa_multi_give_spare(flight->multi, call);
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

static void call(struct vespa_flight *flight, const struct vespa_call *call)
{
    struct vespa_multi *multi = flight->multi;
    flight->call = vespa_multi_take_spare(multi);
    if (!flight->call) {
        vespa_exchange_call_failed(flight->transfer->exchange, vespa_now_ms(), VESPA_FAILURE_LOCAL,
                                   "out of memory");
        return;
    }
    CURLcode result = vespa_autoscaler_begin(flight->transfer, &flight->caller, flight->call, call);
    if (!result && vespa_multi_is_narrow(multi))
        result = multi->api->easy_setopt(flight->call, CURLOPT_FORBID_REUSE, 1L);
    if (!result && !vespa_table_put(&calls, flight->call, flight))
        result = CURLE_OUT_OF_MEMORY;
    if (!result && !vespa_multi_put_in(multi, flight->call)) {
        vespa_table_take(&calls, flight->call);
        result = CURLE_FAILED_INIT;
    }
    if (result)
        call_ended(flight, result);
    else
        enter(flight, VESPA_FLIGHT_CALLING, when_time_is_up(flight));
}

/* Takes our handle out of the real multi handle, whether its transfer has ended or not. */
static void call_taken_out(struct vespa_flight *flight)
{
    vespa_table_take(&calls, flight->call);
    vespa_multi_take_out(flight->multi, flight->call);
}

static void advance_call(struct vespa_flight *flight)
{
    CURLcode result = flight->ended_with;
    if (!flight->ended) {
        result = CURLE_OPERATION_TIMEDOUT;
        if (!vespa_patience_limits(flight->transfer)) {
            flight->due_ms = when_time_is_up(flight);
            return;
        }
    }
    call_taken_out(flight);
    call_ended(flight, result);
}

/* ---- the other phases -------------------------------------------------------------------------
 */

static void advance_intake(struct vespa_flight *flight)
{
    CURLcode result = vespa_patience_limits(flight->transfer);
    enum vespa_intake intake = VESPA_INTAKE_FAILED;
    if (!result)
        intake = vespa_transfer_take_in(flight->transfer, &result);
    switch (intake) {
    case VESPA_INTAKE_MORE:
        break; /* it stays due */
    case VESPA_INTAKE_PAUSED:
        enter(flight, VESPA_FLIGHT_TAKING_IN, when_time_is_up(flight));
        break;
    case VESPA_INTAKE_READY:
        enter(flight, VESPA_FLIGHT_DECIDING, 0);
        break;
    case VESPA_INTAKE_FAILED:
        end_with(flight, result);
        break;
    }
}

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

static void advance_wait(struct vespa_flight *flight)
{
    CURLcode enough = vespa_patience_check(flight->transfer);
    if (enough) {
        end_with(flight, enough);
    } else if (vespa_now_ms() >= flight->wait_until_ms) {
        vespa_exchange_waited(flight->transfer->exchange, vespa_now_ms());
        enter(flight, VESPA_FLIGHT_DECIDING, 0);
    } else {
        flight->due_ms = next_look(flight);
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
        enter(flight, VESPA_FLIGHT_WAITING, 0);
        flight->due_ms = next_look(flight);
        break;
    case VESPA_SEND:
    case VESPA_REPLY:
    case VESPA_ORIGIN:
        if (vespa_transfer_begin_leg(transfer, step) == VESPA_LEG_BEGUN)
            launch(flight);
        break;
    case VESPA_DONE:
        conclude(flight, CURLE_OK);
        break;
    }
}

static void advance_leg(struct vespa_flight *flight)
{
    CURLcode result = flight->ended_with;
    if (vespa_transfer_end_leg(flight->transfer, &result)) {
        conclude(flight, result);
        return;
    }
    vespa_multi_take_out(flight->multi, flight->easy);
    flight->added = false;
    enter(flight, VESPA_FLIGHT_DECIDING, 0);
}

bool vespa_flight_step(struct vespa_flight *flight)
{
    if (!flight->ended && flight->due_ms > vespa_now_ms())
        return false;
    switch (flight->phase) {
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
    case VESPA_FLIGHT_OVER:
        return false;
    }
    return true;
}

void vespa_flight_unpause(struct vespa_flight *flight)
{
    if (flight->phase == VESPA_FLIGHT_TAKING_IN)
        flight->due_ms = 0;
}

CURLMcode vespa_flight_remove(struct vespa_flight *flight)
{
    CURLMcode code = CURLM_OK;
    if (flight->call) {
        CURL *call = flight->call;
        call_taken_out(flight);
        flight->call = NULL;
        vespa_caller_end(&flight->caller, flight->multi->api, call);
        vespa_multi_give_spare(flight->multi, call);
    }
    if (flight->added)
        code = vespa_multi_take_out(flight->multi, flight->easy);
    if (flight->transfer)
        vespa_transfer_finish(flight->transfer, CURLE_OK);
    flight->record->flight = NULL;
    free(flight);
    return code;
}
