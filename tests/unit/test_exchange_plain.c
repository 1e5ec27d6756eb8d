/* The plain path of a request: a worker is asked for, the request sent, the answer delivered. */
#include "exchange_play.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void the_autoscaler_is_asked_for_a_worker(void **state)
{
    struct play *play = *state;
    play_body(play, "{\"max_tokens\": 250}");
    play_begin(play);
    const struct vespa_call *call = play_call(play, VESPA_ASK_FOR_WORKER);
    assert_string_equal(call->method, "POST");
    assert_string_equal(call->url, "https://run.vast.ai/route/");
    assert_slice(call->body, "{\"endpoint\": \"my-endpoint\", \"cost\": 250}");
    assert_header(call->headers, call->header_count, "Authorization", "Bearer " ENDPOINT_KEY);
    assert_header(call->headers, call->header_count, "Content-Type", "application/json");
    assert_int_equal(call->timeout_ms, 10000);
    assert_int_equal(call->answer_limit, 65536);
}

static void the_request_goes_to_the_assigned_worker_in_its_envelope(void **state)
{
    struct play *play = *state;
    play_body(play, " {\"seed\":12345678901234567890, \"seed\":1e400, \"t\":\"\\u00e9\"}\n");
    play_begin(play);
    const struct vespa_send *send = play_send(play);
    assert_string_equal(send->method, "POST");
    assert_string_equal(send->url, WORKER "/v1/chat/completions");
    assert_string_equal(send->ca_file, "/etc/workers.pem");
    assert_int_equal(send->ca_pem.length, 0);
    assert_true(send->has_body);
    char *body = whole_body(send);
    assert_string_equal(
        body,
        "{\"auth_data\": {\"cost\": 242.0, \"endpoint\": \"my-endpoint\", \"reqnum\": 91, "
        "\"request_idx\": 2421, \"signature\": \"c2ln+/c=\", \"url\": \"" WORKER "\"}, "
        "\"payload\":  {\"seed\":12345678901234567890, \"seed\":1e400, \"t\":\"\\u00e9\"}\n}");
    free(body);
}

static void the_applications_own_bytes_are_sent_and_not_a_copy(void **state)
{
    struct play *play = *state;
    play_post(play);
    const struct vespa_send *send = play_send(play);
    assert_ptr_equal(send->segments[1].data, play->request.body.data);
    assert_int_equal(send->segments[1].length, play->request.body.length);
}

static void an_absent_or_empty_body_is_sent_as_an_empty_object(void **state)
{
    struct play *play = *state;
    static const char *const methods[] = {"POST", "PUT", "PATCH"};
    for (size_t i = 0; i < 2 * COUNT(methods); i++) {
        play_method(play, methods[i / 2], URL);
        play->request.body_kind = i % 2 ? VESPA_BODY_NONE : VESPA_BODY_BYTES;
        play_begin(play);
        const struct vespa_send *send = play_send(play);
        assert_string_equal(send->method, methods[i / 2]);
        assert_true(send->has_body);
        assert_slice(send->segments[1], "{}");
    }
}

static void a_request_without_body_carries_the_assignment_in_its_query(void **state)
{
    struct play *play = *state;
    static const char *const methods[] = {"GET", "HEAD", "DELETE"};
    for (size_t i = 0; i < COUNT(methods); i++) {
        play_method(play, methods[i], "http://my-endpoint.vespa.internal/items?b=%20&a=1#top");
        play_begin(play);
        const struct vespa_send *send = play_send(play);
        assert_string_equal(send->method, methods[i]);
        assert_string_equal(send->url, WORKER
                            "/items?b=%20&a=1&serverless_cost=242.0&serverless_endpoint=my-endpoint"
                            "&serverless_reqnum=91&serverless_request_idx=2421"
                            "&serverless_signature=c2ln%2B%2Fc%3D"
                            "&serverless_url=https%3A%2F%2F44.20.1.7%3A8001");
        assert_false(send->has_body);
        assert_int_equal(send->header_count, 0);
        assert_int_equal(send->body_length, 0);
    }
}

static void members_of_a_bodied_delete_become_query_parameters(void **state)
{
    struct play *play = *state;
    play_method(play, "DELETE", "http://my-endpoint.vespa.internal/items");
    play_body(play, "{\"id\": 12345678901234567890, \"na me\": \"a\\u0026b\", \"l\": [1, 2]}");
    play_begin(play);
    const struct vespa_send *send = play_send(play);
    assert_holds(vespa_slice_of(send->url),
                 "/items?id=12345678901234567890&na%20me=a%26b&l=%5B1%2C%202%5D&serverless_cost=");
    assert_false(send->has_body);
}

static void a_target_takes_the_place_of_the_urls(void **state)
{
    struct play *play = *state;
    play->request.target = VESPA_LITERAL("/other?x=1");
    play_post(play);
    assert_string_equal(play_send(play)->url, WORKER "/other?x=1");
}

static void a_url_without_path_asks_for_the_root(void **state)
{
    struct play *play = *state;
    play_method(play, "POST", "my-endpoint.vespa.internal?x=1");
    play_begin(play);
    assert_string_equal(play_send(play)->url, WORKER "/?x=1");
}

static void query_parameters_that_are_credentials_stay_here(void **state)
{
    struct play *play = *state;
    play_method(play, "POST", "http://u:p@my-endpoint.vespa.internal/a?api_key=s3cret&x=1");
    play_begin(play);
    assert_string_equal(play_send(play)->url, WORKER "/a?x=1");
    play_method(play, "POST", "http://my-endpoint.vespa.internal/a?key=s3cret");
    play_begin(play);
    assert_string_equal(play_send(play)->url, WORKER "/a");
    assert_not_logged(play, "s3cret");
}

static void headers_go_by_the_allow_list_in_their_order(void **state)
{
    struct play *play = *state;
    static const struct vespa_header headers[] = {
        {VESPA_LITERAL("user-agent"), VESPA_LITERAL("app/1")},
        {VESPA_LITERAL("Authorization"), VESPA_LITERAL("Bearer mine")},
        {VESPA_LITERAL("Cookie"), VESPA_LITERAL("a=b")},
        {VESPA_LITERAL("Accept"), VESPA_LITERAL("*/*")},
        {VESPA_LITERAL("Content-Type"), VESPA_LITERAL("text/plain")},
        {VESPA_LITERAL("Content-Length"), VESPA_LITERAL("3")},
        {VESPA_LITERAL("X-Serverless-Cost"), VESPA_LITERAL("3")},
        {VESPA_LITERAL("x-api-key"), VESPA_LITERAL("mine")},
    };
    play_headers(play, headers, COUNT(headers));
    play_post(play);
    const struct vespa_send *send = play_send(play);
    assert_int_equal(send->header_count, 3);
    assert_slice(send->headers[0].name, "user-agent");
    assert_slice(send->headers[0].value, "app/1");
    assert_slice(send->headers[1].name, "Accept");
    assert_slice(send->headers[2].name, "Content-Type");
    assert_slice(send->headers[2].value, "application/json");
}

static void nothing_of_the_key_goes_to_the_worker(void **state)
{
    struct play *play = *state;
    play_post(play);
    const struct vespa_send *send = play_send(play);
    char *body = whole_body(send);
    assert_lacks(vespa_slice_of(body), ENDPOINT_KEY);
    assert_lacks(vespa_slice_of(send->url), ENDPOINT_KEY);
    free(body);
}

/* protocol.md §6: where the cost comes from, in order. */
static void the_cost_comes_from_the_first_source_that_has_one(void **state)
{
    struct play *play = *state;
    static const struct vespa_header header = {VESPA_LITERAL("x-sErverless-cOst"),
                                               VESPA_LITERAL(" 7.50 ")};
    play_body(play, "{\"max_tokens\": 250}");
    play_headers(play, &header, 1);
    set_text(&play->rule->cost, "33");
    play_begin(play);
    assert_holds(play_call(play, VESPA_ASK_FOR_WORKER)->body, "\"cost\": 7.50}");
    play_headers(play, NULL, 0);
    play_begin(play);
    assert_holds(play_call(play, VESPA_ASK_FOR_WORKER)->body, "\"cost\": 33}");
    set_text(&play->rule->cost, NULL);
    play_begin(play);
    assert_holds(play_call(play, VESPA_ASK_FOR_WORKER)->body, "\"cost\": 250}");
    play_body(play, "{}");
    play_begin(play);
    assert_holds(play_call(play, VESPA_ASK_FOR_WORKER)->body, "\"cost\": 100}");
}

static void a_body_that_was_scanned_before_is_taken_at_its_word(void **state)
{
    struct play *play = *state;
    struct vespa_payload payload;
    play_body(play, "{\"steps\": 28}");
    vespa_payload_init(&payload);
    assert_int_equal(vespa_payload_scan(&payload, play->request.body, true), VESPA_PAYLOAD_VALID);
    assert_true(vespa_slice_equal(payload.cost, VESPA_LITERAL("28")));
    payload.cost = VESPA_LITERAL("29"); /* a second scan would find 28 */
    play->request.payload = &payload;
    play_begin(play);
    assert_holds(play_call(play, VESPA_ASK_FOR_WORKER)->body, "\"cost\": 29}");
}

static void asking_again_without_a_report_gives_the_same_step(void **state)
{
    struct play *play = *state;
    play_post(play);
    assert_ptr_equal(play_call(play, VESPA_ASK_FOR_WORKER)->url,
                     play_call(play, VESPA_ASK_FOR_WORKER)->url);
    assert_int_equal(counted(play, VESPA_COUNT_ROUTE_CALLS), 1);
    play_send(play);
    play_next(play, VESPA_SEND);
    assert_int_equal(vespa_exchange_attempts(play->exchange), 1);
    play_delivered(play, OK_HEAD);
    play_next(play, VESPA_DONE);
}

static void reports_that_belong_to_no_step_change_nothing(void **state)
{
    struct play *play = *state;
    play_post(play);
    play_answer(play, 200, ASSIGNMENT);
    vespa_exchange_finished(play->exchange, play->now);
    play_failed(play, VESPA_FAILURE_CLOSED);
    vespa_exchange_replied(play->exchange, play->now);
    assert_int_equal(play_head(play, OK_HEAD), VESPA_DISCARD);
    play_send(play);
    play_answer(play, 401, "");
    play_delivered(play, OK_HEAD);
    play_failed(play, VESPA_FAILURE_CUT);
    play_next(play, VESPA_DONE);
    assert_int_equal(counted(play, VESPA_COUNT_DELIVERED), 1);
}

static void a_delivered_request_is_counted_and_logged_without_its_query(void **state)
{
    struct play *play = *state;
    play_method(play, "POST", URL "?q=hidden");
    play_body(play, "{\"prompt\":\"payload\"}");
    play_begin(play);
    play_send(play);
    play->now += 1234;
    play_delivered(play, OK_HEAD);
    assert_int_equal(counted(play, VESPA_COUNT_REQUESTS), 1);
    assert_int_equal(counted(play, VESPA_COUNT_ROUTE_CALLS), 1);
    assert_int_equal(counted(play, VESPA_COUNT_ATTEMPTS), 1);
    assert_int_equal(counted(play, VESPA_COUNT_DELIVERED), 1);
    assert_int_equal(counted(play, VESPA_COUNT_RETRIES), 0);
    assert_int_equal(counted(play, VESPA_COUNT_REPLIES), 0);
    assert_logged(play, "info: POST /v1/chat/completions: " WORKER " answered HTTP 200");
    assert_logged(play, "1234 ms");
    assert_not_logged(play, "hidden");
    assert_not_logged(play, "payload");
    assert_not_logged(play, ENDPOINT_KEY);
}

/* ---- the head on its way to the application (design.md §2.4) --------------------------------- */

static void expect_filter(struct play *play, const char *line, enum vespa_filter expected)
{
    struct vespa_slice replacement;
    if (vespa_exchange_filter(play->exchange, vespa_slice_of(line), &replacement) != expected)
        fail_msg("not %d: %s", expected, line);
}

static void expect_replaced(struct play *play, const char *line, const char *expected)
{
    struct vespa_slice replacement;
    assert_int_equal(vespa_exchange_filter(play->exchange, vespa_slice_of(line), &replacement),
                     VESPA_REPLACE);
    assert_slice(replacement, expected);
}

static void lines_that_would_speak_for_the_virtual_host_are_dropped(void **state)
{
    struct play *play = *state;
    play_post(play);
    play_send(play);
    assert_int_equal(play_head(play, OK_HEAD), VESPA_DELIVER);
    expect_filter(play, "HTTP/1.1 200 OK\r\n", VESPA_KEEP);
    expect_filter(play, "Content-Type: text/event-stream\r\n", VESPA_KEEP);
    expect_filter(play, "set-cookie: a=b\r\n", VESPA_DROP);
    expect_filter(play, " goes on\r\n", VESPA_DROP);
    expect_filter(play, "X-Mine: 1\r\n", VESPA_KEEP);
    expect_filter(play, "\tgoes on\r\n", VESPA_KEEP);
    expect_filter(play, "Strict-Transport-Security: max-age=1\r\n", VESPA_DROP);
    expect_filter(play, "\r\n", VESPA_KEEP);
}

static void a_location_on_the_worker_becomes_one_on_the_virtual_host(void **state)
{
    struct play *play = *state;
    play_method(play, "POST", "https://Api.Example:8443/a?x=1");
    play_begin(play);
    play_send(play);
    assert_int_equal(play_head(play, "HTTP/1.1 307 T\r\nLocation: " WORKER "/b?y=2\r\n\r\n"),
                     VESPA_DELIVER);
    expect_replaced(play, "location: " WORKER "/b?y=2\r\n",
                    "location: https://Api.Example:8443/b?y=2\r\n");
    expect_filter(play, " goes on\r\n", VESPA_DROP);
    expect_filter(play, "Location: /b\r\n", VESPA_KEEP);
    expect_filter(play, "Content-Location: https://elsewhere.example/\r\n", VESPA_DROP);
}

static void a_location_elsewhere_is_left_out_of_what_is_no_redirect(void **state)
{
    struct play *play = *state;
    play_post(play);
    play_send(play);
    assert_int_equal(
        play_head(play, "HTTP/1.1 201 Created\r\nLocation: https://elsewhere.example/\r\n\r\n"),
        VESPA_DELIVER);
    expect_filter(play, "Location: https://elsewhere.example/\r\n", VESPA_DROP);
}

static void a_redirect_elsewhere_is_refused(void **state)
{
    struct play *play = *state;
    static const char *const heads[] = {
        "HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/?serverless_signature=x\r\n\r\n",
        "HTTP/1.1 307 T\r\nLocation: /fine\r\nlocation: //elsewhere.example/\r\n\r\n",
        "HTTP/1.1 308 P\r\nLocation: https://44.20.1.7:8002/\r\n\r\n",
        "HTTP/1.1 301 M\r\nLocation: https://44.20.1.7:8001/\r\n @elsewhere.example\r\n\r\n",
    };
    for (size_t i = 0; i < COUNT(heads); i++) {
        play_post(play);
        play_send(play);
        play_discarded(play, heads[i]);
        play_reply(play, 502, "worker_not_acceptable", "redirect");
    }
    assert_not_logged(play, "serverless_signature");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        PLAY(the_autoscaler_is_asked_for_a_worker),
        PLAY(the_request_goes_to_the_assigned_worker_in_its_envelope),
        PLAY(the_applications_own_bytes_are_sent_and_not_a_copy),
        PLAY(an_absent_or_empty_body_is_sent_as_an_empty_object),
        PLAY(a_request_without_body_carries_the_assignment_in_its_query),
        PLAY(members_of_a_bodied_delete_become_query_parameters),
        PLAY(a_target_takes_the_place_of_the_urls),
        PLAY(a_url_without_path_asks_for_the_root),
        PLAY(query_parameters_that_are_credentials_stay_here),
        PLAY(headers_go_by_the_allow_list_in_their_order),
        PLAY(nothing_of_the_key_goes_to_the_worker),
        PLAY(the_cost_comes_from_the_first_source_that_has_one),
        PLAY(a_body_that_was_scanned_before_is_taken_at_its_word),
        PLAY(asking_again_without_a_report_gives_the_same_step),
        PLAY(reports_that_belong_to_no_step_change_nothing),
        PLAY(a_delivered_request_is_counted_and_logged_without_its_query),
        PLAY(lines_that_would_speak_for_the_virtual_host_are_dropped),
        PLAY(a_location_on_the_worker_becomes_one_on_the_virtual_host),
        PLAY(a_location_elsewhere_is_left_out_of_what_is_no_redirect),
        PLAY(a_redirect_elsewhere_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
