/*
 * Reading keys. What a file says is believed only when nobody else could have written it; what it
 * said is overwritten before its memory is given back.
 */
#include "core/keys.h"

#include "core/config_rule.h"
#include "core/endpoint_key.h"
#include "core/trusted_file.h"

#include <stdlib.h>

enum found {
    FOUND,   /* the key was read */
    ABSENT,  /* there is no such file, or it is empty */
    REFUSED, /* *problem says why, to follow the file's name */
    NO_MEMORY
};

/* The places of one kind of key; `own` itself is the first. */
struct kind {
    enum vespa_member_id own;
    enum vespa_member_id file;
    enum vespa_member_id variable;
    enum vespa_member_id end; /* behind the last of them */
};

static const struct kind endpoint_kind = {VESPA_MEMBER_API_KEY, VESPA_MEMBER_API_KEY_FILE,
                                          VESPA_MEMBER_API_KEY_ENV, VESPA_MEMBER_ACCOUNT_KEY};
static const struct kind account_kind = {VESPA_MEMBER_ACCOUNT_KEY, VESPA_MEMBER_ACCOUNT_KEY_FILE,
                                         VESPA_MEMBER_ACCOUNT_KEY_ENV, VESPA_MEMBER_INSTANCE};

static size_t count_places(const struct vespa_draft *draft, const struct kind *kind)
{
    size_t count = 0;
    for (enum vespa_member_id id = kind->own; id < kind->end; id++)
        count += vespa_draft_has(draft, id);
    return count;
}

bool vespa_keys_are_named(const struct vespa_draft *draft)
{
    return count_places(draft, &endpoint_kind) || count_places(draft, &account_kind);
}

void vespa_keys_forget(struct vespa_draft *draft, enum vespa_member_id id)
{
    const struct kind *kind = id == VESPA_MEMBER_API_KEY ? &endpoint_kind : &account_kind;

    for (enum vespa_member_id place = kind->own; place < kind->end; place++)
        draft->values[place] = (struct vespa_value){0};
}

/* Cuts off white space around it. False when what is left can be no key. */
static bool clean_key(struct vespa_slice *key)
{
    *key = vespa_slice_trim(*key);
    return vespa_is_key(*key);
}

/* ---- files ----------------------------------------------------------------------------------- */

static enum found take_contents(struct vespa_slice text, char **key, const char **problem)
{
    if (!vespa_slice_trim(text).length)
        return ABSENT;
    if (!clean_key(&text)) {
        *problem = "holds no key: expected one line without spaces and control characters";
        return REFUSED;
    }
    *key = vespa_slice_copy(text);
    return *key ? FOUND : NO_MEMORY;
}

static enum found read_key_file(const char *path, char **key, const char **problem)
{
    struct vespa_buffer text = {0};
    enum found result = NO_MEMORY;

    switch (vespa_trusted_file_read(path, VESPA_LONGEST_KEY, &text, problem)) {
    case VESPA_FILE_READ:
        result = take_contents(vespa_buffer_slice(&text), key, problem);
        break;
    case VESPA_FILE_ABSENT:
        result = ABSENT;
        break;
    case VESPA_FILE_HIDDEN:
    case VESPA_FILE_REFUSED:
        result = REFUSED;
        break;
    case VESPA_FILE_NO_MEMORY:
        break;
    }
    vespa_buffer_free_secret(&text);
    return result;
}

/* ---- places that the draft names ------------------------------------------------------------- */

/* The value itself never appears in a message. */
static char *take_key(struct vespa_draft *draft, const char *place, struct vespa_slice value)
{
    if (clean_key(&value))
        return vespa_variables_keep(&draft->variables, value);
    VESPA_COMPLAIN(&draft->variables, place,
                   value.length
                       ? " holds a space or a control character, or is too long: copy the key anew"
                       : " is empty: it should be a key");
    return NULL;
}

static char *read_own(struct vespa_draft *draft, enum vespa_member_id id)
{
    struct vespa_buffer place = {0};
    char *key = NULL;

    vespa_draft_place(draft, id, NULL, &place);
    if (place.failed)
        draft->variables.failed = true;
    else
        key = take_key(draft, place.data, draft->values[id].text);
    vespa_buffer_free(&place);
    return key;
}

static void complain_of_named_file(struct vespa_draft *draft, enum vespa_member_id id,
                                   const char *path, const char *problem)
{
    struct vespa_buffer place = {0};

    vespa_draft_place(draft, id, NULL, &place);
    if (place.failed)
        draft->variables.failed = true;
    else
        VESPA_COMPLAIN(&draft->variables, "the key file ", path, " (", place.data, ") ", problem);
    vespa_buffer_free(&place);
}

/* Whoever names a file means it. */
static char *read_named_file(struct vespa_draft *draft, enum vespa_member_id id)
{
    char *path = vespa_draft_path(draft, id);
    const char *problem = NULL;
    char *key = NULL;

    if (!path)
        return NULL;
    enum found found = read_key_file(path, &key, &problem);
    if (found == ABSENT)
        problem = "is not there, or empty: expected the key in it";
    if (found == NO_MEMORY)
        draft->variables.failed = true;
    else if (found != FOUND)
        complain_of_named_file(draft, id, path, problem);
    free(path);
    return key;
}

static char *read_named_variable(struct vespa_draft *draft, enum vespa_member_id id)
{
    char *name = vespa_variables_keep(&draft->variables, draft->values[id].text);
    char *key = NULL;

    if (name && vespa_variable(&draft->variables, name).length)
        key = take_key(draft, name, vespa_variable(&draft->variables, name));
    else if (name)
        vespa_draft_complain(draft, id, NULL, vespa_slice_of(name),
                             "the name of an environment variable that is set, and holds the key");
    free(name);
    return key;
}

/* Two places would be two keys, of which one is stale some day. */
static void complain_of_several(struct vespa_draft *draft, const struct kind *kind)
{
    struct vespa_buffer place = {0};
    enum vespa_member_id last = kind->end - 1;

    while (!vespa_draft_has(draft, last))
        last--;
    vespa_draft_place(draft, last, NULL, &place);
    if (place.failed)
        draft->variables.failed = true;
    else
        VESPA_COMPLAIN(&draft->variables, place.data,
                       " is not the only place of that key: expected ", "one of ",
                       vespa_members[kind->own].name, ", ", vespa_members[kind->file].name,
                       " and so on");
    vespa_buffer_free(&place);
}

static char *read_kind(struct vespa_draft *draft, const struct kind *kind)
{
    if (count_places(draft, kind) > 1)
        complain_of_several(draft, kind);
    if (vespa_draft_has(draft, kind->own))
        return read_own(draft, kind->own);
    if (vespa_draft_has(draft, kind->file))
        return read_named_file(draft, kind->file);
    if (vespa_draft_has(draft, kind->variable))
        return read_named_variable(draft, kind->variable);
    return NULL;
}

/* ---- the vastai command line's --------------------------------------------------------------- */

/* Reads the account key from a file below the directory; false when there is none, and the next
 * place counts. */
static bool read_key_at(struct vespa_draft *draft, struct vespa_rule *rule,
                        struct vespa_slice directory, const char *name)
{
    struct vespa_buffer path = {0};
    const char *problem = NULL;
    enum found result = NO_MEMORY;

    /* A relative directory would depend on where the program happens to be (XDG Base Directory
     * Specification: "must be absolute", or be ignored). */
    if (!directory.length || directory.data[0] != '/')
        return false;
    vespa_buffer_append(&path, directory);
    vespa_buffer_append_string(&path, name);
    if (!path.failed)
        result = read_key_file(path.data, &rule->account_key, &problem);

    if (result == NO_MEMORY)
        draft->variables.failed = true;
    if (result == REFUSED)
        VESPA_COMPLAIN(&draft->variables, "the key file ", path.data, " ", problem);
    if (result == FOUND)
        draft->values[VESPA_MEMBER_ACCOUNT_KEY].origin.by = VESPA_BY_KEY_FILE;
    vespa_buffer_free(&path);
    return result != ABSENT;
}

/* Where the vastai command line keeps the account key (protocol.md §2). */
static void read_key_files(struct vespa_draft *draft, struct vespa_rule *rule)
{
    struct vespa_slice home = vespa_variable(&draft->variables, "HOME");
    struct vespa_slice xdg = vespa_variable(&draft->variables, "XDG_CONFIG_HOME");
    bool found = xdg.length ? read_key_at(draft, rule, xdg, "/vastai/vast_api_key")
                            : read_key_at(draft, rule, home, "/.config/vastai/vast_api_key");

    if (!found)
        found = read_key_at(draft, rule, home, "/.vast_api_key");
    if (!found)
        VESPA_COMPLAIN(&draft->variables,
                       "there is no key: set VAST_API_KEY to the endpoint's key, or "
                       "VAST_ACCOUNT_KEY to your account's key, with which the endpoint's key "
                       "can be looked up");
}

/* ---------------------------------------------------------------------------------------------- */

/* A foreign process is no place to start programs in, which would inherit what it holds. */
static void refuse_command(struct vespa_draft *draft)
{
    struct vespa_buffer place = {0};

    vespa_draft_place(draft, VESPA_MEMBER_API_KEY_COMMAND, NULL, &place);
    if (place.failed)
        draft->variables.failed = true;
    else
        VESPA_COMPLAIN(&draft->variables, place.data,
                       " is run by the vespa command alone, never inside another program: start "
                       "the program with `vespa run`, or store the key and name it by "
                       "api_key_file or api_key_env");
    vespa_buffer_free(&place);
}

void vespa_keys_read(struct vespa_draft *draft, struct vespa_rule *rule)
{
    rule->endpoint_key = read_kind(draft, &endpoint_kind);
    rule->account_key = read_kind(draft, &account_kind);
    if (vespa_draft_has(draft, VESPA_MEMBER_API_KEY_COMMAND) &&
        !draft->variables.environment->runs_commands)
        refuse_command(draft);
    if (!vespa_keys_are_named(draft))
        read_key_files(draft, rule);
}
