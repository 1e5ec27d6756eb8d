// The command line of `vespa proxy`.

#include "cli/proxy/options.h"

#include "cli/options.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AT(field) offsetof(struct vespa_proxy_options, field)

static const struct vespa_cli_option table[] = {
    {"endpoint", 0, "NAME", "the endpoint's name (VAST_ENDPOINT)", VESPA_OPTION_TEXT, AT(endpoint),
     0, 0},
    {"api-key", 0, "KEY", "the endpoint's key; better in VAST_API_KEY or a file", VESPA_OPTION_TEXT,
     AT(api_key), 0, 0},
    {"api-key-file", 0, "FILE", "holds the endpoint's key (VESPA_API_KEY_FILE)", VESPA_OPTION_TEXT,
     AT(api_key_file), 0, 0},
    {"account-key", 0, "KEY", "the account's key, to look the endpoint's up (VAST_ACCOUNT_KEY)",
     VESPA_OPTION_TEXT, AT(account_key), 0, 0},
    {"port", 0, "PORT", "to listen on (default 8010; 0: any free one)", VESPA_OPTION_NUMBER,
     AT(port), 0, 65535},
    {"host", 0, "HOST", "to listen on (default 127.0.0.1)", VESPA_OPTION_TEXT, AT(host), 0, 0},
    {"unix", 0, "PATH", "listen on a Unix socket instead, for this user alone", VESPA_OPTION_TEXT,
     AT(unix_path), 0, 0},
    {"allow-remote", 0, NULL, "let other machines use it without a token", VESPA_OPTION_FLAG,
     AT(allow_remote), 0, 0},
    {"auth-token-file", 0, "FILE", "holds the token that clients must send as Bearer",
     VESPA_OPTION_TEXT, AT(auth_token_file), 0, 0},
    {"host-header-allow", 0, "NAME,...", "names by which clients may reach it; *: any",
     VESPA_OPTION_TEXT, AT(host_header_allow), 0, 0},
    {"cors", 0, "ORIGIN,...", "web pages that may use it, https://HOST; *: all", VESPA_OPTION_TEXT,
     AT(cors), 0, 0},
    {"tls-cert", 0, "FILE", "serve https with this certificate chain (PEM)", VESPA_OPTION_TEXT,
     AT(tls_cert), 0, 0},
    {"tls-key", 0, "FILE", "its private key (PEM)", VESPA_OPTION_TEXT, AT(tls_key), 0, 0},
    {"max-connections", 0, "N", "clients at a time (default: as many as there are descriptors)",
     VESPA_OPTION_NUMBER, AT(max_connections), 1, 1000000},
    {"autoscaler-url", 0, "URL", "where to ask for workers (default https://run.vast.ai)",
     VESPA_OPTION_TEXT, AT(autoscaler_url), 0, 0},
    {"instance", 0, "NAME", "prod (default), alpha, candidate or local", VESPA_OPTION_TEXT,
     AT(instance), 0, 0},
    {"config", 0, "FILE", "the configuration file (VESPA_CONFIG)", VESPA_OPTION_TEXT, AT(config), 0,
     0},
    {"timeout", 0, "S", "seconds for a request, waiting included (default 0: no limit)",
     VESPA_OPTION_SECONDS, AT(timeout_ms), 0, 4000000},
    {"max-body", 0, "BYTES", "of a request; larger ones get a 413 (default 268435456)",
     VESPA_OPTION_NUMBER, AT(body_limit), 0, LONG_MAX},
    {"threads", 0, "N", "event loops (default: one for each processor)", VESPA_OPTION_NUMBER,
     AT(threads), 1, 256},
    {"drain", 0, "S", "seconds that requests may take to end after SIGTERM (default 30)",
     VESPA_OPTION_SECONDS, AT(drain_ms), 0, 86400},
    {"debug", 0, NULL, "log all that is decided", VESPA_OPTION_FLAG, AT(debug), 0, 0},
    {"help", 'h', NULL, "prints this", VESPA_OPTION_FLAG, AT(help), 0, 0},
};

static const struct vespa_cli_command command = {
    .name = "proxy", .options = table, .option_count = sizeof table / sizeof table[0]};

void vespa_proxy_options_help(FILE *out)
{
    fputs("usage: vespa proxy [OPTIONS]\n"
          "\n"
          "Serves HTTP on this machine as the endpoint's model server would: each request goes to\n"
          "a worker that the autoscaler picks, and its answer comes back as it comes.\n"
          "\n"
          "What the options do not say is taken from the environment and the configuration file.\n"
          "Exit status: 0 after SIGTERM or SIGINT, 1 when it could not serve, 2 for wrong usage.\n"
          "\noptions:\n",
          out);
    vespa_cli_options_help(&command, out);
}

// Keeps a secret for ourselves alone: /proc shows argv to others.
static bool take_secret(const char **text)
{
    if (!*text)
        return true;
    char *given = (char *)(size_t)*text;
    char *copy = strdup(given);
    memset(given, 'x', strlen(given));
    *text = copy;
    return copy != NULL;
}

static void free_secret(const char *text)
{
    char *secret = (char *)(size_t)text;
    if (secret)
        explicit_bzero(secret, strlen(secret));
    free(secret);
}

void vespa_proxy_options_free(struct vespa_proxy_options *options)
{
    free_secret(options->api_key);
    free_secret(options->account_key);
}

bool vespa_proxy_options_read(struct vespa_proxy_options *options, int argc, char **argv)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    *options = (struct vespa_proxy_options){
        .port = 8010,
        .body_limit = 256L * 1024 * 1024,
        .threads = processors > 0 ? processors : 1,
        .drain_ms = 30000,
    };
    int rest = vespa_cli_options_read(&command, options, argc, argv);
    if (!take_secret(&options->api_key) || !take_secret(&options->account_key)) {
        fputs("vespa proxy: out of memory\n", stderr);
        return false;
    }
    if (rest >= 0 && rest < argc) {
        fprintf(stderr, "vespa proxy: '%s' is too much; vespa proxy --help lists the options\n",
                argv[rest]);
        return false;
    }
    return rest >= 0;
}

const char *vespa_proxy_options_variable(void *context, const char *name)
{
    const struct vespa_proxy_options *options = context;
    const struct {
        const char *name;
        const char *value;
    } given[] = {
        {"VAST_ENDPOINT", options->endpoint},
        {"VAST_API_KEY", options->api_key},
        {"VESPA_API_KEY_FILE", options->api_key_file},
        {"VAST_ACCOUNT_KEY", options->account_key},
        {"VESPA_AUTOSCALER_URL", options->autoscaler_url},
        {"VESPA_INSTANCE", options->instance},
        {"VESPA_CONFIG", options->config},
        {"VESPA_LOG", options->debug ? "debug" : NULL},
    };
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++)
        if (given[i].value && strcmp(given[i].name, name) == 0)
            return given[i].value;
    const char *value = getenv(name);
    // A server says what goes wrong, if nobody has said otherwise.
    return !value && strcmp(name, "VESPA_LOG") == 0 ? "warn" : value;
}
