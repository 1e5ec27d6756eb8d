/* The console's answers: an endpoint's key (protocol.md §2), the workers' root (§8). */
#include "core/exchange_private.h"

#include "core/backoff.h"
#include "core/endpoint_key.h"
#include "core/root.h"

#include <stdio.h>

static void take_key(struct vespa_exchange *exchange, struct vespa_slice body)
{
    const struct vespa_rule *rule = exchange->rule;
    struct vespa_buffer key = {0};
    struct vespa_buffer names = {0};

    enum vespa_endpoint_key found =
        vespa_endpoint_key_find(body, vespa_slice_of(rule->endpoint), &key, &names);
    if (key.failed || names.failed) {
        vespa_exchange_no_memory(exchange);
    } else if (found == VESPA_ENDPOINT_KEY_FOUND) {
        exchange->call_failures = 0;
        if (!vespa_runtime_set_endpoint_key(exchange->runtime, rule, vespa_buffer_slice(&key)))
            vespa_exchange_no_memory(exchange);
    } else if (found == VESPA_ENDPOINT_KEY_NOT_FOUND) {
        vespa_exchange_refuse(
            exchange, 404, "unknown_endpoint",
            "The account has no endpoint '%s'. It has: %.*s. Check VAST_ENDPOINT "
            "and VESPA_INSTANCE.",
            rule->endpoint,
            VESPA_SHOWN(names.length ? vespa_buffer_slice(&names) : VESPA_LITERAL("none")));
    } else {
        vespa_exchange_call_again(exchange, "its answer holds no usable key", 0);
    }
    vespa_buffer_free_secret(&key);
    vespa_buffer_free(&names);
}

static void key_again(struct vespa_exchange *exchange, int status, struct vespa_slice body,
                      uint32_t least_ms)
{
    char words[VESPA_ANSWER_TEXT_SIZE];
    char what[VESPA_ANSWER_TEXT_SIZE + 64];

    vespa_exchange_words(exchange, body, words);
    snprintf(what, sizeof(what), "it answered HTTP %d%s%s", status, words[0] ? ": " : "", words);
    vespa_exchange_call_again(exchange, what, least_ms);
}

void vespa_exchange_key_came(struct vespa_exchange *exchange, int status, struct vespa_slice body)
{
    char words[VESPA_ANSWER_TEXT_SIZE];

    switch (status) {
    case 200:
        take_key(exchange, body);
        break;
    case 401:
    case 403:
        vespa_exchange_words(exchange, body, words);
        vespa_exchange_refuse(exchange, 401, "wrong_key",
                              "The console at %s refused the key (HTTP %d%s%s). It wants the "
                              "*account's* key, not an endpoint's key: set VAST_ACCOUNT_KEY to the "
                              "one shown in the console under Keys, or set VAST_API_KEY to the "
                              "endpoint's own key and the console is not asked.",
                              exchange->rule->console_url, status, words[0] ? ": " : "", words);
        break;
    case 429:
        key_again(exchange, status, body, vespa_backoff_console(exchange->runtime));
        break;
    default:
        key_again(exchange, status, body, 0);
        break;
    }
}

void vespa_exchange_root_came(struct vespa_exchange *exchange, int status, struct vespa_slice body)
{
    char fingerprint[VESPA_FINGERPRINT_SIZE];
    struct vespa_slice pem;

    if (status != 200) {
        char what[40];
        snprintf(what, sizeof(what), "it answered HTTP %d", status);
        vespa_exchange_call_again(exchange, what, 0);
        return;
    }
    switch (vespa_root_check(body, vespa_runtime_config(exchange->runtime)->root_sha256, &pem,
                             fingerprint)) {
    case VESPA_ROOT_KNOWN:
        exchange->call_failures = 0;
        if (!vespa_runtime_set_root(exchange->runtime, pem))
            vespa_exchange_no_memory(exchange);
        break;
    case VESPA_ROOT_UNKNOWN:
        vespa_exchange_refuse(exchange, 502, "worker_not_acceptable",
                              "The workers' root certificate that %s gave is none of the known "
                              "ones: its SHA-256 fingerprint is %s. If Vast has published that, "
                              "set VESPA_ROOT_SHA256 to it.",
                              exchange->rule->console_url, fingerprint);
        break;
    case VESPA_ROOT_MALFORMED:
        vespa_exchange_call_again(exchange, "its answer is no certificate in PEM", 0);
        break;
    case VESPA_ROOT_NO_MEMORY:
        vespa_exchange_no_memory(exchange);
        break;
    }
}
