// What answers behind a simulated worker's check.

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
    *state = vespa_sim_process_start("--workers", "1", "--token-delay", "10", NULL);
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

static void expect_header(const struct vespa_test_answer *answer, const char *name,
                          const char *expected)
{
    char value[256];
    assert_true(vespa_test_answer_header(answer, name, value, sizeof value));
    assert_string_equal(value, expected);
}

// Joins the contents of all `data:` lines but the last, which must be [DONE]; returns their number.
static int join_tokens(const char *events, const char *member, char *text, size_t size)
{
    int count = 0;
    text[0] = '\0';
    for (const char *at = events; strncmp(at, "data: ", 6) == 0; count++) {
        const char *end = strstr(at, "\n\n");
        assert_non_null(end);
        if (strncmp(at, "data: [DONE]", 12) == 0) {
            assert_string_equal(at, "data: [DONE]\n\n");
            return count;
        }
        cJSON *chunk = cJSON_ParseWithLength(at + 6, (size_t)(end - at - 6));
        const cJSON *content = vespa_json_find(chunk, member);
        if (content)
            strncat(text, content->valuestring, size - strlen(text) - 1);
        cJSON_Delete(chunk);
        at = end + 2;
    }
    fail_msg("the stream does not end with [DONE]");
    return 0;
}

static void a_chat_is_streamed_token_by_token(void **state)
{
    char text[512];
    struct vespa_test_answer answer =
        vespa_test_post(*state, "/v1/chat/completions",
                        "{\"model\":\"m\",\"messages\":[{}],\"stream\":true,\"max_tokens\":5}");
    assert_int_equal(answer.result, CURLE_OK);
    assert_int_equal(answer.status, 200);
    expect_header(&answer, "Content-Type", "text/event-stream");
    expect_header(&answer, "Transfer-Encoding", "chunked");
    assert_int_equal(join_tokens(answer.body, "choices.0.delta.content", text, sizeof text), 6);
    assert_string_equal(text, "Hello! This is a");
    assert_true(answer.total_ms >= 50);
    assert_true(answer.first_byte_ms < answer.total_ms);
    assert_true(answer.pieces > 3);
    vespa_test_answer_free(&answer);
}

static void a_completion_is_streamed_too(void **state)
{
    char text[512];
    struct vespa_test_answer answer = vespa_test_post(
        *state, "/v1/completions", "{\"prompt\":\"x\",\"stream\":true,\"max_tokens\":2}");
    assert_int_equal(join_tokens(answer.body, "choices.0.text", text, sizeof text), 3);
    assert_string_equal(text, "Hello!");
    vespa_test_answer_free(&answer);
}

static void without_stream_the_answer_comes_at_once(void **state)
{
    static const struct {
        const char *path;
        const char *payload;
        const char *member;
    } rows[] = {
        {"/v1/chat/completions", "{\"model\":\"m\\\"\",\"messages\":[],\"max_tokens\":2}",
         "choices.0.message.content"},
        {"/v1/completions", "{\"prompt\":\"x\",\"max_tokens\":2}", "choices.0.text"},
        {"/generate", "{\"inputs\":\"x\",\"parameters\":{\"max_new_tokens\":2}}", "generated_text"},
    };
    for (int i = 0; i < 3; i++) {
        struct vespa_test_answer answer = vespa_test_post(*state, rows[i].path, rows[i].payload);
        cJSON *body = cJSON_Parse(answer.body);
        assert_int_equal(answer.status, 200);
        expect_header(&answer, "Content-Type", "application/json");
        assert_string_equal(vespa_json_string(body, rows[i].member), "Hello!");
        cJSON_Delete(body);
        vespa_test_answer_free(&answer);
    }
}

static void a_model_refuses_what_it_cannot_use(void **state)
{
    static const char *const payloads[] = {"[]", "{}", "\"text\""};
    for (int i = 0; i < 3; i++) {
        struct vespa_test_answer answer =
            vespa_test_post(*state, "/v1/chat/completions", payloads[i]);
        cJSON *body = cJSON_Parse(answer.body);
        assert_int_equal(answer.status, 400);
        assert_non_null(vespa_json_find(body, "error.message"));
        cJSON_Delete(body);
        vespa_test_answer_free(&answer);
    }
}

static void models_and_health_answer_to_get(void **state)
{
    struct vespa_test_answer answer = vespa_test_get(*state, NULL, "/v1/models");
    assert_int_equal(answer.status, 200);
    assert_non_null(strstr(answer.body, "\"list\""));
    vespa_test_answer_free(&answer);
    answer = vespa_test_get(*state, NULL, "/health");
    assert_string_equal(answer.body, "{\"status\":\"ok\"}\n");
    vespa_test_answer_free(&answer);
    answer = vespa_test_get(*state, NULL, "/nowhere");
    assert_int_equal(answer.status, 404);
    vespa_test_answer_free(&answer);
}

static void inspect_shows_the_request(void **state)
{
    struct vespa_test_answer answer = vespa_test_post(*state, "/inspect/x?y=1", "{\"z\": 1e400}");
    assert_non_null(strstr(answer.body, "\"payload\":{\"z\": 1e400}"));
    cJSON *body = cJSON_Parse(answer.body);
    assert_string_equal(vespa_json_string(body, "method"), "POST");
    assert_string_equal(vespa_json_string(body, "path"), "/inspect/x");
    assert_string_equal(vespa_json_string(body, "raw_query"), "y=1");
    assert_string_equal(vespa_json_header(body, "headers", "content-type"), "application/json");
    cJSON_Delete(body);
    vespa_test_answer_free(&answer);
}

static void any_status_is_answered(void **state)
{
    static const long statuses[] = {200, 204, 304, 400, 404, 408, 422, 500, 599};
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        char path[64];
        snprintf(path, sizeof path, "/status/%ld?retry_after=3", statuses[i]);
        struct vespa_test_answer answer = vespa_test_post(*state, path, "{}");
        assert_int_equal(answer.result, CURLE_OK);
        assert_int_equal(answer.status, statuses[i]);
        expect_header(&answer, "Retry-After", "3");
        vespa_test_answer_free(&answer);
    }
    struct vespa_test_answer answer = vespa_test_post(*state, "/status/401?empty=1", "{}");
    assert_int_equal(answer.status, 401);
    assert_int_equal(answer.length, 0);
    vespa_test_answer_free(&answer);
}

static void redirects_lead_anywhere(void **state)
{
    struct vespa_test_answer answer =
        vespa_test_post(*state, "/redirect/307?to=https%3A%2F%2Fexample.com%2Fa%3Fb", "{}");
    assert_int_equal(answer.status, 307);
    expect_header(&answer, "Location", "https://example.com/a?b");
    vespa_test_answer_free(&answer);
    char own[128];
    snprintf(own, sizeof own, "%s/x", vespa_sim_process_worker(*state, 0));
    answer = vespa_test_post(*state, "/redirect/308?to=self/x", "{}");
    assert_int_equal(answer.status, 308);
    expect_header(&answer, "Location", own);
    vespa_test_answer_free(&answer);
}

static void headers_that_speak_for_a_host_are_sent(void **state)
{
    struct vespa_test_answer answer = vespa_test_post(*state, "/headers", "{}");
    expect_header(&answer, "Set-Cookie", "worker=1; Path=/");
    expect_header(&answer, "Strict-Transport-Security", "max-age=31536000");
    expect_header(&answer, "Alt-Svc", "h3=\":443\"; ma=86400");
    expect_header(&answer, "X-Custom", "kept");
    vespa_test_answer_free(&answer);
}

static void bytes_come_in_the_number_asked_for(void **state)
{
    static const struct {
        const char *path;
        size_t length;
        const char *framing;
    } rows[] = {
        {"/bytes/0", 0, "Content-Length"},
        {"/bytes/27", 27, "Content-Length"},
        {"/bytes/1000000", 1000000, "Content-Length"},
        {"/bytes/70000?chunked=1", 70000, "Transfer-Encoding"},
    };
    for (int i = 0; i < 4; i++) {
        char value[64];
        struct vespa_test_answer answer = vespa_test_post(*state, rows[i].path, "{}");
        assert_int_equal(answer.result, CURLE_OK);
        assert_int_equal(answer.length, rows[i].length);
        assert_true(vespa_test_answer_header(&answer, rows[i].framing, value, sizeof value));
        for (size_t at = 0; at < answer.length; at++)
            assert_int_equal(answer.body[at], 'a' + at % 26);
        vespa_test_answer_free(&answer);
    }
}

static void gzip_can_be_decoded(void **state)
{
    size_t length = 200000; // more than one stored block
    char *payload = malloc(length + 1);
    memset(payload, 'z', length);
    payload[0] = payload[length - 1] = '"';
    payload[length] = '\0';
    struct vespa_test_assignment assignment = vespa_test_assign(*state, "1", NULL);
    char *envelope = vespa_test_envelope(&assignment, payload);
    struct vespa_test_answer answer = vespa_test_perform(
        &(struct vespa_test_call){.url = vespa_test_worker_url(&assignment, "/gzip"),
                                  .body = envelope,
                                  .accept_encoding = "gzip"});
    expect_header(&answer, "Content-Encoding", "gzip");
    assert_int_equal(answer.result, CURLE_OK);
    assert_string_equal(answer.body, payload);
    vespa_test_answer_free(&answer);
    free(envelope);
    free(payload);
}

static void a_slow_stream_comes_line_by_line(void **state)
{
    struct vespa_test_answer answer =
        vespa_test_post(*state, "/slow-stream?chunks=4&delay=20", "{}");
    assert_string_equal(answer.body, "chunk 1\nchunk 2\nchunk 3\nchunk 4\n");
    assert_true(answer.total_ms >= 60);
    assert_int_equal(answer.pieces, 4);
    vespa_test_answer_free(&answer);
}

// --- forwarding ---

// The autoscaler must take that key.
static void expect_key(const struct vespa_sim_process *sim, const char *key)
{
    char url[256];
    snprintf(url, sizeof url, "%s/route/", vespa_sim_process_value(sim, "VESPA_AUTOSCALER_URL"));
    struct vespa_test_answer answer = vespa_test_perform(&(struct vespa_test_call){
        .url = url, .bearer = key, .body = "{\"endpoint\":\"my-endpoint\",\"cost\":1}"});
    assert_int_not_equal(answer.status, 401);
    vespa_test_answer_free(&answer);
}

static void a_backend_gets_the_payload_and_its_answer_comes_back(void **state)
{
    // The admin server of the fixture's simulator serves as a model server that answers 404, 400
    // and 200 to what it is sent.
    struct vespa_sim_process *sim = vespa_sim_process_start(
        "--workers", "1", "--backend", vespa_sim_process_value(*state, "VESPA_SIM_ADMIN"), NULL);
    struct vespa_test_answer answer =
        vespa_test_post(sim, "/admin/fault", "{\"fault\":\"route-status\",\"status\":418}");
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.body, "{\"success\":true}\n");
    vespa_test_answer_free(&answer);
    answer = vespa_test_route(*state, "1", NULL);
    assert_int_equal(answer.status, 418);
    vespa_test_answer_free(&answer);
    answer = vespa_test_post(sim, "/admin/fault", "{\"fault\":\"odd\"}");
    assert_int_equal(answer.status, 400);
    vespa_test_answer_free(&answer);
    answer = vespa_test_post(sim, "/admin/key", "\"the payload's very bytes\"");
    assert_int_equal(answer.status, 200);
    vespa_test_answer_free(&answer);
    expect_key(*state, "\"the payload's very bytes\"");
    vespa_sim_process_admin(*state, "/admin/key", vespa_sim_process_value(*state, "VAST_API_KEY"));
    answer = vespa_test_get(sim, NULL, "/stats?a=b");
    assert_int_equal(answer.status, 200);
    expect_header(&answer, "Content-Type", "application/json");
    vespa_test_answer_free(&answer);
    vespa_sim_process_stop(sim);
}

static void a_backend_that_is_not_there_is_a_502(void **state)
{
    char url[128];
    cJSON *stats = vespa_sim_process_stats(*state);
    snprintf(url, sizeof url, "%s", vespa_json_string(stats, "workers.0.dead_url"));
    cJSON_Delete(stats);
    struct vespa_sim_process *sim = vespa_sim_process_start("--backend", url, NULL);
    struct vespa_test_answer answer = vespa_test_post(sim, "/x", "{}");
    assert_int_equal(answer.status, 502);
    vespa_test_answer_free(&answer);
    vespa_sim_process_stop(sim);
}

#define TEST(name) cmocka_unit_test_setup(name, reset)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_chat_is_streamed_token_by_token),
        TEST(a_completion_is_streamed_too),
        TEST(without_stream_the_answer_comes_at_once),
        TEST(a_model_refuses_what_it_cannot_use),
        TEST(models_and_health_answer_to_get),
        TEST(inspect_shows_the_request),
        TEST(any_status_is_answered),
        TEST(redirects_lead_anywhere),
        TEST(headers_that_speak_for_a_host_are_sent),
        TEST(bytes_come_in_the_number_asked_for),
        TEST(gzip_can_be_decoded),
        TEST(a_slow_stream_comes_line_by_line),
        TEST(a_backend_gets_the_payload_and_its_answer_comes_back),
        TEST(a_backend_that_is_not_there_is_a_502),
    };
    return cmocka_run_group_tests_name("sim: models", tests, start, stop);
}
