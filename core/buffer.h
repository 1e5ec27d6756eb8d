/*
 * A growing byte buffer. Running out of memory is remembered instead of reported by each call: all
 * further appends do nothing, and the writer asks once, at the end, whether the text is whole.
 */
#ifndef VESPA_CORE_BUFFER_H
#define VESPA_CORE_BUFFER_H

#include "core/slice.h"

#include <stdint.h>

struct vespa_buffer {
    char *data; /* owned; zero-terminated whenever it is not NULL */
    size_t length;
    size_t capacity;
    bool failed; /* memory ran out; the contents are not whole */
};

/* Makes room for that many more bytes, so that appending them cannot fail. */
bool vespa_buffer_reserve(struct vespa_buffer *buffer, size_t more);

void vespa_buffer_append(struct vespa_buffer *buffer, struct vespa_slice bytes);
void vespa_buffer_append_string(struct vespa_buffer *buffer, const char *string);
void vespa_buffer_append_byte(struct vespa_buffer *buffer, char byte);

/* Decimal digits. */
void vespa_buffer_append_number(struct vespa_buffer *buffer, uint64_t number);

/* A JSON string with its quotes. Control characters, quote and backslash are escaped; bytes that
 * are not UTF-8 are replaced by U+FFFD, so that the result is always valid JSON (RFC 8259
 * §7, §8.1). */
void vespa_buffer_append_json(struct vespa_buffer *buffer, struct vespa_slice text);

/* Percent-encoded for a query: all but the unreserved characters of RFC 3986 §2.3. */
void vespa_buffer_append_percent(struct vespa_buffer *buffer, struct vespa_slice bytes);

/* What was written so far; borrowed, valid until the next append. */
struct vespa_slice vespa_buffer_slice(const struct vespa_buffer *buffer);

/* Empties the buffer and keeps its memory; clears `failed`. */
void vespa_buffer_reset(struct vespa_buffer *buffer);

/* Keeps no more than that many bytes of memory; contents beyond them are lost. False: as it was. */
bool vespa_buffer_shrink(struct vespa_buffer *buffer, size_t capacity);

/* Overwrites the contents and empties the buffer: for one that held a key. */
void vespa_buffer_wipe(struct vespa_buffer *buffer);

/* Frees the memory; the buffer is then as if zero-initialised. */
void vespa_buffer_free(struct vespa_buffer *buffer);

/* Overwrites the contents before it frees them: for buffers that held a key. Memory that the buffer
 * left when it grew is not reached, so reserve enough before the key goes in. */
void vespa_buffer_free_secret(struct vespa_buffer *buffer);

/* Gives the zero-terminated contents away, to be freed with free(), and leaves the buffer empty.
 * NULL when memory ran out; an empty buffer gives "". */
char *vespa_buffer_take(struct vespa_buffer *buffer);

#endif
