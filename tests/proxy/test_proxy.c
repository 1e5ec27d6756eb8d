// `vespa proxy`: what its clients get, and what reaches the workers.

#include "tests/proxy/proxy.h"

#include <stdlib.h>
#include <string.h>

#define CHAT                                                                                   \
    "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"max_tokens\":5," \
    "\"stream\":true}"

static void a_posted_body_reaches_the_worker_byte_for_byte(void **state)
{
    static const char body[] = "{\"b\":1e400, \"a\":18446744073709551617,\"b\":\"\\u0041\"}";
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    const struct proxy_answer *answer = PROXY_CALL(fixture, .body = body);
    assert_int_equal(answer->result, CURLE_OK);
    assert_int_equal(answer->status, 200);
    assert_string_equal(answer->body, body);
    assert_int_equal(atoi(proxy_header(fixture, "Content-Length")), strlen(body));
}

static void each_method_reaches_the_worker(void **state)
{
    static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"};
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        bool has_body = strncmp(methods[i], "P", 1) == 0;
        PROXY_CALL(fixture, .method = methods[i], .path = "/inspect/x?q=%20a&q=b",
                   .body = has_body ? "{\"a\":1}" : NULL);
        assert_int_equal(fixture->answer.status, 200);
    }
    const cJSON *stats = proxy_stats(fixture);
    assert_int_equal(vespa_json_number(stats, "violation_count"), 0);
    assert_int_equal(vespa_json_number(stats, "route.count"), 6);
}

static void a_stream_comes_chunk_by_chunk(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    const struct proxy_answer *answer =
        PROXY_CALL(fixture, .path = "/v1/chat/completions", .body = CHAT);
    assert_int_equal(answer->result, CURLE_OK);
    assert_int_equal(answer->status, 200);
    assert_string_equal(proxy_header(fixture, "Content-Type"), "text/event-stream");
    assert_non_null(strstr(answer->body, "data: [DONE]"));
    assert_true(answer->pieces > 3);
}

static void a_stream_that_breaks_off_is_a_failed_transfer(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    vespa_sim_process_fault(fixture->sim, "worker-cut,after=20,chunked=1");
    const struct proxy_answer *answer =
        PROXY_CALL(fixture, .path = "/v1/chat/completions", .body = CHAT);
    assert_int_equal(answer->status, 200);
    assert_int_not_equal(answer->result, CURLE_OK);
    assert_int_equal(answer->length, 20);
    vespa_sim_process_reset(fixture->sim);
    vespa_sim_process_fault(fixture->sim, "worker-cut,after=20");
    answer = PROXY_CALL(fixture, .path = "/bytes/1000");
    assert_int_equal(answer->result, CURLE_PARTIAL_FILE);
    assert_int_equal(answer->length, 20);
}

static bool worker_saw_it_go(const cJSON *stats, void *context)
{
    (void)context;
    for (int i = 0; i < 2; i++) {
        char path[64];
        snprintf(path, sizeof path, "workers.%d.requests.0.client_gone", i);
        const cJSON *gone = vespa_json_find(stats, path);
        if (gone && cJSON_IsTrue(gone))
            return true;
    }
    return false;
}

static void a_client_that_hangs_up_ends_the_workers_job(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    const struct proxy_answer *answer = PROXY_CALL(
        fixture, .path = "/slow-stream?chunks=1000&delay=50", .body = "{}", .stop_at = 1);
    assert_int_equal(answer->result, CURLE_WRITE_ERROR);
    cJSON_Delete(vespa_sim_process_stats_when(fixture->sim, worker_saw_it_go, NULL));
}

static void large_bodies_go_both_ways(void **state)
{
    enum { LENGTH = 16 * 1024 * 1024 };
    struct proxy_fixture *fixture = *state;
    char *body = malloc(LENGTH + 1);
    memset(body, 'x', LENGTH);
    body[0] = body[LENGTH - 1] = '"';
    body[LENGTH] = '\0';
    proxy_start(fixture, NULL);
    for (int chunked = 0; chunked < 2; chunked++) {
        const struct proxy_answer *answer =
            PROXY_CALL(fixture, .body = body, .body_length = LENGTH, .chunked = chunked);
        assert_int_equal(answer->status, 200);
        assert_int_equal(answer->length, LENGTH);
        assert_memory_equal(answer->body, body, LENGTH);
    }
    free(body);
}

static void a_body_beyond_the_limit_is_a_413(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, "--max-body", "1000", NULL);
    char body[1200] = "\"";
    memset(body + 1, 'x', 1100);
    strcpy(body + 1101, "\"");
    for (int chunked = 0; chunked < 2; chunked++) {
        PROXY_CALL(fixture, .body = body, .chunked = chunked);
        assert_int_equal(fixture->answer.status, 413);
    }
    PROXY_CALL(fixture, .body = "{}");
    assert_int_equal(fixture->answer.status, 200);
    assert_int_equal(vespa_json_number(proxy_stats(fixture), "route.count"), 1);
}

static void what_is_wrong_is_told_as_an_answer(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    const struct proxy_answer *answer = PROXY_CALL(fixture, .body = "{\"a\":}");
    assert_int_equal(answer->status, 400);
    assert_non_null(strstr(answer->body, "byte 5"));
    vespa_sim_process_fault(fixture->sim, "route-status,status=401");
    answer = PROXY_CALL(fixture, .body = "{}");
    assert_int_equal(answer->status, 401);
    assert_non_null(strstr(answer->body, "endpoint's"));
}

static void a_cold_start_and_a_dead_worker_are_not_seen_by_the_client(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_restart_sim(fixture, "--cold-polls", "1", "--dead", "0", NULL);
    proxy_start(fixture, NULL);
    for (int i = 0; i < 4; i++) {
        const struct proxy_answer *answer = PROXY_CALL(fixture, .body = "{\"a\":1}");
        assert_int_equal(answer->status, 200);
        assert_string_equal(answer->body, "{\"a\":1}");
    }
}

static void credentials_of_the_client_do_not_reach_the_worker(void **state)
{
    static const char *const headers[] = {"Authorization: Bearer sk-secret", "Cookie: a=secret",
                                          "X-Api-Key: secret", "Accept: text/plain", NULL};
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    for (int posts = 0; posts < 2; posts++) {
        PROXY_CALL(fixture, .body = posts ? "{}" : NULL, .headers = headers,
                   .path = "/inspect?api_key=secret&b=1");
        assert_int_equal(fixture->answer.status, 200);
    }
    char *text = cJSON_Print(vespa_json_find(proxy_stats(fixture), "workers"));
    assert_null(strstr(text, "secret"));
    assert_non_null(strstr(text, "text/plain"));
    free(text);
}

static void it_ends_when_told_also_with_a_connection_that_is_kept_alive(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    PROXY_CALL(fixture, .body = "{}");
    assert_int_equal(proxy_stop(fixture), 0);
}

static void keys_are_not_to_be_seen_in_the_list_of_processes(void **state)
{
    struct proxy_fixture *fixture = *state;
    char path[64], line[4096];
    proxy_start(fixture, "--api-key", vespa_sim_process_value(fixture->sim, "VAST_API_KEY"), NULL);
    PROXY_CALL(fixture, .body = "{}");
    assert_int_equal(fixture->answer.status, 200);
    snprintf(path, sizeof path, "/proc/%d/cmdline", (int)fixture->pid);
    FILE *file = fopen(path, "r");
    size_t length = fread(line, 1, sizeof line, file);
    fclose(file);
    const char *key = vespa_sim_process_value(fixture->sim, "VAST_API_KEY");
    assert_null(memmem(line, length, key, strlen(key)));
    assert_non_null(memmem(line, length, "--api-key", strlen("--api-key")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROXY(a_posted_body_reaches_the_worker_byte_for_byte),
        PROXY(each_method_reaches_the_worker),
        PROXY(a_stream_comes_chunk_by_chunk),
        PROXY(a_stream_that_breaks_off_is_a_failed_transfer),
        PROXY(a_client_that_hangs_up_ends_the_workers_job),
        PROXY(large_bodies_go_both_ways),
        PROXY(a_body_beyond_the_limit_is_a_413),
        PROXY(what_is_wrong_is_told_as_an_answer),
        PROXY(a_cold_start_and_a_dead_worker_are_not_seen_by_the_client),
        PROXY(credentials_of_the_client_do_not_reach_the_worker),
        PROXY(it_ends_when_told_also_with_a_connection_that_is_kept_alive),
        PROXY(keys_are_not_to_be_seen_in_the_list_of_processes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
