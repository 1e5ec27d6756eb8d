/* Blocking requests of the library, as a program makes them. */
#include "tests/lib/fixture.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHAT \
    "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"max_tokens\":9"

/* ---- answers --------------------------------------------------------------------------------- */

static void a_post_is_answered(void **state)
{
    struct fixture *f = *state;
    size_t length;
    struct vespa_response *response =
        fixture_keep(f, vespa_post(f->client, "/v1/chat/completions", CHAT "}", NULL));
    fixture_assert_status(f, 200);
    assert_string_equal(vespa_response_message(response), "");
    assert_non_null(
        strstr(vespa_response_body(response, &length), "\"object\":\"chat.completion\""));
    assert_int_equal(length, strlen(vespa_response_body(response, NULL)));
    assert_int_equal(vespa_response_attempts(response), 1);
    assert_string_equal(vespa_response_header(response, "content-type"), "application/json");
    assert_null(vespa_response_header(response, "X-Not-There"));
}

static void headers_can_be_gone_through(void **state)
{
    struct fixture *f = *state;
    const char *name, *value;
    size_t count = 0;
    bool found = false;
    struct vespa_response *response = fixture_keep(f, vespa_get(f->client, "/health", NULL));
    fixture_assert_status(f, 200);
    while (vespa_response_header_at(response, count, &name, &value)) {
        found |= strcmp(name, "X-Sim-Worker") == 0 && strcmp(value, "0") == 0;
        count++;
    }
    assert_true(found);
    assert_false(vespa_response_header_at(response, count + 5, &name, &value));
}

static void every_method_reaches_the_worker(void **state)
{
    struct fixture *f = *state;
    struct vespa_client *c = f->client;
    static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"};
    struct vespa_response *responses[] = {
        vespa_get(c, "/echo?a=1&a=2", NULL),      vespa_post(c, "/echo", "{\"b\":1}", NULL),
        vespa_put(c, "/echo", "{\"b\":2}", NULL), vespa_patch(c, "/echo", "{\"b\":3}", NULL),
        vespa_delete(c, "/echo/that", NULL),      vespa_request(c, "HEAD", "/echo", NULL, 0, NULL)};
    for (size_t i = 0; i < sizeof responses / sizeof *responses; i++) {
        fixture_keep(f, responses[i]);
        fixture_assert_status(f, 200);
        assert_int_equal(vespa_response_body(f->response, NULL)[0] == '\0', i == 5);
    }
    const cJSON *stats = fixture_stats(f);
    assert_int_equal(vespa_json_number(stats, "violation_count"), 0);
    for (size_t i = 0; i < 6; i++) { /* workers take turns */
        char path[60];
        snprintf(path, sizeof path, "workers.%zu.requests.%zu.method", i % 2, i / 2);
        assert_string_equal(vespa_json_string(stats, path), methods[i]);
    }
}

static void a_body_may_hold_anything_that_is_json(void **state)
{
    static const char body[] = "{\"seed\": 18446744073709551615, \"a\":\"\\u0041\",\"a\":1.0 }";
    struct fixture *f = *state;
    size_t length;
    fixture_keep(f, vespa_request(f->client, "POST", "/echo", body, sizeof body - 1, NULL));
    fixture_assert_status(f, 200);
    assert_non_null(strstr(vespa_response_body(f->response, &length), body));
}

static void an_absent_body_of_post_is_an_empty_object(void **state)
{
    struct fixture *f = *state;
    fixture_keep(f, vespa_post(f->client, "/echo", NULL, NULL));
    fixture_assert_status(f, 200);
    assert_int_equal(vespa_json_number(fixture_stats(f), "workers.0.requests.0.payload_length"), 2);
}

static void headers_of_the_caller_reach_the_worker(void **state)
{
    static const char *const headers[] = {"X-Custom: value", "Authorization:Bearer for-the-model",
                                          "Host: elsewhere", "Content-Length: 3", NULL};
    struct fixture *f = *state;
    struct vespa_request_options options = {.headers = headers};
    fixture_keep(f, vespa_post(f->client, "/echo", "{}", &options));
    fixture_assert_status(f, 200);
    const cJSON *stats = fixture_stats(f);
    const char *path = "workers.0.requests.0.headers";
    assert_string_equal(vespa_json_header(stats, path, "X-Custom"), "value");
    assert_string_equal(vespa_json_header(stats, path, "Authorization"), "Bearer for-the-model");
    assert_string_not_equal(vespa_json_header(stats, path, "Host"), "elsewhere");
    assert_null(vespa_json_header(stats, "route.calls.0.headers", "X-Custom"));
}

static void the_workload_is_told_as_it_is_written(void **state)
{
    static const struct {
        double workload;
        const char *cost;
    } cases[] = {{500.0, "500"}, {242.5, "242.5"}, {0.1, "0.1"}, {1e6, "1000000"}, {0, "9"}};
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[60];
        struct vespa_request_options options = {.workload = cases[i].workload};
        fixture_keep(f, vespa_post(f->client, "/v1/chat/completions", CHAT "}", &options));
        fixture_assert_status(f, 200);
        snprintf(path, sizeof path, "route.calls.%zu.cost", i);
        assert_string_equal(vespa_json_string(fixture_stats(f), path), cases[i].cost);
    }
}

static void a_cold_start_is_waited_for(void **state)
{
    struct fixture *f = *state;
    vespa_sim_process_fault(f->sim, "route-cold,count=1");
    fixture_keep(f, vespa_post(f->client, "/echo", "{}", NULL));
    fixture_assert_status(f, 200);
    assert_int_equal(vespa_json_number(fixture_stats(f), "route.count"), 2);
}

static void a_dead_worker_is_routed_around(void **state)
{
    struct fixture *f = *state;
    vespa_sim_process_fault(f->sim, "worker-dead,worker=0");
    fixture_keep(f, vespa_post(f->client, "/echo", "{}", NULL));
    fixture_assert_status(f, 200);
    assert_int_equal(vespa_response_attempts(f->response), 2);
}

static void connections_are_used_again(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 6; i++) {
        fixture_keep(f, vespa_post(f->client, "/echo", "{}", NULL));
        fixture_assert_status(f, 200);
    }
    const cJSON *stats = fixture_stats(f);
    assert_int_equal(vespa_json_number(stats, "autoscaler.connections"), 1);
    assert_int_equal(vespa_json_number(stats, "workers.0.connections"), 1);
}

static void workers_may_speak_tls(void **state)
{
    struct fixture *f = *state;
    fixture_restart(f, "--tls", NULL);
    struct vespa_client_options options = fixture_options(f);
    options.ca_file = vespa_sim_process_value(f->sim, "VESPA_CA_FILE");
    fixture_client(f, &options);
    fixture_keep(f, vespa_post(f->client, "/echo", "{}", NULL));
    fixture_assert_status(f, 200);
}

/* ---- streams --------------------------------------------------------------------------------- */

struct stream {
    int heads;
    int status;
    int pieces;
    int stop_after; /* pieces; 0: never */
    enum vespa_flow last;
    size_t length;
    char text[20000];
    struct vespa_canceller *canceller; /* used at the first piece */
};

static enum vespa_flow on_head(void *context, const struct vespa_response *response)
{
    struct stream *stream = context;
    assert_int_equal(stream->pieces, 0);
    stream->heads++;
    stream->status = vespa_response_status(response);
    return VESPA_CONTINUE;
}

static enum vespa_flow on_body(void *context, const char *bytes, size_t length)
{
    struct stream *stream = context;
    stream->pieces++;
    assert_true(stream->length + length < sizeof stream->text);
    memcpy(stream->text + stream->length, bytes, length);
    stream->length += length;
    if (stream->canceller)
        vespa_canceller_cancel(stream->canceller);
    return stream->stop_after && stream->pieces >= stream->stop_after ? stream->last
                                                                      : VESPA_CONTINUE;
}

static void a_stream_comes_piece_by_piece(void **state)
{
    struct fixture *f = *state;
    struct stream stream = {0};
    struct vespa_request_options options = {
        .on_head = on_head, .on_body = on_body, .context = &stream};
    fixture_keep(f,
                 vespa_post(f->client, "/v1/chat/completions", CHAT ",\"stream\":true}", &options));
    fixture_assert_status(f, 200);
    assert_int_equal(stream.heads, 1);
    assert_int_equal(stream.status, 200);
    assert_true(stream.pieces > 3);
    assert_non_null(strstr(stream.text, "data: [DONE]"));
    assert_string_equal(vespa_response_body(f->response, NULL), "");
}

static void a_stream_is_stopped_by_its_callback(void **state)
{
    struct fixture *f = *state;
    struct stream stream = {.stop_after = 2, .last = VESPA_STOP};
    struct vespa_request_options options = {.on_body = on_body, .context = &stream};
    fixture_keep(f, vespa_post(f->client, "/slow-stream?chunks=1000&delay=5", "{}", &options));
    fixture_assert_error(f, VESPA_ERROR_STOPPED, "stopped");
    assert_int_equal(stream.pieces, 2);
    assert_int_equal(vespa_json_number(fixture_stats(f), "workers.0.requests.0.client_gone"), 1);
}

static void a_pause_has_nobody_to_end_it(void **state)
{
    struct fixture *f = *state;
    struct stream stream = {.stop_after = 1, .last = VESPA_PAUSE};
    struct vespa_request_options options = {.on_body = on_body, .context = &stream};
    fixture_keep(f, vespa_post(f->client, "/echo", "{}", &options));
    fixture_assert_error(f, VESPA_ERROR_ARGUMENT, "VESPA_PAUSE");
}

static void callbacks_are_not_called_for_errors(void **state)
{
    struct fixture *f = *state;
    struct stream stream = {0};
    struct vespa_request_options options = {
        .on_head = on_head, .on_body = on_body, .context = &stream};
    vespa_sim_process_admin(f->sim, "/admin/key", "another-key");
    fixture_keep(f, vespa_post(f->client, "/echo", "{}", &options));
    fixture_assert_error(f, VESPA_ERROR_KEY, "endpoint's* key");
    assert_int_equal(stream.heads + stream.pieces, 0);
    assert_non_null(strstr(vespa_response_body(f->response, NULL), "wrong_key"));
}

/* ---- errors ---------------------------------------------------------------------------------- */

static void a_wrong_key_is_told(void **state)
{
    struct fixture *f = *state;
    struct vespa_client_options options = fixture_options(f);
    options.api_key = vespa_sim_process_value(f->sim, "VESPA_SIM_ACCOUNT_KEY");
    fixture_client(f, &options);
    fixture_keep(f, vespa_post(f->client, "/echo", "{}", NULL));
    fixture_assert_error(f, VESPA_ERROR_KEY, "not the account's key");
    assert_int_equal(vespa_response_status(f->response), 401);
    assert_null(strstr(vespa_response_message(f->response), options.api_key));
}

static void an_unknown_endpoint_is_told(void **state)
{
    struct fixture *f = *state;
    struct vespa_client_options options = fixture_options(f);
    options.endpoint_name = "no-such-endpoint";
    fixture_client(f, &options);
    fixture_keep(f, vespa_get(f->client, "/health", NULL));
    fixture_assert_error(f, VESPA_ERROR_ENDPOINT, "no-such-endpoint");
    assert_int_equal(vespa_response_status(f->response), 404);
}

static void what_is_not_json_is_told(void **state)
{
    struct fixture *f = *state;
    fixture_keep(f, vespa_post(f->client, "/echo", "{\"a\":}", NULL));
    fixture_assert_error(f, VESPA_ERROR_REQUEST, "JSON");
    assert_int_equal(vespa_response_status(f->response), 400);
    assert_int_equal(vespa_json_number(fixture_stats(f), "route.count"), 0);
}

static void the_models_own_errors_are_answers(void **state)
{
    struct fixture *f = *state;
    fixture_keep(f, vespa_post(f->client, "/v1/chat/completions", "{}", NULL));
    fixture_assert_status(f, 400);
    assert_non_null(strstr(vespa_response_body(f->response, NULL), "messages is missing"));
}

static void a_cut_answer_is_an_error(void **state)
{
    struct fixture *f = *state;
    vespa_sim_process_fault(f->sim, "worker-cut,after=10,chunked=1,count=1");
    fixture_keep(f, vespa_post(f->client, "/bytes/1000", "{}", NULL));
    fixture_assert_error(f, VESPA_ERROR_CUT, "");
    size_t length;
    vespa_response_body(f->response, &length);
    assert_int_equal(length, 10);
    assert_int_equal(vespa_response_status(f->response), 200);
}

static void failing_workers_are_told(void **state)
{
    struct fixture *f = *state;
    struct vespa_client_options options = fixture_options(f);
    options.retries = -1;
    fixture_client(f, &options);
    vespa_sim_process_fault(f->sim, "worker-dead,worker=0");
    fixture_keep(f, vespa_post(f->client, "/echo", "{}", NULL));
    fixture_assert_error(f, VESPA_ERROR_WORKER, "could not be reached");
    assert_int_equal(vespa_response_status(f->response), 502);
    assert_int_equal(vespa_response_attempts(f->response), 1);
}

static void the_deadline_is_told(void **state)
{
    struct fixture *f = *state;
    struct vespa_client_options options = fixture_options(f);
    options.deadline_s = 3;
    fixture_client(f, &options);
    vespa_sim_process_fault(f->sim, "route-cold,count=1000");
    fixture_keep(f, vespa_post(f->client, "/echo", "{}", NULL));
    fixture_assert_error(f, VESPA_ERROR_NO_WORKER, "ready");
    vespa_sim_process_reset(f->sim);
    vespa_sim_process_fault(f->sim, "worker-slow,ms=20000");
    fixture_keep(f, vespa_post(f->client, "/echo", "{}", NULL));
    fixture_assert_error(f, VESPA_ERROR_WORKER_TIMEOUT, "may still be running");
}

static void the_deadline_does_not_cut_a_stream(void **state)
{
    struct fixture *f = *state;
    struct vespa_client_options options = fixture_options(f);
    options.deadline_s = 2;
    fixture_client(f, &options);
    fixture_keep(f, vespa_post(f->client, "/slow-stream?chunks=40&delay=80", "{}", NULL));
    fixture_assert_status(f, 200);
}

static void a_timeout_ends_everything(void **state)
{
    static const char *const faults[] = {"route-slow,ms=20000", "route-cold,count=1000",
                                         "worker-slow,ms=20000"};
    struct fixture *f = *state;
    struct vespa_request_options options = {.timeout_s = 0.3};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        vespa_sim_process_reset(f->sim);
        vespa_sim_process_fault(f->sim, faults[i]);
        fixture_keep(f, vespa_post(f->client, "/echo", "{}", &options));
        fixture_assert_error(f, VESPA_ERROR_TIMEOUT, "timed out after");
        assert_int_equal(vespa_response_status(f->response), 0);
    }
}

static void arguments_are_looked_at(void **state)
{
    static const char *const no_header[] = {"no header", NULL};
    static const char *const two_lines[] = {"X-A: b\r\nX-C: d", NULL};
    struct fixture *f = *state;
    struct vespa_client *c = f->client;
    struct vespa_request_options late = {.timeout_s = -1};
    struct vespa_request_options cheap = {.workload = -5};
    struct vespa_request_options odd = {.headers = no_header};
    struct vespa_request_options smuggled = {.headers = two_lines};
    const struct {
        struct vespa_response *response;
        enum vespa_error error;
        const char *text;
    } cases[] = {
        {vespa_get(c, "health", NULL), VESPA_ERROR_ARGUMENT, "begin with '/'"},
        {vespa_get(c, NULL, NULL), VESPA_ERROR_ARGUMENT, "begin with '/'"},
        {vespa_get(c, "/health", &late), VESPA_ERROR_ARGUMENT, "timeout_s"},
        {vespa_get(c, "/health", &cheap), VESPA_ERROR_ARGUMENT, "workload"},
        {vespa_get(c, "/health", &odd), VESPA_ERROR_ARGUMENT, "'Name: value'"},
        {vespa_get(c, "/health", &smuggled), VESPA_ERROR_REQUEST, "line break"},
        {vespa_get(c, "/a b", NULL), VESPA_ERROR_REQUEST, "spaces"},
        {vespa_request(c, NULL, "/", NULL, 0, NULL), VESPA_ERROR_ARGUMENT, "method"},
        {vespa_request(c, "GE T", "/", NULL, 0, NULL), VESPA_ERROR_REQUEST, "method"},
        {vespa_request(c, "POST", "/", NULL, 5, NULL), VESPA_ERROR_ARGUMENT, "NULL"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fixture_keep(f, cases[i].response);
        fixture_assert_error(f, cases[i].error, cases[i].text);
    }
    assert_int_equal(vespa_json_number(fixture_stats(f), "route.count"), 0);
}

static void nothing_at_all_is_memory_that_ran_out(void **state)
{
    const char *name, *value;
    size_t length = 1;
    (void)state;
    assert_int_equal(vespa_response_error(NULL), VESPA_ERROR_MEMORY);
    assert_string_equal(vespa_response_message(NULL), "out of memory");
    assert_int_equal(vespa_response_status(NULL), 0);
    assert_null(vespa_response_header(NULL, "A"));
    assert_false(vespa_response_header_at(NULL, 0, &name, &value));
    assert_string_equal(vespa_response_body(NULL, &length), "");
    assert_int_equal(length, 0);
    assert_int_equal(vespa_response_attempts(NULL), 0);
    vespa_response_free(NULL);
    assert_int_equal(vespa_routing_error(NULL), VESPA_ERROR_MEMORY);
    assert_string_equal(vespa_routing_url(NULL), "");
    vespa_routing_free(NULL);
    vespa_client_free(NULL);
    vespa_canceller_cancel(NULL);
    vespa_canceller_free(NULL);
}

/* ---- clients --------------------------------------------------------------------------------- */

static void what_a_client_lacks_is_told(void **state)
{
    struct fixture *f = *state;
    struct vespa_client *client = f->client;
    struct vespa_client_options options = {0};
    assert_int_equal(vespa_client_new(&client, NULL, f->message), VESPA_ERROR_CONFIGURATION);
    assert_null(client);
    assert_non_null(strstr(f->message, "VAST_ENDPOINT"));
    options.endpoint_name = "my-endpoint";
    options.api_key = "key";
    options.instance = "mars";
    assert_int_equal(vespa_client_new(&client, &options, NULL), VESPA_ERROR_CONFIGURATION);
    assert_int_equal(vespa_client_new(NULL, &options, f->message), VESPA_ERROR_ARGUMENT);
}

static void the_environment_says_what_the_options_do_not(void **state)
{
    struct fixture *f = *state;
    struct vespa_client_options options = fixture_options(f);
    setenv("VAST_ENDPOINT", options.endpoint_name, 1);
    setenv("VAST_API_KEY", options.api_key, 1);
    setenv("VESPA_AUTOSCALER_URL", options.autoscaler_url, 1);
    fixture_client(f, NULL);
    fixture_keep(f, vespa_get(f->client, "/health", NULL));
    fixture_assert_status(f, 200);
    setenv("VAST_API_KEY", "of-another-endpoint", 1); /* the option counts */
    fixture_client(f, &options);
    fixture_keep(f, vespa_get(f->client, "/health", NULL));
    fixture_assert_status(f, 200);
    unsetenv("VAST_ENDPOINT");
    unsetenv("VAST_API_KEY");
    unsetenv("VESPA_AUTOSCALER_URL");
}

static void the_endpoints_key_is_looked_up(void **state)
{
    struct fixture *f = *state;
    struct vespa_client_options options = fixture_options(f);
    options.api_key = NULL;
    options.account_key = vespa_sim_process_value(f->sim, "VESPA_SIM_ACCOUNT_KEY");
    fixture_client(f, &options);
    fixture_keep(f, vespa_get(f->client, "/health", NULL));
    fixture_assert_status(f, 200);
}

static void a_child_leaves_its_parents_connections_alone(void **state)
{
    struct fixture *f = *state;
    fixture_keep(f, vespa_post(f->client, "/echo", "{}", NULL));
    fixture_assert_status(f, 200);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct vespa_response *response = vespa_post(f->client, "/echo", "{}", NULL);
        int status = vespa_response_status(response);
        vespa_response_free(response);
        _exit(status == 200 ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    fixture_keep(f, vespa_post(f->client, "/echo", "{}", NULL));
    fixture_assert_status(f, 200);
    assert_int_equal(vespa_json_number(fixture_stats(f), "autoscaler.connections"), 2);
}

/* ---- cancelling ------------------------------------------------------------------------------ */

static void a_cancelled_request_closes_the_workers_connection(void **state)
{
    struct fixture *f = *state;
    struct stream stream = {.canceller = vespa_canceller_new()};
    struct vespa_request_options options = {
        .on_body = on_body, .context = &stream, .canceller = stream.canceller};
    fixture_keep(f, vespa_post(f->client, "/slow-stream?chunks=1000&delay=20", "{}", &options));
    fixture_assert_error(f, VESPA_ERROR_CANCELLED, "cancelled");
    assert_int_equal(vespa_json_number(fixture_stats(f), "workers.0.requests.0.client_gone"), 1);
    fixture_keep(f, vespa_post(f->client, "/echo", "{}", &options));
    fixture_assert_error(f, VESPA_ERROR_CANCELLED, "cancelled");
    assert_int_equal(vespa_json_number(fixture_stats(f), "route.count"), 1);
    vespa_canceller_free(stream.canceller);
}

/* ---- routing alone --------------------------------------------------------------------------- */

static size_t count_bytes(char *bytes, size_t size, size_t count, void *user)
{
    (void)bytes;
    *(size_t *)user += size * count;
    return size * count;
}

static void a_route_serves_for_a_request_of_ones_own(void **state)
{
    struct fixture *f = *state;
    char url[300], body[1000];
    size_t length = 0;
    long status = 0;
    struct vespa_request_options options = {.workload = 500};
    struct vespa_routing *routing = vespa_route(f->client, &options);
    assert_int_equal(vespa_routing_error(routing), VESPA_OK);
    assert_string_equal(vespa_routing_message(routing), "");
    assert_string_equal(vespa_routing_url(routing), vespa_sim_process_worker(f->sim, 0));
    snprintf(url, sizeof url, "%s/echo", vespa_routing_url(routing));
    snprintf(body, sizeof body, "{\"auth_data\":%s,\"payload\":{\"a\":1}}",
             vespa_routing_auth_data(routing));
    CURL *easy = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, count_bytes);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &length);
    assert_int_equal(curl_easy_perform(easy), CURLE_OK);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    assert_int_equal(status, 200);
    assert_true(length > 0);
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
    vespa_routing_free(routing);
    const cJSON *stats = fixture_stats(f);
    assert_string_equal(vespa_json_string(stats, "route.calls.0.cost"), "500");
    assert_int_equal(vespa_json_number(stats, "route.count"), 1);
    assert_int_equal(vespa_json_number(stats, "violation_count"), 0);
}

static void a_route_that_cannot_be_had_is_told(void **state)
{
    struct fixture *f = *state;
    vespa_sim_process_admin(f->sim, "/admin/key", "another-key");
    struct vespa_routing *routing = vespa_route(f->client, NULL);
    assert_int_equal(vespa_routing_error(routing), VESPA_ERROR_KEY);
    assert_non_null(strstr(vespa_routing_message(routing), "endpoint's* key"));
    assert_string_equal(vespa_routing_url(routing), "");
    assert_string_equal(vespa_routing_auth_data(routing), "");
    vespa_routing_free(routing);
}

static void errors_have_names(void **state)
{
    (void)state;
    for (int error = VESPA_OK; error <= VESPA_ERROR_LOCAL; error++)
        assert_string_not_equal(vespa_error_text((enum vespa_error)error), "unknown error");
    assert_string_equal(vespa_error_text((enum vespa_error)999), "unknown error");
    assert_string_equal(vespa_version(), VESPA_VERSION);
}

int main(void)
{
    fixture_clear_environment();
    const struct CMUnitTest tests[] = {
        FIXTURE(a_post_is_answered),
        FIXTURE(headers_can_be_gone_through),
        FIXTURE(every_method_reaches_the_worker),
        FIXTURE(a_body_may_hold_anything_that_is_json),
        FIXTURE(an_absent_body_of_post_is_an_empty_object),
        FIXTURE(headers_of_the_caller_reach_the_worker),
        FIXTURE(the_workload_is_told_as_it_is_written),
        FIXTURE(a_cold_start_is_waited_for),
        FIXTURE(a_dead_worker_is_routed_around),
        FIXTURE(connections_are_used_again),
        FIXTURE(workers_may_speak_tls),
        FIXTURE(a_stream_comes_piece_by_piece),
        FIXTURE(a_stream_is_stopped_by_its_callback),
        FIXTURE(a_pause_has_nobody_to_end_it),
        FIXTURE(callbacks_are_not_called_for_errors),
        FIXTURE(a_wrong_key_is_told),
        FIXTURE(an_unknown_endpoint_is_told),
        FIXTURE(what_is_not_json_is_told),
        FIXTURE(the_models_own_errors_are_answers),
        FIXTURE(a_cut_answer_is_an_error),
        FIXTURE(failing_workers_are_told),
        FIXTURE(the_deadline_is_told),
        FIXTURE(the_deadline_does_not_cut_a_stream),
        FIXTURE(a_timeout_ends_everything),
        FIXTURE(arguments_are_looked_at),
        cmocka_unit_test(nothing_at_all_is_memory_that_ran_out),
        FIXTURE(what_a_client_lacks_is_told),
        FIXTURE(the_environment_says_what_the_options_do_not),
        FIXTURE(the_endpoints_key_is_looked_up),
        FIXTURE(a_child_leaves_its_parents_connections_alone),
        FIXTURE(a_cancelled_request_closes_the_workers_connection),
        FIXTURE(a_route_serves_for_a_request_of_ones_own),
        FIXTURE(a_route_that_cannot_be_had_is_told),
        cmocka_unit_test(errors_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
