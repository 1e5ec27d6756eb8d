/* Loading a configuration file of the test's own. */
#ifndef VESPA_TESTS_UNIT_CONFIG_FILE_LOADING_H
#define VESPA_TESTS_UNIT_CONFIG_FILE_LOADING_H

#include "tests/unit/config_loading.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[64];
static char path[128];         /* of the file */
static char variable[160];     /* "VESPA_CONFIG=" path */
static char home_variable[96]; /* "HOME=" directory */

static inline int make_directory(void **state)
{
    (void)state;
    strcpy(directory, "/tmp/vespa-config-XXXXXX");
    if (!mkdtemp(directory))
        return -1;
    snprintf(path, sizeof(path), "%s/config.json", directory);
    snprintf(variable, sizeof(variable), "VESPA_CONFIG=%s", path);
    snprintf(home_variable, sizeof(home_variable), "HOME=%s", directory);
    return 0;
}

static inline int remove_directory(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", directory);
    return system(command);
}

static inline void write_text(const char *to, const char *text)
{
    FILE *file = fopen(to, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(to, 0600), 0);
}

/* Loads a file with that text in an environment of nothing but these variables. */
static inline struct vespa_config *load_text(const char *text, const char *const *entries)
{
    const char *all[16] = {"VAST_ENDPOINT=", "VAST_API_KEY=", variable, home_variable};
    size_t count = 0;

    while (entries[count])
        count++;
    assert_true(count + 5 < COUNT(all));
    /* The first of two counts. */
    memmove(all + count, all, 4 * sizeof(*all));
    memcpy(all, entries, count * sizeof(*all));
    all[count + 4] = NULL;
    write_text(path, text);
    struct vespa_environment environment = {.get = look_up, .context = all};
    struct vespa_config *config = vespa_config_load(&environment);
    assert_non_null(config);
    return config;
}

#define LOAD_TEXT(text, ...) load_text(text, (const char *const[]){__VA_ARGS__, NULL})

static inline void assert_no_problem(const struct vespa_config *config)
{
    for (size_t i = 0; i < config->rule_count; i++)
        if (config->rules[i].problem)
            fail_msg("rule %zu: %s", i, config->rules[i].problem);
}

static inline struct vespa_config *load_good_text(const char *text, const char *const *entries)
{
    struct vespa_config *config = load_text(text, entries);
    assert_no_problem(config);
    return config;
}

#define LOAD_GOOD_TEXT(text, ...) load_good_text(text, (const char *const[]){__VA_ARGS__, NULL})

/* Whether a rule's problem holds that text. "%s" in it is the file's path. */
static inline void assert_rule_problem(const struct vespa_config *config, size_t rule,
                                       const char *expected)
{
    char words[600];
    assert_true(rule < config->rule_count);
    const char *problem = config->rules[rule].problem;
    snprintf(words, sizeof(words), "%s%s", expected[0] == ':' ? path : "", expected);
    if (!problem || !strstr(problem, words))
        fail_msg("expected \"%s\" in: %s", words, problem ? problem : "no problem");
}

static inline void assert_text_problem(const char *text, const char *expected)
{
    struct vespa_config *config = LOAD_TEXT(text, NULL);
    assert_rule_problem(config, 0, expected);
    vespa_config_free(config);
}

#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

#endif
