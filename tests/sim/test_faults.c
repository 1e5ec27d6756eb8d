// Each fault does what it says, as a client sees it.

#include "tests/sim/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static int start(void **state)
{
    *state = vespa_sim_process_start("--workers", "2", "--token-delay", "1", NULL);
    return 0;
}

static int reset(void **state)
{
    vespa_sim_process_reset(*state);
    return 0;
}

static int stop(void **state)
{
    vespa_sim_process_stop(*state);
    return 0;
}

static long route_status(struct vespa_sim_process *sim)
{
    struct vespa_test_answer answer = vespa_test_route(sim, "1", NULL);
    vespa_test_answer_free(&answer);
    return answer.result == CURLE_OK ? answer.status : -(long)answer.result;
}

static long post_status(struct vespa_sim_process *sim)
{
    struct vespa_test_answer answer = vespa_test_post(sim, "/echo", "{}");
    vespa_test_answer_free(&answer);
    return answer.result == CURLE_OK ? answer.status : -(long)answer.result;
}

// --- the autoscaler's ---

static void a_cold_start_is_polled_out_with_one_request_idx(void **state)
{
    char idx[64];
    char status[128];
    struct vespa_test_assignment assignment;
    vespa_sim_process_fault(*state, "route-cold,count=2");
    struct vespa_test_answer answer = vespa_test_route(*state, "9.0", NULL);
    assert_int_equal(answer.status, 200);
    assert_false(vespa_test_read_assignment(answer.body, &assignment));
    assert_true(vespa_test_raw_member(answer.body, "request_idx", idx, sizeof idx));
    assert_true(vespa_test_raw_member(answer.body, "status", status, sizeof status));
    vespa_test_answer_free(&answer);
    answer = vespa_test_route(*state, "9.0", idx);
    assert_false(vespa_test_read_assignment(answer.body, &assignment));
    vespa_test_answer_free(&answer);
    assignment = vespa_test_assign(*state, "9.0", idx);
    assert_string_equal(assignment.request_idx, idx);
}

static void a_cold_start_has_four_forms(void **state)
{
    static const struct {
        const char *fault;
        const char *text;
    } rows[] = {
        {"route-cold,count=1,form=status", "\"status\": \"Worker"},
        {"route-cold,count=1,form=queued", "\"queue_position\": 3"},
        {"{\"fault\":\"route-cold\",\"count\":1,\"form\":\"error_msg\"}", "{\"error_msg\""},
        {"route-cold,count=1,form=string", "\"endpoint table is loading\""},
    };
    for (int i = 0; i < 4; i++) {
        vespa_sim_process_fault(*state, rows[i].fault);
        struct vespa_test_answer answer = vespa_test_route(*state, "1", NULL);
        assert_int_equal(answer.status, 200);
        assert_non_null(strstr(answer.body, rows[i].text));
        assert_null(strstr(answer.body, "\"url\""));
        vespa_test_answer_free(&answer);
        vespa_test_assign(*state, "1", NULL);
    }
}

static void a_cold_start_may_count_for_each_request_and_hide_request_idx(void **state)
{
    char idx[64];
    vespa_sim_process_fault(*state, "route-cold,count=1,each=1");
    for (int i = 0; i < 3; i++) {
        struct vespa_test_answer answer = vespa_test_route(*state, "1", NULL);
        assert_true(vespa_test_raw_member(answer.body, "request_idx", idx, sizeof idx));
        assert_null(strstr(answer.body, "\"url\""));
        vespa_test_answer_free(&answer);
        vespa_test_assign(*state, "1", idx);
    }
    vespa_sim_process_reset(*state);
    vespa_sim_process_fault(*state, "route-cold,count=1,request_idx=0");
    struct vespa_test_answer answer = vespa_test_route(*state, "1", NULL);
    assert_false(vespa_test_raw_member(answer.body, "request_idx", idx, sizeof idx));
    vespa_test_answer_free(&answer);
}

static void a_cold_start_by_seconds_ends(void **state)
{
    (void)state;
    struct vespa_sim_process *sim = vespa_sim_process_start("--cold-seconds", "1", NULL);
    struct vespa_test_answer answer = vespa_test_route(sim, "1", NULL);
    char idx[64];
    int polls = 0;
    assert_true(vespa_test_raw_member(answer.body, "request_idx", idx, sizeof idx));
    while (answer.status == 200 && !strstr(answer.body, "\"url\"")) {
        vespa_test_answer_free(&answer);
        answer = vespa_test_route(sim, "1", idx);
        polls++;
    }
    assert_int_equal(answer.status, 200);
    assert_true(polls > 1);
    vespa_test_answer_free(&answer);
    vespa_sim_process_stop(sim);
}

static void the_autoscaler_answers_the_status_it_was_told_so_often(void **state)
{
    vespa_sim_process_fault(*state, "route-status,status=429,count=2");
    vespa_sim_process_fault(*state, "route-status,status=503,count=1");
    assert_int_equal(route_status(*state), 429);
    assert_int_equal(route_status(*state), 429);
    assert_int_equal(route_status(*state), 503);
    assert_int_equal(route_status(*state), 200);
}

static void an_error_of_the_autoscaler_has_the_body_it_was_told(void **state)
{
    char type[64];
    vespa_sim_process_fault(*state, "route-status,status=400,body={\"msg\":\"no, never\"}");
    struct vespa_test_answer answer = vespa_test_route(*state, "1", NULL);
    assert_int_equal(answer.status, 400);
    assert_string_equal(answer.body, "{\"msg\":\"no, never\"}");
    assert_true(vespa_test_answer_header(&answer, "Content-Type", type, sizeof type));
    assert_string_equal(type, "application/json");
    vespa_test_answer_free(&answer);
}

static void garbage_has_six_forms(void **state)
{
    static const struct {
        const char *form;
        const char *text;
        size_t least;
    } rows[] = {
        {"text", "<html>", 6},         {"empty", "", 0},   {"huge", "padding", 70 * 1024},
        {"truncated", "{\"cost\"", 9}, {"array", "[1", 2}, {"scheme", "ftp://", 100},
    };
    for (int i = 0; i < 6; i++) {
        char fault[64];
        snprintf(fault, sizeof fault, "route-garbage,count=1,form=%s", rows[i].form);
        vespa_sim_process_fault(*state, fault);
        struct vespa_test_answer answer = vespa_test_route(*state, "1", NULL);
        assert_int_equal(answer.status, 200);
        assert_true(answer.length >= rows[i].least);
        assert_non_null(strstr(answer.body, rows[i].text));
        vespa_test_answer_free(&answer);
    }
}

static void a_slow_autoscaler_makes_the_client_wait(void **state)
{
    vespa_sim_process_fault(*state, "route-slow,ms=150,count=1");
    struct vespa_test_answer answer = vespa_test_route(*state, "1", NULL);
    assert_int_equal(answer.status, 200);
    assert_true(answer.total_ms >= 150);
    vespa_test_answer_free(&answer);
}

static void the_autoscaler_closes_without_an_answer(void **state)
{
    vespa_sim_process_fault(*state, "route-close,count=1");
    assert_int_equal(route_status(*state), -CURLE_GOT_NOTHING);
    assert_int_equal(route_status(*state), 200);
}

static void any_text_is_given_out_as_url(void **state)
{
    vespa_sim_process_fault(*state, "route-url,count=1,url=http://user@10.0.0.1:1/a,b?c=d");
    struct vespa_test_assignment assignment = vespa_test_assign(*state, "1", NULL);
    assert_string_equal(assignment.url, "\"http://user@10.0.0.1:1/a,b?c=d\"");
}

static void a_worker_may_be_pinned(void **state)
{
    vespa_sim_process_fault(*state, "route-worker,worker=1");
    for (int i = 0; i < 3; i++) {
        struct vespa_test_assignment assignment = vespa_test_assign(*state, "1", NULL);
        assert_non_null(strstr(assignment.url, vespa_sim_process_worker(*state, 1)));
    }
}

// --- the workers' ---

static void a_dead_worker_refuses_connections_and_others_serve(void **state)
{
    vespa_sim_process_fault(*state, "worker-dead,worker=0");
    struct vespa_test_assignment assignment = vespa_test_assign(*state, "1", NULL);
    if (strstr(assignment.url, vespa_sim_process_worker(*state, 1)))
        assignment = vespa_test_assign(*state, "1", assignment.request_idx);
    struct vespa_test_answer answer = vespa_test_send(&assignment, NULL, "/echo", "{}");
    assert_int_equal(answer.result, CURLE_COULDNT_CONNECT);
    vespa_test_answer_free(&answer);
    assignment = vespa_test_assign(*state, "1", assignment.request_idx);
    answer = vespa_test_send(&assignment, NULL, "/echo", "{}");
    assert_int_equal(answer.status, 200);
    vespa_test_answer_free(&answer);
}

static void a_worker_answers_the_status_it_was_told(void **state)
{
    char value[32];
    vespa_sim_process_fault(*state, "worker-status,status=429,retry_after=7,count=1");
    struct vespa_test_answer answer = vespa_test_post(*state, "/echo", "{}");
    assert_int_equal(answer.status, 429);
    assert_true(vespa_test_answer_header(&answer, "Retry-After", value, sizeof value));
    assert_string_equal(value, "7");
    vespa_test_answer_free(&answer);
    vespa_sim_process_fault(*state, "worker-status,status=401,count=1");
    answer = vespa_test_post(*state, "/echo", "{}");
    assert_int_equal(answer.status, 401);
    assert_int_equal(answer.length, 0);
    vespa_test_answer_free(&answer);
    assert_int_equal(post_status(*state), 200);
}

static void a_fault_of_one_worker_leaves_the_others_alone(void **state)
{
    vespa_sim_process_fault(*state, "worker-status,status=500,worker=0");
    vespa_sim_process_fault(*state, "route-worker,worker=1,count=2");
    assert_int_equal(post_status(*state), 200);
    assert_int_equal(post_status(*state), 200);
    vespa_sim_process_fault(*state, "route-worker,worker=0,count=1");
    assert_int_equal(post_status(*state), 500);
}

static void a_worker_closes_without_an_answer(void **state)
{
    vespa_sim_process_fault(*state, "worker-close,count=1");
    assert_int_equal(post_status(*state), -CURLE_GOT_NOTHING);
    vespa_sim_process_fault(*state, "worker-reset,count=1");
    assert_int_equal(post_status(*state), -CURLE_RECV_ERROR);
    assert_int_equal(post_status(*state), 200);
    cJSON *stats = vespa_sim_process_stats_quiet(*state);
    double gone = vespa_json_number(stats, "workers.0.requests.0.client_gone");
    assert_int_equal(gone, 0);
    cJSON_Delete(stats);
}

static void a_worker_that_closes_has_used_the_assignment_up(void **state)
{
    struct vespa_test_assignment assignment = vespa_test_assign(*state, "1", NULL);
    vespa_sim_process_fault(*state, "worker-close,count=1");
    struct vespa_test_answer answer = vespa_test_send(&assignment, NULL, "/echo", "{}");
    assert_int_equal(answer.result, CURLE_GOT_NOTHING);
    vespa_test_answer_free(&answer);
    answer = vespa_test_send(&assignment, NULL, "/echo", "{}");
    assert_int_equal(answer.status, 401);
    vespa_test_answer_free(&answer);
}

static void a_worker_that_closes_unread_leaves_the_assignment_unused(void **state)
{
    struct vespa_test_assignment assignment = vespa_test_assign(*state, "1", NULL);
    vespa_sim_process_fault(*state, "worker-close,count=1,unread=1");
    struct vespa_test_answer answer = vespa_test_send(&assignment, NULL, "/echo", "{}");
    assert_int_equal(answer.result, CURLE_GOT_NOTHING);
    vespa_test_answer_free(&answer);
    answer = vespa_test_send(&assignment, NULL, "/echo", "{}");
    assert_int_equal(answer.status, 200);
    vespa_test_answer_free(&answer);
}

static void a_body_is_cut_with_and_without_a_length(void **state)
{
    static const struct {
        const char *fault;
        const char *path;
        const char *header;
        size_t length;
    } rows[] = {
        {"worker-cut,after=5,count=1", "/bytes/100", "Content-Length", 5},
        {"worker-cut,after=5,count=1,chunked=1", "/bytes/100", "Transfer-Encoding", 5},
        {"worker-cut,after=0,count=1", "/bytes/100", "Content-Length", 0},
        {"worker-cut,after=0,count=1,chunked=1", "/bytes/100", "Transfer-Encoding", 0},
        {"worker-cut,after=12,count=1", "/slow-stream?chunks=3&delay=1", "Content-Length", 12},
        {"worker-cut,after=12,count=1,chunked=1", "/slow-stream?chunks=3&delay=1",
         "Transfer-Encoding", 12},
    };
    for (int i = 0; i < 6; i++) {
        char value[64];
        vespa_sim_process_fault(*state, rows[i].fault);
        struct vespa_test_answer answer = vespa_test_post(*state, rows[i].path, "{}");
        assert_int_equal(answer.status, 200);
        assert_int_equal(answer.result, CURLE_PARTIAL_FILE);
        assert_int_equal(answer.length, rows[i].length);
        assert_true(vespa_test_answer_header(&answer, rows[i].header, value, sizeof value));
        vespa_test_answer_free(&answer);
    }
}

static void a_slow_worker_delays_its_first_byte(void **state)
{
    vespa_sim_process_fault(*state, "worker-slow,ms=150,count=1");
    struct vespa_test_answer answer = vespa_test_post(*state, "/echo", "{}");
    assert_int_equal(answer.status, 200);
    assert_true(answer.first_byte_ms >= 150);
    vespa_test_answer_free(&answer);
}

static void slow_chunks_come_one_by_one(void **state)
{
    vespa_sim_process_fault(*state, "worker-slow-chunks,ms=5,size=2,count=1");
    struct vespa_test_answer answer = vespa_test_post(*state, "/bytes/20", "{}");
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.body, "abcdefghijklmnopqrst");
    assert_true(answer.pieces >= 5);
    assert_true(answer.total_ms >= 45);
    vespa_test_answer_free(&answer);
}

static void early_hints_precede_the_answer(void **state)
{
    vespa_sim_process_fault(*state, "worker-early-hints,count=1");
    struct vespa_test_answer answer = vespa_test_post(*state, "/echo", "{}");
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.heads, 2);
    assert_string_equal(answer.body, "{}");
    vespa_test_answer_free(&answer);
}

static bool first_is_gone(const cJSON *stats, void *context)
{
    return cJSON_IsTrue(vespa_json_find(stats, context));
}

static void a_client_that_leaves_is_noticed(void **state)
{
    char path[] = "workers.0.requests.0.client_gone";
    vespa_sim_process_fault(*state, "route-worker,worker=0");
    struct vespa_test_assignment assignment = vespa_test_assign(*state, "1", NULL);
    char *envelope = vespa_test_envelope(&assignment, "{}");
    struct vespa_test_answer answer = vespa_test_perform(&(struct vespa_test_call){
        .url = vespa_test_worker_url(&assignment, "/slow-stream?chunks=1000&delay=1000"),
        .body = envelope,
        .stop_at = 1});
    assert_int_equal(answer.result, CURLE_WRITE_ERROR);
    vespa_test_answer_free(&answer);
    free(envelope);
    cJSON_Delete(vespa_sim_process_stats_when(*state, first_is_gone, path));
}

static void a_client_that_leaves_before_the_head_is_noticed(void **state)
{
    char path[] = "workers.0.requests.0.client_gone";
    vespa_sim_process_fault(*state, "route-worker,worker=0");
    vespa_sim_process_fault(*state, "worker-slow,ms=1000000");
    struct vespa_test_assignment assignment = vespa_test_assign(*state, "1", NULL);
    char *envelope = vespa_test_envelope(&assignment, "{}");
    struct vespa_test_answer answer = vespa_test_perform(&(struct vespa_test_call){
        .url = vespa_test_worker_url(&assignment, "/echo"), .body = envelope, .timeout_ms = 100});
    assert_int_equal(answer.result, CURLE_OPERATION_TIMEDOUT);
    vespa_test_answer_free(&answer);
    free(envelope);
    cJSON_Delete(vespa_sim_process_stats_when(*state, first_is_gone, path));
}

static void a_fault_that_is_none_is_refused_with_an_explanation(void **state)
{
    static const struct {
        const char *fault;
        const char *text;
    } rows[] = {
        {"nonsense", "route-cold"},
        {"route-slow,status=500", "it takes: count percent ms"},
        {"route-slow,ms=long", "expected a number"},
        {"route-status,status=99", "from 200 to 599"},
        {"route-garbage,form=odd", "expected one of"},
        {"{\"status\":500}", "fault"},
        {"{broken", "JSON object"},
    };
    char url[256];
    snprintf(url, sizeof url, "%s/admin/fault", vespa_sim_process_value(*state, "VESPA_SIM_ADMIN"));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct vespa_test_answer answer =
            vespa_test_perform(&(struct vespa_test_call){.url = url, .body = rows[i].fault});
        assert_int_equal(answer.status, 400);
        assert_non_null(strstr(answer.body, rows[i].text));
        vespa_test_answer_free(&answer);
    }
}

#define TEST(name) cmocka_unit_test_setup(name, reset)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_cold_start_is_polled_out_with_one_request_idx),
        TEST(a_cold_start_has_four_forms),
        TEST(a_cold_start_may_count_for_each_request_and_hide_request_idx),
        TEST(a_cold_start_by_seconds_ends),
        TEST(the_autoscaler_answers_the_status_it_was_told_so_often),
        TEST(an_error_of_the_autoscaler_has_the_body_it_was_told),
        TEST(garbage_has_six_forms),
        TEST(a_slow_autoscaler_makes_the_client_wait),
        TEST(the_autoscaler_closes_without_an_answer),
        TEST(any_text_is_given_out_as_url),
        TEST(a_worker_may_be_pinned),
        TEST(a_dead_worker_refuses_connections_and_others_serve),
        TEST(a_worker_answers_the_status_it_was_told),
        TEST(a_fault_of_one_worker_leaves_the_others_alone),
        TEST(a_worker_closes_without_an_answer),
        TEST(a_worker_that_closes_has_used_the_assignment_up),
        TEST(a_worker_that_closes_unread_leaves_the_assignment_unused),
        TEST(a_body_is_cut_with_and_without_a_length),
        TEST(a_slow_worker_delays_its_first_byte),
        TEST(slow_chunks_come_one_by_one),
        TEST(early_hints_precede_the_answer),
        TEST(a_client_that_leaves_is_noticed),
        TEST(a_client_that_leaves_before_the_head_is_noticed),
        TEST(a_fault_that_is_none_is_refused_with_an_explanation),
    };
    return cmocka_run_group_tests_name("sim: faults", tests, start, stop);
}
