/*
 * The scanner: a state machine with one function for each thing it can be in the middle of. Each of
 * them is called with at least one byte to read, reads as far as it can, and leaves in json->state
 * what comes next; that is all that has to be known when the next portion comes.
 */
#include "core/json.h"

#include "core/json_span.h"
#include "core/utf8.h"

enum state {
    EXPECT_VALUE,
    EXPECT_FIRST_ELEMENT, /* a value or the end of the array */
    EXPECT_FIRST_KEY,     /* a key or the end of the object */
    EXPECT_KEY,
    EXPECT_COLON,
    AFTER_ELEMENT,
    AFTER_MEMBER,
    AFTER_DOCUMENT,
    IN_STRING,
    IN_UTF8,
    IN_ESCAPE,
    IN_HEX,
    IN_NUMBER,
    IN_LITERAL,
    FAILED
};

/* What a state's function tells the loop. */
enum outcome { GO_ON, REPORT, FAIL };

/* What can stand there, for a person. Numbers and literals: see expected_now. */
static const char *const expected_in[] = {
    [EXPECT_VALUE] = "a value",
    [EXPECT_FIRST_ELEMENT] = "a value or ']'",
    [EXPECT_FIRST_KEY] = "a string or '}'",
    [EXPECT_KEY] = "a string",
    [EXPECT_COLON] = "':'",
    [AFTER_ELEMENT] = "',' or ']'",
    [AFTER_MEMBER] = "',' or '}'",
    [AFTER_DOCUMENT] = "the end of the document",
    [IN_STRING] = "'\"'",
    [IN_UTF8] = "valid UTF-8",
    [IN_ESCAPE] = "one of \" \\ / b f n r t u",
    [IN_HEX] = "a hexadecimal digit",
    [IN_NUMBER] = "a digit",
};

static const struct vespa_slice literals[] = {
    [VESPA_JSON_TRUE] = {"true", 4},
    [VESPA_JSON_FALSE] = {"false", 5},
    [VESPA_JSON_NULL] = {"null", 4},
};

static enum outcome fail(struct vespa_json *json, const char *expected)
{
    json->state = FAILED;
    json->error_offset = json->offset;
    json->expected = expected;
    return FAIL;
}

/* The next byte, or the end of the document, cannot stand where it is. */
static enum outcome unexpected(struct vespa_json *json)
{
    if (json->state == IN_LITERAL)
        return fail(json, literals[json->kind].data);
    return fail(json, expected_in[json->state]);
}

static enum outcome report(struct vespa_json *json, struct vespa_json_token *token, size_t end)
{
    if (json->depth > json->report_depth)
        return GO_ON;
    *token = (struct vespa_json_token){
        .kind = (enum vespa_json_kind)json->kind,
        .escaped = json->escaped,
        .depth = json->depth,
        .start = json->token_start,
        .end = end,
    };
    return REPORT;
}

/* The containers: a stack with one bit for each level. */

static bool in_object(const struct vespa_json *json)
{
    unsigned level = json->depth - 1;
    return json->containers[level / 8] >> level % 8 & 1;
}

static void push(struct vespa_json *json, bool object)
{
    unsigned level = json->depth++;
    unsigned bit = 1U << level % 8;
    unsigned bits = json->containers[level / 8] & ~bit;
    json->containers[level / 8] = (unsigned char)(object ? bits | bit : bits);
}

static void after_value(struct vespa_json *json)
{
    if (json->depth == 0)
        json->state = AFTER_DOCUMENT;
    else
        json->state = in_object(json) ? AFTER_MEMBER : AFTER_ELEMENT;
}

static enum outcome begin_container(struct vespa_json *json, struct vespa_json_token *token,
                                    enum vespa_json_kind kind)
{
    bool object = kind == VESPA_JSON_OBJECT_BEGIN;

    if (json->depth == VESPA_JSON_MAX_DEPTH)
        return fail(json, "at most 1024 levels");
    json->kind = (unsigned char)kind;
    json->escaped = false;
    json->token_start = json->offset++;
    json->state = object ? EXPECT_FIRST_KEY : EXPECT_FIRST_ELEMENT;

    enum outcome outcome = report(json, token, json->offset);
    push(json, object);
    return outcome;
}

static enum outcome end_container(struct vespa_json *json, struct vespa_json_token *token,
                                  enum vespa_json_kind kind)
{
    json->depth--;
    json->kind = (unsigned char)kind;
    json->escaped = false;
    json->token_start = json->offset++;
    after_value(json);
    return report(json, token, json->offset);
}

/* Strings. */

static enum outcome end_string(struct vespa_json *json, struct vespa_json_token *token)
{
    size_t end = json->offset++;

    if (json->kind == VESPA_JSON_KEY)
        json->state = EXPECT_COLON;
    else
        after_value(json);
    return report(json, token, end);
}

static enum outcome begin_utf8(struct vespa_json *json, unsigned char byte)
{
    struct vespa_utf8_lead lead = vespa_utf8_lead(byte);

    if (!lead.left)
        return fail(json, expected_in[IN_UTF8]);
    json->state = IN_UTF8;
    json->utf8_left = lead.left;
    json->utf8_low = lead.low;
    json->utf8_high = lead.high;
    json->offset++;
    return GO_ON;
}

static enum outcome in_utf8(struct vespa_json *json, struct vespa_slice document)
{
    unsigned char byte = (unsigned char)document.data[json->offset];

    if (byte < json->utf8_low || byte > json->utf8_high)
        return unexpected(json);
    json->offset++;
    json->utf8_low = 0x80;
    json->utf8_high = 0xBF;
    if (--json->utf8_left == 0)
        json->state = IN_STRING;
    return GO_ON;
}

static enum outcome in_string(struct vespa_json *json, struct vespa_slice document,
                              struct vespa_json_token *token)
{
    json->offset += vespa_json_span(document.data + json->offset, document.length - json->offset);
    if (json->offset == document.length)
        return GO_ON;

    unsigned char byte = (unsigned char)document.data[json->offset];
    if (byte == '"')
        return end_string(json, token);
    if (byte >= 0x80)
        return begin_utf8(json, byte);
    if (byte != '\\')
        return fail(json, "an escape instead of a control character");
    json->state = IN_ESCAPE;
    json->escaped = true;
    json->offset++;
    return GO_ON;
}

static enum outcome begin_string(struct vespa_json *json, struct vespa_slice document,
                                 struct vespa_json_token *token, enum vespa_json_kind kind)
{
    json->state = IN_STRING;
    json->kind = (unsigned char)kind;
    json->escaped = false;
    json->token_start = ++json->offset;
    return in_string(json, document, token);
}

static enum outcome in_escape(struct vespa_json *json, struct vespa_slice document)
{
    switch (document.data[json->offset]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        json->state = IN_STRING;
        break;
    case 'u':
        json->state = IN_HEX;
        json->progress = 0;
        break;
    default:
        return unexpected(json);
    }
    json->offset++;
    return GO_ON;
}

static bool is_hex_digit(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f') ||
           (byte >= 'A' && byte <= 'F');
}

static enum outcome in_hex(struct vespa_json *json, struct vespa_slice document)
{
    if (!is_hex_digit(document.data[json->offset]))
        return unexpected(json);
    json->offset++;
    if (++json->progress == 4)
        json->state = IN_STRING;
    return GO_ON;
}

/* Numbers: a machine of its own, whose state is json->progress. */

enum number { NO_NUMBER, SIGN, ZERO, INTEGER, POINT, FRACTION, EXPONENT, EXPONENT_SIGN, POWER };

enum number_byte { OTHER_BYTE, ZERO_BYTE, DIGIT_BYTE, POINT_BYTE, E_BYTE, PLUS_BYTE, MINUS_BYTE };

static const unsigned char number_bytes[256] = {
    ['0'] = ZERO_BYTE, ['1' ... '9'] = DIGIT_BYTE, ['.'] = POINT_BYTE, ['e'] = E_BYTE,
    ['E'] = E_BYTE,    ['+'] = PLUS_BYTE,          ['-'] = MINUS_BYTE,
};

/* What the bytes read so far are when such a byte follows; NO_NUMBER where it cannot. */
static const unsigned char number_next[][7] = {
    [SIGN] = {[ZERO_BYTE] = ZERO, [DIGIT_BYTE] = INTEGER},
    [ZERO] = {[POINT_BYTE] = POINT, [E_BYTE] = EXPONENT},
    [INTEGER] =
        {[ZERO_BYTE] = INTEGER, [DIGIT_BYTE] = INTEGER, [POINT_BYTE] = POINT, [E_BYTE] = EXPONENT},
    [POINT] = {[ZERO_BYTE] = FRACTION, [DIGIT_BYTE] = FRACTION},
    [FRACTION] = {[ZERO_BYTE] = FRACTION, [DIGIT_BYTE] = FRACTION, [E_BYTE] = EXPONENT},
    [EXPONENT] = {[ZERO_BYTE] = POWER,
                  [DIGIT_BYTE] = POWER,
                  [PLUS_BYTE] = EXPONENT_SIGN,
                  [MINUS_BYTE] = EXPONENT_SIGN},
    [EXPONENT_SIGN] = {[ZERO_BYTE] = POWER, [DIGIT_BYTE] = POWER},
    [POWER] = {[ZERO_BYTE] = POWER, [DIGIT_BYTE] = POWER},
};

/* The number ends before the next byte, if it can end there. */
static enum outcome end_number(struct vespa_json *json, struct vespa_json_token *token)
{
    switch (json->progress) {
    case ZERO:
    case INTEGER:
    case FRACTION:
    case POWER:
        after_value(json);
        return report(json, token, json->offset);
    default:
        return unexpected(json);
    }
}

static enum outcome in_number(struct vespa_json *json, struct vespa_slice document,
                              struct vespa_json_token *token)
{
    for (; json->offset < document.length; json->offset++) {
        unsigned char byte = (unsigned char)document.data[json->offset];
        unsigned char next = number_next[json->progress][number_bytes[byte]];
        if (next == NO_NUMBER)
            return end_number(json, token);
        json->progress = next;
    }
    return GO_ON;
}

static enum outcome begin_number(struct vespa_json *json, struct vespa_slice document,
                                 struct vespa_json_token *token, enum number first)
{
    json->state = IN_NUMBER;
    json->kind = VESPA_JSON_NUMBER;
    json->progress = (unsigned char)first;
    json->escaped = false;
    json->token_start = json->offset++;
    return in_number(json, document, token);
}

/* true, false and null; json->progress counts the letters seen. */

static enum outcome in_literal(struct vespa_json *json, struct vespa_slice document,
                               struct vespa_json_token *token)
{
    struct vespa_slice literal = literals[json->kind];

    for (; json->offset < document.length; json->offset++, json->progress++) {
        if (json->progress == literal.length)
            break;
        if (document.data[json->offset] != literal.data[json->progress])
            return unexpected(json);
    }
    if (json->progress < literal.length)
        return GO_ON;
    after_value(json);
    return report(json, token, json->offset);
}

static enum outcome begin_literal(struct vespa_json *json, struct vespa_slice document,
                                  struct vespa_json_token *token, enum vespa_json_kind kind)
{
    json->state = IN_LITERAL;
    json->kind = (unsigned char)kind;
    json->progress = 1;
    json->escaped = false;
    json->token_start = json->offset++;
    return in_literal(json, document, token);
}

/* Between the values. These are called with the first byte that is not white space. */

static enum outcome expect_value(struct vespa_json *json, struct vespa_slice document,
                                 struct vespa_json_token *token)
{
    switch (document.data[json->offset]) {
    case '"':
        return begin_string(json, document, token, VESPA_JSON_STRING);
    case '{':
        return begin_container(json, token, VESPA_JSON_OBJECT_BEGIN);
    case '[':
        return begin_container(json, token, VESPA_JSON_ARRAY_BEGIN);
    case '-':
        return begin_number(json, document, token, SIGN);
    case '0':
        return begin_number(json, document, token, ZERO);
    case '1' ... '9':
        return begin_number(json, document, token, INTEGER);
    case 't':
        return begin_literal(json, document, token, VESPA_JSON_TRUE);
    case 'f':
        return begin_literal(json, document, token, VESPA_JSON_FALSE);
    case 'n':
        return begin_literal(json, document, token, VESPA_JSON_NULL);
    default:
        return unexpected(json);
    }
}

static enum outcome expect_key(struct vespa_json *json, struct vespa_slice document,
                               struct vespa_json_token *token)
{
    if (document.data[json->offset] != '"')
        return unexpected(json);
    return begin_string(json, document, token, VESPA_JSON_KEY);
}

/* A punctuation mark, after which the scanner is in another state. */
static enum outcome expect_mark(struct vespa_json *json, struct vespa_slice document, char mark,
                                enum state next)
{
    if (document.data[json->offset] != mark)
        return unexpected(json);
    json->state = (unsigned char)next;
    json->offset++;
    return GO_ON;
}

static bool skip_space(struct vespa_json *json, struct vespa_slice document)
{
    while (json->offset < document.length) {
        char byte = document.data[json->offset];
        if (byte != ' ' && byte != '\n' && byte != '\r' && byte != '\t')
            return true;
        json->offset++;
    }
    return false;
}

static enum outcome between(struct vespa_json *json, struct vespa_slice document,
                            struct vespa_json_token *token)
{
    if (!skip_space(json, document))
        return GO_ON;

    char byte = document.data[json->offset];
    switch (json->state) {
    case EXPECT_FIRST_ELEMENT:
        if (byte == ']')
            return end_container(json, token, VESPA_JSON_ARRAY_END);
        return expect_value(json, document, token);
    case EXPECT_FIRST_KEY:
        if (byte == '}')
            return end_container(json, token, VESPA_JSON_OBJECT_END);
        return expect_key(json, document, token);
    case EXPECT_VALUE:
        return expect_value(json, document, token);
    case EXPECT_KEY:
        return expect_key(json, document, token);
    case EXPECT_COLON:
        return expect_mark(json, document, ':', EXPECT_VALUE);
    case AFTER_ELEMENT:
        if (byte == ']')
            return end_container(json, token, VESPA_JSON_ARRAY_END);
        return expect_mark(json, document, ',', EXPECT_VALUE);
    case AFTER_MEMBER:
        if (byte == '}')
            return end_container(json, token, VESPA_JSON_OBJECT_END);
        return expect_mark(json, document, ',', EXPECT_KEY);
    default:
        return unexpected(json);
    }
}

static enum outcome step(struct vespa_json *json, struct vespa_slice document,
                         struct vespa_json_token *token)
{
    switch (json->state) {
    case IN_STRING:
        return in_string(json, document, token);
    case IN_UTF8:
        return in_utf8(json, document);
    case IN_ESCAPE:
        return in_escape(json, document);
    case IN_HEX:
        return in_hex(json, document);
    case IN_NUMBER:
        return in_number(json, document, token);
    case IN_LITERAL:
        return in_literal(json, document, token);
    default:
        return between(json, document, token);
    }
}

/* Nothing follows the bytes read. */
static enum vespa_json_status finish(struct vespa_json *json, struct vespa_json_token *token)
{
    if (json->state == AFTER_DOCUMENT)
        return VESPA_JSON_END;
    if (json->state == IN_NUMBER && end_number(json, token) == REPORT)
        return VESPA_JSON_TOKEN;
    if (json->state != FAILED)
        unexpected(json);
    return VESPA_JSON_ERROR;
}

void vespa_json_init(struct vespa_json *json, unsigned report_depth)
{
    *json = (struct vespa_json){.report_depth = report_depth, .state = EXPECT_VALUE};
}

enum vespa_json_status vespa_json_next(struct vespa_json *json, struct vespa_slice document,
                                       bool last, struct vespa_json_token *token)
{
    if (json->state == FAILED)
        return VESPA_JSON_ERROR;
    while (json->offset < document.length) {
        switch (step(json, document, token)) {
        case GO_ON:
            break;
        case REPORT:
            return VESPA_JSON_TOKEN;
        case FAIL:
            return VESPA_JSON_ERROR;
        }
    }
    return last ? finish(json, token) : VESPA_JSON_MORE;
}
