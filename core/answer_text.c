/* The words of an answer. */
#include "core/answer_text.h"

#include "core/buffer.h"
#include "core/json.h"

/* Shorter secrets would be found in ordinary words; no service gives such keys out. */
enum { SHORTEST_SECRET = 6 };

/* Where the words may be; joined in this order. The last two say where in the queue. */
enum { ERROR, MSG, MESSAGE, ERROR_MSG, DETAIL, STATUS, POSITION, DEPTH, PLACES };

static const struct vespa_slice names[PLACES] = {
    [ERROR] = VESPA_LITERAL("error"),
    [MSG] = VESPA_LITERAL("msg"),
    [MESSAGE] = VESPA_LITERAL("message"),
    [ERROR_MSG] = VESPA_LITERAL("error_msg"),
    [DETAIL] = VESPA_LITERAL("detail"),
    [STATUS] = VESPA_LITERAL("status"),
    [POSITION] = VESPA_LITERAL("queue_position"),
    [DEPTH] = VESPA_LITERAL("queue_depth"),
};

struct words {
    struct vespa_json_token place[PLACES]; /* of strings and numbers that were found */
    bool found[PLACES];
};

static int place_of(struct vespa_slice body, const struct vespa_json_token *key)
{
    for (int i = 0; i < PLACES; i++)
        if (vespa_json_string_is(body, key, names[i]))
            return i;
    return -1;
}

/* Members of the outermost object, and `message` of the object that is its `error`. */
static void take(struct words *words, int place, int outer, const struct vespa_json_token *value)
{
    enum vespa_json_kind wanted = place >= POSITION ? VESPA_JSON_NUMBER : VESPA_JSON_STRING;

    if (value->depth == 2)
        place = outer == ERROR && place == MESSAGE ? ERROR : -1;
    if (place < 0 || value->kind != wanted)
        return;
    words->place[place] = *value;
    words->found[place] = true;
}

/* Finds the words; a document that is a string is found as MSG. False: it is not JSON. */
static bool find_words(struct vespa_slice body, struct words *words)
{
    struct vespa_json json;
    struct vespa_json_token token;
    enum vespa_json_status status;
    int outer = -1;
    int place = -1;

    vespa_json_init(&json, 2);
    while ((status = vespa_json_next(&json, body, true, &token)) == VESPA_JSON_TOKEN) {
        if (token.kind == VESPA_JSON_KEY) {
            place = place_of(body, &token);
            if (token.depth == 1)
                outer = place;
        } else if (token.depth == 0) {
            take(words, token.kind == VESPA_JSON_STRING ? MSG : -1, -1, &token);
        } else {
            take(words, place, outer, &token);
            place = -1;
        }
    }
    return status == VESPA_JSON_END;
}

static void append_decoded(struct vespa_slice body, const struct vespa_json_token *token,
                           struct vespa_buffer *out)
{
    if (token->kind != VESPA_JSON_STRING)
        vespa_buffer_append(out, vespa_json_text(body, token));
    else if (vespa_buffer_reserve(out, token->end - token->start))
        out->length += vespa_json_unescape(body, token, out->data + out->length);
}

static void join(struct vespa_slice body, const struct words *words, struct vespa_buffer *out)
{
    for (int i = 0; i < POSITION; i++) {
        if (!words->found[i])
            continue;
        if (out->length)
            vespa_buffer_append_string(out, ": ");
        append_decoded(body, &words->place[i], out);
    }
    if (!words->found[POSITION])
        return;
    vespa_buffer_append_string(out, out->length ? ", queue position " : "queue position ");
    append_decoded(body, &words->place[POSITION], out);
    if (words->found[DEPTH]) {
        vespa_buffer_append_string(out, " of ");
        append_decoded(body, &words->place[DEPTH], out);
    }
}

/* Overwrites the secrets in place, before anything is cut: half a key is a secret too. */
static void hide(struct vespa_buffer *text, struct vespa_slice secret)
{
    size_t at = 0;

    if (secret.length < SHORTEST_SECRET || !text->length)
        return;
    for (;;) {
        char *found = memmem(text->data + at, text->length - at, secret.data, secret.length);
        if (!found)
            return;
        memset(found, '*', secret.length);
        at = (size_t)(found - text->data) + secret.length;
    }
}

/* ASCII control characters, and those of U+0080 to U+009F, of which terminals obey some. Returns
 * how many bytes the character at the beginning has; 0: it is another one. */
static size_t control_length(struct vespa_slice text)
{
    unsigned char byte = (unsigned char)text.data[0];
    if (byte < ' ' || byte == 0x7F)
        return 1;
    bool c1 = byte == 0xC2 && text.length > 1 && (unsigned char)text.data[1] < 0xA0;
    return c1 ? 2 : 0;
}

static void write_clean(struct vespa_slice text, char to[static VESPA_ANSWER_TEXT_SIZE])
{
    size_t length = 0;
    size_t at = 0;

    text = vespa_slice_trim(text);
    while (at < text.length && length < VESPA_ANSWER_TEXT_SIZE - 1) {
        size_t control = control_length(vespa_slice_part(text, at, text.length));
        to[length++] = control ? ' ' : text.data[at];
        at += control ? control : 1;
    }
    /* Not in the middle of a UTF-8 sequence. */
    if (at < text.length)
        while (length && ((unsigned char)text.data[at] & 0xC0) == 0x80) {
            length--;
            at--;
        }
    to[length] = '\0';
}

void vespa_answer_text(struct vespa_slice body, const struct vespa_slice *secrets,
                       size_t secret_count, char to[static VESPA_ANSWER_TEXT_SIZE])
{
    struct vespa_buffer text = {0};
    struct words words = {0};

    body = vespa_slice_trim(body);
    if (find_words(body, &words))
        join(body, &words, &text);
    else if (body.length && !strchr("{[\"<", body.data[0]))
        vespa_buffer_append(&text, body);

    for (size_t i = 0; i < secret_count; i++)
        hide(&text, secrets[i]);
    write_clean(text.failed ? vespa_slice(NULL, 0) : vespa_buffer_slice(&text), to);
    vespa_buffer_free(&text);
}
