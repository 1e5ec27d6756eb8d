/* The growing byte buffer (core/buffer.h). It is compiled into this program, so that memory can run
 * out when a test wants it to, and freed memory can be looked at. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool memory_is_out;
static bool freed_bytes_were_zero;
static size_t watched_size;

static void *test_realloc(void *memory, size_t size)
{
    return memory_is_out ? NULL : realloc(memory, size);
}

static void test_free(void *memory)
{
    freed_bytes_were_zero = true;
    for (size_t i = 0; memory && i < watched_size; i++)
        if (((const char *)memory)[i] != '\0')
            freed_bytes_were_zero = false;
    free(memory);
}

#define realloc test_realloc
#define free    test_free
#include "core/buffer.c"
#undef realloc
#undef free

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define L(text) VESPA_LITERAL(text)

/* Compares what was written, and that a zero stands behind it, and frees the buffer. */
static void assert_written(struct vespa_buffer *buffer, struct vespa_slice expected)
{
    struct vespa_slice slice = vespa_buffer_slice(buffer);

    assert_false(buffer->failed);
    assert_int_equal(slice.length, expected.length);
    if (slice.length)
        assert_memory_equal(slice.data, expected.data, expected.length);
    if (buffer->data)
        assert_int_equal(buffer->data[buffer->length], '\0');
    vespa_buffer_free(buffer);
}

static void assert_json(struct vespa_slice text, struct vespa_slice expected)
{
    struct vespa_buffer buffer = {0};

    vespa_buffer_append_json(&buffer, text);
    assert_written(&buffer, expected);
}

static void what_is_appended_stands_in_a_row(void **state)
{
    struct vespa_buffer buffer = {0};

    (void)state;
    vespa_buffer_append(&buffer, L("a\0b"));
    vespa_buffer_append_string(&buffer, "cd");
    vespa_buffer_append_byte(&buffer, '\0');
    vespa_buffer_append_byte(&buffer, 'e');
    assert_written(&buffer, L("a\0bcd\0e"));
}

static void nothing_appended_is_nothing_written(void **state)
{
    struct vespa_buffer buffer = {0};

    (void)state;
    vespa_buffer_append(&buffer, vespa_slice(NULL, 0));
    vespa_buffer_append_string(&buffer, "");
    vespa_buffer_append_string(&buffer, NULL);
    assert_written(&buffer, L(""));
}

static void a_buffer_grows_with_its_contents(void **state)
{
    struct vespa_buffer buffer = {0};

    (void)state;
    for (unsigned i = 0; i < 100000; i++)
        vespa_buffer_append_byte(&buffer, (char)(i % 251));
    assert_false(buffer.failed);
    assert_int_equal(buffer.length, 100000);
    for (unsigned i = 0; i < 100000; i++)
        assert_int_equal(buffer.data[i], (char)(i % 251));
    vespa_buffer_free(&buffer);
}

static void after_a_reserve_appending_cannot_fail(void **state)
{
    struct vespa_buffer buffer = {0};
    char bytes[5000];

    (void)state;
    memset(bytes, 'x', sizeof(bytes));
    assert_true(vespa_buffer_reserve(&buffer, sizeof(bytes)));
    const char *data = buffer.data;
    memory_is_out = true;
    vespa_buffer_append(&buffer, vespa_slice(bytes, sizeof(bytes)));
    memory_is_out = false;
    assert_ptr_equal(buffer.data, data);
    assert_written(&buffer, vespa_slice(bytes, sizeof(bytes)));
}

static void running_out_of_memory_is_remembered_and_keeps_what_there_is(void **state)
{
    struct vespa_buffer buffer = {0};

    (void)state;
    vespa_buffer_append_string(&buffer, "abc");
    memory_is_out = true;
    assert_false(vespa_buffer_reserve(&buffer, 100000));
    memory_is_out = false;
    assert_true(buffer.failed);
    vespa_buffer_append_string(&buffer, "def");
    vespa_buffer_append_json(&buffer, L("x"));
    assert_false(vespa_buffer_reserve(&buffer, 1));
    assert_string_equal(buffer.data, "abc");
    assert_int_equal(buffer.length, 3);
    vespa_buffer_free(&buffer);
    assert_false(buffer.failed);
}

static void more_than_memory_can_hold_is_refused(void **state)
{
    struct vespa_buffer buffer = {0};

    (void)state;
    vespa_buffer_append_string(&buffer, "abc");
    assert_false(vespa_buffer_reserve(&buffer, SIZE_MAX - 3));
    assert_true(buffer.failed);
    assert_string_equal(buffer.data, "abc");
    vespa_buffer_free(&buffer);
}

static void numbers_are_written_in_decimal(void **state)
{
    struct vespa_buffer buffer = {0};

    (void)state;
    vespa_buffer_append_number(&buffer, 0);
    vespa_buffer_append_byte(&buffer, ' ');
    vespa_buffer_append_number(&buffer, 1000);
    vespa_buffer_append_byte(&buffer, ' ');
    vespa_buffer_append_number(&buffer, UINT64_MAX);
    assert_written(&buffer, L("0 1000 18446744073709551615"));
}

static void json_escapes_quotes_backslashes_and_control_characters(void **state)
{
    (void)state;
    assert_json(L(""), L("\"\""));
    assert_json(vespa_slice(NULL, 0), L("\"\""));
    assert_json(L("plain / text\177"), L("\"plain / text\177\""));
    assert_json(L("\"\\"), L("\"\\\"\\\\\""));
    assert_json(L("\b\f\n\r\t"), L("\"\\b\\f\\n\\r\\t\""));
    assert_json(L("\0\1\037 "), L("\"\\u0000\\u0001\\u001f \""));
    assert_json(L("0123456789abcdef\n0123456789abcdef\n"),
                L("\"0123456789abcdef\\n0123456789abcdef\\n\""));
}

static void json_keeps_valid_utf8(void **state)
{
    struct vespa_slice text = L("\302\200\337\277\340\240\200\355\237\277\356\200\200\357\277\277"
                                "\360\220\200\200\364\217\277\277");
    struct vespa_buffer expected = {0};

    (void)state;
    vespa_buffer_append_byte(&expected, '"');
    vespa_buffer_append(&expected, text);
    vespa_buffer_append_byte(&expected, '"');
    assert_json(text, vespa_buffer_slice(&expected));
    vespa_buffer_free(&expected);
}

#define R "\357\277\275"

static void json_replaces_what_is_not_utf8(void **state)
{
    (void)state;
    assert_json(L("a\377b"), L("\"a" R "b\""));
    assert_json(L("\200\200"), L("\"" R R "\""));
    assert_json(L("\300\257"), L("\"" R R "\""));
    assert_json(L("\340\200"), L("\"" R R "\""));
    assert_json(L("\355\240\200"), L("\"" R R R "\""));
    assert_json(L("\364\220\200\200"), L("\"" R R R R "\""));
    assert_json(L("\303\"\303\244"), L("\"" R "\\\"\303\244\""));
}

static void json_replaces_a_sequence_that_breaks_off_once(void **state)
{
    (void)state;
    assert_json(L("\342\202"), L("\"" R "\""));
    assert_json(L("\342\202x"), L("\"" R "x\""));
    assert_json(L("\360\237\230\360\237\230\200"), L("\"" R "\360\237\230\200\""));
    assert_json(L("\303"), L("\"" R "\""));
}

static void percent_encoding_leaves_the_unreserved_characters_alone(void **state)
{
    static const char unreserved[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    struct vespa_buffer buffer = {0};

    (void)state;
    vespa_buffer_append_percent(&buffer, vespa_slice_of(unreserved));
    assert_written(&buffer, vespa_slice_of(unreserved));
}

static void percent_encoding_encodes_all_other_bytes(void **state)
{
    unsigned encoded = 0;

    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        struct vespa_buffer buffer = {0};
        vespa_buffer_append_percent(&buffer, vespa_slice((char[]){(char)byte}, 1));
        if (buffer.length == 3) {
            encoded++;
            assert_int_equal(buffer.data[0], '%');
            assert_int_equal(strtol(buffer.data + 1, NULL, 16), byte);
        }
        vespa_buffer_free(&buffer);
    }
    assert_int_equal(encoded, 256 - 66);

    struct vespa_buffer buffer = {0};
    vespa_buffer_append_percent(&buffer, L("a+b c/\0\344="));
    assert_written(&buffer, L("a%2Bb%20c%2F%00%E4%3D"));
}

static void a_reset_empties_and_keeps_the_memory(void **state)
{
    struct vespa_buffer buffer = {0};

    (void)state;
    vespa_buffer_append_string(&buffer, "abc");
    const char *data = buffer.data;
    buffer.failed = true;
    vespa_buffer_reset(&buffer);
    assert_false(buffer.failed);
    assert_int_equal(vespa_buffer_slice(&buffer).length, 0);
    vespa_buffer_append_string(&buffer, "d");
    assert_ptr_equal(buffer.data, data);
    assert_written(&buffer, L("d"));

    vespa_buffer_reset(&buffer);
    assert_written(&buffer, L(""));
}

static void a_freed_buffer_can_be_used_again(void **state)
{
    struct vespa_buffer buffer = {0};

    (void)state;
    vespa_buffer_append_string(&buffer, "abc");
    vespa_buffer_free(&buffer);
    assert_null(buffer.data);
    assert_int_equal(buffer.capacity, 0);
    vespa_buffer_append_string(&buffer, "d");
    assert_written(&buffer, L("d"));
}

static void a_secret_is_overwritten_before_it_is_freed(void **state)
{
    struct vespa_buffer buffer = {0};

    (void)state;
    vespa_buffer_append_string(&buffer, "a longer secret");
    vespa_buffer_reset(&buffer);
    vespa_buffer_append_string(&buffer, "secret");
    watched_size = buffer.capacity;
    vespa_buffer_free_secret(&buffer);
    watched_size = 0;
    assert_true(freed_bytes_were_zero);
    assert_null(buffer.data);
    vespa_buffer_free_secret(&buffer);
}

static void taking_gives_the_contents_away(void **state)
{
    struct vespa_buffer buffer = {0};

    (void)state;
    vespa_buffer_append_string(&buffer, "abc");
    char *text = vespa_buffer_take(&buffer);
    assert_string_equal(text, "abc");
    assert_null(buffer.data);
    free(text);

    text = vespa_buffer_take(&buffer);
    assert_string_equal(text, "");
    assert_null(buffer.data);
    free(text);
}

static void taking_gives_nothing_after_memory_ran_out(void **state)
{
    struct vespa_buffer buffer = {0};

    (void)state;
    vespa_buffer_append_string(&buffer, "abc");
    buffer.failed = true;
    assert_null(vespa_buffer_take(&buffer));
    assert_null(buffer.data);
    assert_false(buffer.failed);

    memory_is_out = true;
    assert_null(vespa_buffer_take(&buffer));
    memory_is_out = false;
}

static void a_buffer_can_be_made_smaller(void **state)
{
    struct vespa_buffer buffer = {0};
    (void)state;
    vespa_buffer_append_string(&buffer, "hello, world");
    assert_false(vespa_buffer_shrink(&buffer, buffer.capacity));
    assert_false(vespa_buffer_shrink(&buffer, 0));
    assert_int_equal(buffer.length, 12);
    assert_true(vespa_buffer_shrink(&buffer, 6));
    assert_int_equal(buffer.capacity, 6);
    assert_string_equal(buffer.data, "hello");
    assert_int_equal(buffer.length, 5);
    vespa_buffer_append_string(&buffer, ", again");
    assert_string_equal(buffer.data, "hello, again");
    vespa_buffer_free(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_appended_stands_in_a_row),
        cmocka_unit_test(nothing_appended_is_nothing_written),
        cmocka_unit_test(a_buffer_grows_with_its_contents),
        cmocka_unit_test(after_a_reserve_appending_cannot_fail),
        cmocka_unit_test(running_out_of_memory_is_remembered_and_keeps_what_there_is),
        cmocka_unit_test(more_than_memory_can_hold_is_refused),
        cmocka_unit_test(numbers_are_written_in_decimal),
        cmocka_unit_test(json_escapes_quotes_backslashes_and_control_characters),
        cmocka_unit_test(json_keeps_valid_utf8),
        cmocka_unit_test(json_replaces_what_is_not_utf8),
        cmocka_unit_test(json_replaces_a_sequence_that_breaks_off_once),
        cmocka_unit_test(percent_encoding_leaves_the_unreserved_characters_alone),
        cmocka_unit_test(percent_encoding_encodes_all_other_bytes),
        cmocka_unit_test(a_reset_empties_and_keeps_the_memory),
        cmocka_unit_test(a_freed_buffer_can_be_used_again),
        cmocka_unit_test(a_secret_is_overwritten_before_it_is_freed),
        cmocka_unit_test(taking_gives_the_contents_away),
        cmocka_unit_test(taking_gives_nothing_after_memory_ran_out),
        cmocka_unit_test(a_buffer_can_be_made_smaller),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
