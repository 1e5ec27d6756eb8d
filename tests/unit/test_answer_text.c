/* The words of an answer, for a person: from whatever form they have, and without keys. */
#include "core/answer_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void expect_text(const char *body, const char *expected)
{
    char text[VESPA_ANSWER_TEXT_SIZE];
    vespa_answer_text(vespa_slice_of(body), NULL, 0, text);
    assert_string_equal(text, expected);
}

/* protocol.md §3: error bodies vary. */
static void words_are_found_in_every_form(void **state)
{
    (void)state;
    expect_text("{\"success\":false,\"error\":\"invalid_args\",\"msg\":\"no endpoint\"}",
                "invalid_args: no endpoint");
    expect_text("{\"error\":\"bad key\"}", "bad key");
    expect_text("{\"error\":{\"type\":\"x\",\"message\":\"bad \\u006bey\"}}", "bad key");
    expect_text("{\"msg\":\"only this\"}", "only this");
    expect_text("{\"error_msg\":\"loading\"}", "loading");
    expect_text("{\"detail\":\"Not Found\"}", "Not Found");
    expect_text("{\"message\":\"m\"}", "m");
    expect_text("\"still \\\"loading\\\"\"", "still \"loading\"");
    expect_text("Too many requests\n", "Too many requests");
}

static void a_status_and_the_place_in_the_queue_are_words_too(void **state)
{
    (void)state;
    expect_text("{\"status\":\"queued\",\"queue_position\":3,\"queue_depth\":7}",
                "queued, queue position 3 of 7");
    expect_text("{\"queue_position\":3}", "queue position 3");
    expect_text("{\"status\":500,\"queue_depth\":7}", "");
}

static void pages_and_what_cannot_be_read_are_left_out(void **state)
{
    (void)state;
    expect_text("<html><body>502</body></html>", "");
    expect_text("{\"error\":\"cut of", "");
    expect_text("[\"error\"]", "");
    expect_text("{\"other\":\"x\",\"x\":{\"message\":\"y\"}}", "");
    expect_text("", "");
    expect_text("5", "");
}

static void control_characters_become_spaces(void **state)
{
    (void)state;
    expect_text("a\x1b[31mb\r\nc\x7f", "a [31mb  c ");
    expect_text("{\"msg\":\"a\\u0000b\\u009bc\xC2\xA0\"}", "a b c\xC2\xA0");
}

static void long_words_are_cut_between_characters(void **state)
{
    (void)state;
    char body[2000];
    for (size_t shift = 0; shift < 3; shift++) {
        memset(body, 'a', shift);
        for (size_t i = shift; i + 3 < sizeof(body); i += 3)
            memcpy(body + i, "\xE2\x82\xAC", 4);
        char text[VESPA_ANSWER_TEXT_SIZE];
        vespa_answer_text(vespa_slice_of(body), NULL, 0, text);
        size_t length = strlen(text);
        assert_in_range(length, VESPA_ANSWER_TEXT_SIZE - 4, VESPA_ANSWER_TEXT_SIZE - 1);
        assert_int_equal((length - shift) % 3, 0);
    }
}

static void keys_are_never_repeated(void **state)
{
    (void)state;
    static const struct vespa_slice secrets[] = {
        VESPA_LITERAL("key-0123456789"), VESPA_LITERAL("other-key"), {NULL, 0}};
    char body[1000];
    char text[VESPA_ANSWER_TEXT_SIZE];
    vespa_answer_text(
        VESPA_LITERAL(
            "{\"error\":\"no key-0123456789\",\"msg\":\"k\\u0065y-0123456789other-key\"}"),
        secrets, COUNT(secrets), text);
    assert_string_equal(text, "no **************: ***********************");

    /* Nor a part of one, where the words are cut. */
    for (size_t before = 290; before < 330; before++) {
        memset(body, 'x', before);
        strcpy(body + before, "key-0123456789");
        vespa_answer_text(vespa_slice_of(body), secrets, COUNT(secrets), text);
        assert_null(strchr(text, '-'));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_found_in_every_form),
        cmocka_unit_test(a_status_and_the_place_in_the_queue_are_words_too),
        cmocka_unit_test(pages_and_what_cannot_be_read_are_left_out),
        cmocka_unit_test(control_characters_become_spaces),
        cmocka_unit_test(long_words_are_cut_between_characters),
        cmocka_unit_test(keys_are_never_repeated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
