// A reader of JSON that shows the bytes as they were written.

#include "cli/sim/json.h"

#include <string.h>

struct reader {
    const char *at;
    const char *end;
};

static bool read_value(struct reader *reader, unsigned depth);

static void skip_space(struct reader *reader)
{
    while (reader->at < reader->end && strchr(" \t\r\n", *reader->at) && *reader->at)
        reader->at++;
}

// Takes the character `wanted` if it comes next.
static bool take(struct reader *reader, char wanted)
{
    if (reader->at >= reader->end || *reader->at != wanted)
        return false;
    reader->at++;
    return true;
}

static bool is_digit(const struct reader *reader)
{
    return reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9';
}

static bool read_digits(struct reader *reader)
{
    if (!is_digit(reader))
        return false;
    while (is_digit(reader))
        reader->at++;
    return true;
}

static bool read_number(struct reader *reader)
{
    take(reader, '-');
    if (!take(reader, '0') && !read_digits(reader))
        return false;
    if (take(reader, '.') && !read_digits(reader))
        return false;
    if (take(reader, 'e') || take(reader, 'E')) {
        if (!take(reader, '+'))
            take(reader, '-');
        return read_digits(reader);
    }
    return true;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

// The part of a string behind a backslash.
static bool read_escape(struct reader *reader)
{
    if (reader->at >= reader->end || !*reader->at || !strchr("\"\\/bfnrtu", *reader->at))
        return false;
    if (*reader->at++ != 'u')
        return true;
    for (int i = 0; i < 4; i++)
        if (reader->at >= reader->end || hex_value(*reader->at++) < 0)
            return false;
    return true;
}

static bool read_string(struct reader *reader)
{
    if (!take(reader, '"'))
        return false;
    while (reader->at < reader->end) {
        unsigned char byte = (unsigned char)*reader->at;
        if (byte < 0x20)
            return false;
        if (byte == '\\') {
            reader->at++;
            if (!read_escape(reader))
                return false;
            continue;
        }
        size_t length =
            byte < 0x80 ? 1 : vespa_sim_utf8_length(reader->at, (size_t)(reader->end - reader->at));
        if (length == 0)
            return false;
        reader->at += length;
        if (byte == '"')
            return true;
    }
    return false;
}

static bool read_literal(struct reader *reader, const char *literal)
{
    size_t length = strlen(literal);
    if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, literal, length) != 0)
        return false;
    reader->at += length;
    return true;
}

// Members or elements up to `close`; the opening bracket has been taken.
static bool read_items(struct reader *reader, char close, unsigned depth)
{
    skip_space(reader);
    if (take(reader, close))
        return true;
    do {
        skip_space(reader);
        if (close == '}') {
            if (!read_string(reader))
                return false;
            skip_space(reader);
            if (!take(reader, ':'))
                return false;
            skip_space(reader);
        }
        if (!read_value(reader, depth))
            return false;
        skip_space(reader);
    } while (take(reader, ','));
    return take(reader, close);
}

static bool read_value(struct reader *reader, unsigned depth)
{
    if (reader->at >= reader->end || depth > VESPA_SIM_JSON_DEPTH)
        return false;
    switch (*reader->at) {
    case '{':
        reader->at++;
        return read_items(reader, '}', depth + 1);
    case '[':
        reader->at++;
        return read_items(reader, ']', depth + 1);
    case '"':
        return read_string(reader);
    case 't':
        return read_literal(reader, "true");
    case 'f':
        return read_literal(reader, "false");
    case 'n':
        return read_literal(reader, "null");
    default:
        return read_number(reader);
    }
}

bool vespa_sim_json_read(struct vespa_sim_slice text, struct vespa_sim_slice *value, size_t *offset)
{
    struct reader reader = {text.data, text.data + text.length};
    skip_space(&reader);
    const char *start = reader.at;
    bool good = read_value(&reader, 0);
    *value = (struct vespa_sim_slice){start, (size_t)(reader.at - start)};
    if (good)
        skip_space(&reader);
    *offset = (size_t)(reader.at - text.data);
    return good && reader.at == reader.end;
}

enum vespa_sim_json_type vespa_sim_json_type(struct vespa_sim_slice value)
{
    switch (value.data[0]) {
    case '{':
        return VESPA_SIM_JSON_OBJECT;
    case '[':
        return VESPA_SIM_JSON_ARRAY;
    case '"':
        return VESPA_SIM_JSON_STRING;
    case 't':
    case 'f':
    case 'n':
        return VESPA_SIM_JSON_LITERAL;
    default:
        return VESPA_SIM_JSON_NUMBER;
    }
}

bool vespa_sim_json_next(struct vespa_sim_json_walk *walk, struct vespa_sim_slice *name,
                         struct vespa_sim_slice *value)
{
    struct reader reader = {walk->object.data + walk->at, walk->object.data + walk->object.length};
    skip_space(&reader);
    if (take(&reader, ','))
        skip_space(&reader);
    name->data = reader.at;
    if (!read_string(&reader))
        return false;
    name->length = (size_t)(reader.at - name->data);
    skip_space(&reader);
    take(&reader, ':');
    skip_space(&reader);
    value->data = reader.at;
    if (!read_value(&reader, 0))
        return false;
    value->length = (size_t)(reader.at - value->data);
    walk->at = (size_t)(reader.at - walk->object.data);
    return true;
}

static void add_utf8(struct vespa_sim_text *out, unsigned code)
{
    unsigned char bytes[4];
    size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = length; i-- > 1; code >>= 6)
        bytes[i] = (unsigned char)(0x80 | (code & 0x3f));
    bytes[0] = (unsigned char)(lead[length] | code);
    vespa_sim_text_add(out, bytes, length);
}

static unsigned hex4(const char *at)
{
    unsigned code = 0;
    for (int i = 0; i < 4; i++)
        code = code * 16 + (unsigned)hex_value(at[i]);
    return code;
}

// Decodes \uXXXX or a pair of them, `at` being the u; returns the bytes taken, 0 if malformed.
static size_t decode_unicode(const char *at, size_t available, struct vespa_sim_text *out)
{
    unsigned code = hex4(at + 1);
    if (code < 0xd800 || code > 0xdfff) {
        add_utf8(out, code);
        return 5;
    }
    if (code > 0xdbff || available < 11 || at[5] != '\\' || at[6] != 'u')
        return 0;
    unsigned low = hex4(at + 7);
    if (low < 0xdc00 || low > 0xdfff)
        return 0;
    add_utf8(out, 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00));
    return 11;
}

bool vespa_sim_json_decode(struct vespa_sim_slice literal, struct vespa_sim_text *out)
{
    static const char escapes[] = "\"\\/bfnrt";
    static const char characters[] = "\"\\/\b\f\n\r\t";
    size_t end = literal.length - 1;
    for (size_t i = 1; i < end;) {
        if (literal.data[i] != '\\') {
            vespa_sim_text_add(out, literal.data + i++, 1);
            continue;
        }
        i++;
        if (literal.data[i] == 'u') {
            size_t taken = decode_unicode(literal.data + i, end - i, out);
            if (taken == 0)
                return false;
            i += taken;
        } else {
            vespa_sim_text_add(out, &characters[strchr(escapes, literal.data[i++]) - escapes], 1);
        }
    }
    vespa_sim_text_add(out, "", 0);
    return true;
}

bool vespa_sim_json_is_count(struct vespa_sim_slice number)
{
    for (size_t i = 0; i < number.length; i++)
        if (number.data[i] < '0' || number.data[i] > '9')
            return false;
    return number.length > 0;
}
