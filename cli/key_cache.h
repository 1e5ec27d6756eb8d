// Keys of endpoints that were fetched with an account's key, kept for the next process (core/
// cached_key.h reads them).
#ifndef VESPA_CLI_KEY_CACHE_H
#define VESPA_CLI_KEY_CACHE_H

#include "core/runtime.h"

// From now on each key that is fetched is written to its rule's cache file, which only this user
// may read. That it cannot be is said on standard error, once in the process. To be called before
// the runtime is shared with other threads.
void vespa_key_cache_use(struct vespa_runtime *runtime);

#endif
