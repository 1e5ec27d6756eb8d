/*
 * The configuration, put together: which rules there are, and which of the environment, the file
 * and the defaults counts in each. What is wrong is collected, so that a user who made two mistakes
 * hears of both at once.
 */
#include "core/config.h"

#include "core/cached_key.h"
#include "core/config_file.h"
#include "core/config_rule.h"
#include "core/host_list.h"
#include "core/keys.h"
#include "core/root.h"
#include "core/trusted_file.h"

#include <stdlib.h>

enum { BODY_LIMIT = 256 << 20, ROOT_LIMIT = 64 * 1024, FEW_RULES = 16 };

/* A configuration in the making. */
struct loading {
    const struct vespa_environment *environment;
    struct vespa_config *config;
    struct vespa_drafts file;
    struct vespa_draft own; /* the rule of the environment */
    bool has_own;
    bool failed; /* memory ran out */
};

static struct vespa_slice variable(struct loading *loading, const char *name)
{
    return vespa_variable(&loading->file.all.variables, name);
}

/* ---- the file -------------------------------------------------------------------------------- */

/* A file below $XDG_CONFIG_HOME or the like, or below its place in the home directory; a relative
 * directory is ignored, as the specification says. NULL: there is no such place, or memory ran out.
 */
static char *path_below(struct loading *loading, const char *name, const char *in_home,
                        const char *file)
{
    struct vespa_slice xdg = variable(loading, name);
    struct vespa_slice home = variable(loading, "HOME");
    struct vespa_slice base = xdg.length ? xdg : home;
    struct vespa_buffer path = {0};

    if (!base.length || base.data[0] != '/')
        return NULL;
    vespa_buffer_append(&path, base);
    vespa_buffer_append_string(&path, xdg.length ? "" : in_home);
    vespa_buffer_append_string(&path, file);
    char *taken = vespa_buffer_take(&path);
    loading->failed |= !taken;
    return taken;
}

/* A default file need not be there. Nor need this user be able to see whether it is: a service that
 * was started with somebody else's HOME may have all it needs in its environment. */
static bool may_be_missing(struct loading *loading, enum vespa_trusted_file outcome)
{
    if (variable(loading, "VESPA_CONFIG").length)
        return false;
    return outcome == VESPA_FILE_ABSENT ||
           (outcome == VESPA_FILE_HIDDEN && variable(loading, "VAST_ENDPOINT").length);
}

static void read_file(struct loading *loading)
{
    struct vespa_slice given = variable(loading, "VESPA_CONFIG");
    struct vespa_config *config = loading->config;
    const char *problem;

    if (loading->environment->no_file)
        return;
    config->file = given.length
                       ? vespa_variables_keep(&loading->file.all.variables, given)
                       : path_below(loading, "XDG_CONFIG_HOME", "/.config", "/vespa/config.json");
    if (!config->file)
        return;
    enum vespa_trusted_file outcome = vespa_trusted_file_read(config->file, VESPA_CONFIG_FILE_LIMIT,
                                                              &loading->file.text, &problem);
    if (outcome == VESPA_FILE_READ) {
        vespa_config_file_parse(&loading->file, config->file);
    } else if (outcome == VESPA_FILE_NO_MEMORY) {
        loading->failed = true;
    } else if (may_be_missing(loading, outcome)) {
        free(config->file);
        config->file = NULL;
    } else {
        VESPA_COMPLAIN(&loading->file.all.variables, "the configuration file ", config->file, " ",
                       problem);
    }
}

/* ---- what concerns everything ---------------------------------------------------------------- */

static void read_log(struct loading *loading)
{
    struct vespa_config *config = loading->config;
    struct vespa_draft *all = &loading->file.all;
    struct vespa_value *file = &all->values[VESPA_MEMBER_LOG_FILE];

    vespa_draft_take_variable(all, VESPA_MEMBER_LOG);
    vespa_draft_take_variable(all, VESPA_MEMBER_LOG_FILE);
    const char *level = vespa_draft_choice(all, VESPA_MEMBER_LOG);
    if (level)
        vespa_log_level_of(vespa_slice_of(level), &config->log.level);
    /* A variable may be relative to where the program was started. */
    if (file->origin.by == VESPA_BY_VARIABLE)
        config->log_file = vespa_variables_keep(&all->variables, file->text);
    else if (file->origin.by == VESPA_BY_FILE)
        config->log_file = vespa_draft_path(all, VESPA_MEMBER_LOG_FILE);
    config->log.file = config->log_file;
}

static void read_body_limit(struct loading *loading)
{
    const struct vespa_member *member = &vespa_members[VESPA_MEMBER_BODY_LIMIT];
    struct vespa_draft *all = &loading->file.all;
    struct vespa_slice text = all->values[VESPA_MEMBER_BODY_LIMIT].text;
    unsigned bytes;

    if (!vespa_draft_has(all, VESPA_MEMBER_BODY_LIMIT))
        return;
    if (vespa_number_read(text, member->low, member->high, &bytes))
        loading->config->body_limit = bytes;
    else
        vespa_draft_complain(all, VESPA_MEMBER_BODY_LIMIT, NULL, text, NULL);
}

static void read_root_sha256(struct loading *loading)
{
    struct vespa_draft *all = &loading->file.all;
    struct vespa_value *value = &all->values[VESPA_MEMBER_ROOT_SHA256];

    vespa_draft_take_variable(all, VESPA_MEMBER_ROOT_SHA256);
    if (!vespa_draft_has(all, VESPA_MEMBER_ROOT_SHA256))
        return;
    if (vespa_root_is_fingerprint(value->text))
        loading->config->root_sha256 = vespa_variables_keep(&all->variables, value->text);
    else
        vespa_draft_complain(all, VESPA_MEMBER_ROOT_SHA256, NULL, value->text, NULL);
}

/* ---- the environment's rule ------------------------------------------------------------------ */

/* The file's rule that the environment's goes back to; NULL: none. */
static const struct vespa_draft *completed_by(const struct vespa_drafts *file,
                                              struct vespa_slice endpoint)
{
    if (!endpoint.length)
        return file->count == 1 ? file->rules : NULL;
    for (size_t i = 0; i < file->count; i++)
        if (vespa_slice_equal(file->rules[i].values[VESPA_MEMBER_ENDPOINT].text, endpoint))
            return &file->rules[i];
    return NULL;
}

/* The environment's key, where it has one: it replaces those of the same kind. */
static void take_keys(struct vespa_draft *draft)
{
    static const enum vespa_member_id places[] = {VESPA_MEMBER_API_KEY, VESPA_MEMBER_API_KEY_FILE,
                                                  VESPA_MEMBER_ACCOUNT_KEY};

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        const char *name = vespa_members[places[i]].variable;
        bool is_account = places[i] == VESPA_MEMBER_ACCOUNT_KEY;
        if (!vespa_variable(&draft->variables, name).length)
            continue;
        vespa_keys_forget(draft, is_account ? VESPA_MEMBER_ACCOUNT_KEY : VESPA_MEMBER_API_KEY);
        vespa_draft_take_variable(draft, places[i]);
        i += !is_account && places[i] == VESPA_MEMBER_API_KEY; /* the key comes before its file */
    }
}

static void make_own(struct loading *loading)
{
    struct vespa_draft *own = &loading->own;
    struct vespa_slice endpoint = variable(loading, "VAST_ENDPOINT");
    const struct vespa_draft *base = completed_by(&loading->file, endpoint);

    loading->has_own =
        endpoint.length || variable(loading, "VESPA_HOST").length || !loading->file.count;
    if (!loading->has_own)
        return;
    if (base) {
        *own = *base;
        own->variables.problem = (struct vespa_buffer){0};
        vespa_buffer_append(&own->variables.problem, vespa_buffer_slice(&base->variables.problem));
        own->values[VESPA_MEMBER_HOSTS] = own->values[VESPA_MEMBER_PATHS] = (struct vespa_value){0};
    }
    own->variables.environment = loading->environment;
    vespa_draft_take_variable(own, VESPA_MEMBER_HOSTS);
    vespa_draft_take_variable(own, VESPA_MEMBER_ENDPOINT);
    take_keys(own);
}

/* ---- rules ----------------------------------------------------------------------------------- */

/* A rule of the file without a key of its own: VAST_API_KEY is that of VAST_ENDPOINT, or of the
 * only endpoint that there is. */
static void complete_keys(struct loading *loading, struct vespa_draft *draft)
{
    if (draft == &loading->own || vespa_keys_are_named(draft))
        return;
    if (loading->file.count == 1 && !variable(loading, "VAST_ENDPOINT").length)
        take_keys(draft);
    else
        vespa_draft_take_variable(draft, VESPA_MEMBER_ACCOUNT_KEY);
}

static void take_variables(struct vespa_draft *draft)
{
    for (enum vespa_member_id id = VESPA_MEMBER_INSTANCE; id < VESPA_RULE_MEMBERS; id++)
        vespa_draft_take_variable(draft, id);
}

static void complain_of_no_endpoint(struct loading *loading, struct vespa_draft *draft)
{
    struct vespa_buffer line = {0};

    vespa_buffer_append_number(&line, draft->line);
    if (line.failed)
        draft->variables.failed = true;
    else if (draft == &loading->own)
        VESPA_COMPLAIN(&draft->variables, "VAST_ENDPOINT is not set: set it to the name of your "
                                          "endpoint, as Vast's console shows it");
    else
        VESPA_COMPLAIN(&draft->variables, draft->file, ":", line.data,
                       ": a rule has no endpoint: expected \"endpoint\": \"NAME\"");
    vespa_buffer_free(&line);
}

/* A rule of the environment alone lacks endpoint and key for want of the file that could not be
 * read: that is all there is to say then. */
static bool is_excused(const struct loading *loading, const struct vespa_draft *draft)
{
    return draft == &loading->own && loading->file.all.variables.problem.length &&
           !vespa_draft_has(draft, VESPA_MEMBER_ENDPOINT);
}

static void read_rule(struct loading *loading, struct vespa_draft *draft, bool wants_default_host)
{
    struct vespa_config *config = loading->config;
    struct vespa_rule *rule = &config->rules[config->rule_count];
    struct vespa_origin *origins = config->origins[config->rule_count];

    config->rule_count++;
    complete_keys(loading, draft);
    take_variables(draft);
    vespa_rule_read_hosts(draft, rule, wants_default_host);
    if (!vespa_draft_has(draft, VESPA_MEMBER_ENDPOINT) && !is_excused(loading, draft))
        complain_of_no_endpoint(loading, draft);
    vespa_rule_read(draft, rule);
    if (!is_excused(loading, draft))
        vespa_keys_read(draft, rule);
    for (size_t id = 0; id < VESPA_MEMBERS; id++)
        origins[id] = id < VESPA_RULE_MEMBERS ? draft->values[id].origin
                                              : loading->file.all.values[id].origin;
}

/* Which of the file's rules without hosts gets the default host: the only one. */
static bool is_only_without_hosts(const struct loading *loading, const struct vespa_draft *draft)
{
    size_t others = loading->has_own;

    for (size_t i = 0; i < loading->file.count; i++)
        others += &loading->file.rules[i] != draft &&
                  !vespa_draft_has(&loading->file.rules[i], VESPA_MEMBER_HOSTS);
    return others == 0;
}

static void read_rules(struct loading *loading)
{
    struct vespa_config *config = loading->config;
    size_t count = loading->file.count + loading->has_own;

    config->rules = calloc(count, sizeof(*config->rules));
    config->origins = calloc(count, sizeof(*config->origins));
    if (!config->rules || !config->origins) {
        loading->failed = true;
        return;
    }
    if (loading->has_own)
        read_rule(loading, &loading->own, true);
    for (size_t i = 0; i < loading->file.count; i++)
        read_rule(loading, &loading->file.rules[i],
                  is_only_without_hosts(loading, &loading->file.rules[i]));
}

static struct vespa_draft *draft_of(struct loading *loading, size_t rule)
{
    if (loading->has_own && rule == 0)
        return &loading->own;
    return &loading->file.rules[rule - loading->has_own];
}

/* ---- the workers' root ----------------------------------------------------------------------- */

/* The workers' own root is wanted for workers of Vast's (protocol.md §8). A rule may name another,
 * and where workers are local the system's roots count, unless a root is named by its fingerprint.
 * Whether a rule wants it. */
static bool settle_root(struct vespa_config *config)
{
    bool wanted = false;
    for (size_t i = 0; i < config->rule_count; i++) {
        struct vespa_rule *rule = &config->rules[i];
        rule->own_root =
            !rule->ca_file && !rule->insecure && (!rule->local_workers || config->root_sha256);
        wanted |= rule->own_root && !rule->problem;
    }
    return wanted;
}

static void read_cached_root(struct loading *loading)
{
    struct vespa_buffer text = {0};
    const char *problem;

    if (loading->failed || loading->environment->no_file)
        return;
    char *path = path_below(loading, "XDG_CACHE_HOME", "/.cache", "/vespa/jvastai_root.pem");
    if (path && vespa_trusted_file_read(path, ROOT_LIMIT, &text, &problem) == VESPA_FILE_READ)
        loading->config->cached_root = vespa_buffer_take(&text);
    vespa_buffer_free(&text);
    free(path);
}

/* ---- keys that were fetched --------------------------------------------------------------------
 */

static void read_cached_keys(struct loading *loading)
{
    struct vespa_config *config = loading->config;

    if (loading->failed || loading->environment->no_file)
        return;
    char *directory = path_below(loading, "XDG_CACHE_HOME", "/.cache", "/vespa/");
    for (size_t i = 0; directory && i < config->rule_count; i++)
        loading->failed |= !vespa_cached_key_read(&config->rules[i], directory);
    free(directory);
}

/* ---- between rules --------------------------------------------------------------------------- */

static bool paths_meet(const struct vespa_rule *a, const struct vespa_rule *b)
{
    if (!a->paths || !b->paths)
        return a->paths == b->paths;
    for (char **path = a->paths; *path; path++)
        for (char **other = b->paths; *other; other++)
            if (strcmp(*path, *other) == 0)
                return true;
    return false;
}

static bool hosts_meet(const struct vespa_rule *a, const struct vespa_rule *b)
{
    for (size_t i = 0; i < a->host_count; i++)
        for (size_t k = 0; k < b->host_count; k++)
            if (a->hosts[i].wildcard == b->hosts[k].wildcard &&
                a->hosts[i].port == b->hosts[k].port &&
                vespa_slice_equal_nocase(vespa_slice_of(a->hosts[i].name),
                                         vespa_slice_of(b->hosts[k].name)))
                return true;
    return false;
}

static void complain_of_twin(struct vespa_draft *draft, const struct vespa_draft *twin)
{
    struct vespa_buffer lines = {0};

    vespa_buffer_append_number(&lines, draft->line);
    vespa_buffer_append_string(&lines,
                               ": the rule takes the same host and paths as the one of line ");
    vespa_buffer_append_number(&lines, twin->line);
    if (lines.failed)
        draft->variables.failed = true;
    else
        VESPA_COMPLAIN(&draft->variables, draft->file, ":", lines.data,
                       ": expected different hosts, or paths that tell them apart");
    vespa_buffer_free(&lines);
}

/* Of the file's rules alone: the environment's comes before them on purpose. */
static void refuse_twins(struct loading *loading)
{
    const struct vespa_rule *rules = loading->config->rules + loading->has_own;
    struct vespa_draft *drafts = loading->file.rules;

    for (size_t i = 0; i < loading->file.count; i++)
        for (size_t k = i + 1; k < loading->file.count; k++)
            if (hosts_meet(&rules[i], &rules[k]) && paths_meet(&rules[i], &rules[k])) {
                complain_of_twin(&drafts[i], &drafts[k]);
                complain_of_twin(&drafts[k], &drafts[i]);
            }
}

static void find_fallback(struct loading *loading, struct vespa_rule *rule,
                          struct vespa_draft *draft)
{
    struct vespa_slice name = draft->values[VESPA_MEMBER_FALLBACK].text;
    const struct vespa_config *config = loading->config;

    for (size_t i = 0; i < config->rule_count && !rule->fallback_rule; i++)
        if (config->rules[i].endpoint && &config->rules[i] != rule &&
            vespa_slice_equal(vespa_slice_of(config->rules[i].endpoint), name) &&
            !vespa_slice_equal(vespa_slice_of(rule->endpoint), name))
            rule->fallback_rule = &config->rules[i];
    if (rule->fallback_rule)
        return;
    rule->fallback = VESPA_FALLBACK_NONE;
    vespa_draft_complain(draft, VESPA_MEMBER_FALLBACK, NULL, name, NULL);
}

/* Below vespa.internal there is nothing that a request could go to. */
static bool has_origin(const struct vespa_rule *rule)
{
    for (size_t i = 0; i < rule->host_count; i++)
        if (!vespa_host_is_own(vespa_slice_of(rule->hosts[i].name)))
            return true;
    return false;
}

static void find_fallbacks(struct loading *loading)
{
    struct vespa_config *config = loading->config;

    for (size_t i = 0; i < config->rule_count; i++) {
        struct vespa_rule *rule = &config->rules[i];
        struct vespa_draft *draft = draft_of(loading, i);
        if (rule->fallback == VESPA_FALLBACK_ENDPOINT)
            find_fallback(loading, rule, draft);
        else if (rule->fallback == VESPA_FALLBACK_ORIGIN && draft != &loading->own &&
                 !has_origin(rule))
            vespa_draft_complain(draft, VESPA_MEMBER_FALLBACK, NULL, VESPA_LITERAL("origin"),
                                 "another fallback, or hosts that exist: " VESPA_DEFAULT_HOST
                                 " is no server");
    }
}

/* What is wrong with the file as a whole comes first. */
static void settle_problem(struct loading *loading, size_t index)
{
    const struct vespa_buffer *all = &loading->file.all.variables.problem;
    struct vespa_draft *draft = draft_of(loading, index);
    struct vespa_buffer *own = &draft->variables.problem;
    struct vespa_buffer problem = {0};

    loading->failed |= draft->variables.failed || all->failed || own->failed;
    vespa_buffer_append(&problem, vespa_buffer_slice(all));
    if (all->length && own->length)
        vespa_buffer_append_string(&problem, "; ");
    vespa_buffer_append(&problem, vespa_buffer_slice(own));
    if (!problem.length && !problem.failed)
        return;
    loading->config->rules[index].problem = vespa_buffer_take(&problem);
    loading->failed |= !loading->config->rules[index].problem;
}

/* ---- all of it ------------------------------------------------------------------------------- */

/* Without an index all hosts are looked at; so few of them that it is faster, or no memory. */
static void index_hosts(struct vespa_config *config)
{
    if (config->rule_count > FEW_RULES)
        config->host_index = vespa_host_index_new(config->rules, config->rule_count);
}

static void load(struct loading *loading)
{
    struct vespa_config *config = loading->config;

    read_file(loading);
    config->default_names = loading->file.count || !variable(loading, "VESPA_HOST").length;
    read_log(loading);
    read_body_limit(loading);
    read_root_sha256(loading);
    make_own(loading);
    read_rules(loading);
    if (loading->failed)
        return;
    refuse_twins(loading);
    find_fallbacks(loading);
    for (size_t i = 0; i < config->rule_count; i++)
        settle_problem(loading, i);
    if (settle_root(config))
        read_cached_root(loading);
    read_cached_keys(loading);
    index_hosts(config);
}

struct vespa_config *vespa_config_load(const struct vespa_environment *environment)
{
    struct loading loading = {.environment = environment};

    loading.config = calloc(1, sizeof(*loading.config));
    if (!loading.config)
        return NULL;
    loading.config->log.level = VESPA_LOG_ERROR;
    loading.config->body_limit = BODY_LIMIT;
    loading.file.all.variables.environment = environment;
    load(&loading);
    bool failed = loading.failed || loading.file.all.variables.failed;
    vespa_buffer_free(&loading.own.variables.problem);
    vespa_drafts_free(&loading.file);
    if (!failed)
        return loading.config;
    vespa_config_free(loading.config);
    return NULL;
}

void vespa_config_free(struct vespa_config *config)
{
    if (!config)
        return;
    vespa_host_index_free(config->host_index);
    for (size_t i = 0; i < config->rule_count; i++)
        vespa_rule_free(&config->rules[i]);
    free(config->rules);
    free((void *)config->origins);
    free(config->file);
    free(config->log_file);
    free(config->root_sha256);
    free(config->cached_root);
    free(config);
}
