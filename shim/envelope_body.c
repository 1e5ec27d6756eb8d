/* The envelope's way into libcurl. */
#include "shim/envelope_body.h"

#include "core/send.h"
#include "shim/leg.h"

#include <stdio.h>

static size_t read_callback(char *to, size_t size, size_t count, void *user)
{
    struct vespa_transfer *transfer = user;
    size_t length = vespa_send_read(transfer->send, transfer->read_offset, to, size * count);
    transfer->read_offset += length;
    return length;
}

/* libcurl rewinds when it sends the request again on a new connection. */
static int seek_callback(void *user, curl_off_t offset, int origin)
{
    struct vespa_transfer *transfer = user;
    if (origin != SEEK_SET || offset < 0 || (uint64_t)offset > transfer->send->body_length)
        return CURL_SEEKFUNC_CANTSEEK;
    transfer->read_offset = (uint64_t)offset;
    return CURL_SEEKFUNC_OK;
}

static CURLcode set_option(struct vespa_transfer *transfer, unsigned id,
                           union vespa_argument argument)
{
    vespa_record_touch(transfer->record, id);
    return vespa_option_apply(transfer->api, transfer->record->easy, vespa_option_find(id),
                              argument);
}

static CURLcode set_post_fields(struct vespa_transfer *transfer, const char *fields,
                                uint64_t length)
{
    CURL *easy = transfer->record->easy;
    CURLcode result =
        transfer->api->easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
    return result ? result : transfer->api->easy_setopt(easy, CURLOPT_POSTFIELDS, fields);
}

static CURLcode set_joined(struct vespa_transfer *transfer, const struct vespa_send *send)
{
    struct vespa_buffer *joined = &transfer->text;
    vespa_buffer_reset(joined);
    vespa_send_join(send, joined);
    if (joined->failed)
        return CURLE_OUT_OF_MEMORY;
    return set_post_fields(transfer, joined->data, joined->length);
}

/* Without fields a POST reads the callback. As long as any are set, even for an upload, libcurl up
 * to 8.5 does not rewind a body that it sends again, and the worker waits for it. */
static CURLcode set_segments(struct vespa_transfer *transfer, const struct vespa_send *send)
{
    union vespa_argument reader = {.function = (void (*)(void))read_callback};
    union vespa_argument seeker = {.function = (void (*)(void))seek_callback};
    union vespa_argument user = {.object = transfer};
    CURLcode result = set_post_fields(transfer, NULL, send->body_length);
    result = result ? result : set_option(transfer, CURLOPT_READFUNCTION, reader);
    result = result ? result : set_option(transfer, CURLOPT_READDATA, user);
    result = result ? result : set_option(transfer, CURLOPT_SEEKFUNCTION, seeker);
    return result ? result : set_option(transfer, CURLOPT_SEEKDATA, user);
}

static CURLcode set_body(struct vespa_transfer *transfer, const struct vespa_send *send)
{
    return send->body_length <= VESPA_SEND_JOINED_LIMIT ? set_joined(transfer, send)
                                                        : set_segments(transfer, send);
}

/* With NOBODY libcurl sends no body, whatever the method; but the envelope has to arrive, so there
 * it is the answer's body that is read away. */
CURLcode vespa_envelope_body_set(struct vespa_transfer *transfer, const struct vespa_send *send)
{
    CURL *easy = transfer->record->easy;
    bool no_body = transfer->record->no_body;
    transfer->record->method_touched = true;
    transfer->send = send;
    transfer->read_offset = 0;
    transfer->answer.head_only = no_body && send->has_body;
    CURLcode result = transfer->api->easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    if (!result && send->has_body)
        result = set_body(transfer, send);
    else if (!result && no_body)
        result = transfer->api->easy_setopt(easy, CURLOPT_NOBODY, 1L);
    if (result)
        return result;
    union vespa_argument custom = {.object =
                                       (void *)(uintptr_t)vespa_send_custom_method(send, no_body)};
    return set_option(transfer, CURLOPT_CUSTOMREQUEST, custom);
}
