/* Where a request goes that no worker takes, and where it must not. */
#include "exchange_play.h"

#define OPENAI "https://api.openai.com/v1/chat/completions?api_key=mine"
#define BUSY   "HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\n"
#define OTHER_ASSIGNMENT                                                                    \
    "{\"endpoint\":\"other\", \"url\":\"https://44.20.1.8:8001\",\"cost\": 7,\"reqnum\":1," \
    "\"request_idx\":9,\"signature\":\"c2ln\"}"

static struct vespa_rule *add_other(struct play *play)
{
    struct vespa_rule *other = &play->config->rules[1];
    play->config->rule_count = 2;
    *other = (struct vespa_rule){
        .endpoint = copy_of("other"),
        .endpoint_key = copy_of("other-key"),
        .autoscaler_url = copy_of("https://run-alpha.vast.ai"),
        .console_url = copy_of("https://alpha.vast.ai"),
        .instance = copy_of("alpha"),
        .ca_file = copy_of("/etc/workers.pem"),
        .deadline_ms = 10000,
        .attempts = 2,
    };
    return other;
}

/* A second rule makes a runtime of its own necessary, which is made for one. */
static int other_setup(void **state)
{
    play_setup(state);
    struct play *play = *state;
    struct vespa_config *config = play->config;
    struct vespa_config *copy = calloc(1, sizeof(*copy));
    assert_non_null(copy);
    *copy = *config;
    copy->log_file = copy_of(config->log_file);
    copy->log.file = copy->log_file;
    config->rules = calloc(1, sizeof(*config->rules));
    config->rule_count = 0;
    vespa_runtime_free(play->runtime);
    play->config = copy;
    play->rule = &copy->rules[0];
    play->rule->fallback_rule = add_other(play);
    play->rule->fallback = VESPA_FALLBACK_ENDPOINT;
    play->rule->fallback_after_ms = 60000;
    play->runtime = vespa_runtime_new(copy, 42);
    assert_non_null(play->runtime);
    return 0;
}

#define WITH_OTHER(test) cmocka_unit_test_setup_teardown(test, other_setup, play_teardown)

static void begin_to_openai(struct play *play)
{
    play->rule->fallback = VESPA_FALLBACK_ORIGIN;
    play->rule->fallback_after_ms = 60000;
    play->request.url = VESPA_LITERAL(OPENAI);
    play_post(play);
}

static void assert_goes_to_origin(struct play *play)
{
    play_next(play, VESPA_ORIGIN);
    vespa_exchange_replied(play->exchange, play->now);
    play_next(play, VESPA_DONE);
    assert_int_equal(counted(play, VESPA_COUNT_FALLBACKS), 1);
    assert_int_equal(counted(play, VESPA_COUNT_REPLIES), 0);
}

/* ---- when ------------------------------------------------------------------------------------ */

static void no_worker_in_time_leads_to_the_fallback_at_that_time(void **state)
{
    struct play *play = *state;
    uint64_t began = play->now;
    begin_to_openai(play);
    while (play->now < began + 60000) {
        play_route(play, 200, NOT_READY);
        uint32_t wait = play_next(play, VESPA_WAIT)->wait_ms;
        assert_true(play->now + wait <= began + 60000);
        play->now += wait;
        vespa_exchange_waited(play->exchange, play->now);
    }
    assert_int_equal(play->now, began + 60000);
    assert_goes_to_origin(play);
    assert_logged(play, "no worker was ready in time");
    assert_not_logged(play, "mine");
}

static void what_no_rule_is_for_goes_to_its_origin_at_once(void **state)
{
    static const struct {
        enum vespa_body body;
        const char *method;
        int status; /* 0: it goes to its origin */
    } cases[] = {{VESPA_BODY_NONE, "GET", 0},
                 {VESPA_BODY_FORM, "POST", 0},
                 {VESPA_BODY_TOO_LARGE, "POST", 413},
                 {VESPA_BODY_NONE, "CONNECT", 405}};
    struct play *play = *state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct vespa_request request = {.match = VESPA_NOT_OURS,
                                        .method = vespa_slice_of(cases[i].method),
                                        .url = VESPA_LITERAL(OPENAI),
                                        .body_kind = cases[i].body};
        struct vespa_exchange *exchange = vespa_exchange_new(play->runtime, &request, play->now);
        const struct vespa_step *step = vespa_exchange_next(exchange, play->now);
        assert_int_equal(step->kind, cases[i].status ? VESPA_REPLY : VESPA_ORIGIN);
        if (cases[i].status)
            assert_int_equal(step->reply.status, cases[i].status);
        vespa_exchange_replied(exchange, play->now);
        assert_int_equal(vespa_exchange_next(exchange, play->now)->kind, VESPA_DONE);
        vespa_exchange_free(exchange);
    }
    assert_int_equal(counted(play, VESPA_COUNT_FALLBACKS), 0);
}

static void a_worker_in_time_is_used(void **state)
{
    struct play *play = *state;
    begin_to_openai(play);
    play_send(play);
    play->now += 100000; /* it answers late, which is not that none was there */
    play_delivered(play, OK_HEAD);
    assert_int_equal(counted(play, VESPA_COUNT_FALLBACKS), 0);
}

static void attempts_that_are_used_up_lead_to_the_fallback(void **state)
{
    struct play *play = *state;
    play->rule->attempts = 1;
    begin_to_openai(play);
    play_send(play);
    play_discarded(play, BUSY);
    assert_goes_to_origin(play);

    begin_to_openai(play);
    play_send(play);
    play_failed(play, VESPA_FAILURE_CONNECT);
    play_next(play, VESPA_ORIGIN);

    begin_to_openai(play);
    play_send(play);
    play_discarded(play, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
    play_next(play, VESPA_ORIGIN);
}

static void attempts_that_are_left_are_used_first(void **state)
{
    struct play *play = *state;
    play->rule->attempts = 2;
    begin_to_openai(play);
    play_send(play);
    play_failed(play, VESPA_FAILURE_CLOSED);
    play_send(play);
    play_failed(play, VESPA_FAILURE_TLS);
    assert_goes_to_origin(play);
}

static void an_autoscaler_that_does_not_answer_leads_to_the_fallback(void **state)
{
    struct play *play = *state;
    begin_to_openai(play);
    for (unsigned i = 1; i < 6; i++) {
        play_call(play, VESPA_ASK_FOR_WORKER);
        vespa_exchange_call_failed(play->exchange, play->now, VESPA_FAILURE_CONNECT, "refused");
        play_wait(play, 1, 10000);
    }
    play_call(play, VESPA_ASK_FOR_WORKER);
    vespa_exchange_call_failed(play->exchange, play->now, VESPA_FAILURE_CONNECT, "refused");
    assert_goes_to_origin(play);
}

/* ---- when not -------------------------------------------------------------------------------- */

static void a_job_that_may_still_be_running_is_not_given_to_another(void **state)
{
    struct play *play = *state;
    static const enum vespa_failure failures[] = {VESPA_FAILURE_TIMEOUT, VESPA_FAILURE_CUT};
    play->rule->attempts = 1;
    for (size_t i = 0; i < 2; i++) {
        begin_to_openai(play);
        play_send(play);
        play_failed(play, failures[i]);
        play_reply(play, i ? 502 : 503, i ? "worker_failed" : "worker_timeout", "not sent again");
    }
    assert_int_equal(counted(play, VESPA_COUNT_FALLBACKS), 0);
}

static void nothing_follows_a_delivered_head(void **state)
{
    struct play *play = *state;
    begin_to_openai(play);
    play_send(play);
    assert_int_equal(play_head(play, OK_HEAD), VESPA_DELIVER);
    play_failed(play, VESPA_FAILURE_CUT);
    play_next(play, VESPA_DONE);
}

static void a_second_refused_signature_is_the_answer(void **state)
{
    struct play *play = *state;
    static const char refused[] = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
    begin_to_openai(play);
    play_send(play);
    play_discarded(play, refused);
    play_send(play);
    play_delivered(play, refused);
}

static void what_is_wrong_with_the_request_or_the_key_is_told(void **state)
{
    struct play *play = *state;
    play->rule->fallback = VESPA_FALLBACK_ORIGIN;
    play->rule->fallback_after_ms = 60000;
    play->request.url = VESPA_LITERAL(OPENAI);
    play_body(play, "not json");
    play_begin(play);
    play_reply(play, 400, "invalid_json", "not JSON");

    begin_to_openai(play);
    play_route(play, 401, "{}");
    play_reply(play, 401, "wrong_key", "endpoint's");
}

static void a_virtual_host_of_our_own_is_no_origin(void **state)
{
    struct play *play = *state;
    static const char *const urls[] = {URL, "http://vespa.internal/v1/x",
                                       "http://VESPA.Internal./v1/x"};
    play->rule->fallback = VESPA_FALLBACK_ORIGIN;
    play->rule->fallback_after_ms = 1;
    play->rule->attempts = 1;
    for (size_t i = 0; i < 3; i++) {
        play->request.url = vespa_slice_of(urls[i]);
        play_post(play);
        play_route(play, 200, NOT_READY);
        play_wait(play, 2, 10000);
        play_send(play);
        play_failed(play, VESPA_FAILURE_CONNECT);
        play_reply(play, 502, "worker_failed", "could not be reached");
    }
}

static void without_a_fallback_nothing_changes(void **state)
{
    struct play *play = *state;
    play->rule->attempts = 1;
    play->request.url = VESPA_LITERAL(OPENAI);
    play_post(play);
    play_send(play);
    play_delivered(play, BUSY);
}

/* ---- another endpoint ------------------------------------------------------------------------ */

static void assert_asks_other(struct play *play, const char *worker_cost)
{
    char body[120];
    const struct vespa_call *call = play_call(play, VESPA_ASK_FOR_WORKER);
    snprintf(body, sizeof(body), "{\"endpoint\": \"other\", \"cost\": %s}", worker_cost);
    assert_string_equal(call->url, "https://run-alpha.vast.ai/route/");
    assert_slice(call->body, body);
    assert_header(call->headers, call->header_count, "Authorization", "Bearer other-key");
}

static void another_endpoint_is_asked_anew_with_its_own_key(void **state)
{
    struct play *play = *state;
    play->rule->attempts = 1;
    play_post(play);
    play_send(play);
    play_discarded(play, BUSY);
    assert_asks_other(play, "100");
    play_answer(play, 200, OTHER_ASSIGNMENT);
    const struct vespa_send *send = &play_next(play, VESPA_SEND)->send;
    assert_string_equal(send->url, "https://44.20.1.8:8001/v1/chat/completions");
    char *body = whole_body(send);
    assert_non_null(strstr(body, "\"request_idx\": 9"));
    assert_non_null(strstr(body, "\"payload\": {\"prompt\":\"Hello!\"}}"));
    free(body);
    play_delivered(play, OK_HEAD);
    assert_int_equal(vespa_exchange_attempts(play->exchange), 2);
    assert_int_equal(counted(play, VESPA_COUNT_RETRIES), 1);
    assert_logged(play, "the request goes to endpoint 'other'");
}

static void the_other_rules_headers_query_payload_and_cost_count(void **state)
{
    struct play *play = *state;
    static const struct vespa_header headers[] = {{VESPA_LITERAL("X-Mine"), VESPA_LITERAL("1")},
                                                  {VESPA_LITERAL("X-Other"), VESPA_LITERAL("2")}};
    struct vespa_rule *other = &play->config->rules[1];
    play->rule->attempts = 1;
    play->rule->pass_headers = calloc(2, sizeof(char *));
    play->rule->pass_headers[0] = copy_of("X-Mine");
    other->pass_headers = calloc(2, sizeof(char *));
    other->pass_headers[0] = copy_of("X-Other");
    other->cost = copy_of("7.50");
    other->payload = VESPA_PAYLOAD_INPUT;
    other->pass_query = calloc(2, sizeof(char *));
    other->pass_query[0] = copy_of("key");
    char url[] = URL "?a=1&key=2"; /* the driver's memory may be gone when it is needed */
    play->request.url = vespa_slice_of(url);
    play_headers(play, headers, 2);
    play_post(play);
    memset(url, '!', sizeof(url) - 1);
    const struct vespa_send *send = play_send(play);
    assert_string_equal(send->url, WORKER "/v1/chat/completions?a=1");
    assert_header(send->headers, send->header_count, "X-Mine", "1");
    play_discarded(play, BUSY);
    assert_asks_other(play, "7.50");
    play_answer(play, 200, OTHER_ASSIGNMENT);
    send = &play_next(play, VESPA_SEND)->send;
    assert_string_equal(send->url, "https://44.20.1.8:8001/v1/chat/completions?a=1&key=2");
    assert_header(send->headers, send->header_count, "X-Other", "2");
    assert_int_equal(send->header_count, 2); /* and Content-Type */
    char *body = whole_body(send);
    assert_non_null(strstr(body, "\"payload\": {\"input\": {\"prompt\":\"Hello!\"}}}"));
    free(body);
}

static void it_has_its_own_attempts_and_no_further_fallback(void **state)
{
    struct play *play = *state;
    struct vespa_rule *other = &play->config->rules[1];
    play->rule->attempts = 1;
    other->fallback = VESPA_FALLBACK_ENDPOINT;
    other->fallback_rule = play->rule;
    other->fallback_after_ms = 1;
    play_post(play);
    play_send(play);
    play_failed(play, VESPA_FAILURE_CONNECT);
    for (unsigned attempt = 1; attempt <= 2; attempt++) {
        play_route(play, 200, OTHER_ASSIGNMENT);
        play_next(play, VESPA_SEND);
        play_failed(play, VESPA_FAILURE_CONNECT);
    }
    play_reply(play, 502, "worker_failed", "attempt 2 of 2");
    assert_int_equal(counted(play, VESPA_COUNT_FALLBACKS), 1);
}

static void a_cold_endpoint_gives_way_to_another_one(void **state)
{
    struct play *play = *state;
    play->rule->fallback_after_ms = 50;
    play_post(play);
    play_route(play, 200, NOT_READY);
    assert_int_equal(play_next(play, VESPA_WAIT)->wait_ms, 50);
    play_wait(play, 50, 50);
    assert_asks_other(play, "100");
    play_answer(play, 200, OTHER_ASSIGNMENT);
    play_next(play, VESPA_SEND);
    play_delivered(play, OK_HEAD);
}

static void an_endpoint_that_is_not_configured_right_is_no_fallback(void **state)
{
    struct play *play = *state;
    play->rule->attempts = 1;
    play->config->rules[1].problem = copy_of("there is no key");
    play_post(play);
    play_send(play);
    play_delivered(play, BUSY);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        PLAY(no_worker_in_time_leads_to_the_fallback_at_that_time),
        PLAY(what_no_rule_is_for_goes_to_its_origin_at_once),
        PLAY(a_worker_in_time_is_used),
        PLAY(attempts_that_are_used_up_lead_to_the_fallback),
        PLAY(attempts_that_are_left_are_used_first),
        PLAY(an_autoscaler_that_does_not_answer_leads_to_the_fallback),
        PLAY(a_job_that_may_still_be_running_is_not_given_to_another),
        PLAY(nothing_follows_a_delivered_head),
        PLAY(a_second_refused_signature_is_the_answer),
        PLAY(what_is_wrong_with_the_request_or_the_key_is_told),
        PLAY(a_virtual_host_of_our_own_is_no_origin),
        PLAY(without_a_fallback_nothing_changes),
        WITH_OTHER(another_endpoint_is_asked_anew_with_its_own_key),
        WITH_OTHER(the_other_rules_headers_query_payload_and_cost_count),
        WITH_OTHER(it_has_its_own_attempts_and_no_further_fallback),
        WITH_OTHER(a_cold_endpoint_gives_way_to_another_one),
        WITH_OTHER(an_endpoint_that_is_not_configured_right_is_no_fallback),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
