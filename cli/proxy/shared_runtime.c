// The runtime of a configuration, shared.

#include "cli/proxy/shared_runtime.h"

#include "lib/key_command.h"

#include "cli/key_cache.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

struct vespa_shared_runtime {
    struct vespa_runtime *runtime;
    struct vespa_metrics *metrics;
    _Atomic unsigned users;
};

// What is wrong is said at once: whoever starts a server looks now, and not when a request fails.
static bool has_problem(const struct vespa_config *config)
{
    bool problem = false;
    for (size_t i = 0; i < config->rule_count; i++) {
        if (!config->rules[i].problem)
            continue;
        fprintf(stderr, "vespa proxy: %s\n", config->rules[i].problem);
        problem = true;
    }
    return problem;
}

static struct vespa_config *load(struct vespa_proxy_options *options)
{
    const struct vespa_environment environment = {
        .get = vespa_proxy_options_variable, .context = options, .runs_commands = true};
    struct vespa_config *config = vespa_config_load(&environment);
    if (!config || !vespa_key_commands_run(config)) {
        fputs("vespa proxy: out of memory\n", stderr);
        vespa_config_free(config);
        return NULL;
    }
    if (!has_problem(config))
        return config;
    vespa_config_free(config);
    return NULL;
}

struct vespa_shared_runtime *vespa_shared_runtime_new(struct vespa_proxy_options *options,
                                                      struct vespa_metrics *metrics)
{
    struct vespa_config *config = load(options);
    struct vespa_shared_runtime *shared = config ? calloc(1, sizeof *shared) : NULL;
    uint64_t seed;
    if (!config)
        return NULL;
    if (getrandom(&seed, sizeof seed, 0) != sizeof seed)
        seed = (uint64_t)(size_t)config;
    if (shared)
        shared->runtime = vespa_runtime_new(config, seed);
    if (!shared || !shared->runtime) {
        fputs("vespa proxy: out of memory\n", stderr);
        vespa_config_free(config);
        free(shared);
        return NULL;
    }
    vespa_key_cache_use(shared->runtime);
    shared->metrics = metrics;
    shared->users = 1;
    vespa_metrics_watch(metrics, shared->runtime);
    return shared;
}

struct vespa_shared_runtime *vespa_shared_runtime_take(struct vespa_shared_runtime *shared)
{
    if (shared)
        shared->users++;
    return shared;
}

void vespa_shared_runtime_give(struct vespa_shared_runtime *shared)
{
    if (!shared || --shared->users > 0)
        return;
    vespa_metrics_retire(shared->metrics, shared->runtime);
    vespa_runtime_free(shared->runtime);
    free(shared);
}

struct vespa_runtime *vespa_shared_runtime_get(const struct vespa_shared_runtime *shared)
{
    return shared->runtime;
}
