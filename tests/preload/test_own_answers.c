/*
 * Each row of design.md §4, through a real program and both of libcurl's interfaces: what an answer
 * of our own looks like, and when it is given.
 */
#include "tests/preload/routed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void ask_under(struct routed *r, const char *fault, const char *setting)
{
    vespa_sim_process_fault(r->sim, fault);
    routed_easy(r, ENVIRONMENT(setting), ASK("/echo"), PERFORM, NULL);
}

static void assert_workers_got(struct routed *r, int requests)
{
    routed_stats_of(r, requests);
    assert_int_equal(routed_worker_requests(r), requests);
}

static void no_worker_before_the_deadline_is_a_503(void **state)
{
    struct routed *r = *state;
    ask_under(r, "route-cold,form=queued", "VESPA_DEADLINE=1");
    routed_assert_reply(r, 503, "no_worker_ready", "deadline of 1.0 s", "position 3 of 17", NULL);
    routed_assert_header(r, "Retry-After: 30");
    assert_workers_got(r, 0);
}

static void a_refused_key_is_a_401_that_names_the_kind_of_key(void **state)
{
    struct routed *r = *state;
    ask_under(r, "route-status,status=401", "VESPA_LOG=error");
    routed_assert_reply(r, 401, "wrong_key", "*endpoint's* key, not the account's key", NULL);
    assert_workers_got(r, 0);

    routed_easy(r, ENVIRONMENT("VAST_API_KEY=", "VAST_ACCOUNT_KEY=none"), ASK("/echo"), PERFORM,
                NULL);
    routed_assert_reply(r, 401, "wrong_key", "*account's* key, not an endpoint's key", NULL);
}

static void an_unknown_endpoint_is_a_404(void **state)
{
    struct routed *r = *state;
    routed_easy(r, ENVIRONMENT("VAST_ENDPOINT=another"), COLLECT,
                "URL=http://another.vespa.internal/", PERFORM, NULL);
    routed_assert_reply(r, 404, "unknown_endpoint", "'another'", NULL);
    routed_easy(r, NULL, COLLECT, "URL=http://nobody.vespa.internal/", PERFORM, NULL);
    routed_assert_reply(r, 404, "unknown_endpoint", "may be one of: my-endpoint", NULL);
}

/* It refuses connections, for as long as the back-off takes. */
static void an_autoscaler_that_cannot_be_reached_is_a_502(void **state)
{
    struct routed *r = *state;
    routed_easy(r, ENVIRONMENT("VESPA_AUTOSCALER_URL=http://127.0.0.1:1"), ASK("/echo"), PERFORM,
                NULL);
    routed_assert_reply(r, 502, "autoscaler_failed", "http://127.0.0.1:1", "6 times in a row",
                        "VESPA_AUTOSCALER_URL", NULL);
}

static void an_autoscaler_that_keeps_failing_is_a_502(void **state)
{
    struct routed *r = *state;
    ask_under(r, "route-status,status=500,body=disk on fire", "VESPA_LOG=error");
    routed_assert_reply(r, 502, "autoscaler_failed", "6 times in a row", "HTTP 500", NULL);
    assert_workers_got(r, 0);
}

static void the_last_workers_answer_is_the_answer(void **state)
{
    struct routed *r = *state;
    ask_under(r, "worker-status,status=503,body=no memory", "VESPA_RETRIES=1");
    vespa_assert_line(&r->result, "body no memory");
    assert_string_equal(routed_info(r, "RESPONSE_CODE"), "503");
    assert_workers_got(r, 2);
}

static void workers_without_an_answer_are_a_502_or_a_503(void **state)
{
    struct routed *r = *state;
    ask_under(r, "worker-dead", "VESPA_RETRIES=1");
    routed_assert_reply(r, 502, "worker_failed", "could not be reached", "attempt 2 of 2", NULL);
    assert_workers_got(r, 0);

    vespa_sim_process_reset(r->sim);
    vespa_sim_process_fault(r->sim, "worker-status,status=503,unread=1,count=1");
    ask_under(r, "worker-close", "VESPA_RETRIES=1");
    routed_assert_reply(r, 503, "worker_failed", "The worker before it answered HTTP 503", NULL);
    assert_workers_got(r, 2);
}

static void a_worker_that_is_not_acceptable_is_a_502(void **state)
{
    struct routed *r = *state;
    ask_under(r, "route-url,url=http://user@127.0.0.1:1", "VESPA_LOG=error");
    routed_assert_reply(r, 502, "worker_not_acceptable", "address", NULL);

    vespa_sim_process_reset(r->sim);
    routed_easy(r, NULL, ASK("/redirect/302?to=http://192.0.2.1/"), PERFORM, NULL);
    routed_assert_reply(r, 502, "worker_not_acceptable", "redirect to another server", NULL);

    routed_restart(r, "--tls", "--tls-fault", "expired", NULL);
    routed_easy(r, NULL, ASK("/echo"), PERFORM, NULL);
    routed_assert_reply(r, 502, "worker_not_acceptable", "certificate has expired", NULL);
    assert_workers_got(r, 0);
}

static void a_body_that_cannot_be_sent_is_a_400_415_or_413(void **state)
{
    struct routed *r = *state;
    routed_easy(r, NULL, ASK("/echo"), "POSTFIELDS={\"a\":1,}", PERFORM, NULL);
    routed_assert_reply(r, 400, "invalid_json", "at byte 7", NULL);
    routed_easy(r, NULL, ASK("/echo"), "mime=a=b", PERFORM, NULL);
    routed_assert_reply(r, 415, "unsupported_body", "JSON", NULL);
    routed_easy(r, NULL, COLLECT, "URL=" HOST "/echo", "POST=1", "POSTFIELDS=NULL",
                "POSTFIELDSIZE_LARGE=300000000", "READFUNCTION=endless", PERFORM, NULL);
    routed_assert_reply(r, 413, "body_too_large", "268435456", NULL);
    assert_workers_got(r, 0);
    assert_int_equal(vespa_json_number(r->stats, "route.count"), 0);
}

static void a_configuration_that_is_of_no_use_is_a_500(void **state)
{
    struct routed *r = *state;
    routed_easy(r, ENVIRONMENT("VAST_ENDPOINT="), COLLECT, "URL=http://vespa.internal/echo",
                PERFORM, NULL);
    routed_assert_reply(r, 500, "configuration", "VAST_ENDPOINT", NULL);
    assert_workers_got(r, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROUTED(an_autoscaler_that_cannot_be_reached_is_a_502),
        ROUTED(an_autoscaler_that_keeps_failing_is_a_502),
        ROUTED(no_worker_before_the_deadline_is_a_503),
        ROUTED(a_refused_key_is_a_401_that_names_the_kind_of_key),
        ROUTED(an_unknown_endpoint_is_a_404),
        ROUTED(the_last_workers_answer_is_the_answer),
        ROUTED(workers_without_an_answer_are_a_502_or_a_503),
        ROUTED(a_worker_that_is_not_acceptable_is_a_502),
        ROUTED(a_body_that_cannot_be_sent_is_a_400_415_or_413),
        ROUTED(a_configuration_that_is_of_no_use_is_a_500),
    };
    return routed_run_both(tests);
}
