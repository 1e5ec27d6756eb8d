/* What the fuzz targets of the exchange share: a runtime with one rule, and properties. */
#ifndef VESPA_TESTS_EXCHANGE_RIG_H
#define VESPA_TESTS_EXCHANGE_RIG_H

#include "core/buffer.h"
#include "core/exchange.h"
#include "core/json.h"
#include "core/runtime.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define REQUIRE(condition)                                                          \
    do {                                                                            \
        if (!(condition)) {                                                         \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                                \
        }                                                                           \
    } while (0)

#define RIG_KEY "endpoint-key-0123456789"

/* Made once; for the process's life. */
static inline struct vespa_runtime *rig_runtime(void)
{
    static struct vespa_runtime *runtime;
    if (runtime)
        return runtime;
    struct vespa_config *config = calloc(1, sizeof(*config));
    struct vespa_rule *rule = calloc(1, sizeof(*rule));
    REQUIRE(config && rule);
    *rule = (struct vespa_rule){
        .endpoint = strdup("my-endpoint"),
        .endpoint_key = strdup(RIG_KEY),
        .autoscaler_url = strdup("https://run.vast.ai"),
        .console_url = strdup("https://console.vast.ai"),
        .instance = strdup("prod"),
        .ca_file = strdup("/etc/workers.pem"),
        .deadline_ms = 60000,
        .attempts = 2,
    };
    config->rules = rule;
    config->rule_count = 1;
    config->body_limit = 1000000;
    runtime = vespa_runtime_new(config, 1);
    REQUIRE(runtime);
    return runtime;
}

static inline const struct vespa_rule *rig_rule(void)
{
    return &vespa_runtime_config(rig_runtime())->rules[0];
}

static inline bool is_json(struct vespa_slice text)
{
    struct vespa_json json;
    struct vespa_json_token token;
    enum vespa_json_status status;
    vespa_json_init(&json, 0);
    while ((status = vespa_json_next(&json, text, true, &token)) == VESPA_JSON_TOKEN)
        ;
    return status == VESPA_JSON_END;
}

static inline bool contains(struct vespa_slice text, struct vespa_slice needle)
{
    return text.length && memmem(text.data, text.length, needle.data, needle.length) != NULL;
}

/* Nothing that could end a line or a part of the request line. */
static inline bool is_printable(struct vespa_slice text)
{
    for (size_t i = 0; i < text.length; i++)
        if ((unsigned char)text.data[i] <= ' ' || text.data[i] == 0x7F)
            return false;
    return true;
}

static inline void check_reply(const struct vespa_reply *reply)
{
    REQUIRE(reply->status >= 400 && reply->status <= 503);
    REQUIRE(is_json(reply->body));
    REQUIRE(reply->body.length < 6500);
}

static inline void check_call(const struct vespa_call *call)
{
    REQUIRE(call->purpose == VESPA_ASK_FOR_WORKER);
    REQUIRE(is_json(call->body));
    REQUIRE(call->timeout_ms > 0 && call->timeout_ms <= 10000);
}

/* What goes to a worker; the application's body, or an empty one, is in the middle. */
static inline void check_send(const struct vespa_send *send)
{
    struct vespa_buffer body = {0};
    REQUIRE(is_printable(vespa_slice_of(send->url)));
    if (!send->has_body)
        return;
    for (size_t i = 0; i < 3; i++)
        vespa_buffer_append(&body, send->segments[i]);
    REQUIRE(body.length == send->body_length);
    REQUIRE(is_json(vespa_buffer_slice(&body)));
    vespa_buffer_free(&body);
}

#endif
