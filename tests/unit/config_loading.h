/* Loading a configuration from an environment of the test's own. */
#ifndef VESPA_TESTS_UNIT_CONFIG_LOADING_H
#define VESPA_TESTS_UNIT_CONFIG_LOADING_H

#include "core/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* "NAME=value" texts up to a NULL; endpoint and key are there unless the test says otherwise. */
static inline const char *look_up(void *context, const char *name)
{
    static const char *const usual[] = {"VAST_ENDPOINT=my-endpoint", "VAST_API_KEY=secret-key",
                                        NULL};
    const char *const *lists[] = {context, usual};
    size_t length = strlen(name);

    for (size_t i = 0; i < COUNT(lists); i++)
        for (const char *const *entry = lists[i]; *entry; entry++)
            if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=')
                return *entry + length + 1;
    return NULL;
}

static inline struct vespa_config *load(const char *const *entries)
{
    struct vespa_environment environment = {.get = look_up, .context = (void *)(uintptr_t)entries};
    struct vespa_config *config = vespa_config_load(&environment);
    assert_non_null(config);
    assert_int_equal(config->rule_count, 1);
    return config;
}

#define LOAD(...) load((const char *const[]){__VA_ARGS__, NULL})

/* A configuration without problem. */
static inline struct vespa_config *load_good(const char *const *entries)
{
    struct vespa_config *config = load(entries);
    if (config->rules[0].problem)
        fail_msg("%s: %s", entries[0] ? entries[0] : "", config->rules[0].problem);
    return config;
}

#define LOAD_GOOD(...) load_good((const char *const[]){__VA_ARGS__, NULL})

/* Whether this one variable leads to a problem that says so. */
static inline void assert_problem(const char *entry, const char *expected)
{
    struct vespa_config *config = LOAD(entry);
    const char *problem = config->rules[0].problem;
    if (!problem || !strstr(problem, expected))
        fail_msg("%s: %s", entry, problem ? problem : "no problem");
    vespa_config_free(config);
}

#endif
