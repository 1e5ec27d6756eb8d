// The command line of `vespa proxy`.
#ifndef VESPA_CLI_PROXY_OPTIONS_H
#define VESPA_CLI_PROXY_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

// What the command line says; texts are borrowed from argv, NULL where it does not say them.
struct vespa_proxy_options {
    const char *endpoint;
    const char *api_key;
    const char *api_key_file;
    const char *account_key;
    const char *autoscaler_url;
    const char *instance;
    const char *config;
    const char *host; // NULL: 127.0.0.1
    const char *unix_path;
    const char *host_header_allow;
    const char *cors;
    const char *auth_token_file;
    const char *tls_cert;
    const char *tls_key;
    bool allow_remote;
    long max_connections; // 0: no limit but the system's
    long port;
    long timeout_ms; // of a request; 0: none
    long body_limit; // bytes
    long threads;
    long drain_ms;
    bool debug;
    bool help;
};

// False when something is wrong, which it has said on standard error. What is secret is wiped from
// argv, where others could read it, once it was copied: *options owns such texts.
bool vespa_proxy_options_read(struct vespa_proxy_options *options, int argc, char **argv);

void vespa_proxy_options_free(struct vespa_proxy_options *options);

void vespa_proxy_options_help(FILE *out);

// A variable as the configuration is to see it: an option of that meaning, else the environment's.
const char *vespa_proxy_options_variable(void *options, const char *name);

#endif
