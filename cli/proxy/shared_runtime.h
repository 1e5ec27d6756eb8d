// The runtime of a configuration, shared by the proxy and the requests that began under it: a
// request goes on under the configuration with which it began, whatever is put in force meanwhile.
#ifndef VESPA_CLI_PROXY_SHARED_RUNTIME_H
#define VESPA_CLI_PROXY_SHARED_RUNTIME_H

#include "cli/proxy/metrics.h"
#include "cli/proxy/options.h"
#include "core/runtime.h"

struct vespa_shared_runtime;

// Reads the configuration. NULL: it cannot be used, and why was said on standard error.
struct vespa_shared_runtime *vespa_shared_runtime_new(struct vespa_proxy_options *options,
                                                      struct vespa_metrics *metrics);

// One user more, and one less: the last frees it. Any thread. NULL is given back without effect.
struct vespa_shared_runtime *vespa_shared_runtime_take(struct vespa_shared_runtime *shared);
void vespa_shared_runtime_give(struct vespa_shared_runtime *shared);

// Borrowed.
struct vespa_runtime *vespa_shared_runtime_get(const struct vespa_shared_runtime *shared);

#endif
