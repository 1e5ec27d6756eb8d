// Which endpoint, which key.

#include "cli/settings.h"

#include "lib/client.h"
#include "lib/client_options.h"
#include "lib/key_command.h"

#include "cli/exit_status.h"
#include "cli/key_cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *vespa_settings_endpoint(const struct vespa_settings *settings)
{
    const char *name = settings->endpoint ? settings->endpoint : getenv("VAST_ENDPOINT");
    return name && *name ? name : NULL;
}

static struct vespa_client_options options_of(const struct vespa_settings *settings)
{
    const char *log = getenv("VESPA_LOG");
    struct vespa_client_options options = {0};
    options.endpoint_name = settings->endpoint;
    options.api_key_file = settings->api_key_file;
    options.autoscaler_url = settings->autoscaler_url;
    options.instance = settings->instance;
    options.config_file = settings->config;
    options.log_level = settings->log ? settings->log : log && *log ? log : "off";
    return options;
}

static int no_memory(const char *command)
{
    fprintf(stderr, "vespa %s: out of memory\n", command);
    return VESPA_EXIT_FAILED;
}

enum vespa_error vespa_settings_try(const struct vespa_settings *settings,
                                    struct vespa_client **client, char message[VESPA_MESSAGE_SIZE])
{
    const struct vespa_client_options options = options_of(settings);
    struct vespa_config *config = vespa_client_configure(&options, true);
    if (config && vespa_key_commands_run(config)) {
        enum vespa_error error =
            vespa_client_of(client, config, vespa_client_names_endpoint(&options), message);
        if (error == VESPA_OK)
            vespa_key_cache_use((*client)->runtime);
        return error;
    }
    vespa_config_free(config);
    snprintf(message, VESPA_MESSAGE_SIZE, "out of memory");
    return VESPA_ERROR_MEMORY;
}

int vespa_settings_client(const char *command, const struct vespa_settings *settings,
                          struct vespa_client **client)
{
    char message[VESPA_MESSAGE_SIZE];
    enum vespa_error error = vespa_settings_try(settings, client, message);
    if (error != VESPA_OK)
        fprintf(stderr, "vespa %s: %s\n", command, message);
    return vespa_exit_of(error);
}

// ---- the account ----------------------------------------------------------------------------

#define NO_ACCOUNT_KEY                                                                        \
    "the account's key is needed and not known: set VAST_ACCOUNT_KEY to the one that Vast's " \
    "console shows under Keys (vespa init asks for it)"

// What is not asked for must not be missing: names and keys that are made up in its place.
struct stand_in {
    const struct vespa_settings *settings;
    const char *endpoint; // NULL: as it is
    const char *api_key;  // NULL: no endpoint's key counts, so that the account's is looked for
};

static const char *look_up(void *context, const char *name)
{
    const struct stand_in *stand_in = context;
    const struct vespa_settings *settings = stand_in->settings;
    const struct {
        const char *name;
        const char *value;
    } given[] = {
        {"VAST_ENDPOINT", stand_in->endpoint ? stand_in->endpoint : settings->endpoint},
        {"VAST_API_KEY", stand_in->api_key},
        {"VESPA_AUTOSCALER_URL", settings->autoscaler_url},
        {"VESPA_INSTANCE", settings->instance},
        {"VESPA_CONFIG", settings->config},
    };
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++)
        if (given[i].value && strcmp(name, given[i].name) == 0)
            return given[i].value;
    if (strcmp(name, "VAST_API_KEY") == 0 || strcmp(name, "VESPA_API_KEY_FILE") == 0)
        return NULL;
    return getenv(name);
}

static struct vespa_config *load(const struct stand_in *stand_in)
{
    return vespa_config_load(&(struct vespa_environment){.get = look_up,
                                                         .context = (void *)(uintptr_t)stand_in,
                                                         .runs_commands = true,
                                                         .no_file = stand_in->settings->no_file});
}

// Without any endpoint a name is made up, so that what else is wrong can be seen.
static struct vespa_config *load_for(struct stand_in stand_in)
{
    struct vespa_config *config = load(&stand_in);
    if (config && !config->rules[0].endpoint) {
        vespa_config_free(config);
        stand_in.endpoint = "any";
        config = load(&stand_in);
    }
    return config;
}

static struct vespa_config *unless(const char *command, struct vespa_config *config,
                                   const char *problem)
{
    if (!problem)
        return config;
    fprintf(stderr, "vespa %s: %s\n", command, problem);
    vespa_config_free(config);
    return NULL;
}

struct vespa_config *vespa_settings_place(const char *command,
                                          const struct vespa_settings *settings)
{
    struct vespa_config *config =
        load_for((struct stand_in){.settings = settings, .api_key = "none"});
    if (!config)
        no_memory(command);
    return config ? unless(command, config, config->rules[0].problem) : NULL;
}

struct vespa_config *vespa_settings_known_account(const struct vespa_settings *settings)
{
    struct vespa_config *config = load_for((struct stand_in){.settings = settings});
    if (config && config->rules[0].account_key && !config->rules[0].problem)
        return config;
    vespa_config_free(config);
    return NULL;
}

struct vespa_config *vespa_settings_account(const char *command,
                                            const struct vespa_settings *settings)
{
    struct vespa_config *config = vespa_settings_known_account(settings);
    if (config)
        return config;
    config = vespa_settings_place(command, settings); // is it but the key that is missing?
    return config ? unless(command, config, NO_ACCOUNT_KEY) : NULL;
}
