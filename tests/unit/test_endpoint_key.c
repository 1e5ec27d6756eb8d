/* An endpoint's key in the console's list (protocol.md §2). */
#include "core/endpoint_key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void expect(const char *body, enum vespa_endpoint_key expected, const char *key_or_names)
{
    struct vespa_buffer key = {0};
    struct vespa_buffer names = {0};
    enum vespa_endpoint_key found =
        vespa_endpoint_key_find(vespa_slice_of(body), VESPA_LITERAL("mine"), &key, &names);
    if (found != expected)
        fail_msg("%d: %s", found, body);
    struct vespa_buffer *shown = found == VESPA_ENDPOINT_KEY_FOUND ? &key : &names;
    if (key_or_names && !vespa_slice_equal(vespa_buffer_slice(shown), vespa_slice_of(key_or_names)))
        fail_msg("%s: %.*s", body, (int)shown->length, shown->data);
    vespa_buffer_free_secret(&key);
    vespa_buffer_free(&names);
}

static void the_key_of_the_endpoint_of_that_name_is_found(void **state)
{
    (void)state;
    expect("{\"success\":true,\"results\":[{\"endpoint_name\":\"a\",\"api_key\":\"ka\"},"
           "{\"id\":5,\"api_key\":\"k\\u006dine\",\"endpoint_name\":\"m\\u0069ne\",\"x\":[{}]},"
           "{\"endpoint_name\":\"mine\",\"api_key\":\"later\"}]}",
           VESPA_ENDPOINT_KEY_FOUND, "kmine");
}

static void names_are_compared_whole_and_with_case(void **state)
{
    (void)state;
    expect("{\"results\":[{\"endpoint_name\":\"Mine\",\"api_key\":\"k\"},"
           "{\"endpoint_name\":\"mine2\",\"api_key\":\"k\"}]}",
           VESPA_ENDPOINT_KEY_NOT_FOUND, "Mine, mine2");
}

static void a_key_elsewhere_is_not_the_endpoints(void **state)
{
    (void)state;
    expect("{\"results\":[{\"endpoint_name\":\"mine\",\"sub\":{\"api_key\":\"no\"}}],"
           "\"api_key\":\"no\"}",
           VESPA_ENDPOINT_KEY_UNUSABLE, NULL);
    expect("{\"other\":[{\"endpoint_name\":\"mine\",\"api_key\":\"no\"}]}",
           VESPA_ENDPOINT_KEY_UNUSABLE, NULL);
    expect("{\"results\":[{\"endpoint_name\":\"a\",\"api_key\":\"ka\"},"
           "{\"endpoint_name\":\"mine\"}]}",
           VESPA_ENDPOINT_KEY_UNUSABLE, NULL);
}

static void a_key_that_could_not_stand_in_a_header_is_unusable(void **state)
{
    (void)state;
    static const char *const keys[] = {"\"\"",        "null",        "5",          "\"a b\"",
                                       "\"a\\r\\n\"", "\"\\u0000\"", "\"\\u00e9\""};
    for (size_t i = 0; i < COUNT(keys); i++) {
        char body[200];
        snprintf(body, sizeof(body), "{\"results\":[{\"endpoint_name\":\"mine\",\"api_key\":%s}]}",
                 keys[i]);
        expect(body, VESPA_ENDPOINT_KEY_UNUSABLE, NULL);
    }
}

static void an_empty_list_has_no_names(void **state)
{
    (void)state;
    expect("{\"results\":[]}", VESPA_ENDPOINT_KEY_NOT_FOUND, "");
    expect("{\"results\":[{\"id\":1},5,[{\"endpoint_name\":\"mine\"}]]}",
           VESPA_ENDPOINT_KEY_NOT_FOUND, "");
}

static void at_most_ten_names_are_listed(void **state)
{
    (void)state;
    char body[2000] = "{\"results\":[";
    for (int i = 0; i < 15; i++)
        strcat(body, i ? ",{\"endpoint_name\":\"e\"}" : "{\"endpoint_name\":\"e\"}");
    strcat(body, "]}");
    expect(body, VESPA_ENDPOINT_KEY_NOT_FOUND, "e, e, e, e, e, e, e, e, e, e");
}

static void what_is_no_list_is_unusable(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "",
        "x",
        "[]",
        "{}",
        "{\"results\":{}}",
        "{\"success\":false,\"msg\":\"no\"}",
        "{\"results\":[{\"endpoint_name\":\"mine\",\"api_key\":\"k\"}]"};
    for (size_t i = 0; i < COUNT(bodies); i++)
        expect(bodies[i], VESPA_ENDPOINT_KEY_UNUSABLE, NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_key_of_the_endpoint_of_that_name_is_found),
        cmocka_unit_test(names_are_compared_whole_and_with_case),
        cmocka_unit_test(a_key_elsewhere_is_not_the_endpoints),
        cmocka_unit_test(a_key_that_could_not_stand_in_a_header_is_unusable),
        cmocka_unit_test(an_empty_list_has_no_names),
        cmocka_unit_test(at_most_ten_names_are_listed),
        cmocka_unit_test(what_is_no_list_is_unusable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
