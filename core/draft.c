/* Values as they were written, and what is said about them. */
#include "core/draft.h"

#include "core/host_list.h"

/* An item: a line feed for each line since the list began, the text, a zero. No text holds control
 * characters, so there is no doubt about where each ends. */
static bool next_of_file(struct vespa_value_reading *reading, struct vespa_slice *item)
{
    struct vespa_slice list = reading->value->text;
    unsigned lines = 0;

    if (reading->offset >= list.length)
        return false;
    struct vespa_slice rest = vespa_slice_part(list, reading->offset, list.length);
    while (rest.data[lines] == '\n')
        lines++;
    size_t end = vespa_slice_find(rest, '\0');
    *item = vespa_slice_part(rest, lines, end);
    reading->line = reading->value->origin.line + lines;
    reading->offset += end + 1;
    return true;
}

static bool next_of_variable(struct vespa_value_reading *reading, struct vespa_slice *item)
{
    struct vespa_slice list = reading->value->text;
    struct vespa_slice rest = vespa_slice_part(list, reading->offset, list.length);
    bool found = vespa_list_next(&rest, item);

    reading->offset = list.length - rest.length;
    return found;
}

bool vespa_value_next(struct vespa_value_reading *reading, struct vespa_slice *item)
{
    bool begun = reading->offset > 0;
    bool found = reading->value->origin.by == VESPA_BY_FILE ? next_of_file(reading, item)
                                                            : next_of_variable(reading, item);
    reading->index += begun;
    return found;
}

size_t vespa_value_add_item(char *to, size_t length, unsigned lines, struct vespa_slice item)
{
    if (item.length)
        memmove(to + length + lines, item.data, item.length);
    memset(to + length, '\n', lines);
    length += lines + item.length;
    to[length] = '\0';
    return length + 1;
}

static void append_file_place(const struct vespa_draft *draft, enum vespa_member_id id,
                              const struct vespa_value_reading *item, struct vespa_buffer *place)
{
    vespa_buffer_append_string(place, draft->file);
    vespa_buffer_append_byte(place, ':');
    vespa_buffer_append_number(place, item ? item->line : draft->values[id].origin.line);
    vespa_buffer_append_string(place, ": ");
    if (id < VESPA_RULE_MEMBERS) {
        vespa_buffer_append_string(place, "rules[");
        vespa_buffer_append_number(place, draft->index);
        vespa_buffer_append_string(place, "].");
    }
    vespa_buffer_append_string(place, vespa_members[id].name);
    if (!item)
        return;
    vespa_buffer_append_byte(place, '[');
    vespa_buffer_append_number(place, item->index);
    vespa_buffer_append_byte(place, ']');
}

void vespa_draft_place(const struct vespa_draft *draft, enum vespa_member_id id,
                       const struct vespa_value_reading *item, struct vespa_buffer *place)
{
    const struct vespa_origin *origin = &draft->values[id].origin;

    vespa_buffer_reset(place);
    if (origin->by == VESPA_BY_FILE) {
        append_file_place(draft, id, item, place);
        return;
    }
    if (item)
        vespa_buffer_append_string(place, "an entry of ");
    vespa_buffer_append_string(place, origin->name ? origin->name : vespa_members[id].name);
}

/* In front of an '@' there may be a password. */
static bool may_be_shown(const struct vespa_member *member, struct vespa_slice value)
{
    return !member->secret && vespa_slice_find(value, '@') == value.length;
}

void vespa_draft_complain(struct vespa_draft *draft, enum vespa_member_id id,
                          const struct vespa_value_reading *item, struct vespa_slice value,
                          const char *expected)
{
    const struct vespa_member *member = &vespa_members[id];
    struct vespa_buffer place = {0};

    vespa_draft_place(draft, id, item, &place);
    expected = expected ? expected : member->expected;
    if (place.failed)
        draft->variables.failed = true;
    else if (may_be_shown(member, value))
        vespa_complain_of_value(&draft->variables, place.data, value, expected);
    else
        VESPA_COMPLAIN(&draft->variables, place.data, " is not acceptable: expected ", expected);
    vespa_buffer_free(&place);
}

const char *vespa_draft_choice(struct vespa_draft *draft, enum vespa_member_id id)
{
    const char *choice = NULL;

    if (vespa_draft_has(draft, id) &&
        !vespa_member_admits(&vespa_members[id], draft->values[id].text, &choice))
        vespa_draft_complain(draft, id, NULL, draft->values[id].text, NULL);
    return choice;
}

void vespa_draft_take_variable(struct vespa_draft *draft, enum vespa_member_id id)
{
    const char *name = vespa_members[id].variable;
    struct vespa_slice text = name ? vespa_variable(&draft->variables, name) : vespa_slice(NULL, 0);

    if (text.length)
        draft->values[id] = (struct vespa_value){{VESPA_BY_VARIABLE, name, 0}, text};
}
