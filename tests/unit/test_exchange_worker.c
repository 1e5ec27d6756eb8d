/* What a worker may answer, and how it may fail: the table of protocol.md §5, row by row. */
#include "exchange_play.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define EMPTY_401 "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"
#define BUSY      "HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\n"

static const char *head_of(int status)
{
    static char head[100];
    snprintf(head, sizeof(head), "HTTP/1.1 %d Some Reason\r\nContent-Length: 4\r\n\r\n", status);
    return head;
}

/* A fresh route after a failure has the same request_idx (protocol.md §3, end). */
static void expect_reroute(struct play *play)
{
    assert_holds(play_call(play, VESPA_ASK_FOR_WORKER)->body, "\"request_idx\": 2421}");
    play_send(play);
}

/* 2xx, 4xx not listed; 410, 413, 422, 499. */
static void the_models_own_answers_pass(void **state)
{
    struct play *play = *state;
    static const int statuses[] = {200, 201, 202, 204, 206, 299, 304, 400, 402, 403,
                                   404, 405, 409, 410, 413, 415, 422, 451, 499};
    for (size_t i = 0; i < COUNT(statuses); i++) {
        play_post(play);
        play_send(play);
        play_delivered(play, head_of(statuses[i]));
    }
    assert_int_equal(counted(play, VESPA_COUNT_RETRIES), 0);
    assert_int_equal(counted(play, VESPA_COUNT_DELIVERED), COUNT(statuses));
}

static void a_422_may_be_our_defect_and_is_logged_so(void **state)
{
    struct play *play = *state;
    play_post(play);
    play_send(play);
    play_delivered(play, head_of(422));
    assert_logged(play, "warn: POST /v1/chat/completions: worker " WORKER " answered HTTP 422");
}

/* 401, empty body: once with a fresh route. */
static void a_refused_signature_gets_one_fresh_route(void **state)
{
    struct play *play = *state;
    play_post(play);
    play_send(play);
    play_discarded(play, EMPTY_401);
    expect_reroute(play);
    play_delivered(play, EMPTY_401);
    assert_int_equal(counted(play, VESPA_COUNT_ATTEMPTS), 2);
}

static void a_401_with_a_body_is_the_models_own(void **state)
{
    struct play *play = *state;
    static const char *const heads[] = {
        "HTTP/1.1 401 Unauthorized\r\nContent-Length: 17\r\n\r\n",
        "HTTP/1.1 401 Unauthorized\r\nTransfer-Encoding: chunked\r\n\r\n",
    };
    for (size_t i = 0; i < COUNT(heads); i++) {
        play_post(play);
        play_send(play);
        play_delivered(play, heads[i]);
    }
}

/* 408, 429, 5xx: yes, after a back-off. */
static void an_overloaded_or_failed_worker_is_routed_around(void **state)
{
    struct play *play = *state;
    static const int statuses[] = {408, 429, 500, 501, 502, 503, 504, 507, 599};
    for (size_t i = 0; i < COUNT(statuses); i++) {
        play_post(play);
        play_send(play);
        play_discarded(play, head_of(statuses[i]));
        play_wait(play, 500, 1000);
        expect_reroute(play);
        play_discarded(play, head_of(statuses[i]));
        play_wait(play, 1000, 2000);
        expect_reroute(play);
        play_delivered(play, OK_HEAD);
    }
    assert_int_equal(counted(play, VESPA_COUNT_RETRIES), 2 * COUNT(statuses));
}

static void the_last_attempts_answer_is_delivered_whatever_it_is(void **state)
{
    struct play *play = *state;
    play_post(play);
    play_send(play);
    for (unsigned attempt = 1; attempt < 4; attempt++) {
        play_discarded(play, head_of(500));
        play_wait(play, 500, 5000);
        expect_reroute(play);
    }
    play_delivered(play, head_of(500));
    assert_int_equal(vespa_exchange_attempts(play->exchange), 4);
    assert_logged(play, "did not accept the envelope"); /* protocol.md §10 */
}

static void one_attempt_means_no_retry_of_any_kind(void **state)
{
    struct play *play = *state;
    static const char *const heads[] = {EMPTY_401, BUSY};
    play->rule->attempts = 1;
    for (size_t i = 0; i < COUNT(heads); i++) {
        play_post(play);
        play_send(play);
        play_delivered(play, heads[i]);
    }
    play_post(play);
    play_send(play);
    play_failed(play, VESPA_FAILURE_CONNECT);
    play_reply(play, 502, "worker_failed", "attempt 1 of 1");
}

static void retry_after_is_honoured(void **state)
{
    struct play *play = *state;
    play_post(play);
    play_send(play);
    play_discarded(play, "HTTP/1.1 429 Busy\r\nRetry-After: 17\r\n\r\n");
    play_wait(play, 17000, 17000);
    expect_reroute(play);
    play_discarded(play, "HTTP/1.1 503 Busy\r\nRetry-After: 0\r\n\r\n");
    play_wait(play, 1000, 2000);
    expect_reroute(play);
}

static void a_retry_after_beyond_the_deadline_delivers_the_answer(void **state)
{
    struct play *play = *state;
    play->rule->deadline_ms = 10000;
    play_post(play);
    play_send(play);
    play_delivered(play, "HTTP/1.1 429 Busy\r\nRetry-After: 10\r\n\r\n");
}

/* Refused, reset, closed: the first time at once, from the second on after a back-off. */
static void a_lost_worker_is_routed_around_at_once_and_then_after_a_while(void **state)
{
    struct play *play = *state;
    static const enum vespa_failure failures[] = {VESPA_FAILURE_CONNECT, VESPA_FAILURE_CLOSED};
    for (size_t i = 0; i < COUNT(failures); i++) {
        play_post(play);
        play_send(play);
        play_failed(play, failures[i]);
        expect_reroute(play);
        play_failed(play, failures[1 - i]);
        play_wait(play, 500, 1000);
        expect_reroute(play);
        play_failed(play, failures[i]);
        play_wait(play, 1000, 2000);
        expect_reroute(play);
        play_delivered(play, OK_HEAD);
    }
}

static void a_worker_lost_after_another_failed_is_routed_around_after_a_while(void **state)
{
    struct play *play = *state;
    play_post(play);
    play_send(play);
    play_discarded(play, BUSY);
    play_wait(play, 500, 1000);
    expect_reroute(play);
    play_failed(play, VESPA_FAILURE_CLOSED);
    play_wait(play, 500, 1000);
    expect_reroute(play);
}

static void workers_that_are_all_lost_are_a_502_with_the_cause(void **state)
{
    struct play *play = *state;
    play_post(play);
    for (unsigned attempt = 1; attempt <= 4; attempt++) {
        play_send(play);
        play_failed(play, VESPA_FAILURE_CONNECT);
        if (attempt > 1 && attempt < 4)
            play_wait(play, 500, 2000);
    }
    play_reply(play, 502, "worker_failed", "could not be reached (the cause)");
}

/* design.md §1: if the further attempt yields no answer, the reply names the last worker's status.
 */
static void a_discarded_answer_is_named_when_no_other_came(void **state)
{
    struct play *play = *state;
    static const struct {
        int worker, ours;
    } cases[] = {{500, 502}, {503, 503}, {429, 503}, {408, 503}, {502, 502}};
    play->rule->attempts = 2;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char words[40];
        snprintf(words, sizeof(words), "answered HTTP %d", cases[i].worker);
        play_post(play);
        play_send(play);
        play_discarded(play, head_of(cases[i].worker));
        play_wait(play, 500, 1000);
        expect_reroute(play);
        play_failed(play, VESPA_FAILURE_CLOSED);
        play_reply(play, cases[i].ours, "worker_failed", words);
    }
}

static void a_discarded_answer_is_named_when_no_other_worker_came(void **state)
{
    struct play *play = *state;
    play_post(play);
    play_send(play);
    play_discarded(play, head_of(500));
    for (unsigned failure = 1; failure <= 6; failure++) {
        play_wait(play, 500, 5000);
        play_route(play, 500, "");
    }
    play_reply(play, 502, "autoscaler_failed", "a worker had answered HTTP 500");
}

static void a_discarded_answer_may_end_in_any_way(void **state)
{
    struct play *play = *state;
    play_post(play);
    play_send(play);
    assert_int_equal(play_head(play, BUSY), VESPA_DISCARD);
    play_next(play, VESPA_SEND); /* not before what follows was read away */
    play_failed(play, VESPA_FAILURE_CUT);
    play_wait(play, 500, 1000);
    expect_reroute(play);
    assert_int_equal(counted(play, VESPA_COUNT_DUPLICATES_AVOIDED), 0);
}

/* Timed out after the request was sent: no. */
static void a_job_that_may_still_run_is_not_sent_again(void **state)
{
    struct play *play = *state;
    play_post(play);
    play_send(play);
    play_failed(play, VESPA_FAILURE_TIMEOUT);
    const struct vespa_reply *reply =
        play_reply(play, 503, "worker_timeout", "may still be running");
    assert_true(reply_has_header(reply, "x-should-retry"));
    assert_holds(reply->body, "not sent again");
    assert_int_equal(counted(play, VESPA_COUNT_DUPLICATES_AVOIDED), 1);
    assert_int_equal(counted(play, VESPA_COUNT_ATTEMPTS), 1);
}

/* An answer that began: not "before any byte of the answer". */
static void an_answer_that_broke_off_in_its_head_is_not_asked_for_again(void **state)
{
    struct play *play = *state;
    play_post(play);
    play_send(play);
    play_failed(play, VESPA_FAILURE_CUT);
    assert_true(
        reply_has_header(play_reply(play, 502, "worker_failed", "broke off"), "x-should-retry"));
    assert_int_equal(counted(play, VESPA_COUNT_DUPLICATES_AVOIDED), 1);

    play_post(play);
    play_send(play);
    play_discarded(play, "SSH-2.0-OpenSSH\r\n\r\n");
    play_reply(play, 502, "worker_failed", "not HTTP");
    play_post(play);
    play_send(play);
    vespa_exchange_finished(play->exchange, play->now);
    play_reply(play, 502, "worker_failed", "broke off");
}

/* Closed in the middle of the body: no. */
static void a_cut_answer_is_the_applications_to_see(void **state)
{
    struct play *play = *state;
    play_post(play);
    play_send(play);
    assert_int_equal(play_head(play, OK_HEAD), VESPA_DELIVER);
    play_failed(play, VESPA_FAILURE_CUT);
    play_next(play, VESPA_DONE);
    assert_int_equal(counted(play, VESPA_COUNT_ATTEMPTS), 1);
    assert_int_equal(counted(play, VESPA_COUNT_DELIVERED), 1);
    assert_logged(play, "the answer ended too early: the cause");
}

static void tls_that_fails_is_tried_with_one_other_worker(void **state)
{
    struct play *play = *state;
    play_post(play);
    play_send(play);
    play_failed(play, VESPA_FAILURE_TLS);
    expect_reroute(play);
    play_failed(play, VESPA_FAILURE_TLS);
    play_reply(play, 502, "worker_not_acceptable", "TLS with it failed (the cause)");
    assert_int_equal(counted(play, VESPA_COUNT_ATTEMPTS), 2);
    assert_int_equal(counted(play, VESPA_COUNT_DUPLICATES_AVOIDED), 0);
}

static void tls_that_fails_after_another_failure_waits_too(void **state)
{
    struct play *play = *state;
    play_post(play);
    play_send(play);
    play_failed(play, VESPA_FAILURE_CONNECT);
    expect_reroute(play);
    play_failed(play, VESPA_FAILURE_TLS);
    play_wait(play, 500, 1000);
    expect_reroute(play);
}

static void a_cause_on_this_machine_is_not_held_against_workers(void **state)
{
    struct play *play = *state;
    play_post(play);
    play_send(play);
    play_failed(play, VESPA_FAILURE_LOCAL);
    play_reply(play, 500, "local_failure", "on this machine: the cause");
    assert_int_equal(counted(play, VESPA_COUNT_ATTEMPTS), 1);
}

static void retries_are_logged_with_their_cause(void **state)
{
    struct play *play = *state;
    play_post(play);
    play_send(play);
    play_discarded(play, BUSY);
    assert_logged(play, "warn: POST /v1/chat/completions: worker " WORKER
                        " answered HTTP 503; attempt 2 of 4 in ");
}

/* design.md: a broken endpoint is not hammered. Ten retries are allowed to a process of few
 * requests. */
static void the_processs_retries_are_held_to_their_budget(void **state)
{
    struct play *play = *state;
    for (int i = 0; i < 10; i++) {
        play_post(play);
        play_send(play);
        play_failed(play, VESPA_FAILURE_CONNECT);
        play_send(play);
        play_delivered(play, OK_HEAD);
    }
    for (int i = 0; i < 2; i++) { /* twelve requests: two retries more */
        play_post(play);
        play_send(play);
        play_failed(play, VESPA_FAILURE_CONNECT);
        play_send(play);
        play_delivered(play, OK_HEAD);
    }
    play_post(play);
    play_send(play);
    play_delivered(play, BUSY);
    assert_logged(play, "retries are held to 20 %");
    play_post(play);
    play_send(play);
    play_failed(play, VESPA_FAILURE_CONNECT);
    play_reply(play, 502, "worker_failed", "too many requests of this process fail");
    play->now += 10000;
    play_post(play);
    play_send(play);
    play_failed(play, VESPA_FAILURE_CONNECT);
    play_send(play);
    assert_int_equal(counted(play, VESPA_COUNT_RETRIES), 13);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        PLAY(the_models_own_answers_pass),
        PLAY(a_422_may_be_our_defect_and_is_logged_so),
        PLAY(a_refused_signature_gets_one_fresh_route),
        PLAY(a_401_with_a_body_is_the_models_own),
        PLAY(an_overloaded_or_failed_worker_is_routed_around),
        PLAY(the_last_attempts_answer_is_delivered_whatever_it_is),
        PLAY(one_attempt_means_no_retry_of_any_kind),
        PLAY(retry_after_is_honoured),
        PLAY(a_retry_after_beyond_the_deadline_delivers_the_answer),
        PLAY(a_lost_worker_is_routed_around_at_once_and_then_after_a_while),
        PLAY(a_worker_lost_after_another_failed_is_routed_around_after_a_while),
        PLAY(workers_that_are_all_lost_are_a_502_with_the_cause),
        PLAY(a_discarded_answer_is_named_when_no_other_came),
        PLAY(a_discarded_answer_is_named_when_no_other_worker_came),
        PLAY(a_discarded_answer_may_end_in_any_way),
        PLAY(a_job_that_may_still_run_is_not_sent_again),
        PLAY(an_answer_that_broke_off_in_its_head_is_not_asked_for_again),
        PLAY(a_cut_answer_is_the_applications_to_see),
        PLAY(tls_that_fails_is_tried_with_one_other_worker),
        PLAY(tls_that_fails_after_another_failure_waits_too),
        PLAY(a_cause_on_this_machine_is_not_held_against_workers),
        PLAY(retries_are_logged_with_their_cause),
        PLAY(the_processs_retries_are_held_to_their_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
