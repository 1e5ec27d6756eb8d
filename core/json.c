/*
 * The scanner: a state machine with one function for each thing it can be in the middle of. Each of
 * them is called with the place of a byte to read, reads as far as it can and returns the place
 * where it stopped; in json->state it leaves what comes next. That is all that has to be known when
 * another portion comes. The place is handed on by value, not through the struct: from byte to byte
 * everything waits for it, so it has to stay in a register.
 */
#include "core/json.h"

#include "core/json_number.h"
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
    IN_LITERAL
};

/* Why the loop has to stop before the bytes are used up. */
enum outcome { GO_ON, REPORT, FAIL };

static const struct vespa_slice literals[] = {
    [VESPA_JSON_TRUE] = {"true", 4},
    [VESPA_JSON_FALSE] = {"false", 5},
    [VESPA_JSON_NULL] = {"null", 4},
};

static size_t fail(struct vespa_json *json, size_t at, const char *expected)
{
    json->outcome = FAIL;
    json->error_offset = at;
    json->expected = expected;
    return at;
}

/* The byte there, or the end of the document, is none that the state allows. */
static size_t unexpected(struct vespa_json *json, size_t at)
{
    static const char *const expected[] = {
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

    if (json->state == IN_LITERAL)
        return fail(json, at, literals[json->token.kind].data);
    return fail(json, at, expected[json->state]);
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
    unsigned others = json->containers[level / 8] & ~bit;

    json->containers[level / 8] = (unsigned char)(object ? others | bit : others);
}

/* Tokens. */

static void begin_token(struct vespa_json *json, enum vespa_json_kind kind, size_t start)
{
    json->token = (struct vespa_json_token){.kind = kind, .depth = json->depth, .start = start};
}

static void end_token(struct vespa_json *json, size_t end)
{
    json->token.end = end;
    if (json->token.depth <= json->report_depth)
        json->outcome = REPORT;
}

static void end_value(struct vespa_json *json, size_t end)
{
    end_token(json, end);
    if (json->depth == 0)
        json->state = AFTER_DOCUMENT;
    else
        json->state = in_object(json) ? AFTER_MEMBER : AFTER_ELEMENT;
}

static size_t begin_container(struct vespa_json *json, size_t at, enum vespa_json_kind kind)
{
    bool object = kind == VESPA_JSON_OBJECT_BEGIN;

    if (json->depth == VESPA_JSON_MAX_DEPTH)
        return fail(json, at, "at most 1024 levels");
    begin_token(json, kind, at);
    end_token(json, at + 1);
    push(json, object);
    json->state = object ? EXPECT_FIRST_KEY : EXPECT_FIRST_ELEMENT;
    return at + 1;
}

static size_t end_container(struct vespa_json *json, size_t at, enum vespa_json_kind kind)
{
    json->depth--;
    begin_token(json, kind, at);
    end_value(json, at + 1);
    return at + 1;
}

/* Strings. */

static size_t in_string(struct vespa_json *json, struct vespa_slice document, size_t at)
{
    at += vespa_json_span(document.data + at, document.length - at);
    if (at == document.length)
        return at;

    unsigned char byte = (unsigned char)document.data[at];
    if (byte == '"') {
        if (json->token.kind == VESPA_JSON_KEY) {
            end_token(json, at);
            json->state = EXPECT_COLON;
        } else {
            end_value(json, at);
        }
    } else if (byte == '\\') {
        json->token.escaped = true;
        json->state = IN_ESCAPE;
    } else if (byte >= 0x80) {
        struct vespa_utf8_lead lead = vespa_utf8_leads[byte];
        json->state = IN_UTF8;
        json->utf8_left = lead.left;
        json->utf8_low = lead.low;
        json->utf8_high = lead.high;
        if (!lead.left)
            return unexpected(json, at);
    } else {
        return fail(json, at, "an escape instead of a control character");
    }
    return at + 1;
}

static size_t begin_string(struct vespa_json *json, struct vespa_slice document, size_t at,
                           enum vespa_json_kind kind)
{
    begin_token(json, kind, at + 1);
    json->state = IN_STRING;
    return in_string(json, document, at + 1);
}

static size_t in_utf8(struct vespa_json *json, struct vespa_slice document, size_t at)
{
    unsigned char byte = (unsigned char)document.data[at];

    if (byte < json->utf8_low || byte > json->utf8_high)
        return unexpected(json, at);
    json->utf8_low = 0x80;
    json->utf8_high = 0xBF;
    if (--json->utf8_left == 0)
        json->state = IN_STRING;
    return at + 1;
}

static size_t in_escape(struct vespa_json *json, struct vespa_slice document, size_t at)
{
    switch (document.data[at]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        json->state = IN_STRING;
        return at + 1;
    case 'u':
        json->state = IN_HEX;
        json->progress = 0;
        return at + 1;
    default:
        return unexpected(json, at);
    }
}

static size_t in_hex(struct vespa_json *json, struct vespa_slice document, size_t at)
{
    switch (document.data[at]) {
    case '0' ... '9':
    case 'a' ... 'f':
    case 'A' ... 'F':
        if (++json->progress == 4)
            json->state = IN_STRING;
        return at + 1;
    default:
        return unexpected(json, at);
    }
}

/* Numbers; json->progress tells what the bytes so far are, an enum vespa_number. */

static size_t skip_digits(struct vespa_slice document, size_t at)
{
    while (at < document.length && document.data[at] >= '0' && document.data[at] <= '9')
        at++;
    return at;
}

/* The byte there, or the end of the document, is no longer the number's. */
static size_t end_number(struct vespa_json *json, size_t at)
{
    if (!vespa_number_is_whole(json->progress))
        return unexpected(json, at);
    end_value(json, at);
    return at;
}

static size_t in_number(struct vespa_json *json, struct vespa_slice document, size_t at)
{
    for (;; at++) {
        if (vespa_number_takes_digits(json->progress))
            at = skip_digits(document, at);
        if (at == document.length)
            return at;
        enum vespa_number next = vespa_number_next(json->progress, document.data[at]);
        if (next == VESPA_NUMBER_NOT)
            return end_number(json, at);
        json->progress = (unsigned char)next;
    }
}

static size_t begin_number(struct vespa_json *json, struct vespa_slice document, size_t at,
                           enum vespa_number first)
{
    begin_token(json, VESPA_JSON_NUMBER, at);
    json->state = IN_NUMBER;
    json->progress = (unsigned char)first;
    return in_number(json, document, at + 1);
}

/* true, false and null; json->progress counts the letters seen. */

static size_t in_literal(struct vespa_json *json, struct vespa_slice document, size_t at)
{
    struct vespa_slice literal = literals[json->token.kind];

    for (; at < document.length && json->progress < literal.length; at++, json->progress++)
        if (document.data[at] != literal.data[json->progress])
            return unexpected(json, at);
    if (json->progress == literal.length)
        end_value(json, at);
    return at;
}

static size_t begin_literal(struct vespa_json *json, struct vespa_slice document, size_t at,
                            enum vespa_json_kind kind)
{
    begin_token(json, kind, at);
    json->state = IN_LITERAL;
    json->progress = 1;
    return in_literal(json, document, at + 1);
}

/* Between the values: called with the place of a byte that is not white space. */

static size_t expect_value(struct vespa_json *json, struct vespa_slice document, size_t at)
{
    switch (document.data[at]) {
    case '"':
        return begin_string(json, document, at, VESPA_JSON_STRING);
    case '{':
        return begin_container(json, at, VESPA_JSON_OBJECT_BEGIN);
    case '[':
        return begin_container(json, at, VESPA_JSON_ARRAY_BEGIN);
    case '-':
        return begin_number(json, document, at, VESPA_NUMBER_SIGN);
    case '0':
        return begin_number(json, document, at, VESPA_NUMBER_ZERO);
    case '1' ... '9':
        return begin_number(json, document, at, VESPA_NUMBER_INTEGER);
    case 't':
        return begin_literal(json, document, at, VESPA_JSON_TRUE);
    case 'f':
        return begin_literal(json, document, at, VESPA_JSON_FALSE);
    case 'n':
        return begin_literal(json, document, at, VESPA_JSON_NULL);
    default:
        return unexpected(json, at);
    }
}

static size_t expect_key(struct vespa_json *json, struct vespa_slice document, size_t at)
{
    if (document.data[at] != '"')
        return unexpected(json, at);
    return begin_string(json, document, at, VESPA_JSON_KEY);
}

static size_t expect_mark(struct vespa_json *json, struct vespa_slice document, size_t at,
                          char mark, enum state next)
{
    if (document.data[at] != mark)
        return unexpected(json, at);
    json->state = (unsigned char)next;
    return at + 1;
}

static size_t skip_space(struct vespa_slice document, size_t at)
{
    while (at < document.length && (document.data[at] == ' ' || document.data[at] == '\n' ||
                                    document.data[at] == '\r' || document.data[at] == '\t'))
        at++;
    return at;
}

static size_t between(struct vespa_json *json, struct vespa_slice document, size_t at)
{
    at = skip_space(document, at);
    if (at == document.length)
        return at;

    char byte = document.data[at];
    switch (json->state) {
    case EXPECT_VALUE:
        return expect_value(json, document, at);
    case EXPECT_FIRST_ELEMENT:
        if (byte == ']')
            return end_container(json, at, VESPA_JSON_ARRAY_END);
        return expect_value(json, document, at);
    case EXPECT_FIRST_KEY:
        if (byte == '}')
            return end_container(json, at, VESPA_JSON_OBJECT_END);
        return expect_key(json, document, at);
    case EXPECT_KEY:
        return expect_key(json, document, at);
    case EXPECT_COLON:
        return expect_mark(json, document, at, ':', EXPECT_VALUE);
    case AFTER_ELEMENT:
        if (byte == ']')
            return end_container(json, at, VESPA_JSON_ARRAY_END);
        return expect_mark(json, document, at, ',', EXPECT_VALUE);
    case AFTER_MEMBER:
        if (byte == '}')
            return end_container(json, at, VESPA_JSON_OBJECT_END);
        return expect_mark(json, document, at, ',', EXPECT_KEY);
    default:
        return unexpected(json, at);
    }
}

static size_t step(struct vespa_json *json, struct vespa_slice document, size_t at)
{
    switch (json->state) {
    case IN_STRING:
        return in_string(json, document, at);
    case IN_UTF8:
        return in_utf8(json, document, at);
    case IN_ESCAPE:
        return in_escape(json, document, at);
    case IN_HEX:
        return in_hex(json, document, at);
    case IN_NUMBER:
        return in_number(json, document, at);
    case IN_LITERAL:
        return in_literal(json, document, at);
    default:
        return between(json, document, at);
    }
}

/* Nothing follows: a number ends here, and what else has begun should not. */
static void finish(struct vespa_json *json, size_t at)
{
    if (json->state == IN_NUMBER)
        end_number(json, at);
    if (json->outcome == GO_ON && json->state != AFTER_DOCUMENT)
        unexpected(json, at);
}

void vespa_json_init(struct vespa_json *json, unsigned report_depth)
{
    *json = (struct vespa_json){.report_depth = report_depth, .state = EXPECT_VALUE};
}

enum vespa_json_status vespa_json_next(struct vespa_json *json, struct vespa_slice document,
                                       bool last, struct vespa_json_token *token)
{
    size_t at = json->offset;

    if (json->outcome == REPORT)
        json->outcome = GO_ON;
    while (json->outcome == GO_ON && at < document.length)
        at = step(json, document, at);
    json->offset = at;

    if (json->outcome == GO_ON && last)
        finish(json, at);
    switch (json->outcome) {
    case REPORT:
        *token = json->token;
        return VESPA_JSON_TOKEN;
    case FAIL:
        return VESPA_JSON_ERROR;
    default:
        return last ? VESPA_JSON_END : VESPA_JSON_MORE;
    }
}
