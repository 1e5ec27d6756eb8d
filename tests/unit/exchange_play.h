/*
 * Whole conversations of an exchange, played without a network: the test is the driver, the
 * autoscaler and the worker. Each function takes the next step, asserts what it is, and reports.
 */
#ifndef VESPA_TESTS_EXCHANGE_PLAY_H
#define VESPA_TESTS_EXCHANGE_PLAY_H

#include "core/exchange.h"
#include "core/runtime.h"

#include <cjson/cJSON.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define ENDPOINT_KEY "endpoint-key-0123456789"
#define ACCOUNT_KEY  "account-key-9876543210"
#define URL          "http://my-endpoint.vespa.internal/v1/chat/completions"
#define WORKER       "https://44.20.1.7:8001"

/* What the autoscaler says when a worker is ready; spellings as Python would never print them are
 * there to be kept. */
#define ASSIGNMENT                                                                         \
    "{\"endpoint\":\"my-endpoint\", \"url\":\"" WORKER "\",\"cost\": 242.0,\"reqnum\":91," \
    "\"request_idx\":2421,\"signature\":\"c2ln+/c=\",\"__request_id\":\"r-1\"}"
#define NOT_READY "{\"status\":\"2 workers are loading\",\"request_idx\":2421}"

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"

/* Vast's own deadline; far enough for all that is not about it. */
#define DEADLINE_MS 1800000

struct play {
    struct vespa_config *config;
    struct vespa_rule *rule;
    struct vespa_runtime *runtime;
    struct vespa_request request;
    struct vespa_exchange *exchange;
    uint64_t now;
    char log_path[40];
};

static inline char *copy_of(const char *text)
{
    char *copy = strdup(text);
    assert_non_null(copy);
    return copy;
}

/* One rule, for my-endpoint, with an endpoint key. What a test wants otherwise it changes in
 * play->rule before it begins. */
static inline int play_setup(void **state)
{
    struct play *play = calloc(1, sizeof(*play));
    struct vespa_config *config = calloc(1, sizeof(*config));
    assert_true(play && config);
    config->rules = calloc(2, sizeof(*config->rules));
    assert_non_null(config->rules);
    config->rule_count = 1;
    config->body_limit = 1000000;
    config->rules[0] = (struct vespa_rule){
        .endpoint = copy_of("my-endpoint"),
        .endpoint_key = copy_of(ENDPOINT_KEY),
        .autoscaler_url = copy_of("https://run.vast.ai"),
        .console_url = copy_of("https://console.vast.ai"),
        .instance = copy_of("prod"),
        .ca_file = copy_of("/etc/workers.pem"),
        .deadline_ms = DEADLINE_MS,
        .attempts = 4,
    };
    strcpy(play->log_path, "/tmp/vespa-test-log-XXXXXX");
    int file = mkstemp(play->log_path);
    assert_true(file >= 0);
    close(file);
    config->log_file = copy_of(play->log_path);
    config->log = (struct vespa_log){VESPA_LOG_DEBUG, config->log_file};

    play->config = config;
    play->rule = &config->rules[0];
    play->runtime = vespa_runtime_new(config, 42);
    assert_non_null(play->runtime);
    play->now = 1000000;
    *state = play;
    return 0;
}

static inline int play_teardown(void **state)
{
    struct play *play = *state;
    vespa_exchange_free(play->exchange);
    vespa_runtime_free(play->runtime);
    unlink(play->log_path);
    free(play);
    return 0;
}

#define PLAY(test) cmocka_unit_test_setup_teardown(test, play_setup, play_teardown)

static inline void set_text(char **place, const char *text)
{
    free(*place);
    *place = text ? copy_of(text) : NULL;
}

/* ---- the application ------------------------------------------------------------------------- */

/* Begins with play->request as it is, of which empty parts get their usual value. */
static inline void play_begin(struct play *play)
{
    struct vespa_request *request = &play->request;
    if (!request->rule && request->match != VESPA_UNKNOWN_ENDPOINT &&
        request->match != VESPA_AMBIGUOUS) {
        request->match = VESPA_OURS;
        request->rule = play->rule;
    }
    if (!request->method.length)
        request->method = VESPA_LITERAL("POST");
    if (!request->url.length)
        request->url = VESPA_LITERAL(URL);
    vespa_exchange_free(play->exchange);
    play->exchange = vespa_exchange_new(play->runtime, request, play->now);
    assert_non_null(play->exchange);
}

static inline void play_body(struct play *play, const char *body)
{
    play->request.body_kind = VESPA_BODY_BYTES;
    play->request.body = vespa_slice_of(body);
}

/* POST with a small JSON body. */
static inline void play_post(struct play *play)
{
    play_body(play, "{\"prompt\":\"Hello!\"}");
    play_begin(play);
}

static inline void play_method(struct play *play, const char *method, const char *url)
{
    play->request.method = vespa_slice_of(method);
    play->request.url = vespa_slice_of(url);
}

static inline void play_headers(struct play *play, const struct vespa_header *headers, size_t count)
{
    play->request.headers = headers;
    play->request.header_count = count;
}

/* ---- steps ----------------------------------------------------------------------------------- */

static inline const struct vespa_step *play_next(struct play *play, enum vespa_step_kind kind)
{
    const struct vespa_step *step = vespa_exchange_next(play->exchange, play->now);
    assert_non_null(step);
    if (step->kind != kind && step->kind == VESPA_REPLY)
        fail_msg("unexpected reply: %.*s", (int)step->reply.body.length, step->reply.body.data);
    assert_int_equal(step->kind, kind);
    return step;
}

static inline const struct vespa_call *play_call(struct play *play, enum vespa_purpose purpose)
{
    const struct vespa_call *call = &play_next(play, VESPA_CALL)->call;
    assert_int_equal(call->purpose, purpose);
    return call;
}

static inline void play_answer(struct play *play, int status, const char *body)
{
    vespa_exchange_called(play->exchange, play->now, status, vespa_slice_of(body));
}

/* The next step is to ask for a worker; the autoscaler answers so. */
static inline void play_route(struct play *play, int status, const char *body)
{
    play_call(play, VESPA_ASK_FOR_WORKER);
    play_answer(play, status, body);
}

/* Goes on to the SEND to the assigned worker. */
static inline const struct vespa_send *play_send(struct play *play)
{
    play_route(play, 200, ASSIGNMENT);
    return &play_next(play, VESPA_SEND)->send;
}

/* The next step is a wait of so long; it passes. Returns its length. */
static inline uint32_t play_wait(struct play *play, uint32_t least, uint32_t most)
{
    uint32_t wait = play_next(play, VESPA_WAIT)->wait_ms;
    assert_in_range(wait, least, most);
    play->now += wait;
    vespa_exchange_waited(play->exchange, play->now);
    return wait;
}

static inline enum vespa_verdict play_head(struct play *play, const char *head)
{
    return vespa_exchange_head(play->exchange, play->now, vespa_slice_of(head));
}

/* The worker's head is discarded, and what follows read away. */
static inline void play_discarded(struct play *play, const char *head)
{
    assert_int_equal(play_head(play, head), VESPA_DISCARD);
    vespa_exchange_finished(play->exchange, play->now);
}

/* The worker's answer is delivered, and with it all is done. */
static inline void play_delivered(struct play *play, const char *head)
{
    assert_int_equal(play_head(play, head), VESPA_DELIVER);
    vespa_exchange_finished(play->exchange, play->now);
    play_next(play, VESPA_DONE);
}

static inline void play_failed(struct play *play, enum vespa_failure failure)
{
    vespa_exchange_failed(play->exchange, play->now, failure, "the cause");
}

static inline bool reply_has_header(const struct vespa_reply *reply, const char *name)
{
    for (size_t i = 0; i < reply->header_count; i++)
        if (vespa_slice_equal_nocase(reply->headers[i].name, vespa_slice_of(name)))
            return true;
    return false;
}

static inline void assert_holds(struct vespa_slice text, const char *needle)
{
    if (!vespa_slice_contains_nocase(text, vespa_slice_of(needle)))
        fail_msg("'%s' is not in: %.*s", needle, (int)text.length, text.data);
}

static inline void assert_lacks(struct vespa_slice text, const char *needle)
{
    if (vespa_slice_contains_nocase(text, vespa_slice_of(needle)))
        fail_msg("'%s' is in: %.*s", needle, (int)text.length, text.data);
}

/* The next step is an answer of our own, of the form of design.md §4, with this code and these
 * words in its message. */
static inline const struct vespa_reply *play_reply(struct play *play, int status, const char *code,
                                                   const char *words)
{
    const struct vespa_reply *reply = &play_next(play, VESPA_REPLY)->reply;
    cJSON *json = cJSON_ParseWithLength(reply->body.data, reply->body.length);
    cJSON *error = cJSON_GetObjectItem(json, "error");
    assert_non_null(error);
    assert_int_equal(reply->status, status);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(error, "code")), code);
    assert_non_null(cJSON_GetStringValue(cJSON_GetObjectItem(error, "type")));
    const char *message = cJSON_GetStringValue(cJSON_GetObjectItem(error, "message"));
    assert_non_null(message);
    assert_holds(vespa_slice_of(message), words);
    cJSON_Delete(json);
    assert_true(reply_has_header(reply, "Content-Type"));
    assert_int_equal(reply_has_header(reply, "Retry-After"),
                     status == 503 && !reply_has_header(reply, "x-should-retry"));
    assert_true(reply->body.length < 6500);
    return reply;
}

/* ---- what is observed ------------------------------------------------------------------------ */

static inline void assert_slice(struct vespa_slice slice, const char *expected)
{
    if (!vespa_slice_equal(slice, vespa_slice_of(expected)))
        fail_msg("expected '%s', got '%.*s'", expected, (int)slice.length, slice.data);
}

static inline void assert_header(const struct vespa_header *headers, size_t count, const char *name,
                                 const char *value)
{
    for (size_t i = 0; i < count; i++)
        if (vespa_slice_equal_nocase(headers[i].name, vespa_slice_of(name))) {
            assert_slice(headers[i].value, value);
            return;
        }
    fail_msg("there is no %s", name);
}

/* The three segments in one, to be freed. */
static inline char *whole_body(const struct vespa_send *send)
{
    size_t length = 0;
    char *text = malloc(send->body_length + 1);
    assert_non_null(text);
    for (size_t i = 0; i < 3; i++) {
        if (send->segments[i].length)
            memcpy(text + length, send->segments[i].data, send->segments[i].length);
        length += send->segments[i].length;
    }
    assert_int_equal(length, send->body_length);
    text[length] = '\0';
    return text;
}

static inline uint64_t counted(const struct play *play, enum vespa_counter counter)
{
    return vespa_runtime_counted(play->runtime, counter);
}

/* All that was logged; to be freed. */
static inline char *logged(const struct play *play)
{
    FILE *file = fopen(play->log_path, "r");
    char *text = calloc(1, 200000);
    assert_true(file && text);
    assert_true(fread(text, 1, 199999, file) < 199999);
    fclose(file);
    return text;
}

static inline void assert_logged(const struct play *play, const char *words)
{
    char *text = logged(play);
    assert_holds(vespa_slice_of(text), words);
    free(text);
}

static inline void assert_not_logged(const struct play *play, const char *words)
{
    char *text = logged(play);
    assert_lacks(vespa_slice_of(text), words);
    free(text);
}

#endif
