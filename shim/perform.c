/* The blocking driver: a routed curl_easy_perform, step by step. */
#include "shim/perform.h"

#include "shim/answer.h"
#include "shim/autoscaler.h"
#include "shim/collect.h"
#include "shim/cookies.h"
#include "shim/leg.h"
#include "shim/origin.h"
#include "shim/outcome.h"
#include "shim/patience.h"
#include "shim/process.h"
#include "shim/reply.h"
#include "shim/request.h"

#include <stdio.h>
#include <stdlib.h>

/* A paused read callback is asked again after so long. */
#define PAUSE_MS 20

curl_off_t vespa_transfer_elapsed_us(const struct vespa_transfer *transfer)
{
    return (curl_off_t)(vespa_now_us() - transfer->started_us);
}

long vespa_transfer_time_left(const struct vespa_transfer *transfer)
{
    if (transfer->record->timeout_ms <= 0)
        return -1;
    curl_off_t left = transfer->record->timeout_ms - vespa_transfer_elapsed_us(transfer) / 1000;
    return left > 0 ? (long)left : 0;
}

/* Ends a request on which no leg of its own has: with a leg that cannot succeed, for getinfo would
 * otherwise tell of the transfer before (design.md §2.2). The message stays the given one. */
static CURLcode end_with(struct vespa_transfer *transfer, CURLcode result)
{
    char error[CURL_ERROR_SIZE];
    snprintf(error, sizeof error, "%s", transfer->error);
    if (!vespa_leg_canned(transfer, VESPA_LITERAL(""), 1)) {
        vespa_leg_set_number(transfer, CURLOPT_NOPROGRESS, 1);
        transfer->api->easy_perform(transfer->record->easy);
    }
    if (!error[0])
        snprintf(error, sizeof error, "%s", transfer->api->easy_strerror(result));
    snprintf(transfer->error, sizeof transfer->error, "%s", error);
    return result;
}

static bool is_connected(const struct vespa_transfer *transfer)
{
    double seconds = 0;
    transfer->api->easy_getinfo(transfer->record->easy, CURLINFO_PRETRANSFER_TIME, &seconds);
    return seconds > 0;
}

/* Whether the leg ended because the application wanted it to: then its result is the answer. A
 * time-out is the application's if its own time is up, or if it was not the rule's and a connection
 * stood (the low-speed rule). */
static bool is_applications_end(struct vespa_transfer *transfer, const struct vespa_send *send,
                                CURLcode result)
{
    if (transfer->answer.refused || result == CURLE_ABORTED_BY_CALLBACK)
        return true;
    if (result != CURLE_OPERATION_TIMEDOUT)
        return false;
    if (vespa_transfer_time_left(transfer) == 0)
        return true;
    uint64_t leg_ms = (vespa_now_us() - transfer->leg_us) / 1000;
    return is_connected(transfer) && (send->head_within_ms == 0 || leg_ms < send->head_within_ms);
}

static void report_failure(struct vespa_transfer *transfer, CURLcode result)
{
    enum vespa_failure failure = vespa_failure_of((struct vespa_transfer_end){
        .code = (int)(result ? result : CURLE_GOT_NOTHING),
        .connected = is_connected(transfer),
        .answer_started = transfer->answer.status != 0,
    });
    const char *detail =
        transfer->error[0] ? transfer->error : transfer->api->easy_strerror(result);
    vespa_exchange_failed(transfer->exchange, vespa_now_ms(), failure, detail);
}

/* Performs the worker leg and reports. True: the request is over, and *result is its result. */
static bool send_to_worker(struct vespa_transfer *transfer, const struct vespa_send *send,
                           CURLcode *result)
{
    struct vespa_cookies cookies;
    *result = vespa_leg_worker(transfer, send);
    if (*result) {
        vespa_exchange_failed(transfer->exchange, vespa_now_ms(), VESPA_FAILURE_LOCAL,
                              transfer->api->easy_strerror(*result));
        return false;
    }
    vespa_cookies_guard(&cookies, transfer, send->url);
    *result = transfer->api->easy_perform(transfer->record->easy);
    if (!*result && !vespa_answer_settle(transfer))
        *result = CURLE_WRITE_ERROR;
    vespa_cookies_clean(&cookies, transfer);
    switch (transfer->answer.state) {
    case VESPA_ANSWER_DELIVER:
        if (!*result || *result == CURLE_HTTP_RETURNED_ERROR)
            vespa_exchange_finished(transfer->exchange, vespa_now_ms());
        else if (!is_applications_end(transfer, send, *result))
            report_failure(transfer, *result);
        return true;
    case VESPA_ANSWER_DISCARD:
        if (is_applications_end(transfer, send, *result) && *result == CURLE_ABORTED_BY_CALLBACK)
            return true;
        vespa_exchange_finished(transfer->exchange, vespa_now_ms());
        return false;
    case VESPA_ANSWER_HEAD:
        break;
    }
    if (is_applications_end(transfer, send, *result))
        return true;
    report_failure(transfer, *result);
    return false;
}

static CURLcode give_reply(struct vespa_transfer *transfer, const struct vespa_reply *reply)
{
    struct vespa_buffer text = {0};
    CURLcode result = CURLE_OUT_OF_MEMORY;
    bool fail = vespa_values_number(&transfer->record->values, CURLOPT_FAILONERROR, 0) != 0;
    if (vespa_reply_write(&text, reply, transfer->record->no_body))
        result =
            vespa_leg_canned(transfer, vespa_buffer_slice(&text), vespa_leg_timeout(transfer, 0));
    if (!result && fail)
        result = vespa_leg_set_number(transfer, CURLOPT_FAILONERROR, 1);
    if (!result)
        result = transfer->api->easy_perform(transfer->record->easy);
    vespa_exchange_replied(transfer->exchange, vespa_now_ms());
    vespa_buffer_free(&text);
    return result;
}

/* Does steps until the request is over. */
static CURLcode drive(struct vespa_transfer *transfer)
{
    for (;;) {
        CURLcode result = vespa_patience_limits(transfer);
        if (result)
            return end_with(transfer, result);
        const struct vespa_step *step = vespa_exchange_next(transfer->exchange, vespa_now_ms());
        switch (step->kind) {
        case VESPA_CALL:
            result = vespa_autoscaler_call(transfer, &step->call);
            break;
        case VESPA_WAIT:
            result = vespa_patience_wait(transfer, step->wait_ms);
            if (!result)
                vespa_exchange_waited(transfer->exchange, vespa_now_ms());
            break;
        case VESPA_SEND:
            if (send_to_worker(transfer, &step->send, &result))
                return result;
            result = CURLE_OK;
            break;
        case VESPA_REPLY:
            return give_reply(transfer, &step->reply);
        case VESPA_ORIGIN:
            result = vespa_origin_perform(transfer);
            vespa_exchange_replied(transfer->exchange, vespa_now_ms());
            return result;
        case VESPA_DONE:
            return CURLE_OK;
        }
        if (result)
            return end_with(transfer, result);
    }
}

/* Collects the body of a READFUNCTION. CURLE_OK: *kind says what became of it. */
static CURLcode collect(struct vespa_transfer *transfer, curl_off_t expected, enum vespa_body *kind)
{
    *kind = VESPA_BODY_BYTES;
    for (;;) {
        CURLcode enough = vespa_patience_limits(transfer);
        if (enough)
            return enough;
        switch (vespa_collect_portion(transfer, expected)) {
        case VESPA_COLLECT_MORE:
            break;
        case VESPA_COLLECT_PAUSED:
            enough = vespa_patience_wait(transfer, PAUSE_MS);
            if (enough)
                return enough;
            break;
        case VESPA_COLLECT_WHOLE:
            return CURLE_OK;
        case VESPA_COLLECT_TOO_LARGE:
            *kind = VESPA_BODY_TOO_LARGE;
            return CURLE_OK;
        case VESPA_COLLECT_ABORTED:
            snprintf(transfer->error, sizeof transfer->error, "operation aborted by callback");
            return CURLE_ABORTED_BY_CALLBACK;
        case VESPA_COLLECT_SHORT:
            snprintf(transfer->error, sizeof transfer->error,
                     "the read callback ended after %zu of %lld bytes", transfer->collected.length,
                     (long long)expected);
            return CURLE_PARTIAL_FILE;
        case VESPA_COLLECT_NO_MEMORY:
            return CURLE_OUT_OF_MEMORY;
        }
    }
}

/* The request's body, wherever it comes from. */
static CURLcode take_body(struct vespa_transfer *transfer, struct vespa_request *request)
{
    const struct vespa_record *record = transfer->record;
    curl_off_t size;
    CURLcode result;
    switch (vespa_record_body(record, &size)) {
    case VESPA_SOURCE_NONE:
        request->body_kind = VESPA_BODY_NONE;
        return CURLE_OK;
    case VESPA_SOURCE_FORM:
        request->body_kind = VESPA_BODY_FORM;
        return CURLE_OK;
    case VESPA_SOURCE_MEMORY:
        request->body_kind = VESPA_BODY_BYTES;
        request->body = size >= 0 ? vespa_slice(record->post_fields, (size_t)size)
                                  : vespa_slice_of(record->post_fields);
        return CURLE_OK;
    case VESPA_SOURCE_CALLBACK:
        break;
    }
    result = collect(transfer, size, &request->body_kind);
    request->body = vespa_buffer_slice(&transfer->collected);
    return result;
}

static CURLcode begin_exchange(struct vespa_transfer *transfer)
{
    struct vespa_request request;
    struct vespa_header *headers;
    CURLcode result = CURLE_OUT_OF_MEMORY;
    if (vespa_values_number(&transfer->record->values, CURLOPT_CONNECT_ONLY, 0)) {
        snprintf(transfer->error, sizeof transfer->error,
                 "a bare connection (CURLOPT_CONNECT_ONLY) to a virtual host cannot be routed");
        return CURLE_UNSUPPORTED_PROTOCOL;
    }
    if (!vespa_request_describe(transfer->record, &request, &headers))
        return result;
    result = take_body(transfer, &request);
    if (!result) {
        transfer->exchange =
            vespa_exchange_new(vespa_process_runtime(), &request, transfer->started_us / 1000);
        if (!transfer->exchange)
            result = CURLE_OUT_OF_MEMORY;
    }
    free(headers);
    return result;
}

/* Everything as it was before the application sees that the transfer is over. */
static void finish(struct vespa_transfer *transfer, CURLcode result)
{
    struct vespa_record *record = transfer->record;
    char *shown = vespa_values_object(&record->values, CURLOPT_ERRORBUFFER);
    vespa_leg_restore(transfer);
    record->outcome.total_us = vespa_transfer_elapsed_us(transfer);
    record->transfer = NULL;
    if (shown)
        snprintf(shown, CURL_ERROR_SIZE, "%s", result ? transfer->error : "");
    vespa_answer_end(&transfer->answer);
    vespa_exchange_free(transfer->exchange);
    vespa_buffer_free(&transfer->collected);
    vespa_buffer_free(&transfer->joined);
}

CURLcode vespa_perform(struct vespa_record *record)
{
    struct vespa_transfer transfer = {
        .record = record,
        .api = record->api,
        .started_us = vespa_now_us(),
        .root_file = -1,
        .canned = {.other_end = -1},
    };
    if (record->transfer)
        return CURLE_FAILED_INIT; /* as libcurl answers for a handle that is in use */
    record->transfer = &transfer;
    vespa_outcome_begin(record);
    transfer.leg_us = transfer.started_us;
    CURLcode result = begin_exchange(&transfer);
    result = result ? end_with(&transfer, result) : drive(&transfer);
    finish(&transfer, result);
    return result;
}
