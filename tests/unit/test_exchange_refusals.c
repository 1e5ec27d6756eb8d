/* What is wrong with a request is said at once, before anything is sent anywhere (design.md §4). */
#include "exchange_play.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void expect_refusal(struct play *play, int status, const char *code, const char *words)
{
    play_begin(play);
    play_reply(play, status, code, words);
    vespa_exchange_replied(play->exchange, play->now);
    play_next(play, VESPA_DONE);
    assert_int_equal(counted(play, VESPA_COUNT_ROUTE_CALLS), 0);
}

static void an_unusable_configuration_is_a_500_that_says_why(void **state)
{
    struct play *play = *state;
    set_text(&play->rule->problem, "VAST_API_KEY is not set");
    expect_refusal(play, 500, "configuration", "VAST_API_KEY is not set");
    assert_int_equal(counted(play, VESPA_COUNT_REPLIES), 1);
    assert_logged(play, "error: POST /v1/chat/completions: answered 500");
}

static void an_unknown_endpoint_is_a_404_that_lists_the_known_ones(void **state)
{
    struct play *play = *state;
    play->request.match = VESPA_UNKNOWN_ENDPOINT;
    expect_refusal(play, 404, "unknown_endpoint", "my-endpoint");
}

static void ambiguous_endpoints_are_a_500(void **state)
{
    struct play *play = *state;
    play->request.match = VESPA_AMBIGUOUS;
    expect_refusal(play, 500, "configuration", "ambiguous");
}

static void a_form_is_a_415(void **state)
{
    struct play *play = *state;
    play->request.body_kind = VESPA_BODY_FORM;
    expect_refusal(play, 415, "unsupported_body", "form");
}

static void a_body_beyond_the_limit_is_a_413(void **state)
{
    struct play *play = *state;
    play->request.body_kind = VESPA_BODY_TOO_LARGE;
    expect_refusal(play, 413, "body_too_large", "1000000 bytes");
}

static void methods_that_are_not_for_origins_are_a_405(void **state)
{
    struct play *play = *state;
    play->request.method = VESPA_LITERAL("CONNECT");
    play_begin(play);
    assert_true(reply_has_header(play_reply(play, 405, "method_not_allowed", "CONNECT"), "Allow"));
    play->request.method = VESPA_LITERAL("TRACE");
    expect_refusal(play, 405, "method_not_allowed", "TRACE");
}

static void a_method_that_is_no_token_is_a_400(void **state)
{
    struct play *play = *state;
    play->request.method = VESPA_LITERAL("GET /x HTTP/1.1\r\nHost: a");
    expect_refusal(play, 400, "invalid_request", "method");
}

static void a_body_that_is_not_json_is_a_400_with_the_place(void **state)
{
    struct play *play = *state;
    play_body(play, "{\"a\": secret}");
    expect_refusal(play, 400, "invalid_json", "at byte 6 of 13");
    assert_not_logged(play, "secret");
    play_body(play, "a=1&b=2");
    expect_refusal(play, 400, "invalid_json", "at byte 0 of 7");
    play_body(play, "  ");
    expect_refusal(play, 400, "invalid_json", "at byte 2 of 2");
}

static void a_bodied_get_must_hold_an_object(void **state)
{
    struct play *play = *state;
    static const char *const methods[] = {"GET", "HEAD", "DELETE"};
    play_body(play, "[1]");
    for (size_t i = 0; i < COUNT(methods); i++) {
        play->request.method = vespa_slice_of(methods[i]);
        expect_refusal(play, 400, "invalid_request", "must be a JSON object");
    }
}

static void parameters_that_could_replace_the_signature_are_refused(void **state)
{
    struct play *play = *state;
    play->request.url = VESPA_LITERAL("http://my-endpoint.vespa.internal/?serverless%5Furl=x");
    expect_refusal(play, 400, "invalid_request", "reserved");
    play->request.url = VESPA_LITERAL(URL);
    play->request.target = VESPA_LITERAL("/a?a=1&Serverless_signature=x");
    expect_refusal(play, 400, "invalid_request", "reserved");
    play->request.target = VESPA_LITERAL("");
    play->request.method = VESPA_LITERAL("DELETE");
    play_body(play, "{\"serverless_cost\": 1}");
    expect_refusal(play, 400, "invalid_request", "reserved");
}

static void a_malformed_cost_header_is_named(void **state)
{
    struct play *play = *state;
    static const char *const values[] = {"", "many", "-1", "0", "1e", "0x10", "NaN", "1 2"};
    for (size_t i = 0; i < COUNT(values); i++) {
        struct vespa_header header = {VESPA_LITERAL("x-serverless-cost"),
                                      vespa_slice_of(values[i])};
        play_headers(play, &header, 1);
        expect_refusal(play, 400, "invalid_request", "X-Serverless-Cost");
    }
}

static void what_could_end_a_line_is_refused(void **state)
{
    struct play *play = *state;
    static const struct vespa_slice urls[] = {
        VESPA_LITERAL("http://my-endpoint.vespa.internal/a\r\nX: y"),
        VESPA_LITERAL("http://my-endpoint.vespa.internal/a\0b"),
        VESPA_LITERAL("http://my-endpoint.vespa.internal/a b"),
        VESPA_LITERAL("http://my-endpoint.vespa.internal/a?\x01"),
    };
    static const struct vespa_slice targets[] = {
        VESPA_LITERAL("/a b"),    VESPA_LITERAL("/a\r\nX: y"), VESPA_LITERAL("/a\0"),
        VESPA_LITERAL("/a#b"),    VESPA_LITERAL("a"),          VESPA_LITERAL("*"),
        VESPA_LITERAL("@evil/a"), VESPA_LITERAL("/\x7F"),      VESPA_LITERAL("?a=1"),
    };
    for (size_t i = 0; i < COUNT(urls); i++) {
        play->request.url = urls[i];
        expect_refusal(play, 400, "invalid_request", "URL");
    }
    play->request.url = VESPA_LITERAL(URL);
    for (size_t i = 0; i < COUNT(targets); i++) {
        play->request.target = targets[i];
        expect_refusal(play, 400, "invalid_request", "target");
    }
}

static void a_header_that_passes_must_be_one_line(void **state)
{
    struct play *play = *state;
    static const struct vespa_header bad[] = {
        {VESPA_LITERAL("Accept"), VESPA_LITERAL("a\r\nX-Evil: b")},
        {VESPA_LITERAL("accept"), VESPA_LITERAL("a\nb")},
        {VESPA_LITERAL("User-Agent"), VESPA_LITERAL("a\0b")},
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        play_headers(play, &bad[i], 1);
        expect_refusal(play, 400, "invalid_request", "line break");
    }
}

static void a_header_that_stays_here_may_be_anything(void **state)
{
    struct play *play = *state;
    static const struct vespa_header odd[] = {
        {VESPA_LITERAL("X-Mine"), VESPA_LITERAL("a\r\nAccept: b")},
        {VESPA_LITERAL("Accept: a\r\nX"), VESPA_LITERAL("b")},
        {VESPA_LITERAL(""), VESPA_LITERAL("")},
    };
    play_headers(play, odd, COUNT(odd));
    play_post(play);
    assert_int_equal(play_send(play)->header_count, 1);
}

static void the_configuration_is_looked_at_before_the_request(void **state)
{
    struct play *play = *state;
    set_text(&play->rule->problem, "no key");
    play_body(play, "not JSON");
    expect_refusal(play, 500, "configuration", "no key");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        PLAY(an_unusable_configuration_is_a_500_that_says_why),
        PLAY(an_unknown_endpoint_is_a_404_that_lists_the_known_ones),
        PLAY(ambiguous_endpoints_are_a_500),
        PLAY(a_form_is_a_415),
        PLAY(a_body_beyond_the_limit_is_a_413),
        PLAY(methods_that_are_not_for_origins_are_a_405),
        PLAY(a_method_that_is_no_token_is_a_400),
        PLAY(a_body_that_is_not_json_is_a_400_with_the_place),
        PLAY(a_bodied_get_must_hold_an_object),
        PLAY(parameters_that_could_replace_the_signature_are_refused),
        PLAY(a_malformed_cost_header_is_named),
        PLAY(what_could_end_a_line_is_refused),
        PLAY(a_header_that_passes_must_be_one_line),
        PLAY(a_header_that_stays_here_may_be_anything),
        PLAY(the_configuration_is_looked_at_before_the_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
