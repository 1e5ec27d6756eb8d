// Defects of the Python proxy that `vespa proxy` must not have, one test each.

#include "tests/proxy/proxy.h"
#include "tests/support/program.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define HEADERS(...)                 \
    .headers = (const char *const[]) \
    {                                \
        __VA_ARGS__, NULL            \
    }

static void assert_says(const struct proxy_fixture *fixture, long status, const char *code)
{
    cJSON *body = cJSON_Parse(fixture->answer.body);
    if (fixture->answer.status != status || !body ||
        strcmp(vespa_json_string(body, "error.code"), code) != 0)
        fail_msg("%ld: %s", fixture->answer.status, fixture->answer.body);
    cJSON_Delete(body);
}

static void workers_that_start_are_waited_for(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    vespa_sim_process_fault(fixture->sim, "route-cold,count=2");
    PROXY_CALL(fixture, .body = "{\"a\":1}");
    assert_int_equal(fixture->answer.status, 200);
    assert_string_equal(fixture->answer.body, "{\"a\":1}");
    assert_int_equal(vespa_json_number(proxy_stats(fixture), "route.count"), 3);
}

static void asking_too_often_is_not_a_wrong_key(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    vespa_sim_process_fault(fixture->sim, "route-status,status=429,count=1,body=slow down");
    PROXY_CALL(fixture, .body = "{}");
    assert_int_equal(fixture->answer.status, 200);
}

static void a_compressed_answer_is_the_models_bytes(void **state)
{
    struct proxy_fixture *fixture = *state;
    char plain[4096] = "";
    z_stream stream = {.next_out = (Bytef *)plain, .avail_out = sizeof plain - 1};
    proxy_start(fixture, NULL);
    PROXY_CALL(fixture, .path = "/gzip", HEADERS("Accept-Encoding: gzip"));
    assert_int_equal(fixture->answer.status, 200);
    assert_string_equal(proxy_header(fixture, "Content-Encoding"), "gzip");
    assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
    stream.next_in = (Bytef *)fixture->answer.body;
    stream.avail_in = (unsigned)fixture->answer.length;
    assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
    assert_int_equal(stream.avail_in, 0);
    assert_true(strlen(plain) > 0);
    inflateEnd(&stream);
}

static void a_worker_learns_neither_authorization_nor_host(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    PROXY_CALL(fixture, .path = "/v1/models", HEADERS("Authorization: Bearer sk-secret"));
    assert_int_equal(fixture->answer.status, 200);
    const cJSON *request = proxy_seen_request(fixture);
    assert_null(vespa_json_header(request, "headers", "Authorization"));
    const char *host = vespa_json_header(request, "headers", "Host");
    assert_non_null(host);
    assert_null(strstr(fixture->url, host));
}

static void repeated_query_keys_stay_as_they_are(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    PROXY_CALL(fixture, .path = "/echo?a=1&b=%20+x&a=2&&c&a=&=d", .body = "{}");
    assert_int_equal(fixture->answer.status, 200);
    assert_string_equal(vespa_json_string(proxy_seen_request(fixture), "query"),
                        "a=1&b=%20+x&a=2&&c&a=&=d");
    vespa_sim_process_reset(fixture->sim);
    PROXY_CALL(fixture, .path = "/inspect?a=1&a=2");
    assert_int_equal(fixture->answer.status, 200);
    assert_non_null(strstr(vespa_json_string(proxy_seen_request(fixture), "query"), "a=1&a=2"));
}

static void a_parameter_cannot_replace_the_signature(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    PROXY_CALL(fixture, .path = "/inspect?serverless_signature=forged");
    assert_says(fixture, 400, "invalid_request");
    PROXY_CALL(fixture, .path = "/inspect?serverless%5Fsignature=forged");
    assert_says(fixture, 400, "invalid_request");
    PROXY_CALL(fixture, .path = "/inspect", .method = "DELETE",
               .body = "{\"serverless_signature\":\"forged\"}");
    assert_says(fixture, 400, "invalid_request");
    assert_int_equal(vespa_json_number(proxy_stats(fixture), "route.count"), 0);
}

static void a_body_of_more_than_1_mib_passes(void **state)
{
    enum { LENGTH = 3 * 1024 * 1024 };
    struct proxy_fixture *fixture = *state;
    char *body = malloc(LENGTH);
    memset(body, 'x', LENGTH);
    body[0] = body[LENGTH - 1] = '"';
    proxy_start(fixture, NULL);
    PROXY_CALL(fixture, .body = body, .body_length = LENGTH);
    assert_int_equal(fixture->answer.status, 200);
    assert_int_equal(fixture->answer.length, LENGTH);
    free(body);
}

#define FORM_TYPE "Content-Type: multipart/form-data; boundary=edge"
#define FORM                                                                          \
    "--edge\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper\r\n"     \
    "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n" \
    "Content-Type: audio/wav\r\n\r\nRIFF\r\n--edge--\r\n"

static void what_is_not_json_is_refused_and_never_sent_empty(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    PROXY_CALL(fixture, .body = "a=1&b=2",
               HEADERS("Content-Type: application/x-www-form-urlencoded"));
    assert_says(fixture, 400, "invalid_json");
    PROXY_CALL(fixture, .body = "hello", HEADERS("Content-Type: text/plain"));
    assert_says(fixture, 400, "invalid_json");
    PROXY_CALL(fixture, .body = FORM, HEADERS(FORM_TYPE));
    assert_says(fixture, 415, "unsupported_body");
    assert_int_equal(vespa_json_number(proxy_stats(fixture), "route.count"), 0);
}

static void json_is_taken_by_whatever_type_it_is_called(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    PROXY_CALL(fixture, .body = "{\"a\":1}", // what `curl -d` says
               HEADERS("Content-Type: application/x-www-form-urlencoded"));
    assert_int_equal(fixture->answer.status, 200);
    assert_string_equal(fixture->answer.body, "{\"a\":1}");
    assert_string_equal(vespa_json_header(proxy_seen_request(fixture), "headers", "Content-Type"),
                        "application/json");
}

static void a_cut_stream_does_not_look_like_a_clean_end(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    vespa_sim_process_fault(fixture->sim, "worker-cut,after=30,chunked=1");
    PROXY_CALL(fixture, .path = "/bytes/1000");
    assert_int_equal(fixture->answer.length, 30);
    assert_int_not_equal(fixture->answer.result, CURLE_OK);
}

static bool a_client_has_gone(const cJSON *stats, void *context)
{
    (void)context;
    for (int i = 0; i < 2; i++) {
        const cJSON *gone = vespa_json_find(stats, i ? "workers.1.requests.0.client_gone"
                                                     : "workers.0.requests.0.client_gone");
        if (gone && cJSON_IsTrue(gone))
            return true;
    }
    return false;
}

static void the_workers_job_ends_when_the_client_hangs_up(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    PROXY_CALL(fixture, .path = "/slow-stream?chunks=1000&delay=50", .stop_at = 1);
    cJSON_Delete(vespa_sim_process_stats_when(fixture->sim, a_client_has_gone, NULL));
}

static void health_is_the_models(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    assert_int_equal(PROXY_CALL(fixture, .path = "/health")->status, 200);
    assert_string_equal(vespa_json_string(proxy_seen_request(fixture), "path"), "/health");
}

static void each_failure_has_its_own_name(void **state)
{
    static const struct {
        const char *fault;
        long status;
        const char *code;
    } cases[] = {
        {"route-status,status=401", 401, "wrong_key"},
        {"route-status,status=400", 404, "unknown_endpoint"},
        {"route-status,status=500", 503, "no_worker_ready"},
        {"route-url,url=https://127.0.0.1:1", 502, "worker_failed"},
    };
    struct proxy_fixture *fixture = *state;
    fixture->variables = (const char *const[]){"VESPA_DEADLINE=2", "VESPA_RETRIES=0", NULL};
    proxy_start(fixture, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        vespa_sim_process_reset(fixture->sim);
        vespa_sim_process_fault(fixture->sim, cases[i].fault);
        PROXY_CALL(fixture, .body = "{}");
        assert_says(fixture, cases[i].status, cases[i].code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROXY(workers_that_start_are_waited_for),
        PROXY(asking_too_often_is_not_a_wrong_key),
        PROXY(a_compressed_answer_is_the_models_bytes),
        PROXY(a_worker_learns_neither_authorization_nor_host),
        PROXY(repeated_query_keys_stay_as_they_are),
        PROXY(a_parameter_cannot_replace_the_signature),
        PROXY(a_body_of_more_than_1_mib_passes),
        PROXY(what_is_not_json_is_refused_and_never_sent_empty),
        PROXY(json_is_taken_by_whatever_type_it_is_called),
        PROXY(a_cut_stream_does_not_look_like_a_clean_end),
        PROXY(the_workers_job_ends_when_the_client_hangs_up),
        PROXY(health_is_the_models),
        PROXY(each_failure_has_its_own_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
