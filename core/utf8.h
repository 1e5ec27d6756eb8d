/*
 * UTF-8, byte by byte: which bytes may begin a sequence and which may follow (the Unicode Standard,
 * table 3-7). Overlong forms, surrogates and what lies beyond U+10FFFF are thereby left out.
 */
#ifndef VESPA_CORE_UTF8_H
#define VESPA_CORE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* U+FFFD, the replacement character. */
#define VESPA_UTF8_REPLACEMENT "\xEF\xBF\xBD"

struct vespa_utf8_lead {
    unsigned char left; /* bytes that have to follow; 0: no sequence begins with this byte */
    unsigned char low;  /* the range of the byte that follows first; the others are 80 to BF */
    unsigned char high;
};

/* What a byte of 80 or above announces. */
static inline struct vespa_utf8_lead vespa_utf8_lead(unsigned char byte)
{
    struct vespa_utf8_lead lead = {0, 0x80, 0xBF};

    if (byte >= 0xC2 && byte <= 0xDF)
        lead.left = 1;
    else if (byte >= 0xE0 && byte <= 0xEF)
        lead.left = 2;
    else if (byte >= 0xF0 && byte <= 0xF4)
        lead.left = 3;

    if (byte == 0xE0)
        lead.low = 0xA0; /* below: overlong */
    else if (byte == 0xED)
        lead.high = 0x9F; /* above: surrogates */
    else if (byte == 0xF0)
        lead.low = 0x90; /* below: overlong */
    else if (byte == 0xF4)
        lead.high = 0x8F; /* above: beyond U+10FFFF */
    return lead;
}

/* How many of the bytes, one at least, belong together as a sequence whose first byte is 80 or
 * above; *whole tells whether they are a valid sequence or only the beginning of one. */
static inline size_t vespa_utf8_sequence(const char *text, size_t length, bool *whole)
{
    struct vespa_utf8_lead lead = vespa_utf8_lead((unsigned char)text[0]);
    size_t at = 1;

    while (lead.left && at < length) {
        unsigned char byte = (unsigned char)text[at];
        if (byte < lead.low || byte > lead.high)
            break;
        lead = (struct vespa_utf8_lead){(unsigned char)(lead.left - 1), 0x80, 0xBF};
        at++;
    }
    *whole = at > 1 && lead.left == 0;
    return at;
}

/* Writes a code point that is not a surrogate as one to four bytes and returns their number. */
static inline size_t vespa_utf8_write(unsigned code, char to[static 4])
{
    if (code < 0x80) {
        to[0] = (char)code;
        return 1;
    }
    size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--) {
        to[i] = (char)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    to[0] = (char)((0xF00 >> length) | code);
    return length;
}

#endif
