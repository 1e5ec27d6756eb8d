/* Finding the endpoint's key: {"results": [{"endpoint_name": …, "api_key": …}]}. */
#include "core/endpoint_key.h"

#include "core/json.h"

/* Depths of tokens: members of the answer, endpoints in its list, members of an endpoint. */
enum { ANSWER = 1, LIST = 2, ENDPOINT = 3 };

enum { MOST_NAMES = 10 };

enum member { OTHER, NAME, KEY };

struct search {
    struct vespa_slice body;
    struct vespa_slice endpoint;
    bool in_results; /* inside the array "results" */
    bool results_next;
    bool list_seen;
    enum member next;             /* whose value comes next */
    struct vespa_json_token name; /* of the endpoint that is being read; end 0: none */
    struct vespa_json_token key;
    bool matched;  /* an endpoint of that name is there */
    bool finished; /* and what it has of a key was taken */
    unsigned listed;
};

static void append_decoded(struct vespa_slice body, const struct vespa_json_token *token,
                           struct vespa_buffer *out)
{
    if (vespa_buffer_reserve(out, token->end - token->start))
        out->length += vespa_json_unescape(body, token, out->data + out->length);
}

bool vespa_is_key(struct vespa_slice text)
{
    for (size_t i = 0; i < text.length; i++)
        if ((unsigned char)text.data[i] <= ' ' || (unsigned char)text.data[i] >= 0x7F)
            return false;
    return text.length > 0 && text.length <= VESPA_LONGEST_KEY;
}

static void end_endpoint(struct search *search, struct vespa_buffer *key,
                         struct vespa_buffer *names)
{
    if (!search->name.end)
        return;
    if (vespa_json_string_is(search->body, &search->name, search->endpoint)) {
        search->matched = true;
        if (search->key.end)
            append_decoded(search->body, &search->key, key);
        search->finished = key->length > 0;
    } else if (search->listed++ < MOST_NAMES) {
        if (names->length)
            vespa_buffer_append_string(names, ", ");
        append_decoded(search->body, &search->name, names);
    }
}

static void take_key_token(struct search *search, const struct vespa_json_token *token)
{
    search->results_next = token->depth == ANSWER &&
                           vespa_json_string_is(search->body, token, VESPA_LITERAL("results"));
    search->next = OTHER;
    if (!search->in_results) /* there, members of endpoints are the only ones reported */
        return;
    if (vespa_json_string_is(search->body, token, VESPA_LITERAL("endpoint_name")))
        search->next = NAME;
    else if (vespa_json_string_is(search->body, token, VESPA_LITERAL("api_key")))
        search->next = KEY;
}

static void take_value(struct search *search, const struct vespa_json_token *token)
{
    bool is_text = token->kind == VESPA_JSON_STRING;

    if (token->depth == ANSWER) {
        search->in_results = search->results_next && token->kind == VESPA_JSON_ARRAY_BEGIN;
        search->list_seen |= search->in_results;
        search->results_next = false;
    } else if (token->depth == LIST && token->kind == VESPA_JSON_OBJECT_BEGIN) {
        search->name.end = search->key.end = 0;
    } else if (token->depth == ENDPOINT && search->next != OTHER) {
        struct vespa_json_token *place = search->next == NAME ? &search->name : &search->key;
        *place = is_text ? *token : (struct vespa_json_token){0};
        search->next = OTHER;
    }
}

enum vespa_endpoint_key vespa_endpoint_key_find(struct vespa_slice body,
                                                struct vespa_slice endpoint,
                                                struct vespa_buffer *key,
                                                struct vespa_buffer *names)
{
    struct search search = {.body = body, .endpoint = endpoint};
    struct vespa_json json;
    struct vespa_json_token token;
    enum vespa_json_status status;

    vespa_json_init(&json, ENDPOINT);
    while ((status = vespa_json_next(&json, body, true, &token)) == VESPA_JSON_TOKEN) {
        bool ends = token.depth == LIST && token.kind == VESPA_JSON_OBJECT_END;
        if (token.kind == VESPA_JSON_KEY)
            take_key_token(&search, &token);
        else if (ends && search.in_results && !search.finished)
            end_endpoint(&search, key, names);
        else
            take_value(&search, &token);
    }
    if (status != VESPA_JSON_END || !search.list_seen)
        return VESPA_ENDPOINT_KEY_UNUSABLE;
    if (!search.matched)
        return VESPA_ENDPOINT_KEY_NOT_FOUND;
    return vespa_is_key(vespa_buffer_slice(key)) ? VESPA_ENDPOINT_KEY_FOUND
                                                 : VESPA_ENDPOINT_KEY_UNUSABLE;
}
