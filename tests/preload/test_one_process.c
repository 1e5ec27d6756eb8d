/*
 * Many requests of one process: handles that are reset, duplicated, closed and made anew, and
 * requests that fail beside others that do not. With both of libcurl's interfaces.
 */
#include "tests/preload/routed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ECHO  ASK("/echo")
#define GOOD  "POSTFIELDS={\"a\":1}", "URL=" HOST "/echo", "perform"
#define EMPTY "POSTFIELDS={}", "URL=" HOST "/echo", "perform"

static unsigned count(const char *text, const char *part)
{
    unsigned found = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part))
        found++;
    return found;
}

static void assert_results(const struct routed *r, unsigned good, unsigned all)
{
    unsigned results = count(r->result.out, "result ");
    if (results != all || count(r->result.out, "result 0\n") != all ||
        count(r->result.out, "body {\"a\":1}\n") != good)
        fail_msg("not %u results 0 and %u answers:\n%s", all, good, r->result.out);
}

/* ---- handles --------------------------------------------------------------------------------- */

static void a_handle_that_was_reset_is_as_a_new_one(void **state)
{
    struct routed *r = *state;
    routed_easy(r, NULL, ECHO, "USERAGENT=before", "CUSTOMREQUEST=PATCH", "perform", "reset",
                "URL=" HOST "/inspect", "WRITEFUNCTION=collect", "perform", "reset", ECHO,
                "perform", NULL);
    assert_results(r, 2, 3);
    routed_stats(r);
    assert_int_equal(routed_worker_requests(r), 3);
    vespa_assert_shows(&r->result, "\"method\":\"GET\"");
    vespa_assert_hides(&r->result, "before");
}

static void handles_come_and_go(void **state)
{
    struct routed *r = *state;
    routed_easy(r, NULL, ECHO, "perform", "fresh", ECHO, "perform", "dup", "perform", "close",
                "perform", "dup", "only", "perform", NULL);
    assert_results(r, 5, 5);
    routed_stats(r);
    assert_int_equal(routed_worker_requests(r), 5);
    assert_int_equal(vespa_json_number(r->stats, "violation_count"), 0);
}

/* What libcurl gives back then is ours too: connections to the autoscaler. */
static void libcurl_may_be_cleaned_up_and_set_up_again(void **state)
{
    struct routed *r = *state;
    routed_easy(r, NULL, ECHO, "perform", "global_cleanup", ECHO, "perform", "global_cleanup", ECHO,
                "perform", NULL);
    assert_results(r, 3, 3);
    routed_stats(r);
    assert_int_equal(routed_worker_requests(r), 3);
}

static void a_url_that_is_changed_after_the_body_is_set_is_the_one_that_counts(void **state)
{
    struct routed *r = *state;
    char plain[128];
    snprintf(plain, sizeof plain, "URL=%s/health", vespa_sim_process_worker(r->sim, 0));
    routed_easy(r, NULL, COLLECT, plain, "URL=" HOST "/echo", "perform", plain, "HTTPGET=1",
                "perform", "URL=" HOST "/echo", "POSTFIELDS={\"a\":1}", "perform", NULL);
    assert_results(r, 2, 3);
    routed_stats(r);
    assert_int_equal(vespa_json_number(r->stats, "route.count"), 2);
}

/* ---- what goes wrong ------------------------------------------------------------------------- */

/* One line of the log for each. Before and after each a good request goes its way. */
static void a_failure_is_told_once_and_hinders_no_other_request(void **state)
{
    struct routed *r = *state;
    routed_easy(r, ENVIRONMENT(r->log, "VESPA_LOG=error", "VESPA_DEADLINE=30"), COLLECT, GOOD,
                "POSTFIELDS={\"a\":", "perform", GOOD, "mime=part=contents", "perform", GOOD,
                "URL=http://nobody.vespa.internal/", "perform", GOOD, "POSTFIELDS=", "POSTFIELDS=[",
                "perform", GOOD, NULL);
    assert_results(r, 5, 9);
    routed_stats(r);
    assert_int_equal(routed_worker_requests(r), 5);
    char *log = routed_log(r);
    assert_int_equal(count(log, "\n"), 4);
    assert_int_equal(count(log, "error: "), 4);
    assert_int_equal(count(log, "invalid_json"), 2);
    assert_int_equal(count(log, "unsupported_body"), 1);
    assert_int_equal(count(log, "unknown_endpoint"), 1);
    assert_null(strstr(log, "contents"));
    free(log);
}

static void an_autoscaler_that_is_not_there_is_named(void **state)
{
    struct routed *r = *state;
    routed_easy(r, ENVIRONMENT(r->log, "VESPA_DEADLINE=1"), ECHO, "TIMEOUT_MS=60000", PERFORM,
                NULL);
    vespa_assert_line(&r->result, "body {\"a\":1}");
    /* A port that nobody listens on: bound by the kernel's choice, and given back. */
    struct vespa_raw_server *gone = vespa_raw_server_start("");
    char variable[256];
    snprintf(variable, sizeof variable, "VESPA_AUTOSCALER_URL=%s", vespa_raw_server_url(gone));
    vespa_raw_server_stop(gone);
    routed_easy(r, ENVIRONMENT(r->log, variable, "VESPA_DEADLINE=1"), ECHO, PERFORM, NULL);
    routed_assert_reply(r, 503, "no_worker_ready", "Failed to connect to 127.0.0.1", NULL);
    char *log = routed_log(r);
    assert_int_equal(count(log, "\n"), 1);
    free(log);
}

/* Nothing of vespa's is seen where nothing goes wrong. */
static void a_program_that_succeeds_says_no_more_than_without_us(void **state)
{
    struct routed *r = *state;
    routed_easy(r, NULL, COLLECT, GOOD, EMPTY, NULL);
    assert_string_equal(r->result.err, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROUTED(a_handle_that_was_reset_is_as_a_new_one),
        ROUTED(handles_come_and_go),
        ROUTED(libcurl_may_be_cleaned_up_and_set_up_again),
        ROUTED(a_url_that_is_changed_after_the_body_is_set_is_the_one_that_counts),
        ROUTED(a_failure_is_told_once_and_hinders_no_other_request),
        ROUTED(an_autoscaler_that_is_not_there_is_named),
        ROUTED(a_program_that_succeeds_says_no_more_than_without_us),
    };
    return routed_run_both(tests);
}
