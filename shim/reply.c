/* An answer of the core's as it goes over the wire of a canned leg. */
#include "shim/reply.h"

#include "shim/canned.h"

bool vespa_reply_write(struct vespa_buffer *text, const struct vespa_reply *reply, bool head_only)
{
    vespa_buffer_append_string(text, "HTTP/1.1 ");
    vespa_buffer_append_number(text, (uint64_t)reply->status);
    vespa_buffer_append_byte(text, ' ');
    vespa_buffer_append_string(text, reply->reason);
    vespa_buffer_append_string(text, "\r\n");
    for (size_t i = 0; i < reply->header_count; i++) {
        vespa_buffer_append(text, reply->headers[i].name);
        vespa_buffer_append_string(text, ": ");
        vespa_buffer_append(text, reply->headers[i].value);
        vespa_buffer_append_string(text, "\r\n");
    }
    vespa_buffer_append_string(text, "Content-Length: ");
    vespa_buffer_append_number(text, reply->body.length);
    vespa_buffer_append_string(text, "\r\nConnection: close\r\n\r\n");
    if (!head_only)
        vespa_buffer_append(text, reply->body);
    return !text->failed && text->length <= VESPA_CANNED_LIMIT;
}
