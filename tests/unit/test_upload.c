/* Forms in parts, and the JSON that they become. */
#include "core/upload.h"

#include "core/base64.h"
#include "core/multipart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define TYPE        "multipart/form-data; boundary=XX"
#define FIELD(name) "--XX\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n"
#define FILE_PART(name, file)                                                              \
    "--XX\r\nContent-Disposition: form-data; name=\"" name "\"; filename=\"" file "\"\r\n" \
    "Content-Type: audio/mpeg\r\n\r\n"
#define END "--XX--\r\n"

static enum vespa_upload translate(const char *type, struct vespa_slice body,
                                   struct vespa_buffer *json, const char **problem)
{
    *json = (struct vespa_buffer){0};
    return vespa_upload_translate(vespa_slice_of(type), body, json, problem);
}

static void assert_json(const char *type, const char *body, const char *expected)
{
    struct vespa_buffer json;
    const char *problem;
    if (translate(type, vespa_slice_of(body), &json, &problem) != VESPA_UPLOAD_TRANSLATED)
        fail_msg("%s: %s", body, problem);
    assert_string_equal(json.data, expected);
    vespa_buffer_free(&json);
}

static void assert_refused(const char *type, const char *body, const char *expected)
{
    struct vespa_buffer json;
    const char *problem;
    assert_int_equal(translate(type, vespa_slice_of(body), &json, &problem),
                     VESPA_UPLOAD_MALFORMED);
    if (!strstr(problem, expected))
        fail_msg("%s: %s", body, problem);
    vespa_buffer_free(&json);
}

/* ---- base64 ---------------------------------------------------------------------------------- */

/* RFC 4648 §10 */
static void base64_is_written_as_its_rfc_has_it(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"\xFB\xFF\xBF", "+/+/"}};
    for (size_t i = 0; i < 7; i++) {
        struct vespa_buffer text = {0}, back = {0};
        vespa_base64_encode(vespa_slice_of(cases[i][0]), &text);
        assert_string_equal(text.data, cases[i][1]);
        assert_true(vespa_base64_decode(vespa_buffer_slice(&text), &back));
        assert_true(vespa_slice_equal(vespa_buffer_slice(&back), vespa_slice_of(cases[i][0])));
        vespa_buffer_free(&text);
        vespa_buffer_free(&back);
    }
}

/* ---- translating ----------------------------------------------------------------------------- */

static void an_audio_form_becomes_json(void **state)
{
    (void)state;
    assert_json(TYPE, FIELD("model") "whisper-1\r\n" FILE_PART("file", "a b.mp3") "foob\r\n" END,
                "{\"model\": \"whisper-1\", \"file\": \"Zm9vYg==\", \"filename\": \"a b.mp3\"}");
}

static void images_have_their_names_beside_them(void **state)
{
    (void)state;
    assert_json(TYPE, FILE_PART("image", "a.png") "f\r\n" FILE_PART("mask", "m.png") "fo\r\n" END,
                "{\"image\": \"Zg==\", \"image_filename\": \"a.png\", \"mask\": \"Zm8=\", "
                "\"mask_filename\": \"m.png\"}");
    assert_json(TYPE,
                FILE_PART("image[]", "a.png") "f\r\n" FIELD("prompt") "two\r\n" FILE_PART(
                    "image[]", "b.png") "fo\r\n" END,
                "{\"image\": [\"Zg==\", \"Zm8=\"], \"image_filename\": [\"a.png\", \"b.png\"], "
                "\"prompt\": \"two\"}");
}

static void repeated_and_bracketed_fields_are_arrays(void **state)
{
    (void)state;
    assert_json(TYPE, FIELD("g[]") "word\r\n" END, "{\"g\": [\"word\"]}");
    assert_json(TYPE, FIELD("g") "a\r\n" FIELD("h") "\r\n" FIELD("g") "b\r\n" END,
                "{\"g\": [\"a\", \"b\"], \"h\": \"\"}");
}

static void known_numbers_and_booleans_are_such(void **state)
{
    (void)state;
    assert_json(TYPE,
                FIELD("temperature") "0.20\r\n" FIELD("n") "2\r\n" FIELD("stream") "true\r\n" FIELD(
                    "prompt") "5\r\n" END,
                "{\"temperature\": 0.20, \"n\": 2, \"stream\": true, \"prompt\": \"5\"}");
    assert_json(
        TYPE,
        FIELD("n") "2, \"x\": 3\r\n" FIELD("temperature") " 1\r\n" FIELD("stream") "1\r\n" END,
        "{\"n\": \"2, \\\"x\\\": 3\", \"temperature\": \" 1\", \"stream\": \"1\"}");
}

static void contents_that_look_like_a_delimiter_are_contents(void **state)
{
    (void)state;
    assert_json(TYPE, FIELD("a") "a--XX\r\n--X\r\n\r\nXX\r\n" END,
                "{\"a\": \"a--XX\\r\\n--X\\r\\n\\r\\nXX\"}");
    struct vespa_buffer json;
    const char *problem;
    static const char body[] = FILE_PART("file", "x") "\0\r\n\xFF\r\n" END;
    assert_int_equal(translate(TYPE, vespa_slice(body, sizeof(body) - 1), &json, &problem),
                     VESPA_UPLOAD_TRANSLATED);
    assert_string_equal(json.data, "{\"file\": \"AA0K/w==\", \"filename\": \"x\"}");
    vespa_buffer_free(&json);
}

static void names_are_read_as_clients_write_them(void **state)
{
    (void)state;
    assert_json("Multipart/Form-Data ; charset=x; Boundary=\"X X\"",
                "ignored\r\n--X X  \r\ncontent-disposition:form-data;NAME=token; filename=plain\r\n"
                "\r\nf\r\n--X X--ignored",
                "{\"token\": \"Zg==\", \"token_filename\": \"plain\"}");
    assert_json(TYPE, FILE_PART("fi\\\"le\\\\", "C:\\tmp") "f\r\n" END,
                "{\"fi\\\"le\\\\\": \"Zg==\", \"fi\\\"le\\\\_filename\": \"C:\\\\tmp\"}");
    assert_json(TYPE, FILE_PART("file", "%22a%22%20%2") "f\r\n" END,
                "{\"file\": \"Zg==\", \"filename\": \"\\\"a\\\"%20%2\"}");
    assert_json(TYPE, FILE_PART("file", "") "\r\n" END, "{\"file\": \"\", \"filename\": \"\"}");
    assert_json(TYPE, END, "{}");
}

static void a_malformed_form_is_refused(void **state)
{
    (void)state;
    static const char boundary[] = "with a boundary";
    assert_refused("multipart/form-data", END, boundary);
    assert_refused("multipart/form-data; boundary=", END, boundary);
    assert_refused("multipart/form-data; boundary=\"XX", END, boundary);
    assert_refused("multipart/mixed; boundary=XX", END, boundary);
    assert_refused("application/x-www-form-urlencoded", "a=1", boundary);
    assert_refused(TYPE, "", boundary);
    assert_refused(TYPE, "--YY--", boundary);
    assert_refused("multipart/form-data; boundary="
                   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                   END, boundary);
    assert_refused(TYPE, FIELD("a") "cut", "does not end");
    assert_refused(TYPE, FIELD("a") "b\r\n--XX", "does not end");
    assert_refused(TYPE, FIELD("a") "b\r\n--XXY\r\n" END, "does not end");
    assert_refused(TYPE, "--XX\r\nContent-Type: a/b\r\n\r\nx\r\n" END, "without a name");
    assert_refused(TYPE, "--XX\r\nContent-Disposition: form-data\r\n\r\nx\r\n" END,
                   "without a name");
    assert_refused(TYPE, "--XX\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\nx\r\n" END,
                   "without a name");
    assert_refused(TYPE, "--XX\r\nno header at all\r\n" END, "without a name");
    assert_refused(TYPE, FIELD("a") "\xFF\r\n" END, "a file needs a filename");
    assert_refused(TYPE, FIELD("\xFF") "a\r\n" END, "not UTF-8");
}

static void what_workers_would_not_take_is_too_large(void **state)
{
    (void)state;
    static const char begin[] = FILE_PART("file", "x");
    static const char part_end[] = "\r\n";
    const size_t size = VESPA_UPLOAD_FILE_LIMIT;
    struct vespa_buffer body = {0}, json;
    const char *problem;
    char *contents = calloc(1, size + 1);
    assert_non_null(contents);
    for (size_t i = 0; i < 2; i++) {
        vespa_buffer_reset(&body);
        vespa_buffer_append_string(&body, begin);
        vespa_buffer_append(&body, vespa_slice(contents, size + i));
        vespa_buffer_append_string(&body, "\r\n" END);
        assert_int_equal(translate(TYPE, vespa_buffer_slice(&body), &json, &problem),
                         i ? VESPA_UPLOAD_TOO_LARGE : VESPA_UPLOAD_TRANSLATED);
        if (i)
            assert_non_null(strstr(problem, "25 MiB"));
        else
            assert_in_range(json.length, size / 3 * 4, size / 3 * 4 + 100);
        vespa_buffer_free(&json);
    }
    vespa_buffer_reset(&body);
    for (size_t i = 0; i < 2; i++) {
        vespa_buffer_append_string(&body, begin);
        vespa_buffer_append(&body, vespa_slice(contents, size));
        vespa_buffer_append_string(&body, part_end);
    }
    vespa_buffer_append_string(&body, END);
    assert_int_equal(translate(TYPE, vespa_buffer_slice(&body), &json, &problem),
                     VESPA_UPLOAD_TOO_LARGE);
    assert_non_null(strstr(problem, "64 MiB"));
    vespa_buffer_free(&json);
    vespa_buffer_free(&body);
    free(contents);
}

static void a_form_of_very_many_parts_is_refused(void **state)
{
    (void)state;
    struct vespa_buffer body = {0};
    for (size_t i = 0; i < 257; i++)
        vespa_buffer_append_string(&body, FIELD("a") "b\r\n");
    vespa_buffer_append_string(&body, END);
    assert_refused(TYPE, body.data, "more than 256 parts");
    vespa_buffer_free(&body);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_is_written_as_its_rfc_has_it),
        cmocka_unit_test(an_audio_form_becomes_json),
        cmocka_unit_test(images_have_their_names_beside_them),
        cmocka_unit_test(repeated_and_bracketed_fields_are_arrays),
        cmocka_unit_test(known_numbers_and_booleans_are_such),
        cmocka_unit_test(contents_that_look_like_a_delimiter_are_contents),
        cmocka_unit_test(names_are_read_as_clients_write_them),
        cmocka_unit_test(a_malformed_form_is_refused),
        cmocka_unit_test(what_workers_would_not_take_is_too_large),
        cmocka_unit_test(a_form_of_very_many_parts_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
