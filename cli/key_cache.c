// Keys of endpoints that were fetched, kept for the next process.

#include "cli/key_cache.h"

#include "cli/files.h"

static void keep(const struct vespa_rule *rule, struct vespa_slice key)
{
    static _Atomic bool failed;
    if (rule->cache_file && !failed)
        failed = !vespa_file_write("key cache", rule->cache_file, key, 0600);
}

void vespa_key_cache_use(struct vespa_runtime *runtime)
{
    vespa_runtime_keep_keys(runtime, keep);
}
