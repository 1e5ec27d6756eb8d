/* Waiting times: their bounds, and that they use the whole of them. */
#include "core/backoff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ROUNDS = 20000 };

static int make_runtime(void **state)
{
    struct vespa_config *config = calloc(1, sizeof(*config));
    assert_non_null(config);
    *state = vespa_runtime_new(config, 7);
    assert_non_null(*state);
    return 0;
}

static int free_runtime(void **state)
{
    vespa_runtime_free(*state);
    return 0;
}

struct range {
    uint32_t least;
    uint32_t most;
};

static struct range observe(struct vespa_runtime *runtime,
                            uint32_t (*wait)(struct vespa_runtime *, unsigned), unsigned n)
{
    struct range range = {UINT32_MAX, 0};
    for (int i = 0; i < ROUNDS; i++) {
        uint32_t ms = wait(runtime, n);
        range.least = ms < range.least ? ms : range.least;
        range.most = ms > range.most ? ms : range.most;
    }
    return range;
}

static void expect_range(struct range range, uint32_t least, uint32_t most)
{
    uint32_t tenth = (most - least) / 10;
    assert_in_range(range.least, least, least + tenth);
    assert_in_range(range.most, most - tenth, most);
}

/* protocol.md §3: 1 s before the first re-ask, then in [0.1, min(2^n + U(0,1), 5)] s. */
static void polls_follow_the_protocol(void **state)
{
    struct range first = observe(*state, vespa_backoff_poll, 1);
    assert_true(first.least == 1000 && first.most == 1000);
    expect_range(observe(*state, vespa_backoff_poll, 2), 100, 3000);
    expect_range(observe(*state, vespa_backoff_poll, 3), 100, 5000);
    expect_range(observe(*state, vespa_backoff_poll, 4), 100, 5000);
    expect_range(observe(*state, vespa_backoff_poll, 1000000), 100, 5000);
    expect_range(observe(*state, vespa_backoff_poll, UINT32_MAX), 100, 5000);
}

static void failures_wait_longer_each_time(void **state)
{
    expect_range(observe(*state, vespa_backoff_failure, 1), 500, 1000);
    expect_range(observe(*state, vespa_backoff_failure, 2), 1000, 2000);
    expect_range(observe(*state, vespa_backoff_failure, 3), 2000, 4000);
    expect_range(observe(*state, vespa_backoff_failure, 4), 2500, 5000);
    expect_range(observe(*state, vespa_backoff_failure, UINT32_MAX), 2500, 5000);
}

static uint32_t console(struct vespa_runtime *runtime, unsigned n)
{
    (void)n;
    return vespa_backoff_console(runtime);
}

/* protocol.md §2: asked more often than every 3 s the console answers 429. */
static void the_console_gets_its_three_seconds(void **state)
{
    expect_range(observe(*state, console, 0), 3000, 4000);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(polls_follow_the_protocol, make_runtime, free_runtime),
        cmocka_unit_test_setup_teardown(failures_wait_longer_each_time, make_runtime, free_runtime),
        cmocka_unit_test_setup_teardown(the_console_gets_its_three_seconds, make_runtime,
                                        free_runtime),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
