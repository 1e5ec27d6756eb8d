// `vespa init`: from an account's key to a configuration that works.

#include "cli/account.h"
#include "cli/command/commands.h"
#include "cli/command_line.h"
#include "cli/exit_status.h"
#include "cli/files.h"
#include "cli/output.h"
#include "cli/prompt.h"
#include "cli/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct line {
    struct vespa_settings settings;
    bool force;
    bool help;
};

static const struct vespa_cli_option options[] = {
    VESPA_TEXT("endpoint", 0, "NAME", "the endpoint, which is asked for otherwise", struct line,
               settings.endpoint),
    VESPA_FLAG("force", 0, "replaces a configuration file that is there", struct line, force),
    VESPA_PLACE_OPTIONS(struct line),
    VESPA_FLAG("help", 'h', "prints this", struct line, help),
};

static const struct vespa_command_line command_line = {
    .command = {.name = "init",
                .options = options,
                .option_count = sizeof options / sizeof options[0]},
    .usage = "[OPTIONS]",
    .about =
        "Asks for the account's key, shows its endpoints, writes the configuration file for\n"
        "one of them (readable by you alone) and asks the autoscaler for a worker, to test it.\n"
        "The key is taken from VAST_ACCOUNT_KEY, or from where the vastai command line keeps\n"
        "it, if it is there. Endpoints' keys change; with the account's key they are looked up.\n"
        "\n" VESPA_EXIT_HELP,
    .help = offsetof(struct line, help),
};

enum { ROUTE_TIMEOUT_S = 20 };

// ---- the key ----------------------------------------------------------------------------------

// Where to ask, with the account's key; *is_stored: vespa finds the key by itself.
static struct vespa_config *get_account(const struct line *line, bool *is_stored)
{
    struct vespa_settings place = line->settings;
    place.no_file = true; // it is going to be replaced
    struct vespa_config *config = vespa_settings_known_account(&place);
    *is_stored = config && config->origins[0][VESPA_MEMBER_ACCOUNT_KEY].by == VESPA_BY_KEY_FILE;
    if (config) {
        fprintf(stderr, "using the account's key that %s\n",
                *is_stored ? "the vastai command line has stored" : "VAST_ACCOUNT_KEY holds");
        return config;
    }
    config = vespa_settings_place("init", &place);
    if (!config)
        return NULL;
    char *key = vespa_prompt("account key, as https://console.vast.ai shows it under Keys: ", true);
    if (key && *key) {
        config->rules[0].account_key = key;
        return config;
    }
    free(key);
    fputs("vespa init: no key was given\n", stderr);
    vespa_config_free(config);
    return NULL;
}

// ---- the endpoint -----------------------------------------------------------------------------

static const char *name_of(const cJSON *endpoint)
{
    const char *name =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(endpoint, "endpoint_name"));
    return name ? name : "";
}

static void print_choice(const cJSON *endpoints)
{
    const cJSON *endpoint;
    int number = 1;
    cJSON_ArrayForEach(endpoint, endpoints)
    {
        fprintf(stderr, "%3d  %s\n", number++, vespa_cell_text(name_of(endpoint)).text);
    }
}

// The endpoint of a name or of a number in the list.
static const cJSON *chosen(const cJSON *endpoints, const char *answer)
{
    char *end;
    long number = strtol(answer, &end, 10);
    if (*answer && !*end && number >= 1 && number <= cJSON_GetArraySize(endpoints))
        return cJSON_GetArrayItem(endpoints, (int)number - 1);
    return vespa_account_find("init", endpoints, answer);
}

static const cJSON *choose(const struct line *line, const cJSON *endpoints)
{
    int count = cJSON_GetArraySize(endpoints);
    if (count == 0) {
        fputs("vespa init: the account has no endpoint yet: make one in Vast's console, under "
              "Serverless\n",
              stderr);
        return NULL;
    }
    if (line->settings.endpoint)
        return vespa_account_find("init", endpoints, line->settings.endpoint);
    print_choice(endpoints);
    if (count == 1)
        return cJSON_GetArrayItem(endpoints, 0);
    char *answer = vespa_prompt("which endpoint (number or name): ", false);
    const cJSON *endpoint = answer ? chosen(endpoints, answer) : NULL;
    if (!answer)
        fputs("vespa init: no endpoint was chosen\n", stderr);
    free(answer);
    return endpoint;
}

// ---- the file ---------------------------------------------------------------------------------

// The configuration's text, to be freed with cJSON_free; NULL: memory ran out.
static char *make_text(const struct line *line, const char *endpoint, const char *account_key)
{
    cJSON *all = cJSON_CreateObject();
    cJSON *rule = cJSON_CreateObject();
    cJSON_AddItemToArray(cJSON_AddArrayToObject(all, "rules"), rule);
    cJSON_AddStringToObject(rule, "endpoint", endpoint);
    if (account_key)
        cJSON_AddStringToObject(rule, "account_key", account_key);
    if (line->settings.instance)
        cJSON_AddStringToObject(rule, "instance", line->settings.instance);
    if (line->settings.autoscaler_url)
        cJSON_AddStringToObject(rule, "autoscaler_url", line->settings.autoscaler_url);
    char *text = cJSON_Print(all);
    cJSON_Delete(all);
    return text;
}

static bool write_file(const struct line *line, const char *path, const char *endpoint,
                       const char *account_key)
{
    char *text = make_text(line, endpoint, account_key);
    struct vespa_buffer contents = {0};
    vespa_buffer_append_string(&contents, text);
    vespa_buffer_append_byte(&contents, '\n');
    bool written = text && !contents.failed &&
                   vespa_file_write("init", path, vespa_buffer_slice(&contents), 0600);
    if (written)
        fprintf(stderr, "written: %s\n", path);
    if (text)
        explicit_bzero(text, strlen(text));
    cJSON_free(text);
    vespa_buffer_free_secret(&contents);
    return written;
}

// ---- the test ---------------------------------------------------------------------------------

static int test(const char *path, const char *endpoint)
{
    const struct vespa_settings settings = {.config = path, .endpoint = endpoint};
    const struct vespa_request_options wanted = {.timeout_s = ROUTE_TIMEOUT_S};
    struct vespa_client *client = NULL;
    int status = vespa_settings_client("init", &settings, &client);
    if (status)
        return status;
    struct vespa_routing *routing = vespa_route(client, &wanted);
    status = vespa_exit_of(vespa_routing_error(routing));
    if (status == VESPA_EXIT_DONE) {
        fprintf(stderr, "tested: a worker is ready at %s\n", vespa_routing_url(routing));
    } else if (status == VESPA_EXIT_NO_WORKER) {
        fprintf(stderr, "tested: the autoscaler knows the endpoint; no worker is ready yet, which "
                        "may take minutes when none has run for long\n");
        status = VESPA_EXIT_DONE;
    } else {
        fprintf(stderr, "vespa init: the test failed: %s\n", vespa_routing_message(routing));
    }
    vespa_routing_free(routing);
    vespa_client_free(client);
    return status;
}

static void explain(const char *endpoint)
{
    printf("Requests to http://vespa.internal now go to '%s':\n\n"
           "  vespa request POST /v1/completions -d '{\"prompt\":\"Hello\",\"max_tokens\":50}'\n"
           "  vespa run curl http://vespa.internal/v1/models\n",
           endpoint);
}

// -----------------------------------------------------------------------------------------------

static int initialise_with(const struct line *line, const char *path,
                           const struct vespa_config *config, bool is_stored)
{
    const struct vespa_rule *rule = &config->rules[0];
    cJSON *endpoints;
    int status = vespa_account_endpoints("init", rule, &endpoints);
    if (status)
        return status;
    const cJSON *endpoint = choose(line, endpoints);
    if (!endpoint)
        status = VESPA_EXIT_ENDPOINT;
    else if (!write_file(line, path, name_of(endpoint), is_stored ? NULL : rule->account_key))
        status = VESPA_EXIT_FAILED;
    else
        status = test(path, name_of(endpoint));
    if (!status)
        explain(name_of(endpoint));
    cJSON_Delete(endpoints);
    return status;
}

static int initialise(const struct line *line, const char *path)
{
    bool is_stored;
    if (!line->force && access(path, F_OK) == 0) {
        fprintf(stderr,
                "vespa init: there is a configuration already: %s; use --force to replace "
                "it\n",
                path);
        return VESPA_EXIT_USAGE;
    }
    struct vespa_config *config = get_account(line, &is_stored);
    if (!config)
        return VESPA_EXIT_CONFIGURATION;
    int status = initialise_with(line, path, config, is_stored);
    vespa_config_free(config);
    return status;
}

int vespa_command_init(int argc, char **argv)
{
    struct line line = {0};
    struct vespa_buffer path = {0};
    char **words;
    int status;
    if (!vespa_command_line_read(&command_line, &line, argc, argv, &words, &status))
        return status;
    status = VESPA_EXIT_FAILED;
    const char *given = line.settings.config ? line.settings.config : getenv("VESPA_CONFIG");
    if (given && *given)
        vespa_buffer_append_string(&path, given);
    if (path.length || vespa_config_path(&path, "config.json"))
        status = initialise(&line, path.data);
    vespa_buffer_free(&path);
    return status;
}
