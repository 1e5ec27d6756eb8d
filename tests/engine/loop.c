/* An event loop for tests of the engine. */
#include "tests/engine/loop.h"

#include "lib/clock.h"
#include "lib/linked_curl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *look_up(void *context, const char *name)
{
    const char *const *entry = context;
    size_t length = strlen(name);
    for (; *entry; entry++)
        if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=')
            return *entry + length + 1;
    return NULL;
}

static void begin(struct loop *loop)
{
    struct vespa_environment environment = {
        .get = look_up, .context = (void *)(uintptr_t)vespa_sim_process_environment(loop->sim)};
    loop->config = vespa_config_load(&environment);
    assert_non_null(loop->config);
    if (loop->config->rules[0].problem)
        fail_msg("%s", loop->config->rules[0].problem);
    loop->config->log.level = VESPA_LOG_OFF;
    loop->runtime = vespa_runtime_new(loop->config, 1);
    loop->api = vespa_linked_curl();
    loop->multi = curl_multi_init();
    loop->engine = vespa_engine_new(loop->api, loop->multi);
    assert_true(loop->runtime && loop->multi && loop->engine);
}

static void end(struct loop *loop)
{
    for (size_t i = 0; i < loop->count; i++) {
        struct asked *asked = loop->asked[i];
        vespa_job_free(asked->job);
        free(asked->head_text);
        vespa_buffer_free(&asked->body);
        free(asked);
    }
    loop->count = 0;
    vespa_engine_free(loop->engine);
    curl_multi_cleanup(loop->multi);
    vespa_runtime_free(loop->runtime);
    vespa_sim_process_stop(loop->sim);
}

int loop_set_up(void **state)
{
    struct loop *loop = calloc(1, sizeof *loop);
    assert_non_null(loop);
    loop->sim = vespa_sim_process_start("--token-delay", "1", NULL);
    begin(loop);
    *state = loop;
    return 0;
}

int loop_tear_down(void **state)
{
    end(*state);
    free(*state);
    return 0;
}

void loop_restart(struct loop *loop, const char *option, ...)
{
    const char *options[20] = {option};
    size_t count = 1;
    va_list rest;
    va_start(rest, option);
    while (count < 19 && (options[count] = va_arg(rest, const char *)) != NULL)
        count++;
    va_end(rest);
    end(loop);
    loop->sim = vespa_sim_process_start_list(options);
    begin(loop);
}

/* ---- jobs ------------------------------------------------------------------------------------ */

static bool on_head(void *context, const struct vespa_answer_head *head)
{
    struct asked *asked = context;
    struct vespa_buffer text = {0};
    asked->heads++;
    asked->status = head->status;
    asked->own = head->own;
    for (size_t i = 0; i < head->header_count; i++) {
        vespa_buffer_append(&text, head->headers[i].name);
        vespa_buffer_append_string(&text, ": ");
        vespa_buffer_append(&text, head->headers[i].value);
        vespa_buffer_append_byte(&text, '\n');
    }
    free(asked->head_text);
    asked->head_text = vespa_buffer_take(&text);
    return !asked->refuse_head;
}

static enum vespa_taken on_body(void *context, struct vespa_slice bytes)
{
    struct asked *asked = context;
    enum vespa_taken taken = asked->hook ? asked->hook(asked, bytes) : VESPA_TAKEN;
    if (taken != VESPA_TAKEN)
        return taken;
    asked->pieces++;
    vespa_buffer_append(&asked->body, bytes);
    return VESPA_TAKEN;
}

static void on_end(void *context, enum vespa_job_result result, const char *message)
{
    struct asked *asked = context;
    assert_false(asked->over);
    asked->over = true;
    asked->result = result;
    snprintf(asked->message, sizeof asked->message, "%s", message);
}

struct asked *loop_ask_more(struct loop *loop, const char *method, const char *path,
                            struct vespa_slice body, const struct vespa_header *headers,
                            size_t header_count, uint32_t timeout_ms)
{
    struct asked *asked = calloc(1, sizeof *asked);
    struct vespa_buffer url = {0};
    assert_non_null(asked);
    assert_true(loop->count < sizeof loop->asked / sizeof *loop->asked);
    loop->asked[loop->count++] = asked;
    asked->loop = loop;
    vespa_buffer_append_string(&url, HOST);
    vespa_buffer_append_string(&url, path);
    struct vespa_request request = {
        .match = VESPA_OURS,
        .rule = &loop->config->rules[0],
        .method = vespa_slice_of(method),
        .url = vespa_buffer_slice(&url),
        .headers = headers,
        .header_count = header_count,
        .body_kind = body.data ? VESPA_BODY_BYTES : VESPA_BODY_NONE,
        .body = body,
    };
    const struct vespa_job_handler handler = {
        .head = on_head, .body = on_body, .end = on_end, .context = asked};
    asked->job = vespa_job_new(loop->engine, loop->runtime, &request, timeout_ms, &handler);
    assert_non_null(asked->job);
    vespa_buffer_free(&url);
    return asked;
}

struct asked *loop_ask(struct loop *loop, const char *method, const char *path, const char *body)
{
    return loop_ask_more(loop, method, path, vespa_slice_of(body), NULL, 0, 0);
}

void asked_cancel(struct asked *asked)
{
    vespa_job_free(asked->job);
    asked->job = NULL;
}

const char *asked_body(const struct asked *asked)
{
    return asked->body.data ? asked->body.data : "";
}

/* ---- the loop -------------------------------------------------------------------------------- */

void loop_once(struct loop *loop)
{
    CURLMsg *message;
    int left;
    assert_int_equal(curl_multi_perform(loop->multi, &left), CURLM_OK);
    while ((message = curl_multi_info_read(loop->multi, &left)) != NULL)
        if (!vespa_engine_take(loop->engine, message)) {
            curl_multi_remove_handle(loop->multi, message->easy_handle);
            loop->foreign++;
        }
    vespa_engine_turn(loop->engine);
    curl_multi_poll(loop->multi, NULL, 0, vespa_engine_timeout(loop->engine, 50), NULL);
}

static bool all_over(const struct loop *loop)
{
    for (size_t i = 0; i < loop->count; i++)
        if (loop->asked[i]->job && !loop->asked[i]->over)
            return false;
    return true;
}

void loop_run(struct loop *loop)
{
    uint64_t end_ms = vespa_clock_ms() + 30000;
    while (!all_over(loop)) {
        if (vespa_clock_ms() > end_ms)
            fail_msg("the jobs are not over after 30 s");
        loop_once(loop);
    }
}

void loop_until(struct loop *loop, bool (*holds)(const struct asked *asked),
                const struct asked *asked)
{
    uint64_t end_ms = vespa_clock_ms() + 30000;
    while (!holds(asked)) {
        if (vespa_clock_ms() > end_ms)
            fail_msg("what is waited for has not come in 30 s");
        loop_once(loop);
    }
}
