/* A growing byte buffer, and the forms in which values go into requests: JSON, percent-encoding. */
#include "core/buffer.h"

#include "core/json_span.h"
#include "core/utf8.h"

#include <stdlib.h>

enum { SMALLEST_CAPACITY = 128 };

/* Room for that many bytes and a zero; at least doubles, so that appending stays linear. */
static bool grow(struct vespa_buffer *buffer, size_t needed)
{
    size_t capacity = buffer->capacity < SMALLEST_CAPACITY ? SMALLEST_CAPACITY : buffer->capacity;

    while (capacity < needed)
        capacity = capacity > SIZE_MAX / 2 ? needed : capacity * 2;

    char *data = realloc(buffer->data, capacity);
    if (!data) {
        buffer->failed = true;
        return false;
    }
    data[buffer->length] = '\0';
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

bool vespa_buffer_reserve(struct vespa_buffer *buffer, size_t more)
{
    if (buffer->failed)
        return false;
    if (more < buffer->capacity - buffer->length)
        return true;
    if (more > SIZE_MAX - 1 - buffer->length) {
        buffer->failed = true;
        return false;
    }
    return grow(buffer, buffer->length + more + 1);
}

void vespa_buffer_append(struct vespa_buffer *buffer, struct vespa_slice bytes)
{
    if (!bytes.length || !vespa_buffer_reserve(buffer, bytes.length))
        return;
    memcpy(buffer->data + buffer->length, bytes.data, bytes.length);
    buffer->length += bytes.length;
    buffer->data[buffer->length] = '\0';
}

void vespa_buffer_append_string(struct vespa_buffer *buffer, const char *string)
{
    vespa_buffer_append(buffer, vespa_slice_of(string));
}

void vespa_buffer_append_byte(struct vespa_buffer *buffer, char byte)
{
    vespa_buffer_append(buffer, vespa_slice(&byte, 1));
}

void vespa_buffer_append_number(struct vespa_buffer *buffer, uint64_t number)
{
    char digits[20]; /* as many as UINT64_MAX has */
    size_t start = sizeof(digits);

    do {
        digits[--start] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    vespa_buffer_append(buffer, vespa_slice(digits + start, sizeof(digits) - start));
}

/* The length of what a broken sequence has in common with a valid one, at least 1: the part that
 * one U+FFFD stands for (the Unicode Standard, 3.9, "maximal subpart"). */
static size_t broken_sequence(struct vespa_slice text)
{
    struct vespa_utf8_lead lead = vespa_utf8_leads[(unsigned char)text.data[0]];
    size_t length = 1;

    while (length <= lead.left && length < text.length) {
        unsigned char byte = (unsigned char)text.data[length];
        if (byte < (length == 1 ? lead.low : 0x80) || byte > (length == 1 ? lead.high : 0xBF))
            break;
        length++;
    }
    return length;
}

static void append_escape(struct vespa_buffer *buffer, char byte)
{
    static const char hex[] = "0123456789abcdef";
    static const char letters[' '] = {
        ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
    unsigned char code = (unsigned char)byte;
    char escape[6] = {'\\', byte};
    size_t length = 2;

    if (code < ' ' && letters[code]) {
        escape[1] = letters[code];
    } else if (code < ' ') {
        memcpy(escape, "\\u00", 4);
        escape[4] = hex[code >> 4];
        escape[5] = hex[code & 0xF];
        length = 6;
    }
    vespa_buffer_append(buffer, vespa_slice(escape, length));
}

void vespa_buffer_append_json(struct vespa_buffer *buffer, struct vespa_slice text)
{
    vespa_buffer_append_byte(buffer, '"');
    while (text.length) {
        size_t skip = vespa_json_span(text.data, text.length);
        vespa_buffer_append(buffer, vespa_slice_part(text, 0, skip));
        if (skip < text.length && (unsigned char)text.data[skip] < 0x80) {
            append_escape(buffer, text.data[skip++]);
        } else if (skip < text.length) {
            skip += broken_sequence(vespa_slice_part(text, skip, text.length));
            vespa_buffer_append(buffer, VESPA_LITERAL(VESPA_UTF8_REPLACEMENT));
        }
        text = vespa_slice_part(text, skip, text.length);
    }
    vespa_buffer_append_byte(buffer, '"');
}

static bool is_unreserved(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_' || byte == '~';
}

void vespa_buffer_append_percent(struct vespa_buffer *buffer, struct vespa_slice bytes)
{
    static const char hex[] = "0123456789ABCDEF";

    for (size_t i = 0; i < bytes.length; i++) {
        unsigned char code = (unsigned char)bytes.data[i];
        if (is_unreserved(bytes.data[i]))
            vespa_buffer_append_byte(buffer, bytes.data[i]);
        else
            vespa_buffer_append(buffer,
                                vespa_slice((char[]){'%', hex[code >> 4], hex[code & 0xF]}, 3));
    }
}

struct vespa_slice vespa_buffer_slice(const struct vespa_buffer *buffer)
{
    return vespa_slice(buffer->data, buffer->length);
}

void vespa_buffer_reset(struct vespa_buffer *buffer)
{
    buffer->length = 0;
    buffer->failed = false;
    if (buffer->data)
        buffer->data[0] = '\0';
}

void vespa_buffer_wipe(struct vespa_buffer *buffer)
{
    if (buffer->data)
        explicit_bzero(buffer->data, buffer->length);
    vespa_buffer_reset(buffer);
}

bool vespa_buffer_shrink(struct vespa_buffer *buffer, size_t capacity)
{
    if (capacity == 0 || capacity >= buffer->capacity)
        return false;
    char *data = realloc(buffer->data, capacity);
    if (!data)
        return false;
    buffer->data = data;
    buffer->capacity = capacity;
    if (buffer->length >= capacity)
        buffer->length = capacity - 1;
    data[buffer->length] = '\0';
    return true;
}

void vespa_buffer_free(struct vespa_buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct vespa_buffer){0};
}

void vespa_buffer_free_secret(struct vespa_buffer *buffer)
{
    if (buffer->data)
        explicit_bzero(buffer->data, buffer->capacity);
    vespa_buffer_free(buffer);
}

char *vespa_buffer_take(struct vespa_buffer *buffer)
{
    vespa_buffer_reserve(buffer, 0);

    char *text = buffer->failed ? NULL : buffer->data;
    if (!text)
        free(buffer->data);
    *buffer = (struct vespa_buffer){0};
    return text;
}
