/* The application's request, taken in: its body collected and scanned, its exchange begun. */
#include "shim/collect.h"
#include "shim/form.h"
#include "shim/process.h"
#include "shim/request.h"
#include "shim/transfer.h"

#include <stdio.h>
#include <stdlib.h>

/* Scanned at a time: a few tenths of a millisecond. */
#define SCAN_PORTION ((size_t)256 * 1024)

static enum vespa_intake fail(struct vespa_transfer *transfer, CURLcode *result, CURLcode code,
                              const char *text)
{
    if (text)
        snprintf(transfer->error, sizeof transfer->error, "%s", text);
    *result = code;
    return VESPA_INTAKE_FAILED;
}

static enum vespa_intake collect(struct vespa_transfer *transfer, CURLcode *result)
{
    char text[CURL_ERROR_SIZE];
    switch (vespa_collect_portion(transfer, transfer->body_expected)) {
    case VESPA_COLLECT_MORE:
        return VESPA_INTAKE_MORE;
    case VESPA_COLLECT_PAUSED:
        return VESPA_INTAKE_PAUSED;
    case VESPA_COLLECT_WHOLE:
        transfer->collecting = false;
        transfer->body = vespa_buffer_slice(&transfer->collected);
        return VESPA_INTAKE_MORE;
    case VESPA_COLLECT_TOO_LARGE:
        transfer->collecting = false;
        transfer->body_kind = VESPA_BODY_TOO_LARGE;
        return VESPA_INTAKE_MORE;
    case VESPA_COLLECT_ABORTED:
        return fail(transfer, result, CURLE_ABORTED_BY_CALLBACK, "operation aborted by callback");
    case VESPA_COLLECT_SHORT:
        snprintf(text, sizeof text, "the read callback ended after %zu of %lld bytes",
                 transfer->collected.length, (long long)transfer->body_expected);
        return fail(transfer, result, CURLE_PARTIAL_FILE, text);
    case VESPA_COLLECT_NO_MEMORY:
        break;
    }
    return fail(transfer, result, CURLE_OUT_OF_MEMORY, NULL);
}

/* Where the body comes from; once, at the beginning. */
static void open_body(struct vespa_transfer *transfer)
{
    const struct vespa_record *record = transfer->record;
    vespa_payload_init(&transfer->payload);
    switch (vespa_record_body(record, &transfer->body_expected)) {
    case VESPA_SOURCE_NONE:
        transfer->body_kind = VESPA_BODY_NONE;
        return;
    case VESPA_SOURCE_FORM:
        transfer->body_kind = VESPA_BODY_FORM;
        return;
    case VESPA_SOURCE_MEMORY:
        transfer->body_kind = VESPA_BODY_BYTES;
        transfer->body_held = vespa_shared_bytes_hold(record->post_copy);
        transfer->body = transfer->body_expected >= 0
                             ? vespa_slice(record->post_fields, (size_t)transfer->body_expected)
                             : vespa_slice_of(record->post_fields);
        return;
    case VESPA_SOURCE_CALLBACK:
        transfer->body_kind = VESPA_BODY_BYTES;
        transfer->collecting = true;
        return;
    }
}

/* True: the body is scanned to its end, or need not be. */
static bool scan(struct vespa_transfer *transfer)
{
    struct vespa_slice body = transfer->body;
    size_t end = transfer->payload.json.offset + SCAN_PORTION;
    if (transfer->body_kind != VESPA_BODY_BYTES || body.length == 0)
        return true;
    bool last = end >= body.length;
    struct vespa_slice part = last ? body : vespa_slice_part(body, 0, end);
    return vespa_payload_scan(&transfer->payload, part, last) != VESPA_PAYLOAD_MORE;
}

static bool wants_form(const struct vespa_transfer *transfer)
{
    const struct vespa_rule *rule = transfer->record->rule;
    return transfer->body_kind == VESPA_BODY_FORM && !transfer->form_read && rule &&
           rule->translates_uploads;
}

static enum vespa_intake read_form(struct vespa_transfer *transfer, CURLcode *result)
{
    transfer->form_read = true;
    transfer->leg = VESPA_LEG_FORM;
    *result = vespa_form_begin(transfer);
    return *result ? fail(transfer, result, *result, NULL) : VESPA_INTAKE_LEG;
}

bool vespa_transfer_begin_exchange(struct vespa_transfer *transfer, uint64_t now_ms)
{
    struct vespa_request request;
    struct vespa_header *headers;
    vespa_exchange_free(transfer->exchange);
    transfer->exchange = NULL;
    if (!vespa_request_describe(transfer->record, &request, &headers))
        return false;
    request.body_kind = transfer->body_kind;
    request.body = transfer->body;
    if (transfer->form_read)
        request.content_type =
            vespa_request_reader_header(&transfer->form, VESPA_LITERAL("Content-Type"));
    request.payload = transfer->payload.status == VESPA_PAYLOAD_MORE ? NULL : &transfer->payload;
    vespa_follow_describe(transfer, &request);
    transfer->exchange = vespa_exchange_new(vespa_process_runtime(), &request, now_ms);
    free(headers);
    return transfer->exchange != NULL;
}

enum vespa_intake vespa_transfer_take_in(struct vespa_transfer *transfer, CURLcode *result)
{
    if (vespa_values_number(&transfer->record->values, CURLOPT_CONNECT_ONLY, 0))
        return fail(transfer, result, CURLE_UNSUPPORTED_PROTOCOL,
                    "a bare connection (CURLOPT_CONNECT_ONLY) to a virtual host cannot be routed");
    if (!transfer->body_open) {
        transfer->body_open = true;
        open_body(transfer);
    }
    if (transfer->collecting)
        return collect(transfer, result);
    if (wants_form(transfer))
        return read_form(transfer, result);
    if (!scan(transfer))
        return VESPA_INTAKE_MORE;
    return vespa_transfer_begin_exchange(transfer, transfer->started_us / 1000)
               ? VESPA_INTAKE_READY
               : fail(transfer, result, CURLE_OUT_OF_MEMORY, NULL);
}
