/* The configuration file, token by token. */
#include "core/config_file.h"

#include "core/json.h"

#include <stdlib.h>

/* The document, and how far it was read. */
struct document {
    struct vespa_drafts *drafts;
    struct vespa_json json;
    struct vespa_json_token token; /* the latest */
    unsigned line;                 /* of it */
    size_t counted;                /* bytes whose line ends are in line */
    bool ended;                    /* no further token: the end, or an error */
};

static char *data_of(struct document *document)
{
    return document->drafts->text.data;
}

static void count_lines(struct document *document, size_t end)
{
    for (; document->counted < end; document->counted++)
        document->line += data_of(document)[document->counted] == '\n';
}

static void complain_of_file(struct document *document, const char *what, const char *more)
{
    struct vespa_draft *all = &document->drafts->all;
    struct vespa_buffer line = {0};

    vespa_buffer_append_number(&line, document->line);
    if (line.failed)
        all->variables.failed = true;
    else
        VESPA_COMPLAIN(&all->variables, all->file, ":", line.data, ": ", what, more);
    vespa_buffer_free(&line);
}

/* Goes on to the next token; false at the end, which is an error unless the document is whole. */
static bool next(struct document *document)
{
    struct vespa_slice text = vespa_buffer_slice(&document->drafts->text);
    enum vespa_json_status status;

    if (document->ended)
        return false;
    status = vespa_json_next(&document->json, text, true, &document->token);
    if (status == VESPA_JSON_TOKEN) {
        count_lines(document, document->token.start);
        return true;
    }
    document->ended = true;
    if (status == VESPA_JSON_ERROR) {
        count_lines(document, document->json.error_offset);
        complain_of_file(document, "not JSON: expected ", document->json.expected);
    }
    return false;
}

static bool is_begin(enum vespa_json_kind kind)
{
    return kind == VESPA_JSON_OBJECT_BEGIN || kind == VESPA_JSON_ARRAY_BEGIN;
}

/* Passes over the value that the latest token begins. */
static void skip_value(struct document *document)
{
    unsigned depth = document->token.depth;

    if (!is_begin(document->token.kind))
        return;
    while (next(document) && document->token.depth > depth)
        ;
}

/* The contents of the latest token, a string, written where it stands. */
static struct vespa_slice unescape(struct document *document)
{
    struct vespa_slice text = vespa_buffer_slice(&document->drafts->text);
    char *place = data_of(document) + document->token.start;

    if (!document->token.escaped)
        return vespa_json_text(text, &document->token);
    char *decoded = malloc(document->token.end - document->token.start + 1);
    if (!decoded) {
        document->drafts->all.variables.failed = true;
        return vespa_slice(place, 0);
    }
    size_t length = vespa_json_unescape(text, &document->token, decoded);
    memcpy(place, decoded, length);
    explicit_bzero(decoded, length);
    free(decoded);
    return vespa_slice(place, length);
}

/* ---- values ---------------------------------------------------------------------------------- */

/* Whether the latest token can be a value of that type. */
static bool is_of_type(const struct document *document, enum vespa_member_type type)
{
    enum vespa_json_kind kind = document->token.kind;

    switch (type) {
    case VESPA_TYPE_STRING:
        return kind == VESPA_JSON_STRING;
    case VESPA_TYPE_INTEGER:
    case VESPA_TYPE_NUMBER:
        return kind == VESPA_JSON_NUMBER;
    case VESPA_TYPE_BOOLEAN:
        return kind == VESPA_JSON_TRUE || kind == VESPA_JSON_FALSE;
    case VESPA_TYPE_STRINGS:
    case VESPA_TYPE_RULES:
        break;
    }
    return kind == VESPA_JSON_ARRAY_BEGIN;
}

/* What stands there, for a message: of a container its bracket. */
static struct vespa_slice shown(struct document *document)
{
    return vespa_json_text(vespa_buffer_slice(&document->drafts->text), &document->token);
}

static bool is_text(struct vespa_slice text)
{
    return !vespa_has_control_character(text);
}

/* The items of a list, whose first bracket was read; they are written where the list stands. */
static void read_items(struct document *document, struct vespa_draft *draft,
                       enum vespa_member_id id)
{
    struct vespa_value *value = &draft->values[id];
    struct vespa_value_reading item = {.value = value};
    unsigned depth = document->token.depth;
    char *list = data_of(document) + document->token.start;
    size_t length = 0;

    while (next(document) && document->token.depth > depth) {
        bool is_string = document->token.kind == VESPA_JSON_STRING;
        struct vespa_slice text = is_string ? unescape(document) : shown(document);
        item.line = document->line;
        if (is_string && is_text(text))
            length = vespa_value_add_item(list, length, document->line - value->origin.line, text);
        else
            vespa_draft_complain(draft, id, &item, text, NULL);
        skip_value(document);
        item.index++;
    }
    value->text = vespa_slice(list, length);
}

/* The value of a member, whose first token was read. */
static void read_value(struct document *document, struct vespa_draft *draft,
                       enum vespa_member_id id)
{
    const struct vespa_member *member = &vespa_members[id];
    struct vespa_value *value = &draft->values[id];
    bool again = vespa_draft_has(draft, id);

    value->origin = (struct vespa_origin){VESPA_BY_FILE, draft->file, document->line};
    if (again) {
        vespa_draft_complain(draft, id, NULL, shown(document), "each member once");
        skip_value(document);
    } else if (!is_of_type(document, member->type)) {
        vespa_draft_complain(draft, id, NULL, shown(document), NULL);
        value->origin.by = VESPA_BY_DEFAULT;
        skip_value(document);
    } else if (member->type == VESPA_TYPE_STRINGS) {
        read_items(document, draft, id);
    } else {
        value->text = member->type == VESPA_TYPE_STRING ? unescape(document) : shown(document);
        if (is_text(value->text))
            return;
        vespa_draft_complain(draft, id, NULL, value->text, NULL);
        value->origin.by = VESPA_BY_DEFAULT;
    }
}

/* ---- members --------------------------------------------------------------------------------- */

static void complain_of_name(struct document *document, struct vespa_draft *draft,
                             struct vespa_slice name, bool of_rule)
{
    struct vespa_buffer place = {0};
    struct vespa_buffer expected = {0};

    vespa_buffer_append_string(&place, draft->file);
    vespa_buffer_append_byte(&place, ':');
    vespa_buffer_append_number(&place, document->line);
    vespa_buffer_append_string(&place, of_rule ? ": a member of rules[" : ": a member of the file");
    if (of_rule) {
        vespa_buffer_append_number(&place, draft->index);
        vespa_buffer_append_byte(&place, ']');
    }
    vespa_buffer_append_string(&expected, "a known name; the nearest is \"");
    vespa_buffer_append_string(&expected, vespa_member_nearest(name, of_rule));
    vespa_buffer_append_byte(&expected, '"');
    if (place.failed || expected.failed)
        draft->variables.failed = true;
    else
        vespa_complain_of_value(&draft->variables, place.data, name, expected.data);
    vespa_buffer_free(&place);
    vespa_buffer_free(&expected);
}

/* A member, whose name is the latest token, and its value; of rules only their first bracket. */
static enum vespa_member_id read_member(struct document *document, struct vespa_draft *draft,
                                        bool of_rule)
{
    struct vespa_slice name = unescape(document);
    enum vespa_member_id id = vespa_member_find(name, of_rule);

    if (id == VESPA_MEMBERS)
        complain_of_name(document, draft, name, of_rule);
    if (!next(document))
        return VESPA_MEMBERS;
    if (id == VESPA_MEMBERS)
        skip_value(document);
    else
        read_value(document, draft, id);
    return id;
}

/* A rule, whose first bracket was read. */
static void read_rule(struct document *document, struct vespa_draft *draft)
{
    unsigned depth = document->token.depth;

    while (next(document) && document->token.depth > depth)
        read_member(document, draft, true);
}

/* A further draft; NULL when memory ran out. */
static struct vespa_draft *add_rule(struct document *document)
{
    struct vespa_drafts *drafts = document->drafts;
    struct vespa_draft *rules =
        reallocarray(drafts->rules, drafts->count + 1, sizeof(*drafts->rules));

    if (!rules) {
        drafts->all.variables.failed = true;
        return NULL;
    }
    drafts->rules = rules;
    rules[drafts->count] = (struct vespa_draft){
        .variables = {.environment = drafts->all.variables.environment},
        .file = drafts->all.file,
        .index = drafts->count,
        .line = document->line,
    };
    return &rules[drafts->count++];
}

/* The array of rules, whose first bracket was read. */
static void read_rules(struct document *document)
{
    unsigned depth = document->token.depth;

    while (next(document) && document->token.depth > depth) {
        struct vespa_draft *draft = NULL;
        if (document->token.kind == VESPA_JSON_OBJECT_BEGIN)
            draft = add_rule(document);
        else
            complain_of_file(document, "an entry of rules is no object: expected ",
                             "{\"endpoint\": …}");
        if (draft)
            read_rule(document, draft);
        else
            skip_value(document);
    }
}

static void read_all(struct document *document)
{
    while (next(document) && document->token.depth > 0)
        if (read_member(document, &document->drafts->all, false) == VESPA_MEMBER_RULES &&
            document->token.kind == VESPA_JSON_ARRAY_BEGIN)
            read_rules(document);
}

void vespa_config_file_parse(struct vespa_drafts *drafts, const char *file)
{
    struct document document = {.drafts = drafts, .line = 1};

    drafts->all.file = file;
    vespa_json_init(&document.json, VESPA_JSON_ALL_DEPTHS);
    if (!next(&document))
        return;
    if (document.token.kind == VESPA_JSON_OBJECT_BEGIN)
        read_all(&document);
    else
        complain_of_file(&document, "expected an object: ", "{\"rules\": [{\"endpoint\": …}]}");
    while (next(&document))
        skip_value(&document);
}

void vespa_drafts_free(struct vespa_drafts *drafts)
{
    for (size_t i = 0; i < drafts->count; i++)
        vespa_buffer_free(&drafts->rules[i].variables.problem);
    free(drafts->rules);
    vespa_buffer_free(&drafts->all.variables.problem);
    vespa_buffer_free_secret(&drafts->text);
    *drafts = (struct vespa_drafts){0};
}
