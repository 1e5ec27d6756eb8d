/*
 * An HTTP request as libcurl writes it on a socket of ours, read back: its head, and its body
 * without the framing. For forms, which nobody but libcurl can put together (shim/form.h).
 */
#ifndef VESPA_SHIM_REQUEST_READER_H
#define VESPA_SHIM_REQUEST_READER_H

#include "core/buffer.h"

enum vespa_reading {
    VESPA_READING_HEAD,
    VESPA_READING_LENGTH,     /* a body of known length */
    VESPA_READING_CHUNK_SIZE, /* in chunks: the line before one */
    VESPA_READING_CHUNK,
    VESPA_READING_CHUNK_END, /* the line end behind one */
    VESPA_READING_TRAILER,   /* lines up to an empty one */
    VESPA_READING_DONE,
    VESPA_READING_BROKEN /* not what libcurl writes, or memory ran out */
};

struct vespa_request_reader {
    enum vespa_reading state;
    struct vespa_buffer head; /* owned; whole behind VESPA_READING_HEAD */
    struct vespa_buffer line; /* owned: of a chunk's size or of the trailer */
    uint64_t left;            /* of the body, or of the chunk */
};

/* Reads on, and appends what is of the body to *body. reader is zero-initialised at first. */
void vespa_request_reader_feed(struct vespa_request_reader *reader, struct vespa_slice bytes,
                               struct vespa_buffer *body);

/* The value of a header of the head; empty: there is none. Borrowed. */
struct vespa_slice vespa_request_reader_header(const struct vespa_request_reader *reader,
                                               struct vespa_slice name);

void vespa_request_reader_end(struct vespa_request_reader *reader);

#endif
