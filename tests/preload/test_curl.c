/* Debian's curl, unchanged, under the shim: what its user sees, and what the worker received. */
#include "tests/support/preload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define HOST "http://my-endpoint.vespa.internal"
#define CHAT                                                                               \
    "{\"model\":\"llama-2-7b\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello!\"}]," \
    "\"max_tokens\":100,\"stream\":true}"

struct fixture {
    struct vespa_sim_process *sim;
    struct vespa_program_result result;
    cJSON *stats;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    fixture->sim = vespa_sim_process_start("--token-delay", "1", NULL);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    cJSON_Delete(fixture->stats);
    vespa_program_result_free(&fixture->result);
    vespa_sim_process_stop(fixture->sim);
    free(fixture);
    return 0;
}

/* How often a text stands in another. */
static int occurrences(const char *text, const char *part)
{
    int count = 0;
    for (const char *at = strstr(text, part); at; at = strstr(at + 1, part))
        count++;
    return count;
}

static void a_chat_answer_is_streamed(void **state)
{
    struct fixture *f = *state;
    f->result =
        vespa_preload_curl(f->sim, NULL, "-N", HOST "/v1/chat/completions", "-d", CHAT, NULL);
    assert_int_equal(f->result.status, 0);
    assert_true(occurrences(f->result.out, "data: {") > 5);
    assert_int_equal(occurrences(f->result.out, "data: [DONE]"), 1);
    f->stats = vespa_sim_process_stats_quiet(f->sim);
    assert_int_equal(vespa_json_number(f->stats, "route.count"), 1);
    assert_string_equal(vespa_json_string(f->stats, "route.calls.0.cost"), "100");
    assert_int_equal(vespa_json_number(f->stats, "violation_count"), 0);
}

struct first_token {
    char seen[4096];
    size_t length;
    struct vespa_sim_process *sim;
    bool early;
};

/* When the first token is there, the worker must not have finished its answer. */
static bool note_first_token(void *context, const char *bytes, size_t length)
{
    struct first_token *token = context;
    (void)bytes;
    if (token->length == 0) {
        cJSON *stats = vespa_sim_process_stats(token->sim);
        const cJSON *over = vespa_json_find(stats, "workers.0.requests.0.over");
        if (!over)
            over = vespa_json_find(stats, "workers.1.requests.0.over");
        token->early = over && cJSON_IsFalse(over);
        cJSON_Delete(stats);
    }
    token->length += length;
    return true;
}

static void tokens_appear_as_the_worker_sends_them(void **state)
{
    struct fixture *f = *state;
    struct first_token token = {.sim = f->sim};
    vespa_sim_process_fault(f->sim, "worker-slow-chunks,ms=20,size=60");
    f->result = vespa_program_run(&(struct vespa_program){
        .argv =
            (const char *const[]){"curl", "-sSN", HOST "/v1/chat/completions", "-d", CHAT, NULL},
        .environment = (const char *const[]){vespa_preload_variable(), NULL},
        .more_environment = vespa_sim_process_environment(f->sim),
        .on_output = note_first_token,
        .context = &token,
    });
    assert_int_equal(f->result.status, 0);
    assert_true(token.early);
    assert_int_equal(occurrences(f->result.out, "data: [DONE]"), 1);
}

static void a_payload_reaches_the_worker_byte_for_byte(void **state)
{
    struct fixture *f = *state;
    static const char payload[] =
        "{ \"seed\": 9007199254740993,\t\"big\":1e400, \"a\":1, \"a\" :2,\n"
        "\"z\":\"\\u00e9\\/\\ud83d\\ude00\", \"b\":[ ], \"n\":-0.0 }";
    f->result =
        vespa_preload_curl(f->sim, NULL, HOST "/echo", "-H", "Content-Type: application/json",
                           "--data-binary", payload, NULL);
    assert_int_equal(f->result.status, 0);
    assert_string_equal(f->result.out, payload);
}

static void methods_without_a_body_go_out_as_they_are(void **state)
{
    struct fixture *f = *state;
    f->result = vespa_preload_curl(f->sim, NULL, HOST "/inspect?a=1&a=2&b=%20x", NULL);
    assert_int_equal(f->result.status, 0);
    cJSON *seen = cJSON_Parse(f->result.out);
    assert_string_equal(vespa_json_string(seen, "method"), "GET");
    assert_string_equal(vespa_json_string(seen, "path"), "/inspect");
    assert_string_equal(vespa_json_string(seen, "query"), "a=1&a=2&b=%20x");
    cJSON_Delete(seen);
}

static void nothing_of_the_applications_own_reaches_the_worker(void **state)
{
    struct fixture *f = *state;
    f->result = vespa_preload_curl(
        f->sim, NULL, "-u", "user:secret", "-b", "session=secret", "-e", "http://secret.example/",
        "-H", "X-Api-Key: secret", "-H", "Authorization: Bearer secret", "-H", "X-Custom: secret",
        "-H", "Accept: text/x", "-A", "agent/1", HOST "/inspect?key=secret&x=1", "-d", "{}", NULL);
    assert_int_equal(f->result.status, 0);
    vespa_assert_hides(&f->result, "secret");
    vespa_assert_shows(&f->result, "text/x");
    vespa_assert_shows(&f->result, "agent/1");
    f->stats = vespa_sim_process_stats_quiet(f->sim);
    char *all = cJSON_Print(f->stats);
    assert_null(strstr(all, "secret"));
    free(all);
}

static void a_request_to_another_host_is_not_touched(void **state)
{
    struct fixture *f = *state;
    char url[256];
    snprintf(url, sizeof url, "%s/echo", vespa_sim_process_worker(f->sim, 0));
    f->result = vespa_preload_curl(f->sim, NULL, url, "-d", "{}", NULL);
    f->stats = vespa_sim_process_stats_quiet(f->sim);
    assert_int_equal(vespa_json_number(f->stats, "route.count"), 0);
    assert_int_equal(vespa_json_number(f->stats, "workers.0.refused"), 1);
}

static void sixteen_mebibytes_arrive_whole(void **state)
{
    struct fixture *f = *state;
    size_t length = 16 * 1024 * 1024;
    char *body = malloc(length + 1);
    char path[] = "/tmp/vespa-test-XXXXXX";
    char argument[64];
    int file = mkstemp(path);
    memset(body, 'A', length);
    memcpy(body, "{\"x\":\"", 6);
    memcpy(body + length - 2, "\"}", 3);
    assert_int_equal(write(file, body, length), length);
    close(file);
    snprintf(argument, sizeof argument, "@%s", path);
    f->result = vespa_preload_curl(f->sim, NULL, HOST "/echo", "--data-binary", argument, NULL);
    unlink(path);
    assert_int_equal(f->result.status, 0);
    assert_int_equal(f->result.out_length, length);
    assert_memory_equal(f->result.out, body, length);
    free(body);
}

/* The curl tool makes a handle anew for each. */
static void new_handles_share_the_connection_to_the_autoscaler(void **state)
{
    struct fixture *f = *state;
    f->result =
        vespa_preload_curl(f->sim, NULL, HOST "/echo", HOST "/echo", HOST "/echo", "-d", "1", NULL);
    assert_int_equal(f->result.status, 0);
    assert_string_equal(f->result.out, "111");
    f->stats = vespa_sim_process_stats_quiet(f->sim);
    assert_int_equal(vespa_json_number(f->stats, "route.count"), 3);
    assert_int_equal(vespa_json_number(f->stats, "autoscaler.connections"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(new_handles_share_the_connection_to_the_autoscaler),
        TEST(a_chat_answer_is_streamed),
        TEST(tokens_appear_as_the_worker_sends_them),
        TEST(a_payload_reaches_the_worker_byte_for_byte),
        TEST(methods_without_a_body_go_out_as_they_are),
        TEST(nothing_of_the_applications_own_reaches_the_worker),
        TEST(a_request_to_another_host_is_not_touched),
        TEST(sixteen_mebibytes_arrive_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
