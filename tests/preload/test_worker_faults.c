/*
 * What the program notices of workers that fail: the table of protocol.md §5, through a real
 * application. Each test says how often a worker was asked for and how often one got the request.
 */
#include "tests/preload/routed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* With that fault the request succeeds all the same, as one request of so many route calls and so
 * many that reached a worker. */
static void assert_routed_around(struct routed *r, const char *fault, int route_calls,
                                 int worker_requests)
{
    vespa_sim_process_reset(r->sim);
    vespa_sim_process_fault(r->sim, fault);
    routed_easy(r, NULL, ASK("/echo"), "POSTFIELDS={\"steps\":20,\"seed\":9007199254740993}",
                PERFORM, NULL);
    vespa_assert_line(&r->result, "result 0");
    vespa_assert_line(&r->result, "body {\"steps\":20,\"seed\":9007199254740993}");
    assert_string_equal(routed_info(r, "RESPONSE_CODE"), "200");
    assert_string_equal(r->result.err, "");
    routed_stats(r);
    routed_assert_one_request(r, route_calls);
    assert_string_equal(vespa_json_string(r->stats, "route.calls.0.cost"), "20");
    assert_int_equal(routed_worker_requests(r), worker_requests);
}

/* ---- routed around --------------------------------------------------------------------------- */

static void a_dead_worker_is_routed_around(void **state)
{
    assert_routed_around(*state, "worker-dead,count=1", 2, 1);
}

static void two_dead_workers_are_routed_around(void **state)
{
    assert_routed_around(*state, "worker-dead,count=2", 3, 1);
}

static void a_worker_that_hangs_up_is_routed_around(void **state)
{
    assert_routed_around(*state, "worker-close,count=1", 2, 2);
    assert_routed_around(*state, "worker-reset,count=1", 2, 2);
}

static void a_refused_signature_gets_a_fresh_route_at_once(void **state)
{
    assert_routed_around(*state, "worker-status,status=401,count=1", 2, 2);
}

static void a_busy_worker_is_routed_around(void **state)
{
    assert_routed_around(*state, "worker-status,status=429,count=1", 2, 2);
    assert_routed_around(*state, "worker-status,status=408,count=1", 2, 2);
}

static void a_failing_worker_is_routed_around(void **state)
{
    assert_routed_around(*state, "worker-status,status=500,count=1", 2, 2);
    assert_routed_around(*state, "worker-status,status=503,count=1", 2, 2);
}

static void retry_after_of_a_worker_is_kept_to(void **state)
{
    struct routed *r = *state;
    assert_routed_around(r, "worker-status,status=429,retry_after=2,count=1", 2, 2);
    assert_true(r->result.duration_ms >= 2000);
}

static void a_worker_that_comes_back_in_time_is_waited_for(void **state)
{
    assert_routed_around(*state, "worker-slow,ms=500,count=1", 1, 1);
}

static void a_get_is_routed_around_as_well(void **state)
{
    struct routed *r = *state;
    vespa_sim_process_fault(r->sim, "worker-status,status=500,count=1");
    routed_easy(r, NULL, "WRITEFUNCTION=collect", "URL=" HOST "/echo?q=1", "perform", NULL);
    vespa_assert_line(&r->result, "result 0");
    vespa_assert_shows(&r->result, "\"query\":\"q=1\"");
    routed_stats(r);
    routed_assert_one_request(r, 2);
    assert_int_equal(routed_worker_requests(r), 2);
}

/* ---- handed on ------------------------------------------------------------------------------- */

static void a_failure_that_persists_is_the_last_workers_own_answer(void **state)
{
    struct routed *r = *state;
    vespa_sim_process_fault(r->sim, "worker-status,status=503,type=text/x-own,body=out of memory");
    routed_easy(r, NULL, ASK("/echo"), PERFORM, NULL);
    vespa_assert_line(&r->result, "result 0");
    vespa_assert_line(&r->result, "body out of memory");
    assert_string_equal(routed_info(r, "RESPONSE_CODE"), "503");
    assert_string_equal(routed_info(r, "CONTENT_TYPE"), "text/x-own");
    routed_stats(r);
    routed_assert_one_request(r, 4);
    assert_int_equal(routed_worker_requests(r), 4);
}

static void a_signature_that_is_never_accepted_is_told_after_two_workers(void **state)
{
    struct routed *r = *state;
    vespa_sim_process_fault(r->sim, "worker-status,status=401");
    routed_easy(r, ENVIRONMENT("VESPA_LOG=warn"), ASK("/echo"), PERFORM, NULL);
    vespa_assert_line(&r->result, "result 0");
    vespa_assert_line(&r->result, "body ");
    assert_string_equal(routed_info(r, "RESPONSE_CODE"), "401");
    assert_non_null(strstr(r->result.err, "did not accept the autoscaler's signature"));
    routed_stats(r);
    routed_assert_one_request(r, 2);
    assert_int_equal(routed_worker_requests(r), 2);
}

static void a_models_own_refusal_is_its_answer(void **state)
{
    struct routed *r = *state;
    static const int statuses[] = {400, 403, 404, 410, 413, 422, 499};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        char fault[96], status[16];
        snprintf(fault, sizeof fault, "worker-status,status=%d,body=mine", statuses[i]);
        snprintf(status, sizeof status, "%d", statuses[i]);
        vespa_sim_process_reset(r->sim);
        vespa_sim_process_fault(r->sim, fault);
        routed_easy(r, NULL, ASK("/echo"), PERFORM, NULL);
        vespa_assert_line(&r->result, "body mine");
        assert_string_equal(routed_info(r, "RESPONSE_CODE"), status);
        routed_stats(r);
        assert_int_equal(vespa_json_number(r->stats, "route.count"), 1);
        assert_int_equal(routed_worker_requests(r), 1);
    }
}

static void a_401_with_a_body_is_the_models_own(void **state)
{
    struct routed *r = *state;
    vespa_sim_process_fault(r->sim, "worker-status,status=401,body=who are you");
    routed_easy(r, NULL, ASK("/echo"), PERFORM, NULL);
    vespa_assert_line(&r->result, "body who are you");
    routed_stats(r);
    assert_int_equal(routed_worker_requests(r), 1);
}

static void without_retries_the_first_failure_is_the_answer(void **state)
{
    struct routed *r = *state;
    static const char *const once[] = {"VESPA_RETRIES=0", NULL};
    vespa_sim_process_fault(r->sim, "worker-status,status=500,body=broken");
    routed_easy(r, once, ASK("/echo"), PERFORM, NULL);
    vespa_assert_line(&r->result, "body broken");
    assert_string_equal(routed_info(r, "RESPONSE_CODE"), "500");
    routed_stats(r);
    assert_int_equal(vespa_json_number(r->stats, "route.count"), 1);
    assert_int_equal(routed_worker_requests(r), 1);

    vespa_sim_process_reset(r->sim);
    vespa_sim_process_fault(r->sim, "worker-dead");
    routed_easy(r, once, ASK("/echo"), PERFORM, NULL);
    routed_assert_reply(r, 502, "worker_failed", "could not be reached", "attempt 1 of 1", NULL);
    routed_stats(r);
    assert_int_equal(vespa_json_number(r->stats, "route.count"), 1);
    assert_int_equal(routed_worker_requests(r), 0);
}

static void a_retry_after_beyond_the_deadline_ends_the_retries(void **state)
{
    struct routed *r = *state;
    vespa_sim_process_fault(r->sim, "worker-status,status=503,retry_after=3600,body=later");
    routed_easy(r, ENVIRONMENT("VESPA_DEADLINE=60"), ASK("/echo"), PERFORM, NULL);
    vespa_assert_line(&r->result, "body later");
    routed_assert_header(r, "Retry-After: 3600");
    routed_stats(r);
    assert_int_equal(routed_worker_requests(r), 1);
}

static void when_all_workers_are_dead_the_answer_says_so(void **state)
{
    struct routed *r = *state;
    vespa_sim_process_fault(r->sim, "worker-dead");
    routed_easy(r, ENVIRONMENT("VESPA_RETRIES=2"), ASK("/echo"), PERFORM, NULL);
    routed_assert_reply(r, 502, "worker_failed", "could not be reached", "attempt 3 of 3", NULL);
    routed_stats(r);
    routed_assert_one_request(r, 3);
}

static void an_answer_before_a_lost_worker_is_named(void **state)
{
    struct routed *r = *state;
    vespa_sim_process_fault(r->sim, "worker-status,status=429,unread=1,count=1");
    vespa_sim_process_fault(r->sim, "worker-close");
    routed_easy(r, ENVIRONMENT("VESPA_RETRIES=1"), ASK("/echo"), PERFORM, NULL);
    routed_assert_reply(r, 503, "worker_failed", "closed the connection",
                        "The worker before it answered HTTP 429", NULL);
    routed_assert_header(r, "Retry-After: 30");
    routed_stats(r);
    routed_assert_one_request(r, 2);
    assert_int_equal(routed_worker_requests(r), 2);
}

/* ---- never sent twice ------------------------------------------------------------------------ */

/* The transfer fails, and the worker got the request once. */
static void assert_lost(struct routed *r, const char *fault, const char *body)
{
    vespa_sim_process_reset(r->sim);
    vespa_sim_process_fault(r->sim, fault);
    routed_easy(r, NULL, ASK("/bytes/5000"), PERFORM, NULL);
    assert_true(strstr(r->result.out, "result 18\n") || strstr(r->result.out, "result 56\n"));
    vespa_assert_line(&r->result, body);
    vespa_assert_no_line(&r->result, "error ");
    assert_string_equal(routed_info(r, "RESPONSE_CODE"), "200");
    routed_stats(r);
    assert_int_equal(vespa_json_number(r->stats, "route.count"), 1);
    assert_int_equal(routed_worker_requests(r), 1);
}

static void an_answer_that_breaks_off_is_a_failed_transfer(void **state)
{
    struct routed *r = *state;
    assert_lost(r, "worker-cut,after=10", "body abcdefghij");
    assert_lost(r, "worker-cut,after=10,chunked=1", "body abcdefghij");
    assert_lost(r, "worker-cut,after=0", "body ");
}

/* As far as the framing tells: HTTP/1.0 without a length ends where the connection does. */
static void in_every_framing_a_cut_is_a_failed_transfer(void **state)
{
    struct routed *r = *state;
    static const struct {
        const char *answer, *body;
        bool whole;
    } cases[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello", "body hello", false},
        {"HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\nhello", "body hello", false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "body hello",
         false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhello", "body hello", false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
         "body hello", true},
        {"HTTP/1.0 200 OK\r\n\r\nhello", "body hello", true},
        {"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello", "body hello", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        routed_raw_worker(r, cases[i].answer, 0);
        routed_easy(r, ENVIRONMENT("VESPA_LOG=warn"), ASK("/path"), PERFORM, NULL);
        vespa_assert_line(&r->result, cases[i].body);
        assert_int_equal(strstr(r->result.out, "result 0\n") != NULL, cases[i].whole);
        assert_int_equal(strstr(r->result.out, "result 18\n") ||
                             strstr(r->result.out, "result 56\n"),
                         !cases[i].whole);
        assert_int_equal(strstr(r->result.err, "ended too early") != NULL, !cases[i].whole);
        assert_int_equal(vespa_raw_server_requests(r->server), 1);
    }
}

static void a_head_that_breaks_off_is_not_sent_again(void **state)
{
    struct routed *r = *state;
    routed_raw_worker(r, "HTTP/1.1 200 OK\r\nContent-Type: text/pl", 0);
    routed_easy(r, NULL, ASK("/path"), PERFORM, NULL);
    routed_assert_reply(r, 502, "worker_failed", "was not sent again", NULL);
    routed_assert_header(r, "x-should-retry: false");
    vespa_assert_hides(&r->result, "text/pl");
    assert_int_equal(vespa_raw_server_requests(r->server), 1);
}

static void what_is_no_http_is_not_sent_again(void **state)
{
    struct routed *r = *state;
    static const char *const answers[] = {"hello\r\n", "HTTP/1.1 2xx Fine\r\n\r\n", "\x16\x03\x01",
                                          "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nhello"};
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        routed_raw_worker(r, answers[i], 0);
        routed_easy(r, NULL, ASK("/path"), PERFORM, NULL);
        routed_assert_reply(r, 502, "worker_failed", "was not sent again", NULL);
        assert_int_equal(vespa_raw_server_requests(r->server), 1);
    }
    routed_raw_worker(r, "hello\r\n", 0);
    routed_easy(r, NULL, ASK("/path"), "HTTP09_ALLOWED=1", PERFORM, NULL);
    routed_assert_reply(r, 502, "worker_failed", "was not sent again", NULL);
    assert_int_equal(vespa_raw_server_requests(r->server), 1);
}

static void a_worker_slower_than_the_deadline_is_not_doubled(void **state)
{
    struct routed *r = *state;
    vespa_sim_process_fault(r->sim, "worker-slow,ms=15000");
    routed_easy(r, ENVIRONMENT("VESPA_DEADLINE=1"), ASK("/echo"), PERFORM, NULL);
    routed_assert_reply(r, 503, "worker_timeout", "may still be running", "not sent again", NULL);
    routed_assert_header(r, "x-should-retry: false");
    vespa_assert_hides(&r->result, "Retry-After");
    routed_stats_of(r, 1);
    assert_int_equal(vespa_json_number(r->stats, "route.count"), 1);
    assert_int_equal(routed_worker_requests(r), 1);
}

static void the_deadline_does_not_cut_a_stream(void **state)
{
    struct routed *r = *state;
    routed_easy(r, ENVIRONMENT("VESPA_DEADLINE=1"), ASK("/slow-stream?chunks=4&delay=500"), PERFORM,
                NULL);
    vespa_assert_line(&r->result, "result 0");
    vespa_assert_line(&r->result, "body chunk 1\\nchunk 2\\nchunk 3\\nchunk 4\\n");
}

static void a_head_without_end_is_cut_off(void **state)
{
    struct routed *r = *state;
    size_t length = 400 * 1024;
    char *answer = malloc(length + 64);
    size_t at = (size_t)sprintf(answer, "HTTP/1.1 200 OK\r\n");
    while (at < length)
        at += (size_t)sprintf(answer + at, "X-Filler: 0123456789012345678901234567890\r\n");
    strcpy(answer + at, "\r\n");
    routed_raw_worker(r, answer, 0);
    routed_easy(r, NULL, ASK("/path"), PERFORM, NULL);
    routed_assert_reply(r, 502, "worker_failed", "was not sent again", NULL);
    assert_int_equal(vespa_raw_server_requests(r->server), 1);
    vespa_raw_server_stop(r->server);
    r->server = NULL;
    free(answer);
}

/* ---- connections ----------------------------------------------------------------------------- */

static void a_short_answer_that_is_thrown_away_leaves_the_connection_open(void **state)
{
    struct routed *r = *state;
    routed_restart(r, "--workers", "1", NULL);
    vespa_sim_process_fault(r->sim, "worker-status,status=503,count=1");
    routed_easy(r, NULL, ASK("/echo"), "perform", NULL);
    vespa_assert_line(&r->result, "body {\"a\":1}");
    routed_stats(r);
    assert_int_equal(routed_worker_requests(r), 2);
    assert_int_equal(routed_worker_connections(r), 1);
    assert_int_equal(vespa_json_number(r->stats, "autoscaler.connections"), 1);
}

static void an_answer_that_is_thrown_away_and_trickles_is_cut_off(void **state)
{
    struct routed *r = *state;
    routed_restart(r, "--workers", "1", NULL);
    vespa_sim_process_fault(r->sim, "worker-slow-chunks,ms=1000,size=1,count=1");
    routed_easy(r, ENVIRONMENT("VESPA_RETRIES=1"), ASK("/status/503"), PERFORM, NULL);
    vespa_assert_line(&r->result, "body {\"status\":503}\\n");
    routed_stats(r);
    assert_int_equal(routed_worker_requests(r), 2);
    assert_int_equal(routed_worker_connections(r), 2);
    assert_true(vespa_json_number(r->stats, "workers.0.requests.0.client_gone"));
    assert_true(vespa_json_number(r->stats, "workers.0.requests.1.complete"));
}

static void requests_one_after_the_other_share_their_connections(void **state)
{
    struct routed *r = *state;
    routed_restart(r, "--workers", "1", NULL);
    routed_easy(r, NULL, ASK("/echo"), "repeat", "3", "perform", NULL);
    routed_stats(r);
    assert_int_equal(vespa_json_number(r->stats, "route.count"), 3);
    assert_int_equal(routed_worker_connections(r), 1);
    assert_int_equal(vespa_json_number(r->stats, "autoscaler.connections"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROUTED(a_failure_that_persists_is_the_last_workers_own_answer),
        ROUTED(a_dead_worker_is_routed_around),
        ROUTED(two_dead_workers_are_routed_around),
        ROUTED(a_worker_that_hangs_up_is_routed_around),
        ROUTED(a_refused_signature_gets_a_fresh_route_at_once),
        ROUTED(a_busy_worker_is_routed_around),
        ROUTED(a_failing_worker_is_routed_around),
        ROUTED(retry_after_of_a_worker_is_kept_to),
        ROUTED(a_worker_that_comes_back_in_time_is_waited_for),
        ROUTED(a_get_is_routed_around_as_well),
        ROUTED(a_signature_that_is_never_accepted_is_told_after_two_workers),
        ROUTED(a_models_own_refusal_is_its_answer),
        ROUTED(a_401_with_a_body_is_the_models_own),
        ROUTED(without_retries_the_first_failure_is_the_answer),
        ROUTED(a_retry_after_beyond_the_deadline_ends_the_retries),
        ROUTED(when_all_workers_are_dead_the_answer_says_so),
        ROUTED(an_answer_before_a_lost_worker_is_named),
        ROUTED(an_answer_that_breaks_off_is_a_failed_transfer),
        ROUTED(in_every_framing_a_cut_is_a_failed_transfer),
        ROUTED(a_head_that_breaks_off_is_not_sent_again),
        ROUTED(what_is_no_http_is_not_sent_again),
        ROUTED(a_worker_slower_than_the_deadline_is_not_doubled),
        ROUTED(the_deadline_does_not_cut_a_stream),
        ROUTED(a_head_without_end_is_cut_off),
        ROUTED(a_short_answer_that_is_thrown_away_leaves_the_connection_open),
        ROUTED(an_answer_that_is_thrown_away_and_trickles_is_cut_off),
        ROUTED(requests_one_after_the_other_share_their_connections),
    };
    return routed_run_both(tests);
}
