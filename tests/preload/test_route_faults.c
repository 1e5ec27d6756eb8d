/*
 * What the program notices of an autoscaler that has no worker yet, fails, or says nonsense: the
 * table of protocol.md §3, through a real application.
 */
#include "tests/preload/routed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The request succeeds after so many route calls, as one request, sent to a worker once. */
static void assert_recovers(struct routed *r, const char *fault, int route_calls)
{
    vespa_sim_process_reset(r->sim);
    vespa_sim_process_fault(r->sim, fault);
    routed_easy(r, NULL, ASK("/echo"), "POSTFIELDS={\"max_tokens\":7,\"n\":1e400}", PERFORM, NULL);
    vespa_assert_line(&r->result, "result 0");
    vespa_assert_line(&r->result, "body {\"max_tokens\":7,\"n\":1e400}");
    assert_string_equal(r->result.err, "");
    routed_stats(r);
    routed_assert_one_request(r, route_calls);
    assert_string_equal(vespa_json_string(r->stats, "route.calls.0.cost"), "7");
    assert_int_equal(routed_worker_requests(r), 1);
}

/* ---- no worker yet --------------------------------------------------------------------------- */

static void a_cold_start_told_by_a_status_is_waited_for(void **state)
{
    struct routed *r = *state;
    assert_recovers(r, "route-cold,count=2", 3);
    assert_string_equal(vespa_json_string(r->stats, "route.calls.1.request_idx"),
                        vespa_json_string(r->stats, "route.calls.0.answered_idx"));
}

static void a_queue_is_waited_in(void **state)
{
    assert_recovers(*state, "route-cold,form=queued,count=1", 2);
}

static void an_engine_that_loads_its_tables_is_waited_for(void **state)
{
    assert_recovers(*state, "route-cold,form=error_msg,count=1", 2);
    assert_recovers(*state, "route-cold,form=string,count=1", 2);
}

static void an_answer_without_request_idx_is_waited_for(void **state)
{
    assert_recovers(*state, "route-cold,request_idx=0,count=1", 2);
}

static void the_request_idx_stays_when_a_poll_fails(void **state)
{
    struct routed *r = *state;
    vespa_sim_process_fault(r->sim, "route-cold,count=1");
    vespa_sim_process_fault(r->sim, "route-status,status=503,count=1");
    vespa_sim_process_fault(r->sim, "worker-close,count=1");
    routed_easy(r, NULL, ASK("/echo"), PERFORM, NULL);
    vespa_assert_line(&r->result, "body {\"a\":1}");
    routed_stats(r);
    routed_assert_one_request(r, 4);
}

static void two_requests_have_two_indexes(void **state)
{
    struct routed *r = *state;
    routed_easy(r, NULL, ASK("/echo"), "perform", "perform", NULL);
    routed_stats(r);
    assert_int_equal(vespa_json_number(r->stats, "route.count"), 2);
    assert_true(cJSON_IsNull(vespa_json_find(r->stats, "route.calls.1.request_idx")));
    assert_string_not_equal(vespa_json_string(r->stats, "route.calls.0.answered_idx"),
                            vespa_json_string(r->stats, "route.calls.1.answered_idx"));
}

/* ---- failures -------------------------------------------------------------------------------- */

static void an_autoscaler_that_is_asked_too_often_is_asked_again(void **state)
{
    assert_recovers(*state, "route-status,status=429,count=1", 2);
}

static void an_autoscaler_that_fails_once_is_asked_again(void **state)
{
    assert_recovers(*state, "route-status,status=500,count=1", 2);
    assert_recovers(*state, "route-status,status=503,count=1,type=text/html,body=<html>", 2);
}

static void an_autoscaler_that_hangs_up_is_asked_again(void **state)
{
    assert_recovers(*state, "route-close,count=1", 2);
}

static void nonsense_of_the_autoscaler_is_asked_about_again(void **state)
{
    static const char *const forms[] = {"text", "empty", "huge", "truncated", "array"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        char fault[64];
        snprintf(fault, sizeof fault, "route-garbage,form=%s,count=1", forms[i]);
        assert_recovers(*state, fault, 2);
    }
}

static void a_slow_autoscaler_is_waited_for(void **state)
{
    assert_recovers(*state, "route-slow,ms=400,count=1", 1);
}

/* ---- for good -------------------------------------------------------------------------------- */

static void a_refused_key_is_not_tried_again(void **state)
{
    struct routed *r = *state;
    static const int statuses[] = {401, 403};
    for (size_t i = 0; i < 2; i++) {
        char fault[64];
        snprintf(fault, sizeof fault, "route-status,status=%d", statuses[i]);
        vespa_sim_process_reset(r->sim);
        vespa_sim_process_fault(r->sim, fault);
        routed_easy(r, NULL, ASK("/echo"), PERFORM, NULL);
        routed_assert_reply(r, 401, "wrong_key", "*endpoint's* key", "VAST_API_KEY", NULL);
        routed_stats(r);
        assert_int_equal(vespa_json_number(r->stats, "route.count"), 1);
        assert_int_equal(routed_worker_requests(r), 0);
    }
}

static void an_unknown_endpoint_is_not_asked_for_again(void **state)
{
    struct routed *r = *state;
    routed_easy(r, ENVIRONMENT("VAST_ENDPOINT=another"), COLLECT,
                "URL=http://another.vespa.internal/echo", PERFORM, NULL);
    routed_assert_reply(r, 404, "unknown_endpoint", "'another'", "VAST_ENDPOINT", NULL);
    routed_stats(r);
    assert_int_equal(vespa_json_number(r->stats, "route.count"), 1);
}

static void an_endless_cold_start_ends_at_the_deadline(void **state)
{
    struct routed *r = *state;
    vespa_sim_process_fault(r->sim, "route-cold");
    routed_easy(r, ENVIRONMENT("VESPA_DEADLINE=2"), ASK("/echo"), PERFORM, NULL);
    routed_assert_reply(r, 503, "no_worker_ready", "deadline of 2.0 s", "loading, 0 of 1 workers",
                        "VESPA_DEADLINE", NULL);
    routed_assert_header(r, "Retry-After: 30");
    assert_true(r->result.duration_ms >= 2000);
    routed_stats(r);
    assert_true(vespa_json_number(r->stats, "route.count") >= 2);
    assert_int_equal(routed_worker_requests(r), 0);
}

static void a_queue_without_end_ends_at_the_deadline(void **state)
{
    struct routed *r = *state;
    vespa_sim_process_fault(r->sim, "route-cold,form=queued");
    routed_easy(r, ENVIRONMENT("VESPA_DEADLINE=1"), ASK("/echo"), PERFORM, NULL);
    routed_assert_reply(r, 503, "no_worker_ready", "queued", "position 3 of 17", NULL);
}

static void an_autoscaler_that_never_answers_ends_at_the_deadline(void **state)
{
    struct routed *r = *state;
    vespa_sim_process_fault(r->sim, "route-slow,ms=20000");
    routed_easy(r, ENVIRONMENT("VESPA_DEADLINE=1"), ASK("/echo"), PERFORM, NULL);
    routed_assert_reply(r, 503, "no_worker_ready", "timed out", NULL);
}

static void an_autoscaler_that_keeps_failing_is_quoted_at_the_deadline(void **state)
{
    struct routed *r = *state;
    vespa_sim_process_fault(r->sim, "route-status,status=500,body={\"msg\":\"disk on fire\"}");
    routed_easy(r, ENVIRONMENT("VESPA_DEADLINE=1"), ASK("/echo"), PERFORM, NULL);
    routed_assert_reply(r, 503, "no_worker_ready", "HTTP 500", "disk on fire", NULL);
    routed_assert_header(r, "Retry-After: 30");
}

static void a_worker_at_an_address_that_is_none_gets_nothing(void **state)
{
    struct routed *r = *state;
    const char *worker = vespa_sim_process_worker(r->sim, 0);
    char with_user[160], with_path[160], with_query[160], with_fragment[160];
    snprintf(with_user, sizeof with_user, "http://user:pass@%s", worker + strlen("http://"));
    snprintf(with_path, sizeof with_path, "%s/v1", worker);
    snprintf(with_query, sizeof with_query, "%s?x=1", worker);
    snprintf(with_fragment, sizeof with_fragment, "%s/#x", worker);
    const char *const urls[] = {with_user,
                                with_path,
                                with_query,
                                with_fragment,
                                "ftp://127.0.0.1/",
                                "file:///etc/passwd",
                                "127.0.0.1",
                                "http://",
                                "http:/127.0.0.1:1/",
                                "http://127.0.0.1:99999"};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        char fault[200];
        snprintf(fault, sizeof fault, "route-url,url=%s", urls[i]);
        vespa_sim_process_reset(r->sim);
        vespa_sim_process_fault(r->sim, fault);
        routed_easy(r, NULL, ASK("/echo"), PERFORM, NULL);
        routed_assert_reply(r, 502, "worker_not_acceptable", "address", "Nothing was sent", NULL);
        routed_stats(r);
        assert_int_equal(vespa_json_number(r->stats, "route.count"), 1);
        assert_int_equal(routed_worker_requests(r), 0);
    }
    vespa_sim_process_reset(r->sim);
    vespa_sim_process_fault(r->sim, "route-garbage,form=scheme");
    routed_easy(r, NULL, ASK("/echo"), PERFORM, NULL);
    routed_assert_reply(r, 502, "worker_not_acceptable", "ftp:", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROUTED(a_cold_start_told_by_a_status_is_waited_for),
        ROUTED(a_queue_is_waited_in),
        ROUTED(an_engine_that_loads_its_tables_is_waited_for),
        ROUTED(an_answer_without_request_idx_is_waited_for),
        ROUTED(the_request_idx_stays_when_a_poll_fails),
        ROUTED(two_requests_have_two_indexes),
        ROUTED(an_autoscaler_that_is_asked_too_often_is_asked_again),
        ROUTED(an_autoscaler_that_fails_once_is_asked_again),
        ROUTED(an_autoscaler_that_hangs_up_is_asked_again),
        ROUTED(nonsense_of_the_autoscaler_is_asked_about_again),
        ROUTED(a_slow_autoscaler_is_waited_for),
        ROUTED(a_refused_key_is_not_tried_again),
        ROUTED(an_unknown_endpoint_is_not_asked_for_again),
        ROUTED(an_endless_cold_start_ends_at_the_deadline),
        ROUTED(a_queue_without_end_ends_at_the_deadline),
        ROUTED(an_autoscaler_that_never_answers_ends_at_the_deadline),
        ROUTED(an_autoscaler_that_keeps_failing_is_quoted_at_the_deadline),
        ROUTED(a_worker_at_an_address_that_is_none_gets_nothing),
    };
    return routed_run_both(tests);
}
