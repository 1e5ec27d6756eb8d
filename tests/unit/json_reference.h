/*
 * JSON once more, as RFC 8259 writes it down: by recursive descent over the whole text, one
 * function for each rule of the grammar, slow and plain. It shares nothing with the scanner, so
 * that the two can be held against each other: same verdict, same place of the first error, same
 * tokens.
 */
#ifndef VESPA_TESTS_JSON_REFERENCE_H
#define VESPA_TESTS_JSON_REFERENCE_H

#include "tests/unit/json_recording.h"

/* Each rule returns whether it matched; where not, `at` is the byte that did not fit. */
struct reference {
    const unsigned char *text;
    size_t length;
    size_t at;
    unsigned depth;
    struct recording *recording;
};

static inline int reference_peek(const struct reference *r)
{
    return r->at < r->length ? r->text[r->at] : -1;
}

static inline bool reference_in(int byte, const char *set)
{
    return byte > 0 && strchr(set, byte);
}

static inline bool reference_take(struct reference *r, const char *set)
{
    if (!reference_in(reference_peek(r), set))
        return false;
    r->at++;
    return true;
}

static inline void reference_space(struct reference *r)
{
    while (reference_take(r, " \t\n\r"))
        ;
}

static inline void reference_token(struct reference *r, enum vespa_json_kind kind, size_t start,
                                   size_t end)
{
    recording_add(r->recording, (struct vespa_json_token){
                                    .kind = kind, .depth = r->depth, .start = start, .end = end});
}

/* Whether any code point of this range may be encoded in that many bytes. */
static inline bool reference_encodable(unsigned long from, unsigned long to, int bytes)
{
    static const unsigned long least[] = {0, 0, 0x80, 0x800, 0x10000};

    if (to < least[bytes] || from > 0x10FFFF)
        return false;
    return from < 0xD800 || to > 0xDFFF;
}

static inline bool reference_utf8(struct reference *r)
{
    unsigned char lead = r->text[r->at];
    int bytes = lead < 0xC0 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF8 ? 4 : 0;
    unsigned long code = bytes ? lead & (0x7FU >> bytes) : 0;

    if (!bytes)
        return false;
    for (int missing = bytes - 1;; missing--) {
        unsigned long first = code << 6 * missing;
        unsigned long last = first + (1UL << 6 * missing) - 1;
        if (!reference_encodable(first, last, bytes))
            return false;
        r->at++;
        if (missing == 0)
            return true;
        if (reference_peek(r) < 0x80 || reference_peek(r) > 0xBF)
            return false;
        code = code << 6 | (r->text[r->at] & 0x3F);
    }
}

static inline bool reference_escape(struct reference *r)
{
    r->at++;
    if (!reference_take(r, "u"))
        return reference_take(r, "\"\\/bfnrt");
    for (int i = 0; i < 4; i++)
        if (!reference_take(r, "0123456789abcdefABCDEF"))
            return false;
    return true;
}

static inline bool reference_string(struct reference *r, enum vespa_json_kind kind)
{
    size_t start = r->at + 1;
    bool escaped = false;

    if (!reference_take(r, "\""))
        return false;
    for (;;) {
        int byte = reference_peek(r);
        if (byte == '"')
            break;
        if (byte < 0x20)
            return false;
        if (byte == '\\') {
            escaped = true;
            if (!reference_escape(r))
                return false;
        } else if (byte < 0x80) {
            r->at++;
        } else if (!reference_utf8(r)) {
            return false;
        }
    }
    reference_token(r, kind, start, r->at++);
    r->recording->tokens[r->recording->count - 1].escaped = escaped;
    return true;
}

static inline bool reference_digits(struct reference *r)
{
    if (!reference_take(r, "0123456789"))
        return false;
    while (reference_take(r, "0123456789"))
        ;
    return true;
}

static inline bool reference_number(struct reference *r)
{
    size_t start = r->at;

    reference_take(r, "-");
    if (!reference_take(r, "0") && !reference_digits(r))
        return false;
    if (reference_take(r, ".") && !reference_digits(r))
        return false;
    if (reference_take(r, "eE")) {
        reference_take(r, "+-");
        if (!reference_digits(r))
            return false;
    }
    reference_token(r, VESPA_JSON_NUMBER, start, r->at);
    return true;
}

static inline bool reference_literal(struct reference *r, const char *text,
                                     enum vespa_json_kind kind)
{
    size_t start = r->at;

    for (; *text; text++) {
        if (reference_peek(r) != *text)
            return false;
        r->at++;
    }
    reference_token(r, kind, start, r->at);
    return true;
}

static inline bool reference_value(struct reference *r);

static inline bool reference_member(struct reference *r)
{
    if (!reference_string(r, VESPA_JSON_KEY))
        return false;
    reference_space(r);
    if (!reference_take(r, ":"))
        return false;
    reference_space(r);
    return reference_value(r);
}

static inline bool reference_container(struct reference *r, bool object)
{
    const char *end = object ? "}" : "]";

    if (r->depth == VESPA_JSON_MAX_DEPTH)
        return false;
    reference_token(r, object ? VESPA_JSON_OBJECT_BEGIN : VESPA_JSON_ARRAY_BEGIN, r->at, r->at + 1);
    r->at++;
    r->depth++;
    reference_space(r);
    if (!reference_in(reference_peek(r), end)) {
        for (;;) {
            if (!(object ? reference_member(r) : reference_value(r)))
                return false;
            reference_space(r);
            if (!reference_take(r, ","))
                break;
            reference_space(r);
        }
    }
    if (!reference_take(r, end))
        return false;
    r->depth--;
    reference_token(r, object ? VESPA_JSON_OBJECT_END : VESPA_JSON_ARRAY_END, r->at - 1, r->at);
    return true;
}

static inline bool reference_value(struct reference *r)
{
    switch (reference_peek(r)) {
    case '{':
        return reference_container(r, true);
    case '[':
        return reference_container(r, false);
    case '"':
        return reference_string(r, VESPA_JSON_STRING);
    case 't':
        return reference_literal(r, "true", VESPA_JSON_TRUE);
    case 'f':
        return reference_literal(r, "false", VESPA_JSON_FALSE);
    case 'n':
        return reference_literal(r, "null", VESPA_JSON_NULL);
    default:
        return reference_number(r);
    }
}

/* The tokens of all depths. The recording names no expectation. */
static inline struct recording reference_record(struct vespa_slice document)
{
    struct recording recording = {.verdict = VESPA_JSON_END};
    struct reference r = {.text = (const unsigned char *)document.data,
                          .length = document.length,
                          .recording = &recording};

    reference_space(&r);
    bool matched = reference_value(&r);
    if (matched)
        reference_space(&r);
    if (!matched || r.at < r.length) {
        recording.verdict = VESPA_JSON_ERROR;
        recording.error_offset = r.at;
    }
    return recording;
}

#endif
