/* The engine in an event loop, against the simulator. */
#include "tests/engine/loop.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHAT \
    "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"max_tokens\":9"

/* ---- answers --------------------------------------------------------------------------------- */

static void a_request_is_answered(void **state)
{
    struct loop *loop = *state;
    struct asked *asked = loop_ask(loop, "POST", "/v1/chat/completions", CHAT "}");
    loop_run(loop);
    assert_int_equal(asked->result, VESPA_JOB_ANSWERED);
    assert_string_equal(asked->message, "");
    assert_int_equal(asked->heads, 1);
    assert_int_equal(asked->status, 200);
    assert_false(asked->own);
    assert_non_null(strstr(asked->head_text, "Content-Type: application/json\n"));
    assert_non_null(strstr(asked_body(asked), "\"object\":\"chat.completion\""));
    assert_int_equal(vespa_job_attempts(asked->job), 1);
    const struct vespa_job_times *times = vespa_job_times(asked->job);
    assert_true(times->began_ms > 0 && times->head_ms >= times->began_ms);
}

static void every_method_reaches_the_worker(void **state)
{
    static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"};
    struct loop *loop = *state;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        bool has_body = methods[i][0] == 'P';
        struct asked *asked =
            loop_ask(loop, methods[i], "/echo?x=1", has_body ? "{\"a\":1}" : NULL);
        loop_run(loop);
        assert_int_equal(asked->result, VESPA_JOB_ANSWERED);
        assert_int_equal(asked->status, 200);
        if (strcmp(methods[i], "HEAD") == 0)
            assert_int_equal(asked->body.length, 0);
        else
            assert_true(asked->body.length > 0);
    }
    cJSON *stats = vespa_sim_process_stats_quiet(loop->sim);
    assert_int_equal(vespa_json_number(stats, "violation_count"), 0);
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) { /* workers take turns */
        char path[60];
        snprintf(path, sizeof path, "workers.%zu.requests.%zu.method", i % 2, i / 2);
        assert_string_equal(vespa_json_string(stats, path), methods[i]);
    }
    cJSON_Delete(stats);
}

/* The engine uses its easy handles again, as they are set up. */
static void nothing_of_a_request_is_left_for_the_next(void **state)
{
    enum { LARGE = 100000 };
    struct loop *loop = *state;
    const struct vespa_header header = {VESPA_LITERAL("User-Agent"), VESPA_LITERAL("mine")};
    char *large = malloc(LARGE);
    assert_non_null(large);
    memset(large, 'x', LARGE);
    memcpy(large, "{\"a\":\"", 6);
    memcpy(large + LARGE - 2, "\"}", 2);
    const struct vespa_slice bodies[] = {VESPA_LITERAL("{\"a\":1}"), vespa_slice(large, LARGE),
                                         VESPA_LITERAL("{}"), vespa_slice(large, LARGE)};
    enum { BODIES = sizeof bodies / sizeof *bodies };
    for (size_t i = 0; i < 2 * BODIES; i++) { /* two for each body, for workers take turns */
        loop_ask_more(loop, "POST", "/inspect", bodies[i / 2], &header, i < 2 ? 1 : 0, 0);
        loop_run(loop);
        assert_int_equal(loop->asked[i]->status, 200);
    }
    cJSON *stats = vespa_sim_process_stats_quiet(loop->sim);
    assert_int_equal(vespa_json_number(stats, "violation_count"), 0);
    for (size_t i = 0; i < BODIES; i++) {
        char path[60];
        snprintf(path, sizeof path, "workers.0.requests.%zu.payload_length", i);
        assert_int_equal(vespa_json_number(stats, path), bodies[i].length);
        snprintf(path, sizeof path, "workers.0.requests.%zu.headers", i);
        const char *agent = vespa_json_header(stats, path, "User-Agent");
        assert_string_equal(agent ? agent : "none", i == 0 ? "mine" : "none");
    }
    cJSON_Delete(stats);
    for (size_t i = 0; i < loop->count; i++)
        asked_cancel(loop->asked[i]);
    free(large);
}

static void only_named_headers_and_none_of_libcurls_reach_the_worker(void **state)
{
    struct loop *loop = *state;
    const struct vespa_header headers[] = {
        {VESPA_LITERAL("User-Agent"), VESPA_LITERAL("mine")},
        {VESPA_LITERAL("Authorization"), VESPA_LITERAL("Bearer secret")},
    };
    struct asked *asked = loop_ask_more(loop, "POST", "/echo", VESPA_LITERAL("{}"), headers, 2, 0);
    loop_run(loop);
    assert_int_equal(asked->status, 200);
    cJSON *stats = vespa_sim_process_stats_until(loop->sim, "workers.0.accepted", 1);
    const char *path = "workers.0.requests.0.headers";
    assert_string_equal(vespa_json_header(stats, path, "User-Agent"), "mine");
    assert_null(vespa_json_header(stats, path, "Authorization"));
    assert_null(vespa_json_header(stats, path, "Accept"));
    assert_null(vespa_json_header(stats, path, "Expect"));
    cJSON_Delete(stats);
}

static void what_speaks_for_the_host_is_left_out_of_the_head(void **state)
{
    struct loop *loop = *state;
    struct asked *asked = loop_ask(loop, "POST", "/headers", "{}");
    loop_run(loop);
    assert_int_equal(asked->status, 200);
    assert_null(strcasestr(asked->head_text, "Set-Cookie"));
    assert_null(strcasestr(asked->head_text, "Strict-Transport-Security"));
    asked = loop_ask(loop, "POST", "/redirect/302?to=self/echo", "{}");
    loop_run(loop);
    assert_int_equal(asked->status, 302);
    assert_non_null(strstr(asked->head_text, "Location: " HOST "/echo\n"));
}

static void a_large_body_arrives_whole(void **state)
{
    struct loop *loop = *state;
    size_t length = 8U << 20;
    char *body = malloc(length);
    assert_non_null(body);
    memset(body, 'x', length);
    memcpy(body, "{\"a\":\"", 6);
    memcpy(body + length - 2, "\"}", 2);
    struct asked *asked =
        loop_ask_more(loop, "POST", "/inspect", vespa_slice(body, length), NULL, 0, 0);
    loop_run(loop);
    assert_int_equal(asked->status, 200);
    cJSON *stats = vespa_sim_process_stats_until(loop->sim, "workers.0.accepted", 1);
    assert_int_equal(vespa_json_number(stats, "workers.0.requests.0.payload_length"), length);
    cJSON_Delete(stats);
    asked_cancel(asked);
    free(body);
}

static void an_answer_of_our_own_is_marked(void **state)
{
    struct loop *loop = *state;
    vespa_sim_process_admin(loop->sim, "/admin/key", "another-key");
    struct asked *asked = loop_ask(loop, "POST", "/echo", "{}");
    loop_run(loop);
    assert_int_equal(asked->result, VESPA_JOB_ANSWERED);
    assert_int_equal(asked->status, 401);
    assert_true(asked->own);
    assert_non_null(strstr(asked_body(asked), "\"code\":\"wrong_key\""));
}

static void an_answer_of_our_own_to_head_has_no_body(void **state)
{
    struct loop *loop = *state;
    vespa_sim_process_admin(loop->sim, "/admin/key", "another-key");
    struct asked *asked = loop_ask(loop, "HEAD", "/echo", NULL);
    loop_run(loop);
    assert_int_equal(asked->status, 401);
    assert_int_equal(asked->body.length, 0);
}

static void a_cold_start_is_waited_for(void **state)
{
    struct loop *loop = *state;
    loop_restart(loop, "--cold-polls", "1", NULL);
    struct asked *asked = loop_ask(loop, "POST", "/echo", "{}");
    loop_run(loop);
    assert_int_equal(asked->status, 200);
    assert_true(vespa_job_times(asked->job)->waiting_ms >= 500);
    cJSON *stats = vespa_sim_process_stats(loop->sim);
    assert_int_equal(vespa_json_number(stats, "route.count"), 2);
    cJSON_Delete(stats);
}

static void a_failed_worker_is_not_seen(void **state)
{
    struct loop *loop = *state;
    vespa_sim_process_fault(loop->sim, "worker-status,status=503,count=1");
    struct asked *asked = loop_ask(loop, "POST", "/echo", "{}");
    loop_run(loop);
    assert_int_equal(asked->heads, 1);
    assert_int_equal(asked->status, 200);
    assert_int_equal(vespa_job_attempts(asked->job), 2);
    assert_null(strstr(asked_body(asked), "503"));
}

static void a_dead_worker_is_routed_around(void **state)
{
    struct loop *loop = *state;
    vespa_sim_process_fault(loop->sim, "worker-dead,worker=0");
    for (int i = 0; i < 2; i++) {
        struct asked *asked = loop_ask(loop, "POST", "/echo", "{}");
        loop_run(loop);
        assert_int_equal(asked->status, 200);
    }
}

static void a_cut_answer_is_no_success(void **state)
{
    struct loop *loop = *state;
    vespa_sim_process_fault(loop->sim, "worker-cut,after=10,chunked=1,count=1");
    struct asked *asked = loop_ask(loop, "POST", "/bytes/1000", "{}");
    loop_run(loop);
    assert_int_equal(asked->status, 200);
    assert_int_equal(asked->body.length, 10);
    assert_int_equal(asked->result, VESPA_JOB_CUT);
    assert_true(asked->message[0] != '\0');
}

/* ---- streams --------------------------------------------------------------------------------- */

static void a_stream_comes_in_pieces(void **state)
{
    struct loop *loop = *state;
    struct asked *asked = loop_ask(loop, "POST", "/v1/chat/completions", CHAT ",\"stream\":true}");
    loop_run(loop);
    assert_true(asked->pieces > 3);
    assert_non_null(strstr(asked_body(asked), "data: [DONE]"));
}

/* Takes each piece only when it is offered for the second time. */
static enum vespa_taken hesitate(void *context, struct vespa_slice bytes)
{
    struct asked *asked = context;
    (void)bytes;
    asked->user = asked->user ? NULL : asked;
    if (!asked->user)
        return VESPA_TAKEN;
    vespa_job_resume(asked->job);
    return VESPA_NOT_TAKEN;
}

static void what_was_not_taken_comes_again(void **state)
{
    struct loop *loop = *state;
    struct asked *asked = loop_ask(loop, "POST", "/v1/chat/completions", CHAT ",\"stream\":true}");
    struct asked *plain = loop_ask(loop, "POST", "/v1/chat/completions", CHAT ",\"stream\":true}");
    asked->hook = hesitate;
    loop_run(loop);
    assert_int_equal(asked->result, VESPA_JOB_ANSWERED);
    assert_string_equal(asked_body(asked), asked_body(plain));
    assert_true(asked->pieces > 0);
}

static void an_answer_of_our_own_that_was_not_taken_comes_again(void **state)
{
    struct loop *loop = *state;
    vespa_sim_process_admin(loop->sim, "/admin/key", "another-key");
    struct asked *asked = loop_ask(loop, "POST", "/echo", "{}");
    asked->hook = hesitate;
    loop_run(loop);
    assert_int_equal(asked->heads, 1);
    assert_int_equal(asked->pieces, 1);
    assert_non_null(strstr(asked_body(asked), "wrong_key"));
}

static enum vespa_taken never_take(void *context, struct vespa_slice bytes)
{
    struct asked *asked = context;
    (void)bytes;
    asked->user = asked;
    return VESPA_NOT_TAKEN;
}

static enum vespa_taken never_take_but_resume(void *context, struct vespa_slice bytes)
{
    struct asked *asked = context;
    (void)bytes;
    asked->user = asked;
    vespa_job_resume(asked->job);
    return VESPA_NOT_TAKEN;
}

static bool was_offered(const struct asked *asked)
{
    return asked->user != NULL;
}

static void a_paused_job_can_be_freed(void **state)
{
    struct loop *loop = *state;
    struct asked *asked = loop_ask(loop, "POST", "/slow-stream?chunks=1000&delay=5", "{}");
    asked->hook = never_take;
    loop_until(loop, was_offered, asked);
    for (int i = 0; i < 5; i++)
        loop_once(loop);
    assert_int_equal(asked->pieces, 0);
    asked_cancel(asked);
    cJSON *stats = vespa_sim_process_stats_until(loop->sim, "workers.0.requests.0.client_gone", 1);
    cJSON_Delete(stats);
}

static void a_job_that_never_takes_does_not_hold_up_others(void **state)
{
    struct loop *loop = *state;
    struct asked *stuck = loop_ask(loop, "POST", "/slow-stream?chunks=1000&delay=5", "{}");
    stuck->hook = never_take_but_resume;
    loop_until(loop, was_offered, stuck);
    struct asked *asked = loop_ask(loop, "POST", "/echo", "{}");
    while (!asked->over)
        loop_once(loop);
    assert_int_equal(asked->status, 200);
    assert_int_equal(stuck->pieces, 0);
}

/* ---- the end before the end ------------------------------------------------------------------ */

static bool has_body(const struct asked *asked)
{
    return asked->body.length > 0;
}

static void freeing_closes_the_workers_connection(void **state)
{
    struct loop *loop = *state;
    struct asked *asked = loop_ask(loop, "POST", "/slow-stream?chunks=1000&delay=5", "{}");
    loop_until(loop, has_body, asked);
    asked_cancel(asked);
    cJSON *stats = vespa_sim_process_stats_until(loop->sim, "workers.0.requests.0.client_gone", 1);
    assert_false(asked->over);
    cJSON_Delete(stats);
}

static enum vespa_taken cancel_inside(void *context, struct vespa_slice bytes)
{
    (void)bytes;
    asked_cancel(context);
    return VESPA_TAKEN;
}

static void a_job_is_freed_from_its_own_callback(void **state)
{
    struct loop *loop = *state;
    struct asked *asked = loop_ask(loop, "POST", "/slow-stream?chunks=1000&delay=5", "{}");
    asked->hook = cancel_inside;
    loop_run(loop);
    loop_once(loop);
    assert_false(asked->over);
    cJSON *stats = vespa_sim_process_stats_until(loop->sim, "workers.0.requests.0.client_gone", 1);
    cJSON_Delete(stats);
    struct asked *next = loop_ask(loop, "POST", "/echo", "{}");
    loop_run(loop);
    assert_int_equal(next->status, 200);
}

static enum vespa_taken cancel_other(void *context, struct vespa_slice bytes)
{
    struct asked *asked = context;
    struct asked *other = asked->user;
    (void)bytes;
    if (other->job)
        asked_cancel(other);
    return VESPA_TAKEN;
}

static void a_job_is_freed_from_anothers_callback(void **state)
{
    struct loop *loop = *state;
    struct asked *victim = loop_ask(loop, "POST", "/slow-stream?chunks=1000&delay=5", "{}");
    loop_until(loop, has_body, victim);
    struct asked *asked = loop_ask(loop, "POST", "/echo", "{}");
    asked->hook = cancel_other;
    asked->user = victim;
    loop_run(loop);
    assert_int_equal(asked->status, 200);
    assert_false(victim->over);
    cJSON *stats = vespa_sim_process_stats_until(loop->sim, "workers.0.requests.0.client_gone", 1);
    cJSON_Delete(stats);
}

/* Wherever it is on its way: the route call, a wait, the worker. */
static void a_job_can_be_freed_at_any_moment(void **state)
{
    struct loop *loop = *state;
    for (int rounds = 0; rounds < 12; rounds++) {
        struct asked *asked = loop_ask(loop, "POST", "/slow-stream?chunks=1000&delay=5", "{}");
        for (int i = 0; i < rounds; i++)
            loop_once(loop);
        asked_cancel(asked);
    }
    vespa_sim_process_fault(loop->sim, "route-cold,count=1000");
    struct asked *asked = loop_ask(loop, "POST", "/echo", "{}");
    while (vespa_job_times(asked->job)->calling_ms == 0 &&
           vespa_engine_due_ms(loop->engine) == VESPA_NEVER)
        loop_once(loop);
    asked_cancel(asked);
    vespa_sim_process_reset(loop->sim);
    struct asked *next = loop_ask(loop, "POST", "/echo", "{}");
    loop_run(loop);
    assert_int_equal(next->status, 200);
}

static enum vespa_taken refuse(void *context, struct vespa_slice bytes)
{
    (void)context, (void)bytes;
    return VESPA_REFUSED;
}

static void a_handler_may_refuse(void **state)
{
    struct loop *loop = *state;
    struct asked *head = loop_ask(loop, "POST", "/slow-stream?chunks=1000&delay=5", "{}");
    head->refuse_head = true;
    struct asked *body = loop_ask(loop, "POST", "/slow-stream?chunks=1000&delay=5", "{}");
    body->hook = refuse;
    loop_run(loop);
    assert_int_equal(head->result, VESPA_JOB_REFUSED);
    assert_int_equal(head->body.length, 0);
    assert_int_equal(body->result, VESPA_JOB_REFUSED);
    cJSON *stats = vespa_sim_process_stats_quiet(loop->sim);
    assert_int_equal(vespa_json_number(stats, "workers.0.requests.0.client_gone"), 1);
    assert_int_equal(vespa_json_number(stats, "workers.1.requests.0.client_gone"), 1);
    cJSON_Delete(stats);
}

static void time_is_up_wherever_the_job_is(void **state)
{
    static const char *const faults[] = {"route-slow,ms=20000", "route-cold,count=1000",
                                         "worker-slow,ms=20000",
                                         "worker-slow-chunks,ms=20000,size=1"};
    struct loop *loop = *state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        vespa_sim_process_reset(loop->sim);
        vespa_sim_process_fault(loop->sim, faults[i]);
        struct asked *asked =
            loop_ask_more(loop, "POST", "/echo", VESPA_LITERAL("{}"), NULL, 0, 300);
        loop_run(loop);
        assert_int_equal(asked->result, VESPA_JOB_TIMED_OUT);
        assert_non_null(strstr(asked->message, "timed out after"));
    }
}

/* ---- many, and others ------------------------------------------------------------------------ */

static void many_jobs_share_connections(void **state)
{
    struct loop *loop = *state;
    curl_multi_setopt(loop->multi, CURLMOPT_MAXCONNECTS, 100L);
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < 25; i++)
            loop_ask(loop, "POST", "/echo", "{}");
        loop_run(loop);
    }
    for (size_t i = 0; i < loop->count; i++)
        assert_int_equal(loop->asked[i]->status, 200);
    cJSON *stats = vespa_sim_process_stats_quiet(loop->sim);
    assert_int_equal(vespa_json_number(stats, "route.count"), 100);
    assert_int_equal(vespa_json_number(stats, "violation_count"), 0);
    assert_true(vespa_json_number(stats, "autoscaler.connections") <= 40);
    assert_true(vespa_json_number(stats, "workers.0.connections") <= 40);
    cJSON_Delete(stats);
}

static void connections_are_kept_between_requests(void **state)
{
    struct loop *loop = *state;
    for (int i = 0; i < 10; i++) {
        loop_ask(loop, "POST", "/echo", "{}");
        loop_run(loop);
    }
    cJSON *stats = vespa_sim_process_stats_quiet(loop->sim);
    assert_int_equal(vespa_json_number(stats, "autoscaler.connections"), 1);
    assert_int_equal(vespa_json_number(stats, "workers.0.connections"), 1);
    assert_int_equal(vespa_json_number(stats, "workers.1.connections"), 1);
    cJSON_Delete(stats);
}

static void transfers_of_the_caller_are_left_to_him(void **state)
{
    struct loop *loop = *state;
    CURL *own = curl_easy_init();
    char url[200];
    snprintf(url, sizeof url, "%s/stats", vespa_sim_process_value(loop->sim, "VESPA_SIM_ADMIN"));
    curl_easy_setopt(own, CURLOPT_URL, url);
    curl_easy_setopt(own, CURLOPT_NOBODY, 1L);
    curl_easy_setopt(own, CURLOPT_PRIVATE, (void *)1);
    curl_multi_add_handle(loop->multi, own);
    struct asked *asked = loop_ask(loop, "POST", "/echo", "{}");
    while (!loop->foreign || !asked->over)
        loop_once(loop);
    assert_int_equal(asked->status, 200);
    assert_int_equal(loop->foreign, 1);
    curl_easy_cleanup(own);
}

/* ---- a loop of sockets and a timer ----------------------------------------------------------- */

struct sockets {
    curl_socket_t watched[64];
    int what[64];
    int count;
};

static int watch(CURL *easy, curl_socket_t socket, int what, void *user, void *socket_data)
{
    struct sockets *sockets = user;
    int at = 0;
    (void)easy, (void)socket_data;
    while (at < sockets->count && sockets->watched[at] != socket)
        at++;
    if (what == CURL_POLL_REMOVE) {
        if (at < sockets->count) {
            sockets->count--;
            sockets->watched[at] = sockets->watched[sockets->count];
            sockets->what[at] = sockets->what[sockets->count];
        }
        return 0;
    }
    assert_true(at < 64);
    sockets->watched[at] = socket;
    sockets->what[at] = what;
    if (at == sockets->count)
        sockets->count++;
    return 0;
}

static int set_timer(CURLM *multi, long timeout_ms, void *user)
{
    (void)multi;
    *(long *)user = timeout_ms;
    return 0;
}

static void act(struct loop *loop, curl_socket_t socket, int what)
{
    CURLMsg *message;
    int left;
    assert_int_equal(curl_multi_socket_action(loop->multi, socket, what, &left), CURLM_OK);
    while ((message = curl_multi_info_read(loop->multi, &left)) != NULL)
        assert_true(vespa_engine_take(loop->engine, message));
}

static void one_round(struct loop *loop, struct sockets *sockets, long *timer_ms)
{
    struct pollfd polled[64];
    struct sockets seen = *sockets;
    int limit = *timer_ms >= 0 && *timer_ms < 50 ? (int)*timer_ms : 50;
    for (int i = 0; i < seen.count; i++)
        polled[i] = (struct pollfd){
            .fd = seen.watched[i],
            .events = (short)((seen.what[i] & CURL_POLL_IN ? POLLIN : 0) |
                              (seen.what[i] & CURL_POLL_OUT ? POLLOUT : 0)),
        };
    int ready = poll(polled, (nfds_t)seen.count, vespa_engine_timeout(loop->engine, limit));
    if (ready == 0)
        act(loop, CURL_SOCKET_TIMEOUT, 0);
    for (int i = 0; ready > 0 && i < seen.count; i++)
        if (polled[i].revents)
            act(loop, seen.watched[i],
                (polled[i].revents & POLLIN ? CURL_CSELECT_IN : 0) |
                    (polled[i].revents & POLLOUT ? CURL_CSELECT_OUT : 0) |
                    (polled[i].revents & (POLLERR | POLLHUP) ? CURL_CSELECT_ERR : 0));
    vespa_engine_turn(loop->engine);
}

static void it_works_with_socket_action(void **state)
{
    struct loop *loop = *state;
    struct sockets sockets = {0};
    long timer_ms = -1;
    curl_multi_setopt(loop->multi, CURLMOPT_SOCKETFUNCTION, watch);
    curl_multi_setopt(loop->multi, CURLMOPT_SOCKETDATA, &sockets);
    curl_multi_setopt(loop->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(loop->multi, CURLMOPT_TIMERDATA, &timer_ms);
    vespa_sim_process_fault(loop->sim, "route-cold,count=1");
    struct asked *asked = loop_ask(loop, "POST", "/v1/chat/completions", CHAT ",\"stream\":true}");
    for (int i = 0; i < 4; i++)
        loop_ask(loop, "POST", "/echo", "{}");
    asked->hook = hesitate;
    for (size_t i = 0; i < loop->count; i++)
        while (!loop->asked[i]->over)
            one_round(loop, &sockets, &timer_ms);
    for (size_t i = 0; i < loop->count; i++)
        assert_int_equal(loop->asked[i]->status, 200);
    assert_non_null(strstr(asked_body(asked), "data: [DONE]"));
    for (size_t i = 0; i < loop->count; i++)
        asked_cancel(loop->asked[i]);
    curl_multi_setopt(loop->multi, CURLMOPT_SOCKETFUNCTION, NULL);
    curl_multi_setopt(loop->multi, CURLMOPT_TIMERFUNCTION, NULL);
}

struct told {
    bool open[256];
    int opened;
    int closed;
};

static void tell_opened(void *context, int socket)
{
    struct told *told = context;
    assert_in_range(socket, 0, 255);
    told->open[socket] = true;
    told->opened++;
}

static void tell_closed(void *context, int socket)
{
    struct told *told = context;
    assert_true(told->open[socket]);
    told->open[socket] = false;
    told->closed++;
}

/* Also of those that are closed when the engine is gone. */
static void a_loop_is_told_which_sockets_are_the_engines(void **state)
{
    struct loop *loop = *state;
    struct told told = {0};
    const struct vespa_engine_sockets sockets = {tell_opened, tell_closed, &told};
    vespa_engine_watch_sockets(loop->engine, &sockets);
    for (int i = 0; i < 4; i++) {
        loop_ask(loop, "POST", "/echo", "{}");
        loop_run(loop);
    }
    assert_int_equal(told.opened, 3); /* the autoscaler, two workers */
    assert_int_equal(told.closed, 0);
    loop_restart(loop, "--workers", "2", NULL);
    assert_int_equal(told.closed, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOOP(a_request_is_answered),
        LOOP(every_method_reaches_the_worker),
        LOOP(nothing_of_a_request_is_left_for_the_next),
        LOOP(only_named_headers_and_none_of_libcurls_reach_the_worker),
        LOOP(what_speaks_for_the_host_is_left_out_of_the_head),
        LOOP(a_large_body_arrives_whole),
        LOOP(an_answer_of_our_own_is_marked),
        LOOP(an_answer_of_our_own_to_head_has_no_body),
        LOOP(a_cold_start_is_waited_for),
        LOOP(a_failed_worker_is_not_seen),
        LOOP(a_dead_worker_is_routed_around),
        LOOP(a_cut_answer_is_no_success),
        LOOP(a_stream_comes_in_pieces),
        LOOP(what_was_not_taken_comes_again),
        LOOP(an_answer_of_our_own_that_was_not_taken_comes_again),
        LOOP(a_paused_job_can_be_freed),
        LOOP(a_job_that_never_takes_does_not_hold_up_others),
        LOOP(freeing_closes_the_workers_connection),
        LOOP(a_job_is_freed_from_its_own_callback),
        LOOP(a_job_is_freed_from_anothers_callback),
        LOOP(a_job_can_be_freed_at_any_moment),
        LOOP(a_handler_may_refuse),
        LOOP(time_is_up_wherever_the_job_is),
        LOOP(many_jobs_share_connections),
        LOOP(connections_are_kept_between_requests),
        LOOP(transfers_of_the_caller_are_left_to_him),
        LOOP(it_works_with_socket_action),
        LOOP(a_loop_is_told_which_sockets_are_the_engines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
