/* Percent-encoding (RFC 3986 §2.1), resolved byte by byte. */
#ifndef VESPA_CORE_PERCENT_H
#define VESPA_CORE_PERCENT_H

#include "core/slice.h"

static inline int vespa_hex_value(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    if (byte >= 'a' && byte <= 'f')
        return byte - 'a' + 10;
    if (byte >= 'A' && byte <= 'F')
        return byte - 'A' + 10;
    return -1;
}

/* Takes the next byte off *rest, its encoding resolved; -1 at the end. A '%' that begins no
 * encoding stands for itself. */
static inline int vespa_percent_next(struct vespa_slice *rest)
{
    if (!rest->length)
        return -1;

    int byte = (unsigned char)rest->data[0];
    size_t used = 1;
    if (byte == '%' && rest->length >= 3) {
        int high = vespa_hex_value(rest->data[1]);
        int low = vespa_hex_value(rest->data[2]);
        if (high >= 0 && low >= 0) {
            byte = high * 16 + low;
            used = 3;
        }
    }
    *rest = vespa_slice_part(*rest, used, rest->length);
    return byte;
}

/* The same with ASCII letters in lower case. */
static inline int vespa_percent_next_lower(struct vespa_slice *rest)
{
    int byte = vespa_percent_next(rest);
    return byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte;
}

#endif
