// An answer on its way to a client.

#include "cli/proxy/answer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_PENDING = 64 * 1024, // bytes held for a client that does not take them
    BLOCK = 8 * 1024          // given to libmicrohttpd at a time; it clears so much for each answer
};

// What belongs to the worker's connection and not to the answer (RFC 9110 §7.6.1), and what frames
// it, which is libmicrohttpd's.
static bool is_of_connection(struct vespa_slice name)
{
    static const struct vespa_slice names[] = {
        VESPA_LITERAL("Connection"),       VESPA_LITERAL("Content-Length"),
        VESPA_LITERAL("Keep-Alive"),       VESPA_LITERAL("Proxy-Authenticate"),
        VESPA_LITERAL("Proxy-Connection"), VESPA_LITERAL("TE"),
        VESPA_LITERAL("Trailer"),          VESPA_LITERAL("Transfer-Encoding"),
        VESPA_LITERAL("Upgrade"),
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (vespa_slice_equal_nocase(name, names[i]))
            return true;
    // Which web pages may read an answer is not the worker's to say.
    static const struct vespa_slice pages = VESPA_LITERAL("Access-Control-");
    return name.length > pages.length &&
           vespa_slice_equal_nocase(vespa_slice_part(name, 0, pages.length), pages);
}

// The length that is known, or MHD_SIZE_UNKNOWN.
static uint64_t length_of(const struct vespa_answer_head *head)
{
    uint64_t length = head->own ? head->own_length : MHD_SIZE_UNKNOWN;
    for (size_t i = 0; i < head->header_count; i++) {
        struct vespa_slice value = head->headers[i].value;
        if (vespa_slice_equal_nocase(head->headers[i].name, VESPA_LITERAL("Transfer-Encoding")))
            return MHD_SIZE_UNKNOWN;
        if (!vespa_slice_equal_nocase(head->headers[i].name, VESPA_LITERAL("Content-Length")))
            continue;
        char digits[24] = "";
        if (value.length >= sizeof digits)
            continue;
        memcpy(digits, value.data, value.length);
        if (*digits && strspn(digits, "0123456789") == value.length)
            length = strtoull(digits, NULL, 10);
    }
    return length;
}

static bool has_body(int status)
{
    return status != MHD_HTTP_NO_CONTENT && status != MHD_HTTP_NOT_MODIFIED;
}

static bool add_header(struct MHD_Response *response, const struct vespa_header *header)
{
    char *name = vespa_slice_copy(header->name);
    char *value = vespa_slice_copy(header->value);
    bool copied = name && value;
    // A value that is empty is none to libmicrohttpd; that of a worker says nothing either.
    if (copied && *value)
        MHD_add_response_header(response, name, value);
    free(name);
    free(value);
    return copied;
}

static bool add_headers(struct MHD_Response *response, const struct vespa_answer_head *head)
{
    for (size_t i = 0; i < head->header_count; i++)
        if (!is_of_connection(head->headers[i].name) && !add_header(response, &head->headers[i]))
            return false;
    return true;
}

static bool keep(struct vespa_proxy_answer *answer, struct MHD_Response *response,
                 const struct vespa_answer_head *head)
{
    if (!response || !add_headers(response, head)) {
        if (response)
            MHD_destroy_response(response);
        return false;
    }
    answer->response = response;
    answer->status = head->status;
    answer->own = head->own;
    return true;
}

static struct MHD_Response *make_response(uint64_t length, MHD_ContentReaderCallback reader,
                                          void *client)
{
    size_t block = length < BLOCK ? (size_t)length + 1 : BLOCK;
    return MHD_create_response_from_callback(length, block, reader, client, NULL);
}

bool vespa_proxy_answer_begin(struct vespa_proxy_answer *answer,
                              const struct vespa_answer_head *head,
                              MHD_ContentReaderCallback reader, void *client)
{
    struct MHD_Response *response =
        has_body(head->status) ? make_response(length_of(head), reader, client)
                               : MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    return keep(answer, response, head);
}

enum vespa_taken vespa_proxy_answer_add(struct vespa_proxy_answer *answer, struct vespa_slice bytes)
{
    if (answer->pending.length - answer->taken >= MOST_PENDING) {
        answer->stalled = true;
        return VESPA_NOT_TAKEN;
    }
    vespa_buffer_append(&answer->pending, bytes);
    return answer->pending.failed ? VESPA_REFUSED : VESPA_TAKEN;
}

ssize_t vespa_proxy_answer_take(struct vespa_proxy_answer *answer, char *to, size_t size)
{
    size_t left = answer->pending.length - answer->taken;
    size_t given = left < size ? left : size;
    if (!left && answer->end == VESPA_PROXY_WHOLE)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (!left && answer->end == VESPA_PROXY_CUT)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (!given)
        return 0;
    memcpy(to, answer->pending.data + answer->taken, given);
    answer->taken += given;
    if (answer->taken == answer->pending.length) {
        vespa_buffer_reset(&answer->pending);
        answer->taken = 0;
    }
    return (ssize_t)given;
}

void vespa_proxy_answer_free(struct vespa_proxy_answer *answer)
{
    if (answer->response)
        MHD_destroy_response(answer->response);
    vespa_buffer_free(&answer->pending);
}
