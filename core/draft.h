/*
 * What a configuration says of one rule, or of everything, before it is understood: values as they
 * were written, and where. The file (core/config_file.h) and the environment fill drafts; core/
 * config_rule.h makes rules of them. Only the configuration uses this.
 */
#ifndef VESPA_CORE_DRAFT_H
#define VESPA_CORE_DRAFT_H

#include "core/config.h"
#include "core/variables.h"

struct vespa_value {
    struct vespa_origin origin; /* origin.by is VESPA_BY_DEFAULT: there is no value */
    struct vespa_slice text;    /* borrowed. A string's contents; a number or literal as written; a
                                   list as vespa_value_next takes it apart */
};

struct vespa_draft {
    struct vespa_value values[VESPA_MEMBERS];
    struct vespa_variables variables; /* with what is wrong with it */
    const char *file;                 /* borrowed; NULL: none of it is from a file */
    size_t index;                     /* of the rule in the file */
    unsigned line;                    /* where the rule begins; 0: not in a file */
};

/* A list that is being read; zero-initialised but for the value. */
struct vespa_value_reading {
    const struct vespa_value *value;
    size_t offset;
    size_t index;  /* of the item */
    unsigned line; /* of the item */
};

static inline const struct vespa_value *vespa_draft_value(const struct vespa_draft *draft,
                                                          enum vespa_member_id id)
{
    return &draft->values[id];
}

/* Whether there is a value. */
static inline bool vespa_draft_has(const struct vespa_draft *draft, enum vespa_member_id id)
{
    return draft->values[id].origin.by != VESPA_BY_DEFAULT;
}

/* The next item of a list, which is comma-separated in a variable and in a draft of a file what
 * vespa_value_add_item wrote. False at the end. */
bool vespa_value_next(struct vespa_value_reading *reading, struct vespa_slice *item);

/* Appends an item, which stands so many lines below the list's beginning, to a list at `to`, which
 * has `length` bytes by now. Returns its length then. That is done in the very place where the file
 * says it: an item with its two quotes, and the line ends before it, take no less there. */
size_t vespa_value_add_item(char *to, size_t length, unsigned lines, struct vespa_slice item);

/* Where a member is written, for messages: "VESPA_DEADLINE", or "/etc/vespa.json:12:
 * rules[0].deadline"; with item not NULL its item: "an entry of VESPA_HOST", "…hosts[1]".
 * *place is overwritten; the caller asks place->failed. */
void vespa_draft_place(const struct vespa_draft *draft, enum vespa_member_id id,
                       const struct vespa_value_reading *item, struct vespa_buffer *place);

/* Adds to the draft's problem: PLACE is "VALUE": expected EXPECTED; the value of a secret member is
 * left out, and one with an '@', for there may be a password before it. expected: NULL for the
 * member's own. */
void vespa_draft_complain(struct vespa_draft *draft, enum vespa_member_id id,
                          const struct vespa_value_reading *item, struct vespa_slice value,
                          const char *expected);

/* A value as the table of members spells that choice; NULL when there is none, or, with a
 * complaint, none that is known. */
const char *vespa_draft_choice(struct vespa_draft *draft, enum vespa_member_id id);

/* Takes the variable's value for the member if that is set. */
void vespa_draft_take_variable(struct vespa_draft *draft, enum vespa_member_id id);

#endif
