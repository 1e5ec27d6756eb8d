/*
 * Endpoint keys that the vespa command has fetched with an account's key and stored, so that not
 * each process has to ask the console, which answers but once in three seconds (protocol.md §2). A
 * stale one is refused by the autoscaler, and then fetched anew.
 */
#ifndef VESPA_CORE_CACHED_KEY_H
#define VESPA_CORE_CACHED_KEY_H

#include "core/rule.h"

/* For a rule whose endpoint's key is fetched: sets rule->cache_file, the file below that directory
 * that is for the endpoint, the account and the console, and rule->cached_key to what is in it,
 * unless others than the user can read or write it, or it holds no key. Nothing for other rules.
 * False: memory ran out. */
bool vespa_cached_key_read(struct vespa_rule *rule, const char *directory);

#endif
