/* The application's body: one pass that checks it and finds the workload (protocol.md §6). */
#include "core/payload.h"

#include "core/workload.h"

/* Depths of tokens: 1 are the outermost object's members, 2 those of "parameters" and "input". */
enum { TOP_LEVEL = 1, NESTED = 2 };

/* Order of precedence (protocol.md §6). */
static const struct vespa_slice fields[VESPA_WORKLOAD_FIELDS] = {
    VESPA_LITERAL("max_tokens"),
    VESPA_LITERAL("max_completion_tokens"),
    VESPA_LITERAL("max_output_tokens"),
    VESPA_LITERAL("max_new_tokens"),
    VESPA_LITERAL("steps"),
};

void vespa_payload_init(struct vespa_payload *payload)
{
    *payload = (struct vespa_payload){.field = -1};
    vespa_json_init(&payload->json, NESTED);
}

static int field_of(struct vespa_slice body, const struct vespa_json_token *key)
{
    for (int i = 0; i < VESPA_WORKLOAD_FIELDS; i++)
        if (vespa_json_string_is(body, key, fields[i]))
            return i;
    return -1;
}

static void take_key(struct vespa_payload *payload, struct vespa_slice body,
                     const struct vespa_json_token *key)
{
    payload->field = key->depth == TOP_LEVEL || payload->nested ? field_of(body, key) : -1;
    /* TGI and SDK templates hold it one level deeper (protocol.md §6). */
    if (key->depth == TOP_LEVEL)
        payload->nested_next = vespa_json_string_is(body, key, VESPA_LITERAL("parameters")) ||
                               vespa_json_string_is(body, key, VESPA_LITERAL("input"));
}

/* Where a name occurs twice the last one counts, as for the worker's own parser. */
static void take_value(struct vespa_payload *payload, const struct vespa_json_token *value)
{
    if (value->kind == VESPA_JSON_OBJECT_END || value->kind == VESPA_JSON_ARRAY_END)
        return;
    if (payload->field >= 0) {
        bool number = value->kind == VESPA_JSON_NUMBER;
        size_t level = value->depth == TOP_LEVEL ? 0 : 1;
        payload->found[level][payload->field].start = number ? value->start : 0;
        payload->found[level][payload->field].end = number ? value->end : 0;
        payload->field = -1;
    }
    if (value->depth == 0)
        payload->is_object = value->kind == VESPA_JSON_OBJECT_BEGIN;
    if (value->depth == TOP_LEVEL) {
        payload->nested = payload->nested_next;
        payload->nested_next = false;
    }
}

/* The first that is a workload: -1 for "without limit", 0 and the like are none. */
static struct vespa_slice choose(const struct vespa_payload *payload, struct vespa_slice body)
{
    for (size_t level = 0; level < 2; level++)
        for (size_t i = 0; i < VESPA_WORKLOAD_FIELDS; i++) {
            struct vespa_slice text = vespa_slice_part(body, payload->found[level][i].start,
                                                       payload->found[level][i].end);
            if (vespa_workload_is_valid(text))
                return text;
        }
    return vespa_slice(NULL, 0);
}

enum vespa_payload_status vespa_payload_scan(struct vespa_payload *payload, struct vespa_slice body,
                                             bool last)
{
    struct vespa_json_token token;

    while (payload->status == VESPA_PAYLOAD_MORE) {
        switch (vespa_json_next(&payload->json, body, last, &token)) {
        case VESPA_JSON_TOKEN:
            if (token.kind == VESPA_JSON_KEY)
                take_key(payload, body, &token);
            else
                take_value(payload, &token);
            break;
        case VESPA_JSON_MORE:
            return VESPA_PAYLOAD_MORE;
        case VESPA_JSON_END:
            payload->cost = choose(payload, body);
            payload->status = VESPA_PAYLOAD_VALID;
            break;
        case VESPA_JSON_ERROR:
            payload->status = VESPA_PAYLOAD_INVALID;
            break;
        }
    }
    return payload->status;
}
