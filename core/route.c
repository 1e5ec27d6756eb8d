/* The route message. */
#include "core/route.h"

#include "core/json.h"

void vespa_route_request(struct vespa_slice endpoint, struct vespa_slice cost,
                         struct vespa_slice request_idx, struct vespa_buffer *out)
{
    vespa_buffer_append_string(out, "{\"endpoint\": ");
    vespa_buffer_append_json(out, endpoint);
    vespa_buffer_append_string(out, ", \"cost\": ");
    vespa_buffer_append(out, cost);
    if (request_idx.length) {
        vespa_buffer_append_string(out, ", \"request_idx\": ");
        vespa_buffer_append(out, request_idx);
    }
    vespa_buffer_append_byte(out, '}');
}

/* What kind of value a member of the answer must have. */
enum wanted {
    TEXT,   /* a string that is not empty */
    SCALAR, /* a number; or a string, for the engine may change its numbers to names */
};

struct member {
    struct vespa_slice name;
    enum wanted wanted;
    struct vespa_slice *value;
};

/* Whether the value is of the kind; null and the like count as absent. */
static bool suits(enum wanted wanted, const struct vespa_json_token *value)
{
    if (value->kind == VESPA_JSON_STRING)
        return value->end > value->start;
    return wanted == SCALAR && value->kind == VESPA_JSON_NUMBER;
}

/* A value as it was written. */
static struct vespa_slice written(struct vespa_slice body, const struct vespa_json_token *value)
{
    size_t quote = value->kind == VESPA_JSON_STRING;
    return vespa_slice_part(body, value->start - quote, value->end + quote);
}

/* Reads the members of the outermost object; of a name that occurs twice the last one counts.
 * False: the text is neither a JSON object nor a JSON string. */
static bool read_members(struct vespa_slice body, const struct member *members, size_t count)
{
    struct vespa_json json;
    struct vespa_json_token token;
    const struct member *next = NULL;
    enum vespa_json_status status;
    bool acceptable = false;

    vespa_json_init(&json, 1);
    while ((status = vespa_json_next(&json, body, true, &token)) == VESPA_JSON_TOKEN) {
        if (token.depth == 0) {
            acceptable |= token.kind == VESPA_JSON_OBJECT_BEGIN || token.kind == VESPA_JSON_STRING;
        } else if (token.kind == VESPA_JSON_KEY) {
            next = NULL;
            for (size_t i = 0; i < count; i++)
                if (vespa_json_string_is(body, &token, members[i].name))
                    next = &members[i];
        } else if (next) {
            *next->value =
                suits(next->wanted, &token) ? written(body, &token) : vespa_slice(NULL, 0);
            next = NULL;
        }
    }
    return status == VESPA_JSON_END && acceptable;
}

/* READY means that `url` is present, nothing else (protocol.md §3). But no worker takes less than
 * all six (§4), so an incomplete answer is a failed one. */
static void read_assignment(struct vespa_slice body, struct vespa_route_answer *answer)
{
    struct vespa_assignment *a = &answer->assignment;
    const struct member members[] = {
        {VESPA_LITERAL("cost"), SCALAR, &a->cost},
        {VESPA_LITERAL("endpoint"), TEXT, &a->endpoint},
        {VESPA_LITERAL("reqnum"), SCALAR, &a->reqnum},
        {VESPA_LITERAL("request_idx"), SCALAR, &a->request_idx},
        {VESPA_LITERAL("signature"), TEXT, &a->signature},
        {VESPA_LITERAL("url"), TEXT, &a->url},
    };
    const size_t count = sizeof(members) / sizeof(members[0]);

    answer->outcome = VESPA_ROUTE_FAILED;
    if (!read_members(body, members, count)) {
        answer->defect = "is not JSON of the expected form";
        return;
    }
    answer->request_idx = a->request_idx;
    if (!a->url.length) {
        answer->outcome = VESPA_ROUTE_NOT_READY;
        return;
    }
    for (size_t i = 0; i < count; i++)
        if (!members[i].value->length) {
            answer->defect = "names a worker, but is not a whole assignment: cost, endpoint, "
                             "reqnum, request_idx and signature belong to it";
            return;
        }
    answer->outcome = VESPA_ROUTE_READY;
}

void vespa_route_read(int status, struct vespa_slice body, struct vespa_route_answer *answer)
{
    *answer = (struct vespa_route_answer){.outcome = VESPA_ROUTE_FAILED};
    switch (status) {
    case 200:
        read_assignment(body, answer);
        break;
    case 400:
        answer->outcome = VESPA_ROUTE_BAD_REQUEST;
        break;
    case 401:
    case 403:
        answer->outcome = VESPA_ROUTE_WRONG_KEY;
        break;
    case 429:
        answer->outcome = VESPA_ROUTE_TOO_OFTEN;
        break;
    default:
        break;
    }
}

void vespa_route_url(const struct vespa_assignment *assignment, struct vespa_buffer *out)
{
    struct vespa_json json;
    struct vespa_json_token token;

    vespa_json_init(&json, 0);
    if (vespa_json_next(&json, assignment->url, true, &token) == VESPA_JSON_TOKEN &&
        token.kind == VESPA_JSON_STRING && vespa_buffer_reserve(out, token.end - token.start))
        out->length += vespa_json_unescape(assignment->url, &token, out->data + out->length);
}
