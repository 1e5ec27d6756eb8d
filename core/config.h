/*
 * The configuration: environment and key files in, rules out. This is the only part that reads
 * them (design.md §3). What it makes never changes afterwards and needs no lock.
 */
#ifndef VESPA_CORE_CONFIG_H
#define VESPA_CORE_CONFIG_H

#include "core/log.h"
#include "core/rule.h"

/* The name under which requests go to the configured endpoint, and the parent of endpoint names. */
#define VESPA_DEFAULT_HOST "vespa.internal"

/* Where variables come from: getenv, or a test's own table. Returns NULL for an unset name. */
struct vespa_environment {
    const char *(*get)(void *context, const char *name);
    void *context;
};

struct vespa_config {
    struct vespa_rule *rules;
    size_t rule_count;
    struct vespa_log log; /* its file is log_file */
    char *log_file;       /* owned; NULL: stderr */
    bool default_names;   /* NAME.vespa.internal is ours for every NAME: no VESPA_HOST was given */
    size_t body_limit;    /* largest body that is collected for a request, bytes: 256 MiB */
};

/*
 * Reads VAST_ENDPOINT, VAST_API_KEY, VESPA_API_KEY_FILE, VAST_ACCOUNT_KEY, VESPA_HOST,
 * VESPA_CONFIG, VESPA_AUTOSCALER_URL, VESPA_INSTANCE, VESPA_DEADLINE (seconds), VESPA_RETRIES
 * (attempts after the first), VESPA_COST, VESPA_PASS_HEADERS (comma-separated), VESPA_LOG,
 * VESPA_LOG_FILE and VESPA_CA_FILE; a variable that is empty counts as unset. Without a key in the
 * environment the account key is read from $XDG_CONFIG_HOME/vastai/vast_api_key (~/.config/…) or
 * ~/.vast_api_key (protocol.md §2). A key file that others may write, or that belongs neither to
 * the user nor to root, is refused.
 *
 * There is always at least one rule, for VESPA_HOST or VESPA_DEFAULT_HOST: what is missing or wrong
 * (no endpoint, no key, a key with a control character, a malformed number, a plain-http autoscaler
 * that is not on loopback, …) stands in the rule's problem, naming the variable, what was expected
 * and what to do, and never a key's value.
 *
 * Returns NULL only when memory ran out. To be freed with vespa_config_free.
 */
struct vespa_config *vespa_config_load(const struct vespa_environment *environment);

/* Frees it all; keys are overwritten first. NULL is allowed. */
void vespa_config_free(struct vespa_config *config);

#endif
