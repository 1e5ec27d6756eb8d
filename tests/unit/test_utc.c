/* Times in log lines. */
#include "core/utc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void days_that_calendars_get_wrong_are_right(void **state)
{
    (void)state;
    static const struct {
        struct timespec at;
        const char *expected;
    } cases[] = {
        {{0, 0}, "1970-01-01T00:00:00.000Z"},
        {{951782399, 999999999}, "2000-02-28T23:59:59.999Z"},
        {{951782400, 1000000}, "2000-02-29T00:00:00.001Z"},
        {{951868800, 999999}, "2000-03-01T00:00:00.000Z"},
        {{1704067199, 0}, "2023-12-31T23:59:59.000Z"},
        {{1704067200, 0}, "2024-01-01T00:00:00.000Z"},
        {{4107542400, 0}, "2100-03-01T00:00:00.000Z"},
        {{253402300799, 0}, "9999-12-31T23:59:59.000Z"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[VESPA_UTC_ROOM];
        vespa_utc_print(cases[i].at, text);
        assert_string_equal(text, cases[i].expected);
    }
}

static void every_day_is_the_one_of_the_c_library(void **state)
{
    (void)state;
    for (time_t day = 0; day < 100000; day++) {
        char expected[VESPA_UTC_ROOM], text[VESPA_UTC_ROOM];
        time_t seconds = day * 86400 + day % 86400;
        struct tm parts;
        strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%S.000Z", gmtime_r(&seconds, &parts));
        vespa_utc_print((struct timespec){seconds, 0}, text);
        assert_string_equal(text, expected);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_that_calendars_get_wrong_are_right),
        cmocka_unit_test(every_day_is_the_one_of_the_c_library),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
