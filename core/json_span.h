/*
 * How far a JSON string goes on without a quote, a backslash or something that is not allowed.
 * "Plain" are the bytes that need no thought: ASCII but for control characters, quote and
 * backslash. Nearly all bytes of a request are of that kind, so they are looked at a block at a
 * time: 16 with the vector instructions that every x86-64 and every 64-bit ARM has, 8 in a machine
 * word elsewhere. VESPA_PORTABLE, defined when compiling, asks for the latter.
 */
#ifndef VESPA_CORE_JSON_SPAN_H
#define VESPA_CORE_JSON_SPAN_H

#include "core/utf8.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Each kind of machine has a vespa_json_marks: a mask in which every byte of a block has its
 * VESPA_JSON_MARK_BITS bits, the first byte the lowest ones. The lowest bit set belongs to the
 * first byte that is not plain; 0 says that all are.
 */
#if defined(__SSE2__) && !defined(VESPA_PORTABLE)

#include <emmintrin.h>

#define VESPA_JSON_BLOCK     16
#define VESPA_JSON_MARK_BITS 1

static inline uint64_t vespa_json_marks(const char *block)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)block);
    __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    /* The bytes are signed here: those from 0x80 on are less than a space, too. */
    __m128i outside = _mm_cmplt_epi8(bytes, _mm_set1_epi8(' '));
    __m128i marks = _mm_or_si128(_mm_or_si128(quote, backslash), outside);
    return (unsigned)_mm_movemask_epi8(marks);
}

#elif defined(__ARM_NEON) && defined(__aarch64__) && defined(__ORDER_LITTLE_ENDIAN__) && \
    __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && !defined(VESPA_PORTABLE)

#include <arm_neon.h>

#define VESPA_JSON_BLOCK     16
#define VESPA_JSON_MARK_BITS 4

static inline uint64_t vespa_json_marks(const char *block)
{
    uint8x16_t bytes = vld1q_u8((const uint8_t *)(const void *)block);
    uint8x16_t quote = vceqq_u8(bytes, vdupq_n_u8('"'));
    uint8x16_t backslash = vceqq_u8(bytes, vdupq_n_u8('\\'));
    /* The bytes are signed here: those from 0x80 on are less than a space, too. */
    uint8x16_t outside = vcltq_s8(vreinterpretq_s8_u8(bytes), vdupq_n_s8(' '));
    uint8x16_t marks = vorrq_u8(vorrq_u8(quote, backslash), outside);
    /* There is no movemask: halving each pair of bytes leaves four bits of each. */
    uint8x8_t halved = vshrn_n_u16(vreinterpretq_u16_u8(marks), 4);
    return vget_lane_u64(vreinterpret_u64_u8(halved), 0);
}

#else

#define VESPA_JSON_BLOCK     8
#define VESPA_JSON_MARK_BITS 8

static inline uint64_t vespa_json_marks(const char *block)
{
    const uint64_t each = UINT64_MAX / 0xFF; /* times n: n in every byte */
    uint64_t bytes;

    memcpy(&bytes, block, sizeof(bytes));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    bytes = __builtin_bswap64(bytes);
#endif
    /* The top bit of a sum is set unless the byte is what the name denies. Of a byte from 0x80 on
     * some sum runs over, so it is clear there, too, and the bytes behind are spoilt: no matter. */
    uint64_t no_control = bytes + each * (0x80 - ' ');
    uint64_t no_quote = (bytes ^ (each * '"')) + each * 0x7F;
    uint64_t no_backslash = (bytes ^ (each * '\\')) + each * 0x7F;
    return ~(no_control & no_quote & no_backslash) & (each * 0x80);
}

#endif

/* The number of plain bytes that text begins with. Reads nothing beyond length. */
static inline size_t vespa_json_plain_span(const char *text, size_t length)
{
    size_t at = 0;

    for (; length - at >= VESPA_JSON_BLOCK; at += VESPA_JSON_BLOCK) {
        uint64_t marks = vespa_json_marks(text + at);
        if (marks)
            return at + (size_t)__builtin_ctzll(marks) / VESPA_JSON_MARK_BITS;
    }
    for (; at < length; at++) {
        unsigned char byte = (unsigned char)text[at];
        if (byte < ' ' || byte >= 0x80 || byte == '"' || byte == '\\')
            break;
    }
    return at;
}

/* The number of bytes that text begins with and that may stand in a JSON string as they are: plain
 * ones and whole sequences of UTF-8. */
static inline size_t vespa_json_span(const char *text, size_t length)
{
    size_t at = vespa_json_plain_span(text, length);

    while (at < length && (unsigned char)text[at] >= 0x80) {
        size_t sequence = vespa_utf8_sequence(text + at, length - at);
        if (!sequence)
            break;
        at += sequence;
        if (at < length && (unsigned char)text[at] < 0x80)
            at += vespa_json_plain_span(text + at, length - at);
    }
    return at;
}

#endif
