/* The contents of JSON strings, their escapes resolved (RFC 8259 §7). The scanner has checked them:
 * no escape is incomplete. */
#include "core/json.h"

#include "core/utf8.h"

enum { REPLACEMENT = 0xFFFD };

static unsigned hex_value(const char *digits)
{
    unsigned value = 0;

    for (int i = 0; i < 4; i++) {
        unsigned char digit = (unsigned char)digits[i];
        value = value << 4 | (digit <= '9' ? digit & 0xFU : (digit & 0xFU) + 9U);
    }
    return value;
}

/* The code point of the \u escape, or of the pair of them, at *at; *at goes behind it. */
static unsigned code_point(struct vespa_slice text, size_t *at)
{
    unsigned code = hex_value(text.data + *at + 2);

    *at += 6;
    if (code < 0xD800 || code > 0xDFFF)
        return code;
    if (code > 0xDBFF || text.length - *at < 6 || text.data[*at] != '\\' ||
        text.data[*at + 1] != 'u')
        return REPLACEMENT;

    unsigned second = hex_value(text.data + *at + 2);
    if (second < 0xDC00 || second > 0xDFFF)
        return REPLACEMENT;
    *at += 6;
    return 0x10000 + ((code - 0xD800) << 10) + (second - 0xDC00);
}

/* Resolves the escape at *at, which goes behind it; returns the number of bytes written. */
static size_t resolve(struct vespa_slice text, size_t *at, char to[static 4])
{
    static const char controls[256] = {
        ['b'] = '\b', ['f'] = '\f', ['n'] = '\n', ['r'] = '\r', ['t'] = '\t'};
    char letter = text.data[*at + 1];

    if (letter == 'u')
        return vespa_utf8_write(code_point(text, at), to);
    to[0] = controls[(unsigned char)letter] ? controls[(unsigned char)letter] : letter;
    *at += 2;
    return 1;
}

/* The piece of the contents at *at, which goes behind it: bytes up to the next escape as they
 * stand, or one escape resolved into space. */
static struct vespa_slice next_piece(struct vespa_slice text, size_t *at, char space[static 4])
{
    size_t start = *at;
    size_t plain = vespa_slice_find(vespa_slice_part(text, start, text.length), '\\');

    if (!plain)
        return vespa_slice(space, resolve(text, at, space));
    *at += plain;
    return vespa_slice_part(text, start, *at);
}

bool vespa_json_escaped_is(struct vespa_slice document, const struct vespa_json_token *token,
                           struct vespa_slice text)
{
    struct vespa_slice string = vespa_json_text(document, token);
    char space[4];

    for (size_t at = 0; at < string.length;) {
        struct vespa_slice piece = next_piece(string, &at, space);
        if (!vespa_slice_starts_with(text, piece))
            return false;
        text = vespa_slice_part(text, piece.length, text.length);
    }
    return text.length == 0;
}

size_t vespa_json_unescape(struct vespa_slice document, const struct vespa_json_token *token,
                           char *to)
{
    struct vespa_slice string = vespa_json_text(document, token);
    size_t length = 0;
    char space[4];

    for (size_t at = 0; at < string.length;) {
        struct vespa_slice piece = next_piece(string, &at, space);
        memcpy(to + length, piece.data, piece.length);
        length += piece.length;
    }
    return length;
}
