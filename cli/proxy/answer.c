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

// ---- the head ----

static void append_text(struct vespa_buffer *buffer, struct vespa_slice text)
{
    vespa_buffer_append(buffer, vespa_slice_part(text, 0, vespa_slice_find(text, '\0')));
    vespa_buffer_append_byte(buffer, '\0');
}

// A value that is empty is none to libmicrohttpd; that of a worker says nothing either.
static void keep_headers(struct vespa_buffer *buffer, const struct vespa_answer_head *head)
{
    for (size_t i = 0; i < head->header_count; i++) {
        if (!head->headers[i].value.length || is_of_connection(head->headers[i].name))
            continue;
        append_text(buffer, head->headers[i].name);
        append_text(buffer, head->headers[i].value);
    }
}

bool vespa_proxy_answer_begin(struct vespa_proxy_answer *answer,
                              const struct vespa_answer_head *head)
{
    keep_headers(&answer->headers, head);
    if (answer->headers.failed)
        return false;
    answer->begun = true;
    answer->status = head->status;
    answer->own = head->own;
    answer->length = length_of(head);
    return true;
}

// ---- the response ----

static void add_headers(struct MHD_Response *response, struct vespa_slice headers)
{
    const char *end = headers.data + headers.length;
    for (const char *name = headers.data; name < end;) {
        const char *value = name + strlen(name) + 1;
        MHD_add_response_header(response, name, value);
        name = value + strlen(value) + 1;
    }
}

// Not so an answer to HEAD, which states a length and has no body.
static bool is_whole(const struct vespa_proxy_answer *answer)
{
    size_t length = answer->pending.length;
    return answer->end == VESPA_PROXY_WHOLE && length &&
           (answer->length == length || answer->length == MHD_SIZE_UNKNOWN);
}

// The body changes hands.
static struct MHD_Response *make_whole(struct vespa_proxy_answer *answer)
{
    size_t length = answer->pending.length;
    char *body = vespa_buffer_take(&answer->pending);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(length, body, MHD_RESPMEM_MUST_FREE);
    if (!response)
        free(body);
    return response;
}

static struct MHD_Response *make_response(struct vespa_proxy_answer *answer,
                                          MHD_ContentReaderCallback reader, void *client)
{
    if (!has_body(answer->status))
        return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    if (is_whole(answer))
        return make_whole(answer);
    size_t block = answer->length < BLOCK ? (size_t)answer->length + 1 : BLOCK;
    return MHD_create_response_from_callback(answer->length, block, reader, client, NULL);
}

struct MHD_Response *vespa_proxy_answer_response(struct vespa_proxy_answer *answer,
                                                 MHD_ContentReaderCallback reader, void *client)
{
    answer->response = make_response(answer, reader, client);
    if (answer->response)
        add_headers(answer->response, vespa_buffer_slice(&answer->headers));
    vespa_buffer_free(&answer->headers);
    return answer->response;
}

// ---- the body ----

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
    vespa_buffer_free(&answer->headers);
    vespa_buffer_free(&answer->pending);
}
