/*
 * Environment in, rules out. Each variable has one function that reads it; what is wrong is
 * collected, so that a user who made two mistakes hears of both at once.
 */
#include "core/config.h"

#include "core/address.h"
#include "core/host_list.h"
#include "core/keys.h"
#include "core/token.h"
#include "core/url.h"
#include "core/variables.h"
#include "core/workload.h"

#include <stdlib.h>
#include <unistd.h>

enum {
    DEFAULT_DEADLINE_MS = 1800 * 1000, /* cold starts of 17 minutes are real (protocol.md §3) */
    DEFAULT_ATTEMPTS = 4,
    LONGEST_DEADLINE = 86400, /* seconds */
    MOST_RETRIES = 100,
    LONGEST_ENDPOINT = 256,
    BODY_LIMIT = 256 << 20
};

/* protocol.md §1 */
static const struct {
    const char *name;
    const char *autoscaler;
    const char *console;
} instances[] = {
    {"prod", "https://run.vast.ai", "https://console.vast.ai"},
    {"alpha", "https://run-alpha.vast.ai", "https://alpha.vast.ai"},
    {"candidate", "https://run-candidate.vast.ai", "https://candidate.vast.ai"},
    {"local", "http://localhost:8080", "http://localhost:8080"},
};
enum { PROD, LOCAL = 3, INSTANCES };

/* A configuration in the making. */
struct loading {
    struct vespa_variables variables;
    struct vespa_config *config;
    struct vespa_rule *rule;
};

static struct vespa_slice variable(const struct loading *loading, const char *name)
{
    return vespa_variable(&loading->variables, name);
}

static char *keep(struct loading *loading, struct vespa_slice text)
{
    return vespa_variables_keep(&loading->variables, text);
}

#define COMPLAIN(loading, ...) VESPA_COMPLAIN(&(loading)->variables, __VA_ARGS__)

static void complain_of_value(struct loading *loading, const char *name, struct vespa_slice value,
                              const char *expected)
{
    vespa_complain_of_value(&loading->variables, name, value, expected);
}

/* ---- numbers --------------------------------------------------------------------------------- */

static void read_deadline(struct loading *loading)
{
    struct vespa_slice value = variable(loading, "VESPA_DEADLINE");
    unsigned seconds = 0;

    if (!value.length)
        return;
    if (vespa_number_read(value, 1, LONGEST_DEADLINE, &seconds))
        loading->rule->deadline_ms = seconds * 1000;
    else
        complain_of_value(loading, "VESPA_DEADLINE", value, "seconds, a number from 1 to 86400");
}

static void read_retries(struct loading *loading)
{
    struct vespa_slice value = variable(loading, "VESPA_RETRIES");
    unsigned retries = 0;

    if (!value.length)
        return;
    if (vespa_number_read(value, 0, MOST_RETRIES, &retries))
        loading->rule->attempts = retries + 1;
    else
        complain_of_value(loading, "VESPA_RETRIES", value,
                          "how often to try again, a number from 0 to 100");
}

static void read_cost(struct loading *loading)
{
    struct vespa_slice value = variable(loading, "VESPA_COST");

    if (!value.length)
        return;
    if (vespa_workload_is_valid(value))
        loading->rule->cost = keep(loading, value);
    else
        complain_of_value(loading, "VESPA_COST", value,
                          "the workload of a request, a number above 0 such as 100 or 242.5");
}

/* ---- endpoint -------------------------------------------------------------------------------- */

static void read_endpoint(struct loading *loading)
{
    struct vespa_slice value = variable(loading, "VAST_ENDPOINT");

    if (!value.length)
        COMPLAIN(loading, "VAST_ENDPOINT is not set: set it to the name of your endpoint, as "
                          "Vast's console shows it");
    else if (vespa_has_control_character(value) || value.length > LONGEST_ENDPOINT ||
             vespa_slice_contains_nocase(value, VESPA_LITERAL("://")))
        complain_of_value(loading, "VAST_ENDPOINT", value,
                          "the endpoint's name (not a URL), as Vast's console shows it");
    else
        loading->rule->endpoint = keep(loading, value);
}

/* ---- where to ask ---------------------------------------------------------------------------- */

/* Checks the autoscaler's URL. NULL: it is acceptable, *base is the part of it without slashes at
 * the end, and *local says whether it is on loopback. Else what was expected. The leg carries the
 * key, so plain http is for this machine alone (design.md §2.8). */
static const char *check_autoscaler(struct vespa_slice text, struct vespa_slice *base, bool *local)
{
    struct vespa_url url;
    char space[256];

    if (!vespa_url_parse(text, &url) || !url.scheme.length || url.has_userinfo || url.has_query ||
        vespa_slice_find(text, '#') < text.length)
        return "https://HOST[:PORT], without user name, query and fragment";

    struct vespa_slice host = {space, vespa_url_host_plain(&url, space, sizeof(space))};
    *local = vespa_address_of(host) == VESPA_ADDRESS_LOOPBACK;
    if (!*local && !vespa_slice_equal_nocase(url.scheme, VESPA_LITERAL("https")))
        return "https: plain http is for an autoscaler on this machine (localhost, 127.0.0.1, "
               "[::1])";

    *base = text;
    while (base->data[base->length - 1] == '/')
        base->length--;
    return NULL;
}

static size_t read_instance(struct loading *loading)
{
    struct vespa_slice value = variable(loading, "VESPA_INSTANCE");

    if (!value.length)
        return PROD;
    for (size_t i = 0; i < INSTANCES; i++)
        if (vespa_slice_equal_nocase(value, vespa_slice_of(instances[i].name)))
            return i;
    complain_of_value(loading, "VESPA_INSTANCE", value, "prod, alpha, candidate or local");
    return PROD;
}

/* An autoscaler on loopback stands for a whole local deployment, as the instance "local" does:
 * unless VESPA_INSTANCE says otherwise, its console is asked there too, and never Vast's. */
static void read_autoscaler(struct loading *loading)
{
    struct vespa_rule *rule = loading->rule;
    struct vespa_slice given = variable(loading, "VESPA_AUTOSCALER_URL");
    size_t instance = read_instance(loading);
    struct vespa_slice url = vespa_slice_of(instances[instance].autoscaler);
    struct vespa_slice console = vespa_slice_of(instances[instance].console);
    bool local = instance == LOCAL;

    if (given.length) {
        const char *expected = check_autoscaler(given, &url, &local);
        if (expected && vespa_slice_find(given, '@') < given.length)
            COMPLAIN(loading, "VESPA_AUTOSCALER_URL is not acceptable: expected ", expected);
        else if (expected)
            complain_of_value(loading, "VESPA_AUTOSCALER_URL", given, expected);
        if (!expected && local && !variable(loading, "VESPA_INSTANCE").length)
            instance = LOCAL;
        if (!expected && instance == LOCAL)
            console = url;
    }
    rule->autoscaler_url = keep(loading, url);
    rule->console_url = keep(loading, console);
    rule->instance = keep(loading, vespa_slice_of(instances[instance].name));
    rule->local_workers = local;
}

/* ---- lists ----------------------------------------------------------------------------------- */

static size_t count_entries(struct vespa_slice list)
{
    struct vespa_slice entry;
    size_t count = 0;
    while (vespa_list_next(&list, &entry))
        count++;
    return count;
}

static void add_host(struct loading *loading, struct vespa_slice text)
{
    struct vespa_rule *rule = loading->rule;
    struct vespa_host host;

    if (!vespa_host_read(text, &host)) {
        complain_of_value(loading, "an entry of VESPA_HOST", text, VESPA_HOST_EXPECTED);
        return;
    }
    loading->variables.failed |= !host.name;
    rule->hosts[rule->host_count++] = host;
}

/* Without one usable host the rule keeps the default one, where its problem can be heard. */
static void read_hosts(struct loading *loading)
{
    struct vespa_slice list = variable(loading, "VESPA_HOST");
    struct vespa_slice entry;

    loading->config->default_names = !list.length;
    loading->rule->hosts = calloc(count_entries(list) + 1, sizeof(struct vespa_host));
    if (!loading->rule->hosts) {
        loading->variables.failed = true;
        return;
    }
    if (list.length && !count_entries(list))
        complain_of_value(loading, "VESPA_HOST", list, VESPA_HOST_EXPECTED);
    while (vespa_list_next(&list, &entry))
        add_host(loading, entry);
    if (!loading->rule->host_count)
        add_host(loading, VESPA_LITERAL(VESPA_DEFAULT_HOST));
}

static void read_pass_headers(struct loading *loading)
{
    struct vespa_slice list = variable(loading, "VESPA_PASS_HEADERS");
    struct vespa_slice entry;
    size_t count = 0;

    if (!list.length)
        return;
    char **names = calloc(count_entries(list) + 1, sizeof(char *));
    loading->rule->pass_headers = names;
    loading->variables.failed |= !names;
    while (names && vespa_list_next(&list, &entry)) {
        if (vespa_is_token(entry))
            names[count] = keep(loading, entry);
        else
            complain_of_value(loading, "an entry of VESPA_PASS_HEADERS", entry,
                              "the name of a header");
        count += names[count] != NULL;
    }
}

/* ---- files and log --------------------------------------------------------------------------- */

static void read_ca_file(struct loading *loading)
{
    struct vespa_slice value = variable(loading, "VESPA_CA_FILE");

    if (!value.length)
        return;
    loading->rule->ca_file = keep(loading, value);
    if (loading->rule->ca_file && access(loading->rule->ca_file, R_OK) != 0)
        complain_of_value(loading, "VESPA_CA_FILE", value,
                          "a file that can be read, with the workers' root certificate (PEM)");
}

static void read_log(struct loading *loading)
{
    struct vespa_config *config = loading->config;
    struct vespa_slice level = variable(loading, "VESPA_LOG");
    struct vespa_slice file = variable(loading, "VESPA_LOG_FILE");

    if (level.length && !vespa_log_level_of(level, &config->log.level))
        complain_of_value(loading, "VESPA_LOG", level, "off, error, warn, info or debug");
    if (file.length)
        config->log_file = keep(loading, file);
    config->log.file = config->log_file;
}

static void refuse_config_file(struct loading *loading)
{
    if (variable(loading, "VESPA_CONFIG").length)
        COMPLAIN(loading, "VESPA_CONFIG is set, but this version reads no configuration file: "
                          "unset it and use VAST_ENDPOINT, VAST_API_KEY and the VESPA_... "
                          "variables");
}

/* ---- all of it ------------------------------------------------------------------------------- */

static void read_all(struct loading *loading)
{
    read_hosts(loading);
    read_endpoint(loading);
    vespa_keys_read(&loading->variables, loading->rule);
    read_autoscaler(loading);
    read_deadline(loading);
    read_retries(loading);
    read_cost(loading);
    read_pass_headers(loading);
    read_ca_file(loading);
    read_log(loading);
    refuse_config_file(loading);
}

struct vespa_config *vespa_config_load(const struct vespa_environment *environment)
{
    struct vespa_config *config = calloc(1, sizeof(*config));
    struct vespa_rule *rule = calloc(1, sizeof(*rule));

    if (!config || !rule) {
        free(config);
        free(rule);
        return NULL;
    }
    *config = (struct vespa_config){.rules = rule,
                                    .rule_count = 1,
                                    .log = {.level = VESPA_LOG_ERROR},
                                    .body_limit = BODY_LIMIT};
    rule->deadline_ms = DEFAULT_DEADLINE_MS;
    rule->attempts = DEFAULT_ATTEMPTS;

    struct loading loading = {
        .variables = {.environment = environment}, .config = config, .rule = rule};
    read_all(&loading);
    if (loading.variables.problem.length) {
        rule->problem = vespa_buffer_take(&loading.variables.problem);
        loading.variables.failed |= !rule->problem;
    }
    if (loading.variables.failed || loading.variables.problem.failed) {
        vespa_config_free(config);
        return NULL;
    }
    return config;
}

static void free_secret(char *secret)
{
    if (secret)
        explicit_bzero(secret, strlen(secret));
    free(secret);
}

static void free_list(char **list)
{
    for (size_t i = 0; list && list[i]; i++)
        free(list[i]);
    free(list);
}

static void free_rule(struct vespa_rule *rule)
{
    for (size_t i = 0; i < rule->host_count; i++)
        free(rule->hosts[i].name);
    free(rule->hosts);
    free(rule->endpoint);
    free_secret(rule->endpoint_key);
    free_secret(rule->account_key);
    free(rule->autoscaler_url);
    free(rule->console_url);
    free(rule->instance);
    free(rule->cost);
    free_list(rule->pass_headers);
    free_list(rule->pass_query);
    free(rule->ca_file);
    free(rule->problem);
}

void vespa_config_free(struct vespa_config *config)
{
    if (!config)
        return;
    for (size_t i = 0; i < config->rule_count; i++)
        free_rule(&config->rules[i]);
    free(config->rules);
    free(config->log_file);
    free(config);
}
