// Growing byte buffers and borrowed slices.

#include "cli/sim/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *vespa_sim_alloc(size_t size)
{
    void *memory = malloc(size ? size : 1);
    if (!memory) {
        fprintf(stderr, "vespa sim: out of memory (%zu bytes wanted)\n", size);
        _Exit(1);
    }
    return memory;
}

char *vespa_sim_copy(const char *string)
{
    size_t size = strlen(string) + 1;
    return memcpy(vespa_sim_alloc(size), string, size);
}

struct vespa_sim_slice vespa_sim_slice(const char *string)
{
    return (struct vespa_sim_slice){string, strlen(string)};
}

bool vespa_sim_slice_is(struct vespa_sim_slice slice, const char *string)
{
    return slice.length == strlen(string) && memcmp(slice.data, string, slice.length) == 0;
}

struct vespa_sim_slice vespa_sim_text_slice(const struct vespa_sim_text *text)
{
    return (struct vespa_sim_slice){vespa_sim_text_string(text), text->length};
}

const char *vespa_sim_text_string(const struct vespa_sim_text *text)
{
    return text->data ? text->data : "";
}

// Makes room for `more` bytes and the NUL behind them.
static void reserve(struct vespa_sim_text *text, size_t more)
{
    size_t needed = text->length + more + 1;
    if (needed <= text->capacity)
        return;
    size_t capacity = text->capacity ? text->capacity : 64;
    while (capacity < needed)
        capacity *= 2;
    char *data = vespa_sim_alloc(capacity);
    if (text->length)
        memcpy(data, text->data, text->length);
    free(text->data);
    text->data = data;
    text->capacity = capacity;
}

void vespa_sim_text_add(struct vespa_sim_text *text, const void *bytes, size_t length)
{
    reserve(text, length);
    if (length)
        memcpy(text->data + text->length, bytes, length);
    text->length += length;
    text->data[text->length] = '\0';
}

void vespa_sim_text_add_slice(struct vespa_sim_text *text, struct vespa_sim_slice slice)
{
    vespa_sim_text_add(text, slice.data, slice.length);
}

void vespa_sim_text_add_string(struct vespa_sim_text *text, const char *string)
{
    vespa_sim_text_add(text, string, strlen(string));
}

void vespa_sim_text_printf(struct vespa_sim_text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list measured;
    va_copy(measured, arguments);
    int length = vsnprintf(NULL, 0, format, measured);
    va_end(measured);
    if (length > 0) {
        reserve(text, (size_t)length);
        vsnprintf(text->data + text->length, (size_t)length + 1, format, arguments);
        text->length += (size_t)length;
    }
    va_end(arguments);
}

void vespa_sim_text_free(struct vespa_sim_text *text)
{
    free(text->data);
    *text = (struct vespa_sim_text){0};
}

size_t vespa_sim_utf8_length(const char *bytes, size_t available)
{
    const unsigned char *at = (const unsigned char *)bytes;
    if (!available)
        return 0;
    if (at[0] < 0x80)
        return 1;
    size_t length = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    if (at[0] < 0xc2 || at[0] > 0xf4 || available < length)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
        (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
        return 0;
    return length;
}

void vespa_sim_text_add_json(struct vespa_sim_text *text, struct vespa_sim_slice value)
{
    vespa_sim_text_add(text, "\"", 1);
    for (size_t i = 0; i < value.length;) {
        unsigned char byte = (unsigned char)value.data[i];
        size_t length = vespa_sim_utf8_length(value.data + i, value.length - i);
        if (byte == '"' || byte == '\\')
            vespa_sim_text_printf(text, "\\%c", byte);
        else if (byte < 0x20 || length == 0)
            vespa_sim_text_printf(text, "\\u%04x", byte);
        else
            vespa_sim_text_add(text, value.data + i, length);
        i += length ? length : 1;
    }
    vespa_sim_text_add(text, "\"", 1);
}
