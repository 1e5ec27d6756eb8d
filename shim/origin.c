/* ORIGIN: the request goes where the application aimed it. */
#include "shim/origin.h"

#include "shim/leg.h"
#include "shim/outcome.h"

#include <stdio.h>
#include <string.h>

static size_t read_collected(char *to, size_t size, size_t count, void *user)
{
    struct vespa_transfer *transfer = user;
    size_t length = transfer->collected.length - transfer->collected_read;
    if (length > size * count)
        length = size * count;
    if (length)
        memcpy(to, transfer->collected.data + transfer->collected_read, length);
    transfer->collected_read += length;
    return length;
}

static int seek_collected(void *user, curl_off_t offset, int origin)
{
    struct vespa_transfer *transfer = user;
    if (origin != SEEK_SET || offset < 0 || (size_t)offset > transfer->collected.length)
        return CURL_SEEKFUNC_CANTSEEK;
    transfer->collected_read = (size_t)offset;
    return CURL_SEEKFUNC_OK;
}

static void read_from_collected(struct vespa_transfer *transfer)
{
    CURLcode (*setopt)(CURL *, CURLoption, ...) = transfer->api->easy_setopt;
    CURL *easy = transfer->record->easy;
    static const unsigned replaced[] = {CURLOPT_READFUNCTION, CURLOPT_READDATA,
                                        CURLOPT_SEEKFUNCTION, CURLOPT_SEEKDATA};
    for (size_t i = 0; i < sizeof replaced / sizeof *replaced; i++)
        vespa_record_touch(transfer->record, replaced[i]);
    transfer->collected_read = 0;
    setopt(easy, CURLOPT_READFUNCTION, read_collected);
    setopt(easy, CURLOPT_READDATA, transfer);
    setopt(easy, CURLOPT_SEEKFUNCTION, seek_collected);
    setopt(easy, CURLOPT_SEEKDATA, transfer);
}

/* Where a worker's redirect has led before. */
static void go_where_redirected(struct vespa_transfer *transfer)
{
    const struct vespa_follow *follow = &transfer->follow;
    struct vespa_record *record = transfer->record;
    if (follow->url) {
        vespa_record_touch(record, CURLOPT_URL);
        transfer->api->easy_setopt(record->easy, CURLOPT_URL, follow->url);
    }
    if (follow->as_get && !record->no_body) {
        record->method_touched = true;
        transfer->api->easy_setopt(record->easy, CURLOPT_HTTPGET, 1L);
    }
}

void vespa_origin_begin(struct vespa_transfer *transfer)
{
    curl_off_t size;
    vespa_leg_restore(transfer);
    vespa_outcome_leave(transfer->record);
    if (vespa_record_body(transfer->record, &size) == VESPA_SOURCE_CALLBACK)
        read_from_collected(transfer);
    go_where_redirected(transfer);
    long left = vespa_transfer_time_left(transfer);
    if (left >= 0)
        vespa_leg_set_number(transfer, CURLOPT_TIMEOUT_MS, left > 0 ? left : 1);
}

void vespa_origin_end(struct vespa_transfer *transfer)
{
    const char *error = vespa_values_object(&transfer->record->values, CURLOPT_ERRORBUFFER);
    snprintf(transfer->error, sizeof transfer->error, "%s", error ? error : "");
}
