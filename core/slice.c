/* Byte slices: comparing, searching, copying. */
#include "core/slice.h"

#include <stdlib.h>

static unsigned char lower(char byte)
{
    unsigned char c = (unsigned char)byte;
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c + ('a' - 'A')) : c;
}

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

bool vespa_bytes_equal_nocase(const char *a, const char *b, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (a[i] != b[i] && lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

bool vespa_slice_starts_with(struct vespa_slice slice, struct vespa_slice prefix)
{
    return slice.length >= prefix.length &&
           vespa_slice_equal(vespa_slice(slice.data, prefix.length), prefix);
}

bool vespa_slice_contains_nocase(struct vespa_slice slice, struct vespa_slice needle)
{
    for (size_t i = 0; i + needle.length <= slice.length; i++)
        if (vespa_slice_equal_nocase(vespa_slice_part(slice, i, i + needle.length), needle))
            return true;
    return false;
}

struct vespa_slice vespa_slice_trim(struct vespa_slice slice)
{
    while (slice.length && is_space(slice.data[slice.length - 1]))
        slice.length--;
    while (slice.length && is_space(slice.data[0])) {
        slice.data++;
        slice.length--;
    }
    return slice;
}

size_t vespa_slice_find(struct vespa_slice slice, char byte)
{
    const char *found = slice.length ? memchr(slice.data, byte, slice.length) : NULL;
    return found ? (size_t)(found - slice.data) : slice.length;
}

char *vespa_slice_copy(struct vespa_slice slice)
{
    char *copy = malloc(slice.length + 1);
    if (!copy)
        return NULL;
    if (slice.length)
        memcpy(copy, slice.data, slice.length);
    copy[slice.length] = '\0';
    return copy;
}
