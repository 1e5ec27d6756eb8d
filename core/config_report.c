/* A configuration in a person's words. */
#include "core/config_report.h"

static void append_separator(struct vespa_buffer *out, size_t index)
{
    if (index)
        vespa_buffer_append_string(out, ", ");
}

static void append_list(struct vespa_buffer *out, char *const *list)
{
    for (size_t i = 0; list && list[i]; i++) {
        append_separator(out, i);
        vespa_buffer_append_string(out, list[i]);
    }
}

static void append_hosts(struct vespa_buffer *out, const struct vespa_rule *rule)
{
    for (size_t i = 0; i < rule->host_count; i++) {
        const struct vespa_host *host = &rule->hosts[i];
        append_separator(out, i);
        vespa_buffer_append_string(out, host->wildcard ? "*." : "");
        vespa_buffer_append_string(out, host->name);
        if (!host->port)
            continue;
        vespa_buffer_append_byte(out, ':');
        vespa_buffer_append_number(out, host->port);
    }
}

/* Schemes that count, where the rule names none. */
static void append_schemes(struct vespa_buffer *out, const struct vespa_rule *rule)
{
    if (rule->worker_schemes)
        append_list(out, rule->worker_schemes);
    else
        vespa_buffer_append_string(out, rule->local_workers ? "https, http" : "https");
}

static void append_fallback(struct vespa_buffer *out, const struct vespa_rule *rule)
{
    static const char *const words[] = {"none", "origin"};

    if (rule->fallback == VESPA_FALLBACK_ENDPOINT)
        vespa_buffer_append_string(out, rule->fallback_rule->endpoint);
    else
        vespa_buffer_append_string(out, words[rule->fallback]);
}

static void append_secret(struct vespa_buffer *out, bool is_given, const char *key)
{
    if (is_given && key)
        vespa_buffer_append_string(out, "set");
}

static void append_of_rule(struct vespa_buffer *out, const struct vespa_rule *rule,
                           enum vespa_member_id id, bool is_given)
{
    switch (id) {
    case VESPA_MEMBER_HOSTS:
        append_hosts(out, rule);
        break;
    case VESPA_MEMBER_PATHS:
        append_list(out, rule->paths);
        break;
    case VESPA_MEMBER_ENDPOINT:
        vespa_buffer_append_string(out, rule->endpoint);
        break;
    case VESPA_MEMBER_API_KEY:
    case VESPA_MEMBER_API_KEY_FILE:
    case VESPA_MEMBER_API_KEY_ENV:
        append_secret(out, is_given, rule->endpoint_key);
        break;
    case VESPA_MEMBER_API_KEY_COMMAND:
        append_list(out, rule->api_key_command);
        break;
    case VESPA_MEMBER_ACCOUNT_KEY:
    case VESPA_MEMBER_ACCOUNT_KEY_FILE:
    case VESPA_MEMBER_ACCOUNT_KEY_ENV:
        append_secret(out, is_given, rule->account_key);
        break;
    case VESPA_MEMBER_INSTANCE:
        vespa_buffer_append_string(out, rule->instance);
        break;
    case VESPA_MEMBER_AUTOSCALER_URL:
        vespa_buffer_append_string(out, rule->autoscaler_url);
        break;
    case VESPA_MEMBER_COST:
        vespa_buffer_append_string(out, rule->cost);
        break;
    case VESPA_MEMBER_PAYLOAD:
        vespa_buffer_append_string(out, rule->payload == VESPA_PAYLOAD_INPUT ? "input" : "plain");
        break;
    case VESPA_MEMBER_UPLOADS:
        vespa_buffer_append_string(out, rule->translates_uploads ? "base64" : "none");
        break;
    case VESPA_MEMBER_DEADLINE:
        vespa_buffer_append_number(out, rule->deadline_ms / 1000);
        break;
    case VESPA_MEMBER_RETRIES:
        vespa_buffer_append_number(out, rule->attempts - 1);
        break;
    case VESPA_MEMBER_PASS_HEADERS:
        append_list(out, rule->pass_headers);
        break;
    case VESPA_MEMBER_PASS_QUERY:
        append_list(out, rule->pass_query);
        break;
    case VESPA_MEMBER_FALLBACK:
        append_fallback(out, rule);
        break;
    case VESPA_MEMBER_FALLBACK_AFTER:
        if (rule->fallback != VESPA_FALLBACK_NONE)
            vespa_buffer_append_number(out, rule->fallback_after_ms / 1000);
        break;
    case VESPA_MEMBER_WORKER_SCHEMES:
        append_schemes(out, rule);
        break;
    case VESPA_MEMBER_WORKER_HOSTS:
        append_list(out, rule->worker_hosts);
        break;
    case VESPA_MEMBER_INSECURE:
        vespa_buffer_append_string(out, rule->insecure ? "true" : "false");
        break;
    case VESPA_MEMBER_CA_FILE:
        vespa_buffer_append_string(out, rule->ca_file);
        break;
    default:
        break;
    }
}

static void append_of_all(struct vespa_buffer *out, const struct vespa_config *config,
                          enum vespa_member_id id)
{
    if (id == VESPA_MEMBER_RULES)
        vespa_buffer_append_number(out, config->rule_count);
    else if (id == VESPA_MEMBER_LOG)
        vespa_buffer_append_string(out, vespa_members[VESPA_MEMBER_LOG].choices[config->log.level]);
    else if (id == VESPA_MEMBER_LOG_FILE)
        vespa_buffer_append_string(out, config->log_file);
    else if (id == VESPA_MEMBER_BODY_LIMIT)
        vespa_buffer_append_number(out, config->body_limit);
    else if (id == VESPA_MEMBER_ROOT_SHA256)
        vespa_buffer_append_string(out, config->root_sha256);
}

void vespa_config_value(const struct vespa_config *config, size_t rule, enum vespa_member_id id,
                        struct vespa_buffer *out)
{
    if (id < VESPA_RULE_MEMBERS)
        append_of_rule(out, &config->rules[rule], id,
                       config->origins[rule][id].by != VESPA_BY_DEFAULT);
    else
        append_of_all(out, config, id);
}

void vespa_config_origin(const struct vespa_config *config, size_t rule, enum vespa_member_id id,
                         struct vespa_buffer *out)
{
    const struct vespa_origin *origin = &config->origins[rule][id];

    switch (origin->by) {
    case VESPA_BY_DEFAULT:
        vespa_buffer_append_string(out, "default");
        break;
    case VESPA_BY_VARIABLE:
        vespa_buffer_append_string(out, origin->name);
        break;
    case VESPA_BY_FILE:
        vespa_buffer_append_string(out, origin->name);
        vespa_buffer_append_byte(out, ':');
        vespa_buffer_append_number(out, origin->line);
        break;
    case VESPA_BY_KEY_FILE:
        vespa_buffer_append_string(out, "the key file of the vastai command line");
        break;
    }
}
