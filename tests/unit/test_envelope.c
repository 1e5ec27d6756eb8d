/* The envelope in its two forms (protocol.md §4). */
#include "core/envelope.h"

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

static const struct vespa_assignment assignment = {
    .cost = VESPA_LITERAL("242.0"),
    .endpoint = VESPA_LITERAL("\"caf\\u00e9 \\\"1\\\"\""),
    .reqnum = VESPA_LITERAL("18446744073709551617"),
    .request_idx = VESPA_LITERAL("-1.5e+3"),
    .signature = VESPA_LITERAL("\"a+b/c=\""),
    .url = VESPA_LITERAL("\"https:\\/\\/44.20.1.7:8001\""),
};

static void values_stand_in_the_body_as_they_were_written(void **state)
{
    (void)state;
    struct vespa_buffer out = {0};
    vespa_envelope_prefix(&assignment, &out);
    assert_slice(vespa_buffer_slice(&out),
                 "{\"auth_data\": {\"cost\": 242.0, \"endpoint\": \"caf\\u00e9 \\\"1\\\"\", "
                 "\"reqnum\": 18446744073709551617, \"request_idx\": -1.5e+3, \"signature\": "
                 "\"a+b/c=\", \"url\": \"https:\\/\\/44.20.1.7:8001\"}, \"payload\": ");
    assert_string_equal(VESPA_ENVELOPE_SUFFIX, "}");
    vespa_buffer_free(&out);
}

static void values_stand_in_the_query_decoded_and_percent_encoded(void **state)
{
    (void)state;
    struct vespa_buffer out = {0};
    vespa_envelope_query(&assignment, &out);
    assert_slice(vespa_buffer_slice(&out),
                 "serverless_cost=242.0&serverless_endpoint=caf%C3%A9%20%221%22"
                 "&serverless_reqnum=18446744073709551617&serverless_request_idx=-1.5e%2B3"
                 "&serverless_signature=a%2Bb%2Fc%3D"
                 "&serverless_url=https%3A%2F%2F44.20.1.7%3A8001");
    vespa_buffer_free(&out);
}

static void expect_members(const char *object, const char *expected)
{
    struct vespa_buffer out = {0};
    vespa_envelope_members(vespa_slice_of(object), &out);
    assert_false(out.failed);
    assert_slice(vespa_buffer_slice(&out), expected);
    vespa_buffer_free(&out);
}

static void members_become_parameters(void **state)
{
    (void)state;
    expect_members("{}", "");
    expect_members(" { \"a\" : 1 } ", "a=1");
    expect_members("{\"n\":1.50E+2,\"t\":true,\"f\":false,\"z\":null,\"s\":\"\"}",
                   "n=1.50E%2B2&t=true&f=false&z=null&s=");
    expect_members("{\"a&b\":\"c=d\\n\\ud83d\\ude00\",\"a&b\":2}",
                   "a%26b=c%3Dd%0A%F0%9F%98%80&a%26b=2");
    expect_members("{\"o\":{\"x\":[1, {}]},\"l\":[[ ],\"]\"],\"e\":5}",
                   "o=%7B%22x%22%3A%5B1%2C%20%7B%7D%5D%7D&l=%5B%5B%20%5D%2C%22%5D%22%5D&e=5");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_stand_in_the_body_as_they_were_written),
        cmocka_unit_test(values_stand_in_the_query_decoded_and_percent_encoded),
        cmocka_unit_test(members_become_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
