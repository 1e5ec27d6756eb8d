/* A request of libcurl's, read back. */
#include "shim/request_reader.h"

#include "core/head.h"

#include <stdlib.h>

static struct vespa_slice cut(struct vespa_slice *bytes, size_t length)
{
    struct vespa_slice part = vespa_slice_part(*bytes, 0, length);
    *bytes = vespa_slice_part(*bytes, length, bytes->length);
    return part;
}

static bool ends_with(const struct vespa_buffer *text, struct vespa_slice end)
{
    return text->length >= end.length &&
           memcmp(text->data + text->length - end.length, end.data, end.length) == 0;
}

/* Moves one line into *line; true when it is whole. */
static bool take_line(struct vespa_slice *bytes, struct vespa_buffer *line)
{
    size_t feed = vespa_slice_find(*bytes, '\n');
    bool whole = feed < bytes->length;
    vespa_buffer_append(line, cut(bytes, whole ? feed + 1 : feed));
    return whole;
}

struct vespa_slice vespa_request_reader_header(const struct vespa_request_reader *reader,
                                               struct vespa_slice name)
{
    struct vespa_slice rest = vespa_buffer_slice(&reader->head);
    struct vespa_slice line;
    struct vespa_header field;
    vespa_head_next_line(&rest, &line); /* the request line */
    while (vespa_head_next_field(&rest, &field))
        if (vespa_slice_equal_nocase(field.name, name))
            return field.value;
    return vespa_slice(NULL, 0);
}

static void begin_body(struct vespa_request_reader *reader)
{
    struct vespa_slice length =
        vespa_request_reader_header(reader, VESPA_LITERAL("Content-Length"));
    struct vespa_slice coding =
        vespa_request_reader_header(reader, VESPA_LITERAL("Transfer-Encoding"));
    if (vespa_slice_equal_nocase(coding, VESPA_LITERAL("chunked"))) {
        reader->state = VESPA_READING_CHUNK_SIZE;
    } else if (length.length) {
        /* A zero-terminated buffer lies around it. */
        reader->left = strtoull(length.data, NULL, 10);
        reader->state = reader->left ? VESPA_READING_LENGTH : VESPA_READING_DONE;
    } else {
        reader->state = VESPA_READING_BROKEN;
    }
}

static void read_head(struct vespa_request_reader *reader, struct vespa_slice *bytes)
{
    while (bytes->length && reader->state == VESPA_READING_HEAD)
        if (take_line(bytes, &reader->head) && ends_with(&reader->head, VESPA_LITERAL("\r\n\r\n")))
            begin_body(reader);
}

static void read_body(struct vespa_request_reader *reader, struct vespa_slice *bytes,
                      struct vespa_buffer *body)
{
    size_t part = reader->left < bytes->length ? (size_t)reader->left : bytes->length;
    vespa_buffer_append(body, cut(bytes, part));
    reader->left -= part;
    if (reader->left == 0)
        reader->state =
            reader->state == VESPA_READING_LENGTH ? VESPA_READING_DONE : VESPA_READING_CHUNK_END;
}

/* The line before a chunk, the one behind it, or one of the trailer. */
static void read_line(struct vespa_request_reader *reader, struct vespa_slice *bytes)
{
    if (!take_line(bytes, &reader->line) || reader->line.failed)
        return;
    bool is_empty = reader->line.length <= 2;
    if (reader->state == VESPA_READING_CHUNK_SIZE) {
        reader->left = strtoull(reader->line.data, NULL, 16);
        reader->state = is_empty       ? VESPA_READING_BROKEN
                        : reader->left ? VESPA_READING_CHUNK
                                       : VESPA_READING_TRAILER;
    } else if (reader->state == VESPA_READING_CHUNK_END) {
        reader->state = is_empty ? VESPA_READING_CHUNK_SIZE : VESPA_READING_BROKEN;
    } else if (is_empty) {
        reader->state = VESPA_READING_DONE;
    }
    vespa_buffer_reset(&reader->line);
}

void vespa_request_reader_feed(struct vespa_request_reader *reader, struct vespa_slice bytes,
                               struct vespa_buffer *body)
{
    while (bytes.length && reader->state < VESPA_READING_DONE) {
        switch (reader->state) {
        case VESPA_READING_HEAD:
            read_head(reader, &bytes);
            break;
        case VESPA_READING_LENGTH:
        case VESPA_READING_CHUNK:
            read_body(reader, &bytes, body);
            break;
        default:
            read_line(reader, &bytes);
            break;
        }
        if (reader->head.failed || reader->line.failed || body->failed)
            reader->state = VESPA_READING_BROKEN;
    }
}

void vespa_request_reader_end(struct vespa_request_reader *reader)
{
    vespa_buffer_free(&reader->head);
    vespa_buffer_free(&reader->line);
}
