// `vespa workers`: states and load of an endpoint's workers.

#include "cli/account.h"
#include "cli/command/commands.h"
#include "cli/command_line.h"
#include "cli/exit_status.h"
#include "cli/output.h"
#include "cli/settings.h"

#include <stdio.h>
#include <stdlib.h>

struct line {
    struct vespa_settings settings;
    bool json;
    bool help;
};

static const struct vespa_cli_option options[] = {
    VESPA_TEXT("endpoint", 0, "NAME", "the endpoint's name (VAST_ENDPOINT)", struct line,
               settings.endpoint),
    VESPA_FLAG("json", 0, "prints what the autoscaler says", struct line, json),
    VESPA_PLACE_OPTIONS(struct line),
    VESPA_FLAG("help", 'h', "prints this", struct line, help),
};

static const struct vespa_command_line command_line = {
    .command = {.name = "workers",
                .options = options,
                .option_count = sizeof options / sizeof options[0]},
    .usage = "[OPTIONS]",
    .about = "Shows the workers of the endpoint: their states, load and performance, in the\n"
             "units of the workload. The account's key is needed (see vespa endpoints).\n"
             "\n" VESPA_EXIT_HELP,
    .help = offsetof(struct line, help),
};

static const struct vespa_column columns[] = {
    {"ID", "id"},
    {"STATUS", "status"},
    {"LOAD", "cur_load"},
    {"NEW", "new_load"},
    {"PERF", "perf"},
    {"WORKING", "reqs_working"},
    {"RELIABILITY", "reliability"},
    {"DISK", "disk_usage"},
};

static int fetch(const struct vespa_rule *rule, cJSON **workers)
{
    cJSON *endpoints;
    int status = vespa_account_endpoints("workers", rule, &endpoints);
    if (status)
        return status;
    const cJSON *endpoint = vespa_account_find("workers", endpoints, rule->endpoint);
    status =
        endpoint ? vespa_account_workers("workers", rule, endpoint, workers) : VESPA_EXIT_ENDPOINT;
    cJSON_Delete(endpoints);
    return status;
}

static int show(const struct line *line)
{
    cJSON *workers = NULL;
    struct vespa_config *config = vespa_settings_account("workers", &line->settings);
    if (!config)
        return VESPA_EXIT_CONFIGURATION;
    if (!vespa_settings_endpoint(&line->settings) && !config->file) {
        fputs("vespa workers: of which endpoint? Set VAST_ENDPOINT, or use --endpoint NAME\n",
              stderr);
        vespa_config_free(config);
        return VESPA_EXIT_CONFIGURATION;
    }
    int status = fetch(&config->rules[0], &workers);
    vespa_config_free(config);
    if (status)
        return status;
    if (line->json)
        return vespa_json_print(workers) ? VESPA_EXIT_DONE : VESPA_EXIT_FAILED;
    bool printed = vespa_table_print(workers, columns, sizeof columns / sizeof columns[0]);
    cJSON_Delete(workers);
    return printed ? VESPA_EXIT_DONE : VESPA_EXIT_FAILED;
}

int vespa_command_workers(int argc, char **argv)
{
    struct line line = {0};
    char **words;
    int status;
    return vespa_command_line_read(&command_line, &line, argc, argv, &words, &status) ? show(&line)
                                                                                      : status;
}
