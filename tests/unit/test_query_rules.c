/* Which query parameters reach a worker. */
#include "core/query_rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct vespa_rule plain = {0};

static void assert_filtered(const struct vespa_rule *rule, const char *query, const char *expected,
                            size_t dropped)
{
    struct vespa_buffer out = {0};
    size_t found = vespa_query_filter(rule, vespa_slice_of(query), &out);
    if (!vespa_slice_equal(vespa_buffer_slice(&out), vespa_slice_of(expected)) || found != dropped)
        fail_msg("%s: %s, %zu dropped", query, out.data ? out.data : "", found);
    vespa_buffer_free(&out);
}

static void parameters_stay_byte_for_byte_and_in_order(void **state)
{
    (void)state;
    static const char *const queries[] = {
        "",
        "a=1",
        "b=2&a=1&b=3",
        "a",
        "a=",
        "=",
        "&",
        "&&a=1&&",
        "a=%41+%zz%&b=\"<>\"",
        "a=1;b=2",
        "a=1;token=2",
        "a=b=c",
        "q=api_key",
        "keys=1",
        "monkey=2",
        "page_token=x",
        "max_tokens=5",
        "q=1?x=2",
        "a=%26token=b",
    };
    for (size_t i = 0; i < COUNT(queries); i++)
        assert_filtered(&plain, queries[i], queries[i], 0);
}

static void credentials_are_dropped_wherever_they_stand(void **state)
{
    (void)state;
    assert_filtered(&plain, "api_key=x&a=1", "a=1", 1);
    assert_filtered(&plain, "a=1&api_key=x", "a=1", 1);
    assert_filtered(&plain, "a=1&api_key=x&b=2", "a=1&b=2", 1);
    assert_filtered(&plain, "api_key=x", "", 1);
    assert_filtered(&plain, "api_key", "", 1);
    assert_filtered(&plain, "key=1&token=2&a=1&key=3", "a=1", 3);
    assert_filtered(&plain, "&key=1&", "&", 1);
}

static void a_credential_is_known_in_every_spelling(void **state)
{
    (void)state;
    static const char *const names[] = {
        "key",
        "api_key",
        "apikey",
        "api-key",
        "apiKey",
        "API_KEY",
        "x-api-key",
        "access_token",
        "accessToken",
        "token",
        "auth",
        "auth_token",
        "secret",
        "client_secret",
        "password",
        "passwd",
        "pwd",
        "sig",
        "signature",
        "session",
        "session_id",
        "X-Amz-Signature",
        "X-Goog-Credential",
        "subscription-key",
        "Authorization",
        "jwt",
        "%6bey",
        "%6B%65%79",
        "ap%69%5Fkey",
        "TOKE%4e",
    };
    for (size_t i = 0; i < COUNT(names); i++) {
        char query[64];
        strcpy(query, "a=1&");
        strcat(query, names[i]);
        assert_filtered(&plain, query, "a=1", 1);
        strcat(query, "=secret&b=2");
        assert_filtered(&plain, query, "a=1&b=2", 1);
    }
}

static void what_the_rule_names_is_passed(void **state)
{
    (void)state;
    char *names[] = {"Token", "api_key", NULL};
    struct vespa_rule rule = {.pass_query = names};
    assert_filtered(&rule, "token=1&%61pi_key=2&key=3&apikey=4", "token=1&%61pi_key=2", 2);
}

static void the_six_parameters_of_the_assignment_are_reserved(void **state)
{
    (void)state;
    static const char *const reserved[] = {
        "serverless_cost=1",         "serverless_endpoint",    "a=1&serverless_reqnum=2",
        "serverless_request_idx=&b", "SERVERLESS_SIGNATURE=x", "Serverless_Url=x",
        "serverless%5fcost=1",       "%73erverless_cost",      "a=1;serverless_url=x",
        "&&serverless_url",
    };
    static const char *const free_names[] = {
        "",
        "serverless=1",
        "serverless_costs=1",
        "xserverless_cost=1",
        "a=serverless_cost",
        "serverless_other=1",
        "serverless-cost=1",
        "serverless_cost%00=1",
    };
    for (size_t i = 0; i < COUNT(reserved); i++)
        if (!vespa_query_is_reserved(vespa_slice_of(reserved[i])))
            fail_msg("%s", reserved[i]);
    for (size_t i = 0; i < COUNT(free_names); i++)
        if (vespa_query_is_reserved(vespa_slice_of(free_names[i])))
            fail_msg("%s", free_names[i]);
}

static void reserved_parameters_can_be_taken_out(void **state)
{
    (void)state;
    struct vespa_buffer out = {0};
    size_t dropped = vespa_query_without_reserved(
        VESPA_LITERAL("serverless_cost=1&a=1;b=2&serverless_signature=x%2B&key=k&SERVERLESS_URL"),
        &out);
    assert_int_equal(dropped, 3);
    assert_string_equal(out.data, "a=1;b=2&key=k");
    vespa_buffer_free(&out);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_stay_byte_for_byte_and_in_order),
        cmocka_unit_test(credentials_are_dropped_wherever_they_stand),
        cmocka_unit_test(a_credential_is_known_in_every_spelling),
        cmocka_unit_test(what_the_rule_names_is_passed),
        cmocka_unit_test(the_six_parameters_of_the_assignment_are_reserved),
        cmocka_unit_test(reserved_parameters_can_be_taken_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
