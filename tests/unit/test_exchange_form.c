/* Forms on their way to a worker (protocol.md §7), and payload styles. */
#include "exchange_play.h"

#define TYPE "multipart/form-data; boundary=XX"
#define FORM                                                                               \
    "--XX\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n"          \
    "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.mp3\"\r\n\r\nfoo" \
    "\r\n--XX--\r\n"
#define JSON "{\"model\": \"whisper-1\", \"file\": \"Zm9v\", \"filename\": \"a.mp3\"}"

static const struct vespa_header form_header[] = {
    {VESPA_LITERAL("content-type"), VESPA_LITERAL(TYPE)}};

static void play_form(struct play *play)
{
    play_body(play, FORM);
    play->request.body_kind = VESPA_BODY_FORM;
    play->request.content_type = VESPA_LITERAL(TYPE);
}

static void assert_payload(const struct vespa_send *send, const char *payload)
{
    char expected[600];
    char *body = whole_body(send);
    snprintf(expected, sizeof(expected), "}, \"payload\": %s}", payload);
    assert_non_null(strstr(body, expected));
    assert_header(send->headers, send->header_count, "Content-Type", "application/json");
    assert_int_equal(send->header_count, 1);
    free(body);
}

static void a_form_is_translated_where_the_rule_says_so(void **state)
{
    struct play *play = *state;
    play->rule->translates_uploads = true;
    play_form(play);
    play_begin(play);
    assert_payload(play_send(play), JSON);
    play_delivered(play, OK_HEAD);
}

static void a_form_that_a_program_made_itself_is_one_too(void **state)
{
    struct play *play = *state;
    play->rule->translates_uploads = true;
    play->rule->payload = VESPA_PAYLOAD_INPUT;
    play_body(play, FORM);
    play_headers(play, form_header, 1);
    play_begin(play);
    assert_payload(play_send(play), "{\"input\": " JSON "}");
}

static void without_that_a_form_is_415(void **state)
{
    struct play *play = *state;
    play_form(play);
    play_begin(play);
    play_reply(play, 415, "unsupported_body", "uploads");
    play_body(play, FORM);
    play_headers(play, form_header, 1);
    play_begin(play);
    play_reply(play, 415, "unsupported_body", "The body is a form");
}

static void a_form_that_is_not_in_parts_or_not_there_is_415(void **state)
{
    struct play *play = *state;
    play->rule->translates_uploads = true;
    play_body(play, "a=1&b=2");
    play->request.body_kind = VESPA_BODY_FORM;
    play->request.content_type = VESPA_LITERAL("application/x-www-form-urlencoded");
    play_begin(play);
    play_reply(play, 415, "unsupported_body", "The body is a form");
    play->request.content_type = vespa_slice(NULL, 0);
    play_begin(play);
    play_reply(play, 415, "unsupported_body", "The body is a form");
}

static void a_malformed_form_is_400(void **state)
{
    struct play *play = *state;
    play->rule->translates_uploads = true;
    play_form(play);
    play->request.body.length -= 8;
    play_begin(play);
    play_reply(play, 400, "invalid_form", "does not end as its first line announces");
}

static void each_attempt_and_the_fallback_get_the_same_json(void **state)
{
    struct play *play = *state;
    play->rule->translates_uploads = true;
    play_form(play);
    play_begin(play);
    assert_payload(play_send(play), JSON);
    play_failed(play, VESPA_FAILURE_CONNECT);
    assert_payload(play_send(play), JSON);
}

static void a_form_has_the_default_workload(void **state)
{
    struct play *play = *state;
    play->rule->translates_uploads = true;
    play_form(play);
    play_begin(play);
    assert_holds(play_call(play, VESPA_ASK_FOR_WORKER)->body, "\"cost\": 100}");
}

static void input_wraps_each_kind_of_body(void **state)
{
    struct play *play = *state;
    static const char body[] = "{\"a\":1.50}";
    play->rule->payload = VESPA_PAYLOAD_INPUT;
    play_body(play, body);
    play_begin(play);
    const struct vespa_send *send = play_send(play);
    assert_payload(send, "{\"input\": {\"a\":1.50}}");
    assert_ptr_equal(send->segments[1].data, body); /* not copied */
    play->request.body_kind = VESPA_BODY_NONE;
    play_begin(play);
    assert_payload(play_send(play), "{\"input\": {}}");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        PLAY(a_form_is_translated_where_the_rule_says_so),
        PLAY(a_form_that_a_program_made_itself_is_one_too),
        PLAY(without_that_a_form_is_415),
        PLAY(a_form_that_is_not_in_parts_or_not_there_is_415),
        PLAY(a_malformed_form_is_400),
        PLAY(each_attempt_and_the_fallback_get_the_same_json),
        PLAY(a_form_has_the_default_workload),
        PLAY(input_wraps_each_kind_of_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
