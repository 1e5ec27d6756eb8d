// What the loops of `vespa proxy` share.
#ifndef VESPA_CLI_PROXY_PROXY_H
#define VESPA_CLI_PROXY_PROXY_H

#include "cli/proxy/options.h"
#include "core/runtime.h"

// Idle connections to workers and autoscaler that each loop keeps.
#define VESPA_PROXY_KEPT_CONNECTIONS 256

struct vespa_proxy {
    struct vespa_proxy_options options;
    struct vespa_runtime *runtime;
};

#endif
