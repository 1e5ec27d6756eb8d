// What a simulated worker accepts and refuses (protocol.md §4).

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
    *state = vespa_sim_process_start("--workers", "1", "--worker-limit", "3000000", NULL);
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

// The last request must have been refused for that reason.
static void expect_reason(struct vespa_sim_process *sim, const char *reason)
{
    cJSON *stats = vespa_sim_process_stats(sim);
    assert_string_equal(vespa_json_string(stats, "workers.0.requests.-1.reason"), reason);
    assert_false(vespa_json_number(stats, "workers.0.requests.-1.accepted"));
    cJSON_Delete(stats);
}

static void expect_status(struct vespa_test_answer answer, long status)
{
    assert_int_equal(answer.result, CURLE_OK);
    assert_int_equal(answer.status, status);
    if (status == 401)
        assert_int_equal(answer.length, 0);
    vespa_test_answer_free(&answer);
}

static struct vespa_test_answer send_body(const struct vespa_test_assignment *assignment,
                                          const char *body)
{
    return vespa_test_perform(
        &(struct vespa_test_call){.url = vespa_test_worker_url(assignment, "/echo"), .body = body});
}

static void a_right_envelope_is_accepted_by_each_method(void **state)
{
    static const char *const methods[] = {"POST", "PUT", "PATCH"};
    for (int i = 0; i < 3; i++) {
        struct vespa_test_assignment assignment = vespa_test_assign(*state, "242.0", NULL);
        struct vespa_test_answer answer =
            vespa_test_send(&assignment, methods[i], "/echo/a%20b?x=1", "{\"id\": 7}");
        assert_string_equal(answer.body, "{\"id\": 7}");
        expect_status(answer, 200);
    }
    cJSON *stats = vespa_sim_process_stats_quiet(*state);
    assert_int_equal(vespa_json_number(stats, "workers.0.accepted"), 3);
    assert_string_equal(vespa_json_string(stats, "workers.0.requests.2.method"), "PATCH");
    assert_string_equal(vespa_json_string(stats, "workers.0.requests.0.path"), "/echo/a%20b");
    assert_string_equal(vespa_json_string(stats, "workers.0.requests.0.query"), "x=1");
    assert_string_equal(vespa_json_string(stats, "workers.0.requests.0.payload"), "{\"id\": 7}");
    assert_true(vespa_json_number(stats, "workers.0.requests.0.complete"));
    cJSON_Delete(stats);
}

static void the_payload_reaches_the_model_byte_for_byte(void **state)
{
    static const char *const payloads[] = {
        "{}",
        "[1, 2 ,\t3]",
        "\"text\"",
        "1e400",
        "null",
        "{ \"b\":1e400, \"a\" : 18446744073709551616,\"a\":-0.0, \"\\u0061\": \"\\/\\u00e9é😀\" }",
        "{\"payload\": {\"auth_data\": [[[]]]}, \"n\": 9007199254740993 }",
    };
    for (size_t i = 0; i < sizeof payloads / sizeof payloads[0]; i++) {
        struct vespa_test_answer answer = vespa_test_post(*state, "/echo", payloads[i]);
        assert_string_equal(answer.body, payloads[i]);
        expect_status(answer, 200);
    }
}

static void a_large_payload_survives_and_its_digest_is_told(void **state)
{
    size_t length = 2000000;
    char *payload = malloc(length + 1);
    memset(payload, 'x', length);
    payload[0] = payload[length - 1] = '"';
    payload[length] = '\0';
    struct vespa_test_answer answer = vespa_test_post(*state, "/echo", payload);
    assert_int_equal(answer.length, length);
    assert_memory_equal(answer.body, payload, length);
    expect_status(answer, 200);
    free(payload);
    cJSON *stats = vespa_sim_process_stats(*state);
    assert_int_equal(vespa_json_number(stats, "workers.0.requests.0.payload_length"), length);
    assert_true(cJSON_IsNull(vespa_json_find(stats, "workers.0.requests.0.payload")));
    assert_int_equal(strlen(vespa_json_string(stats, "workers.0.requests.0.payload_sha256")), 64);
    cJSON_Delete(stats);
}

static void a_body_beyond_the_limit_gets_413(void **state)
{
    size_t length = 3000001;
    char *payload = malloc(length + 1);
    memset(payload, '1', length);
    payload[length] = '\0';
    expect_status(vespa_test_post(*state, "/echo", payload), 413);
    expect_reason(*state, "too large");
    free(payload);
}

static void a_cost_that_is_spelled_otherwise_is_refused(void **state)
{
    static const char *const costs[] = {"242", "242.00", "2.42e2", "243.0"};
    for (int i = 0; i < 4; i++) {
        struct vespa_test_assignment assignment = vespa_test_assign(*state, "242.0", NULL);
        snprintf(assignment.cost, sizeof assignment.cost, "%s", costs[i]);
        expect_status(vespa_test_send(&assignment, NULL, "/echo", "{}"), 401);
        expect_reason(*state, "signature");
    }
}

static void any_other_change_is_refused(void **state)
{
    struct vespa_test_assignment good = vespa_test_assign(*state, "1.5", NULL);
    struct vespa_test_assignment bad = good;
    bad.signature[10] = bad.signature[10] == 'A' ? 'B' : 'A';
    expect_status(vespa_test_send(&bad, NULL, "/echo", "{}"), 401);
    bad = good;
    snprintf(bad.signature, sizeof bad.signature, "\"\"");
    expect_status(vespa_test_send(&bad, NULL, "/echo", "{}"), 401);
    bad = good;
    strcat(bad.reqnum, "0");
    expect_status(vespa_test_send(&bad, NULL, "/echo", "{}"), 401);
    bad = good;
    strcat(bad.request_idx, "0");
    expect_status(vespa_test_send(&bad, NULL, "/echo", "{}"), 401);
    bad = good;
    snprintf(bad.endpoint, sizeof bad.endpoint, "\"your-endpoint\"");
    expect_status(vespa_test_send(&bad, NULL, "/echo", "{}"), 401);
    expect_status(vespa_test_send(&good, NULL, "/echo", "{}"), 200);
}

static void an_assignment_counts_once(void **state)
{
    struct vespa_test_assignment assignment = vespa_test_assign(*state, "1.5", NULL);
    expect_status(vespa_test_send(&assignment, NULL, "/echo", "{}"), 200);
    expect_status(vespa_test_send(&assignment, NULL, "/echo", "{}"), 401);
    expect_reason(*state, "replayed");
}

static void each_missing_field_is_named(void **state)
{
    static const char *const names[] = {"cost",        "endpoint",  "reqnum",
                                        "request_idx", "signature", "url"};
    for (int i = 0; i < 6; i++) {
        struct vespa_test_assignment assignment = vespa_test_assign(*state, "1.5", NULL);
        char *envelope = vespa_test_envelope(&assignment, "{}");
        char quoted[32];
        char reason[32];
        snprintf(quoted, sizeof quoted, "\"%s\":", names[i]);
        snprintf(reason, sizeof reason, "missing: %s", names[i]);
        *(strstr(envelope, quoted) + 1) = '_';
        struct vespa_test_answer answer = send_body(&assignment, envelope);
        assert_non_null(strstr(answer.body, names[i]));
        expect_status(answer, 422);
        expect_reason(*state, reason);
        free(envelope);
    }
}

static void an_envelope_that_is_malformed_is_refused(void **state)
{
    static const struct {
        const char *body;
        const char *reason;
    } rows[] = {
        {"", "not JSON"},
        {"{\"auth_data\":{},\"payload\":{}", "not JSON"},
        {"{\"auth_data\":{},\"payload\":{}}{}", "not JSON"},
        {"{\"auth_data\":{},\"payload\":\"\xff\"}", "not JSON"},
        {"{\"auth_data\":{},\"payload\":01}", "not JSON"},
        {"{\"auth_data\":{},\"payload\":\"\n\"}", "not JSON"},
        {"[]", "not an object"},
        {"{\"payload\":{}}", "missing: auth_data"},
        {"{\"auth_data\":{}}", "missing: payload"},
        {"{\"auth_data\":[],\"payload\":{}}", "type: auth_data"},
        {"{\"auth_data\":{},\"payload\":{},\"extra\":1}", "unknown member: extra"},
        {"{\"auth_data\":{},\"payload\":{},\"payload\":{}}", "duplicate: payload"},
        {"{\"auth_data\":{\"cost\":\"1.0\"},\"payload\":{}}", "type: cost"},
        {"{\"auth_data\":{\"url\":1},\"payload\":{}}", "type: url"},
        {"{\"auth_data\":{\"reqnum\":1.0},\"payload\":{}}", "type: reqnum"},
        {"{\"auth_data\":{\"cost\":1,\"cost\":1},\"payload\":{}}", "duplicate: cost"},
    };
    struct vespa_test_assignment assignment = vespa_test_assign(*state, "1.5", NULL);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        expect_status(send_body(&assignment, rows[i].body), 422);
        expect_reason(*state, rows[i].reason);
    }
}

static void further_members_of_auth_data_and_a_session_id_are_allowed(void **state)
{
    struct vespa_test_assignment assignment = vespa_test_assign(*state, "1.5", NULL);
    char *envelope = vespa_test_envelope(&assignment, "{}");
    char body[2048];
    snprintf(body, sizeof body, "{\"session_id\": \"abc\", \"auth_data\": {\"__request_id\": 1, %s",
             envelope + strlen("{\"auth_data\": {"));
    expect_status(send_body(&assignment, body), 200);
    free(envelope);
}

static void the_content_type_must_be_json(void **state)
{
    struct vespa_test_assignment assignment = vespa_test_assign(*state, "1.5", NULL);
    char *envelope = vespa_test_envelope(&assignment, "{}");
    struct vespa_test_call call = {.url = vespa_test_worker_url(&assignment, "/echo"),
                                   .body = envelope,
                                   .type = "application/x-www-form-urlencoded"};
    expect_status(vespa_test_perform(&call), 422);
    expect_reason(*state, "content type");
    free(envelope);
}

static void a_key_that_reaches_a_worker_is_noticed(void **state)
{
    struct vespa_test_assignment assignment = vespa_test_assign(*state, "1.5", NULL);
    char *envelope = vespa_test_envelope(&assignment, "{}");
    struct vespa_test_call call = {.url = vespa_test_worker_url(&assignment, "/echo"),
                                   .body = envelope,
                                   .bearer = vespa_sim_process_value(*state, "VAST_API_KEY")};
    expect_status(vespa_test_perform(&call), 400);
    expect_reason(*state, "key leaked");
    free(envelope);
}

// --- the query-parameter form ---

static void methods_without_a_body_use_query_parameters(void **state)
{
    struct vespa_test_answer answer = vespa_test_get(*state, NULL, "/echo/x?a=1&b=%20&a=2");
    assert_string_equal(answer.body,
                        "{\"method\":\"GET\",\"path\":\"/echo/x\",\"query\":\"a=1&b=%20&a=2\"}");
    expect_status(answer, 200);
    answer = vespa_test_get(*state, "DELETE", "/echo");
    assert_string_equal(answer.body, "{\"method\":\"DELETE\",\"path\":\"/echo\",\"query\":\"\"}");
    expect_status(answer, 200);
    answer = vespa_test_get(*state, "HEAD", "/echo");
    assert_int_equal(answer.length, 0);
    expect_status(answer, 200);
}

static void the_query_parameter_form_is_checked_as_strictly(void **state)
{
    struct vespa_test_assignment assignment = vespa_test_assign(*state, "242.0", NULL);
    struct vespa_test_assignment bad = assignment;
    struct vespa_test_call call = {.url = vespa_test_worker_url(&assignment, "/echo?a=1")};
    expect_status(vespa_test_perform(&call), 422);
    expect_reason(*state, "missing: cost");
    snprintf(bad.cost, sizeof bad.cost, "242");
    call.url = vespa_test_query_url(&bad, "/echo");
    expect_status(vespa_test_perform(&call), 401);
    expect_reason(*state, "signature");
    call.url = vespa_test_query_url(&assignment, "/echo?serverless_cost=1");
    expect_status(vespa_test_perform(&call), 422);
    expect_reason(*state, "duplicate: cost");
    call.url = vespa_test_query_url(&assignment, "/echo");
    expect_status(vespa_test_perform(&call), 200);
    expect_status(vespa_test_perform(&call), 401);
    expect_reason(*state, "replayed");
}

static void a_plus_in_the_query_is_a_space(void **state)
{
    struct vespa_test_assignment assignment;
    do
        assignment = vespa_test_assign(*state, "1", NULL);
    while (!strchr(assignment.signature, '+'));
    char url[8192];
    snprintf(url, sizeof url, "%s", vespa_test_query_url(&assignment, "/echo"));
    char *escaped = strstr(url, "%2B");
    *escaped = '+';
    memmove(escaped + 1, escaped + 3, strlen(escaped + 3) + 1);
    expect_status(vespa_test_perform(&(struct vespa_test_call){.url = url}), 401);
    expect_reason(*state, "signature");
}

static void a_body_on_the_query_parameter_form_is_refused(void **state)
{
    struct vespa_test_assignment assignment = vespa_test_assign(*state, "1", NULL);
    struct vespa_test_call call = {
        .method = "DELETE", .url = vespa_test_query_url(&assignment, "/echo"), .body = "{}"};
    expect_status(vespa_test_perform(&call), 422);
    expect_reason(*state, "body");
    call.body = NULL;
    call.header = "Content-Length: 0";
    expect_status(vespa_test_perform(&call), 422);
    expect_reason(*state, "body header");
}

// --- the other dialects, and big numbers ---

static void a_pyworker_signs_without_request_idx_and_has_no_get(void **state)
{
    (void)state;
    struct vespa_sim_process *sim =
        vespa_sim_process_start("--workers", "1", "--dialect", "pyworker");
    expect_status(vespa_test_post(sim, "/echo", "[1]"), 200);
    struct vespa_test_assignment bad = vespa_test_assign(sim, "242.0", NULL);
    struct vespa_test_assignment good = bad;
    snprintf(bad.cost, sizeof bad.cost, "242");
    expect_status(vespa_test_send(&bad, NULL, "/echo", "{}"), 401);
    expect_reason(sim, "signature");
    // Not covered by the signature, and yet not the client's to change.
    bad = good;
    strcat(bad.request_idx, "0");
    expect_status(vespa_test_send(&bad, NULL, "/echo", "{}"), 401);
    expect_reason(sim, "altered: request_idx");
    expect_status(vespa_test_get(sim, NULL, "/echo"), 405);
    vespa_sim_process_stop(sim);
}

static void an_sdk_worker_signs_the_url_alone_and_serves_post_of_objects(void **state)
{
    (void)state;
    struct vespa_sim_process *sim = vespa_sim_process_start("--dialect", "sdk", NULL);
    expect_status(vespa_test_post(sim, "/echo", "{}"), 200);
    expect_status(vespa_test_post(sim, "/echo", "[]"), 422);
    expect_status(vespa_test_post(sim, "/nowhere", "{}"), 404);
    expect_status(vespa_test_get(sim, NULL, "/echo"), 405);
    struct vespa_test_assignment assignment = vespa_test_assign(sim, "1.5", NULL);
    expect_status(vespa_test_send(&assignment, "PUT", "/echo", "{}"), 405);
    // Not covered by the signature, and yet not the client's to change.
    snprintf(assignment.cost, sizeof assignment.cost, "1.50");
    expect_status(vespa_test_send(&assignment, NULL, "/echo", "{}"), 401);
    vespa_sim_process_stop(sim);
}

static void an_assignment_is_good_for_its_own_worker_alone(void **state)
{
    (void)state;
    struct vespa_sim_process *sim =
        vespa_sim_process_start("--workers", "2", "--dialect", "sdk", NULL);
    struct vespa_test_assignment first = vespa_test_assign(sim, "1", NULL);
    struct vespa_test_assignment second = vespa_test_assign(sim, "1", NULL);
    char *envelope = vespa_test_envelope(&first, "{}");
    struct vespa_test_call call = {.url = vespa_test_worker_url(&second, "/echo"),
                                   .body = envelope};
    expect_status(vespa_test_perform(&call), 401);
    free(envelope);
    vespa_sim_process_stop(sim);
}

static void big_numbers_must_come_back_digit_for_digit(void **state)
{
    (void)state;
    struct vespa_sim_process *sim = vespa_sim_process_start("--big-numbers", NULL);
    struct vespa_test_assignment assignment = vespa_test_assign(sim, "1", NULL);
    assert_string_equal(assignment.reqnum, "9223372036854775809");
    assert_string_equal(assignment.request_idx, "9007199254740993");
    struct vespa_test_assignment rounded = assignment;
    snprintf(rounded.reqnum, sizeof rounded.reqnum, "9223372036854775808");
    expect_status(vespa_test_send(&rounded, NULL, "/echo", "{}"), 401);
    rounded = assignment;
    snprintf(rounded.request_idx, sizeof rounded.request_idx, "9007199254740992");
    expect_status(vespa_test_send(&rounded, NULL, "/echo", "{}"), 401);
    vespa_test_assign(sim, "1", assignment.request_idx);
    expect_status(vespa_test_send(&assignment, NULL, "/echo", "{}"), 200);
    vespa_sim_process_stop(sim);
}

#define TEST(name) cmocka_unit_test_setup(name, reset)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_right_envelope_is_accepted_by_each_method),
        TEST(the_payload_reaches_the_model_byte_for_byte),
        TEST(a_large_payload_survives_and_its_digest_is_told),
        TEST(a_body_beyond_the_limit_gets_413),
        TEST(a_cost_that_is_spelled_otherwise_is_refused),
        TEST(any_other_change_is_refused),
        TEST(an_assignment_counts_once),
        TEST(each_missing_field_is_named),
        TEST(an_envelope_that_is_malformed_is_refused),
        TEST(further_members_of_auth_data_and_a_session_id_are_allowed),
        TEST(the_content_type_must_be_json),
        TEST(a_key_that_reaches_a_worker_is_noticed),
        TEST(methods_without_a_body_use_query_parameters),
        TEST(the_query_parameter_form_is_checked_as_strictly),
        TEST(a_plus_in_the_query_is_a_space),
        TEST(a_body_on_the_query_parameter_form_is_refused),
        TEST(a_pyworker_signs_without_request_idx_and_has_no_get),
        TEST(an_sdk_worker_signs_the_url_alone_and_serves_post_of_objects),
        TEST(an_assignment_is_good_for_its_own_worker_alone),
        TEST(big_numbers_must_come_back_digit_for_digit),
    };
    return cmocka_run_group_tests_name("sim: envelope", tests, start, stop);
}
