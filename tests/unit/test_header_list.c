/* Header lines as libcurl takes them. */
#include "core/header_list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct vespa_header headers[] = {
    {VESPA_LITERAL("Authorization"), VESPA_LITERAL("Bearer one")},
    {VESPA_LITERAL("X-Empty"), VESPA_LITERAL("")},
};

static struct vespa_header_list make_list(void)
{
    struct vespa_header_list list = {0};
    assert_true(vespa_header_list_suppress(&list, VESPA_LITERAL("Expect")));
    assert_true(vespa_header_list_add(&list, headers[0]));
    assert_true(vespa_header_list_add(&list, headers[1]));
    return list;
}

static void lines_are_written_as_libcurl_reads_them(void **state)
{
    struct vespa_header_list list = make_list();
    (void)state;
    assert_string_equal(list.first->data, "Expect:");
    assert_string_equal(list.first->next->data, "Authorization: Bearer one");
    assert_string_equal(list.first->next->next->data, "X-Empty;");
    assert_null(list.first->next->next->next);
    vespa_header_list_free(&list);
    assert_null(list.first);
}

static void a_list_is_told_from_that_of_other_headers(void **state)
{
    static const struct vespa_header other_value[] = {
        {VESPA_LITERAL("Authorization"), VESPA_LITERAL("Bearer two")},
        {VESPA_LITERAL("X-Empty"), VESPA_LITERAL("")},
    };
    static const struct vespa_header other_name[] = {
        {VESPA_LITERAL("Authorisation"), VESPA_LITERAL("Bearer one")},
        {VESPA_LITERAL("X-Empty"), VESPA_LITERAL("")},
    };
    static const struct vespa_header longer[] = {
        {VESPA_LITERAL("Authorization"), VESPA_LITERAL("Bearer one")},
        {VESPA_LITERAL("X-Empty"), VESPA_LITERAL("")},
        {VESPA_LITERAL("X-More"), VESPA_LITERAL("1")},
    };
    struct vespa_header_list list = make_list();
    (void)state;
    assert_true(vespa_header_list_is(&list, headers, 2));
    assert_false(vespa_header_list_is(&list, other_value, 2));
    assert_false(vespa_header_list_is(&list, other_name, 2));
    assert_false(vespa_header_list_is(&list, longer, 3));
    assert_false(vespa_header_list_is(&list, headers, 1));
    assert_false(vespa_header_list_is(&list, NULL, 0));
    vespa_header_list_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_written_as_libcurl_reads_them),
        cmocka_unit_test(a_list_is_told_from_that_of_other_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
