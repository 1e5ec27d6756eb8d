/* What the exchanges of a process share, also between threads and over a fork. */
#include "core/runtime.h"

#include "vast_root.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int make_runtime(void **state)
{
    struct vespa_config *config = calloc(1, sizeof(*config));
    assert_non_null(config);
    config->rules = calloc(3, sizeof(*config->rules));
    assert_non_null(config->rules);
    config->rule_count = 3;
    config->log.level = VESPA_LOG_WARN;
    config->rules[1].endpoint_key = strdup("configured");
    config->rules[1].endpoint = strdup("another");
    config->rules[0].endpoint = strdup("my-endpoint");
    config->rules[2].endpoint = strdup("my-endpoint");
    for (size_t i = 0; i < config->rule_count; i++)
        config->rules[i].autoscaler_url = strdup("https://run.vast.ai");
    *state = vespa_runtime_new(config, 1);
    assert_non_null(*state);
    return 0;
}

static int free_runtime(void **state)
{
    vespa_runtime_free(*state);
    return 0;
}

static const struct vespa_rule *rule(struct vespa_runtime *runtime, size_t i)
{
    return &vespa_runtime_config(runtime)->rules[i];
}

static void assert_key(struct vespa_runtime *runtime, size_t i, const char *expected)
{
    char *key = vespa_runtime_endpoint_key(runtime, rule(runtime, i));
    if (expected) {
        assert_non_null(key);
        assert_string_equal(key, expected);
    } else {
        assert_null(key);
    }
    free(key);
}

static void the_configuration_is_taken_over(void **state)
{
    assert_int_equal(vespa_runtime_config(*state)->rule_count, 3);
    assert_int_equal(vespa_runtime_log(*state)->level, VESPA_LOG_WARN);
}

static void a_fetched_key_is_kept_for_its_rule_until_it_is_forgotten(void **state)
{
    struct vespa_runtime *runtime = *state;
    assert_key(runtime, 0, NULL);
    assert_true(
        vespa_runtime_set_endpoint_key(runtime, rule(runtime, 0), VESPA_LITERAL("fetched")));
    assert_key(runtime, 0, "fetched");
    assert_true(vespa_runtime_set_endpoint_key(runtime, rule(runtime, 0), VESPA_LITERAL("newer")));
    assert_key(runtime, 0, "newer");
    assert_key(runtime, 1, "configured");
    assert_key(runtime, 2, NULL);
    assert_true(
        vespa_runtime_set_endpoint_key(runtime, rule(runtime, 0), (struct vespa_slice){NULL, 0}));
    assert_key(runtime, 0, NULL);
}

static void a_configured_key_is_not_replaced(void **state)
{
    struct vespa_runtime *runtime = *state;
    vespa_runtime_set_endpoint_key(runtime, rule(runtime, 1), VESPA_LITERAL("fetched"));
    assert_key(runtime, 1, "configured");
}

static void the_root_stays_where_it_is(void **state)
{
    struct vespa_runtime *runtime = *state;
    assert_int_equal(vespa_runtime_root(runtime).length, 0);
    assert_true(vespa_runtime_set_root(runtime, VESPA_LITERAL("PEM")));
    struct vespa_slice root = vespa_runtime_root(runtime);
    assert_true(vespa_runtime_set_root(runtime, VESPA_LITERAL("PEM again")));
    assert_ptr_equal(vespa_runtime_root(runtime).data, root.data);
    assert_true(vespa_slice_equal(root, VESPA_LITERAL("PEM")));
}

static struct vespa_runtime *with_cached_root(const char *text)
{
    struct vespa_config *config = calloc(1, sizeof(*config));
    assert_non_null(config);
    config->cached_root = strdup(text);
    struct vespa_runtime *runtime = vespa_runtime_new(config, 1);
    assert_non_null(runtime);
    return runtime;
}

static void a_root_from_the_cache_counts_when_its_fingerprint_is_known(void **state)
{
    (void)state;
    struct vespa_runtime *runtime = with_cached_root("a comment\n" VAST_ROOT);
    struct vespa_slice root = vespa_runtime_root(runtime);
    assert_true(vespa_slice_starts_with(root, VESPA_LITERAL("-----BEGIN")));
    assert_true(vespa_slice_starts_with(vespa_slice_of(VAST_ROOT), root));
    vespa_runtime_free(runtime);
}

static void a_root_from_the_cache_that_was_changed_does_not_count(void **state)
{
    (void)state;
    char text[] = VAST_ROOT;
    text[200] = text[200] == 'A' ? 'B' : 'A';
    const char *const texts[] = {text, "no certificate", ""};
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct vespa_runtime *runtime = with_cached_root(texts[i]);
        assert_int_equal(vespa_runtime_root(runtime).length, 0);
        vespa_runtime_free(runtime);
    }
}

static void endpoints_have_a_pace_each(void **state)
{
    struct vespa_runtime *runtime = *state;
    uint64_t turn = 0;
    assert_int_equal(vespa_runtime_take_turn(runtime, rule(runtime, 0), 1000, &turn), 0);
    assert_int_equal(turn, 1);
    assert_int_equal(vespa_runtime_take_turn(runtime, rule(runtime, 0), 1400, &turn), 600);
    assert_int_equal(vespa_runtime_take_turn(runtime, rule(runtime, 1), 1400, &turn), 0);
    /* The third rule's endpoint is the first's, of the same autoscaler. */
    assert_int_equal(vespa_runtime_take_turn(runtime, rule(runtime, 2), 1400, &turn), 600);
    vespa_runtime_worker_came(runtime, rule(runtime, 2));
    assert_int_equal(vespa_runtime_take_turn(runtime, rule(runtime, 0), 1050, &turn), 50);
    assert_int_equal(vespa_runtime_take_turn(runtime, rule(runtime, 0), 1100, &turn), 0);
}

static void a_turn_that_passed_decides_only_while_it_is_the_last(void **state)
{
    struct vespa_runtime *runtime = *state;
    uint64_t turn = 0, later = 0;
    assert_int_equal(vespa_runtime_take_turn(runtime, rule(runtime, 0), 1000, &turn), 0);
    vespa_runtime_turn_passed(runtime, rule(runtime, 0), turn, 5000);
    assert_int_equal(vespa_runtime_take_turn(runtime, rule(runtime, 0), 2000, &later), 3000);
    assert_int_equal(vespa_runtime_take_turn(runtime, rule(runtime, 0), 5000, &later), 0);
    vespa_runtime_turn_passed(runtime, rule(runtime, 0), turn, 90000);
    assert_int_equal(vespa_runtime_take_turn(runtime, rule(runtime, 0), 5500, &turn), 500);
    vespa_runtime_turn_passed(runtime, rule(runtime, 0), later, 5010);
    assert_int_equal(vespa_runtime_take_turn(runtime, rule(runtime, 0), 5050, &turn), 50);
}

static unsigned retries_at(struct vespa_runtime *runtime, uint64_t now_ms)
{
    unsigned count = 0;
    while (count < 10000 && vespa_runtime_take_retry(runtime, now_ms))
        count++;
    return count;
}

static void retries_are_a_fifth_of_the_requests_beyond_ten(void **state)
{
    struct vespa_runtime *runtime = *state;
    assert_int_equal(retries_at(runtime, 1000), 10);
    for (int i = 0; i < 100; i++)
        vespa_runtime_request(runtime, 2000 + (uint64_t)i);
    assert_int_equal(retries_at(runtime, 2500), 20);
    assert_int_equal(vespa_runtime_counted(runtime, VESPA_COUNT_REQUESTS), 100);
}

/* The ten retries of second 1 and the requests of second 2 leave the window one after the other. */
static void the_budget_looks_at_the_last_ten_seconds(void **state)
{
    struct vespa_runtime *runtime = *state;
    assert_int_equal(retries_at(runtime, 1000), 10);
    for (int i = 0; i < 50; i++)
        vespa_runtime_request(runtime, 2000);
    assert_int_equal(retries_at(runtime, 9000), 10);
    assert_int_equal(retries_at(runtime, 10999), 0);
    assert_int_equal(retries_at(runtime, 11000), 10);
    assert_int_equal(retries_at(runtime, 12000), 0);
    assert_int_equal(retries_at(runtime, 20000), 0);
    assert_int_equal(retries_at(runtime, 21000), 10);
    assert_int_equal(retries_at(runtime, 900000), 10);
}

static void counters_count(void **state)
{
    struct vespa_runtime *runtime = *state;
    for (int i = 0; i < VESPA_COUNTERS; i++)
        for (int n = 0; n < i; n++)
            vespa_runtime_count(runtime, (enum vespa_counter)i);
    for (int i = 0; i < VESPA_COUNTERS; i++)
        assert_int_equal(vespa_runtime_counted(runtime, (enum vespa_counter)i), i);
}

static void random_numbers_are_even_and_within_their_limit(void **state)
{
    struct vespa_runtime *runtime = *state;
    unsigned seen[10] = {0};
    for (int i = 0; i < 100000; i++)
        seen[vespa_runtime_random(runtime, COUNT(seen) - 1)]++;
    for (size_t i = 0; i < COUNT(seen); i++)
        assert_in_range(seen[i], 9000, 11000);
    assert_int_equal(vespa_runtime_random(runtime, 0), 0);

    bool high = false;
    for (int i = 0; i < 1000; i++)
        high |= vespa_runtime_random(runtime, UINT32_MAX) > 0xF0000000U;
    assert_true(high);
}

static void another_seed_gives_other_numbers(void **state)
{
    struct vespa_config *config = calloc(1, sizeof(*config));
    assert_non_null(config);
    struct vespa_runtime *other = vespa_runtime_new(config, 2);
    assert_non_null(other);
    unsigned equal = 0;
    for (int i = 0; i < 100; i++)
        equal +=
            vespa_runtime_random(*state, UINT32_MAX) == vespa_runtime_random(other, UINT32_MAX);
    assert_true(equal < 3);
    vespa_runtime_free(other);
}

/* ---- threads --------------------------------------------------------------------------------- */

enum { THREADS = 4, ROUNDS = 3000, COUNTS = 100 };

static void *use_it(void *argument)
{
    struct vespa_runtime *runtime = argument;
    for (int i = 0; i < ROUNDS; i++) {
        vespa_runtime_set_endpoint_key(runtime, rule(runtime, 0),
                                       i % 3 ? VESPA_LITERAL("fetched")
                                             : (struct vespa_slice){NULL, 0});
        char *key = vespa_runtime_endpoint_key(runtime, rule(runtime, 0));
        if (key && strcmp(key, "fetched") != 0)
            return NULL;
        free(key);
        vespa_runtime_set_root(runtime, VESPA_LITERAL("PEM"));
        if (vespa_runtime_root(runtime).length != 3)
            return NULL;
        for (int n = 0; n < COUNTS - 1; n++)
            vespa_runtime_count(runtime, VESPA_COUNT_REQUESTS);
        vespa_runtime_request(runtime, 1000 * (uint64_t)i);
        vespa_runtime_random(runtime, 100);
        uint64_t turn;
        vespa_runtime_take_turn(runtime, rule(runtime, 0), 1000 * (uint64_t)i, &turn);
        vespa_runtime_worker_came(runtime, rule(runtime, 0));
        vespa_runtime_take_retry(runtime, 1000 * (uint64_t)i);
    }
    return argument;
}

static void threads_share_it(void **state)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, use_it, *state), 0);
    for (int i = 0; i < THREADS; i++) {
        void *result;
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_ptr_equal(result, *state);
    }
    assert_int_equal(vespa_runtime_counted(*state, VESPA_COUNT_REQUESTS),
                     THREADS * ROUNDS * COUNTS);
}

/* ---- fork ------------------------------------------------------------------------------------ */

/* ThreadSanitizer takes the parent's thread, which a child cannot join, for one that leaked. */
__attribute__((visibility("default"))) const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "report_thread_leaks=0";
}

static struct vespa_runtime *forking;

static void before(void)
{
    if (forking)
        vespa_runtime_before_fork(forking);
}

static void after(void)
{
    if (forking)
        vespa_runtime_after_fork(forking);
}

/* A child of a thread that uses it: 0 when it can use it too. */
static void a_child_can_use_it_whatever_other_threads_did(void **state)
{
    struct vespa_runtime *runtime = *state;
    pthread_t thread;
    forking = runtime;
    assert_int_equal(pthread_create(&thread, NULL, use_it, runtime), 0);
    for (int i = 0; i < 20; i++) {
        int status;
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            alarm(10);
            _exit(use_it(runtime) ? 0 : 1);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    }
    pthread_join(thread, NULL);
    forking = NULL;
}

static void a_child_draws_other_numbers_than_its_parent(void **state)
{
    struct vespa_runtime *runtime = *state;
    uint32_t theirs;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    forking = runtime;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        uint32_t number = vespa_runtime_random(runtime, UINT32_MAX);
        _exit(write(ends[1], &number, sizeof(number)) == sizeof(number) ? 0 : 1);
    }
    forking = NULL;
    assert_int_equal(read(ends[0], &theirs, sizeof(theirs)), sizeof(theirs));
    waitpid(child, NULL, 0);
    close(ends[0]);
    close(ends[1]);
    assert_int_not_equal(vespa_runtime_random(runtime, UINT32_MAX), theirs);
}

#define WITH_RUNTIME(test) cmocka_unit_test_setup_teardown(test, make_runtime, free_runtime)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        WITH_RUNTIME(the_configuration_is_taken_over),
        WITH_RUNTIME(a_fetched_key_is_kept_for_its_rule_until_it_is_forgotten),
        WITH_RUNTIME(a_configured_key_is_not_replaced),
        WITH_RUNTIME(the_root_stays_where_it_is),
        cmocka_unit_test(a_root_from_the_cache_counts_when_its_fingerprint_is_known),
        cmocka_unit_test(a_root_from_the_cache_that_was_changed_does_not_count),
        WITH_RUNTIME(endpoints_have_a_pace_each),
        WITH_RUNTIME(a_turn_that_passed_decides_only_while_it_is_the_last),
        WITH_RUNTIME(retries_are_a_fifth_of_the_requests_beyond_ten),
        WITH_RUNTIME(the_budget_looks_at_the_last_ten_seconds),
        WITH_RUNTIME(counters_count),
        WITH_RUNTIME(random_numbers_are_even_and_within_their_limit),
        WITH_RUNTIME(another_seed_gives_other_numbers),
        WITH_RUNTIME(threads_share_it),
        WITH_RUNTIME(a_child_can_use_it_whatever_other_threads_did),
        WITH_RUNTIME(a_child_draws_other_numbers_than_its_parent),
    };
    if (pthread_atfork(before, after, after) != 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
