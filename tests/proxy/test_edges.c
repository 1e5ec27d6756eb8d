// `vespa proxy`: what is unusual on the wire, and arrives as it was sent.

#define _GNU_SOURCE // asprintf

#include "tests/proxy/line.h"
#include "tests/support/raw_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// ---- targets ----

static void a_target_arrives_as_it_was_written(void **state)
{
    static const char *const paths[] = {"/echo/a%2Fb%20c%c3%a9", "/echo/./a/../b//c/.",
                                        "/echo/%2e%2e/x;y=1,z", "/echo/+~!$&'()*"};
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        vespa_sim_process_reset(fixture->sim);
        assert_int_equal(PROXY_CALL(fixture, .path = paths[i], .body = "{}")->status, 200);
        assert_string_equal(vespa_json_string(proxy_seen_request(fixture), "path"), paths[i]);
    }
}

static void a_request_whose_target_is_a_url_is_for_that_host(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    char *proxy = strdup(fixture->url);
    free(fixture->url);
    fixture->url = strdup("http://my-endpoint.vespa.internal");
    setenv("http_proxy", proxy, 1);
    PROXY_CALL(fixture, .path = "/echo/x?a=1", .body = "{\"b\":2}");
    assert_int_equal(fixture->answer.status, 200);
    assert_string_equal(fixture->answer.body, "{\"b\":2}");
    assert_string_equal(vespa_json_string(proxy_seen_request(fixture), "path"), "/echo/x");
    free(fixture->url);
    fixture->url = strdup("http://elsewhere.example");
    assert_int_equal(PROXY_CALL(fixture, .body = "{}")->status, 421);
    unsetenv("http_proxy");
    free(proxy);
}

// ---- methods and framing ----

// All that comes for a request up to the connection's end, which it asks for. Owned by the caller.
static char *exchange(const struct proxy_fixture *fixture, const char *request)
{
    int line = line_dial(fixture);
    line_say(line, request);
    char *heard = line_hear(line, "");
    close(line);
    return heard;
}

static void assert_exchange(const struct proxy_fixture *fixture, const char *request,
                            const char *status)
{
    char *heard = exchange(fixture, request);
    if (!strstr(heard, status))
        fail_msg("for %.40s came: %s", request, heard);
    free(heard);
}

#define REST " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

static void methods_that_no_worker_takes_are_refused(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    assert_exchange(fixture, "TRACE /echo" REST, " 405 ");
    assert_exchange(fixture, "CONNECT localhost:443" REST, " 405 ");
    assert_exchange(fixture, "OPTIONS *" REST, " 400 ");
    assert_exchange(fixture, "GET echo" REST, " 400 ");
    assert_int_equal(vespa_json_number(proxy_stats(fixture), "route.count"), 0);
}

static void options_without_a_page_is_the_models(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    PROXY_CALL(fixture, .method = "OPTIONS", .path = "/inspect");
    assert_int_equal(vespa_json_number(proxy_stats(fixture), "route.count"), 1);
    assert_string_equal(vespa_json_string(proxy_seen_request(fixture), "method"), "OPTIONS");
}

static void answers_without_a_body_are_framed_so(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    static const char *const paths[] = {"/status/204?empty=1", "/status/304?empty=1"};
    for (size_t i = 0; i < 2; i++) {
        PROXY_CALL(fixture, .path = paths[i]);
        assert_int_equal(fixture->answer.result, CURLE_OK);
        assert_int_equal(fixture->answer.status, i ? 304 : 204);
        assert_int_equal(fixture->answer.length, 0);
        assert_null(proxy_header(fixture, "Transfer-Encoding"));
    }
    char *heard = exchange(fixture, "HEAD /bytes/1000" REST);
    assert_non_null(strstr(heard, " 200 "));
    assert_non_null(strcasestr(heard, "\r\nContent-Length: 1000\r\n"));
    assert_string_equal(strstr(heard, "\r\n\r\n"), "\r\n\r\n");
    free(heard);
}

static void statuses_pass_as_they_are(void **state)
{
    struct proxy_fixture *fixture = *state;
    static const int statuses[] = {201, 202, 400, 404, 409, 418, 451};
    proxy_start(fixture, NULL);
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        char path[32];
        snprintf(path, sizeof path, "/status/%d", statuses[i]);
        assert_int_equal(PROXY_CALL(fixture, .path = path)->status, statuses[i]);
    }
}

// A head of that many bytes.
static char *head_of(size_t size)
{
    static const char start[] =
        "GET /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-A: ";
    char *head = malloc(size + 1);
    memset(head, 'a', size);
    memcpy(head, start, strlen(start));
    memcpy(head + size - 4, "\r\n\r\n", 5);
    return head;
}

static void a_head_that_is_too_large_is_refused_and_one_of_8_kib_is_not(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    char *head = head_of(8 * 1024);
    assert_exchange(fixture, head, " 200 ");
    free(head);
    head = head_of(20 * 1024);
    assert_exchange(fixture, head, " 431 ");
    free(head);
    assert_int_equal(PROXY_CALL(fixture, .body = "{}")->status, 200);
}

// ---- what a worker may send ----

static void answer_with(struct proxy_fixture *fixture, struct vespa_raw_server *server)
{
    char fault[256];
    snprintf(fault, sizeof fault, "route-url,url=%s", vespa_raw_server_url(server));
    vespa_sim_process_fault(fixture->sim, fault);
}

static void trailers_do_not_disturb_the_end_of_a_stream(void **state)
{
    struct proxy_fixture *fixture = *state;
    struct vespa_raw_server *server =
        vespa_raw_server_start("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-End\r\n"
                               "\r\n5\r\nhello\r\n0\r\nX-End: 1\r\n\r\n");
    proxy_start(fixture, NULL);
    answer_with(fixture, server);
    PROXY_CALL(fixture, .body = "{}");
    assert_int_equal(fixture->answer.result, CURLE_OK);
    assert_string_equal(fixture->answer.body, "hello");
    vespa_raw_server_stop(server);
}

static void an_answer_that_ends_with_the_connection_is_whole(void **state)
{
    struct proxy_fixture *fixture = *state;
    struct vespa_raw_server *server =
        vespa_raw_server_start("HTTP/1.0 200 OK\r\nX-Two: a\r\nX-Two: b\r\n\r\nhello");
    proxy_start(fixture, NULL);
    answer_with(fixture, server);
    PROXY_CALL(fixture, .body = "{}");
    assert_int_equal(fixture->answer.result, CURLE_OK);
    assert_string_equal(fixture->answer.body, "hello");
    assert_non_null(strstr(fixture->answer.head, "X-Two: a\r\nX-Two: b\r\n"));
    vespa_raw_server_stop(server);
}

static void what_a_worker_says_for_this_host_is_left_out(void **state)
{
    struct proxy_fixture *fixture = *state;
    struct vespa_raw_server *server = vespa_raw_server_start(
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: a=1\r\nAlt-Svc: h3=\":1\"\r\n"
        "Strict-Transport-Security: max-age=1\r\nAccess-Control-Allow-Origin: *\r\n"
        "X-Kept: yes\r\n\r\n{}");
    proxy_start(fixture, NULL);
    answer_with(fixture, server);
    PROXY_CALL(fixture, .body = "{}");
    assert_int_equal(fixture->answer.status, 200);
    assert_string_equal(proxy_header(fixture, "X-Kept"), "yes");
    assert_null(proxy_header(fixture, "Set-Cookie"));
    assert_null(proxy_header(fixture, "Alt-Svc"));
    assert_null(proxy_header(fixture, "Strict-Transport-Security"));
    assert_null(proxy_header(fixture, "Access-Control-Allow-Origin"));
    vespa_raw_server_stop(server);
}

// ---- when no answer comes ----

static void a_request_that_takes_longer_than_the_timeout_is_a_504(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, "--timeout", "1", NULL);
    vespa_sim_process_fault(fixture->sim, "worker-slow,ms=60000");
    PROXY_CALL(fixture, .body = "{}");
    assert_int_equal(fixture->answer.status, 504);
    assert_non_null(strstr(fixture->answer.body, "\"code\":\"timeout\""));
    assert_non_null(strstr(fixture->answer.body, "--timeout"));
    vespa_sim_process_reset(fixture->sim);
    vespa_sim_process_fault(fixture->sim, "route-cold");
    assert_int_equal(PROXY_CALL(fixture, .path = "/v1/models")->status, 504);
    PROXY_CALL(fixture, .path = "/_vespa/metrics");
    assert_non_null(strstr(fixture->answer.body, "status=\"504\",by=\"vespa\"} 2\n"));
    assert_non_null(strstr(fixture->answer.body, "vespa_open_requests 0\n"));
    assert_non_null(strstr(fixture->answer.body, "vespa_open_streams 0\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROXY(a_target_arrives_as_it_was_written),
        PROXY(a_request_whose_target_is_a_url_is_for_that_host),
        PROXY(methods_that_no_worker_takes_are_refused),
        PROXY(options_without_a_page_is_the_models),
        PROXY(answers_without_a_body_are_framed_so),
        PROXY(statuses_pass_as_they_are),
        PROXY(a_head_that_is_too_large_is_refused_and_one_of_8_kib_is_not),
        PROXY(trailers_do_not_disturb_the_end_of_a_stream),
        PROXY(an_answer_that_ends_with_the_connection_is_whole),
        PROXY(what_a_worker_says_for_this_host_is_left_out),
        PROXY(a_request_that_takes_longer_than_the_timeout_is_a_504),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
