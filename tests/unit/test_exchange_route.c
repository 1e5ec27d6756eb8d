/* What the autoscaler may answer: the table of protocol.md §3, row by row. */
#include "exchange_play.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The calls that may fail in a row before the request does (core/exchange_private.h). */
#define FAILURES 6

/* 200 with url. */
static void a_ready_worker_gets_the_request(void **state)
{
    struct play *play = *state;
    play_post(play);
    play_send(play);
    play_delivered(play, OK_HEAD);
}

/* 200 without url: wait and ask again with that request_idx and the very same cost. */
static void a_cold_start_is_polled_with_the_same_cost_and_request_idx(void **state)
{
    struct play *play = *state;
    uint32_t shortest = UINT32_MAX;
    uint32_t longest = 0;
    play_body(play, "{\"max_tokens\": 242.50}");
    play_begin(play);
    assert_slice(play_call(play, VESPA_ASK_FOR_WORKER)->body,
                 "{\"endpoint\": \"my-endpoint\", \"cost\": 242.50}");
    play_answer(play, 200, "{\"status\":\"loading\",\"request_idx\":90071992547409931}");
    play_wait(play, 1000, 1000);
    for (unsigned n = 1; n < 200; n++) {
        assert_slice(play_call(play, VESPA_ASK_FOR_WORKER)->body,
                     "{\"endpoint\": \"my-endpoint\", \"cost\": 242.50, "
                     "\"request_idx\": 90071992547409931}");
        play_answer(play, 200, n % 2 ? "{\"status\":\"loading\"}" : "{\"request_idx\":null}");
        uint32_t wait = play_wait(play, 100, n == 1 ? 3000 : 5000);
        shortest = wait < shortest ? wait : shortest;
        longest = wait > longest ? wait : longest;
    }
    assert_true(shortest < 500 && longest > 4500);
    play_send(play);
    play_delivered(play, OK_HEAD);
    assert_int_equal(counted(play, VESPA_COUNT_ROUTE_CALLS), 201);
}

/* 200 without url, newer engines: queued. */
static void a_queue_is_waited_in(void **state)
{
    struct play *play = *state;
    play_post(play);
    play_route(play, 200,
               "{\"status\":\"queued\",\"queue_position\":3,\"queue_depth\":7,\"request_idx\":5}");
    play_wait(play, 1000, 1000);
    assert_logged(play, "queued, queue position 3 of 7");
    assert_holds(play_call(play, VESPA_ASK_FOR_WORKER)->body, "\"request_idx\": 5}");
}

/* 200 with error_msg, or a bare JSON string; and url that is null or empty. */
static void an_engine_that_loads_its_tables_is_waited_for(void **state)
{
    struct play *play = *state;
    static const char *const answers[] = {
        "{\"error_msg\":\"loading tables\"}", "\"try again\"",  "{}",
        "{\"url\":null,\"request_idx\":1}",   "{\"url\":\"\"}", " {\"url\" : 5}",
    };
    for (size_t i = 0; i < COUNT(answers); i++) {
        play_post(play);
        play_route(play, 200, answers[i]);
        play_wait(play, 1000, 1000);
        play_send(play);
    }
}

/* 400: fail, and say so. */
static void an_unknown_endpoint_fails_with_the_autoscalers_words(void **state)
{
    struct play *play = *state;
    play_post(play);
    play_route(play, 400,
               "{\"success\":false,\"error\":\"invalid_args\",\"msg\":\"no such "
               "endpoint\"}");
    play_reply(play, 404, "unknown_endpoint", "my-endpoint");
    play_reply(play, 404, "unknown_endpoint", "invalid_args: no such endpoint");
}

/* 401, 403: fail, and say which key is wanted. */
static void a_wrong_key_fails_and_the_message_says_which_is_wanted(void **state)
{
    struct play *play = *state;
    set_text(&play->rule->account_key, ACCOUNT_KEY);
    for (int status = 401; status <= 403; status += 2) {
        play_post(play);
        play_route(play, status, "{\"msg\":\"bad key " ENDPOINT_KEY " of " ACCOUNT_KEY "\"}");
        const struct vespa_reply *reply =
            play_reply(play, 401, "wrong_key", "wants the *endpoint's* key");
        assert_holds(reply->body, "bad key ***");
        assert_lacks(reply->body, ENDPOINT_KEY);
        assert_lacks(reply->body, ACCOUNT_KEY);
    }
    assert_not_logged(play, ENDPOINT_KEY);
    assert_not_logged(play, ACCOUNT_KEY);
}

/* 429: back off. */
static void an_autoscaler_that_is_asked_too_often_is_left_alone_for_a_while(void **state)
{
    struct play *play = *state;
    play_post(play);
    play_route(play, 200, NOT_READY);
    play_wait(play, 1000, 1000);
    play_route(play, 429, "Too many requests");
    play_wait(play, 500, 1000);
    assert_holds(play_call(play, VESPA_ASK_FOR_WORKER)->body, "\"request_idx\": 2421}");
    play_answer(play, 429, "Too many requests");
    play_wait(play, 1000, 2000);
    play_send(play);
    assert_logged(play, "HTTP 429: Too many requests");
}

/* That is no failure: it answers, and it will in the end. */
static void an_autoscaler_that_is_asked_too_often_is_asked_until_the_deadline(void **state)
{
    struct play *play = *state;
    play_post(play);
    for (int i = 0; i < 40; i++) {
        play_route(play, 429, "Too many requests");
        play_wait(play, i < 4 ? 500 : 2500, 5000);
    }
    play_send(play);
    play_delivered(play, OK_HEAD);
    play_post(play);
    uint64_t end = play->now + play->rule->deadline_ms;
    const struct vespa_step *step = vespa_exchange_next(play->exchange, play->now);
    while (step->kind != VESPA_REPLY) {
        assert_true(play->now <= end);
        if (step->kind == VESPA_CALL)
            play_answer(play, 429, "Too many requests");
        else
            play->now += step->wait_ms;
        step = vespa_exchange_next(play->exchange, play->now);
    }
    assert_true(play->now >= end);
    play_reply(play, 503, "no_worker_ready", "HTTP 429: Too many requests");
}

/* 5xx, transport failure: retry with the same request_idx. */
static void a_failed_poll_does_not_end_the_request(void **state)
{
    struct play *play = *state;
    play_post(play);
    play_route(play, 200, NOT_READY);
    play_wait(play, 1000, 1000);
    for (int round = 0; round < 20; round++) {
        for (int failure = 0; failure < FAILURES - 1; failure++) {
            assert_holds(play_call(play, VESPA_ASK_FOR_WORKER)->body, "\"request_idx\": 2421}");
            if (failure % 2)
                play_answer(play, 503, "<html>busy</html>");
            else
                vespa_exchange_call_failed(play->exchange, play->now, VESPA_FAILURE_CONNECT,
                                           "refused");
            play_wait(play, 500, 5000);
        }
        play_route(play, 200, NOT_READY);
        play_wait(play, 100, 5000);
    }
    play_send(play);
}

static void failures_before_a_worker_was_found_are_not_held_against_the_next_search(void **state)
{
    struct play *play = *state;
    play_post(play);
    for (int search = 0; search < 2; search++) {
        for (int failure = 0; failure < FAILURES - 1; failure++) {
            play_route(play, 500, "");
            play_wait(play, 500, 5000);
        }
        play_send(play);
        play_failed(play, VESPA_FAILURE_CLOSED);
        if (search > 0)
            play_wait(play, 500, 1000);
    }
    play_send(play);
}

static void an_autoscaler_that_keeps_failing_is_a_502(void **state)
{
    struct play *play = *state;
    uint64_t began = play->now;
    play_post(play);
    for (int failure = 1; failure < FAILURES; failure++) {
        play_route(play, 500, "{\"error\":\"database\"}");
        play_wait(play, 500, 5000);
    }
    play_route(play, 500, "{\"error\":\"database\"}");
    play_reply(play, 502, "autoscaler_failed", "HTTP 500: database");
    assert_in_range(play->now - began, 8000, 17000);
}

static void an_autoscaler_out_of_reach_is_a_502_with_the_cause(void **state)
{
    struct play *play = *state;
    play_post(play);
    for (int failure = 1; failure <= FAILURES; failure++) {
        play_call(play, VESPA_ASK_FOR_WORKER);
        vespa_exchange_call_failed(play->exchange, play->now, VESPA_FAILURE_CONNECT,
                                   failure % 2 ? NULL : "Connection refused");
        if (failure < FAILURES)
            play_wait(play, 500, 5000);
    }
    play_reply(play, 502, "autoscaler_failed", "no answer (Connection refused)");
    play_reply(play, 502, "autoscaler_failed", "look at the network and at VESPA_AUTOSCALER_URL");
}

static void an_autoscaler_that_never_answers_is_a_502_long_before_the_deadline(void **state)
{
    struct play *play = *state;
    uint64_t began = play->now;
    play_post(play);
    for (int failure = 1; failure <= FAILURES; failure++) {
        play->now += play_call(play, VESPA_ASK_FOR_WORKER)->timeout_ms;
        vespa_exchange_call_failed(play->exchange, play->now, VESPA_FAILURE_TIMEOUT, "timed out");
        if (failure < FAILURES)
            play_wait(play, 500, 5000);
    }
    play_reply(play, 502, "autoscaler_failed", "no answer (timed out)");
    assert_in_range(play->now - began, FAILURES * 10000, 80000);
}

/* A 200 that is none: as transient as a 5xx. */
static void garbage_is_asked_for_again(void **state)
{
    struct play *play = *state;
    static const char *const answers[] = {
        "",
        "OK",
        "<html></html>",
        "{\"url\":\"" WORKER "\"",
        "[\"" WORKER "\"]",
        "5",
        "{\"url\":\"" WORKER "\"}",
        "{\"endpoint\":\"e\",\"url\":\"" WORKER "\",\"cost\":[1],\"reqnum\":1,\"request_idx\":1,"
        "\"signature\":\"s\"}",
    };
    for (size_t i = 0; i < COUNT(answers); i++) {
        play_post(play);
        play_route(play, 200, answers[i]);
        play_wait(play, 500, 1000);
        play_send(play);
    }
    char *long_answer = calloc(1, 70000);
    assert_non_null(long_answer);
    memset(long_answer, ' ', 69999);
    memcpy(long_answer, ASSIGNMENT, strlen(ASSIGNMENT));
    play_post(play);
    play_route(play, 200, long_answer);
    free(long_answer);
    play_wait(play, 500, 1000);
}

/* Other statuses: nothing is known of them, so they are transient. */
static void an_answer_of_another_status_is_asked_for_again(void **state)
{
    struct play *play = *state;
    static const int statuses[] = {201, 204, 301, 404, 408, 500, 502, 503, 504};
    for (size_t i = 0; i < COUNT(statuses); i++) {
        play_post(play);
        play_route(play, statuses[i], ASSIGNMENT);
        play_wait(play, 500, 1000);
        play_send(play);
    }
}

static void values_go_to_the_worker_in_the_digits_of_the_autoscaler(void **state)
{
    struct play *play = *state;
    play_post(play);
    play_route(play, 200,
               "{\"cost\" : 1.0E+2,\"endpoint\":\"caf\\u00e9\",\"reqnum\":18446744073709551617,"
               "\"request_idx\":9007199254740993,\"signature\":\"a\\/b\",\"url\":\"https:\\/\\/"
               "44.20.1.7\"}");
    const struct vespa_send *send = &play_next(play, VESPA_SEND)->send;
    assert_slice(send->segments[0],
                 "{\"auth_data\": {\"cost\": 1.0E+2, \"endpoint\": \"caf\\u00e9\", \"reqnum\": "
                 "18446744073709551617, \"request_idx\": 9007199254740993, \"signature\": "
                 "\"a\\/b\", \"url\": \"https:\\/\\/44.20.1.7\"}, \"payload\": ");
    assert_string_equal(send->url, "https://44.20.1.7/v1/chat/completions");
}

static void a_request_idx_is_not_taken_over_by_another_request(void **state)
{
    struct play *play = *state;
    play_post(play);
    play_send(play);
    play_delivered(play, OK_HEAD);
    play_post(play);
    assert_lacks(play_call(play, VESPA_ASK_FOR_WORKER)->body, "request_idx");
}

static void a_worker_at_an_unacceptable_address_is_a_502(void **state)
{
    struct play *play = *state;
    static const char *const urls[] = {
        "http://44.20.1.7",      "https://127.0.0.1:8001",      "https://10.0.0.1",
        "https://a:b@44.20.1.7", "https://44.20.1.7/a",         "https://44.20.1.7?a",
        "ftp://44.20.1.7",       "https://44.20.1.7\\r\\nX: y", "https://",
    };
    for (size_t i = 0; i < COUNT(urls); i++) {
        char answer[300];
        snprintf(answer, sizeof(answer),
                 "{\"cost\":1,\"endpoint\":\"e\",\"reqnum\":1,\"request_idx\":1,"
                 "\"signature\":\"s\",\"url\":\"%s\"}",
                 urls[i]);
        play_post(play);
        play_route(play, 200, answer);
        play_reply(play, 502, "worker_not_acceptable", "The worker's address");
    }
    assert_int_equal(counted(play, VESPA_COUNT_ATTEMPTS), 0);
}

static void a_key_in_a_workers_address_is_not_repeated(void **state)
{
    struct play *play = *state;
    play_post(play);
    play_route(play, 200,
               "{\"cost\":1,\"endpoint\":\"e\",\"reqnum\":1,\"request_idx\":1,\"signature\":\"s\","
               "\"url\":\"http://44.20.1.7/" ENDPOINT_KEY "\"}");
    const struct vespa_reply *reply =
        play_reply(play, 502, "worker_not_acceptable", "http://44.20.1.7/***");
    assert_lacks(reply->body, ENDPOINT_KEY);
    assert_not_logged(play, ENDPOINT_KEY);
}

static void local_workers_are_taken_where_the_rule_says_so(void **state)
{
    struct play *play = *state;
    play->rule->local_workers = true;
    set_text(&play->rule->ca_file, NULL);
    play_post(play);
    play_route(play, 200,
               "{\"cost\":1,\"endpoint\":\"e\",\"reqnum\":1,\"request_idx\":1,\"signature\":\"s\","
               "\"url\":\"http://127.0.0.1:5000\"}");
    const struct vespa_send *send = &play_next(play, VESPA_SEND)->send;
    assert_string_equal(send->url, "http://127.0.0.1:5000/v1/chat/completions");
    assert_null(send->ca_file);
    assert_int_equal(send->ca_pem.length, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        PLAY(a_ready_worker_gets_the_request),
        PLAY(a_cold_start_is_polled_with_the_same_cost_and_request_idx),
        PLAY(a_queue_is_waited_in),
        PLAY(an_engine_that_loads_its_tables_is_waited_for),
        PLAY(an_unknown_endpoint_fails_with_the_autoscalers_words),
        PLAY(a_wrong_key_fails_and_the_message_says_which_is_wanted),
        PLAY(an_autoscaler_that_is_asked_too_often_is_left_alone_for_a_while),
        PLAY(an_autoscaler_that_is_asked_too_often_is_asked_until_the_deadline),
        PLAY(a_failed_poll_does_not_end_the_request),
        PLAY(failures_before_a_worker_was_found_are_not_held_against_the_next_search),
        PLAY(an_autoscaler_that_keeps_failing_is_a_502),
        PLAY(an_autoscaler_out_of_reach_is_a_502_with_the_cause),
        PLAY(an_autoscaler_that_never_answers_is_a_502_long_before_the_deadline),
        PLAY(garbage_is_asked_for_again),
        PLAY(an_answer_of_another_status_is_asked_for_again),
        PLAY(values_go_to_the_worker_in_the_digits_of_the_autoscaler),
        PLAY(a_request_idx_is_not_taken_over_by_another_request),
        PLAY(a_worker_at_an_unacceptable_address_is_a_502),
        PLAY(a_key_in_a_workers_address_is_not_repeated),
        PLAY(local_workers_are_taken_where_the_rule_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
