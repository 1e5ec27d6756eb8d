/*
 * UTF-8, byte by byte: which bytes may begin a sequence and which may follow (the Unicode Standard,
 * table 3-7). Overlong forms, surrogates and what lies beyond U+10FFFF are thereby left out.
 */
#ifndef VESPA_CORE_UTF8_H
#define VESPA_CORE_UTF8_H

#include <stddef.h>

/* U+FFFD, the replacement character. */
#define VESPA_UTF8_REPLACEMENT "\xEF\xBF\xBD"

struct vespa_utf8_lead {
    unsigned char left; /* bytes that have to follow; 0: no sequence begins with this byte */
    unsigned char low;  /* the range of the byte that follows first; the others are 80 to BF */
    unsigned char high;
};

/* What each byte announces when it comes first. */
extern const struct vespa_utf8_lead vespa_utf8_leads[256];

/* The length of the valid sequence of more than one byte that text begins with; 0 if there is none,
 * or not yet all of it. Reads nothing beyond length. */
static inline size_t vespa_utf8_sequence(const char *text, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)text;
    struct vespa_utf8_lead lead = vespa_utf8_leads[bytes[0]];

    if (lead.left == 0 || lead.left >= length || bytes[1] < lead.low || bytes[1] > lead.high)
        return 0;
    for (size_t i = 2; i <= lead.left; i++)
        if (bytes[i] < 0x80 || bytes[i] > 0xBF)
            return 0;
    return lead.left + 1U;
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
