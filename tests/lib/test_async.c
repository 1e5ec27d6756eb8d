/* Requests of the library in an event loop of the program's own. */
#include "tests/lib/fixture.h"

#include "tests/support/program.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHAT                                                                                   \
    "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"max_tokens\":9," \
    "\"stream\":true}"

/* The functions of a libcurl that a loop needs. */
struct curl_functions {
    CURLM *(*multi_init)(void);
    CURLMcode (*multi_perform)(CURLM *, int *);
    CURLMsg *(*multi_info_read)(CURLM *, int *);
    CURLMcode (*multi_poll)(CURLM *, struct curl_waitfd *, unsigned, int, int *);
    CURLMcode (*multi_cleanup)(CURLM *);
};

static const struct curl_functions linked = {
    curl_multi_init, curl_multi_perform, curl_multi_info_read, curl_multi_poll, curl_multi_cleanup};

struct loop {
    struct curl_functions curl;
    CURLM *multi;
    struct vespa_async *async;
};

/* A request, and what came of it. */
struct asked {
    struct vespa_pending *pending;
    struct vespa_response *response;
    bool over;
    int pieces;
    size_t length;
    bool hesitates; /* takes each piece only when it comes for the second time */
    bool offered;
    bool cancels;
    char text[20000];
};

static void begin(struct loop *loop, struct vespa_client *client, struct curl_functions curl,
                  const struct vespa_curl *table)
{
    loop->curl = curl;
    loop->multi = curl.multi_init();
    loop->async = vespa_async_new(client, table, loop->multi);
    assert_true(loop->multi && loop->async);
}

static void end(struct loop *loop)
{
    vespa_async_free(loop->async);
    loop->curl.multi_cleanup(loop->multi);
}

static void once(struct loop *loop)
{
    CURLMsg *message;
    int left;
    loop->curl.multi_perform(loop->multi, &left);
    while ((message = loop->curl.multi_info_read(loop->multi, &left)) != NULL)
        assert_true(vespa_async_take(loop->async, message));
    vespa_async_turn(loop->async);
    loop->curl.multi_poll(loop->multi, NULL, 0, vespa_async_timeout(loop->async, 50), NULL);
}

static void run(struct loop *loop, const struct asked *asked)
{
    long end_ms = vespa_test_now() + 30000;
    while (!asked->over) {
        if (vespa_test_now() > end_ms)
            fail_msg("the request is not over after 30 s");
        once(loop);
    }
}

static void done(void *context, struct vespa_response *response)
{
    struct asked *asked = context;
    assert_false(asked->over);
    asked->over = true;
    asked->pending = NULL;
    asked->response = response;
}

static enum vespa_flow on_body(void *context, const char *bytes, size_t length)
{
    struct asked *asked = context;
    if (asked->hesitates && !asked->offered) {
        asked->offered = true;
        vespa_pending_resume(asked->pending);
        return VESPA_PAUSE;
    }
    asked->offered = false;
    asked->pieces++;
    assert_true(asked->length + length < sizeof asked->text);
    memcpy(asked->text + asked->length, bytes, length);
    asked->length += length;
    if (asked->cancels)
        vespa_pending_cancel(asked->pending);
    return VESPA_CONTINUE;
}

static void ask(struct loop *loop, struct asked *asked, const char *path, const char *body)
{
    struct vespa_request_options options = {.on_body = on_body, .context = asked};
    asked->pending =
        vespa_async_request(loop->async, "POST", path, body, strlen(body), &options, done, asked);
    assert_non_null(asked->pending);
    assert_int_equal(vespa_async_timeout(loop->async, 1000), 0);
}

static void assert_answered(const struct asked *asked, int status)
{
    if (vespa_response_error(asked->response) != VESPA_OK)
        fail_msg("%s", vespa_response_message(asked->response));
    assert_int_equal(vespa_response_status(asked->response), status);
}

/* ---------------------------------------------------------------------------------------------- */

static void requests_run_side_by_side(void **state)
{
    struct fixture *f = *state;
    struct loop loop;
    struct asked *asked = calloc(10, sizeof *asked);
    begin(&loop, f->client, linked, NULL);
    for (int i = 0; i < 10; i++)
        ask(&loop, &asked[i], "/v1/chat/completions", CHAT);
    asked[3].hesitates = true;
    for (int i = 0; i < 10; i++) {
        run(&loop, &asked[i]);
        assert_answered(&asked[i], 200);
        assert_true(asked[i].pieces > 3);
        assert_string_equal(asked[i].text, asked[0].text);
        vespa_response_free(asked[i].response);
    }
    end(&loop);
    assert_int_equal(vespa_json_number(fixture_stats(f), "violation_count"), 0);
    free(asked);
}

static void a_libcurl_of_the_callers_own_is_used(void **state)
{
    struct fixture *f = *state;
    struct asked *asked = calloc(1, sizeof *asked);
    struct loop loop;
    void *library = dlopen("libcurl-gnutls.so.4", RTLD_NOW | RTLD_LOCAL);
    if (!library)
        skip();
    vespa_function (*find)(void *, const char *);
    void *(*by_name)(void *, const char *) = dlsym;
    memcpy(&find, &by_name, sizeof find);
    struct vespa_curl *table = vespa_curl_new(find, library);
    assert_non_null(table);
    const struct curl_functions other = {
        (CURLM * (*)(void)) dlsym(library, "curl_multi_init"),
        (CURLMcode(*)(CURLM *, int *))dlsym(library, "curl_multi_perform"),
        (CURLMsg * (*)(CURLM *, int *)) dlsym(library, "curl_multi_info_read"),
        (CURLMcode(*)(CURLM *, struct curl_waitfd *, unsigned, int, int *))dlsym(library,
                                                                                 "curl_multi_poll"),
        (CURLMcode(*)(CURLM *))dlsym(library, "curl_multi_cleanup")};
    assert_true((void *)other.multi_perform != (void *)curl_multi_perform);
    fixture_restart(f, "--tls", "--token-delay", "1", NULL);
    struct vespa_client_options options = fixture_options(f);
    options.ca_file = vespa_sim_process_value(f->sim, "VESPA_CA_FILE");
    fixture_client(f, &options);
    begin(&loop, f->client, other, table);
    ask(&loop, asked, "/v1/chat/completions", CHAT);
    run(&loop, asked);
    assert_answered(asked, 200);
    assert_non_null(strstr(asked->text, "data: [DONE]"));
    vespa_response_free(asked->response);
    end(&loop);
    vespa_curl_free(table);
    free(asked);
}

static vespa_function find_nothing(void *context, const char *name)
{
    (void)context, (void)name;
    return NULL;
}

static void a_libcurl_without_functions_is_none(void **state)
{
    (void)state;
    assert_null(vespa_curl_new(find_nothing, NULL));
    vespa_curl_free(NULL);
}

static void wrong_arguments_are_told_by_done(void **state)
{
    struct fixture *f = *state;
    struct asked *asked = calloc(2, sizeof *asked);
    struct loop loop;
    begin(&loop, f->client, linked, NULL);
    ask(&loop, &asked[0], "no-slash", "{}");
    ask(&loop, &asked[1], "no-slash", "{}");
    assert_false(asked[0].over);
    vespa_pending_cancel(asked[1].pending);
    run(&loop, &asked[0]);
    assert_int_equal(vespa_response_error(asked[0].response), VESPA_ERROR_ARGUMENT);
    assert_false(asked[1].over);
    vespa_response_free(asked[0].response);
    end(&loop);
    free(asked);
}

static void a_request_is_cancelled(void **state)
{
    struct fixture *f = *state;
    struct asked *asked = calloc(2, sizeof *asked);
    struct loop loop;
    begin(&loop, f->client, linked, NULL);
    ask(&loop, &asked[0], "/slow-stream?chunks=1000&delay=5", "{}");
    while (!asked[0].pieces)
        once(&loop);
    vespa_pending_cancel(asked[0].pending);
    asked[1].cancels = true;
    ask(&loop, &asked[1], "/slow-stream?chunks=1000&delay=5", "{}");
    while (!asked[1].pieces)
        once(&loop);
    once(&loop);
    assert_false(asked[0].over || asked[1].over);
    const cJSON *stats = fixture_stats(f);
    assert_int_equal(vespa_json_number(stats, "workers.0.requests.0.client_gone"), 1);
    assert_int_equal(vespa_json_number(stats, "workers.1.requests.0.client_gone"), 1);
    end(&loop);
    free(asked);
}

static void errors_come_to_done(void **state)
{
    struct fixture *f = *state;
    struct asked *asked = calloc(1, sizeof *asked);
    struct loop loop;
    vespa_sim_process_admin(f->sim, "/admin/key", "another-key");
    begin(&loop, f->client, linked, NULL);
    ask(&loop, asked, "/echo", "{}");
    run(&loop, asked);
    assert_int_equal(vespa_response_error(asked->response), VESPA_ERROR_KEY);
    assert_int_equal(asked->pieces, 0);
    vespa_response_free(asked->response);
    end(&loop);
    free(asked);
}

int main(void)
{
    fixture_clear_environment();
    const struct CMUnitTest tests[] = {
        FIXTURE(requests_run_side_by_side),
        FIXTURE(a_libcurl_of_the_callers_own_is_used),
        cmocka_unit_test(a_libcurl_without_functions_is_none),
        FIXTURE(wrong_arguments_are_told_by_done),
        FIXTURE(a_request_is_cancelled),
        FIXTURE(errors_come_to_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
