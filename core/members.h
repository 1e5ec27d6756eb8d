/*
 * The members of the configuration file, in one table: what the parser knows, what `vespa config
 * check` shows and what docs/configuration.md and docs/config.schema.json say. A test holds the
 * documents against it.
 */
#ifndef VESPA_CORE_MEMBERS_H
#define VESPA_CORE_MEMBERS_H

#include "core/slice.h"

#include <stdint.h>

enum vespa_member_id {
    /* of a rule */
    VESPA_MEMBER_HOSTS,
    VESPA_MEMBER_PATHS,
    VESPA_MEMBER_ENDPOINT,
    VESPA_MEMBER_API_KEY,
    VESPA_MEMBER_API_KEY_FILE,
    VESPA_MEMBER_API_KEY_ENV,
    VESPA_MEMBER_API_KEY_COMMAND,
    VESPA_MEMBER_ACCOUNT_KEY,
    VESPA_MEMBER_ACCOUNT_KEY_FILE,
    VESPA_MEMBER_ACCOUNT_KEY_ENV,
    VESPA_MEMBER_INSTANCE,
    VESPA_MEMBER_AUTOSCALER_URL,
    VESPA_MEMBER_COST,
    VESPA_MEMBER_PAYLOAD,
    VESPA_MEMBER_UPLOADS,
    VESPA_MEMBER_DEADLINE,
    VESPA_MEMBER_RETRIES,
    VESPA_MEMBER_PASS_HEADERS,
    VESPA_MEMBER_PASS_QUERY,
    VESPA_MEMBER_FALLBACK,
    VESPA_MEMBER_FALLBACK_AFTER,
    VESPA_MEMBER_WORKER_SCHEMES,
    VESPA_MEMBER_WORKER_HOSTS,
    VESPA_MEMBER_INSECURE,
    VESPA_MEMBER_CA_FILE,
    VESPA_RULE_MEMBERS,

    /* of the file itself */
    VESPA_MEMBER_RULES = VESPA_RULE_MEMBERS,
    VESPA_MEMBER_LOG,
    VESPA_MEMBER_LOG_FILE,
    VESPA_MEMBER_BODY_LIMIT,
    VESPA_MEMBER_ROOT_SHA256,
    VESPA_MEMBER_SCHEMA,
    VESPA_MEMBERS
};

enum vespa_member_type {
    VESPA_TYPE_STRING,  /* one of choices, where there are any */
    VESPA_TYPE_INTEGER, /* from low to high */
    VESPA_TYPE_NUMBER,  /* kept as it was written */
    VESPA_TYPE_BOOLEAN,
    VESPA_TYPE_STRINGS, /* an array; each is one of choices, where there are any */
    VESPA_TYPE_RULES    /* an array of rules */
};

struct vespa_member {
    const char *name;
    const char *const *choices; /* NULL-terminated; NULL: any text */
    const char *expected;       /* what a value looks like: to follow "expected " */
    const char *variable;       /* the environment's name for it; NULL: none */
    const char *initial;        /* what counts where it is not given; for a person */
    const char *meaning;        /* one sentence for the documentation, without a full stop */
    enum vespa_member_type type;
    unsigned low, high; /* INTEGER */
    bool secret;        /* its value is never shown */
};

extern const struct vespa_member vespa_members[VESPA_MEMBERS];

/* The member of a rule, or of the file itself, with that name; VESPA_MEMBERS: there is none. */
enum vespa_member_id vespa_member_find(struct vespa_slice name, bool of_rule);

/* The name that is nearest to a mistyped one (Levenshtein distance; the first of several). */
const char *vespa_member_nearest(struct vespa_slice name, bool of_rule);

/* Whether a text is among the member's choices, without case, or there are none; *choice is the
 * choice as the table spells it, or NULL. */
bool vespa_member_admits(const struct vespa_member *member, struct vespa_slice text,
                         const char **choice);

#endif
