// The simulated autoscaler, as a client sees it (protocol.md §2, §3, §9).

#include "tests/sim/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static int start(void **state)
{
    *state = vespa_sim_process_start("--workers", "2", NULL);
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

static const char *autoscaler_url(const struct vespa_sim_process *sim, const char *path)
{
    static char url[256];
    snprintf(url, sizeof url, "%s%s", vespa_sim_process_value(sim, "VESPA_AUTOSCALER_URL"), path);
    return url;
}

// Posts a body to /route/ and returns the status.
static long route_status(const struct vespa_sim_process *sim, const char *key, const char *type,
                         const char *body)
{
    struct vespa_test_answer answer = vespa_test_perform(&(struct vespa_test_call){
        .url = autoscaler_url(sim, "/route/"), .bearer = key, .type = type, .body = body});
    vespa_test_answer_free(&answer);
    return answer.status;
}

static void a_worker_is_given_with_everything_a_client_needs(void **state)
{
    struct vespa_test_answer answer = vespa_test_route(*state, "242.0", NULL);
    struct vespa_test_assignment assignment;
    char id[64];
    assert_int_equal(answer.status, 200);
    assert_true(vespa_test_read_assignment(answer.body, &assignment));
    assert_string_equal(assignment.cost, "242.0");
    assert_string_equal(assignment.endpoint, "\"my-endpoint\"");
    assert_true(strlen(assignment.signature) == 346);
    assert_true(vespa_test_raw_member(answer.body, "__request_id", id, sizeof id));
    assert_true(strlen(assignment.reqnum) > 0 && strlen(assignment.request_idx) > 0);
    vespa_test_answer_free(&answer);
}

static void costs_are_spelled_as_python_floats(void **state)
{
    static const struct {
        const char *sent;
        const char *answered;
    } rows[] = {
        {"242", "242.0"},
        {"242.0", "242.0"},
        {"0.1", "0.1"},
        {"1e16", "1e+16"},
        {"1e15", "1000000000000000.0"},
        {"0.0001", "0.0001"},
        {"0.00001", "1e-05"},
        {"123456.789", "123456.789"},
        {"1.5e300", "1.5e+300"},
        {"0", "0.0"},
        {"9007199254740993", "9007199254740992.0"},
        {"12345678901234567890", "1.2345678901234567e+19"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct vespa_test_assignment assignment = vespa_test_assign(*state, rows[i].sent, NULL);
        assert_string_equal(assignment.cost, rows[i].answered);
    }
}

static void reqnum_is_new_for_each_answer_and_request_idx_for_each_request(void **state)
{
    struct vespa_test_assignment first = vespa_test_assign(*state, "5", NULL);
    struct vespa_test_assignment again = vespa_test_assign(*state, "5", first.request_idx);
    struct vespa_test_assignment other = vespa_test_assign(*state, "5", NULL);
    assert_string_equal(again.request_idx, first.request_idx);
    assert_string_not_equal(other.request_idx, first.request_idx);
    assert_string_not_equal(again.reqnum, first.reqnum);
    assert_string_not_equal(other.reqnum, again.reqnum);
}

static void a_request_that_asks_again_gets_another_worker(void **state)
{
    struct vespa_test_assignment first = vespa_test_assign(*state, "5", NULL);
    for (int i = 0; i < 4; i++) {
        struct vespa_test_assignment again = vespa_test_assign(*state, "5", first.request_idx);
        assert_string_not_equal(again.url, first.url);
        again = vespa_test_assign(*state, "5", first.request_idx);
        assert_string_equal(again.url, first.url);
    }
}

static void it_is_not_sent_back_to_the_worker_that_it_comes_from(void **state)
{
    struct vespa_test_assignment first = vespa_test_assign(*state, "5", NULL);
    vespa_test_assign(*state, "5", NULL); // the other worker's turn
    struct vespa_test_assignment again = vespa_test_assign(*state, "5", first.request_idx);
    assert_string_not_equal(again.url, first.url);
}

static void a_wrong_key_is_refused_and_an_account_key_differently(void **state)
{
    static const char body[] = "{\"endpoint\": \"my-endpoint\", \"cost\": 1}";
    const char *account = vespa_sim_process_value(*state, "VESPA_SIM_ACCOUNT_KEY");
    assert_int_equal(route_status(*state, "nonsense", NULL, body), 401);
    assert_int_equal(route_status(*state, NULL, NULL, body), 401);
    assert_int_equal(route_status(*state, account, NULL, body), 403);
}

static void a_changed_key_counts_at_once(void **state)
{
    static const char body[] = "{\"endpoint\": \"my-endpoint\", \"cost\": 1}";
    const char *key = vespa_sim_process_value(*state, "VAST_API_KEY");
    vespa_sim_process_admin(*state, "/admin/key", "rotated");
    assert_int_equal(route_status(*state, key, NULL, body), 401);
    assert_int_equal(route_status(*state, "rotated", NULL, body), 200);
    vespa_sim_process_admin(*state, "/admin/key", key);
}

static void calls_that_are_not_right_are_refused(void **state)
{
    static const char *const bodies[] = {
        "",
        "[]",
        "{\"endpoint\": \"my-endpoint\", \"cost\": 1",
        "{\"cost\": 1}",
        "{\"endpoint\": \"my-endpoint\"}",
        "{\"endpoint\": \"other\", \"cost\": 1}",
        "{\"endpoint\": 7, \"cost\": 1}",
        "{\"endpoint\": \"my-endpoint\", \"cost\": \"1\"}",
        "{\"endpoint\": \"my-endpoint\", \"cost\": null}",
        "{\"endpoint\": \"my-endpoint\", \"cost\": 1e999}",
        "{\"endpoint\": \"my-endpoint\", \"cost\": -1}",
        "{\"endpoint\": \"my-endpoint\", \"cost\": 1, \"cost\": 1}",
        "{\"endpoint\": \"my-endpoint\", \"cost\": 1, \"path\": \"/v1\"}",
        "{\"endpoint\": \"my-endpoint\", \"cost\": 1, \"request_idx\": null}",
        "{\"endpoint\": \"my-endpoint\", \"cost\": 1, \"request_idx\": \"2421\"}",
    };
    const char *key = vespa_sim_process_value(*state, "VAST_API_KEY");
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
        assert_int_equal(route_status(*state, key, NULL, bodies[i]), 400);
    static const char good[] = "{\"endpoint\": \"my-endpoint\", \"cost\": 1}";
    assert_int_equal(route_status(*state, key, "text/plain", good), 400);
    assert_int_equal(route_status(*state, key, "application/json; charset=utf-8", good), 200);
}

static void what_the_sdk_sends_besides_is_taken(void **state)
{
    static const char body[] = "{\"endpoint\": \"my-endpoint\", \"api_key\": \"k\", \"cost\": 1.0, "
                               "\"replay_timeout\": 60.0}";
    const char *key = vespa_sim_process_value(*state, "VAST_API_KEY");
    assert_int_equal(route_status(*state, key, NULL, body), 200);
}

static void expect_violation(struct vespa_sim_process *sim, const char *cost,
                             const char *request_idx, const char *text)
{
    vespa_sim_process_reset(sim);
    struct vespa_test_answer answer = vespa_test_route(sim, cost, request_idx);
    assert_int_equal(answer.status, 400);
    vespa_test_answer_free(&answer);
    cJSON *stats = vespa_sim_process_stats(sim);
    assert_non_null(strstr(vespa_json_string(stats, "violations.0"), text));
    assert_int_equal(vespa_json_number(stats, "violation_count"), 1);
    cJSON_Delete(stats);
}

static void a_later_call_must_repeat_the_cost_as_it_was_spelled(void **state)
{
    struct vespa_test_assignment assignment = vespa_test_assign(*state, "242.0", NULL);
    expect_violation(*state, "242", assignment.request_idx, "cost changed");
    expect_violation(*state, "243.0", assignment.request_idx, "cost changed");
    vespa_test_assign(*state, "242.0", assignment.request_idx);
}

static void a_request_idx_that_was_never_given_out_is_refused(void **state)
{
    expect_violation(*state, "1", "99999999", "unknown request_idx");
    expect_violation(*state, "1", "1", "unknown request_idx");
    expect_violation(*state, "1", "-5", "not an integer");
    expect_violation(*state, "1", "2421.0", "not an integer");
}

static void a_request_idx_must_not_be_used_after_its_answer(void **state)
{
    struct vespa_test_assignment assignment = vespa_test_assign(*state, "1", NULL);
    struct vespa_test_answer answer = vespa_test_send(&assignment, NULL, "/echo", "{}");
    assert_int_equal(answer.status, 200);
    vespa_test_answer_free(&answer);
    cJSON_Delete(vespa_sim_process_stats_quiet(*state));
    expect_violation(*state, "1", assignment.request_idx, "finished");
}

static void a_request_idx_may_be_used_again_after_a_failed_answer(void **state)
{
    struct vespa_test_assignment assignment = vespa_test_assign(*state, "1", NULL);
    struct vespa_test_answer answer = vespa_test_send(&assignment, NULL, "/status/503", "{}");
    assert_int_equal(answer.status, 503);
    vespa_test_answer_free(&answer);
    cJSON_Delete(vespa_sim_process_stats_quiet(*state));
    vespa_test_assign(*state, "1", assignment.request_idx);
}

static void statistics_tell_each_call(void **state)
{
    struct vespa_test_assignment assignment = vespa_test_assign(*state, "7.50", NULL);
    vespa_test_assign(*state, "7.50", assignment.request_idx);
    cJSON *stats = vespa_sim_process_stats(*state);
    assert_int_equal(vespa_json_number(stats, "route.count"), 2);
    assert_int_equal(vespa_json_number(stats, "route.statuses.200"), 2);
    assert_string_equal(vespa_json_string(stats, "route.calls.0.cost"), "7.50");
    assert_true(cJSON_IsNull(vespa_json_find(stats, "route.calls.0.request_idx")));
    assert_string_equal(vespa_json_string(stats, "route.calls.1.request_idx"),
                        assignment.request_idx);
    assert_string_equal(vespa_json_string(stats, "route.calls.0.reqnum"), assignment.reqnum);
    assert_int_equal(vespa_json_number(stats, "route.calls.1.status"), 200);
    assert_string_equal(vespa_json_header(stats, "route.calls.0.headers", "content-type"),
                        "application/json");
    assert_int_equal(vespa_json_number(stats, "violation_count"), 0);
    cJSON_Delete(stats);
}

// --- the account's calls ---

static void the_console_lists_the_endpoint_for_an_account_key(void **state)
{
    const char *account = vespa_sim_process_value(*state, "VESPA_SIM_ACCOUNT_KEY");
    struct vespa_test_call call = {
        .url = autoscaler_url(*state, "/api/v0/endptjobs/?autoscaler_instance=prod"),
        .bearer = account};
    struct vespa_test_answer answer = vespa_test_perform(&call);
    cJSON *list = cJSON_Parse(answer.body);
    assert_int_equal(answer.status, 200);
    assert_string_equal(vespa_json_string(list, "results.0.endpoint_name"), "my-endpoint");
    assert_string_equal(vespa_json_string(list, "results.0.api_key"),
                        vespa_sim_process_value(*state, "VAST_API_KEY"));
    cJSON_Delete(list);
    vespa_test_answer_free(&answer);
    call.bearer = vespa_sim_process_value(*state, "VAST_API_KEY");
    answer = vespa_test_perform(&call);
    assert_int_equal(answer.status, 401);
    vespa_test_answer_free(&answer);
}

static void the_console_answers_429_when_asked_too_fast(void **state)
{
    (void)state;
    struct vespa_sim_process *sim = vespa_sim_process_start("--console-pace", "3600", NULL);
    struct vespa_test_call call = {.url = autoscaler_url(sim, "/api/v0/endptjobs/?client_id=me"),
                                   .bearer = vespa_sim_process_value(sim, "VESPA_SIM_ACCOUNT_KEY")};
    struct vespa_test_answer first = vespa_test_perform(&call);
    struct vespa_test_answer second = vespa_test_perform(&call);
    assert_int_equal(first.status, 200);
    assert_int_equal(second.status, 429);
    vespa_test_answer_free(&first);
    vespa_test_answer_free(&second);
    vespa_sim_process_stop(sim);
}

static void the_public_key_is_there_for_anyone(void **state)
{
    struct vespa_test_answer answer =
        vespa_test_perform(&(struct vespa_test_call){.url = autoscaler_url(*state, "/pubkey/")});
    assert_int_equal(answer.status, 200);
    assert_non_null(strstr(answer.body, "-----BEGIN PUBLIC KEY-----"));
    vespa_test_answer_free(&answer);
}

// --- signatures, checked by OpenSSL with the key that /pubkey/ gives ---

static EVP_PKEY *fetch_public_key(const struct vespa_sim_process *sim)
{
    struct vespa_test_answer answer =
        vespa_test_perform(&(struct vespa_test_call){.url = autoscaler_url(sim, "/pubkey/")});
    BIO *memory = BIO_new_mem_buf(answer.body, (int)answer.length);
    EVP_PKEY *key = PEM_read_bio_PUBKEY(memory, NULL, NULL, NULL);
    BIO_free(memory);
    vespa_test_answer_free(&answer);
    assert_non_null(key);
    return key;
}

static bool is_signed(EVP_PKEY *key, const char *text, const char *quoted_signature)
{
    unsigned char signature[300];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int length = EVP_DecodeBlock(signature, (const unsigned char *)quoted_signature + 1,
                                 (int)strlen(quoted_signature) - 2);
    assert_int_equal(length, 258); // 256 bytes and what stands for the padding
    EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key);
    int good = EVP_DigestVerify(context, signature, 256, (const unsigned char *)text, strlen(text));
    EVP_MD_CTX_free(context);
    return good == 1;
}

static void each_dialect_signs_the_text_that_python_would_write(void **state)
{
    static const char *const dialects[] = {"vespa", "pyworker", "sdk"};
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct vespa_sim_process *sim = vespa_sim_process_start("--dialect", dialects[i]);
        struct vespa_test_assignment a = vespa_test_assign(sim, "1e16", NULL);
        EVP_PKEY *key = fetch_public_key(sim);
        char texts[3][1024];
        snprintf(
            texts[0], sizeof texts[0],
            "{\n    \"cost\": 1e+16,\n    \"endpoint\": \"my-endpoint\",\n    \"reqnum\": %s,\n"
            "    \"request_idx\": %s,\n    \"url\": %s\n}",
            a.reqnum, a.request_idx, a.url);
        snprintf(
            texts[1], sizeof texts[1],
            "{\n    \"cost\": 1e+16,\n    \"endpoint\": \"my-endpoint\",\n    \"reqnum\": %s,\n"
            "    \"url\": %s\n}",
            a.reqnum, a.url);
        snprintf(texts[2], sizeof texts[2], "{\n    \"url\": %s\n}", a.url);
        for (int j = 0; j < 3; j++)
            assert_int_equal(is_signed(key, texts[j], a.signature), i == j);
        EVP_PKEY_free(key);
        vespa_sim_process_stop(sim);
    }
}

static void a_url_is_signed_as_python_would_escape_it(void **state)
{
    struct vespa_sim_process *sim = vespa_sim_process_start("--dialect", "sdk");
    (void)state;
    vespa_sim_process_fault(sim, "route-url,url=http://é\"\\😀\t\x7f/");
    struct vespa_test_answer answer = vespa_test_route(sim, "1", NULL);
    cJSON *body = cJSON_Parse(answer.body);
    char signature[512];
    snprintf(signature, sizeof signature, "\"%s\"", vespa_json_string(body, "signature"));
    EVP_PKEY *key = fetch_public_key(sim);
    assert_true(is_signed(
        key, "{\n    \"url\": \"http://\\u00e9\\\"\\\\\\ud83d\\ude00\\t\\u007f/\"\n}", signature));
    EVP_PKEY_free(key);
    cJSON_Delete(body);
    vespa_test_answer_free(&answer);
    vespa_sim_process_stop(sim);
}

static void workers_of_an_endpoint_are_listed(void **state)
{
    char body[256];
    snprintf(body, sizeof body, "{\"id\": 4242, \"api_key\": \"%s\"}",
             vespa_sim_process_value(*state, "VESPA_SIM_ACCOUNT_KEY"));
    struct vespa_test_answer answer = vespa_test_perform(&(struct vespa_test_call){
        .url = autoscaler_url(*state, "/get_endpoint_workers/"), .body = body});
    cJSON *list = cJSON_Parse(answer.body);
    assert_int_equal(answer.status, 200);
    assert_int_equal(cJSON_GetArraySize(list), 2);
    assert_string_equal(vespa_json_string(list, "1.status"), "idle");
    cJSON_Delete(list);
    vespa_test_answer_free(&answer);
}

#define TEST(name) cmocka_unit_test_setup(name, reset)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_worker_is_given_with_everything_a_client_needs),
        TEST(costs_are_spelled_as_python_floats),
        TEST(reqnum_is_new_for_each_answer_and_request_idx_for_each_request),
        TEST(a_request_that_asks_again_gets_another_worker),
        TEST(it_is_not_sent_back_to_the_worker_that_it_comes_from),
        TEST(a_wrong_key_is_refused_and_an_account_key_differently),
        TEST(a_changed_key_counts_at_once),
        TEST(calls_that_are_not_right_are_refused),
        TEST(what_the_sdk_sends_besides_is_taken),
        TEST(a_later_call_must_repeat_the_cost_as_it_was_spelled),
        TEST(a_request_idx_that_was_never_given_out_is_refused),
        TEST(a_request_idx_must_not_be_used_after_its_answer),
        TEST(a_request_idx_may_be_used_again_after_a_failed_answer),
        TEST(statistics_tell_each_call),
        TEST(the_console_lists_the_endpoint_for_an_account_key),
        TEST(the_console_answers_429_when_asked_too_fast),
        TEST(the_public_key_is_there_for_anyone),
        TEST(each_dialect_signs_the_text_that_python_would_write),
        TEST(a_url_is_signed_as_python_would_escape_it),
        TEST(workers_of_an_endpoint_are_listed),
    };
    return cmocka_run_group_tests_name("sim: route", tests, start, stop);
}
