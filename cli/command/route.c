// `vespa route`: the worker that one request would get.

#include "cli/command/commands.h"
#include "cli/command_line.h"
#include "cli/exit_status.h"
#include "cli/settings.h"
#include "core/json.h"

#include <stdio.h>

struct line {
    struct vespa_settings settings;
    double workload;
    double timeout;
    bool json;
    bool help;
};

static const struct vespa_cli_option options[] = {
    VESPA_AMOUNT("workload", 0, "N", "the cost that the autoscaler is told (default 100)",
                 struct line, workload),
    VESPA_AMOUNT("timeout", 0, "S", "seconds to wait for a worker", struct line, timeout),
    VESPA_FLAG("json", 0, "prints {\"url\": ..., \"auth_data\": {...}}", struct line, json),
    VESPA_SETTINGS_OPTIONS(struct line),
    VESPA_FLAG("help", 'h', "prints this", struct line, help),
};

static const struct vespa_command_line command_line = {
    .command = {.name = "route",
                .options = options,
                .option_count = sizeof options / sizeof options[0]},
    .usage = "[OPTIONS]",
    .about =
        "Asks the autoscaler for a worker and prints the assignment: for requests that you\n"
        "send yourself, to its url, as {\"auth_data\": ..., \"payload\": ...}. Nothing is sent\n"
        "to the worker.\n"
        "\n" VESPA_EXIT_HELP,
    .help = offsetof(struct line, help),
};

// A member a line, each value as it was written: the signature is over these texts.
static void print_members(const char *auth_data)
{
    struct vespa_slice text = vespa_slice_of(auth_data);
    struct vespa_json json;
    struct vespa_json_token token;
    vespa_json_init(&json, 1);
    while (vespa_json_next(&json, text, true, &token) == VESPA_JSON_TOKEN) {
        struct vespa_slice part = vespa_json_text(text, &token);
        if (token.depth == 1)
            printf(token.kind == VESPA_JSON_KEY ? "%-12.*s " : "%.*s\n", (int)part.length,
                   part.data);
    }
}

static int route(const struct line *line)
{
    struct vespa_client *client = NULL;
    const struct vespa_request_options wanted = {.workload = line->workload,
                                                 .timeout_s = line->timeout};
    int status = vespa_settings_client("route", &line->settings, &client);
    if (status)
        return status;
    struct vespa_routing *routing = vespa_route(client, &wanted);
    status = vespa_exit_of(vespa_routing_error(routing));
    if (status)
        fprintf(stderr, "vespa route: %s\n", vespa_routing_message(routing));
    else if (line->json)
        printf("{\"url\": \"%s\", \"auth_data\": %s}\n", vespa_routing_url(routing),
               vespa_routing_auth_data(routing));
    else
        print_members(vespa_routing_auth_data(routing));
    vespa_routing_free(routing);
    vespa_client_free(client);
    return status;
}

int vespa_command_route(int argc, char **argv)
{
    struct line line = {0};
    char **words;
    int status;
    return vespa_command_line_read(&command_line, &line, argc, argv, &words, &status) ? route(&line)
                                                                                      : status;
}
