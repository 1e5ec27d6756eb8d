/* Keys, from variables or from files (protocol.md §2). Only the configuration uses this. */
#ifndef VESPA_CORE_KEYS_H
#define VESPA_CORE_KEYS_H

#include "core/variables.h"

/*
 * Sets rule->endpoint_key from VAST_API_KEY, or else from the file that VESPA_API_KEY_FILE names,
 * and rule->account_key from VAST_ACCOUNT_KEY; where none of them is set, account_key from the file in which the vastai command line keeps it. White space
 * around a key, which comes with copying, is cut off.
 *
 * Complains of keys that hold spaces or control characters, of files that cannot be trusted (not
 * regular, belonging to neither the user nor root, or writable by others), and when there is no key
 * at all. No message ever holds a key.
 */
void vespa_keys_read(struct vespa_variables *variables, struct vespa_rule *rule);

#endif
