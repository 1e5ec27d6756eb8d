/* What a program may set on its multi handle, or do to a transfer in it, holds for routed requests
 * in all their phases: connection limits, time-outs, pauses, aborts, shares. */
#include "tests/preload/routed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BODY "body={\"n\":#}"
#define URL  "URL=" HOST

static const char *const styles[] = {"poll", "epoll"};
#define EACH_STYLE(style)                                          \
    for (size_t style = 0; style < sizeof styles / sizeof *styles; \
         style++, vespa_sim_process_reset(r->sim))

static void assert_echoes(const struct routed *r, int count)
{
    for (int i = 0; i < count; i++) {
        char line[64];
        snprintf(line, sizeof line, "done %d 0 200 7 echo", i);
        vespa_assert_line(&r->result, line);
    }
}

/* ---- connections ------------------------------------------------------------------------------
 */

static void limits_on_connections_are_kept_and_hold_nothing_up(void **state)
{
    struct routed *r = *state;
    static const char *const limits[] = {
        "multi:MAX_TOTAL_CONNECTIONS=1", "multi:MAX_TOTAL_CONNECTIONS=2",
        "multi:MAX_HOST_CONNECTIONS=1", "multi:MAXCONNECTS=1", "multi:PIPELINING=1"};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        EACH_STYLE(style)
        {
            routed_multi(r, styles[style], limits[i], URL "/echo", BODY, "new=6", "add", "run",
                         NULL);
            assert_echoes(r, 6);
        }
}

/* With one connection in all a request waits for the one before it, as any transfer would. */
static void one_connection_serves_one_after_the_other(void **state)
{
    struct routed *r = *state;
    EACH_STYLE(style)
    {
        routed_multi(r, styles[style], "multi:MAX_TOTAL_CONNECTIONS=1",
                     URL "/slow-stream?chunks=5&delay=100", BODY, "new=1", "add", "some",
                     URL "/echo", "new=2", "add=1", "add=2", "run", NULL);
        vespa_assert_line(&r->result, "done 0 0 200 40 other");
        vespa_assert_line(&r->result, "done 1 0 200 7 echo");
        vespa_assert_line(&r->result, "done 2 0 200 7 echo");
    }
}

/* Those that wait have no connection: one is enough for another request. */
static void requests_that_wait_take_no_connection(void **state)
{
    struct routed *r = *state;
    EACH_STYLE(style)
    {
        vespa_sim_process_fault(r->sim, "worker-status,status=503,retry_after=100,count=8");
        routed_multi(r, styles[style], "multi:MAX_TOTAL_CONNECTIONS=1", URL "/echo", BODY, "new=8",
                     "add", "until=8*\"status\":503", "new=1", "add=8", "run=8", NULL);
        vespa_assert_line(&r->result, "done 8 0 200 7 echo");
    }
}

/* ---- time -------------------------------------------------------------------------------------
 */

/* The time is over, and nothing of the handle's transfer before is seen (CURLE_OPERATION_TIMEDOUT).
 */
static void assert_timed_out(struct routed *r, const char *style, const char *kind)
{
    routed_multi(r, style, URL "/echo", BODY, "new=2", "add", "run", "remove", kind,
                 "set=0:TIMEOUT_MS=300", "set=1:TIMEOUT_MS=300", "add", "run", "info", NULL);
    vespa_assert_line(&r->result, "done 0 28 0 0 other");
    vespa_assert_line(&r->result, "done 1 28 0 0 other");
    vespa_assert_line(&r->result, "info 0 0 0 0 " HOST "/echo");
    vespa_assert_line(&r->result, "info 1 0 0 0 " HOST "/echo");
}

static void the_programs_time_covers_every_phase(void **state)
{
    struct routed *r = *state;
    static const char *const faults[] = {"route-slow,ms=100000", "route-cold",
                                         "worker-slow,ms=100000", "route-status,status=503",
                                         "worker-status,status=503,retry_after=100"};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        char fault[128];
        snprintf(fault, sizeof fault, "fault=%s", faults[i]);
        EACH_STYLE(style)
        {
            assert_timed_out(r, styles[style], fault);
        }
    }
}

static void the_programs_time_covers_a_read_callback_that_pauses(void **state)
{
    struct routed *r = *state;
    EACH_STYLE(style)
    {
        routed_multi(r, styles[style], URL "/echo", BODY, "read=stop", "TIMEOUT_MS=300", "new=2",
                     "add", "run", "info", NULL);
        vespa_assert_line(&r->result, "stopped 0");
        vespa_assert_line(&r->result, "done 0 28 0 0 other");
        vespa_assert_line(&r->result, "done 1 28 0 0 other");
    }
}

/* ---- pauses and aborts ------------------------------------------------------------------------
 */

static void a_write_callback_may_pause(void **state)
{
    struct routed *r = *state;
    EACH_STYLE(style)
    {
        routed_multi(r, styles[style], "write=pause", URL "/echo", BODY, "new=3", "add", "run",
                     NULL);
        assert_echoes(r, 3);
    }
}

/* curl_easy_pause while a worker is asked for, waited for, or slow: nothing comes until it is taken
 * back. */
static void a_request_that_is_paused_delivers_nothing(void **state)
{
    struct routed *r = *state;
    static const char *const faults[] = {"route-slow,ms=1000", "route-cold,count=1,each=1",
                                         "worker-slow,ms=1000",
                                         "worker-status,status=503,retry_after=1,count=2"};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        EACH_STYLE(style)
        {
            vespa_sim_process_fault(r->sim, faults[i]);
            routed_multi(r, styles[style], URL "/echo", BODY, "new=2", "add", "drive=20", "pause",
                         "until=\"complete\":true", "drive=100", "received", "say=going on",
                         "unpause", "run", NULL);
            vespa_assert_line(&r->result, "pause 0");
            vespa_assert_line(&r->result, "received 0 0");
            vespa_assert_line(&r->result, "received 1 0");
            assert_echoes(r, 2);
        }
}

static void callbacks_may_abort(void **state)
{
    struct routed *r = *state;
    EACH_STYLE(style)
    {
        routed_multi(r, styles[style], "write=abort", URL "/echo", BODY, "new=2", "add", "run",
                     NULL);
        vespa_assert_line(&r->result, "done 0 23 200 0 other"); /* CURLE_WRITE_ERROR */
        vespa_assert_line(&r->result, "done 1 23 200 0 other");
        vespa_sim_process_fault(r->sim, "route-cold");
        routed_multi(r, styles[style], "progress=abort", URL "/echo", BODY, "new=2", "add", "run",
                     NULL);
        vespa_assert_line(&r->result, "done 0 42 0 0 other"); /* CURLE_ABORTED_BY_CALLBACK */
        vespa_assert_line(&r->result, "done 1 42 0 0 other");
    }
}

/* As curl_multi_socket_action(3) has it: then all that is in the multi handle fails. */
static void a_timer_callback_may_refuse(void **state)
{
    struct routed *r = *state;
    routed_multi(r, "epoll", URL "/echo", BODY, "new=2", "add", "timer=refuse", "run",
                 "timer=accept", "remove", "new=1", "add=2", "run", NULL);
    vespa_assert_line(&r->result, "done 0 42 0 0 other"); /* CURLE_ABORTED_BY_CALLBACK */
    vespa_assert_line(&r->result, "done 1 42 0 0 other");
    vespa_assert_line(&r->result, "done 2 0 200 7 echo");
}

/* About once a second, as libcurl does while nothing happens. */
static void a_progress_callback_is_called_while_a_worker_is_waited_for(void **state)
{
    struct routed *r = *state;
    EACH_STYLE(style)
    {
        vespa_sim_process_fault(r->sim, "worker-status,status=503,retry_after=100");
        routed_multi(r, styles[style], "progress=count", URL "/echo", BODY, "new=1", "add",
                     "until=\"status\":503", "drive=50", "say=waiting", "calls=3", NULL);
        vespa_assert_line(&r->result, "waiting");
    }
}

static void a_share_is_locked_and_unlocked_in_pairs(void **state)
{
    struct routed *r = *state;
    EACH_STYLE(style)
    {
        routed_multi(r, styles[style], "share", URL "/echo", BODY, "COOKIEFILE=", "new=5", "add",
                     "run", "remove", "add", "run", NULL);
        assert_echoes(r, 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROUTED(limits_on_connections_are_kept_and_hold_nothing_up),
        ROUTED(one_connection_serves_one_after_the_other),
        ROUTED(requests_that_wait_take_no_connection),
        ROUTED(the_programs_time_covers_every_phase),
        ROUTED(the_programs_time_covers_a_read_callback_that_pauses),
        ROUTED(a_write_callback_may_pause),
        ROUTED(a_request_that_is_paused_delivers_nothing),
        ROUTED(callbacks_may_abort),
        ROUTED(a_timer_callback_may_refuse),
        ROUTED(a_progress_callback_is_called_while_a_worker_is_waited_for),
        ROUTED(a_share_is_locked_and_unlocked_in_pairs),
    };
    return routed_run(tests);
}
