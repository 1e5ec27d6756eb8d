// `vespa endpoints`: those of the account.

#include "cli/account.h"
#include "cli/command/commands.h"
#include "cli/command_line.h"
#include "cli/exit_status.h"
#include "cli/output.h"
#include "cli/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct line {
    struct vespa_settings settings;
    bool json;
    bool help;
};

static const struct vespa_cli_option options[] = {
    VESPA_FLAG("json", 0, "prints what the console says, without the endpoints' keys", struct line,
               json),
    VESPA_PLACE_OPTIONS(struct line),
    VESPA_FLAG("help", 'h', "prints this", struct line, help),
};

static const struct vespa_command_line command_line = {
    .command = {.name = "endpoints",
                .options = options,
                .option_count = sizeof options / sizeof options[0]},
    .usage = "[OPTIONS]",
    .about = "Lists the endpoints of the account. Its key is read from VAST_ACCOUNT_KEY, the\n"
             "configuration, or where the vastai command line keeps it.\n"
             "\n" VESPA_EXIT_HELP,
    .help = offsetof(struct line, help),
};

static const struct vespa_column columns[] = {
    {"ID", "id"},
    {"NAME", "endpoint_name"},
    {"STATE", "endpoint_state"},
};

static int print_json(cJSON *endpoints)
{
    cJSON *endpoint;
    cJSON_ArrayForEach(endpoint, endpoints)
    {
        cJSON_DeleteItemFromObjectCaseSensitive(endpoint, "api_key");
    }
    return vespa_json_print(endpoints) ? VESPA_EXIT_DONE : VESPA_EXIT_FAILED;
}

static int list(const struct line *line)
{
    cJSON *endpoints;
    struct vespa_config *config = vespa_settings_account("endpoints", &line->settings);
    if (!config)
        return VESPA_EXIT_CONFIGURATION;
    int status = vespa_account_endpoints("endpoints", &config->rules[0], &endpoints);
    vespa_config_free(config);
    if (status)
        return status;
    if (line->json)
        return print_json(endpoints);
    bool printed = vespa_table_print(endpoints, columns, sizeof columns / sizeof columns[0]);
    cJSON_Delete(endpoints);
    return printed ? VESPA_EXIT_DONE : VESPA_EXIT_FAILED;
}

int vespa_command_endpoints(int argc, char **argv)
{
    struct line line = {0};
    char **words;
    int status;
    return vespa_command_line_read(&command_line, &line, argc, argv, &words, &status) ? list(&line)
                                                                                      : status;
}
