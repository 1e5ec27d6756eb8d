/*
 * JSON, scanned in place: RFC 8259 exactly, valid UTF-8 demanded, no recursion and no allocation.
 *
 * The scanner reads a document that lies in one piece of memory, which may arrive in portions and
 * may move while it grows: each call is given the document's bytes from its beginning, as many as
 * there are by now, and the scanner goes on where it stopped, also in the middle of a string, an
 * escape or a UTF-8 sequence. It never looks at bytes twice. Tokens are offsets into the document.
 *
 *     struct vespa_json json;
 *     struct vespa_json_token token;
 *     vespa_json_init(&json, 1);
 *     while (vespa_json_next(&json, document, true, &token) == VESPA_JSON_TOKEN)
 *         …
 */
#ifndef VESPA_CORE_JSON_H
#define VESPA_CORE_JSON_H

#include "core/slice.h"

/* Arrays and objects inside each other; a document that goes deeper is refused. */
#define VESPA_JSON_MAX_DEPTH 1024

/* A depth for vespa_json_init with which every token is reported. */
#define VESPA_JSON_ALL_DEPTHS (VESPA_JSON_MAX_DEPTH + 1)

enum vespa_json_status {
    VESPA_JSON_TOKEN, /* *token was filled */
    VESPA_JSON_MORE,  /* all bytes given are read and the document goes on; never when `last` */
    VESPA_JSON_END,   /* one whole value with nothing but white space behind it; needs `last` */
    VESPA_JSON_ERROR  /* not JSON: error_offset and expected say why; stays so */
};

enum vespa_json_kind {
    VESPA_JSON_OBJECT_BEGIN,
    VESPA_JSON_OBJECT_END,
    VESPA_JSON_ARRAY_BEGIN,
    VESPA_JSON_ARRAY_END,
    VESPA_JSON_KEY, /* a member's name; its value is the next token of the same depth */
    VESPA_JSON_STRING,
    VESPA_JSON_NUMBER,
    VESPA_JSON_TRUE,
    VESPA_JSON_FALSE,
    VESPA_JSON_NULL
};

struct vespa_json_token {
    enum vespa_json_kind kind;
    bool escaped;   /* KEY and STRING: there is a backslash in it */
    unsigned depth; /* containers around it: 0 for the document's own value, and for the brackets
                       of that value; 1 for the members' keys and values of the outermost object */
    size_t start;   /* offset of its first byte; strings without their quotes */
    size_t end;     /* offset behind its last byte; strings without their quotes. Of a BEGIN or END
                       token the bracket's own byte */
};

struct vespa_json {
    size_t offset;        /* bytes read so far */
    size_t error_offset;  /* ERROR: the first byte that could not be */
    const char *expected; /* ERROR: what could have stood there, for a person: "a string", "',' or
                             '}'", "valid UTF-8", "at most 1024 levels"; static text */
    /* The rest is the scanner's own. */
    struct vespa_json_token token; /* the one that is being read */
    unsigned depth;
    unsigned report_depth;
    unsigned char state;
    unsigned char outcome;
    unsigned char progress; /* within a number, a literal or an escape */
    unsigned char utf8_left;
    unsigned char utf8_low;
    unsigned char utf8_high;
    unsigned char containers[VESPA_JSON_MAX_DEPTH / 8]; /* one bit a level: set for an object */
};

/* Begins a document. Tokens deeper than report_depth are checked but not reported, which is faster:
 * 0 reports only the document's own value, 1 also the members of the outermost container, and so
 * on. */
void vespa_json_init(struct vespa_json *json, unsigned report_depth);

/* Goes on to the next token to be reported. document holds the document's first bytes, at least as
 * many as in the call before, with the same contents; last says that nothing will follow. A number
 * at the very end of what was given is reported only once the byte behind it is there or last is
 * true. */
enum vespa_json_status vespa_json_next(struct vespa_json *json, struct vespa_slice document,
                                       bool last, struct vespa_json_token *token);

/* The bytes of a token. */
static inline struct vespa_slice vespa_json_text(struct vespa_slice document,
                                                 const struct vespa_json_token *token)
{
    return vespa_slice_part(document, token->start, token->end);
}

/* Whether the contents of a token that holds escapes are, with these resolved, the bytes of text.
 */
bool vespa_json_escaped_is(struct vespa_slice document, const struct vespa_json_token *token,
                           struct vespa_slice text);

/* Whether the contents of a KEY or STRING token, its escapes resolved, are these bytes. */
static inline bool vespa_json_string_is(struct vespa_slice document,
                                        const struct vespa_json_token *token,
                                        struct vespa_slice text)
{
    if (token->escaped)
        return vespa_json_escaped_is(document, token, text);
    return vespa_slice_equal(vespa_json_text(document, token), text);
}

/* Writes the contents of a KEY or STRING token with its escapes resolved to UTF-8. Needs room for
 * end - start bytes; returns the number written. A lone surrogate, which RFC 8259 §8.2 leaves open,
 * becomes U+FFFD. */
size_t vespa_json_unescape(struct vespa_slice document, const struct vespa_json_token *token,
                           char *to);

#endif
