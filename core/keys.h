/* Keys, from values or from files (protocol.md §2). Only the configuration uses this. */
#ifndef VESPA_CORE_KEYS_H
#define VESPA_CORE_KEYS_H

#include "core/draft.h"

/*
 * Sets rule->endpoint_key from the draft's api_key, api_key_file or api_key_env and
 * rule->account_key likewise; where it names none, account_key from the file in which the vastai
 * command line keeps it. White space around a key, which comes with copying, is cut off.
 *
 * Complains of keys that hold spaces or control characters, of files that cannot be trusted (not
 * regular, belonging to neither the user nor root, or writable by others), of two places for one
 * key, of api_key_command where the environment runs no commands, and when there is no key at all.
 * No message ever holds a key.
 */
void vespa_keys_read(struct vespa_draft *draft, struct vespa_rule *rule);

/* Whether the draft names a place for a key of either kind. */
bool vespa_keys_are_named(const struct vespa_draft *draft);

/* Forgets the places of the kind that `id` (VESPA_MEMBER_API_KEY or _ACCOUNT_KEY) is of. */
void vespa_keys_forget(struct vespa_draft *draft, enum vespa_member_id id);

#endif
