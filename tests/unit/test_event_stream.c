/* Streams of events: whether they came to their end. */
#include "core/event_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static bool begins(const char *text)
{
    struct vespa_head head;
    assert_true(vespa_head_parse(vespa_slice_of(text), &head));
    return vespa_event_stream_begins(&head);
}

static void a_stream_is_known_by_its_type(void **state)
{
    (void)state;
    assert_true(begins("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"));
    assert_true(
        begins("HTTP/1.1 200 OK\r\ncontent-type: Text/Event-Stream ; charset=utf-8\r\n\r\n"));
    assert_false(begins("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream2\r\n\r\n"));
    assert_false(begins("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"));
    assert_false(begins("HTTP/1.1 200 OK\r\n\r\n"));
    assert_false(begins("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                        "Content-Encoding: gzip\r\n\r\n"));
}

/* In one piece, and byte by byte. */
static void assert_done(const char *text, bool expected)
{
    struct vespa_event_stream whole = {0}, bytes = {0};
    vespa_event_stream_feed(&whole, vespa_slice_of(text));
    for (; *text; text++)
        vespa_event_stream_feed(&bytes, vespa_slice(text, 1));
    vespa_event_stream_feed(&bytes, vespa_slice(NULL, 0));
    assert_int_equal(vespa_event_stream_is_done(&whole), expected);
    assert_int_equal(vespa_event_stream_is_done(&bytes), expected);
}

static void it_is_complete_when_its_last_event_says_so(void **state)
{
    (void)state;
    assert_done("data: {\"x\":1}\n\ndata: [DONE]\n\n", true);
    assert_done("data: {\"x\":\"0123456789012345678901234567890123456789\"}\r\n\r\n"
                "data:[DONE]\r\n\r\n",
                true);
    assert_done("data: [DONE]", true);
    assert_done("", false);
    assert_done("\n\n", false);
    assert_done("data: {\"x\":1}\n\n", false);
    assert_done("data: {\"x\":\"data: [DONE]\"}\n\n", false);
    assert_done("data: [DONE]\n\ndata: {\"more\":1}\n\n", false);
    assert_done("data: [DON", false);
    assert_done("a very long line that ends in the very words data: [DONE]\n\n", false);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_is_known_by_its_type),
        cmocka_unit_test(it_is_complete_when_its_last_event_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
