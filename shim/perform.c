/* The blocking driver: a routed curl_easy_perform, step by step. */
#include "shim/perform.h"

#include "shim/autoscaler.h"
#include "shim/outcome.h"
#include "shim/patience.h"
#include "shim/process.h"
#include "shim/transfer.h"

/* A paused read callback is asked again after so long. */
#define PAUSE_MS 20

/* Takes the request in; CURLE_OK: the exchange has begun. */
static CURLcode take_in(struct vespa_transfer *transfer)
{
    for (;;) {
        CURLcode result = vespa_patience_limits(transfer);
        if (result)
            return result;
        switch (vespa_transfer_take_in(transfer, &result)) {
        case VESPA_INTAKE_MORE:
            break;
        case VESPA_INTAKE_PAUSED:
            result = vespa_patience_wait(transfer, PAUSE_MS);
            if (result)
                return result;
            break;
        case VESPA_INTAKE_LEG:
            result = transfer->api->easy_perform(transfer->record->easy);
            if (vespa_transfer_end_leg(transfer, &result))
                return result;
            break;
        case VESPA_INTAKE_READY:
            return CURLE_OK;
        case VESPA_INTAKE_FAILED:
            return result;
        }
    }
}

static CURLcode end_with(struct vespa_transfer *transfer, CURLcode result)
{
    if (vespa_transfer_begin_end(transfer, result))
        transfer->api->easy_perform(transfer->record->easy);
    vespa_transfer_end_leg(transfer, &result);
    return result;
}

/* True: the request is over, with *result. */
static bool perform_leg(struct vespa_transfer *transfer, const struct vespa_step *step,
                        CURLcode *result)
{
    if (vespa_transfer_begin_leg(transfer, step) == VESPA_LEG_REFUSED)
        return false;
    *result = transfer->api->easy_perform(transfer->record->easy);
    return vespa_transfer_end_leg(transfer, result);
}

/* Does steps until the request is over. */
static CURLcode drive(struct vespa_transfer *transfer)
{
    CURLcode result = take_in(transfer);
    while (!result) {
        result = vespa_patience_limits(transfer);
        if (result)
            break;
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
        case VESPA_REPLY:
        case VESPA_ORIGIN:
            if (perform_leg(transfer, step, &result))
                return result;
            result = CURLE_OK;
            break;
        case VESPA_DONE:
            return CURLE_OK;
        }
    }
    return end_with(transfer, result);
}

CURLcode vespa_perform(struct vespa_record *record)
{
    if (record->transfer || record->flight)
        return CURLE_FAILED_INIT; /* as libcurl answers for a handle that is in use */
    struct vespa_transfer *transfer = vespa_transfer_new(record);
    if (!transfer)
        return CURLE_OUT_OF_MEMORY;
    CURLcode result = drive(transfer);
    vespa_transfer_finish(transfer, result);
    return result;
}

/* libcurl's own curl_easy_perform may come through curl_multi_add_handle's hook. */
CURLcode vespa_perform_untouched(struct vespa_record *record)
{
    bool nested = record->performing;
    vespa_outcome_leave(record);
    if (!nested)
        vespa_runtime_count(vespa_process_runtime(), VESPA_COUNT_PASSED);
    record->performing = true;
    CURLcode result = record->api->easy_perform(record->easy);
    record->performing = nested;
    return result;
}
