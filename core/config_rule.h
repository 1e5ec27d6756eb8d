/*
 * A draft, understood: values checked and put into the rule. Only the configuration uses this.
 */
#ifndef VESPA_CORE_CONFIG_RULE_H
#define VESPA_CORE_CONFIG_RULE_H

#include "core/draft.h"

/* Fills a rule, zero-initialised, with what the draft says, and with defaults; keys, hosts and
 * fallback_rule apart. What is wrong is added to the draft's problem. */
void vespa_rule_read(struct vespa_draft *draft, struct vespa_rule *rule);

/* Fills rule->hosts. Without one usable host it gets VESPA_DEFAULT_HOST where that is wanted. */
void vespa_rule_read_hosts(struct vespa_draft *draft, struct vespa_rule *rule, bool wants_default);

/* Frees what a rule owns; keys are overwritten first. */
void vespa_rule_free(struct vespa_rule *rule);

/* A string's value as a path: "~/" is the user's home directory. A copy to be freed; NULL, and a
 * complaint, when it is no absolute path, or when memory ran out. */
char *vespa_draft_path(struct vespa_draft *draft, enum vespa_member_id id);

#endif
