/* A form of libcurl's making, had as bytes. */
#include "shim/form.h"

#include "core/upload.h"
#include "shim/leg.h"
#include "shim/process.h"

#include <stdio.h>
#include <sys/socket.h>

/* Tells libcurl that all has come. */
static const char thanks[] =
    "HTTP/1.1 204 No Content\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

static size_t limit(void)
{
    size_t configured = vespa_runtime_config(vespa_process_runtime())->body_limit;
    return configured < VESPA_UPLOAD_REQUEST_LIMIT ? configured : VESPA_UPLOAD_REQUEST_LIMIT;
}

/* Reads one datagram; false when there is none, or no room for it. */
static bool read_datagram(struct vespa_transfer *transfer)
{
    char probe;
    ssize_t length =
        recv(transfer->canned.other_end, &probe, sizeof probe, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
    if (length < 0 || !vespa_buffer_reserve(&transfer->text, (size_t)length + 1))
        return false;
    length = recv(transfer->canned.other_end, transfer->text.data, (size_t)length, MSG_DONTWAIT);
    if (length < 0)
        return false;
    vespa_request_reader_feed(&transfer->form, vespa_slice(transfer->text.data, (size_t)length),
                              &transfer->collected);
    return true;
}

static bool is_over(const struct vespa_transfer *transfer)
{
    return transfer->form.state >= VESPA_READING_DONE || transfer->collected.length > limit();
}

/* libcurl calls it after each piece that it wrote, so the socket never fills up. */
static int progress(void *user, curl_off_t expected, curl_off_t received, curl_off_t to_send,
                    curl_off_t sent)
{
    struct vespa_transfer *transfer = user;
    (void)expected, (void)received, (void)to_send, (void)sent;
    if (transfer->canned.other_end < 0 || transfer->form.state >= VESPA_READING_DONE)
        return 0;
    while (!is_over(transfer) && read_datagram(transfer))
        ;
    if (transfer->form.state != VESPA_READING_DONE)
        return is_over(transfer) || transfer->text.failed;
    return send(transfer->canned.other_end, thanks, sizeof thanks - 1,
                MSG_DONTWAIT | MSG_NOSIGNAL) < 0;
}

CURLcode vespa_form_begin(struct vespa_transfer *transfer)
{
    vespa_buffer_reset(&transfer->text);
    return vespa_leg_form(transfer, (void (*)(void))progress);
}

bool vespa_form_end(struct vespa_transfer *transfer, CURLcode *result)
{
    bool memory = transfer->text.failed || transfer->collected.failed;
    bool whole = transfer->form.state == VESPA_READING_DONE;
    bool too_large = transfer->collected.length > limit();
    vespa_leg_restore(transfer);
    if (too_large && limit() < VESPA_UPLOAD_REQUEST_LIMIT)
        transfer->body_kind = VESPA_BODY_TOO_LARGE; /* by the configuration, not by the workers */
    if (whole || too_large) {
        transfer->body = vespa_buffer_slice(&transfer->collected);
        return true;
    }
    if (memory)
        *result = CURLE_OUT_OF_MEMORY;
    else if (!*result)
        *result = CURLE_SEND_ERROR; /* it wrote what is no request */
    return false;
}
