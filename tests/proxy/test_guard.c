// Who may use `vespa proxy`, and how it is told what to do.

#include "tests/proxy/proxy.h"
#include "tests/support/program.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADERS(...)                 \
    .headers = (const char *const[]) \
    {                                \
        __VA_ARGS__, NULL            \
    }

static long status_with(struct proxy_fixture *fixture, const char *header)
{
    const char *const headers[] = {header, NULL};
    return PROXY_CALL(fixture, .body = "{}", .headers = headers)->status;
}

static void a_host_header_names_this_machine_or_a_configured_host(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, "--host-header-allow", "gpu.lan,other.lan", NULL);
    static const char *const welcome[] = {"Host: localhost:1",  "Host: 127.0.0.1",
                                          "Host: [::1]:80",     "Host: vespa.internal",
                                          "Host: GPU.lan:8010", "Host: my-endpoint.vespa.internal",
                                          "Host: other.lan"};
    for (size_t i = 0; i < sizeof welcome / sizeof welcome[0]; i++)
        assert_int_equal(status_with(fixture, welcome[i]), 200);
    static const char *const refused[] = {
        "Host: rebound.example", "Host: gpu.lan.evil.example", "Host: localhost.evil.example",
        "Host: 10.0.0.1:8010",   "Host: [localhost",           "Host: [::1].evil.example"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        assert_int_equal(status_with(fixture, refused[i]), 421);
    assert_int_equal(vespa_json_number(proxy_stats(fixture), "route.count"), 7);
}

static void a_host_that_is_split_by_path_is_a_configured_one(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start_with_rule(fixture, "\"hosts\":[\"api.example.org\"],\"paths\":[\"/echo\"]");
    assert_int_equal(status_with(fixture, "Host: api.example.org"), 200);
    assert_int_equal(status_with(fixture, "Host: www.example.org"), 421);
}

static void a_web_page_is_refused(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    assert_int_equal(status_with(fixture, "Origin: https://page.example"), 403);
    assert_int_equal(status_with(fixture, "Origin: null"), 403);
    assert_int_equal(status_with(fixture, "Sec-Fetch-Site: cross-site"), 403);
    assert_int_equal(status_with(fixture, "Sec-Fetch-Site: same-site"), 403);
    PROXY_CALL(fixture, .method = "OPTIONS",
               HEADERS("Origin: https://page.example", "Access-Control-Request-Method: POST"));
    assert_int_equal(fixture->answer.status, 403);
    assert_int_equal(vespa_json_number(proxy_stats(fixture), "route.count"), 0);
    assert_int_equal(status_with(fixture, "Sec-Fetch-Site: none"), 200);
}

static void a_web_page_that_was_named_may(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, "--cors", "https://page.example", NULL);
    PROXY_CALL(fixture, .method = "OPTIONS",
               HEADERS("Origin: https://page.example", "Access-Control-Request-Method: POST",
                       "Access-Control-Request-Headers: content-type"));
    assert_int_equal(fixture->answer.status, 204);
    assert_string_equal(proxy_header(fixture, "Access-Control-Allow-Origin"),
                        "https://page.example");
    assert_string_equal(proxy_header(fixture, "Access-Control-Allow-Headers"), "content-type");
    assert_int_equal(status_with(fixture, "Origin: https://page.example"), 200);
    assert_string_equal(proxy_header(fixture, "Access-Control-Allow-Origin"),
                        "https://page.example");
    assert_int_equal(status_with(fixture, "Origin: https://other.example"), 403);
    assert_int_equal(vespa_json_number(proxy_stats(fixture), "route.count"), 1);
}

// A file of the test's with that text and mode; removed by the caller.
static char *write_file(const char *text, mode_t mode)
{
    char *path = strdup("/tmp/vespa-proxy-XXXXXX");
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(file, mode), 0);
    close(file);
    return path;
}

static void remove_file(char *path)
{
    unlink(path);
    free(path);
}

static void a_token_is_wanted_where_there_is_one_and_goes_no_further(void **state)
{
    struct proxy_fixture *fixture = *state;
    char *file = write_file("open-sesame\n", 0600);
    proxy_start(fixture, "--auth-token-file", file, NULL);
    remove_file(file);
    assert_int_equal(PROXY_CALL(fixture, .body = "{}")->status, 401);
    assert_non_null(proxy_header(fixture, "WWW-Authenticate"));
    assert_int_equal(status_with(fixture, "Authorization: Bearer open-sesam"), 401);
    assert_int_equal(status_with(fixture, "Authorization: Bearer open-sesame-"), 401);
    assert_int_equal(status_with(fixture, "Authorization: Basic open-sesame"), 401);
    assert_int_equal(status_with(fixture, "Authorization: Bearer open-sesame"), 200);
    char *seen = cJSON_Print(vespa_json_find(proxy_stats(fixture), "workers"));
    assert_null(strstr(seen, "sesame"));
    free(seen);
}

// What `vespa proxy` says when it does not start with these options; its exit status in *status.
static char *refusal(struct proxy_fixture *fixture, int *status, const char *const *options)
{
    char *binary = vespa_build_path("vespa");
    const char *argv[16] = {binary, "proxy", "--port", "0"};
    for (size_t i = 0; options[i]; i++)
        argv[4 + i] = options[i];
    struct vespa_program_result result =
        vespa_program_run_simple(argv, vespa_sim_process_environment(fixture->sim));
    char *said = strdup(result.err);
    *status = result.status;
    assert_string_equal(result.out, "");
    vespa_program_result_free(&result);
    free(binary);
    return said;
}

static void assert_refused(struct proxy_fixture *fixture, int wanted, const char *words,
                           const char *const *options)
{
    int status;
    char *said = refusal(fixture, &status, options);
    if (status != wanted || !strstr(said, words))
        fail_msg("status %d, said: %s", status, said);
    free(said);
}
#define REFUSED(fixture, status, words, ...) \
    assert_refused(fixture, status, words, (const char *const[]){__VA_ARGS__, NULL})

static void it_does_not_start_with_what_cannot_be_meant(void **state)
{
    struct proxy_fixture *fixture = *state;
    char *open_file = write_file("token", 0644);
    char *empty = write_file("\n", 0600);
    REFUSED(fixture, 2, "--auth-token-file", "--host", "0.0.0.0");
    REFUSED(fixture, 2, "--auth-token-file", "--host", "::");
    REFUSED(fixture, 2, "go together", "--tls-cert", "x");
    REFUSED(fixture, 2, "two ways", "--unix", "x", "--host", "127.0.0.1");
    REFUSED(fixture, 2, "no option '--colour'", "--colour");
    REFUSED(fixture, 2, "needs a value", "--endpoint");
    REFUSED(fixture, 2, "from 0 to 65535", "--port", "65536");
    REFUSED(fixture, 2, "too much", "word");
    REFUSED(fixture, 1, "chmod 600", "--auth-token-file", open_file);
    REFUSED(fixture, 1, "empty", "--auth-token-file", empty);
    REFUSED(fixture, 1, "No such file", "--auth-token-file", "/nonexistent/token");
    REFUSED(fixture, 1, "VESPA_AUTOSCALER_URL", "--autoscaler-url", "http://example.com");
    remove_file(open_file);
    remove_file(empty);
}

static void other_machines_may_where_that_is_asked_for(void **state)
{
    struct proxy_fixture *fixture = *state;
    char *url, *port;
    proxy_start(fixture, "--host", "0.0.0.0", "--allow-remote", NULL);
    port = strrchr(fixture->url, ':');
    assert_true(asprintf(&url, "http://127.0.0.1%s", port) > 0);
    free(fixture->url);
    fixture->url = url;
    assert_int_equal(PROXY_CALL(fixture, .body = "{}")->status, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROXY(a_host_header_names_this_machine_or_a_configured_host),
        PROXY(a_host_that_is_split_by_path_is_a_configured_one),
        PROXY(a_web_page_is_refused),
        PROXY(a_web_page_that_was_named_may),
        PROXY(a_token_is_wanted_where_there_is_one_and_goes_no_further),
        PROXY(it_does_not_start_with_what_cannot_be_meant),
        PROXY(other_machines_may_where_that_is_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
