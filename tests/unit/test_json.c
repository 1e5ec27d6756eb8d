/* The JSON scanner (core/json.h, core/json_string.c, core/json_span.h). */
#include "core/buffer.h"
#include "core/json.h"
#include "core/json_span.h"
#include "tests/unit/json_cases.h"
#include "tests/unit/json_recording.h"
#include "tests/unit/json_reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

/* Helpers. */

static void assert_recordings_equal(const char *name, const struct recording *a,
                                    const struct recording *b)
{
    if (!recording_equal(a, b))
        fail_msg("%s: status %d at %zu, %zu tokens; or status %d at %zu, %zu tokens", name,
                 a->verdict, a->error_offset, a->count, b->verdict, b->error_offset, b->count);
}

static void assert_error(struct vespa_slice document, size_t offset, const char *expected)
{
    struct recording recording = record_whole(document, VESPA_JSON_ALL_DEPTHS);

    assert_int_equal(recording.verdict, VESPA_JSON_ERROR);
    assert_int_equal(recording.error_offset, offset);
    assert_string_equal(recording.expected, expected);
    recording_free(&recording);
}

static void assert_accepted(struct vespa_slice document)
{
    struct recording recording = record_whole(document, 0);

    assert_int_equal(recording.verdict, VESPA_JSON_END);
    recording_free(&recording);
}

/* The tokens as text: K key, S string, N number, T, F, 0 literals, with depth and contents. */
static char *describe(struct vespa_slice document, unsigned report_depth)
{
    static const char letters[] = "{}[]KSNTF0";
    struct recording recording = record_whole(document, report_depth);
    struct vespa_buffer text = {0};

    for (size_t i = 0; i < recording.count; i++) {
        const struct vespa_json_token *token = &recording.tokens[i];
        vespa_buffer_append_string(&text, i ? " " : "");
        vespa_buffer_append_number(&text, token->depth);
        vespa_buffer_append_byte(&text, letters[token->kind]);
        if (token->kind >= VESPA_JSON_KEY && token->kind <= VESPA_JSON_NUMBER)
            vespa_buffer_append(&text, vespa_json_text(document, token));
    }
    recording_free(&recording);
    return vespa_buffer_take(&text);
}

static void assert_tokens(const char *document, unsigned report_depth, const char *expected)
{
    char *text = describe(vespa_slice_of(document), report_depth);

    assert_string_equal(text, expected);
    free(text);
}

/* That many times `begin`, then `middle`, then that many times `end`. */
static char *nested(const char *begin, const char *middle, const char *end, unsigned levels)
{
    struct vespa_buffer text = {0};

    for (unsigned i = 0; i < levels; i++)
        vespa_buffer_append_string(&text, begin);
    vespa_buffer_append_string(&text, middle);
    for (unsigned i = 0; i < levels; i++)
        vespa_buffer_append_string(&text, end);
    return vespa_buffer_take(&text);
}

/* Which documents are JSON. */

static void every_case_of_the_suite_gets_its_verdict(void **state)
{
    (void)state;
    for (int i = 0; i < JSON_CASES; i++) {
        struct recording recording = record_whole(json_cases[i].document, VESPA_JSON_ALL_DEPTHS);
        if ((recording.verdict == VESPA_JSON_END) != json_cases[i].accepted)
            fail_msg("%s: status %d at %zu", json_cases[i].name, recording.verdict,
                     recording.error_offset);
        recording_free(&recording);
    }
}

static void every_case_agrees_with_the_grammar_read_by_recursive_descent(void **state)
{
    (void)state;
    for (int i = 0; i < JSON_CASES; i++) {
        struct recording ours = record_whole(json_cases[i].document, VESPA_JSON_ALL_DEPTHS);
        struct recording theirs = reference_record(json_cases[i].document);
        assert_recordings_equal(json_cases[i].name, &ours, &theirs);
        recording_free(&ours);
        recording_free(&theirs);
    }
}

static void every_case_gives_the_same_when_cut_anywhere(void **state)
{
    (void)state;
    for (int i = 0; i < JSON_CASES; i++) {
        struct vespa_slice document = json_cases[i].document;
        struct recording whole = record_whole(document, VESPA_JSON_ALL_DEPTHS);
        for (size_t cut = 0; cut <= document.length; cut++) {
            struct recording parts = record(document, VESPA_JSON_ALL_DEPTHS, &cut, 1);
            assert_recordings_equal(json_cases[i].name, &whole, &parts);
            recording_free(&parts);
        }
        recording_free(&whole);
    }
}

static void every_case_gives_the_same_byte_by_byte(void **state)
{
    (void)state;
    for (int i = 0; i < JSON_CASES; i++) {
        struct recording whole = record_whole(json_cases[i].document, VESPA_JSON_ALL_DEPTHS);
        struct recording bytes = record_bytewise(json_cases[i].document, VESPA_JSON_ALL_DEPTHS);
        assert_recordings_equal(json_cases[i].name, &whole, &bytes);
        recording_free(&whole);
        recording_free(&bytes);
    }
}

static void any_two_bytes_between_letters_are_judged_as_by_the_grammar(void **state)
{
    char document[] = "\"a..b\"";

    (void)state;
    for (unsigned i = 0; i < 0x10000; i++) {
        document[2] = (char)(i >> 8);
        document[3] = (char)(i & 0xFF);
        struct vespa_slice slice = vespa_slice(document, sizeof(document) - 1);
        struct recording ours = record_whole(slice, VESPA_JSON_ALL_DEPTHS);
        struct recording theirs = reference_record(slice);
        assert_recordings_equal(document, &ours, &theirs);
        recording_free(&ours);
        recording_free(&theirs);
    }
}

/* One sequence for each code point, also those that have no right to one, in each form that is long
 * enough for it. */
static void every_code_point_is_judged_as_by_the_grammar_in_every_length(void **state)
{
    (void)state;
    for (unsigned code = 0; code < 0x120000; code += code % 0x40 == 1 ? 0x3E : 1) {
        for (unsigned bytes = 2; bytes <= 4; bytes++) {
            char document[8] = {'"'};
            unsigned rest = code;
            for (unsigned i = bytes; i > 1; i--, rest >>= 6)
                document[i] = (char)(0x80 | (rest & 0x3F));
            document[1] = (char)((0xF00 >> bytes) | rest);
            document[bytes + 1] = '"';
            struct vespa_slice slice = vespa_slice(document, bytes + 2);
            struct recording ours = record_whole(slice, VESPA_JSON_ALL_DEPTHS);
            struct recording theirs = reference_record(slice);
            assert_recordings_equal("a code point", &ours, &theirs);
            recording_free(&ours);
            recording_free(&theirs);
        }
    }
}

static void any_byte_at_any_place_of_a_sequence_is_judged_as_by_the_grammar(void **state)
{
    static const char *const sequences[] = {"\303\244", "\342\202\254", "\360\237\230\200"};

    (void)state;
    for (size_t i = 0; i < sizeof(sequences) / sizeof(sequences[0]); i++) {
        size_t length = strlen(sequences[i]);
        for (unsigned place_and_byte = 0; place_and_byte < length << 8; place_and_byte++) {
            char document[] = "\"....ab\"";
            memcpy(document + 1, sequences[i], length);
            document[1 + (place_and_byte >> 8)] = (char)(place_and_byte & 0xFF);
            struct vespa_slice slice = vespa_slice(document, sizeof(document) - 1);
            struct recording ours = record_whole(slice, VESPA_JSON_ALL_DEPTHS);
            struct recording theirs = reference_record(slice);
            assert_recordings_equal("a sequence", &ours, &theirs);
            recording_free(&ours);
            recording_free(&theirs);
        }
    }
}

/* Depth. */

static void arrays_nest_1024_deep_and_not_1025(void **state)
{
    char *most = nested("[", "", "]", 1024);
    char *more = nested("[", "", "]", 1025);

    (void)state;
    assert_accepted(vespa_slice_of(most));
    assert_error(vespa_slice_of(more), 1024, "at most 1024 levels");
    free(most);
    free(more);
}

static void objects_nest_1024_deep_and_not_1025(void **state)
{
    char *most = nested("{\"\":", "0", "}", 1024);
    char *more = nested("{\"\":", "0", "}", 1025);

    (void)state;
    assert_accepted(vespa_slice_of(most));
    assert_error(vespa_slice_of(more), 1024 * 4, "at most 1024 levels");
    free(most);
    free(more);
}

static void n_structure_100000_opening_arrays(void **state)
{
    char *document = nested("[", "", "", 100000);

    (void)state;
    assert_error(vespa_slice_of(document), 1024, "at most 1024 levels");
    free(document);
}

static void n_structure_open_array_object(void **state)
{
    char *document = nested("[{\"\":", "", "", 50000);

    (void)state;
    assert_error(vespa_slice_of(document), 512 * 5, "at most 1024 levels");
    free(document);
}

static void i_structure_500_nested_arrays(void **state)
{
    char *document = nested("[", "", "]", 500);

    (void)state;
    assert_accepted(vespa_slice_of(document));
    free(document);
}

static void every_level_remembers_its_own_kind_of_bracket(void **state)
{
    /* Three kinds of levels in turn, so that neighbouring bits differ in every way. */
    char *right = nested("[{\"\":{\"\":", "[]", "}}]", 341);
    char *wrong = nested("[{\"\":{\"\":", "[]", "]}}", 341);

    (void)state;
    assert_accepted(vespa_slice_of(right));
    assert_error(vespa_slice_of(wrong), 341 * 9 + 2, "',' or '}'");
    free(right);
    free(wrong);
}

static void a_level_can_be_an_object_first_and_an_array_later(void **state)
{
    (void)state;
    assert_accepted(VESPA_LITERAL("[{\"a\":1,\"b\":2},[1,2],{\"a\":1,\"b\":2}]"));
    assert_error(VESPA_LITERAL("[{},[1}]"), 6, "',' or ']'");
    assert_error(VESPA_LITERAL("[[],{\"a\":1]]"), 10, "',' or '}'");
}

/* Tokens. */

static void tokens_come_with_their_depth(void **state)
{
    (void)state;
    assert_tokens("{\"a\":[1,{\"b\":null}],\"c\":\"d\"}", VESPA_JSON_ALL_DEPTHS,
                  "0{ 1Ka 1[ 2N1 2{ 3Kb 30 2} 1] 1Kc 1Sd 0}");
}

static void tokens_deeper_than_asked_for_are_not_reported(void **state)
{
    const char *document = "{\"a\":[1,{\"b\":null}],\"c\":{},\"d\":-1}";

    (void)state;
    assert_tokens(document, 0, "0{ 0}");
    assert_tokens(document, 1, "0{ 1Ka 1[ 1] 1Kc 1{ 1} 1Kd 1N-1 0}");
    assert_tokens(document, 2, "0{ 1Ka 1[ 2N1 2{ 2} 1] 1Kc 1{ 1} 1Kd 1N-1 0}");
}

static void tokens_deeper_than_asked_for_are_checked(void **state)
{
    struct recording recording = record_whole(VESPA_LITERAL("[[[nul]]]"), 0);

    (void)state;
    assert_int_equal(recording.verdict, VESPA_JSON_ERROR);
    assert_int_equal(recording.error_offset, 6);
    assert_int_equal(recording.count, 1);
    recording_free(&recording);
}

static void a_scalar_document_is_one_token_at_depth_0(void **state)
{
    (void)state;
    assert_tokens(" \"x\" ", 0, "0Sx");
    assert_tokens(" -1.5e+3 ", 0, "0N-1.5e+3");
    assert_tokens("12", 0, "0N12");
    assert_tokens("true", 0, "0T");
    assert_tokens("false", 0, "0F");
    assert_tokens("null", 0, "00");
}

static void numbers_keep_their_digits(void **state)
{
    (void)state;
    assert_tokens("[242.0,1e400,-0,18446744073709551616,1.10E-007]", 1,
                  "0[ 1N242.0 1N1e400 1N-0 1N18446744073709551616 1N1.10E-007 0]");
}

static void only_strings_with_a_backslash_are_called_escaped(void **state)
{
    struct vespa_slice document = VESPA_LITERAL("[\"a\\n\",\"b\",{\"\\u0063\":1,\"d\":\"\\\\\"}]");
    static const bool escaped[] = {false, true,  false, false, true,
                                   false, false, true,  false, false};
    struct recording recording = record_whole(document, VESPA_JSON_ALL_DEPTHS);

    (void)state;
    assert_int_equal(recording.count, sizeof(escaped));
    for (size_t i = 0; i < recording.count; i++)
        assert_int_equal(recording.tokens[i].escaped, escaped[i]);
    recording_free(&recording);
}

/* Portions. */

static void a_number_at_the_end_of_a_portion_waits_for_the_next_byte(void **state)
{
    struct vespa_json json;
    struct vespa_json_token token;

    (void)state;
    vespa_json_init(&json, 0);
    assert_int_equal(vespa_json_next(&json, VESPA_LITERAL("12"), false, &token), VESPA_JSON_MORE);
    assert_int_equal(vespa_json_next(&json, VESPA_LITERAL("123 "), false, &token),
                     VESPA_JSON_TOKEN);
    assert_int_equal(token.kind, VESPA_JSON_NUMBER);
    assert_int_equal(token.end, 3);
}

static void a_number_ends_with_the_document(void **state)
{
    struct vespa_json json;
    struct vespa_json_token token;

    (void)state;
    vespa_json_init(&json, 0);
    assert_int_equal(vespa_json_next(&json, VESPA_LITERAL("12"), false, &token), VESPA_JSON_MORE);
    assert_int_equal(vespa_json_next(&json, VESPA_LITERAL("12"), true, &token), VESPA_JSON_TOKEN);
    assert_int_equal(token.end, 2);
    assert_int_equal(vespa_json_next(&json, VESPA_LITERAL("12"), true, &token), VESPA_JSON_END);
}

static void strings_and_literals_do_not_wait(void **state)
{
    struct vespa_json json;
    struct vespa_json_token token;

    (void)state;
    vespa_json_init(&json, 1);
    assert_int_equal(vespa_json_next(&json, VESPA_LITERAL("["), false, &token), VESPA_JSON_TOKEN);
    assert_int_equal(vespa_json_next(&json, VESPA_LITERAL("[true"), false, &token),
                     VESPA_JSON_TOKEN);
    assert_int_equal(token.kind, VESPA_JSON_TRUE);
    assert_int_equal(vespa_json_next(&json, VESPA_LITERAL("[true,\"a\""), false, &token),
                     VESPA_JSON_TOKEN);
    assert_int_equal(token.kind, VESPA_JSON_STRING);
}

static void an_empty_portion_changes_nothing(void **state)
{
    struct vespa_json json;
    struct vespa_json_token token;

    (void)state;
    vespa_json_init(&json, 0);
    assert_int_equal(vespa_json_next(&json, vespa_slice(NULL, 0), false, &token), VESPA_JSON_MORE);
    assert_int_equal(vespa_json_next(&json, VESPA_LITERAL("\"a"), false, &token), VESPA_JSON_MORE);
    assert_int_equal(vespa_json_next(&json, VESPA_LITERAL("\"a"), false, &token), VESPA_JSON_MORE);
    assert_int_equal(vespa_json_next(&json, VESPA_LITERAL("\"ab\""), true, &token),
                     VESPA_JSON_TOKEN);
    assert_int_equal(token.start, 1);
    assert_int_equal(token.end, 3);
}

static void an_ended_document_may_still_be_followed_by_white_space_only(void **state)
{
    struct vespa_json json;
    struct vespa_json_token token;

    (void)state;
    vespa_json_init(&json, 0);
    assert_int_equal(vespa_json_next(&json, VESPA_LITERAL("true"), false, &token),
                     VESPA_JSON_TOKEN);
    assert_int_equal(vespa_json_next(&json, VESPA_LITERAL("true\n"), false, &token),
                     VESPA_JSON_MORE);
    assert_int_equal(vespa_json_next(&json, VESPA_LITERAL("true\n,"), false, &token),
                     VESPA_JSON_ERROR);
    assert_int_equal(json.error_offset, 5);
}

static void an_end_stays_an_end_and_an_error_an_error(void **state)
{
    struct vespa_json json;
    struct vespa_json_token token;

    (void)state;
    vespa_json_init(&json, 0);
    assert_int_equal(vespa_json_next(&json, VESPA_LITERAL("1"), true, &token), VESPA_JSON_TOKEN);
    for (int i = 0; i < 2; i++)
        assert_int_equal(vespa_json_next(&json, VESPA_LITERAL("1"), true, &token), VESPA_JSON_END);

    vespa_json_init(&json, 0);
    assert_int_equal(vespa_json_next(&json, VESPA_LITERAL("]"), false, &token), VESPA_JSON_ERROR);
    assert_int_equal(vespa_json_next(&json, VESPA_LITERAL("] "), true, &token), VESPA_JSON_ERROR);
    assert_int_equal(json.error_offset, 0);
    assert_string_equal(json.expected, "a value");
}

static void an_error_at_the_end_stays_when_more_comes_after_all(void **state)
{
    struct vespa_json json;
    struct vespa_json_token token;

    (void)state;
    vespa_json_init(&json, 0);
    assert_int_equal(vespa_json_next(&json, VESPA_LITERAL("\"a"), true, &token), VESPA_JSON_ERROR);
    assert_int_equal(vespa_json_next(&json, VESPA_LITERAL("\"a\""), true, &token),
                     VESPA_JSON_ERROR);
    assert_int_equal(json.error_offset, 2);
}

static void the_offset_tells_how_much_was_read(void **state)
{
    struct vespa_json json;
    struct vespa_json_token token;

    (void)state;
    vespa_json_init(&json, 0);
    vespa_json_next(&json, VESPA_LITERAL("  [1,"), false, &token);
    assert_int_equal(json.offset, 3);
    vespa_json_next(&json, VESPA_LITERAL("  [1,"), false, &token);
    assert_int_equal(json.offset, 5);
}

static void long_strings_are_the_same_when_cut_anywhere(void **state)
{
    /* Longer than some blocks, with everything that needs thought at changing distances. */
    struct vespa_slice document = VESPA_LITERAL(
        "[\"0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz"
        "\\n0123456789\\u00e40123456789abcdef\303\2440123456789abcdefg\342\202\254\360\237\230\200"
        "hijklmnopqrstuvwxyz\\\"\",\"0123456789abcde\",\"0123456789abcdef\"]");
    struct recording whole = record_whole(document, VESPA_JSON_ALL_DEPTHS);

    (void)state;
    assert_int_equal(whole.verdict, VESPA_JSON_END);
    for (size_t first = 0; first <= document.length; first++) {
        for (size_t second = first; second <= document.length; second++) {
            size_t cuts[] = {first, second};
            struct recording parts = record(document, VESPA_JSON_ALL_DEPTHS, cuts, 2);
            assert_recordings_equal("a long string", &whole, &parts);
            recording_free(&parts);
        }
    }
    recording_free(&whole);
}

/* Errors. */

static void an_error_names_its_offset_and_what_was_expected(void **state)
{
    static const struct {
        struct vespa_slice document;
        size_t offset;
        const char *expected;
    } rows[] = {
        {VESPA_LITERAL(""), 0, "a value"},
        {VESPA_LITERAL("  "), 2, "a value"},
        {VESPA_LITERAL("\357\273\277{}"), 0, "a value"},
        {VESPA_LITERAL("[1,]"), 3, "a value"},
        {VESPA_LITERAL("[}"), 1, "a value or ']'"},
        {VESPA_LITERAL("["), 1, "a value or ']'"},
        {VESPA_LITERAL("{1:2}"), 1, "a string or '}'"},
        {VESPA_LITERAL("{\"a\":1,}"), 7, "a string"},
        {VESPA_LITERAL("{\"a\" 1}"), 5, "':'"},
        {VESPA_LITERAL("[1 2]"), 3, "',' or ']'"},
        {VESPA_LITERAL("[1"), 2, "',' or ']'"},
        {VESPA_LITERAL("{\"a\":1]"), 6, "',' or '}'"},
        {VESPA_LITERAL("{} x"), 3, "the end of the document"},
        {VESPA_LITERAL("\"a"), 2, "'\"'"},
        {VESPA_LITERAL("\"\\x\""), 2, "one of \" \\ / b f n r t u"},
        {VESPA_LITERAL("\"\\u00g0\""), 5, "a hexadecimal digit"},
        {VESPA_LITERAL("\"\\u00"), 5, "a hexadecimal digit"},
        {VESPA_LITERAL("\"a\nb\""), 2, "an escape instead of a control character"},
        {VESPA_LITERAL("\"a\200\""), 2, "valid UTF-8"},
        {VESPA_LITERAL("\"\342\202\""), 3, "valid UTF-8"},
        {VESPA_LITERAL("\"\355\240\200\""), 2, "valid UTF-8"},
        {VESPA_LITERAL("-"), 1, "a digit"},
        {VESPA_LITERAL("[1.]"), 3, "a digit"},
        {VESPA_LITERAL("[1e+]"), 4, "a digit"},
        {VESPA_LITERAL("[trux]"), 4, "true"},
        {VESPA_LITERAL("fals"), 4, "false"},
        {VESPA_LITERAL("nil"), 1, "null"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_error(rows[i].document, rows[i].offset, rows[i].expected);
}

/* The contents of strings. */

static void assert_contents(struct vespa_slice document, struct vespa_slice expected)
{
    struct recording recording = record_whole(document, 0);

    assert_int_equal(recording.verdict, VESPA_JSON_END);
    struct vespa_json_token token = recording.tokens[0];
    char *exact = malloc(token.end - token.start);
    size_t length = vespa_json_unescape(document, &token, exact);
    assert_int_equal(length, expected.length);
    if (length)
        assert_memory_equal(exact, expected.data, length);
    assert_true(vespa_json_string_is(document, &token, expected));
    free(exact);
    recording_free(&recording);
}

static void escapes_are_resolved(void **state)
{
    (void)state;
    assert_contents(VESPA_LITERAL("\"\""), VESPA_LITERAL(""));
    assert_contents(VESPA_LITERAL("\"plain\""), VESPA_LITERAL("plain"));
    assert_contents(VESPA_LITERAL("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""),
                    VESPA_LITERAL("\"\\/\b\f\n\r\t"));
    assert_contents(VESPA_LITERAL("\"a\\u0062c\\u0000d\""), VESPA_LITERAL("abc\0d"));
    assert_contents(VESPA_LITERAL("\"\\u007f\\u0080\\u07FF\\u0800\\uffff\""),
                    VESPA_LITERAL("\177\302\200\337\277\340\240\200\357\277\277"));
    assert_contents(VESPA_LITERAL("\"\\\\u0041\""), VESPA_LITERAL("\\u0041"));
}

static void surrogate_pairs_become_one_character(void **state)
{
    (void)state;
    assert_contents(VESPA_LITERAL("\"\\ud83d\\uDE00\""), VESPA_LITERAL("\360\237\230\200"));
    assert_contents(VESPA_LITERAL("\"\\uD800\\uDC00\\uDBFF\\uDFFF\""),
                    VESPA_LITERAL("\360\220\200\200\364\217\277\277"));
}

static void lone_surrogates_become_the_replacement_character(void **state)
{
    (void)state;
    assert_contents(VESPA_LITERAL("\"\\ud83d\""), VESPA_LITERAL("\357\277\275"));
    assert_contents(VESPA_LITERAL("\"\\ude00x\""), VESPA_LITERAL("\357\277\275x"));
    assert_contents(VESPA_LITERAL("\"\\ude00\\ude01\""), VESPA_LITERAL("\357\277\275\357\277\275"));
    assert_contents(VESPA_LITERAL("\"\\ud83dabcdef\""), VESPA_LITERAL("\357\277\275abcdef"));
    assert_contents(VESPA_LITERAL("\"\\ud83d\\nabcd\""), VESPA_LITERAL("\357\277\275\nabcd"));
    assert_contents(VESPA_LITERAL("\"\\ud83d\\u0041\""), VESPA_LITERAL("\357\277\275A"));
    assert_contents(VESPA_LITERAL("\"\\ud83d\\ud83d\\ude00\""),
                    VESPA_LITERAL("\357\277\275\360\237\230\200"));
}

static void a_string_is_compared_by_its_contents(void **state)
{
    struct vespa_slice document = VESPA_LITERAL("\"max\\u005ftokens\"");
    struct recording recording = record_whole(document, 0);
    const struct vespa_json_token *token = &recording.tokens[0];

    (void)state;
    assert_true(vespa_json_string_is(document, token, VESPA_LITERAL("max_tokens")));
    assert_false(vespa_json_string_is(document, token, VESPA_LITERAL("max_token")));
    assert_false(vespa_json_string_is(document, token, VESPA_LITERAL("max_tokens_")));
    assert_false(vespa_json_string_is(document, token, VESPA_LITERAL("max-tokens")));
    assert_false(vespa_json_string_is(document, token, VESPA_LITERAL("max\\u005ftokens")));
    assert_false(vespa_json_string_is(document, token, VESPA_LITERAL("")));
    recording_free(&recording);
}

/* The search by blocks. */

static void a_plain_span_ends_before_every_byte_that_needs_thought(void **state)
{
    (void)state;
    for (size_t length = 1; length <= 40; length++) {
        for (size_t place = 0; place < length; place++) {
            for (int byte = 0; byte < 256; byte++) {
                bool plain = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
                char *text = malloc(length);
                assert_non_null(text);
                memset(text, 'x', length);
                text[place] = (char)byte;
                assert_int_equal(vespa_json_plain_span(text, length), plain ? length : place);
                free(text);
            }
        }
    }
}

static void neighbours_of_a_byte_do_not_hide_it(void **state)
{
    /* Sums that ran over into the next byte would show here. */
    static const unsigned char others[] = {0x00, 0x1F, 0x20, 0x21, 0x22, 0x23,
                                           0x5B, 0x5C, 0x5D, 0x7F, 0x80, 0xFF};
    char text[16];

    (void)state;
    for (size_t a = 0; a < sizeof(others); a++) {
        for (size_t b = 0; b < sizeof(others); b++) {
            memset(text, ' ', sizeof(text));
            text[8] = (char)others[a];
            text[9] = (char)others[b];
            bool first = reference_in(others[a], " !#[]\177");
            bool second = reference_in(others[b], " !#[]\177");
            assert_int_equal(vespa_json_plain_span(text, sizeof(text)), !first    ? 8
                                                                        : !second ? 9
                                                                                  : sizeof(text));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_of_the_suite_gets_its_verdict),
        cmocka_unit_test(every_case_agrees_with_the_grammar_read_by_recursive_descent),
        cmocka_unit_test(every_case_gives_the_same_when_cut_anywhere),
        cmocka_unit_test(every_case_gives_the_same_byte_by_byte),
        cmocka_unit_test(any_two_bytes_between_letters_are_judged_as_by_the_grammar),
        cmocka_unit_test(every_code_point_is_judged_as_by_the_grammar_in_every_length),
        cmocka_unit_test(any_byte_at_any_place_of_a_sequence_is_judged_as_by_the_grammar),
        cmocka_unit_test(arrays_nest_1024_deep_and_not_1025),
        cmocka_unit_test(objects_nest_1024_deep_and_not_1025),
        cmocka_unit_test(n_structure_100000_opening_arrays),
        cmocka_unit_test(n_structure_open_array_object),
        cmocka_unit_test(i_structure_500_nested_arrays),
        cmocka_unit_test(every_level_remembers_its_own_kind_of_bracket),
        cmocka_unit_test(a_level_can_be_an_object_first_and_an_array_later),
        cmocka_unit_test(tokens_come_with_their_depth),
        cmocka_unit_test(tokens_deeper_than_asked_for_are_not_reported),
        cmocka_unit_test(tokens_deeper_than_asked_for_are_checked),
        cmocka_unit_test(a_scalar_document_is_one_token_at_depth_0),
        cmocka_unit_test(numbers_keep_their_digits),
        cmocka_unit_test(only_strings_with_a_backslash_are_called_escaped),
        cmocka_unit_test(a_number_at_the_end_of_a_portion_waits_for_the_next_byte),
        cmocka_unit_test(a_number_ends_with_the_document),
        cmocka_unit_test(strings_and_literals_do_not_wait),
        cmocka_unit_test(an_empty_portion_changes_nothing),
        cmocka_unit_test(an_ended_document_may_still_be_followed_by_white_space_only),
        cmocka_unit_test(an_end_stays_an_end_and_an_error_an_error),
        cmocka_unit_test(an_error_at_the_end_stays_when_more_comes_after_all),
        cmocka_unit_test(the_offset_tells_how_much_was_read),
        cmocka_unit_test(long_strings_are_the_same_when_cut_anywhere),
        cmocka_unit_test(an_error_names_its_offset_and_what_was_expected),
        cmocka_unit_test(escapes_are_resolved),
        cmocka_unit_test(surrogate_pairs_become_one_character),
        cmocka_unit_test(lone_surrogates_become_the_replacement_character),
        cmocka_unit_test(a_string_is_compared_by_its_contents),
        cmocka_unit_test(a_plain_span_ends_before_every_byte_that_needs_thought),
        cmocka_unit_test(neighbours_of_a_byte_do_not_hide_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
