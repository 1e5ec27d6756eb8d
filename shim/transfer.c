/* One routed transfer: what all drivers do alike. */
#include "shim/transfer.h"

#include "core/send.h"
#include "shim/answer.h"
#include "shim/form.h"
#include "shim/leg.h"
#include "shim/origin.h"
#include "shim/outcome.h"
#include "shim/process.h"
#include "shim/reply.h"

#include <stdio.h>
#include <stdlib.h>

/* Of a body that was collected, at a time: the system takes it in a few tenths of a millisecond. */
#define GIVEN_BACK ((size_t)4 * 1024 * 1024)

static void destroy(struct vespa_spare *spare)
{
    struct vespa_transfer *transfer = (struct vespa_transfer *)spare;
    vespa_header_list_free(&transfer->headers);
    vespa_buffer_free(&transfer->answer.head);
    vespa_buffer_free(&transfer->text);
    free(transfer);
}

static struct vespa_spares *spares(void)
{
    return vespa_runtime_spares(vespa_process_runtime(), VESPA_SPARE_TRANSFER);
}

/* All zero, but for the memory of one that is over. */
static struct vespa_transfer *take_or_allocate(void)
{
    struct vespa_transfer *transfer = (struct vespa_transfer *)vespa_spares_take(spares());
    if (!transfer)
        transfer = calloc(1, sizeof *transfer);
    if (transfer)
        transfer->spare.destroy = destroy;
    return transfer;
}

/* Forgets all that it was about. */
static void give_memory(struct vespa_transfer *transfer)
{
    *transfer = (struct vespa_transfer){
        .spare = transfer->spare,
        .headers = transfer->headers,
        .text = vespa_spare_buffer(&transfer->text),
        .answer = {.head = vespa_spare_buffer(&transfer->answer.head)},
    };
    vespa_spares_give(spares(), &transfer->spare);
}

struct vespa_transfer *vespa_transfer_new(struct vespa_record *record)
{
    struct vespa_transfer *transfer = record->no_memory ? NULL : take_or_allocate();
    if (!transfer)
        return NULL;
    transfer->record = record;
    transfer->api = record->api;
    transfer->started_us = transfer->leg_us = vespa_now_us();
    transfer->root_file = -1;
    transfer->canned.other_end = -1;
    vespa_outcome_begin(record);
    record->transfer = transfer;
    return transfer;
}

void vespa_transfer_finish(struct vespa_transfer *transfer, CURLcode result)
{
    struct vespa_record *record = transfer->record;
    char *shown = vespa_values_object(&record->values, CURLOPT_ERRORBUFFER);
    vespa_cookies_clean(&transfer->cookies, transfer);
    vespa_leg_restore(transfer);
    record->outcome.total_us = vespa_transfer_elapsed_us(transfer);
    record->transfer = NULL;
    if (shown && result)
        snprintf(shown, CURL_ERROR_SIZE, "%s", transfer->error);
    else if (shown)
        shown[0] = '\0';
    vespa_exchange_free(transfer->exchange);
    vespa_follow_end(&transfer->follow);
    vespa_shared_bytes_release(transfer->body_held);
    vespa_request_reader_end(&transfer->form);
    vespa_buffer_free(&transfer->collected);
    give_memory(transfer);
}

bool vespa_transfer_shrink(struct vespa_transfer *transfer)
{
    struct vespa_buffer *body = &transfer->collected;
    if (body->capacity <= GIVEN_BACK)
        return false;
    return vespa_buffer_shrink(body, body->capacity - GIVEN_BACK);
}

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

/* ---- legs -------------------------------------------------------------------------------------
 */

static bool is_connected(const struct vespa_transfer *transfer)
{
    return vespa_send_bytes_sent(transfer->api, transfer->record->easy) > 0;
}

/* libcurl's time-outs may end a little before their time. */
#define EARLY_MS 50

/* Whether the leg ended because the application wanted it to: then its result is the answer. A
 * time-out is the application's if its own time is up, or if it was not the rule's and a connection
 * stood (the low-speed rule). */
static bool is_applications_end(const struct vespa_transfer *transfer, CURLcode result)
{
    uint32_t within_ms = transfer->send->head_within_ms;
    if (transfer->answer.repeat.refused)
        return false;
    if (transfer->answer.refused || result == CURLE_ABORTED_BY_CALLBACK)
        return true;
    if (result != CURLE_OPERATION_TIMEDOUT)
        return false;
    if (vespa_transfer_time_left(transfer) == 0)
        return true;
    uint64_t leg_ms = (vespa_now_us() - transfer->leg_us) / 1000;
    return is_connected(transfer) && (within_ms == 0 || leg_ms + EARLY_MS < within_ms);
}

/* A success without a head: something came that libcurl forgave, and that is no HTTP. */
static void report_failure(struct vespa_transfer *transfer, CURLcode result)
{
    result = result ? result : CURLE_WEIRD_SERVER_REPLY;
    enum vespa_failure failure = vespa_failure_of((struct vespa_transfer_end){
        .code = (int)result,
        .connected = is_connected(transfer),
        .answer_started = transfer->answer.status != 0,
    });
    const char *text = transfer->error[0] ? transfer->error : transfer->api->easy_strerror(result);
    const char *detail = vespa_send_failure_text(transfer->api, transfer->record->easy, failure,
                                                 text, &transfer->text);
    if (transfer->answer.repeat.refused) {
        failure = VESPA_FAILURE_CLOSED;
        detail = "a kept-alive connection";
    }
    vespa_exchange_failed(transfer->exchange, vespa_now_ms(), failure, detail);
}

static enum vespa_leg_begin begin_send(struct vespa_transfer *transfer,
                                       const struct vespa_send *send)
{
    CURLcode result = vespa_leg_worker(transfer, send);
    if (!result) {
        vespa_cookies_guard(&transfer->cookies, transfer, send->url);
        return VESPA_LEG_BEGUN;
    }
    vespa_exchange_failed(transfer->exchange, vespa_now_ms(), VESPA_FAILURE_LOCAL,
                          transfer->api->easy_strerror(result));
    return VESPA_LEG_REFUSED;
}

/* True: the request is over. */
static bool end_send(struct vespa_transfer *transfer, CURLcode *result)
{
    vespa_answer_settle(transfer, result);
    vespa_cookies_clean(&transfer->cookies, transfer);
    switch (transfer->answer.state) {
    case VESPA_ANSWER_DELIVER:
        vespa_runtime_note_routing(vespa_process_runtime(),
                                   transfer->leg_us - transfer->started_us);
        if (!*result || *result == CURLE_HTTP_RETURNED_ERROR)
            vespa_exchange_finished(transfer->exchange, vespa_now_ms());
        else if (!is_applications_end(transfer, *result))
            report_failure(transfer, *result);
        if (!*result && transfer->answer.followed)
            return !vespa_follow_begin(transfer, result);
        return true;
    case VESPA_ANSWER_DISCARD:
        if (*result == CURLE_ABORTED_BY_CALLBACK)
            return true;
        vespa_exchange_finished(transfer->exchange, vespa_now_ms());
        return false;
    case VESPA_ANSWER_HEAD:
        break;
    }
    if (is_applications_end(transfer, *result))
        return true;
    report_failure(transfer, *result);
    return false;
}

/* A reply that cannot be given ends the request with an error. */
static void begin_reply(struct vespa_transfer *transfer, const struct vespa_reply *reply)
{
    CURLcode result = CURLE_OUT_OF_MEMORY;
    vespa_buffer_reset(&transfer->text);
    if (vespa_reply_write(&transfer->text, reply, transfer->record->no_body))
        result = vespa_leg_canned(transfer, vespa_buffer_slice(&transfer->text),
                                  vespa_leg_timeout(transfer, 0));
    if (result) {
        transfer->leg = VESPA_LEG_END;
        transfer->end_result = result;
    }
}

enum vespa_leg_begin vespa_transfer_begin_leg(struct vespa_transfer *transfer,
                                              const struct vespa_step *step)
{
    switch (step->kind) {
    case VESPA_SEND:
        transfer->leg = VESPA_LEG_SEND;
        return begin_send(transfer, &step->send);
    case VESPA_REPLY:
        transfer->leg = VESPA_LEG_REPLY;
        begin_reply(transfer, &step->reply);
        return VESPA_LEG_BEGUN;
    default:
        transfer->leg = VESPA_LEG_ORIGIN;
        vespa_origin_begin(transfer);
        return VESPA_LEG_BEGUN;
    }
}

bool vespa_transfer_begin_end(struct vespa_transfer *transfer, CURLcode result)
{
    char error[CURL_ERROR_SIZE];
    snprintf(error, sizeof error, "%s",
             transfer->error[0] ? transfer->error : transfer->api->easy_strerror(result));
    transfer->leg = VESPA_LEG_END;
    transfer->end_result = result;
    bool ready = !vespa_leg_canned(transfer, VESPA_LITERAL(""), 1) &&
                 !vespa_leg_set_number(transfer, CURLOPT_NOPROGRESS, 1);
    vespa_buffer_reset(&transfer->text);
    vespa_buffer_append_string(&transfer->text, error);
    return ready;
}

/* The leg's own message says why it could not succeed; the request's says why it should not. */
static void keep_message(struct vespa_transfer *transfer)
{
    struct vespa_slice text = vespa_buffer_slice(&transfer->text);
    snprintf(transfer->error, sizeof transfer->error, "%.*s", (int)text.length,
             text.length ? text.data : "");
}

bool vespa_transfer_end_leg(struct vespa_transfer *transfer, CURLcode *result)
{
    enum vespa_leg leg = transfer->leg;
    transfer->leg = VESPA_LEG_NONE;
    switch (leg) {
    case VESPA_LEG_FORM:
        return !vespa_form_end(transfer, result);
    case VESPA_LEG_SEND:
        return end_send(transfer, result);
    case VESPA_LEG_REPLY:
        vespa_answer_settle(transfer, result);
        vespa_exchange_replied(transfer->exchange, vespa_now_ms());
        return true;
    case VESPA_LEG_END:
        *result = transfer->end_result;
        keep_message(transfer);
        return true;
    case VESPA_LEG_ORIGIN:
        vespa_exchange_replied(transfer->exchange, vespa_now_ms());
        vespa_origin_end(transfer);
        return true;
    case VESPA_LEG_NONE:
        break;
    }
    return true;
}
