/* ORIGIN: the request goes where the application aimed it. */
#include "shim/origin.h"

#include "shim/leg.h"
#include "shim/outcome.h"

#include <stdio.h>
#include <string.h>

/* The collected body, read once more. */
struct reader {
    struct vespa_slice body;
    size_t offset;
};

static size_t read_collected(char *to, size_t size, size_t count, void *user)
{
    struct reader *reader = user;
    size_t length = reader->body.length - reader->offset;
    if (length > size * count)
        length = size * count;
    if (length)
        memcpy(to, reader->body.data + reader->offset, length);
    reader->offset += length;
    return length;
}

static int seek_collected(void *user, curl_off_t offset, int origin)
{
    struct reader *reader = user;
    if (origin != SEEK_SET || offset < 0 || (size_t)offset > reader->body.length)
        return CURL_SEEKFUNC_CANTSEEK;
    reader->offset = (size_t)offset;
    return CURL_SEEKFUNC_OK;
}

static void read_from(struct vespa_transfer *transfer, struct reader *reader)
{
    CURLcode (*setopt)(CURL *, CURLoption, ...) = transfer->api->easy_setopt;
    CURL *easy = transfer->record->easy;
    static const unsigned replaced[] = {CURLOPT_READFUNCTION, CURLOPT_READDATA,
                                        CURLOPT_SEEKFUNCTION, CURLOPT_SEEKDATA};
    for (size_t i = 0; i < sizeof replaced / sizeof *replaced; i++)
        vespa_record_touch(transfer->record, replaced[i]);
    setopt(easy, CURLOPT_READFUNCTION, read_collected);
    setopt(easy, CURLOPT_READDATA, reader);
    setopt(easy, CURLOPT_SEEKFUNCTION, seek_collected);
    setopt(easy, CURLOPT_SEEKDATA, reader);
}

CURLcode vespa_origin_perform(struct vespa_transfer *transfer)
{
    struct reader reader = {.body = vespa_buffer_slice(&transfer->collected)};
    curl_off_t size;
    vespa_leg_restore(transfer);
    vespa_outcome_clear(&transfer->record->outcome);
    if (vespa_record_body(transfer->record, &size) == VESPA_SOURCE_CALLBACK)
        read_from(transfer, &reader);
    long left = vespa_transfer_time_left(transfer);
    if (left >= 0)
        vespa_leg_set_number(transfer, CURLOPT_TIMEOUT_MS, left > 0 ? left : 1);
    CURLcode result = transfer->api->easy_perform(transfer->record->easy);
    const char *error = vespa_values_object(&transfer->record->values, CURLOPT_ERRORBUFFER);
    snprintf(transfer->error, sizeof transfer->error, "%s", error ? error : "");
    return result;
}
