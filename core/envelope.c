/* The envelope, in its two forms. */
#include "core/envelope.h"

#include "core/json.h"

/* The six members that workers want (protocol.md §4). */
#define MEMBERS 6

static const char *const names[MEMBERS] = {"cost",        "endpoint",  "reqnum",
                                           "request_idx", "signature", "url"};

static void list_values(const struct vespa_assignment *assignment,
                        struct vespa_slice values[MEMBERS])
{
    values[0] = assignment->cost;
    values[1] = assignment->endpoint;
    values[2] = assignment->reqnum;
    values[3] = assignment->request_idx;
    values[4] = assignment->signature;
    values[5] = assignment->url;
}

/* Room for all was made before: asking for it each time would cost more than the copying. */
static char *put(char *to, struct vespa_slice text)
{
    memcpy(to, text.data, text.length);
    return to + text.length;
}

static void append_auth_data(const struct vespa_assignment *assignment, struct vespa_slice before,
                             struct vespa_slice behind, struct vespa_buffer *out)
{
    /* What stands before each value. */
    static const struct vespa_slice openings[MEMBERS] = {
        VESPA_LITERAL("{\"cost\": "),       VESPA_LITERAL(", \"endpoint\": "),
        VESPA_LITERAL(", \"reqnum\": "),    VESPA_LITERAL(", \"request_idx\": "),
        VESPA_LITERAL(", \"signature\": "), VESPA_LITERAL(", \"url\": "),
    };
    struct vespa_slice values[MEMBERS];
    size_t length = before.length + behind.length;

    list_values(assignment, values);
    for (size_t i = 0; i < MEMBERS; i++)
        length += openings[i].length + values[i].length;
    if (!vespa_buffer_reserve(out, length))
        return;
    char *at = put(out->data + out->length, before);
    for (size_t i = 0; i < MEMBERS; i++)
        at = put(put(at, openings[i]), values[i]);
    *put(at, behind) = '\0';
    out->length += length;
}

void vespa_envelope_auth_data(const struct vespa_assignment *assignment, struct vespa_buffer *out)
{
    append_auth_data(assignment, VESPA_LITERAL(""), VESPA_LITERAL("}"), out);
}

void vespa_envelope_prefix(const struct vespa_assignment *assignment, struct vespa_buffer *out)
{
    append_auth_data(assignment, VESPA_LITERAL("{\"auth_data\": "),
                     VESPA_LITERAL("}, \"payload\": "), out);
}

/* Appends the contents of a KEY or STRING token, decoded and then percent-encoded. */
static void append_string(struct vespa_slice document, const struct vespa_json_token *token,
                          struct vespa_buffer *out)
{
    struct vespa_slice text = vespa_json_text(document, token);
    struct vespa_buffer decoded = {0};

    if (token->escaped) {
        if (!vespa_buffer_reserve(&decoded, text.length)) {
            out->failed = true;
            return;
        }
        text = vespa_slice(decoded.data, vespa_json_unescape(document, token, decoded.data));
    }
    vespa_buffer_append_percent(out, text);
    vespa_buffer_free(&decoded);
}

/* Appends one JSON value, given as it was written. */
static void append_value(struct vespa_slice value, struct vespa_buffer *out)
{
    struct vespa_json json;
    struct vespa_json_token token;

    vespa_json_init(&json, 0);
    if (vespa_json_next(&json, value, true, &token) == VESPA_JSON_TOKEN &&
        token.kind == VESPA_JSON_STRING)
        append_string(value, &token, out);
    else
        vespa_buffer_append_percent(out, value);
}

void vespa_envelope_query(const struct vespa_assignment *assignment, struct vespa_buffer *out)
{
    struct vespa_slice values[MEMBERS];

    list_values(assignment, values);
    for (size_t i = 0; i < MEMBERS; i++) {
        vespa_buffer_append_string(out, i ? "&serverless_" : "serverless_");
        vespa_buffer_append_string(out, names[i]);
        vespa_buffer_append_byte(out, '=');
        append_value(values[i], out);
    }
}

void vespa_envelope_members(struct vespa_slice object, struct vespa_buffer *out)
{
    struct vespa_json json;
    struct vespa_json_token token;
    size_t container = 0;
    bool first = true;

    vespa_json_init(&json, 1);
    while (vespa_json_next(&json, object, true, &token) == VESPA_JSON_TOKEN) {
        if (token.depth == 0)
            continue;
        switch (token.kind) {
        case VESPA_JSON_KEY:
            if (!first)
                vespa_buffer_append_byte(out, '&');
            first = false;
            append_string(object, &token, out);
            vespa_buffer_append_byte(out, '=');
            break;
        case VESPA_JSON_STRING:
            append_string(object, &token, out);
            break;
        case VESPA_JSON_OBJECT_BEGIN:
        case VESPA_JSON_ARRAY_BEGIN:
            container = token.start;
            break;
        case VESPA_JSON_OBJECT_END:
        case VESPA_JSON_ARRAY_END:
            token.start = container;
            /* fallthrough */
        default:
            vespa_buffer_append_percent(out, vespa_json_text(object, &token));
        }
    }
}
