/* The application's body: one JSON text, and the workload in it (protocol.md §6). */
#include "core/payload.h"

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

static struct vespa_payload scan(const char *body)
{
    struct vespa_payload payload;
    vespa_payload_init(&payload);
    vespa_payload_scan(&payload, vespa_slice_of(body), true);
    return payload;
}

static void expect_cost(const char *body, const char *cost)
{
    struct vespa_payload payload = scan(body);
    assert_int_equal(payload.status, VESPA_PAYLOAD_VALID);
    assert_slice(payload.cost, cost);
}

static void each_field_is_found_with_its_digits(void **state)
{
    (void)state;
    expect_cost("{\"max_tokens\": 250}", "250");
    expect_cost("{\"max_completion_tokens\": 250.0}", "250.0");
    expect_cost("{\"max_output_tokens\":2.5e2}", "2.5e2");
    expect_cost("{\"max_new_tokens\":1E+2 }", "1E+2");
    expect_cost("{\"steps\":18446744073709551617}", "18446744073709551617");
}

static void fields_inside_parameters_and_input_are_found(void **state)
{
    (void)state;
    expect_cost("{\"inputs\":\"x\",\"parameters\":{\"max_new_tokens\":7}}", "7");
    expect_cost("{\"input\":{\"a\":[1,{\"steps\":3}],\"steps\":28}}", "28");
    expect_cost("{\"\\u0069nput\":{\"st\\u0065ps\":28}}", "28");
}

static void fields_elsewhere_are_not(void **state)
{
    (void)state;
    expect_cost("{\"other\":{\"max_tokens\":7}}", "");
    expect_cost("{\"input\":{\"deeper\":{\"max_tokens\":7}}}", "");
    expect_cost("{\"input\":[{\"max_tokens\":7}]}", "");
    expect_cost("[{\"max_tokens\":7}]", "");
    expect_cost("[\"input\",{\"max_tokens\":7}]", "");
    expect_cost("{\"input\":{},\"a\":{\"steps\":7}}", "");
    expect_cost("{\"input\":5,\"a\":{\"steps\":7}}", "");
    expect_cost("{\"max_tokens\":[7],\"MAX_TOKENS\":8,\"max_tokens2\":9}", "");
    expect_cost("\"max_tokens\"", "");
}

static void the_top_level_wins_and_then_the_order_of_the_names(void **state)
{
    (void)state;
    expect_cost("{\"parameters\":{\"max_tokens\":1},\"steps\":2}", "2");
    expect_cost("{\"steps\":5,\"max_new_tokens\":4,\"max_output_tokens\":3,"
                "\"max_completion_tokens\":2,\"max_tokens\":1}",
                "1");
    expect_cost("{\"steps\":5,\"max_new_tokens\":4}", "4");
}

static void of_a_name_that_occurs_twice_the_last_one_counts(void **state)
{
    (void)state;
    expect_cost("{\"max_tokens\":1,\"max_tokens\":2}", "2");
    expect_cost("{\"max_tokens\":1,\"max_tokens\":null,\"steps\":9}", "9");
}

static void what_is_no_workload_is_passed_over(void **state)
{
    (void)state;
    expect_cost("{\"max_tokens\":-1,\"steps\":9}", "9");
    expect_cost("{\"max_tokens\":0,\"steps\":9}", "9");
    expect_cost("{\"max_tokens\":\"250\",\"steps\":9}", "9");
    expect_cost("{\"max_tokens\":1e400}", "");
    expect_cost("{\"max_tokens\":null}", "");
    expect_cost("{}", "");
}

static void what_is_not_json_is_invalid_with_its_place(void **state)
{
    (void)state;
    struct vespa_payload payload = scan("{\"a\":1,}");
    assert_int_equal(payload.status, VESPA_PAYLOAD_INVALID);
    assert_int_equal(payload.json.error_offset, 7);
    assert_non_null(payload.json.expected);
    assert_int_equal(scan("").status, VESPA_PAYLOAD_INVALID);
    assert_int_equal(scan("{} {}").status, VESPA_PAYLOAD_INVALID);
    assert_int_equal(scan("{\"max_tokens\":01}").status, VESPA_PAYLOAD_INVALID);
}

static void an_object_is_known_as_one(void **state)
{
    (void)state;
    assert_true(scan(" {}").is_object);
    assert_false(scan("[{}]").is_object);
    assert_false(scan("5").is_object);
}

static void portions_make_no_difference(void **state)
{
    (void)state;
    static const char body[] = "{\"a\":[{\"b\":\"\\u00e9\"}],\"parameters\":{\"steps\":12345},"
                               "\"max_tokens\": 250 }";
    for (size_t portion = 1; portion < 20; portion++) {
        struct vespa_payload payload;
        vespa_payload_init(&payload);
        for (size_t there = 0; there < strlen(body); there += portion) {
            /* The buffer moves as it grows. */
            char *moved = malloc(there + 1);
            assert_non_null(moved);
            memcpy(moved, body, there);
            assert_int_equal(vespa_payload_scan(&payload, vespa_slice(moved, there), false),
                             VESPA_PAYLOAD_MORE);
            free(moved);
        }
        assert_int_equal(vespa_payload_scan(&payload, vespa_slice_of(body), true),
                         VESPA_PAYLOAD_VALID);
        assert_slice(payload.cost, "250");
        assert_int_equal(vespa_payload_scan(&payload, vespa_slice_of(body), true),
                         VESPA_PAYLOAD_VALID);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_field_is_found_with_its_digits),
        cmocka_unit_test(fields_inside_parameters_and_input_are_found),
        cmocka_unit_test(fields_elsewhere_are_not),
        cmocka_unit_test(the_top_level_wins_and_then_the_order_of_the_names),
        cmocka_unit_test(of_a_name_that_occurs_twice_the_last_one_counts),
        cmocka_unit_test(what_is_no_workload_is_passed_over),
        cmocka_unit_test(what_is_not_json_is_invalid_with_its_place),
        cmocka_unit_test(an_object_is_known_as_one),
        cmocka_unit_test(portions_make_no_difference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
