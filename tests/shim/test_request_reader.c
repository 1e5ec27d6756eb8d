/* A request as libcurl writes it, read back in pieces of every size. */
#include "shim/request_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define HEAD    "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=x\r\n"
#define LENGTH  HEAD "content-length: 9\r\n\r\nabc\r\n\r\nde"
#define CHUNKED HEAD "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n"

/* Feeds it in pieces of that size; the body is the caller's to free. */
static enum vespa_reading feed(const char *text, size_t piece, struct vespa_buffer *body)
{
    struct vespa_request_reader reader = {0};
    struct vespa_slice rest = vespa_slice_of(text);
    while (rest.length) {
        size_t length = piece < rest.length ? piece : rest.length;
        vespa_request_reader_feed(&reader, vespa_slice_part(rest, 0, length), body);
        rest = vespa_slice_part(rest, length, rest.length);
    }
    enum vespa_reading state = reader.state;
    if (state == VESPA_READING_DONE) {
        struct vespa_slice type =
            vespa_request_reader_header(&reader, VESPA_LITERAL("content-type"));
        assert_true(vespa_slice_equal(type, VESPA_LITERAL("multipart/form-data; boundary=x")));
        assert_int_equal(vespa_request_reader_header(&reader, VESPA_LITERAL("post")).length, 0);
    }
    vespa_request_reader_end(&reader);
    return state;
}

static void assert_read(const char *text, const char *expected)
{
    for (size_t piece = 1; piece <= strlen(text); piece++) {
        struct vespa_buffer body = {0};
        assert_int_equal(feed(text, piece, &body), VESPA_READING_DONE);
        assert_string_equal(body.data ? body.data : "", expected);
        vespa_buffer_free(&body);
    }
}

static void a_body_of_known_length_is_read(void **state)
{
    (void)state;
    assert_read(LENGTH, "abc\r\n\r\nde");
    assert_read(HEAD "Content-Length: 0\r\n\r\n", "");
}

static void a_body_in_chunks_is_read(void **state)
{
    (void)state;
    assert_read(CHUNKED, "abc0123456789");
    assert_read(HEAD "Transfer-Encoding: chunked\r\n\r\n1;x=y\r\na\r\n0\r\nTrailer: 1\r\n\r\n",
                "a");
}

static void what_is_cut_is_not_done(void **state)
{
    (void)state;
    static const char *const texts[] = {LENGTH, CHUNKED};
    for (size_t i = 0; i < 2; i++)
        for (size_t cut = 0; cut < strlen(texts[i]); cut++) {
            struct vespa_buffer body = {0};
            char text[300];
            memcpy(text, texts[i], cut);
            text[cut] = '\0';
            assert_true(feed(text, 1, &body) < VESPA_READING_DONE);
            vespa_buffer_free(&body);
        }
}

static void what_libcurl_does_not_write_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        HEAD "\r\nabc",
        HEAD "Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
        HEAD "Transfer-Encoding: chunked\r\n\r\n\r\n",
    };
    for (size_t i = 0; i < 3; i++) {
        struct vespa_buffer body = {0};
        assert_int_equal(feed(texts[i], 100, &body), VESPA_READING_BROKEN);
        vespa_buffer_free(&body);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_of_known_length_is_read),
        cmocka_unit_test(a_body_in_chunks_is_read),
        cmocka_unit_test(what_is_cut_is_not_done),
        cmocka_unit_test(what_libcurl_does_not_write_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
