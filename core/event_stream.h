/*
 * Whether a stream of events (text/event-stream) was complete: model servers end it with the event
 * "data: [DONE]", and where its framing does not tell a cut from an end, only that does.
 */
#ifndef VESPA_CORE_EVENT_STREAM_H
#define VESPA_CORE_EVENT_STREAM_H

#include "core/head.h"

/* Zeroed to begin with. */
struct vespa_event_stream {
    char tail[32]; /* the last bytes */
    size_t length;
};

/* Whether a head announces such a stream, and not a compressed one, which cannot be read here. */
bool vespa_event_stream_begins(const struct vespa_head *head);

/* The next bytes of the body. */
void vespa_event_stream_feed(struct vespa_event_stream *stream, struct vespa_slice bytes);

/* Whether its last line that is not empty was "data: [DONE]". */
bool vespa_event_stream_is_done(const struct vespa_event_stream *stream);

#endif
