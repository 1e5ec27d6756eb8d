/* The schedule of a multi handle's requests: the first that is due is found, whatever was put,
 * moved and taken before. */
#include "core/schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static int set_up(void **state)
{
    *state = calloc(1, sizeof(struct vespa_schedule));
    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    vespa_schedule_free(*state);
    free(*state);
    return 0;
}

static void the_earliest_comes_first(void **state)
{
    struct vespa_schedule *schedule = *state;
    struct vespa_due due[5] = {{0}};
    static const uint64_t times[5] = {30, 10, 50, 20, 40};
    assert_true(vespa_schedule_reserve(schedule, 5));
    for (int i = 0; i < 5; i++)
        vespa_schedule_put(schedule, &due[i], times[i]);
    for (uint64_t ms = 10; ms <= 50; ms += 10) {
        assert_int_equal(vespa_schedule_first_ms(schedule), ms);
        vespa_schedule_put(schedule, vespa_schedule_first(schedule), VESPA_NEVER);
    }
    assert_null(vespa_schedule_first(schedule));
    assert_true(vespa_schedule_first_ms(schedule) == VESPA_NEVER);
}

static void whoever_stays_due_goes_behind_the_others_of_that_time(void **state)
{
    struct vespa_schedule *schedule = *state;
    struct vespa_due due[3] = {{0}};
    assert_true(vespa_schedule_reserve(schedule, 3));
    for (int i = 0; i < 3; i++)
        vespa_schedule_put(schedule, &due[i], 7);
    for (int i = 0; i < 9; i++) {
        assert_ptr_equal(vespa_schedule_first(schedule), &due[i % 3]);
        vespa_schedule_put(schedule, &due[i % 3], 7);
    }
}

static void taking_out_what_is_not_in_is_harmless(void **state)
{
    struct vespa_schedule *schedule = *state;
    struct vespa_due due = {0};
    vespa_schedule_put(schedule, &due, VESPA_NEVER);
    assert_null(vespa_schedule_first(schedule));
    assert_int_equal(schedule->count, 0);
}

/* What a search through all of them finds. */
static const struct vespa_due *search(const struct vespa_due *due, size_t count)
{
    const struct vespa_due *first = NULL;
    for (size_t i = 0; i < count; i++)
        if (due[i].place && (!first || due[i].ms < first->ms ||
                             (due[i].ms == first->ms && due[i].order < first->order)))
            first = &due[i];
    return first;
}

static void the_first_is_right_after_any_changes(void **state)
{
    struct vespa_schedule *schedule = *state;
    struct vespa_due due[100] = {{0}};
    uint32_t random = 1;
    assert_true(vespa_schedule_reserve(schedule, 100));
    for (int round = 0; round < 20000; round++) {
        random = random * 1664525 + 1013904223;
        size_t which = (random >> 8) % 100;
        uint64_t ms = (random >> 20) % 50;
        vespa_schedule_put(schedule, &due[which], ms < 10 ? VESPA_NEVER : ms);
        assert_ptr_equal(vespa_schedule_first(schedule), search(due, 100));
    }
}

#define SCHEDULE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCHEDULE(the_earliest_comes_first),
        SCHEDULE(whoever_stays_due_goes_behind_the_others_of_that_time),
        SCHEDULE(taking_out_what_is_not_in_is_harmless),
        SCHEDULE(the_first_is_right_after_any_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
