/* The route message (protocol.md §3). */
#include "core/route.h"

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

static struct vespa_route_answer read_answer(int status, const char *body)
{
    struct vespa_route_answer answer;
    vespa_route_read(status, vespa_slice_of(body), &answer);
    return answer;
}

static void the_request_holds_the_cost_and_the_index_as_they_are_given(void **state)
{
    (void)state;
    struct vespa_buffer out = {0};
    vespa_route_request(VESPA_LITERAL("my \"endpoint\"\n"), VESPA_LITERAL("242.0"),
                        VESPA_LITERAL("90071992547409931"), &out);
    assert_slice(vespa_buffer_slice(&out), "{\"endpoint\": \"my \\\"endpoint\\\"\\n\", \"cost\": "
                                           "242.0, \"request_idx\": 90071992547409931}");
    vespa_buffer_reset(&out);
    vespa_route_request(VESPA_LITERAL("e"), VESPA_LITERAL("1"), vespa_slice(NULL, 0), &out);
    assert_slice(vespa_buffer_slice(&out), "{\"endpoint\": \"e\", \"cost\": 1}");
    vespa_buffer_free(&out);
}

static void an_assignment_is_taken_as_it_was_written(void **state)
{
    (void)state;
    struct vespa_route_answer answer = read_answer(
        200, " {\"url\" : \"https:\\/\\/w\" , \"cost\":2.420E2,\"reqnum\":18446744073709551616,"
             "\"x\":{\"url\":\"no\"},\"endpoint\":\"\\u00e9\",\"signature\":\"a+/=\","
             "\"request_idx\":\"r-1\"} ");
    assert_int_equal(answer.outcome, VESPA_ROUTE_READY);
    assert_slice(answer.assignment.url, "\"https:\\/\\/w\"");
    assert_slice(answer.assignment.cost, "2.420E2");
    assert_slice(answer.assignment.reqnum, "18446744073709551616");
    assert_slice(answer.assignment.endpoint, "\"\\u00e9\"");
    assert_slice(answer.assignment.signature, "\"a+/=\"");
    assert_slice(answer.assignment.request_idx, "\"r-1\"");
    assert_slice(answer.request_idx, "\"r-1\"");
    struct vespa_buffer url = {0};
    vespa_route_url(&answer.assignment, &url);
    assert_slice(vespa_buffer_slice(&url), "https://w");
    vespa_buffer_free(&url);
}

static void ready_means_that_there_is_a_url(void **state)
{
    (void)state;
    static const char *const answers[] = {
        "{}",
        "{\"status\":\"loading\"}",
        "{\"url\":null,\"cost\":1,\"endpoint\":\"e\",\"reqnum\":1,\"signature\":\"s\"}",
        "{\"url\":\"\"}",
        "{\"url\":[\"https://w\"]}",
        "{\"error_msg\":\"loading\"}",
        "\"still loading\"",
        "{\"x\":{\"url\":\"https://w\"}}",
    };
    for (size_t i = 0; i < COUNT(answers); i++)
        if (read_answer(200, answers[i]).outcome != VESPA_ROUTE_NOT_READY)
            fail_msg("%s", answers[i]);
}

static void the_index_of_a_cold_start_is_found(void **state)
{
    (void)state;
    assert_slice(read_answer(200, "{\"request_idx\":12}").request_idx, "12");
    assert_slice(read_answer(200, "{\"request_idx\":null}").request_idx, "");
    assert_slice(read_answer(200, "{\"request_idx\":{}}").request_idx, "");
    assert_slice(read_answer(500, "{\"request_idx\":12}").request_idx, "");
}

static void an_incomplete_assignment_is_a_failure(void **state)
{
    (void)state;
    static const char *const names[] = {"cost",        "endpoint",  "reqnum",
                                        "request_idx", "signature", "url"};
    for (size_t missing = 0; missing < COUNT(names); missing++) {
        char body[400] = "{\"a\":1";
        for (size_t i = 0; i < COUNT(names); i++)
            if (i != missing) {
                strcat(body, ",\"");
                strcat(body, names[i]);
                strcat(body, "\":\"v\"");
            }
        strcat(body, "}");
        struct vespa_route_answer answer = read_answer(200, body);
        bool url = missing == COUNT(names) - 1;
        assert_int_equal(answer.outcome, url ? VESPA_ROUTE_NOT_READY : VESPA_ROUTE_FAILED);
        assert_int_equal(answer.defect != NULL, !url);
    }
}

static void what_is_no_answer_is_a_failure_with_its_defect(void **state)
{
    (void)state;
    static const char *const bodies[] = {"",
                                         "x",
                                         "5",
                                         "null",
                                         "[]",
                                         "[{\"url\":\"u\"}]",
                                         "{",
                                         "{}{}",
                                         "\"a",
                                         "true",
                                         "{\"url\":\"\x80\"}"};
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct vespa_route_answer answer = read_answer(200, bodies[i]);
        if (answer.outcome != VESPA_ROUTE_FAILED || !answer.defect)
            fail_msg("%s", bodies[i]);
    }
}

static void each_status_has_its_meaning(void **state)
{
    (void)state;
    static const struct {
        int status;
        enum vespa_route_outcome outcome;
    } rows[] = {
        {400, VESPA_ROUTE_BAD_REQUEST}, {401, VESPA_ROUTE_WRONG_KEY}, {403, VESPA_ROUTE_WRONG_KEY},
        {429, VESPA_ROUTE_TOO_OFTEN},   {500, VESPA_ROUTE_FAILED},    {502, VESPA_ROUTE_FAILED},
        {503, VESPA_ROUTE_FAILED},      {504, VESPA_ROUTE_FAILED},    {404, VESPA_ROUTE_FAILED},
        {204, VESPA_ROUTE_FAILED},      {302, VESPA_ROUTE_FAILED},    {0, VESPA_ROUTE_FAILED},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct vespa_route_answer answer = read_answer(rows[i].status, "{\"url\":\"https://w\"}");
        assert_int_equal(answer.outcome, rows[i].outcome);
        assert_null(answer.defect);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_request_holds_the_cost_and_the_index_as_they_are_given),
        cmocka_unit_test(an_assignment_is_taken_as_it_was_written),
        cmocka_unit_test(ready_means_that_there_is_a_url),
        cmocka_unit_test(the_index_of_a_cold_start_is_found),
        cmocka_unit_test(an_incomplete_assignment_is_a_failure),
        cmocka_unit_test(what_is_no_answer_is_a_failure_with_its_defect),
        cmocka_unit_test(each_status_has_its_meaning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
