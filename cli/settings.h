// Which endpoint, which key: the options that all commands have which talk to Vast, and what they
// make. No option takes a key: what stands on a command line can be seen by others.
#ifndef VESPA_CLI_SETTINGS_H
#define VESPA_CLI_SETTINGS_H

#include "cli/command_line.h"
#include "core/config.h"
#include "lib/vespa.h"

struct vespa_settings {
    const char *endpoint;
    const char *api_key_file;
    const char *autoscaler_url;
    const char *instance;
    const char *config;
    const char *log;
    bool no_file; // the configuration file is not read
};

// Entries of a command's table, for a member `settings` of the given type.
#define VESPA_SETTINGS_OPTIONS(type)                                                           \
    VESPA_TEXT("endpoint", 0, "NAME", "the endpoint's name (VAST_ENDPOINT)", type,             \
               settings.endpoint),                                                             \
        VESPA_TEXT("api-key-file", 0, "FILE", "holds the endpoint's key (VESPA_API_KEY_FILE)", \
                   type, settings.api_key_file),                                               \
        VESPA_PLACE_OPTIONS(type)
// Those of them that have to do with where to ask.
#define VESPA_PLACE_OPTIONS(type)                                                                  \
    VESPA_TEXT("autoscaler-url", 0, "URL", "the autoscaler (VESPA_AUTOSCALER_URL)", type,          \
               settings.autoscaler_url),                                                           \
        VESPA_TEXT("instance", 0, "NAME", "prod, alpha, candidate or local (VESPA_INSTANCE)",      \
                   type, settings.instance),                                                       \
        VESPA_TEXT("config", 0, "FILE", "the configuration file (VESPA_CONFIG)", type,             \
                   settings.config),                                                               \
        VESPA_TEXT("log", 0, "LEVEL", "off (default), error, warn, info, debug (VESPA_LOG)", type, \
                   settings.log)

// The client that options and environment make; what is wrong is said on standard error. Returns an
// exit status.
int vespa_settings_client(const char *command, const struct vespa_settings *settings,
                          struct vespa_client **client);

// The same, with what is wrong in message.
enum vespa_error vespa_settings_try(const struct vespa_settings *settings,
                                    struct vespa_client **client, char message[VESPA_MESSAGE_SIZE]);

// The configuration for calls of the account: no endpoint is needed, no endpoint's key counts, and
// the first rule has an account key. NULL: what is wrong was said on standard error.
struct vespa_config *vespa_settings_account(const char *command,
                                            const struct vespa_settings *settings);

// The same where the account's key is known; NULL: it is not, or memory ran out, and nothing was
// said.
struct vespa_config *vespa_settings_known_account(const struct vespa_settings *settings);

// The configuration for calls that need no key: the first rule says where to ask. NULL: likewise.
struct vespa_config *vespa_settings_place(const char *command,
                                          const struct vespa_settings *settings);

// The endpoint that an option or the environment names; NULL: none.
const char *vespa_settings_endpoint(const struct vespa_settings *settings);

#endif
