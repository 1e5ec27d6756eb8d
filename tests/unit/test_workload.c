/* Where the cost comes from: the order of protocol.md §6. */
#include "core/workload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void assert_slice(struct vespa_slice slice, const char *expected)
{
    if (!vespa_slice_equal(slice, vespa_slice_of(expected)))
        fail_msg("expected %s, got %.*s", expected, (int)slice.length, slice.data);
}

static const struct vespa_slice none = {NULL, 0};

static void the_header_wins_in_any_case(void **state)
{
    (void)state;
    static const struct vespa_header headers[] = {
        {VESPA_LITERAL("Accept"), VESPA_LITERAL("1")},
        {VESPA_LITERAL("x-sERVERLESS-cost"), VESPA_LITERAL("\t2.50 ")},
        {VESPA_LITERAL("X-Serverless-Cost"), VESPA_LITERAL("3")},
    };
    struct vespa_rule rule = {.cost = (char[]){"4"}};
    struct vespa_slice cost;
    assert_true(vespa_workload_choose(headers, COUNT(headers), &rule, VESPA_LITERAL("5"), &cost));
    assert_slice(cost, "2.50");
}

static void the_rule_comes_next_then_the_payload_then_the_default(void **state)
{
    (void)state;
    struct vespa_rule rule = {.cost = (char[]){"4"}};
    struct vespa_slice cost;
    assert_true(vespa_workload_choose(NULL, 0, &rule, VESPA_LITERAL("5"), &cost));
    assert_slice(cost, "4");
    rule.cost = NULL;
    assert_true(vespa_workload_choose(NULL, 0, &rule, VESPA_LITERAL("5.0"), &cost));
    assert_slice(cost, "5.0");
    assert_true(vespa_workload_choose(NULL, 0, &rule, none, &cost));
    assert_slice(cost, "100");
}

static void a_malformed_header_is_an_error_and_not_passed_over(void **state)
{
    (void)state;
    static const char *const bad[] = {"",      " ",   "-1",  "0",   "0.0", "+1",    "1.",
                                      ".5",    "1e",  "1e-", "0x1", "Inf", "NaN",   "01",
                                      "1e400", "1,5", "1 2", "a",   "1a",  "\"1\"", "1\n2"};
    struct vespa_rule rule = {.cost = (char[]){"4"}};
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct vespa_header header = {VESPA_LITERAL("X-Serverless-Cost"), vespa_slice_of(bad[i])};
        struct vespa_slice cost;
        if (vespa_workload_choose(&header, 1, &rule, none, &cost))
            fail_msg("taken: '%s'", bad[i]);
    }
}

static void a_cost_is_a_json_number_above_zero(void **state)
{
    (void)state;
    static const char *const good[] = {"1", "242.0", "0.001", "1e3", "1.5E+2", "100000000000000"};
    for (size_t i = 0; i < COUNT(good); i++)
        if (!vespa_workload_is_valid(vespa_slice_of(good[i])))
            fail_msg("refused: %s", good[i]);
    assert_false(vespa_workload_is_valid(none));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_header_wins_in_any_case),
        cmocka_unit_test(the_rule_comes_next_then_the_payload_then_the_default),
        cmocka_unit_test(a_malformed_header_is_an_error_and_not_passed_over),
        cmocka_unit_test(a_cost_is_a_json_number_above_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
