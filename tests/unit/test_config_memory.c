/*
 * Memory that runs out while a configuration is read: there is a whole one or none, and nothing is
 * lost.
 */
#include "tests/unit/config_file_loading.h"
#include "tests/unit/failing_memory.h"

/* Everything that is allocated for: each kind of member, keys in files, mistakes of all kinds. */
static const char good[] =
    "{\"log_file\": \"~/log\", \"rules\": [{\"endpoint\": \"ch\\u0061t\", \"api_key_file\": "
    "\"~/key\","
    "\"hosts\": [\"a.example\", \"*.b.example\"], \"paths\": [\"/v1\"], \"cost\": 5,"
    "\"autoscaler_url\": \"https://e.example/\", \"pass_headers\": [\"A\"],"
    "\"worker_hosts\": [\"10.0.0.0/8\"], \"fallback\": \"images\"},"
    "{\"endpoint\": \"images\", \"account_key_env\": \"KEY\", \"ca_file\": \"/dev/null\"}]}";
static const char bad[] =
    "{\"lock\": 1, \"rules\": [{\"endpoint\": \"a\", \"api_key_file\": \"~/none\", \"deadlin\": 1,"
    "\"retries\": \"x\", \"hosts\": [\"a.example\", 7]}, {\"api_key_command\": [\"a\"],"
    "\"hosts\": [\"a.example\"], \"fallback\": \"x\"}, {\"endpoint\": \"c\"}, 5";

static const char *const *variables(void)
{
    static const char *entries[] = {
        NULL, NULL, "KEY=k", "VAST_ENDPOINT=", "VAST_API_KEY=", "VESPA_DEADLINE=x", NULL};
    entries[0] = variable;
    entries[1] = home_variable;
    return entries;
}

/* Loads it with the allocation of that number failing; NULL when memory ran out. */
static struct vespa_config *load_failing(unsigned long fail, bool for_good)
{
    struct vespa_environment environment = {.get = look_up,
                                            .context = (void *)(uintptr_t)variables()};
    allocations = 0;
    fail_from = fail;
    fail_for_good = for_good;
    counting = true;
    struct vespa_config *config = vespa_config_load(&environment);
    fail_from = 0;
    return config;
}

static bool is_same(const char *a, const char *b)
{
    return (!a && !b) || (a && b && strcmp(a, b) == 0);
}

/* All that a configuration says stands in what it is told by, and in its problems. */
static void assert_same(const struct vespa_config *a, const struct vespa_config *b)
{
    assert_int_equal(a->rule_count, b->rule_count);
    assert_true(is_same(a->log_file, b->log_file));
    for (size_t i = 0; i < a->rule_count; i++) {
        assert_true(is_same(a->rules[i].problem, b->rules[i].problem));
        assert_true(is_same(a->rules[i].endpoint, b->rules[i].endpoint));
        assert_true(is_same(a->rules[i].endpoint_key, b->rules[i].endpoint_key));
        assert_int_equal(a->rules[i].host_count, b->rules[i].host_count);
    }
}

static void run_out(const char *text, bool for_good)
{
#ifdef CANNOT_FAIL
    skip();
#endif
    char key[100];
    snprintf(key, sizeof(key), "%s/key", directory);
    write_text(key, "in-file");
    write_text(path, text);
    struct vespa_config *whole = load_failing(0, false);
    unsigned long needed = allocations;
    counting = false;
    assert_non_null(whole);
    assert_true(needed > 20);
    for (unsigned long fail = 1; fail <= needed; fail++) {
        living = 0;
        struct vespa_config *config = load_failing(fail, for_good);
        counting = false;
        if (config)
            assert_same(config, whole); /* what failed was not needed in the end */
        counting = true;
        vespa_config_free(config);
        counting = false;
#ifndef __SANITIZE_ADDRESS__
        if (living != 0)
            fail_msg("allocation %lu: %ld are lost", fail, living);
#endif
    }
    vespa_config_free(whole);
}

static void a_configuration_is_whole_or_none(void **state)
{
    (void)state;
    run_out(good, false);
    run_out(good, true);
}

static void mistakes_are_told_whole_or_not_at_all(void **state)
{
    (void)state;
    run_out(bad, false);
    run_out(bad, true);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_DIRECTORY(a_configuration_is_whole_or_none),
        IN_DIRECTORY(mistakes_are_told_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
