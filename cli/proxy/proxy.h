// What the loops of `vespa proxy` share.
#ifndef VESPA_CLI_PROXY_PROXY_H
#define VESPA_CLI_PROXY_PROXY_H

#include "cli/proxy/guard.h"
#include "cli/proxy/listener.h"
#include "cli/proxy/metrics.h"
#include "cli/proxy/options.h"
#include "cli/proxy/origin.h"
#include "cli/proxy/shared_runtime.h"

#include <pthread.h>

// Idle connections to workers and autoscaler that each loop keeps.
#define VESPA_PROXY_KEPT_CONNECTIONS 256

// Clients at a time, at most.
#define VESPA_PROXY_MOST_CONNECTIONS 1000000L

struct vespa_proxy {
    struct vespa_proxy_options options;
    struct vespa_proxy_inherited inherited;
    struct vespa_proxy_guard guard;
    struct vespa_metrics *metrics;
    char via[VESPA_PROXY_VIA_SIZE];       // by which its own requests are known
    pthread_mutex_t lock;                 // for runtime
    struct vespa_shared_runtime *runtime; // of the configuration that is in force
    char *tls_certificate;                // PEM; NULL: plain HTTP
    char *tls_key;
};

// The runtime that is in force, to be given back. Any thread.
struct vespa_shared_runtime *vespa_proxy_runtime(struct vespa_proxy *proxy);

#endif
