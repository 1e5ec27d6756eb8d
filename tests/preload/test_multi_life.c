/* Requests in a multi handle do not all run from end to end: they are removed, added again, moved
 * and cleaned up in every phase of routing. Nothing is left and nothing fires later; the program
 * multi watches that itself, in each loop. */
#include "tests/preload/routed.h"

#include <stdio.h>
#include <string.h>

#define BODY "body={\"n\":#}"
#define URL  "URL=" HOST

static const char *const styles[] = {"poll", "epoll"};
#define STYLE_OF(phase)   styles[(phase - phases) % 2]
#define EACH_STYLE(style) for (size_t style = 0; style < sizeof styles / sizeof *styles; style++)

/* How two requests get there and stay there; how many of them a worker has seen by then. A fault
 * holds for these two alone. */
static const struct phase {
    const char *fault;
    const char *kind;
    const char *until[2];
    int seen;
} phases[] = {
    {NULL, "say=not begun", {"say=-", "say=-"}, 0},
    {NULL, "read=stop", {"stopped", "say=collecting"}, 0},
    {"route-slow,ms=100000,count=2", "say=-", {"until=\"route\":{\"count\":2", "say=calling"}, 0},
    {"route-cold,count=1,each=1", "say=-", {"until=\"statuses\":{\"200\":2}", "drive=50"}, 0},
    {"worker-slow,ms=100000,count=2", "say=-", {"until=2*\"over\":false", "drive=50"}, 2},
    {"worker-slow-chunks,ms=100000,count=2", "say=-", {"some", "say=streaming"}, 2},
    {"worker-status,status=503,retry_after=100,count=2",
     "say=-",
     {"until=2*\"status\":503", "drive=50"},
     2},
    {NULL, "say=-", {"run", "say=done"}, 2},
};
#define EACH_PHASE(phase)                                                                     \
    for (const struct phase *phase = phases; phase < phases + sizeof phases / sizeof *phases; \
         phase++)

/* Both requests are put into the phase; then come four actions. */
static void in_phase(struct routed *r, const struct phase *phase, const char *style,
                     const char *const actions[4])
{
    vespa_sim_process_reset(r->sim);
    if (phase->fault)
        vespa_sim_process_fault(r->sim, phase->fault);
    routed_multi(r, style, URL "/echo", BODY, phase->kind, "new=2", "add", phase->until[0],
                 phase->until[1], "say=there", actions[0], actions[1], "drive=20", "say=gone",
                 actions[2], actions[3], "drive=20", "unpause", "run", NULL);
}
#define ACTIONS(...) ((const char *const[4]){__VA_ARGS__})

/* The requests were gone when the program said so, and those that came afterwards were answered. */
static void assert_answered_afterwards(struct routed *r, const struct phase *phase, int answers)
{
    const char *gone = strstr(r->result.out, "\ngone\n");
    assert_non_null(gone);
    for (int i = 0; i < answers; i++) {
        char line[64];
        snprintf(line, sizeof line, "done %d 0 200 7 echo\n", i);
        assert_non_null(strstr(gone, line));
    }
    routed_stats_of(r, phase->seen);
    assert_in_range(routed_worker_requests(r), answers, phase->seen + answers);
    assert_int_equal(vespa_json_number(r->stats, "violation_count"), 0);
}

/* ---- removal ----------------------------------------------------------------------------------
 */

static void a_handle_can_be_removed_in_each_phase_and_added_again(void **state)
{
    struct routed *r = *state;
    EACH_PHASE(phase) EACH_STYLE(style)
    {
        in_phase(r, phase, styles[style], ACTIONS("remove", "say=-", "add", "say=-"));
        assert_answered_afterwards(r, phase, 2);
    }
}

static void a_handle_can_be_moved_to_another_multi_handle(void **state)
{
    struct routed *r = *state;
    EACH_PHASE(phase)
    {
        in_phase(r, phase, STYLE_OF(phase), ACTIONS("remove", "other", "add", "say=-"));
        assert_answered_afterwards(r, phase, 2);
    }
}

static void a_handle_can_be_moved_to_curl_easy_perform(void **state)
{
    struct routed *r = *state;
    EACH_PHASE(phase)
    {
        in_phase(r, phase, "poll", ACTIONS("remove", "say=-", "perform", "say=-"));
        vespa_assert_line(&r->result, "perform 0 0 7");
        vespa_assert_line(&r->result, "perform 1 0 7");
    }
}

/* ---- cleaning up ------------------------------------------------------------------------------
 */

static void a_multi_handle_can_be_cleaned_up_in_each_phase(void **state)
{
    struct routed *r = *state;
    EACH_PHASE(phase)
    {
        in_phase(r, phase, STYLE_OF(phase), ACTIONS("end", "say=-", "add", "say=-"));
        assert_answered_afterwards(r, phase, 2);
    }
}

static void an_easy_handle_can_be_cleaned_up_while_it_is_added(void **state)
{
    struct routed *r = *state;
    EACH_PHASE(phase)
    {
        in_phase(r, phase, STYLE_OF(phase), ACTIONS("cleanup=0", "say=-", "cleanup=1", "say=-"));
        vespa_assert_line(&r->result, "gone");
    }
}

/* Of a handle that was not ours a message may wait when it goes. */
static void a_message_goes_with_its_handle(void **state)
{
    struct routed *r = *state;
    char url[128];
    r->server = vespa_raw_server_start("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    snprintf(url, sizeof url, "URL=%s/", vespa_raw_server_url(r->server));
    EACH_STYLE(style)
    {
        routed_multi(r, styles[style], URL "/echo", BODY, "new=1", url, "new=3", "add", "quiet",
                     "drive=500", "remove=1", "cleanup=2", "run", NULL);
        vespa_assert_hides(&r->result, "done 1 ");
        vespa_assert_hides(&r->result, "done 2 ");
        vespa_assert_line(&r->result, "done 0 0 200 7 echo");
        vespa_assert_line(&r->result, "done 3 0 200 5 other");
    }
}

/* ---- what the worker sees ---------------------------------------------------------------------
 */

static bool are_gone(const cJSON *stats, void *context)
{
    const cJSON *worker, *request;
    int *gone = context;
    *gone = 0;
    cJSON_ArrayForEach(worker, vespa_json_find(stats, "workers"))
    {
        cJSON_ArrayForEach(request, vespa_json_find(worker, "requests"))
        {
            *gone += vespa_json_number(request, "client_gone") != 0;
        }
    }
    return *gone == 2;
}

/* Its connection is closed while the program goes on: the job ends (protocol.md §5). */
static void a_worker_notices_a_removal(void **state)
{
    struct routed *r = *state;
    int gone = 0;
    EACH_STYLE(style)
    {
        vespa_sim_process_reset(r->sim);
        vespa_sim_process_fault(r->sim, "worker-slow-chunks,ms=200,count=2");
        routed_multi(r, styles[style], URL "/bytes/2000", BODY, "new=2", "add", "some", "remove",
                     "until=\"client_gone\":true", "say=noticed", NULL);
        vespa_assert_line(&r->result, "noticed");
        cJSON_Delete(vespa_sim_process_stats_when(r->sim, are_gone, &gone));
        assert_int_equal(gone, 2);
    }
}

/* ---- libcurl's refusals -----------------------------------------------------------------------
 */

static void a_handle_is_in_one_place_only(void **state)
{
    struct routed *r = *state;
    EACH_PHASE(phase)
    {
        in_phase(r, phase, "poll", ACTIONS("add=0", "perform=1", "other", "add=0"));
        /* CURLM_ADDED_ALREADY, CURLE_FAILED_INIT */
        char *twice = strstr(r->result.out, "add 0 7\n");
        assert_non_null(twice);
        assert_non_null(strstr(twice + 1, "add 0 7\n"));
        vespa_assert_shows(&r->result, "perform 1 2 ");
    }
}

static void removing_what_is_not_there_is_refused_or_harmless(void **state)
{
    struct routed *r = *state;
    routed_multi(r, "poll", URL "/echo", BODY, "new=2", "add=0", "other", "remove=0", "other",
                 "remove=1", "run", NULL);
    vespa_assert_line(&r->result, "remove 0 2"); /* CURLM_BAD_EASY_HANDLE */
    vespa_assert_line(&r->result, "done 0 0 200 7 echo");
}

/* ---- rounds -----------------------------------------------------------------------------------
 */

/* As most programs do it: the message is looked at after the removal, and the handle is added from
 * inside the loop over the messages. */
static void handles_can_be_added_from_the_loop_over_messages(void **state)
{
    struct routed *r = *state;
    EACH_STYLE(style)
    {
        vespa_sim_process_reset(r->sim);
        routed_multi(r, styles[style], URL "/echo", BODY, "again=4", "new=3", "add", "run", NULL);
        routed_stats(r);
        assert_int_equal(routed_worker_requests(r), 15);
        assert_int_equal(vespa_json_number(r->stats, "route.count"), 15);
        assert_int_equal(vespa_json_number(r->stats, "violation_count"), 0);
    }
}

static void connections_are_kept_in_the_multi_handle(void **state)
{
    struct routed *r = *state;
    routed_restart(r, "--workers", "1", NULL);
    routed_multi(r, "poll", URL "/echo", BODY, "again=4", "new=1", "add", "run", NULL);
    routed_stats(r);
    assert_int_equal(routed_worker_requests(r), 5);
    assert_int_equal(routed_worker_connections(r), 1);
    assert_int_equal(vespa_json_number(r->stats, "autoscaler.connections"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROUTED(a_handle_can_be_removed_in_each_phase_and_added_again),
        ROUTED(a_handle_can_be_moved_to_another_multi_handle),
        ROUTED(a_handle_can_be_moved_to_curl_easy_perform),
        ROUTED(a_multi_handle_can_be_cleaned_up_in_each_phase),
        ROUTED(an_easy_handle_can_be_cleaned_up_while_it_is_added),
        ROUTED(a_message_goes_with_its_handle),
        ROUTED(a_worker_notices_a_removal),
        ROUTED(a_handle_is_in_one_place_only),
        ROUTED(removing_what_is_not_there_is_refused_or_harmless),
        ROUTED(handles_can_be_added_from_the_loop_over_messages),
        ROUTED(connections_are_kept_in_the_multi_handle),
    };
    return routed_run(tests);
}
