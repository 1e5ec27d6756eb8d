/* Requests in many threads at once; also under ThreadSanitizer (`make tsan`). */
#include "tests/preload/routed.h"

#include <stdio.h>
#include <stdlib.h>

/* Sixteen threads with five requests each. "-" stands for a word that is not said. */
static void assert_all_good(struct routed *r, const char *first, const char *second,
                            const char *third)
{
    routed_program(r, NULL, "threads", "16", "5", first, second, third, HOST "/echo", NULL);
    vespa_assert_line(&r->result, "80 of 80");
    routed_stats(r);
    assert_int_equal(routed_worker_requests(r), 80);
    assert_int_equal(vespa_json_number(r->stats, "route.count"), 80);
    assert_int_equal(vespa_json_number(r->stats, "violation_count"), 0);
}

static void each_thread_has_an_easy_handle(void **state)
{
    assert_all_good(*state, "-", "-", "-");
}

static void each_request_has_a_new_easy_handle(void **state)
{
    assert_all_good(*state, "new", "-", "-");
}

static void threads_share_cookies_names_and_sessions(void **state)
{
    assert_all_good(*state, "share", "-", "-");
}

static void each_thread_has_a_multi_handle(void **state)
{
    assert_all_good(*state, "multi", "-", "-");
}

static void multi_handles_in_threads_that_share(void **state)
{
    assert_all_good(*state, "share", "multi", "new");
}

static void threads_wait_for_a_worker_together(void **state)
{
    struct routed *r = *state;
    vespa_sim_process_fault(r->sim, "route-cold,count=16");
    routed_program(r, NULL, "threads", "16", "1", HOST "/echo", NULL);
    vespa_assert_line(&r->result, "16 of 16");
}

static void faults_in_many_threads(void **state)
{
    struct routed *r = *state;
    vespa_sim_process_fault(r->sim, "worker-close,count=4");
    vespa_sim_process_fault(r->sim, "worker-status,status=503,count=4");
    routed_program(r, ENVIRONMENT("VESPA_RETRIES=20"), "threads", "16", "5", HOST "/echo", NULL);
    vespa_assert_line(&r->result, "80 of 80");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROUTED(each_thread_has_an_easy_handle),
        ROUTED(each_request_has_a_new_easy_handle),
        ROUTED(threads_share_cookies_names_and_sessions),
        ROUTED(each_thread_has_a_multi_handle),
        ROUTED(multi_handles_in_threads_that_share),
        ROUTED(threads_wait_for_a_worker_together),
        ROUTED(faults_in_many_threads),
    };
    return routed_run(tests);
}
