/* The multi interface in every style of driving: requests are routed inside the program's own loop,
 * which never blocks, and the program sees nothing but its own handles (design.md §2.5). That its
 * counts, messages and callbacks are right is seen to by the program itself, in each loop. */
#include "tests/preload/routed.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BODY "body={\"n\":#}"
#define URL  "URL=" HOST

static const char *const all_styles[] = {"poll", "wait", "select", "epoll", "all", "socket", NULL};
static const char *const two_styles[] = {"poll", "epoll", NULL};
#define EACH(style, styles) \
    for (const char *const *style = styles; *style; vespa_sim_process_reset(r->sim), style++)

static unsigned count_lines(const struct routed *r, const char *beginning)
{
    unsigned count = 0;
    for (const char *line = r->result.out; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        count += strncmp(line, beginning, strlen(beginning)) == 0;
    }
    return count;
}

static long number_behind(const struct routed *r, const char *word)
{
    const char *line = strstr(r->result.out, word);
    assert_non_null(line);
    return atol(line + strlen(word));
}

static void assert_echoes(const struct routed *r, int count)
{
    for (int i = 0; i < count; i++) {
        char line[64];
        snprintf(line, sizeof line, "done %d 0 200 %d echo", i, i < 10 ? 7 : 8);
        vespa_assert_line(&r->result, line);
    }
    assert_int_equal(count_lines(r, "done "), count);
}

/* ---- answers ----------------------------------------------------------------------------------
 */

static void every_style_gets_every_answer(void **state)
{
    struct routed *r = *state;
    EACH(style, all_styles)
    {
        routed_multi(r, *style, URL "/echo", BODY, "new=20", "add", "run", NULL);
        assert_echoes(r, 20);
        routed_stats(r);
        assert_int_equal(vespa_json_number(r->stats, "route.count"), 20);
        assert_int_equal(routed_worker_requests(r), 20);
        assert_int_equal(vespa_json_number(r->stats, "violation_count"), 0);
    }
}

static void requests_that_are_not_ours_go_on_beside(void **state)
{
    struct routed *r = *state;
    char url[128];
    r->server = vespa_raw_server_start("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    snprintf(url, sizeof url, "URL=%s/", vespa_raw_server_url(r->server));
    EACH(style, all_styles)
    {
        routed_multi(r, *style, url, "new=3", URL "/echo", BODY, "new=3", url, "new=2", "add",
                     "run", NULL);
        vespa_assert_line(&r->result, "done 0 0 200 5 other");
        vespa_assert_line(&r->result, "done 2 0 200 5 other");
        vespa_assert_line(&r->result, "done 3 0 200 7 echo");
        vespa_assert_line(&r->result, "done 5 0 200 7 echo");
        vespa_assert_line(&r->result, "done 7 0 200 5 other");
        assert_int_equal(count_lines(r, "done "), 8);
    }
}

static void an_answer_of_our_own_is_an_answer(void **state)
{
    struct routed *r = *state;
    EACH(style, all_styles)
    {
        routed_multi(r, *style, URL "/echo", "body={n:#}", "new=2", "add", "run", "info", NULL);
        assert_int_equal(count_lines(r, "done 0 0 400 "), 1);
        assert_int_equal(count_lines(r, "done 1 0 400 "), 1);
        assert_int_equal(count_lines(r, "info 0 400 "), 1);
    }
}

static void a_dead_worker_is_routed_around_in_every_style(void **state)
{
    struct routed *r = *state;
    EACH(style, all_styles)
    {
        vespa_sim_process_fault(r->sim, "worker-dead,worker=0");
        routed_multi(r, *style, URL "/echo", BODY, "new=4", "add", "run", NULL);
        assert_echoes(r, 4);
    }
}

static void a_busy_worker_is_routed_around_in_every_style(void **state)
{
    struct routed *r = *state;
    EACH(style, all_styles)
    {
        vespa_sim_process_fault(r->sim, "worker-status,status=503,count=2");
        routed_multi(r, *style, URL "/echo", BODY, "new=2", "add", "run", NULL);
        assert_echoes(r, 2);
    }
}

/* ---- waiting ----------------------------------------------------------------------------------
 */

/* Each wakes up now and then while it waits (the program does, five times a second); none spins. */
static void a_cold_start_is_waited_out_without_spinning(void **state)
{
    struct routed *r = *state;
    EACH(style, all_styles)
    {
        vespa_sim_process_fault(r->sim, "route-cold,count=1,each=1");
        routed_multi(r, *style, URL "/echo", BODY, "new=2", "add", "run", NULL);
        assert_echoes(r, 2);
        routed_stats(r);
        assert_int_equal(vespa_json_number(r->stats, "route.count"), 4);
        if (number_behind(r, "\nloops ") > 1000)
            fail_msg("%s spins:\n%s", *style, r->result.out);
    }
}

/* Request 0 stays where it is for longer than the test may take; ten others pass it. */
static void assert_others_go_on(struct routed *r, const char *style, const char *kind,
                                const char *until)
{
    routed_multi(r, style, URL "/echo", BODY, kind, "new=1", "add", until, "read=plain", "new=10",
                 "say=others", "add=1", "add=2", "add=3", "add=4", "add=5", "add=6", "add=7",
                 "add=8", "add=9", "add=10", "run=1", NULL);
    assert_int_equal(count_lines(r, "done 0 "), 0);
    assert_int_equal(count_lines(r, "done "), 10);
    vespa_assert_line(&r->result, "done 10 0 200 8 echo");
}

static void a_request_that_waits_holds_nobody_up(void **state)
{
    struct routed *r = *state;
    EACH(style, two_styles)
    {
        assert_others_go_on(r, *style, "read=stop", "stopped");
        vespa_assert_line(&r->result, "stopped 0");
        vespa_sim_process_reset(r->sim);
        vespa_sim_process_fault(r->sim, "route-slow,ms=100000,count=1");
        assert_others_go_on(r, *style, "say=-", "until=\"route\":{\"count\":1");
        vespa_sim_process_reset(r->sim);
        vespa_sim_process_fault(r->sim, "worker-status,status=503,retry_after=100,count=1");
        assert_others_go_on(r, *style, "say=-", "until=\"status\":503");
        vespa_sim_process_reset(r->sim);
        vespa_sim_process_fault(r->sim, "worker-slow,ms=100000,count=1");
        assert_others_go_on(r, *style, "say=-", "until=\"requests\":[{");
    }
}

/* ---- bodies -----------------------------------------------------------------------------------
 */

static void a_read_callback_may_pause_in_every_style(void **state)
{
    struct routed *r = *state;
    EACH(style, all_styles)
    {
        routed_multi(r, *style, URL "/echo", BODY, "read=pause", "new=3", "add", "run", NULL);
        assert_echoes(r, 3);
    }
}

static void a_read_callback_that_stops_is_not_called_until_it_is_told(void **state)
{
    struct routed *r = *state;
    EACH(style, two_styles)
    {
        routed_multi(r, *style, URL "/echo", BODY, "read=stop", "new=2", "add", "stopped",
                     "drive=50", "say=told", "unpause", "run", NULL);
        assert_echoes(r, 2);
        assert_non_null(strstr(r->result.out, "stopped 1"));
        assert_true(strstr(r->result.out, "stopped 1") < strstr(r->result.out, "told"));
    }
}

static void a_read_callback_that_aborts_ends_the_request(void **state)
{
    struct routed *r = *state;
    EACH(style, two_styles)
    {
        routed_multi(r, *style, URL "/echo", BODY, "read=abort", "new=2", "add", "run", NULL);
        vespa_assert_line(&r->result, "done 0 42 0 0 other");
        vespa_assert_line(&r->result, "done 1 42 0 0 other");
    }
}

static void large_bodies_arrive_whole(void **state)
{
    struct routed *r = *state;
    EACH(style, two_styles)
    {
        routed_multi(r, *style, URL "/echo", "big=5000000", "new=2", "read=plain", "new=2", "add",
                     "run", NULL);
        for (int i = 0; i < 4; i++) {
            char line[64];
            snprintf(line, sizeof line, "done %d 0 200 5000000 echo", i);
            vespa_assert_line(&r->result, line);
        }
    }
}

/* ---- callbacks that call ----------------------------------------------------------------------
 */

/* CURLM_RECURSIVE_API_CALL is what libcurl answers. */
static void callbacks_cannot_drive_the_handle(void **state)
{
    struct routed *r = *state;
    EACH(style, two_styles)
    {
        routed_multi(r, *style, URL "/echo", BODY, "in:write:perform-nested", "new=1", "add", "run",
                     NULL);
        vespa_assert_line(&r->result, "nested 8");
        assert_echoes(r, 1);
        routed_multi(r, *style, URL "/echo", BODY, "read=plain", "in:read:perform-nested", "new=1",
                     "add", "run", NULL);
        vespa_assert_line(&r->result, "nested 8");
        assert_echoes(r, 1);
    }
    routed_multi(r, "epoll", URL "/echo", BODY, "in:timer:perform-nested", "new=1", "add", "run",
                 NULL);
    vespa_assert_line(&r->result, "nested 8");
    assert_echoes(r, 1);
}

static void callbacks_cannot_add_remove_or_clean_up(void **state)
{
    struct routed *r = *state;
    EACH(style, two_styles)
    {
        routed_multi(r, *style, URL "/echo", BODY, "in:write:add=1", "new=2", "add=0", "run", NULL);
        vespa_assert_line(&r->result, "add 1 8");
        assert_echoes(r, 1);
        routed_multi(r, *style, URL "/echo", BODY, "in:write:remove=1", "new=2", "add", "run",
                     NULL);
        vespa_assert_line(&r->result, "remove 1 8");
        assert_echoes(r, 2);
        routed_multi(r, *style, URL "/echo", BODY, "in:write:end", "new=2", "add", "run", NULL);
        vespa_assert_line(&r->result, "cleanup 8");
        assert_echoes(r, 2);
    }
}

/* A program may leave the messages until it is told that there are some (CURLMOPT_NOTIFYFUNCTION).
 */
static void messages_are_announced(void **state)
{
    struct routed *r = *state;
    if (curl_version_info(CURLVERSION_NOW)->version_num < 0x081100)
        skip();
    EACH(style, all_styles)
    {
        vespa_sim_process_fault(r->sim, "worker-status,status=503,count=2");
        routed_multi(r, *style, "notify", URL "/echo", BODY, "again=2", "new=3", "read=plain",
                     "again=0", "new=3", "add", "run", NULL);
        assert_int_equal(count_lines(r, "done "), 12);
        assert_int_equal(count_lines(r, "easy done "), 12);
        assert_int_equal(count_lines(r, "done 2 0 200 7 echo"), 3);
        assert_int_equal(count_lines(r, "done 5 0 200 7 echo"), 1);
    }
}

/* ---- which request ----------------------------------------------------------------------------
 */

/* libcurl reads the URL when the transfer starts. */
static void a_url_that_is_set_after_the_adding_counts(void **state)
{
    struct routed *r = *state;
    char set[128];
    r->server = vespa_raw_server_start("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    snprintf(set, sizeof set, "set=0:URL=%s/", vespa_raw_server_url(r->server));
    EACH(style, two_styles)
    {
        routed_multi(r, *style, URL "/echo", BODY, "new=3", "add", set,
                     "set=1:URL=" HOST "/inspect", "run", "info", NULL);
        vespa_assert_line(&r->result, "done 0 0 200 5 other");
        vespa_assert_shows(&r->result, "info 1 200 1 ");
        vespa_assert_shows(&r->result, " " HOST "/inspect\n");
        vespa_assert_line(&r->result, "done 2 0 200 7 echo");
        routed_stats(r);
        assert_int_equal(routed_worker_requests(r), 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROUTED(every_style_gets_every_answer),
        ROUTED(requests_that_are_not_ours_go_on_beside),
        ROUTED(an_answer_of_our_own_is_an_answer),
        ROUTED(a_dead_worker_is_routed_around_in_every_style),
        ROUTED(a_busy_worker_is_routed_around_in_every_style),
        ROUTED(a_cold_start_is_waited_out_without_spinning),
        ROUTED(a_request_that_waits_holds_nobody_up),
        ROUTED(a_read_callback_may_pause_in_every_style),
        ROUTED(a_read_callback_that_stops_is_not_called_until_it_is_told),
        ROUTED(a_read_callback_that_aborts_ends_the_request),
        ROUTED(large_bodies_arrive_whole),
        ROUTED(callbacks_cannot_drive_the_handle),
        ROUTED(callbacks_cannot_add_remove_or_clean_up),
        ROUTED(messages_are_announced),
        ROUTED(a_url_that_is_set_after_the_adding_counts),
    };
    return routed_run(tests);
}
