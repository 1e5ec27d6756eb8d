/* The application's patience while the shim works or waits for it. */
#include "shim/patience.h"

#include "shim/process.h"

#include <poll.h>
#include <stdio.h>

/* A wait is cut into slices of this, with the progress callback called in between: libcurl itself
 * calls it at least once a second, and far more often while something happens. */
#define SLICE_MS 200

bool vespa_patience_progress(const struct vespa_transfer *transfer)
{
    const struct vespa_values *values = &transfer->record->values;
    const struct vespa_value *modern = vespa_values_find(values, CURLOPT_XFERINFOFUNCTION);
    const struct vespa_value *old = vespa_values_find(values, CURLOPT_PROGRESSFUNCTION);
    void *user = vespa_values_object(values, CURLOPT_XFERINFODATA);
    if (vespa_values_number(values, CURLOPT_NOPROGRESS, 1))
        return true;
    if (modern && modern->argument.function) {
        curl_xferinfo_callback call = (curl_xferinfo_callback)modern->argument.function;
        int answer = call(user, 0, 0, 0, 0);
        return answer == 0 || answer == CURL_PROGRESSFUNC_CONTINUE;
    }
    if (old && old->argument.function) {
        curl_progress_callback call = (curl_progress_callback)old->argument.function;
        int answer = call(user, 0, 0, 0, 0);
        return answer == 0 || answer == CURL_PROGRESSFUNC_CONTINUE;
    }
    return true;
}

CURLcode vespa_patience_limits(struct vespa_transfer *transfer)
{
    const struct vespa_values *values = &transfer->record->values;
    long speed = vespa_values_number(values, CURLOPT_LOW_SPEED_LIMIT, 0);
    long seconds = vespa_values_number(values, CURLOPT_LOW_SPEED_TIME, 0);
    long spent_ms = (long)(vespa_transfer_elapsed_us(transfer) / 1000);
    if (vespa_transfer_time_left(transfer) == 0) {
        snprintf(transfer->error, sizeof transfer->error,
                 "Operation timed out after %ld milliseconds with 0 bytes received", spent_ms);
        return CURLE_OPERATION_TIMEDOUT;
    }
    if (speed > 0 && seconds > 0 && spent_ms / 1000 >= seconds) {
        snprintf(transfer->error, sizeof transfer->error,
                 "Operation too slow. Less than %ld bytes/sec transferred the last %ld seconds",
                 speed, seconds);
        return CURLE_OPERATION_TIMEDOUT;
    }
    return CURLE_OK;
}

bool vespa_patience_is_asked(const struct vespa_transfer *transfer)
{
    const struct vespa_values *values = &transfer->record->values;
    return !vespa_values_number(values, CURLOPT_NOPROGRESS, 1) ||
           vespa_values_number(values, CURLOPT_LOW_SPEED_LIMIT, 0) > 0;
}

CURLcode vespa_patience_check(struct vespa_transfer *transfer)
{
    if (!vespa_patience_progress(transfer)) {
        snprintf(transfer->error, sizeof transfer->error, "Callback aborted");
        return CURLE_ABORTED_BY_CALLBACK;
    }
    return vespa_patience_limits(transfer);
}

CURLcode vespa_patience_wait(struct vespa_transfer *transfer, uint32_t milliseconds)
{
    uint64_t end_ms = vespa_now_ms() + milliseconds;
    for (;;) {
        CURLcode enough = vespa_patience_check(transfer);
        uint64_t now_ms = vespa_now_ms();
        if (enough || now_ms >= end_ms)
            return enough;
        uint64_t slice = end_ms - now_ms;
        long left = vespa_transfer_time_left(transfer);
        if (slice > SLICE_MS)
            slice = SLICE_MS;
        if (left > 0 && slice > (uint64_t)left)
            slice = (uint64_t)left;
        poll(NULL, 0, (int)slice); /* a signal cuts a slice short, not the wait */
    }
}
