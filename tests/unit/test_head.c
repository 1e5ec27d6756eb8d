/* Response heads, as workers write them. */
#include "core/head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void assert_slice(struct vespa_slice slice, const char *expected)
{
    if (!vespa_slice_equal(slice, vespa_slice_of(expected)))
        fail_msg("\"%.*s\" instead of \"%s\"", (int)slice.length, slice.data, expected);
}

static struct vespa_head parse(const char *text)
{
    struct vespa_head head;
    if (!vespa_head_parse(vespa_slice_of(text), &head))
        fail_msg("%s", text);
    return head;
}

static void the_status_is_read_from_every_version(void **state)
{
    (void)state;
    assert_int_equal(parse("HTTP/1.1 200 OK\r\n\r\n").status, 200);
    assert_int_equal(parse("HTTP/1.0 503 Service Unavailable\r\n\r\n").status, 503);
    assert_int_equal(parse("HTTP/2 204\r\n\r\n").status, 204);
    assert_int_equal(parse("HTTP/2 204 \r\n\r\n").status, 204);
    assert_int_equal(parse("HTTP/1.1 999\n\n").status, 999);
    assert_int_equal(parse("HTTP/1.1 200").status, 200);
}

static void what_is_no_status_line_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "\r\n",
        "200 OK\r\n",
        "HTTP/1.1\r\n",
        "HTTP/1.1 20\r\n",
        "HTTP/1.1 2000 x\r\n",
        "HTTP/1.1 099 x\r\n",
        "HTTP/1.1 OK\r\n",
        "http/1.1 200 OK\r\n",
        "HTTP/1.1 20x\r\n",
        "HTTP/1.1 200OK\r\n",
        "ICY 200 OK\r\n",
        "HTTP/1.1\r\n 200\r\n",
    };
    struct vespa_head head;
    for (size_t i = 0; i < COUNT(texts); i++)
        if (vespa_head_parse(vespa_slice_of(texts[i]), &head))
            fail_msg("%s", texts[i]);
}

static void fields_end_at_the_empty_line(void **state)
{
    (void)state;
    assert_slice(parse("HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\n\r\nC: 3\r\n").fields,
                 "A: 1\r\nB: 2\r\n");
    assert_slice(parse("HTTP/1.1 200 OK\nA: 1\n\nC: 3\n").fields, "A: 1\n");
    assert_slice(parse("HTTP/1.1 200 OK\r\nA: 1").fields, "A: 1");
    assert_slice(parse("HTTP/1.1 200 OK\r\n\r\n").fields, "");
}

static void lines_come_one_by_one_with_their_ends(void **state)
{
    (void)state;
    struct vespa_slice rest = VESPA_LITERAL("A: 1\r\nB\n\nC");
    struct vespa_slice line;
    static const char *const lines[] = {"A: 1\r\n", "B\n", "\n", "C"};
    for (size_t i = 0; i < COUNT(lines); i++) {
        assert_true(vespa_head_next_line(&rest, &line));
        assert_slice(line, lines[i]);
    }
    assert_false(vespa_head_next_line(&rest, &line));
}

static void a_line_is_split_at_its_first_colon(void **state)
{
    (void)state;
    struct vespa_header header;
    assert_true(vespa_head_split(VESPA_LITERAL("Date:\t a:b \r\n"), &header));
    assert_slice(header.name, "Date");
    assert_slice(header.value, "a:b");
    assert_true(vespa_head_split(VESPA_LITERAL("X:"), &header));
    assert_slice(header.value, "");
    assert_true(vespa_head_split(VESPA_LITERAL("Location : x"), &header));
    assert_slice(header.name, "Location");

    assert_false(vespa_head_split(VESPA_LITERAL("no colon\r\n"), &header));
    assert_false(vespa_head_split(VESPA_LITERAL(": x\r\n"), &header));
    assert_false(vespa_head_split(VESPA_LITERAL(" A: x\r\n"), &header));
    assert_false(vespa_head_split(VESPA_LITERAL("A B: x\r\n"), &header));
    assert_false(vespa_head_split(VESPA_LITERAL("\r\n"), &header));
    assert_false(vespa_head_split(VESPA_LITERAL(""), &header));
}

static void folded_lines_belong_to_their_field(void **state)
{
    (void)state;
    struct vespa_head head = parse("HTTP/1.1 200 OK\r\n lost: 1\r\nA: 1\r\n\t2\r\n 3 \r\n"
                                   "junk\r\n more junk: x\r\nB:\r\n 4\r\n\r\n");
    struct vespa_slice rest = head.fields;
    struct vespa_header header;
    assert_true(vespa_head_next_field(&rest, &header));
    assert_slice(header.name, "A");
    assert_slice(header.value, "1\r\n\t2\r\n 3");
    assert_true(vespa_head_next_field(&rest, &header));
    assert_slice(header.name, "B");
    assert_slice(header.value, "4");
    assert_false(vespa_head_next_field(&rest, &header));
}

static void a_field_is_found_by_name_without_case(void **state)
{
    (void)state;
    struct vespa_head head =
        parse("HTTP/1.1 200 OK\r\nX-A: 1\r\nLOCATION: /x\r\nlocation: /y\r\n\r\n");
    struct vespa_slice value;
    assert_true(vespa_head_find(&head, VESPA_LITERAL("Location"), &value));
    assert_slice(value, "/x");
    assert_false(vespa_head_find(&head, VESPA_LITERAL("X"), &value));
}

/* Milliseconds, or -1. */
static long long retry_after(const char *fields)
{
    char text[512];
    uint32_t milliseconds = 0;
    snprintf(text, sizeof(text), "HTTP/1.1 503 x\r\n%s\r\n", fields);
    struct vespa_head head = parse(text);
    return vespa_head_retry_after(&head, &milliseconds) ? (long long)milliseconds : -1;
}

static void retry_after_may_be_seconds(void **state)
{
    (void)state;
    assert_int_equal(retry_after("Retry-After: 120\r\n"), 120000);
    assert_int_equal(retry_after("retry-after:0\r\n"), 0);
    assert_int_equal(retry_after("Retry-After: 4294967\r\n"), 4294967000);
    assert_int_equal(retry_after("Retry-After: 4294968\r\n"), UINT32_MAX);
    assert_int_equal(retry_after("Retry-After: 18446744073709551617\r\n"), UINT32_MAX);
    assert_int_equal(retry_after("Retry-After: 99999999999999999999999999\r\n"), UINT32_MAX);
}

static void retry_after_that_cannot_be_understood_is_none(void **state)
{
    (void)state;
    static const char *const fields[] = {
        "",
        "Retry-After:\r\n",
        "Retry-After: -1\r\n",
        "Retry-After: 1.5\r\n",
        "Retry-After: soon\r\n",
        "Retry-After: 1\r\n 2\r\n",
        "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n", /* no clock is read, and no Date is there
                                                           */
        "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:49:37 CET\r\n",
        "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Foo 1994 08:49:37 GMT\r\n",
        "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 0x Nov 1994 08:49:37 GMT\r\n",
        "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 28:49:37 GMT\r\n",
        "Date: yesterday\r\nRetry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
    };
    for (size_t i = 0; i < COUNT(fields); i++)
        if (retry_after(fields[i]) != -1)
            fail_msg("%s", fields[i]);
}

static void a_date_is_taken_relative_to_the_answers_own(void **state)
{
    (void)state;
    static const struct {
        const char *date, *until;
        long long seconds;
    } cases[] = {
        {"Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:51:07 GMT", 90},
        {"Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT", 0},
        {"Sun, 06 Nov 1994 08:49:37 GMT", "Sat, 05 Nov 1994 08:49:37 GMT", 0},
        {"Wed, 28 Feb 2024 23:59:59 GMT", "Thu, 29 Feb 2024 00:00:00 GMT", 1},
        {"Wed, 28 Feb 2024 00:00:00 GMT", "Fri, 01 Mar 2024 00:00:00 GMT", 2 * 86400},
        {"Tue, 28 Feb 2023 00:00:00 GMT", "Wed, 01 Mar 2023 00:00:00 GMT", 86400},
        {"Fri, 31 Dec 1999 23:59:59 GMT", "Sat, 01 Jan 2000 00:00:01 GMT", 2},
        {"Mon, 31 Mar 2025 00:00:00 GMT", "Tue, 01 Apr 2025 00:00:00 GMT", 86400},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char fields[160];
        snprintf(fields, sizeof(fields), "Date: %s\r\nRetry-After: %s\r\n", cases[i].date,
                 cases[i].until);
        assert_int_equal(retry_after(fields), cases[i].seconds * 1000);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_status_is_read_from_every_version),
        cmocka_unit_test(what_is_no_status_line_is_refused),
        cmocka_unit_test(fields_end_at_the_empty_line),
        cmocka_unit_test(lines_come_one_by_one_with_their_ends),
        cmocka_unit_test(a_line_is_split_at_its_first_colon),
        cmocka_unit_test(folded_lines_belong_to_their_field),
        cmocka_unit_test(a_field_is_found_by_name_without_case),
        cmocka_unit_test(retry_after_may_be_seconds),
        cmocka_unit_test(retry_after_that_cannot_be_understood_is_none),
        cmocka_unit_test(a_date_is_taken_relative_to_the_answers_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
