// `vespa config check`: what the configuration came to, and where each value was said.

#include "cli/command/commands.h"
#include "cli/command_line.h"
#include "cli/exit_status.h"
#include "cli/output.h"
#include "core/config_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct line {
    const char *config;
    bool json;
    bool help;
};

static const struct vespa_cli_option options[] = {
    VESPA_TEXT("config", 0, "FILE", "the configuration file (VESPA_CONFIG)", struct line, config),
    VESPA_FLAG("json", 0, "prints JSON", struct line, json),
    VESPA_FLAG("help", 'h', "prints this", struct line, help),
};

static const struct vespa_command_line command_line = {
    .command = {.name = "config",
                .options = options,
                .option_count = sizeof options / sizeof options[0]},
    .usage = "check [OPTIONS]",
    .about = "Reads the configuration file and the environment as vespa does, and says what each\n"
             "rule means, where each value came from (a line of the file, a variable, or the\n"
             "default) and what is wrong. Keys are not shown. Nothing is sent anywhere.\n"
             "\n"
             "Exit status: 0 it can be used, 2 wrong usage, 3 something is wrong with it.\n",
    .help = offsetof(struct line, help),
    .least = 1,
    .most = 1,
};

static const char *look_up(void *context, const char *name)
{
    const char *file = context;
    return file && strcmp(name, "VESPA_CONFIG") == 0 ? file : getenv(name);
}

// A member's value and its origin, as texts to be freed. False: it has none, or memory ran out.
static bool member(const struct vespa_config *config, size_t rule, enum vespa_member_id id,
                   char **value, char **origin)
{
    struct vespa_buffer text = {0}, from = {0};
    if (id == VESPA_MEMBER_ENDPOINT && !config->rules[rule].endpoint)
        return false;
    vespa_config_value(config, rule, id, &text);
    vespa_config_origin(config, rule, id, &from);
    *value = text.length ? vespa_buffer_take(&text) : NULL;
    *origin = *value ? vespa_buffer_take(&from) : NULL;
    vespa_buffer_free(&text);
    vespa_buffer_free(&from);
    return *value && *origin;
}

// ---- for a person -----------------------------------------------------------------------------

static void print_member(const struct vespa_config *config, size_t rule, enum vespa_member_id id)
{
    char *value = NULL, *origin = NULL;
    if (member(config, rule, id, &value, &origin))
        printf("  %-16s %-34s %s\n", vespa_members[id].name, value, origin);
    free(value);
    free(origin);
}

static void print_meaning(const struct vespa_config *config, size_t index)
{
    const struct vespa_rule *rule = &config->rules[index];
    struct vespa_buffer hosts = {0}, paths = {0};
    vespa_config_value(config, index, VESPA_MEMBER_HOSTS, &hosts);
    vespa_config_value(config, index, VESPA_MEMBER_PATHS, &paths);
    if (rule->problem)
        printf("rule %zu cannot be used: %s\n", index + 1, rule->problem);
    else
        printf("rule %zu: requests to %s%s%s%s%s%s go to endpoint '%s'\n", index + 1,
               hosts.data ? hosts.data : "no host", paths.length ? ", paths " : "",
               paths.length ? paths.data : "",
               config->default_names ? (paths.length ? ", and to " : " and ") : "",
               config->default_names ? rule->endpoint : "",
               config->default_names ? "." VESPA_DEFAULT_HOST : "", rule->endpoint);
    vespa_buffer_free(&hosts);
    vespa_buffer_free(&paths);
}

static void print_text(const struct vespa_config *config)
{
    printf("configuration file: %s\n", config->file ? config->file : "none");
    for (size_t rule = 0; rule < config->rule_count; rule++) {
        putchar('\n');
        print_meaning(config, rule);
        for (int id = 0; id < VESPA_RULE_MEMBERS; id++)
            print_member(config, rule, (enum vespa_member_id)id);
    }
    puts("\nfor all");
    for (int id = VESPA_MEMBER_LOG; id < VESPA_MEMBERS; id++)
        print_member(config, 0, (enum vespa_member_id)id);
}

// ---- for a program ----------------------------------------------------------------------------

static void add_member(cJSON *to, const struct vespa_config *config, size_t rule,
                       enum vespa_member_id id)
{
    char *value = NULL, *origin = NULL;
    if (member(config, rule, id, &value, &origin)) {
        cJSON *entry = cJSON_AddObjectToObject(to, vespa_members[id].name);
        cJSON_AddStringToObject(entry, "value", value);
        cJSON_AddStringToObject(entry, "from", origin);
    }
    free(value);
    free(origin);
}

static cJSON *make_json(const struct vespa_config *config)
{
    cJSON *all = cJSON_CreateObject();
    if (config->file)
        cJSON_AddStringToObject(all, "file", config->file);
    cJSON *rules = cJSON_AddArrayToObject(all, "rules");
    for (size_t i = 0; i < config->rule_count; i++) {
        cJSON *rule = cJSON_CreateObject();
        if (config->rules[i].problem)
            cJSON_AddStringToObject(rule, "problem", config->rules[i].problem);
        cJSON *members = cJSON_AddObjectToObject(rule, "members");
        for (int id = 0; id < VESPA_RULE_MEMBERS; id++)
            add_member(members, config, i, (enum vespa_member_id)id);
        cJSON_AddItemToArray(rules, rule);
    }
    cJSON *members = cJSON_AddObjectToObject(all, "members");
    for (int id = VESPA_MEMBER_LOG; id < VESPA_MEMBERS; id++)
        add_member(members, config, 0, (enum vespa_member_id)id);
    return all;
}

// -----------------------------------------------------------------------------------------------

static int check(const struct line *line)
{
    struct vespa_config *config = vespa_config_load(&(struct vespa_environment){
        .get = look_up, .context = (void *)(uintptr_t)line->config, .runs_commands = true});
    int status = VESPA_EXIT_DONE;
    if (!config) {
        fputs("vespa config: out of memory\n", stderr);
        return VESPA_EXIT_FAILED;
    }
    for (size_t i = 0; i < config->rule_count; i++)
        if (config->rules[i].problem)
            status = VESPA_EXIT_CONFIGURATION;
    if (!line->json)
        print_text(config);
    else if (!vespa_json_print(make_json(config)))
        status = VESPA_EXIT_FAILED;
    vespa_config_free(config);
    return status;
}

int vespa_command_config(int argc, char **argv)
{
    struct line line = {0};
    char **words;
    int status;
    if (!vespa_command_line_read(&command_line, &line, argc, argv, &words, &status))
        return status;
    if (strcmp(words[0], "check") == 0)
        return check(&line);
    fprintf(stderr, "vespa config: there is no '%s', but 'check'\n", words[0]);
    return VESPA_EXIT_USAGE;
}
