/*
 * Which hosts of a configuration can be meant by a name, for configurations with many: found at a
 * cost that does not grow with their number.
 */
#ifndef VESPA_CORE_HOST_INDEX_H
#define VESPA_CORE_HOST_INDEX_H

#include "core/rule.h"

/* A host of a rule. */
struct vespa_host_entry {
    const struct vespa_rule *rule;
    const struct vespa_host *host;
    const struct vespa_host_entry *next; /* NULL: the last */
};

struct vespa_host_index;

/* Of the hosts of these rules, which stay where they are as long as the index is used. To be freed
 * with vespa_host_index_free. NULL: memory ran out. */
struct vespa_host_index *vespa_host_index_new(const struct vespa_rule *rules, size_t count);
void vespa_host_index_free(struct vespa_host_index *index);

/* A list that holds all hosts of that name, compared without case and with or without "*.", in the
 * order of the rules; and maybe others. NULL: there is none. */
const struct vespa_host_entry *vespa_host_index_find(const struct vespa_host_index *index,
                                                     struct vespa_slice name);

#endif
