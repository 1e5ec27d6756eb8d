/* Whether a stream of events was complete. */
#include "core/event_stream.h"

bool vespa_event_stream_begins(const struct vespa_head *head)
{
    struct vespa_slice value, encoding;

    if (!vespa_head_find(head, VESPA_LITERAL("Content-Type"), &value))
        return false;
    value = vespa_slice_trim(vespa_slice_part(value, 0, vespa_slice_find(value, ';')));
    return vespa_slice_equal_nocase(value, VESPA_LITERAL("text/event-stream")) &&
           !vespa_head_find(head, VESPA_LITERAL("Content-Encoding"), &encoding);
}

void vespa_event_stream_feed(struct vespa_event_stream *stream, struct vespa_slice bytes)
{
    size_t room = sizeof(stream->tail);
    size_t added = bytes.length < room ? bytes.length : room;
    size_t kept = stream->length + added > room ? room - added : stream->length;

    if (!added)
        return;
    memmove(stream->tail, stream->tail + stream->length - kept, kept);
    memcpy(stream->tail + kept, bytes.data + bytes.length - added, added);
    stream->length = kept + added;
}

bool vespa_event_stream_is_done(const struct vespa_event_stream *stream)
{
    struct vespa_slice text = vespa_slice(stream->tail, stream->length);
    size_t start;

    while (text.length && strchr(" \t\r\n", text.data[text.length - 1]))
        text.length--;
    for (start = text.length; start && text.data[start - 1] != '\n'; start--)
        ;
    text = vespa_slice_part(text, start, text.length);
    if (!vespa_slice_starts_with(text, VESPA_LITERAL("data:")))
        return false;
    text = vespa_slice_trim(vespa_slice_part(text, strlen("data:"), text.length));
    return vespa_slice_equal(text, VESPA_LITERAL("[DONE]"));
}
