/*
 * The configuration: environment, configuration file and key files in, rules out. This is the only
 * part that reads them (design.md §3). What it makes never changes afterwards and needs no lock.
 */
#ifndef VESPA_CORE_CONFIG_H
#define VESPA_CORE_CONFIG_H

#include "core/host_index.h"
#include "core/log.h"
#include "core/members.h"
#include "core/rule.h"

/* Where variables come from: getenv, or a test's own table. Returns NULL for an unset name. */
struct vespa_environment {
    const char *(*get)(void *context, const char *name);
    void *context;
    bool runs_commands; /* the caller runs rule->api_key_command; the shim never does */
    bool no_file;       /* no configuration file is read: one is about to be written */
};

/* Where a value was said. */
enum vespa_said_by {
    VESPA_BY_DEFAULT,  /* nowhere */
    VESPA_BY_VARIABLE, /* in the environment variable `name` */
    VESPA_BY_FILE,     /* in the configuration file `name`, at `line` */
    VESPA_BY_KEY_FILE  /* in the file in which the vastai command line keeps the account key */
};

struct vespa_origin {
    enum vespa_said_by by;
    const char *name; /* borrowed of the configuration */
    unsigned line;
};

struct vespa_config {
    struct vespa_rule *rules;
    size_t rule_count;
    struct vespa_host_index *host_index; /* owned: of the rules' hosts; NULL: they are few */
    char *file; /* owned: the configuration file that was read, or should have been; NULL: none */
    struct vespa_origin (*origins)[VESPA_MEMBERS]; /* owned: of each rule's members; those of the
                                                      file itself are the same in all */
    struct vespa_log log;                          /* its file is log_file */
    char *log_file;                                /* owned; NULL: stderr */
    bool default_names; /* NAME.vespa.internal is ours for every NAME: no VESPA_HOST was given */
    size_t body_limit;  /* largest body that is collected for a request, bytes: 256 MiB */
    char *root_sha256; /* owned: a further root certificate that is accepted, beside the pinned ones
                          (vespa_root_is_fingerprint); NULL: none */
    char *cached_root; /* owned: what `vespa ca` has stored of the workers' root, to be checked
                          (core/root.h); NULL: nothing, or no rule has use for it */
};

/*
 * Reads the configuration file, the environment and key files. The file is VESPA_CONFIG, which must
 * be there, or $XDG_CONFIG_HOME/vespa/config.json (~/.config/…), which need not. Its members, their
 * variables and defaults are those of core/members.h; a variable that is empty counts as unset.
 *
 *   - Each of the file's rules is one rule, in their order. A variable of its own (VESPA_DEADLINE,
 *     VESPA_AUTOSCALER_URL, …) counts before what the file says, in all rules.
 *   - VAST_ENDPOINT or VESPA_HOST, or a file without rules, make one more rule, which comes first:
 *     for VESPA_HOST or VESPA_DEFAULT_HOST, and with VAST_API_KEY. What the environment does not
 *     say of it is what the file says of the rule for that endpoint (without VAST_ENDPOINT: of its
 *     only rule), if it has one.
 *   - Keys of a rule in the file count before VAST_API_KEY and VAST_ACCOUNT_KEY there. Where it
 *     names none, VAST_API_KEY counts if it is the only rule and VAST_ENDPOINT is not set, then
 *     VAST_ACCOUNT_KEY, then the account key of $XDG_CONFIG_HOME/vastai/vast_api_key (~/.config/…)
 *     or ~/.vast_api_key (protocol.md §2).
 *   - The file's only rule without hosts has VESPA_DEFAULT_HOST.
 *
 * Where a rule wants Vast's own root, $XDG_CACHE_HOME/vespa/jvastai_root.pem (~/.cache/…) is read
 * if it is there; whatever is wrong with it, it is only not there.
 *
 * Configuration and key files that others may write, or that belong neither to the user nor to
 * root, are refused.
 *
 * There is always at least one rule: what is missing or wrong (no endpoint, no key, a malformed
 * number, a plain-http autoscaler that is not on loopback, two rules for one host and path, …)
 * stands in the problem of the rules concerned, naming the variable or the file's line and member,
 * what was expected and what to do, and never a key's value. What is wrong with the file as a whole
 * concerns all.
 *
 * Returns NULL only when memory ran out. To be freed with vespa_config_free.
 */
struct vespa_config *vespa_config_load(const struct vespa_environment *environment);

/* Frees it all; keys are overwritten first. NULL is allowed. */
void vespa_config_free(struct vespa_config *config);

#endif
