/*
 * The configuration file: whatever its text is, there is a configuration; what is JSON to the
 * scanner is not called otherwise; rules hold what their members promise; no message holds a key or
 * a control character; and what is accepted can be used to match and to report.
 */
#include "core/config_file.h"
#include "core/config_report.h"
#include "core/match.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fuzz/exchange_rig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SECRET "hidden-key-of-the-variable"

static char path[64];

/* A file of the process's own, removed at its end. */
static void remove_file(void)
{
    unlink(path);
}

static void write_file(const uint8_t *data, size_t size)
{
    static int file = -1;

    if (file < 0) {
        snprintf(path, sizeof(path), "/tmp/vespa-fuzz-config-%d.json", (int)getpid());
        file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
        REQUIRE(file >= 0);
        atexit(remove_file);
    }
    REQUIRE(ftruncate(file, 0) == 0);
    REQUIRE(pwrite(file, data, size, 0) == (ssize_t)size);
}

static const char *variable(void *context, const char *name)
{
    (void)context;
    if (strcmp(name, "VESPA_CONFIG") == 0)
        return path;
    return strcmp(name, "KEY") == 0 ? SECRET : NULL;
}

static void check_list(char *const *list)
{
    for (; list && *list; list++)
        REQUIRE(!vespa_has_control_character(vespa_slice_of(*list)));
}

/* The fuzzer may have put the key into the text; then it may be shown. */
static bool secret_is_secret;

static bool shows_secret(const char *text)
{
    return secret_is_secret && strstr(text, SECRET);
}

static void check_rule(const struct vespa_config *config, size_t index)
{
    const struct vespa_rule *rule = &config->rules[index];
    struct vespa_buffer text = {0};

    REQUIRE(rule->autoscaler_url && rule->console_url && rule->instance);
    REQUIRE(rule->deadline_ms >= 1000 && rule->fallback_after_ms < rule->deadline_ms);
    REQUIRE(rule->attempts >= 1);
    REQUIRE((rule->fallback == VESPA_FALLBACK_ENDPOINT) == (rule->fallback_rule != NULL));
    if (rule->problem) {
        REQUIRE(!shows_secret(rule->problem));
        REQUIRE(strlen(rule->problem) < 8000);
        for (const char *at = rule->problem; *at; at++)
            REQUIRE((unsigned char)*at >= ' ' && *at != 0x7F);
    } else {
        REQUIRE(rule->endpoint && (rule->endpoint_key || rule->account_key));
    }
    check_list(rule->paths);
    check_list(rule->pass_headers);
    check_list(rule->worker_hosts);
    for (enum vespa_member_id id = 0; id < VESPA_MEMBERS; id++) {
        vespa_config_value(config, index, id, &text);
        vespa_config_origin(config, index, id, &text);
        REQUIRE(config->origins[index][id].by != VESPA_BY_FILE ||
                config->origins[index][id].line > 0);
    }
    REQUIRE(!text.failed && !shows_secret(text.data));
    vespa_buffer_free(&text);
}

/* A file that is not JSON is refused, in all rules that there are. */
static void check_refusal(const struct vespa_config *config, struct vespa_slice text)
{
    if (is_json(text))
        return;
    for (size_t i = 0; i < config->rule_count; i++)
        REQUIRE(config->rules[i].problem && strstr(config->rules[i].problem, "not JSON"));
}

static void check_matches(const struct vespa_config *config)
{
    static const char *const urls[] = {"http://vespa.internal/v1/chat/x",
                                       "http://chat.vespa.internal/", "https://api.openai.com/v1",
                                       "http://a.example.org/%2e%2e/v1/./chat/../x?q"};
    const struct vespa_rule *rule;

    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        enum vespa_match match = vespa_match_url(config, vespa_slice_of(urls[i]), &rule);
        REQUIRE((match == VESPA_OURS) == (rule != NULL));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vespa_environment environment = {.get = variable};

    if (size > VESPA_CONFIG_FILE_LIMIT)
        return 0;
    write_file(data, size);
    struct vespa_config *config = vespa_config_load(&environment);
    REQUIRE(config && config->rule_count > 0);
    secret_is_secret = !contains(vespa_slice((const char *)data, size), VESPA_LITERAL(SECRET));
    for (size_t i = 0; i < config->rule_count; i++)
        check_rule(config, i);
    check_refusal(config, vespa_slice((const char *)data, size));
    check_matches(config);
    vespa_config_free(config);
    return 0;
}
