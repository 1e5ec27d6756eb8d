/*
 * The program's patience: its progress callback, its time-outs and its low-speed rule count in each
 * phase of a routed request (design.md §3, Time).
 */
#include "tests/preload/routed.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define COUNT "XFERINFOFUNCTION=count", "NOPROGRESS=0"

/* What is played, by the phase that it makes long. */
static const char endless_cold[] = "route-cold";
static const char slow_route[] = "route-slow,ms=20000";
static const char slow_worker[] = "worker-slow,ms=20000";
static const char slow_answer[] = "worker-slow-chunks,ms=100,size=1";

static unsigned calls(const struct routed *r)
{
    const char *line = strstr(r->result.out, "\ncalls ");
    assert_non_null(line);
    return (unsigned)atoi(line + 7);
}

/* ---- progress -------------------------------------------------------------------------------- */

static void progress_is_called_while_no_worker_is_ready(void **state)
{
    struct routed *r = *state;
    vespa_sim_process_fault(r->sim, "route-cold,count=1");
    routed_easy(r, NULL, ASK("/echo"), COUNT, "perform", "calls", NULL);
    vespa_assert_line(&r->result, "body {\"a\":1}");
    assert_true(calls(r) >= 5); /* a second of waiting, and the transfers themselves */
    routed_stats(r);
    routed_assert_one_request(r, 2);
}

/* What the program does in that phase ends the request with that result, before or after a worker
 * had it. */
static void assert_ended(struct routed *r, const char *fault, const char *limit, const char *result,
                         int worker_requests)
{
    vespa_sim_process_reset(r->sim);
    vespa_sim_process_fault(r->sim, fault);
    routed_easy(r, NULL, ASK("/echo"), "NOPROGRESS=0", limit, PERFORM, NULL);
    vespa_assert_line(&r->result, result);
    vespa_assert_no_line(&r->result, "error ");
    routed_stats_of(r, worker_requests);
    assert_int_equal(routed_worker_requests(r), worker_requests);
    assert_int_equal(vespa_json_number(r->stats, "violation_count"), 0);
}

static void progress_aborts_while_no_worker_is_ready(void **state)
{
    assert_ended(*state, endless_cold, "XFERINFOFUNCTION=abort", "result 42", 0);
}

static void progress_aborts_while_a_worker_is_asked_for(void **state)
{
    assert_ended(*state, slow_route, "XFERINFOFUNCTION=abort_idle", "result 42", 0);
}

static void progress_aborts_while_the_worker_works(void **state)
{
    struct routed *r = *state;
    assert_ended(r, slow_worker, "XFERINFOFUNCTION=abort_sent", "result 42", 1);
    assert_string_equal(routed_info(r, "RESPONSE_CODE"), "0");
    routed_assert_one_request(r, 1);
}

static void progress_aborts_in_the_middle_of_a_stream(void **state)
{
    struct routed *r = *state;
    assert_ended(r, slow_answer, "XFERINFOFUNCTION=abort_received", "result 42", 1);
    assert_string_equal(routed_info(r, "RESPONSE_CODE"), "200");
    vespa_assert_no_line(&r->result, "body {\"a\":1}");
}

static void the_old_progress_callback_counts_as_well(void **state)
{
    struct routed *r = *state;
    assert_ended(r, endless_cold, "PROGRESSFUNCTION=abort", "result 42", 0);
    vespa_sim_process_reset(r->sim);
    vespa_sim_process_fault(r->sim, "route-cold,count=1");
    routed_easy(r, NULL, ASK("/echo"), "PROGRESSFUNCTION=count", "NOPROGRESS=0", "perform", "calls",
                NULL);
    vespa_assert_line(&r->result, "result 0");
    assert_true(calls(r) >= 5);
}

static void progress_that_is_switched_off_is_never_called(void **state)
{
    struct routed *r = *state;
    vespa_sim_process_fault(r->sim, "route-cold,count=1");
    routed_easy(r, NULL, ASK("/echo"), "XFERINFOFUNCTION=abort", "PROGRESSFUNCTION=abort",
                "NOPROGRESS=1", "perform", "calls", "URL=http://nobody.vespa.internal/", "perform",
                NULL);
    vespa_assert_line(&r->result, "body {\"a\":1}");
    vespa_assert_line(&r->result, "calls 0");
    vespa_assert_no_line(&r->result, "progress called");
    vespa_assert_no_line(&r->result, "result 42");
}

static void progress_aborts_an_answer_of_our_own(void **state)
{
    struct routed *r = *state;
    routed_easy(r, NULL, COLLECT, "URL=http://nobody.vespa.internal/", "NOPROGRESS=0",
                "XFERINFOFUNCTION=abort_idle", PERFORM, NULL);
    vespa_assert_line(&r->result, "result 42");
    vespa_assert_line(&r->result, "body ");
}

/* ---- time-outs ------------------------------------------------------------------------------- */

static void a_time_out_ends_the_request_in_each_phase(void **state)
{
    struct routed *r = *state;
    static const char limit[] = "TIMEOUT_MS=300";
    assert_ended(r, endless_cold, limit, "result 28", 0);
    vespa_assert_shows(&r->result, "timed out");
    assert_ended(r, slow_route, limit, "result 28", 0);
    vespa_assert_shows(&r->result, "timed out");
    assert_ended(r, slow_worker, limit, "result 28", 1);
    vespa_assert_shows(&r->result, "timed out");
    assert_ended(r, slow_answer, limit, "result 28", 1);
    vespa_assert_shows(&r->result, "timed out");
    assert_string_equal(routed_info(r, "RESPONSE_CODE"), "200");
    assert_true(strstr(r->result.out, "body {") != NULL);
    assert_ended(r, endless_cold, "TIMEOUT=1", "result 28", 0);
}

static void a_time_out_covers_the_sum_of_the_phases(void **state)
{
    struct routed *r = *state;
    vespa_sim_process_fault(r->sim, "route-slow,ms=500");
    vespa_sim_process_fault(r->sim, "worker-slow,ms=500");
    routed_easy(r, NULL, ASK("/echo"), "TIMEOUT_MS=800", PERFORM, NULL);
    vespa_assert_line(&r->result, "result 28");
    routed_stats_of(r, 1);
    routed_assert_one_request(r, 1);
    assert_int_equal(routed_worker_requests(r), 1);
}

static void a_time_out_counts_from_perform_on(void **state)
{
    struct routed *r = *state;
    routed_easy(r, NULL, ASK("/echo"), "TIMEOUT_MS=1000", "sleep", "1100", "perform", "perform",
                NULL);
    vespa_assert_line(&r->result, "result 0");
    vespa_assert_no_line(&r->result, "result 28");
}

static void after_a_time_out_getinfo_tells_of_no_earlier_transfer(void **state)
{
    struct routed *r = *state;
    static const char *const faults[] = {endless_cold, slow_route, slow_worker};
    char admin[128];
    snprintf(admin, sizeof admin, "URL=%s/admin/fault",
             vespa_sim_process_value(r->sim, "VESPA_SIM_ADMIN"));
    for (size_t i = 0; i < 3; i++) {
        char fault[128];
        snprintf(fault, sizeof fault, "POSTFIELDS=%s", faults[i]);
        vespa_sim_process_reset(r->sim);
        routed_easy(r, NULL, ASK("/echo"), "perform", "info=RESPONSE_CODE", admin, fault, "perform",
                    "URL=" HOST "/echo", "POSTFIELDS={}", "TIMEOUT_MS=200", PERFORM,
                    "info=SIZE_DOWNLOAD_T,EFFECTIVE_URL,TOTAL_TIME_T", NULL);
        vespa_assert_line(&r->result, "body {\"a\":1}");
        vespa_assert_line(&r->result, "info RESPONSE_CODE 200");
        vespa_assert_line(&r->result, "result 28");
        assert_string_equal(routed_info(r, "RESPONSE_CODE"), "0");
        assert_string_equal(routed_info(r, "CONTENT_TYPE"), "(null)");
        assert_string_equal(routed_info(r, "SIZE_DOWNLOAD_T"), "0");
        assert_string_equal(routed_info(r, "EFFECTIVE_URL"), HOST "/echo");
        assert_true(atol(routed_info(r, "TOTAL_TIME_T")) >= 190000);
    }
}

static void a_cold_start_within_the_time_out_is_waited_for(void **state)
{
    struct routed *r = *state;
    vespa_sim_process_fault(r->sim, "route-cold,count=1");
    routed_easy(r, NULL, ASK("/echo"), "TIMEOUT_MS=15000", "perform", NULL);
    vespa_assert_line(&r->result, "body {\"a\":1}");
}

/* ---- connecting ------------------------------------------------------------------------------ */

/* A port that answers no connection: its queue is full. */
struct deaf {
    int listener;
    int waiting[8];
    char url[64];
};

static void make_deaf(struct deaf *deaf)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    deaf->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(deaf->listener, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(deaf->listener, 0), 0);
    assert_int_equal(getsockname(deaf->listener, (struct sockaddr *)&address, &size), 0);
    for (int i = 0; i < 8; i++) {
        deaf->waiting[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        (void)!connect(deaf->waiting[i], (const struct sockaddr *)&address, sizeof address);
    }
    snprintf(deaf->url, sizeof deaf->url, "http://127.0.0.1:%u", ntohs(address.sin_port));
}

static void close_deaf(const struct deaf *deaf)
{
    for (int i = 0; i < 8; i++)
        close(deaf->waiting[i]);
    close(deaf->listener);
}

static void the_connect_time_out_holds_for_a_worker(void **state)
{
    struct routed *r = *state;
    struct deaf deaf;
    char fault[128];
    make_deaf(&deaf);
    snprintf(fault, sizeof fault, "route-url,count=1,url=%s", deaf.url);
    vespa_sim_process_fault(r->sim, fault);
    routed_easy(r, NULL, ASK("/echo"), "CONNECTTIMEOUT_MS=200", PERFORM, NULL);
    vespa_assert_line(&r->result, "body {\"a\":1}");
    routed_stats(r);
    routed_assert_one_request(r, 2);

    vespa_sim_process_fault(r->sim, fault);
    routed_easy(r, ENVIRONMENT("VESPA_RETRIES=0"), ASK("/echo"), "CONNECTTIMEOUT_MS=200", PERFORM,
                NULL);
    routed_assert_reply(r, 502, "worker_failed", "could not be reached", NULL);
    close_deaf(&deaf);
}

/* ---- low speed ------------------------------------------------------------------------------- */

static void the_low_speed_rule_ends_the_request_in_each_phase(void **state)
{
    struct routed *r = *state;
    static const struct {
        const char *fault;
        int worker_requests;
    } phases[] = {{endless_cold, 0}, {slow_worker, 1}, {slow_answer, 1}};
    for (size_t i = 0; i < 3; i++) {
        vespa_sim_process_reset(r->sim);
        vespa_sim_process_fault(r->sim, phases[i].fault);
        routed_easy(r, NULL, ASK("/slow-stream?chunks=100&delay=100"), "LOW_SPEED_LIMIT=1000",
                    "LOW_SPEED_TIME=1", PERFORM, NULL);
        vespa_assert_line(&r->result, "result 28");
        vespa_assert_shows(&r->result, "Less than 1000 bytes/sec");
        routed_stats_of(r, phases[i].worker_requests);
        assert_int_equal(routed_worker_requests(r), phases[i].worker_requests);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROUTED(progress_is_called_while_no_worker_is_ready),
        ROUTED(progress_aborts_while_no_worker_is_ready),
        ROUTED(progress_aborts_while_a_worker_is_asked_for),
        ROUTED(progress_aborts_while_the_worker_works),
        ROUTED(progress_aborts_in_the_middle_of_a_stream),
        ROUTED(the_old_progress_callback_counts_as_well),
        ROUTED(progress_that_is_switched_off_is_never_called),
        ROUTED(progress_aborts_an_answer_of_our_own),
        ROUTED(a_time_out_ends_the_request_in_each_phase),
        ROUTED(a_time_out_covers_the_sum_of_the_phases),
        ROUTED(a_time_out_counts_from_perform_on),
        ROUTED(after_a_time_out_getinfo_tells_of_no_earlier_transfer),
        ROUTED(a_cold_start_within_the_time_out_is_waited_for),
        ROUTED(the_connect_time_out_holds_for_a_worker),
        ROUTED(the_low_speed_rule_ends_the_request_in_each_phase),
    };
    return routed_run_both(tests);
}
