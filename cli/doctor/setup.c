// Whether the set-up is right.

#include "cli/doctor/setup.h"

#include "cli/account.h"
#include "cli/doctor/certificate.h"
#include "cli/doctor/signature.h"
#include "cli/exit_status.h"
#include "lib/client.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TIMEOUT_MS = 20000, KEY_LIMIT = 64 * 1024, ROUTE_TIMEOUT_S = 15, SLACK_S = 120 };

struct setup {
    struct vespa_report *report;
    const struct vespa_settings *settings;
    struct vespa_client *client;
    struct vespa_buffer public_key; // empty: it could not be had
};

#define ADD(setup, finding, subject, advice, ...) \
    vespa_report_add((setup)->report, VESPA_FINDING_##finding, subject, advice, __VA_ARGS__)

// ---- autoscaler and clock ----------------------------------------------------------------------

static void look_at_clock(struct setup *setup, const char *date)
{
    time_t theirs = curl_getdate(date, NULL);
    long behind = (long)(theirs - time(NULL));
    if (theirs < 0)
        ADD(setup, WARN, "clock", NULL, "the autoscaler's answer has no date to compare with");
    else if (labs(behind) > SLACK_S)
        ADD(setup, FAIL, "clock",
            "set the clock (timedatectl set-ntp true): certificates are "
            "judged by it",
            "it is %ld s %s the autoscaler's", labs(behind), behind > 0 ? "behind" : "ahead of");
    else
        ADD(setup, OK, "clock", NULL, "it agrees with the autoscaler's");
}

// True: the autoscaler answers.
static bool look_at_autoscaler(struct setup *setup)
{
    const struct vespa_rule *rule = setup->client->rule;
    struct vespa_buffer url = {0};
    struct vespa_account_notes notes = {0};
    int status = 0;
    vespa_buffer_append_string(&url, rule->autoscaler_url);
    vespa_buffer_append_string(&url, "/pubkey/");
    if (!url.failed)
        status = vespa_account_try(&(struct vespa_call){.method = "GET",
                                                        .url = url.data,
                                                        .timeout_ms = TIMEOUT_MS,
                                                        .answer_limit = KEY_LIMIT},
                                   &setup->public_key, &notes);
    vespa_buffer_free(&url);
    if (!status) {
        ADD(setup, FAIL, "autoscaler",
            "look at the network, at proxies (https_proxy), and at "
            "VESPA_AUTOSCALER_URL and VESPA_INSTANCE",
            "%s cannot be reached: %s", rule->autoscaler_url, notes.error);
        return false;
    }
    ADD(setup, OK, "autoscaler", NULL, "%s answers", rule->autoscaler_url);
    if (status != 200)
        vespa_buffer_reset(&setup->public_key);
    look_at_clock(setup, notes.date);
    return true;
}

// ---- key and worker ----------------------------------------------------------------------------

// Mixing the two kinds of key up is the most frequent mistake (protocol.md §2).
static bool is_account_key(const struct vespa_rule *rule)
{
    return rule->endpoint_key && vespa_account_takes(rule, rule->endpoint_key);
}

static void add_key(struct setup *setup, const char *message)
{
    if (is_account_key(setup->client->rule))
        ADD(setup, FAIL, "key",
            "put it into VAST_ACCOUNT_KEY and unset VAST_API_KEY: the "
            "endpoint's key is looked up with it",
            "what is given as the endpoint's key is the account's key");
    else
        ADD(setup, FAIL, "key",
            "vespa endpoints lists the account's endpoints; vespa init sets one "
            "up",
            "%s", message);
}

// "3 loading, 1 stopped"
static void list_states(const cJSON *workers, char *to, size_t size)
{
    const cJSON *worker;
    size_t length = 0;
    to[0] = '\0';
    cJSON_ArrayForEach(worker, workers)
    {
        const char *state =
            cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(worker, "status"));
        int written = snprintf(to + length, size - length, "%s%.30s", length ? ", " : "",
                               state ? state : "?");
        length += written > 0 && (size_t)written < size - length ? (size_t)written : 0;
    }
}

static void add_waiting(struct setup *setup, const char *message)
{
    char states[600] = "not known without the account's key";
    struct vespa_config *config = vespa_settings_known_account(setup->settings);
    cJSON *endpoints = NULL, *workers = NULL;
    const struct vespa_rule *rule = config ? &config->rules[0] : NULL;
    if (rule && vespa_account_endpoints("doctor", rule, &endpoints) == VESPA_EXIT_DONE) {
        const cJSON *endpoint =
            vespa_account_find("doctor", endpoints, setup->client->rule->endpoint);
        if (endpoint &&
            vespa_account_workers("doctor", rule, endpoint, &workers) == VESPA_EXIT_DONE)
            list_states(workers, states, sizeof states);
    }
    ADD(setup, WARN, "worker",
        "wait: a cold start may take minutes; else look at the endpoint's "
        "workers in Vast's console",
        "none is ready (%s); states of the workers: %s", message, states);
    cJSON_Delete(endpoints);
    cJSON_Delete(workers);
    vespa_config_free(config);
}

// ---- certificate and signature ------------------------------------------------------------------

static void look_at_signature(struct setup *setup, struct vespa_slice auth_data)
{
    struct vespa_slice key = vespa_buffer_slice(&setup->public_key);
    char valid[200] = "";
    if (!key.length) {
        ADD(setup, WARN, "signature", NULL, "the autoscaler gives no public key to check it with");
        return;
    }
    for (int i = 0; i < VESPA_DIALECTS; i++) {
        enum vespa_dialect dialect = (enum vespa_dialect)i;
        size_t length = strlen(valid);
        if (vespa_signature_is_valid(dialect, auth_data, key))
            snprintf(valid + length, sizeof valid - length, "%s%s", length ? ", " : "",
                     vespa_dialect_name(dialect));
    }
    if (valid[0])
        ADD(setup, OK, "signature", NULL, "it is one that %s accept", valid);
    else
        ADD(setup, FAIL, "signature", "ask Vast's support, or look whether a proxy changes answers",
            "the autoscaler's signature is none that any kind of worker accepts");
}

static void look_at_certificate(struct setup *setup, const char *url)
{
    char error[300];
    const struct vespa_rule *rule = setup->client->rule;
    const struct vespa_config *config = vespa_runtime_config(setup->client->runtime);
    if (strncmp(url, "https://", strlen("https://")) != 0)
        ADD(setup, OK, "certificate", NULL,
            "the worker speaks plain http, which is accepted from "
            "workers on this machine");
    else if (rule->insecure)
        ADD(setup, WARN, "certificate", "remove \"insecure\" from the configuration",
            "the configuration wants it unverified");
    else if (vespa_doctor_certificate(rule, config->root_sha256, url, error, sizeof error))
        ADD(setup, OK, "certificate", NULL, "the worker's is verified");
    else
        ADD(setup, FAIL, "certificate", "vespa ca fetches the root; VESPA_CA_FILE names another",
            "the worker's cannot be verified: %s", error);
}

static void look_at_worker(struct setup *setup)
{
    const struct vespa_request_options wanted = {.timeout_s = ROUTE_TIMEOUT_S};
    struct vespa_routing *routing = vespa_route(setup->client, &wanted);
    enum vespa_error error = vespa_routing_error(routing);
    const char *message = vespa_routing_message(routing);
    if (error == VESPA_ERROR_KEY) {
        add_key(setup, message);
    } else if (error == VESPA_ERROR_NO_WORKER || error == VESPA_ERROR_TIMEOUT) {
        ADD(setup, OK, "key", NULL, "the autoscaler accepts it for endpoint '%s'",
            setup->client->rule->endpoint);
        add_waiting(setup, message);
    } else if (error != VESPA_OK) {
        ADD(setup, FAIL, error == VESPA_ERROR_ENDPOINT ? "endpoint" : "worker",
            "vespa endpoints lists the account's endpoints", "%s", message);
    } else {
        const char *url = vespa_routing_url(routing);
        ADD(setup, OK, "key", NULL, "the autoscaler accepts it for endpoint '%s'",
            setup->client->rule->endpoint);
        ADD(setup, OK, "worker", NULL, "%s was assigned", url);
        look_at_signature(setup, vespa_slice_of(vespa_routing_auth_data(routing)));
        look_at_certificate(setup, url);
    }
    vespa_routing_free(routing);
}

// ------------------------------------------------------------------------------------------------

void vespa_doctor_setup(struct vespa_report *report, const struct vespa_settings *settings)
{
    struct setup setup = {.report = report, .settings = settings};
    char message[VESPA_MESSAGE_SIZE];
    if (vespa_settings_try(settings, &setup.client, message) != VESPA_OK) {
        ADD(&setup, FAIL, "configuration", "vespa init writes one; vespa config check explains it",
            "%s", message);
        return;
    }
    ADD(&setup, OK, "configuration", NULL, "endpoint '%s'", setup.client->rule->endpoint);
    if (look_at_autoscaler(&setup))
        look_at_worker(&setup);
    vespa_buffer_free(&setup.public_key);
    vespa_client_free(setup.client);
}
