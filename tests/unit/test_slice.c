/* Byte slices (core/slice.h). */
#include "core/slice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define L(text) VESPA_LITERAL(text)

static const struct vespa_slice nothing = {NULL, 0};

static void slices_are_made_of_strings_without_their_zero(void **state)
{
    (void)state;
    assert_int_equal(L("a\0b").length, 3);
    assert_int_equal(vespa_slice_of("abc").length, 3);
    assert_int_equal(vespa_slice_of("").length, 0);
    assert_int_equal(vespa_slice_of(NULL).length, 0);
    assert_null(vespa_slice_of(NULL).data);
}

static void a_part_borrows_the_bytes_between_two_places(void **state)
{
    struct vespa_slice slice = L("abcdef");

    (void)state;
    assert_true(vespa_slice_equal(vespa_slice_part(slice, 1, 3), L("bc")));
    assert_true(vespa_slice_equal(vespa_slice_part(slice, 0, 6), slice));
    assert_int_equal(vespa_slice_part(slice, 6, 6).length, 0);
    assert_ptr_equal(vespa_slice_part(slice, 2, 3).data, slice.data + 2);
    assert_null(vespa_slice_part(nothing, 0, 0).data);
}

static void equal_slices_hold_the_same_bytes(void **state)
{
    (void)state;
    assert_true(vespa_slice_equal(L("a\0b"), L("a\0b")));
    assert_false(vespa_slice_equal(L("a\0b"), L("a\0c")));
    assert_false(vespa_slice_equal(L("a"), L("ab")));
    assert_false(vespa_slice_equal(L("a"), L("A")));
    assert_true(vespa_slice_equal(nothing, L("")));
    assert_true(vespa_slice_equal(nothing, nothing));
}

static void without_case_only_ascii_letters_are_alike(void **state)
{
    (void)state;
    assert_true(vespa_slice_equal_nocase(L("Content-TYPE"), L("content-type")));
    assert_true(vespa_slice_equal_nocase(L("AZ"), L("az")));
    assert_true(vespa_slice_equal_nocase(nothing, L("")));
    assert_false(vespa_slice_equal_nocase(L("@["), L("`{")));
    assert_false(vespa_slice_equal_nocase(L("\304"), L("\344")));
    assert_false(vespa_slice_equal_nocase(L("a"), L("ab")));
    assert_false(vespa_slice_equal_nocase(L("a"), L("b")));
}

static void a_slice_starts_with_its_prefixes(void **state)
{
    (void)state;
    assert_true(vespa_slice_starts_with(L("http://x"), L("http://")));
    assert_true(vespa_slice_starts_with(L("abc"), L("abc")));
    assert_true(vespa_slice_starts_with(L("abc"), nothing));
    assert_true(vespa_slice_starts_with(nothing, nothing));
    assert_false(vespa_slice_starts_with(L("abc"), L("abcd")));
    assert_false(vespa_slice_starts_with(L("abc"), L("b")));
    assert_false(vespa_slice_starts_with(nothing, L("a")));
}

static void a_needle_is_found_anywhere_without_case(void **state)
{
    struct vespa_slice slice = L("X-Api-Key");

    (void)state;
    assert_true(vespa_slice_contains_nocase(slice, L("api")));
    assert_true(vespa_slice_contains_nocase(slice, L("x-")));
    assert_true(vespa_slice_contains_nocase(slice, L("KEY")));
    assert_true(vespa_slice_contains_nocase(slice, slice));
    assert_true(vespa_slice_contains_nocase(slice, nothing));
    assert_true(vespa_slice_contains_nocase(nothing, nothing));
    assert_false(vespa_slice_contains_nocase(slice, L("keys")));
    assert_false(vespa_slice_contains_nocase(slice, L("apikey")));
    assert_false(vespa_slice_contains_nocase(nothing, L("a")));
}

static void trimming_takes_white_space_from_both_ends(void **state)
{
    (void)state;
    assert_true(vespa_slice_equal(vespa_slice_trim(L(" \t\r\na b\n\r\t ")), L("a b")));
    assert_true(vespa_slice_equal(vespa_slice_trim(L("a")), L("a")));
    assert_int_equal(vespa_slice_trim(L(" \t ")).length, 0);
    assert_int_equal(vespa_slice_trim(nothing).length, 0);
    assert_true(vespa_slice_equal(vespa_slice_trim(L("\va\f")), L("\va\f")));
}

static void a_byte_is_found_at_its_first_place(void **state)
{
    (void)state;
    assert_int_equal(vespa_slice_find(L("a:b:c"), ':'), 1);
    assert_int_equal(vespa_slice_find(L("a\0b"), '\0'), 1);
    assert_int_equal(vespa_slice_find(L("a\377"), '\377'), 1);
    assert_int_equal(vespa_slice_find(L("abc"), ':'), 3);
    assert_int_equal(vespa_slice_find(nothing, ':'), 0);
}

static void a_copy_ends_with_a_zero(void **state)
{
    char *copy = vespa_slice_copy(vespa_slice("abcdef", 3));
    char *empty = vespa_slice_copy(nothing);

    (void)state;
    assert_string_equal(copy, "abc");
    assert_string_equal(empty, "");
    free(copy);
    free(empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slices_are_made_of_strings_without_their_zero),
        cmocka_unit_test(a_part_borrows_the_bytes_between_two_places),
        cmocka_unit_test(equal_slices_hold_the_same_bytes),
        cmocka_unit_test(without_case_only_ascii_letters_are_alike),
        cmocka_unit_test(a_slice_starts_with_its_prefixes),
        cmocka_unit_test(a_needle_is_found_anywhere_without_case),
        cmocka_unit_test(trimming_takes_white_space_from_both_ends),
        cmocka_unit_test(a_byte_is_found_at_its_first_place),
        cmocka_unit_test(a_copy_ends_with_a_zero),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
