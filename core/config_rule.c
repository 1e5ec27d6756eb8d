/* Each member has one function that reads it, wherever its value came from. */
#include "core/config_rule.h"

#include "core/config_autoscaler.h"
#include "core/host_list.h"
#include "core/token.h"
#include "core/worker_hosts.h"
#include "core/workload.h"

#include <stdlib.h>
#include <unistd.h>

enum {
    DEFAULT_DEADLINE_MS = 1800 * 1000, /* cold starts of 17 minutes are real (protocol.md §3) */
    DEFAULT_ATTEMPTS = 4,
    DEFAULT_FALLBACK_AFTER_MS = 60 * 1000,
    LONGEST_ENDPOINT = 256
};

static struct vespa_slice text_of(const struct vespa_draft *draft, enum vespa_member_id id)
{
    return draft->values[id].text;
}

static char *keep(struct vespa_draft *draft, struct vespa_slice text)
{
    return vespa_variables_keep(&draft->variables, text);
}

static void complain(struct vespa_draft *draft, enum vespa_member_id id, const char *expected)
{
    vespa_draft_complain(draft, id, NULL, text_of(draft, id), expected);
}

/* ---- by type --------------------------------------------------------------------------------- */

/* False when there is no value, or none that is acceptable. */
static bool read_integer(struct vespa_draft *draft, enum vespa_member_id id, unsigned *number)
{
    const struct vespa_member *member = &vespa_members[id];

    if (!vespa_draft_has(draft, id))
        return false;
    if (vespa_number_read(text_of(draft, id), member->low, member->high, number))
        return true;
    complain(draft, id, NULL);
    return false;
}

static size_t count_items(const struct vespa_draft *draft, enum vespa_member_id id)
{
    struct vespa_value_reading reading = {.value = vespa_draft_value(draft, id)};
    struct vespa_slice item;
    size_t count = 0;

    while (vespa_value_next(&reading, &item))
        count++;
    return count;
}

/* A list whose items are acceptable; NULL when none is given, or memory ran out. */
static char **read_list(struct vespa_draft *draft, enum vespa_member_id id,
                        bool (*is_acceptable)(struct vespa_slice))
{
    struct vespa_value_reading reading = {.value = vespa_draft_value(draft, id)};
    const struct vespa_member *member = &vespa_members[id];
    struct vespa_slice item;
    const char *choice;
    size_t count = 0;

    if (!vespa_draft_has(draft, id))
        return NULL;
    char **list = calloc(count_items(draft, id) + 1, sizeof(char *));
    draft->variables.failed |= !list;
    while (list && vespa_value_next(&reading, &item)) {
        if (is_acceptable(item) && vespa_member_admits(member, item, &choice))
            list[count] = keep(draft, item);
        else
            vespa_draft_complain(draft, id, &reading, item, NULL);
        count += list[count] != NULL;
    }
    return list;
}

static bool is_not_empty(struct vespa_slice text)
{
    return text.length > 0;
}

/* An empty list would admit nothing at all; who writes one means something else. */
static char **read_filled_list(struct vespa_draft *draft, enum vespa_member_id id,
                               bool (*is_acceptable)(struct vespa_slice))
{
    if (vespa_draft_has(draft, id) && count_items(draft, id) == 0)
        complain(draft, id, "at least one entry, or no such member");
    return read_list(draft, id, is_acceptable);
}

char *vespa_draft_path(struct vespa_draft *draft, enum vespa_member_id id)
{
    struct vespa_slice text = text_of(draft, id);
    struct vespa_slice home = vespa_variable(&draft->variables, "HOME");
    struct vespa_buffer path = {0};

    if (vespa_slice_starts_with(text, VESPA_LITERAL("~/")) && home.length && home.data[0] == '/') {
        vespa_buffer_append(&path, home);
        vespa_buffer_append(&path, vespa_slice_part(text, 1, text.length));
    } else if (text.length && text.data[0] == '/') {
        vespa_buffer_append(&path, text);
    } else {
        complain(draft, id, "the absolute path of a file, or one that begins with ~/");
        return NULL;
    }
    char *taken = vespa_buffer_take(&path);
    draft->variables.failed |= !taken;
    return taken;
}

/* ---- which requests -------------------------------------------------------------------------- */

static void add_host(struct vespa_draft *draft, struct vespa_rule *rule, struct vespa_slice text,
                     const struct vespa_value_reading *reading)
{
    struct vespa_host host;

    if (!vespa_host_read(text, &host)) {
        vespa_draft_complain(draft, VESPA_MEMBER_HOSTS, reading, text, VESPA_HOST_EXPECTED);
        return;
    }
    draft->variables.failed |= !host.name;
    rule->hosts[rule->host_count++] = host;
}

void vespa_rule_read_hosts(struct vespa_draft *draft, struct vespa_rule *rule, bool wants_default)
{
    struct vespa_value_reading reading = {.value = vespa_draft_value(draft, VESPA_MEMBER_HOSTS)};
    bool given = vespa_draft_has(draft, VESPA_MEMBER_HOSTS);
    size_t count = given ? count_items(draft, VESPA_MEMBER_HOSTS) : 0;
    struct vespa_slice item;

    rule->hosts = calloc(count + 1, sizeof(struct vespa_host));
    if (!rule->hosts) {
        draft->variables.failed = true;
        return;
    }
    if (given && !count)
        complain(draft, VESPA_MEMBER_HOSTS, VESPA_HOST_EXPECTED);
    while (given && vespa_value_next(&reading, &item))
        add_host(draft, rule, item, &reading);
    if (!rule->host_count && wants_default)
        add_host(draft, rule, VESPA_LITERAL(VESPA_DEFAULT_HOST), NULL);
}

/* Percent signs and dot segments would have to be resolved as those of the request are. */
static bool is_path_beginning(struct vespa_slice text)
{
    for (size_t i = 0; i < text.length; i++)
        if (strchr("?#% \\", text.data[i]))
            return false;
    return text.length && text.data[0] == '/' &&
           !vespa_slice_contains_nocase(text, VESPA_LITERAL("/."));
}

static void read_paths(struct vespa_draft *draft, struct vespa_rule *rule)
{
    rule->paths = read_filled_list(draft, VESPA_MEMBER_PATHS, is_path_beginning);
}

/* ---- endpoint -------------------------------------------------------------------------------- */

static void read_endpoint(struct vespa_draft *draft, struct vespa_rule *rule)
{
    struct vespa_slice value = text_of(draft, VESPA_MEMBER_ENDPOINT);

    if (!vespa_draft_has(draft, VESPA_MEMBER_ENDPOINT))
        return;
    if (!value.length || vespa_has_control_character(value) || value.length > LONGEST_ENDPOINT ||
        vespa_slice_contains_nocase(value, VESPA_LITERAL("://")))
        complain(draft, VESPA_MEMBER_ENDPOINT, NULL);
    else
        rule->endpoint = keep(draft, value);
}

static void read_command(struct vespa_draft *draft, struct vespa_rule *rule)
{
    rule->api_key_command = read_filled_list(draft, VESPA_MEMBER_API_KEY_COMMAND, is_not_empty);
}

/* ---- what is asked and sent ------------------------------------------------------------------ */

static void read_cost(struct vespa_draft *draft, struct vespa_rule *rule)
{
    if (!vespa_draft_has(draft, VESPA_MEMBER_COST))
        return;
    if (vespa_workload_is_valid(text_of(draft, VESPA_MEMBER_COST)))
        rule->cost = keep(draft, text_of(draft, VESPA_MEMBER_COST));
    else
        complain(draft, VESPA_MEMBER_COST, NULL);
}

static void read_payload(struct vespa_draft *draft, struct vespa_rule *rule)
{
    const char *style = vespa_draft_choice(draft, VESPA_MEMBER_PAYLOAD);
    if (style && strcmp(style, "input") == 0)
        rule->payload = VESPA_PAYLOAD_INPUT;
}

static void read_uploads(struct vespa_draft *draft, struct vespa_rule *rule)
{
    const char *uploads = vespa_draft_choice(draft, VESPA_MEMBER_UPLOADS);
    rule->translates_uploads = uploads && strcmp(uploads, "base64") == 0;
}

static void read_passed(struct vespa_draft *draft, struct vespa_rule *rule)
{
    rule->pass_headers = read_list(draft, VESPA_MEMBER_PASS_HEADERS, vespa_is_token);
    rule->pass_query = read_list(draft, VESPA_MEMBER_PASS_QUERY, is_not_empty);
}

/* ---- time and retries ------------------------------------------------------------------------ */

static void read_deadline(struct vespa_draft *draft, struct vespa_rule *rule)
{
    unsigned seconds;

    rule->deadline_ms = DEFAULT_DEADLINE_MS;
    if (read_integer(draft, VESPA_MEMBER_DEADLINE, &seconds))
        rule->deadline_ms = seconds * 1000;
}

static void read_retries(struct vespa_draft *draft, struct vespa_rule *rule)
{
    unsigned retries;

    rule->attempts = DEFAULT_ATTEMPTS;
    if (read_integer(draft, VESPA_MEMBER_RETRIES, &retries))
        rule->attempts = retries + 1;
}

/* A fallback that names an endpoint is found when all rules are known. */
static void read_fallback(struct vespa_draft *draft, struct vespa_rule *rule)
{
    struct vespa_slice name = text_of(draft, VESPA_MEMBER_FALLBACK);
    unsigned seconds;

    if (vespa_draft_has(draft, VESPA_MEMBER_FALLBACK)) {
        if (vespa_slice_equal(name, VESPA_LITERAL("origin")))
            rule->fallback = VESPA_FALLBACK_ORIGIN;
        else if (!vespa_slice_equal(name, VESPA_LITERAL("none")))
            rule->fallback = VESPA_FALLBACK_ENDPOINT;
    }
    rule->fallback_after_ms = DEFAULT_FALLBACK_AFTER_MS < rule->deadline_ms / 2
                                  ? DEFAULT_FALLBACK_AFTER_MS
                                  : rule->deadline_ms / 2;
    if (!read_integer(draft, VESPA_MEMBER_FALLBACK_AFTER, &seconds))
        return;
    if (seconds * 1000 < rule->deadline_ms)
        rule->fallback_after_ms = seconds * 1000;
    else
        complain(draft, VESPA_MEMBER_FALLBACK_AFTER, NULL);
}

/* ---- workers --------------------------------------------------------------------------------- */

static void read_workers(struct vespa_draft *draft, struct vespa_rule *rule)
{
    rule->worker_schemes = read_filled_list(draft, VESPA_MEMBER_WORKER_SCHEMES, is_not_empty);
    rule->worker_hosts =
        read_filled_list(draft, VESPA_MEMBER_WORKER_HOSTS, vespa_worker_hosts_is_valid);
    rule->insecure =
        vespa_draft_has(draft, VESPA_MEMBER_INSECURE) &&
        vespa_slice_equal(text_of(draft, VESPA_MEMBER_INSECURE), VESPA_LITERAL("true"));
}

/* A variable may be relative to where the program was started, as the tools' are. */
static void read_ca_file(struct vespa_draft *draft, struct vespa_rule *rule)
{
    bool in_file = draft->values[VESPA_MEMBER_CA_FILE].origin.by == VESPA_BY_FILE;

    if (!vespa_draft_has(draft, VESPA_MEMBER_CA_FILE))
        return;
    rule->ca_file = in_file ? vespa_draft_path(draft, VESPA_MEMBER_CA_FILE)
                            : keep(draft, text_of(draft, VESPA_MEMBER_CA_FILE));
    if (rule->ca_file && access(rule->ca_file, R_OK) != 0)
        complain(draft, VESPA_MEMBER_CA_FILE, NULL);
}

/* ---------------------------------------------------------------------------------------------- */

void vespa_rule_read(struct vespa_draft *draft, struct vespa_rule *rule)
{
    static void (*const parts[])(struct vespa_draft *, struct vespa_rule *) = {
        read_paths,    read_endpoint, read_command,  vespa_rule_read_autoscaler,
        read_deadline, read_retries,  read_cost,     read_payload,
        read_uploads,  read_passed,   read_fallback, read_workers,
        read_ca_file,
    };

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        parts[i](draft, rule);
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
    free((void *)list);
}

void vespa_rule_free(struct vespa_rule *rule)
{
    for (size_t i = 0; i < rule->host_count; i++)
        free(rule->hosts[i].name);
    free(rule->hosts);
    free_list(rule->paths);
    free(rule->endpoint);
    free_secret(rule->endpoint_key);
    free_secret(rule->account_key);
    free_secret(rule->cached_key);
    free(rule->cache_file);
    free_list(rule->api_key_command);
    free(rule->autoscaler_url);
    free(rule->console_url);
    free(rule->instance);
    free(rule->cost);
    free_list(rule->pass_headers);
    free_list(rule->pass_query);
    free_list(rule->worker_schemes);
    free_list(rule->worker_hosts);
    free(rule->ca_file);
    free(rule->problem);
}
