/*
 * Every way of giving a method and a body to libcurl: what the worker received of it, and what the
 * application saw. The worker's /echo answers with the payload's very bytes.
 */
#include "tests/preload/received.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ECHO   "URL=" VIRTUAL "/echo?x=1", "WRITEFUNCTION=collect"
#define CODE   "info=RESPONSE_CODE"
#define READER "READFUNCTION=body", "SEEKFUNCTION=body"
#define JSON   "{\"a\":1}"
#define OTHER  "{\"b\":22}"

/* The application got its own payload back. */
static void assert_echo(const struct received *received, const char *payload)
{
    char line[512];
    snprintf(line, sizeof line, "body %s", payload);
    vespa_assert_line(&received->result, "result 0");
    vespa_assert_line(&received->result, "info RESPONSE_CODE 200");
    vespa_assert_line(&received->result, line);
}

/* ---- POSTFIELDS ----------------------------------------------------------------------------- */

static void post_fields_go_up_to_the_zero(void **state)
{
    struct received *r = *state;
    received_easy(r, ECHO, "POSTFIELDS=" JSON, "perform", CODE, NULL);
    assert_echo(r, JSON);
    received_assert(r, "POST", "x=1", JSON);
}

static void post_fields_go_as_far_as_their_size_says(void **state)
{
    struct received *r = *state;
    received_easy(r, ECHO, "POSTFIELDS=" JSON "beyond", "POSTFIELDSIZE=7", "perform", CODE, NULL);
    assert_echo(r, JSON);
    received_assert(r, "POST", "x=1", JSON);
    received_easy(r, ECHO, "POSTFIELDSIZE=7", "POSTFIELDS=" JSON "beyond", "perform", CODE, NULL);
    received_assert(r, "POST", "x=1", JSON);
    received_easy(r, ECHO, "POSTFIELDS=" JSON "beyond", "POSTFIELDSIZE_LARGE=7", "perform", CODE,
                  NULL);
    received_assert(r, "POST", "x=1", JSON);
}

static void post_fields_are_read_when_they_are_sent(void **state)
{
    struct received *r = *state;
    received_easy(r, ECHO, "POSTFIELDS=" JSON, "perform", "POSTFIELDS=" OTHER, "perform", CODE,
                  NULL);
    assert_echo(r, OTHER);
    received_assert(r, "POST", "x=1", OTHER);
}

static void a_size_that_cuts_the_json_is_answered_with_the_offset(void **state)
{
    struct received *r = *state;
    received_easy(r, ECHO, "POSTFIELDS=" JSON, "POSTFIELDSIZE=4", "perform", CODE, NULL);
    received_assert_reply(r, 400, "invalid_json", "at byte 4 of 4");
    assert_int_equal(received_routes(r), 0);
}

static void a_zero_inside_a_body_is_answered_with_its_offset(void **state)
{
    struct received *r = *state;
    char value[300];
    snprintf(value, sizeof value, "POSTFIELDS=%s", received_file(r, "zero", "{\"a\":\0001}", 8));
    received_easy(r, ECHO, value, "POSTFIELDSIZE=8", "perform", CODE, NULL);
    received_assert_reply(r, 400, "invalid_json", "at byte 5 of 8");
    snprintf(value, sizeof value, "COPYPOSTFIELDS=%s",
             received_file(r, "zero", "{\"a\":\0001}", 8));
    received_easy(r, ECHO, "POSTFIELDSIZE=8", value, "perform", CODE, NULL);
    received_assert_reply(r, 400, "invalid_json", "at byte 5 of 8");
    snprintf(value, sizeof value, "body=%s", received_file(r, "zero", "{\"a\":\0001}", 8));
    received_easy(r, ECHO, "POST=1", READER, value, "perform", CODE, NULL);
    received_assert_reply(r, 400, "invalid_json", "at byte 5 of 8");
    assert_int_equal(received_routes(r), 0);
}

static void an_empty_post_is_an_empty_object(void **state)
{
    struct received *r = *state;
    received_easy(r, ECHO, "POSTFIELDS=", "perform", CODE, NULL);
    assert_echo(r, "{}");
    received_assert(r, "POST", "x=1", "{}");
    received_easy(r, ECHO, "POST=1", "POSTFIELDSIZE=0", "perform", CODE, NULL);
    received_assert(r, "POST", "x=1", "{}");
    received_easy(r, ECHO, "POST=1", READER, "body=", "perform", CODE, NULL);
    received_assert(r, "POST", "x=1", "{}");
    received_easy(r, ECHO, "UPLOAD=1", "INFILESIZE=0", "perform", CODE, NULL);
    received_assert(r, "PUT", "x=1", "{}");
}

/* ---- COPYPOSTFIELDS ------------------------------------------------------------------------- */

static void a_copied_body_outlives_the_callers_memory(void **state)
{
    struct received *r = *state;
    received_easy(r, ECHO, "COPYPOSTFIELDS=" JSON, "perform", CODE, "perform", CODE, NULL);
    assert_echo(r, JSON);
    received_assert(r, "POST", "x=1", JSON);
    assert_int_equal(received_requests(r), 2);
}

static void of_a_copied_body_the_size_that_was_set_before_is_taken(void **state)
{
    struct received *r = *state;
    received_easy(r, ECHO, "POSTFIELDSIZE=7", "COPYPOSTFIELDS=" JSON "beyond", "perform", CODE,
                  NULL);
    assert_echo(r, JSON);
    received_assert(r, "POST", "x=1", JSON);
}

static void a_copied_body_can_be_sent_in_part(void **state)
{
    struct received *r = *state;
    received_easy(r, ECHO, "POSTFIELDSIZE=13", "COPYPOSTFIELDS=" JSON "beyond", "POSTFIELDSIZE=7",
                  "perform", CODE, NULL);
    assert_echo(r, JSON);
    received_assert(r, "POST", "x=1", JSON);
}

static void the_last_copied_body_counts(void **state)
{
    struct received *r = *state;
    received_easy(r, ECHO, "COPYPOSTFIELDS=" JSON, "COPYPOSTFIELDS=" OTHER, "perform", CODE, NULL);
    assert_echo(r, OTHER);
    received_easy(r, ECHO, "COPYPOSTFIELDS=" JSON, "POSTFIELDS=" OTHER, "perform", CODE, NULL);
    assert_echo(r, OTHER);
    received_easy(r, ECHO, "POSTFIELDS=" OTHER, "COPYPOSTFIELDS=" JSON, "perform", CODE, NULL);
    assert_echo(r, JSON);
}

static void a_duplicate_has_a_copied_body_of_its_own(void **state)
{
    struct received *r = *state;
    received_easy(r, ECHO, "COPYPOSTFIELDS=" JSON, "dup", "only", "perform", CODE, NULL);
    assert_echo(r, JSON);
    received_assert(r, "POST", "x=1", JSON);
    received_easy(r, ECHO, "POSTFIELDSIZE=7", "COPYPOSTFIELDS=" JSON "beyond", "perform", "dup",
                  "only", "perform", CODE, NULL);
    assert_echo(r, JSON);
    received_assert(r, "POST", "x=1", JSON);
}

/* The request that waits keeps the copy that it began with. */
static void a_body_copied_in_a_callback_is_the_next_requests(void **state)
{
    struct received *r = *state;
    vespa_sim_process_fault(r->sim, "route-cold,count=2");
    received_easy(r, ECHO, "COPYPOSTFIELDS=" JSON, "XFERINFOFUNCTION=count", "NOPROGRESS=0",
                  "in:progress:COPYPOSTFIELDS={\"b\":2222222}", "perform", CODE, NULL);
    assert_echo(r, JSON);
    received_assert(r, "POST", "x=1", JSON);
    received_easy(r, ECHO, "COPYPOSTFIELDS=" JSON, "XFERINFOFUNCTION=count", "NOPROGRESS=0",
                  "in:progress:COPYPOSTFIELDS={\"b\":2222222}", "perform", "perform", NULL);
    received_assert(r, "POST", "x=1", "{\"b\":2222222}");
}

/* ---- a read callback ------------------------------------------------------------------------ */

static void a_read_callback_gives_the_body(void **state)
{
    struct received *r = *state;
    received_easy(r, ECHO, "POST=1", READER, "body=" JSON, "perform", CODE, NULL);
    assert_echo(r, JSON);
    received_assert(r, "POST", "x=1", JSON);
    received_easy(r, ECHO, "POST=1", READER, "body=" JSON, "POSTFIELDSIZE=7", "perform", CODE,
                  NULL);
    received_assert(r, "POST", "x=1", JSON);
    received_easy(r, ECHO, "UPLOAD=1", READER, "body=" JSON, "perform", CODE, NULL);
    received_assert(r, "PUT", "x=1", JSON);
    received_easy(r, ECHO, "UPLOAD=1", READER, "body=" JSON, "INFILESIZE_LARGE=7", "perform", CODE,
                  NULL);
    received_assert(r, "PUT", "x=1", JSON);
}

static void of_a_read_callback_no_more_is_taken_than_was_promised(void **state)
{
    struct received *r = *state;
    received_easy(r, ECHO, "UPLOAD=1", READER, "body=" JSON "beyond", "INFILESIZE=7", "perform",
                  CODE, NULL);
    assert_echo(r, JSON);
    received_assert(r, "PUT", "x=1", JSON);
}

static void a_read_callback_may_give_little_at_a_time(void **state)
{
    struct received *r = *state;
    char value[300];
    char *json = received_json(5000);
    snprintf(value, sizeof value, "body=%s", received_file(r, "small", json, 5000));
    received_easy(r, ECHO, "POST=1", "READFUNCTION=small", value, "perform", CODE, NULL);
    vespa_assert_line(&r->result, "result 0");
    received_assert(r, "POST", "x=1", json);
    received_easy(r, ECHO, "UPLOAD=1", "READFUNCTION=small", "INFILESIZE=5000", value, "perform",
                  CODE, NULL);
    received_assert(r, "PUT", "x=1", json);
    free(json);
}

static void a_read_callback_may_pause(void **state)
{
    struct received *r = *state;
    received_easy(r, ECHO, "POST=1", "READFUNCTION=pause", "body=" JSON, "XFERINFOFUNCTION=count",
                  "NOPROGRESS=0", "perform", CODE, NULL);
    assert_echo(r, JSON);
    received_assert(r, "POST", "x=1", JSON);
}

static void a_read_callback_that_aborts_ends_the_transfer_before_a_worker_is_asked_for(void **state)
{
    struct received *r = *state;
    received_easy(r, ECHO, "ERRORBUFFER=own", "POST=1", "READFUNCTION=abort", "perform", CODE,
                  "error", NULL);
    vespa_assert_line(&r->result, "result 42");
    vespa_assert_line(&r->result, "info RESPONSE_CODE 0");
    vespa_assert_line(&r->result, "error operation aborted by callback");
    assert_int_equal(received_routes(r), 0);
}

static void a_read_callback_that_gives_less_than_was_promised_fails_the_transfer(void **state)
{
    struct received *r = *state;
    received_easy(r, ECHO, "ERRORBUFFER=own", "UPLOAD=1", READER, "body=" JSON, "INFILESIZE=20",
                  "perform", CODE, "error", NULL);
    vespa_assert_line(&r->result, "result 18");
    vespa_assert_shows(&r->result, "error the read callback ended after 7 of 20 bytes");
    assert_int_equal(received_routes(r), 0);
}

static void a_body_that_is_too_large_to_be_collected_is_answered_413(void **state)
{
    struct received *r = *state;
    received_easy(r, ECHO, "UPLOAD=1", "READFUNCTION=endless", "INFILESIZE_LARGE=5000000000",
                  "perform", CODE, NULL);
    received_assert_reply(r, 413, "body_too_large", "268435456");
    received_easy(r, ECHO, "POST=1", "READFUNCTION=endless", "perform", CODE, NULL);
    received_assert_reply(r, 413, "body_too_large", "268435456");
    assert_int_equal(received_routes(r), 0);
}

static void without_a_read_callback_a_file_is_read(void **state)
{
    struct received *r = *state;
    char value[300];
    snprintf(value, sizeof value, "READDATA=file:%s", received_file(r, "body", JSON, 7) + 1);
    received_easy(r, ECHO, "UPLOAD=1", value, "perform", CODE, NULL);
    assert_echo(r, JSON);
    received_assert(r, "PUT", "x=1", JSON);
}

static void without_a_read_callback_and_a_file_stdin_is_read(void **state)
{
    struct received *r = *state;
    char *program = vespa_build_path("tests/programs/easy");
    r->result = vespa_program_run(&(struct vespa_program){
        .argv = (const char *const[]){program, ECHO, "POST=1", "perform", CODE, NULL},
        .environment = (const char *const[]){vespa_preload_variable(), NULL},
        .more_environment = vespa_sim_process_environment(r->sim),
        .input = JSON,
    });
    free(program);
    assert_echo(r, JSON);
    received_assert(r, "POST", "x=1", JSON);
}

/* ---- methods -------------------------------------------------------------------------------- */

static void a_get_has_no_body(void **state)
{
    struct received *r = *state;
    received_easy(r, ECHO, "perform", CODE, NULL);
    vespa_assert_line(&r->result, "info RESPONSE_CODE 200");
    vespa_assert_line(&r->result, "body {\"method\":\"GET\",\"path\":\"/echo\",\"query\":\"x=1\"}");
    received_assert(r, "GET", "x=1", NULL);
    received_easy(r, ECHO, "HTTPGET=1", "perform", CODE, NULL);
    received_assert(r, "GET", "x=1", NULL);
}

static void a_head_request_gets_a_head(void **state)
{
    struct received *r = *state;
    received_easy(r, ECHO, "NOBODY=1", "HEADERFUNCTION=collect", "perform", CODE,
                  "info=EFFECTIVE_METHOD", NULL);
    vespa_assert_line(&r->result, "result 0");
    vespa_assert_line(&r->result, "info RESPONSE_CODE 200");
    vespa_assert_line(&r->result, "info EFFECTIVE_METHOD HEAD");
    vespa_assert_line(&r->result, "header HTTP/1.1 200 OK\\r\\n");
    vespa_assert_line(&r->result, "body ");
    received_assert(r, "HEAD", "x=1", NULL);
}

static void a_custom_method_without_a_body_goes_as_it_is(void **state)
{
    struct received *r = *state;
    static const char *const bodied[] = {"POST", "PUT", "PATCH"};
    char value[64];
    for (size_t i = 0; i < 3; i++) {
        snprintf(value, sizeof value, "CUSTOMREQUEST=%s", bodied[i]);
        received_easy(r, ECHO, value, "perform", CODE, NULL);
        assert_echo(r, "{}");
        received_assert(r, bodied[i], "x=1", "{}");
    }
    received_easy(r, ECHO, "CUSTOMREQUEST=DELETE", "perform", CODE, NULL);
    vespa_assert_line(&r->result, "info RESPONSE_CODE 200");
    received_assert(r, "DELETE", "x=1", NULL);
}

static void a_method_that_workers_do_not_know_is_left_to_them(void **state)
{
    struct received *r = *state;
    received_easy(r, ECHO, "CUSTOMREQUEST=PURGE", "perform", CODE, NULL);
    vespa_assert_line(&r->result, "result 0");
    vespa_assert_line(&r->result, "info RESPONSE_CODE 405");
    assert_string_equal(vespa_json_string(received_request(r), "method"), "PURGE");
}

static void a_custom_method_takes_the_body_along(void **state)
{
    struct received *r = *state;
    received_easy(r, ECHO, "CUSTOMREQUEST=PATCH", "POSTFIELDS=" JSON, "perform", CODE, NULL);
    assert_echo(r, JSON);
    received_assert(r, "PATCH", "x=1", JSON);
    received_easy(r, ECHO, "CUSTOMREQUEST=PUT", "POSTFIELDS=" JSON, "perform", CODE, NULL);
    received_assert(r, "PUT", "x=1", JSON);
    received_easy(r, ECHO, "CUSTOMREQUEST=POST", "UPLOAD=1", READER, "body=" JSON, "perform", CODE,
                  NULL);
    received_assert(r, "POST", "x=1", JSON);
}

static void the_members_of_a_delete_become_query_parameters(void **state)
{
    struct received *r = *state;
    received_easy(r, ECHO, "CUSTOMREQUEST=DELETE",
                  "POSTFIELDS={\"id\":9007199254740993,\"name\":\"two words\",\"l\":[1,2]}",
                  "perform", CODE, NULL);
    vespa_assert_line(&r->result, "info RESPONSE_CODE 200");
    received_assert(r, "DELETE", "x=1&id=9007199254740993&name=two%20words&l=%5B1%2C2%5D", NULL);
    received_easy(r, ECHO, "CUSTOMREQUEST=GET", "POSTFIELDS=" JSON, "perform", CODE, NULL);
    received_assert(r, "GET", "x=1&a=1", NULL);
}

static void a_delete_with_a_list_is_answered_400(void **state)
{
    struct received *r = *state;
    received_easy(r, ECHO, "CUSTOMREQUEST=DELETE", "POSTFIELDS=[1]", "perform", CODE, NULL);
    received_assert_reply(r, 400, "invalid_request", "must be a JSON object");
    assert_int_equal(received_routes(r), 0);
}

static void a_custom_method_without_an_answer_body(void **state)
{
    struct received *r = *state;
    received_easy(r, ECHO, "NOBODY=1", "CUSTOMREQUEST=GET", "perform", CODE, NULL);
    vespa_assert_line(&r->result, "info RESPONSE_CODE 200");
    vespa_assert_line(&r->result, "body ");
    received_assert(r, "GET", "x=1", NULL);
    received_easy(r, ECHO, "NOBODY=1", "CUSTOMREQUEST=POST", "perform", CODE, NULL);
    vespa_assert_line(&r->result, "info RESPONSE_CODE 200");
    vespa_assert_line(&r->result, "body ");
    received_assert(r, "POST", "x=1", "{}");
}

static void no_answer_body_is_given_where_none_is_wanted(void **state)
{
    struct received *r = *state;
    received_easy(r, ECHO, "URL=" VIRTUAL "/bytes/300000", "CUSTOMREQUEST=POST", "NOBODY=1",
                  "perform", CODE, NULL);
    vespa_assert_line(&r->result, "result 0");
    vespa_assert_line(&r->result, "info RESPONSE_CODE 200");
    vespa_assert_line(&r->result, "body ");
}

static void a_form_is_answered_415(void **state)
{
    struct received *r = *state;
    received_easy(r, ECHO, "mime=name=value", "perform", CODE, NULL);
    received_assert_reply(r, 415, "unsupported_body", "send the same values as a JSON object");
    received_easy(r, ECHO, "form=name=value", "perform", CODE, NULL);
    received_assert_reply(r, 415, "unsupported_body", "send the same values as a JSON object");
    assert_int_equal(received_routes(r), 0);
}

/* ---- options in odd orders ------------------------------------------------------------------ */

#define POSTED    "POSTFIELDS=" JSON
#define READ_SIZE "INFILESIZE=8"

/* All have a read callback that gives OTHER. */
static const char *const odd_orders[][8] = {
    {"UPLOAD=1", READ_SIZE, POSTED},
    {POSTED, "UPLOAD=1", READ_SIZE},
    {"UPLOAD=1", "POST=1"},
    {"UPLOAD=1", "POST=1", POSTED},
    {"UPLOAD=1", "UPLOAD=0"},
    {POSTED, "UPLOAD=1", "UPLOAD=0"},
    {POSTED, "UPLOAD=1", "UPLOAD=0", "POST=1"},
    {"UPLOAD=1", "HTTPGET=1"},
    {"UPLOAD=1", "NOBODY=1"},
    {"UPLOAD=1", READ_SIZE, "NOBODY=1", "NOBODY=0"},
    {"NOBODY=1", "UPLOAD=1", READ_SIZE},
    {"NOBODY=1", "UPLOAD=1", "UPLOAD=0"},
    {"PUT=1", READ_SIZE},
    {"POST=1", "HTTPGET=1"},
    {"POST=1", "POST=0"},
    {"POST=1", "HTTPGET=0"},
    {POSTED, "HTTPGET=1"},
    {POSTED, "HTTPGET=1", "POST=1"},
    {POSTED, "POST=0"},
    {POSTED, "POST=0", "POST=1"},
    {POSTED, "POSTFIELDS=NULL"},
    {POSTED, "POSTFIELDS=NULL", "HTTPGET=1"},
    {POSTED, "POSTFIELDSIZE=0"},
    {POSTED, "POSTFIELDSIZE=-1"},
    {POSTED, "NOBODY=1"},
    {POSTED, "NOBODY=1", "NOBODY=0"},
    {POSTED, "NOBODY=1", "POST=1"},
    {"NOBODY=1", "NOBODY=0"},
    {"NOBODY=1", "HTTPGET=1"},
    {"NOBODY=1", "POST=1", POSTED},
    {"NOBODY=1", "CUSTOMREQUEST=POST", POSTED},
    {"COPYPOSTFIELDS=" JSON, "POSTFIELDSIZE=8"},
    {"COPYPOSTFIELDS=" JSON, "HTTPGET=1", "POSTFIELDSIZE=8"},
    {"COPYPOSTFIELDS=" JSON, "COPYPOSTFIELDS=NULL", "POSTFIELDSIZE=8"},
    {"mime=a=b", "HTTPGET=1"},
    {"mime=a=b", POSTED},
    {"form=a=b", "UPLOAD=1", READ_SIZE},
    {"CUSTOMREQUEST=PATCH", POSTED, "HTTPGET=1"},
    {"CUSTOMREQUEST=PATCH", POSTED, "CUSTOMREQUEST=NULL"},
    {"CUSTOMREQUEST=PATCH", "UPLOAD=1", READ_SIZE, "POST=1", POSTED},
    {"UPLOAD=1", "reset", POSTED},
    {POSTED, "dup", "HTTPGET=1"},
    {POSTED, "HTTPGET=1", "dup", "POST=1"},
    {"UPLOAD=1", READ_SIZE, "dup"},
    {"NOBODY=1", "dup", "NOBODY=0"},
};

enum { ODD_ORDERS = sizeof odd_orders / sizeof *odd_orders };

/* Writes the actions of one order, as often as `rounds` says on one handle. */
static void list_actions(const char *const *order, const char *url, unsigned rounds,
                         const char *actions[32])
{
    size_t count = 0;
    for (size_t i = 0; i < 8 && order[i]; i++)
        actions[count++] = order[i];
    actions[count++] = "WRITEFUNCTION=collect";
    actions[count++] = "READFUNCTION=body";
    actions[count++] = "body=" OTHER;
    actions[count++] = url;
    for (unsigned i = 0; i < rounds; i++)
        actions[count++] = "perform";
    actions[count++] = CODE;
    actions[count] = NULL;
}

/* What the worker gets in the place of a request that an ordinary server gets so. */
static void assert_like(struct received *r, const struct vespa_recorded *plain)
{
    const char *method = plain->method;
    bool always =
        strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0;
    if (always)
        received_assert(r, method, "", plain->body_length ? plain->body : "{}");
    else
        received_assert(r, method, plain->body_length ? "a=1" : "", NULL);
}

static void print_order(const char *const *order)
{
    print_message("order:");
    for (size_t i = 0; i < 8 && order[i]; i++)
        print_message(" %s", order[i]);
    print_message("\n");
}

static bool has_upload(const char *const *order)
{
    for (size_t i = 0; i < 8 && order[i]; i++)
        if (strcmp(order[i], "UPLOAD=1") == 0)
            return true;
    return false;
}

/* The second transfer shows that the first put everything back. A libcurl before 8.1 that was not
 * mended has a flag for uploads besides the method, by which the shim does not go
 * (docs/options.md); the first order shows it. */
static void options_mean_the_same_in_every_order(void **state)
{
    struct received *r = *state;
    const char *actions[32];
    bool old_flag = false;
    char url[64];
    snprintf(url, sizeof url, "URL=http://127.0.0.1:%u/", vespa_recorder_port(r->recorder));
    for (size_t i = 0; i < ODD_ORDERS; i++) {
        print_order(odd_orders[i]);
        list_actions(odd_orders[i], url, 1, actions);
        received_plain_list(r, actions);
        struct vespa_recorded plain = vespa_recorder_take_request(r->recorder);
        if (i == 0 && strcmp(plain.method, "PUT") == 0)
            old_flag = true;
        bool comparable = !old_flag || !has_upload(odd_orders[i]);
        for (unsigned rounds = 1; comparable && rounds <= 2; rounds++) {
            list_actions(odd_orders[i], "URL=" VIRTUAL "/echo", rounds, actions);
            received_easy_list(r, NULL, actions);
            vespa_assert_line(&r->result, "result 0");
            vespa_assert_line(&r->result, "info RESPONSE_CODE 200");
            assert_like(r, &plain);
        }
        vespa_recorded_free(&plain);
    }
}

/* ---- sizes ---------------------------------------------------------------------------------- */

/* How many bytes the envelope has besides the payload. */
static size_t envelope_size(struct received *r)
{
    received_easy(r, ECHO, "POSTFIELDS=" JSON, "perform", NULL);
    const cJSON *request = received_request(r);
    return (size_t)(vespa_json_number(request, "body_length") -
                    vespa_json_number(request, "payload_length"));
}

/* An envelope of 64 KiB is where sending in one piece ends. Its numbers may have a digit more from
 * one request to the next, so sizes around it are tried until all three were seen. */
static void envelopes_around_the_limit_of_one_piece_arrive_whole(void **state)
{
    struct received *r = *state;
    size_t around = 65536 - envelope_size(r);
    bool seen[3] = {false};
    for (size_t length = around - 3; length <= around + 3; length++) {
        char value[300];
        char *json = received_json(length);
        snprintf(value, sizeof value, "POSTFIELDS=%s", received_file(r, "json", json, length));
        received_easy(r, ECHO, value, "perform", CODE, NULL);
        vespa_assert_line(&r->result, "result 0");
        received_assert(r, "POST", "x=1", json);
        double total = vespa_json_number(received_request(r), "body_length");
        for (int i = 0; i < 3; i++)
            seen[i] |= total == 65535 + i;
        free(json);
    }
    assert_true(seen[0] && seen[1] && seen[2]);
}

/* ---- bodies that go out again --------------------------------------------------------------- */

/* Sends bodies of both kinds of envelope, from memory and from a callback, while a fault is played
 * once for each, and expects each to arrive whole. */
static void assert_sent_again(struct received *r, const char *fault, size_t length)
{
    char *json = received_json(length);
    char value[2][300];
    const char *path = received_file(r, "json", json, length);
    snprintf(value[0], sizeof value[0], "POSTFIELDS=%s", path);
    snprintf(value[1], sizeof value[1], "body=%s", path);
    for (int from_callback = 0; from_callback < 2; from_callback++) {
        vespa_sim_process_reset(r->sim);
        vespa_sim_process_fault(r->sim, fault);
        if (from_callback)
            received_easy(r, ECHO, "POST=1", READER, value[1], "perform", CODE, NULL);
        else
            received_easy(r, ECHO, value[0], "perform", CODE, NULL);
        vespa_assert_line(&r->result, "result 0");
        vespa_assert_line(&r->result, "info RESPONSE_CODE 200");
        received_assert(r, "POST", "x=1", json);
        assert_int_equal(received_routes(r), 2);
    }
    free(json);
}

static void a_body_is_sent_again_to_the_next_worker(void **state)
{
    static const char *const faults[] = {"worker-close,count=1", "worker-reset,count=1",
                                         "worker-close,unread=1,count=1", "worker-dead,count=1"};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        assert_sent_again(*state, faults[i], 1000);
        assert_sent_again(*state, faults[i], 200000);
    }
}

static void sixteen_mebibytes_are_sent_again_whole(void **state)
{
    assert_sent_again(*state, "worker-close,count=1", 16 * 1024 * 1024);
}

struct second_request {
    struct received *received;
    char flag[128];
    const char *fault;
    bool seen;
};

/* After the first answer the fault comes into force; then the program goes on. */
static bool play_fault(void *context, const char *bytes, size_t length)
{
    struct second_request *second = context;
    (void)bytes, (void)length;
    if (!second->seen) {
        second->seen = true;
        vespa_sim_process_fault(second->received->sim, second->fault);
        int flag = open(second->flag, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        assert_true(flag >= 0);
        close(flag);
    }
    return true;
}

/* libcurl sends a request again by itself when a connection that it kept is closed under it. */
static void assert_sent_again_on_a_kept_connection(struct received *r, const char *fault,
                                                   size_t length)
{
    struct second_request second = {.received = r, .fault = fault};
    char *program = vespa_build_path("tests/programs/easy");
    char *json = received_json(length);
    char value[300];
    snprintf(value, sizeof value, "POSTFIELDS=%s", received_file(r, "json", json, length));
    snprintf(second.flag, sizeof second.flag, "%s/flag", r->directory);
    unlink(second.flag);
    vespa_sim_process_reset(r->sim);
    vespa_program_result_free(&r->result);
    r->result = vespa_program_run(&(struct vespa_program){
        .argv = (const char *const[]){program, ECHO, "POSTFIELDS=" JSON, "perform", "await",
                                      second.flag, value, "perform", CODE, NULL},
        .environment = (const char *const[]){vespa_preload_variable(), NULL},
        .more_environment = vespa_sim_process_environment(r->sim),
        .on_output = play_fault,
        .context = &second,
    });
    free(program);
    vespa_assert_line(&r->result, "info RESPONSE_CODE 200");
    assert_true(vespa_json_number(received_request(r), "connection") >
                vespa_json_number(r->stats, "workers.0.requests.0.connection"));
    assert_true(vespa_json_number(r->stats, "workers.0.requests.1.connection") ==
                vespa_json_number(r->stats, "workers.0.requests.0.connection"));
    received_assert(r, "POST", "x=1", json);
    free(json);
}

static void a_body_is_sent_again_when_a_kept_connection_closes(void **state)
{
    assert_sent_again_on_a_kept_connection(*state, "worker-close,unread=1,count=1", 1000);
    assert_sent_again_on_a_kept_connection(*state, "worker-close,unread=1,count=1", 200000);
}

/* The worker has taken the assignment already, and refuses it the second time. */
static void a_request_that_was_taken_and_lost_gets_a_fresh_assignment(void **state)
{
    assert_sent_again_on_a_kept_connection(*state, "worker-close,count=1", 1000);
    assert_sent_again_on_a_kept_connection(*state, "worker-close,count=1", 200000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RECEIVED(post_fields_go_up_to_the_zero),
        RECEIVED(post_fields_go_as_far_as_their_size_says),
        RECEIVED(post_fields_are_read_when_they_are_sent),
        RECEIVED(a_size_that_cuts_the_json_is_answered_with_the_offset),
        RECEIVED(a_zero_inside_a_body_is_answered_with_its_offset),
        RECEIVED(an_empty_post_is_an_empty_object),
        RECEIVED(a_copied_body_outlives_the_callers_memory),
        RECEIVED(of_a_copied_body_the_size_that_was_set_before_is_taken),
        RECEIVED(a_copied_body_can_be_sent_in_part),
        RECEIVED(the_last_copied_body_counts),
        RECEIVED(a_duplicate_has_a_copied_body_of_its_own),
        RECEIVED(a_body_copied_in_a_callback_is_the_next_requests),
        RECEIVED(a_read_callback_gives_the_body),
        RECEIVED(of_a_read_callback_no_more_is_taken_than_was_promised),
        RECEIVED(a_read_callback_may_give_little_at_a_time),
        RECEIVED(a_read_callback_may_pause),
        RECEIVED(a_read_callback_that_aborts_ends_the_transfer_before_a_worker_is_asked_for),
        RECEIVED(a_read_callback_that_gives_less_than_was_promised_fails_the_transfer),
        RECEIVED(a_body_that_is_too_large_to_be_collected_is_answered_413),
        RECEIVED(without_a_read_callback_a_file_is_read),
        RECEIVED(without_a_read_callback_and_a_file_stdin_is_read),
        RECEIVED(a_get_has_no_body),
        RECEIVED(a_head_request_gets_a_head),
        RECEIVED(a_custom_method_without_a_body_goes_as_it_is),
        RECEIVED(a_method_that_workers_do_not_know_is_left_to_them),
        RECEIVED(a_custom_method_takes_the_body_along),
        RECEIVED(the_members_of_a_delete_become_query_parameters),
        RECEIVED(a_delete_with_a_list_is_answered_400),
        RECEIVED(a_custom_method_without_an_answer_body),
        RECEIVED(no_answer_body_is_given_where_none_is_wanted),
        RECEIVED(a_form_is_answered_415),
        RECEIVED(options_mean_the_same_in_every_order),
        RECEIVED(envelopes_around_the_limit_of_one_piece_arrive_whole),
        RECEIVED(a_body_is_sent_again_to_the_next_worker),
        RECEIVED(sixteen_mebibytes_are_sent_again_whole),
        RECEIVED(a_body_is_sent_again_when_a_kept_connection_closes),
        RECEIVED(a_request_that_was_taken_and_lost_gets_a_fresh_assignment),
    };
    return cmocka_run_group_tests(tests, received_start, received_stop);
}
