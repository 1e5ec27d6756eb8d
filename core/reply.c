/* Answers of our own. */
#include "core/reply.h"

#include <stdio.h>

static const struct vespa_header content_type = {VESPA_LITERAL("Content-Type"),
                                                 VESPA_LITERAL("application/json")};

/* RFC 9110 §15.5.6 demands it in a 405. */
static const struct vespa_header allow = {VESPA_LITERAL("Allow"),
                                          VESPA_LITERAL("GET, HEAD, POST, PUT, PATCH, DELETE")};

/* OpenAI's and Anthropic's client libraries repeat a request after any 5xx, unless told so. */
static const struct vespa_header do_not_repeat = {VESPA_LITERAL("x-should-retry"),
                                                  VESPA_LITERAL("false")};

const char *vespa_reply_reason(int status)
{
    switch (status) {
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 413:
        return "Content Too Large";
    case 415:
        return "Unsupported Media Type";
    case 500:
        return "Internal Server Error";
    case 502:
        return "Bad Gateway";
    case 503:
        return "Service Unavailable";
    default:
        return "Error";
    }
}

/* OpenAI's names. */
static const char *type_of(int status)
{
    if (status == 401)
        return "authentication_error";
    return status < 500 ? "invalid_request_error" : "server_error";
}

/* The message without what no terminal should get to see, and not too long. Returns its length. */
static size_t clean(struct vespa_slice message, char to[static VESPA_REPLY_MESSAGE_LIMIT])
{
    size_t length = message.length;

    if (length > VESPA_REPLY_MESSAGE_LIMIT) {
        length = VESPA_REPLY_MESSAGE_LIMIT;
        while (length && ((unsigned char)message.data[length] & 0xC0) == 0x80)
            length--; /* not in the middle of a UTF-8 sequence */
    }
    for (size_t i = 0; i < length; i++) {
        char byte = message.data[i];
        to[i] = (unsigned char)byte < ' ' || byte == 0x7F ? ' ' : byte;
    }
    return length;
}

static void write_body(const struct vespa_reply_words *words, struct vespa_buffer *body)
{
    char message[VESPA_REPLY_MESSAGE_LIMIT];
    size_t length = clean(words->message, message);

    vespa_buffer_reset(body);
    vespa_buffer_append_string(body, "{\"error\":{\"message\":");
    vespa_buffer_append_json(body, vespa_slice(message, length));
    vespa_buffer_append_string(body, ",\"type\":");
    vespa_buffer_append_json(body, vespa_slice_of(type_of(words->status)));
    vespa_buffer_append_string(body, ",\"code\":");
    vespa_buffer_append_json(body, vespa_slice_of(words->code));
    vespa_buffer_append_string(body, "}}");
}

void vespa_reply_make(const struct vespa_reply_words *words, struct vespa_reply_memory *memory,
                      struct vespa_reply *reply)
{
    size_t count = 0;

    write_body(words, &memory->body);
    if (memory->body.failed) {
        vespa_reply_no_memory(reply);
        return;
    }
    memory->headers[count++] = content_type;
    if (words->status == 405)
        memory->headers[count++] = allow;
    if (words->do_not_repeat) {
        memory->headers[count++] = do_not_repeat;
    } else if (words->retry_after_s) {
        snprintf(memory->retry_after, sizeof(memory->retry_after), "%u", words->retry_after_s);
        memory->headers[count++] = (struct vespa_header){VESPA_LITERAL("Retry-After"),
                                                         vespa_slice_of(memory->retry_after)};
    }
    *reply = (struct vespa_reply){
        .status = words->status,
        .reason = vespa_reply_reason(words->status),
        .code = words->code,
        .headers = memory->headers,
        .header_count = count,
        .body = vespa_buffer_slice(&memory->body),
    };
}

void vespa_reply_no_memory(struct vespa_reply *reply)
{
    *reply = (struct vespa_reply){
        .status = 500,
        .reason = vespa_reply_reason(500),
        .code = "out_of_memory",
        .headers = &content_type,
        .header_count = 1,
        .body = VESPA_LITERAL("{\"error\":{\"message\":\"vespa ran out of memory while it handled "
                              "this request.\",\"type\":\"server_error\","
                              "\"code\":\"out_of_memory\"}}"),
    };
}

void vespa_reply_free(struct vespa_reply_memory *memory)
{
    vespa_buffer_free(&memory->body);
}
