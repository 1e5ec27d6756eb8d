/* The rule's deadline: until the answer's head is delivered, and no longer (design.md §3, Time). */
#include "exchange_play.h"

#define BUSY "HTTP/1.1 503 Busy\r\n\r\n"

static void a_cold_start_is_polled_until_the_deadline_and_then_a_503(void **state)
{
    struct play *play = *state;
    uint64_t began = play->now;
    play->rule->deadline_ms = 60000;
    play_post(play);
    for (;;) {
        const struct vespa_step *step = vespa_exchange_next(play->exchange, play->now);
        if (step->kind == VESPA_REPLY)
            break;
        if (step->kind == VESPA_CALL)
            play_answer(play, 200,
                        "{\"status\":\"0 of 3 workers ready\",\"queue_position\":2,"
                        "\"queue_depth\":9,\"request_idx\":1}");
        else
            play_wait(play, 1, 5000);
    }
    assert_int_equal(play->now, began + 60000);
    const struct vespa_reply *reply = play_reply(play, 503, "no_worker_ready", "60.0 s");
    assert_header(reply->headers, reply->header_count, "Retry-After", "30");
    play_reply(play, 503, "no_worker_ready", "0 of 3 workers ready, queue position 2 of 9");
    assert_int_equal(counted(play, VESPA_COUNT_ATTEMPTS), 0);
}

static void a_wait_that_ends_too_early_goes_on(void **state)
{
    struct play *play = *state;
    play_post(play);
    play_route(play, 200, NOT_READY);
    assert_int_equal(play_next(play, VESPA_WAIT)->wait_ms, 1000);
    play->now += 300;
    vespa_exchange_waited(play->exchange, play->now);
    assert_int_equal(play_next(play, VESPA_WAIT)->wait_ms, 700);
    play->now += 699;
    assert_int_equal(play_next(play, VESPA_WAIT)->wait_ms, 1);
    play->now += 1;
    play_call(play, VESPA_ASK_FOR_WORKER);
}

static void a_wait_is_no_longer_than_the_time_left(void **state)
{
    struct play *play = *state;
    play->rule->deadline_ms = 300;
    play_post(play);
    play_route(play, 200, NOT_READY);
    play_wait(play, 300, 300);
    play_reply(play, 503, "no_worker_ready", "my-endpoint");
}

static void a_call_is_no_longer_than_the_time_left(void **state)
{
    struct play *play = *state;
    play->rule->deadline_ms = 7000;
    play_post(play);
    play->now += 2500;
    assert_int_equal(play_call(play, VESPA_ASK_FOR_WORKER)->timeout_ms, 4500);
    play->now += 4500;
    vespa_exchange_call_failed(play->exchange, play->now, VESPA_FAILURE_TIMEOUT, "timed out");
    play_reply(play, 503, "no_worker_ready", "timed out");
}

static void what_was_heard_before_counts_for_more_than_a_call_that_the_deadline_cut(void **state)
{
    struct play *play = *state;
    play->rule->deadline_ms = 7000;
    play_post(play);
    play_route(play, 200, NOT_READY);
    play_wait(play, 1000, 1000);
    uint32_t left = play_call(play, VESPA_ASK_FOR_WORKER)->timeout_ms;
    play->now += left - 1; /* clocks differ a little */
    vespa_exchange_call_failed(play->exchange, play->now, VESPA_FAILURE_TIMEOUT, "timed out");
    play_wait(play, 1, 1);
    struct vespa_slice body =
        play_reply(play, 503, "no_worker_ready", "2 workers are loading")->body;
    assert_lacks(body, "timed out");
}

static void a_worker_that_comes_at_the_deadline_comes_too_late(void **state)
{
    struct play *play = *state;
    play->rule->deadline_ms = 5000;
    play_post(play);
    play_call(play, VESPA_ASK_FOR_WORKER);
    play->now += 5000;
    play_answer(play, 200, ASSIGNMENT);
    play_reply(play, 503, "no_worker_ready", "my-endpoint");
    assert_int_equal(counted(play, VESPA_COUNT_ATTEMPTS), 0);
}

static void the_worker_has_the_time_that_is_left_for_its_head(void **state)
{
    struct play *play = *state;
    play->rule->deadline_ms = 9000;
    play_post(play);
    play->now += 1000;
    assert_int_equal(play_send(play)->head_within_ms, 8000);
    play->now += 8000;
    play_failed(play, VESPA_FAILURE_TIMEOUT);
    play_reply(play, 503, "worker_timeout", "not sent again");
}

static void connecting_until_the_deadline_is_a_503(void **state)
{
    struct play *play = *state;
    play->rule->deadline_ms = 9000;
    play_post(play);
    play_send(play);
    play->now += 9000;
    play_failed(play, VESPA_FAILURE_CONNECT);
    play_reply(play, 503, "worker_failed", "The deadline has come");
}

static void a_failed_answer_is_delivered_when_no_time_is_left_for_another(void **state)
{
    struct play *play = *state;
    play->rule->deadline_ms = 1000;
    play_post(play);
    play_send(play);
    play->now += 600;
    play_delivered(play, BUSY);
}

static void a_worker_that_failed_is_named_at_the_deadline(void **state)
{
    struct play *play = *state;
    play->rule->deadline_ms = 3000;
    play_post(play);
    play_send(play);
    assert_int_equal(play_head(play, BUSY), VESPA_DISCARD);
    play->now += 2900;
    vespa_exchange_finished(play->exchange, play->now);
    play_route(play, 200, NOT_READY);
    play_wait(play, 100, 100);
    play_reply(play, 503, "no_worker_ready", "The last worker answered HTTP 503");
}

static void a_stream_is_never_cut(void **state)
{
    struct play *play = *state;
    play->rule->deadline_ms = 1000;
    play_post(play);
    play_send(play);
    assert_int_equal(play_head(play, "HTTP/1.1 200 OK\r\n\r\n"), VESPA_DELIVER);
    play->now += 100000;
    play_next(play, VESPA_SEND);
    vespa_exchange_finished(play->exchange, play->now);
    play_next(play, VESPA_DONE);
    assert_logged(play, "100000 ms");
}

/* What libcurl's own clock makes of a time-out need not be ours. */
static void a_clock_that_stands_still_is_harmless(void **state)
{
    struct play *play = *state;
    play_post(play);
    play_route(play, 200, NOT_READY);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(play_next(play, VESPA_WAIT)->wait_ms, 1000);
        vespa_exchange_waited(play->exchange, play->now);
    }
}

static void an_exchange_that_is_given_up_is_logged(void **state)
{
    struct play *play = *state;
    play_post(play);
    play_send(play);
    vespa_exchange_free(play->exchange);
    play->exchange = NULL;
    assert_logged(play, "info: POST /v1/chat/completions: given up");
    assert_int_equal(counted(play, VESPA_COUNT_DELIVERED), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        PLAY(a_cold_start_is_polled_until_the_deadline_and_then_a_503),
        PLAY(a_wait_that_ends_too_early_goes_on),
        PLAY(a_wait_is_no_longer_than_the_time_left),
        PLAY(a_call_is_no_longer_than_the_time_left),
        PLAY(what_was_heard_before_counts_for_more_than_a_call_that_the_deadline_cut),
        PLAY(a_worker_that_comes_at_the_deadline_comes_too_late),
        PLAY(the_worker_has_the_time_that_is_left_for_its_head),
        PLAY(connecting_until_the_deadline_is_a_503),
        PLAY(a_failed_answer_is_delivered_when_no_time_is_left_for_another),
        PLAY(a_worker_that_failed_is_named_at_the_deadline),
        PLAY(a_stream_is_never_cut),
        PLAY(a_clock_that_stands_still_is_harmless),
        PLAY(an_exchange_that_is_given_up_is_logged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
