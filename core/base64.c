/* Base64, four characters at a time. */
#include "core/base64.h"

/* The six bits of a character; -1: it is none. */
static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Adds one group; characters behind the first `given` were '='. False when bits of the padding are
 * set: such a text would have a second spelling (RFC 4648 §3.5). */
static bool add_group(unsigned bits, unsigned given, struct vespa_buffer *out)
{
    char bytes[3] = {(char)(bits >> 16), (char)(bits >> 8), (char)bits};

    if (given < 2 || (given == 2 && bits & 0xFFFF) || (given == 3 && bits & 0xFF))
        return false;
    vespa_buffer_append(out, vespa_slice(bytes, given - 1));
    return true;
}

bool vespa_base64_decode(struct vespa_slice text, struct vespa_buffer *out)
{
    unsigned bits = 0;
    unsigned given = 0;
    unsigned padding = 0;
    bool ended = false;

    for (size_t i = 0; i < text.length; i++) {
        if (is_space(text.data[i]))
            continue;
        int value = value_of(text.data[i]);
        if (ended || (value < 0 && text.data[i] != '=') || (value >= 0 && padding))
            return false;
        bits = bits << 6 | (value < 0 ? 0U : (unsigned)value);
        given += value >= 0;
        padding += value < 0;
        if (given + padding < 4)
            continue;
        if (!add_group(bits, given, out))
            return false;
        ended = padding > 0;
        bits = given = padding = 0;
    }
    return given + padding == 0;
}

static const char digits[64] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* One to three bytes become four characters. */
static void encode_group(const unsigned char *bytes, size_t given, char *to)
{
    unsigned bits = (unsigned)bytes[0] << 16;

    bits |= given > 1 ? (unsigned)bytes[1] << 8 : 0;
    bits |= given > 2 ? bytes[2] : 0;
    to[0] = digits[bits >> 18];
    to[1] = digits[bits >> 12 & 63];
    to[2] = given > 1 ? digits[bits >> 6 & 63] : '=';
    to[3] = given > 2 ? digits[bits & 63] : '=';
}

void vespa_base64_encode(struct vespa_slice bytes, struct vespa_buffer *out)
{
    if (!vespa_buffer_reserve(out, (bytes.length + 2) / 3 * 4))
        return;
    for (size_t i = 0; i < bytes.length; i += 3) {
        size_t left = bytes.length - i;
        encode_group((const unsigned char *)bytes.data + i, left < 3 ? left : 3,
                     out->data + out->length);
        out->length += 4;
    }
    out->data[out->length] = '\0';
}
