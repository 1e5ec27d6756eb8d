// `vespa proxy` from its start to its end: ways to listen, hang-ups in every phase, signals.

#define _GNU_SOURCE // asprintf

#include "tests/proxy/line.h"
#include "tests/support/program.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const char get_models[] = "GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n";

// ---- hang-ups ----

static bool all_are_over(const cJSON *stats, void *context)
{
    int *wanted = context;
    int seen = 0;
    for (int i = 0; i < 2; i++) {
        char path[64];
        snprintf(path, sizeof path, "workers.%d.requests", i);
        const cJSON *requests = vespa_json_find(stats, path);
        for (const cJSON *request = requests ? requests->child : NULL; request;
             request = request->next)
            seen += cJSON_IsTrue(cJSON_GetObjectItem(request, "client_gone"));
    }
    return seen >= *wanted;
}

static bool is_idle(struct proxy_fixture *fixture)
{
    const struct proxy_answer *answer = PROXY_CALL(fixture, .path = "/_vespa/metrics");
    return strstr(answer->body, "vespa_open_requests 0\n") != NULL;
}

static void wait_until_idle(struct proxy_fixture *fixture)
{
    for (long until = vespa_test_now() + proxy_patience_ms(); !is_idle(fixture); poll(NULL, 0, 5))
        if (vespa_test_now() > until)
            fail_msg("a request is left: %s", fixture->answer.body);
}

static void a_hang_up_before_the_first_byte_ends_the_workers_job(void **state)
{
    struct proxy_fixture *fixture = *state;
    int wanted = 1;
    proxy_start(fixture, NULL);
    vespa_sim_process_fault(fixture->sim, "worker-slow,ms=60000");
    int line = line_dial(fixture);
    line_say(line, get_models);
    cJSON_Delete(vespa_sim_process_stats_until(fixture->sim, "route.count", 1));
    cJSON *stats;
    do {
        poll(NULL, 0, 5);
        stats = vespa_sim_process_stats(fixture->sim);
        bool begun = vespa_json_find(stats, "workers.0.requests.0") ||
                     vespa_json_find(stats, "workers.1.requests.0");
        cJSON_Delete(stats);
        if (begun)
            break;
    } while (true);
    close(line);
    cJSON_Delete(vespa_sim_process_stats_when(fixture->sim, all_are_over, &wanted));
    wait_until_idle(fixture);
}

static void a_hang_up_while_a_worker_is_waited_for_ends_the_request(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    vespa_sim_process_fault(fixture->sim, "route-cold");
    int line = line_dial(fixture);
    line_say(line, get_models);
    cJSON_Delete(vespa_sim_process_stats_until(fixture->sim, "route.count", 1));
    close(line);
    wait_until_idle(fixture);
    vespa_sim_process_reset(fixture->sim);
    assert_int_equal(PROXY_CALL(fixture, .body = "{}")->status, 200);
}

static void a_hang_up_in_the_middle_of_a_body_leaves_nothing_behind(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    int line = line_dial(fixture);
    line_say(line, "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{\"a\":");
    close(line);
    wait_until_idle(fixture);
    assert_int_equal(vespa_json_number(proxy_stats(fixture), "route.count"), 0);
}

// ---- the wire ----

static void pipelined_requests_are_answered_in_their_order(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    int line = line_dial(fixture);
    line_say(line, "POST /echo HTTP/1.1\r\nHost: a.localhost:1\r\nHost: localhost\r\n\r\n");
    char *refused = line_hear(line, "\r\n\r\n");
    free(refused);
    close(line);
    line = line_dial(fixture);
    line_say(line, "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\n\"1\""
                   "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\n\"2\""
                   "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    char *heard = line_hear(line, "");
    char *first = strstr(heard, "\"1\""), *second = strstr(heard, "\"2\"");
    char *third = strstr(heard, "\"object\":\"list\"");
    assert_true(first && second && third && first < second && second < third);
    free(heard);
    close(line);
}

static void expect_100_continue_is_answered(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    int line = line_dial(fixture);
    line_say(line, "POST /echo HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                   "Content-Length: 7\r\n\r\n");
    line_assert_hears(line, "HTTP/1.1 100 Continue\r\n\r\n");
    line_say(line, "{\"a\":1}");
    line_assert_hears(line, "{\"a\":1}");
    close(line);
}

static void a_client_of_http_1_0_is_served(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    int line = line_dial(fixture);
    line_say(line, "GET /bytes/10?chunked=1 HTTP/1.0\r\n\r\n");
    char *heard = line_hear(line, "");
    assert_non_null(strstr(heard, " 200 "));
    assert_null(strstr(heard, "chunked"));
    free(heard);
    close(line);
}

// Of the proxy's own memory, that of no file.
static long anonymous_kib(const struct proxy_fixture *fixture)
{
    char path[64], text[4096] = "";
    snprintf(path, sizeof path, "/proc/%d/status", (int)fixture->pid);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t got = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[got] = '\0';
    const char *member = strstr(text, "RssAnon:");
    assert_non_null(member);
    return atol(member + strlen("RssAnon:"));
}

// What the proxy reads on it keeps, or it would be lost: its memory tells how much that is.
// Measured is the growth, and two fifths of it is allowed, for a sanitizer takes memory of its own.
static void a_slow_client_holds_the_worker_back(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    assert_int_equal(PROXY_CALL(fixture, .path = "/bytes/10?chunked=1")->status, 200);
    long before = anonymous_kib(fixture), now = before, last = -1;
    int line = line_dial(fixture);
    line_say(line, "GET /bytes/100000000?chunked=1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    line_assert_hears(line, "\r\n\r\n");
    for (int same = 0; same < 3; same = now == last ? same + 1 : 0, last = now) {
        poll(NULL, 0, 100); // it could read on
        now = anonymous_kib(fixture);
        if (now - before >= 40000)
            fail_msg("the proxy holds %ld KiB more than before", now - before);
    }
    close(line);
    wait_until_idle(fixture);
}

// ---- listening ----

static void a_unix_socket_is_for_this_user_alone(void **state)
{
    struct proxy_fixture *fixture = *state;
    struct stat status;
    char directory[] = "/tmp/vespa-proxy-XXXXXX";
    char *path;
    assert_non_null(mkdtemp(directory));
    assert_true(asprintf(&path, "%s/socket", directory) > 0);
    for (int round = 0; round < 2; round++) { // the second time beside what a killed one left
        proxy_start(fixture, "--unix", path, NULL);
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
        free(fixture->url);
        fixture->url = strdup("http://anything.example");
        assert_int_equal(PROXY_CALL(fixture, .body = "{}", .unix_path = path)->status, 200);
        if (round == 0) {
            kill(fixture->pid, SIGKILL);
            assert_int_equal(proxy_stop(fixture), -SIGKILL);
            assert_int_equal(stat(path, &status), 0);
        }
    }
    assert_int_equal(proxy_stop(fixture), 0);
    assert_int_not_equal(stat(path, &status), 0);
    free(path);
    rmdir(directory);
}

static void https_is_served_with_a_certificate(void **state)
{
    struct proxy_fixture *fixture = *state;
    char directory[] = "/tmp/vespa-proxy-XXXXXX";
    char *cert = NULL, *key = NULL;
    assert_non_null(mkdtemp(directory));
    assert_true(asprintf(&cert, "%s/cert", directory) > 0 &&
                asprintf(&key, "%s/key", directory) > 0);
    proxy_make_certificate(cert, key);
    proxy_start(fixture, "--tls-cert", cert, "--tls-key", key, NULL);
    assert_int_equal(strncmp(fixture->url, "https://", 8), 0);
    const struct proxy_answer *answer = PROXY_CALL(fixture, .path = "/v1/models", .ca_file = cert);
    assert_int_equal(answer->result, CURLE_OK);
    assert_int_equal(answer->status, 200);
    unlink(cert);
    unlink(key);
    rmdir(directory);
    free(cert);
    free(key);
}

// ---- signals ----

static void a_stream_ends_whole_after_sigterm_and_no_new_one_begins(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    int line = line_dial(fixture);
    line_say(line, "POST /slow-stream?chunks=20&delay=20 HTTP/1.1\r\nHost: localhost\r\n"
                   "Content-Length: 2\r\n\r\n{}");
    line_assert_hears(line, "\r\n\r\n");
    kill(fixture->pid, SIGTERM);
    line_assert_hears(line, "\r\n0\r\n\r\n");
    close(line);
    assert_int_equal(proxy_stop(fixture), 0);
}

static void a_stream_that_takes_longer_than_the_drain_is_cut(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, "--drain", "0.2", NULL);
    int line = line_dial(fixture);
    line_say(line, "POST /slow-stream?chunks=10000&delay=20 HTTP/1.1\r\nHost: localhost\r\n"
                   "Content-Length: 2\r\n\r\n{}");
    line_assert_hears(line, "\r\n\r\n");
    kill(fixture->pid, SIGTERM);
    char *heard = line_hear(line, "");
    assert_null(strstr(heard, "\r\n0\r\n\r\n"));
    free(heard);
    close(line);
    assert_int_equal(proxy_stop(fixture), 0);
}

static void write_config(const char *path, const char *format, const char *endpoint)
{
    FILE *file = fopen(path, "w");
    fprintf(file, format, endpoint);
    fclose(file);
    chmod(path, 0600);
}

static bool logged(struct proxy_fixture *fixture, const char *words)
{
    char text[8192] = "";
    size_t length = 0;
    for (long until = vespa_test_now() + proxy_patience_ms();
         !strstr(text, words) && length < sizeof text - 1;) {
        struct pollfd watched = {.fd = fixture->err, .events = POLLIN};
        if (poll(&watched, 1, (int)(until - vespa_test_now())) <= 0)
            return false;
        ssize_t got = read(fixture->err, text + length, sizeof text - 1 - length);
        if (got <= 0)
            return false;
        length += (size_t)got;
        text[length] = '\0';
    }
    return strstr(text, words) != NULL;
}

static void sighup_reads_the_configuration_again_and_a_bad_one_is_not_taken(void **state)
{
    static const char good[] =
        "{\"rules\":[{\"api_key_env\":\"VAST_API_KEY\",\"endpoint\":\"%s\"}]}";
    struct proxy_fixture *fixture = *state;
    char path[] = "/tmp/vespa-proxy-XXXXXX";
    close(mkstemp(path));
    write_config(path, good, "my-endpoint");
    proxy_start(fixture, "--config", path, NULL);
    assert_int_equal(PROXY_CALL(fixture, .body = "{}")->status, 200);
    write_config(path, "{\"rules\":[{\"endpiont\":\"%s\"}]}", "my-endpoint");
    kill(fixture->pid, SIGHUP);
    assert_true(logged(fixture, "the configuration stays as it was"));
    assert_int_equal(PROXY_CALL(fixture, .body = "{}")->status, 200);
    write_config(path, good,
                 "my-endpoint\",\"cost\":77,\"pass_headers\":[\"X-New\"],\"hosts\":["
                 "\"new.example\"],\"payload\":\"plain");
    kill(fixture->pid, SIGHUP);
    assert_true(logged(fixture, "the configuration was read again"));
    assert_int_equal(PROXY_CALL(fixture, .body = "{}")->status, 200);
    assert_string_equal(vespa_json_string(proxy_stats(fixture), "route.calls.-1.cost"), "77");
    unlink(path);
}

// ---- /_vespa/ ----

static void what_is_under_vespa_is_the_proxys_and_health_is_the_models(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    assert_int_equal(PROXY_CALL(fixture, .path = "/_vespa/health")->status, 200);
    assert_string_equal(fixture->answer.body, "ok\n");
    assert_int_equal(PROXY_CALL(fixture, .path = "/_vespa/ready")->status, 200);
    assert_int_equal(PROXY_CALL(fixture, .path = "/_vespa/other")->status, 404);
    assert_int_equal(PROXY_CALL(fixture, .path = "/_vespa/health", .body = "{}")->status, 405);
    assert_int_equal(vespa_json_number(proxy_stats(fixture), "route.count"), 0);
    assert_int_equal(PROXY_CALL(fixture, .path = "/health")->status, 200);
    assert_string_equal(fixture->answer.body, "{\"status\":\"ok\"}\n");
    assert_int_equal(vespa_json_number(proxy_stats(fixture), "route.count"), 1);
}

static void it_is_ready_when_requests_have_workers(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    vespa_sim_process_fault(fixture->sim, "route-status,status=400,count=1");
    assert_int_equal(PROXY_CALL(fixture, .body = "{}")->status, 404);
    assert_int_equal(PROXY_CALL(fixture, .path = "/_vespa/ready")->status, 503);
    assert_non_null(strstr(fixture->answer.body, "\"code\":\"not_ready\""));
    assert_int_equal(PROXY_CALL(fixture, .path = "/_vespa/health")->status, 200);
    assert_int_equal(PROXY_CALL(fixture, .body = "{}")->status, 200);
    assert_int_equal(PROXY_CALL(fixture, .path = "/_vespa/ready")->status, 200);
}

// In Prometheus' text form, each with its kind.
static void metrics_have_all_that_is_promised(void **state)
{
    static const char *const kinds[] = {
        "requests_total counter",    "requests_by_attempts_total counter",
        "cut_total counter",         "route_calls_total counter",
        "retries_total counter",     "fallbacks_total counter",
        "open_requests gauge",       "duplicates_avoided_total counter",
        "open_streams gauge",        "route_seconds histogram",
        "wait_seconds histogram",    "first_byte_seconds histogram",
        "request_seconds histogram",
    };
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    assert_int_equal(PROXY_CALL(fixture, .path = "/_vespa/metrics")->status, 200);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        char line[100];
        snprintf(line, sizeof line, "# TYPE vespa_%s\n", kinds[i]);
        if (!strstr(fixture->answer.body, line))
            fail_msg("not there: %s", line);
    }
}

static void metrics_count_what_happened(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    for (int i = 0; i < 3; i++)
        PROXY_CALL(fixture, .body = "{}");
    PROXY_CALL(fixture, .body = "no json");
    vespa_sim_process_fault(fixture->sim, "worker-status,status=503,count=1");
    PROXY_CALL(fixture, .body = "{}");
    wait_until_idle(fixture);
    const char *text = fixture->answer.body;
    assert_non_null(strstr(
        text, "vespa_requests_total{endpoint=\"my-endpoint\",status=\"200\",by=\"worker\"} 4\n"));
    assert_non_null(strstr(
        text, "vespa_requests_total{endpoint=\"my-endpoint\",status=\"400\",by=\"vespa\"} 1\n"));
    assert_non_null(strstr(text, "vespa_requests_by_attempts_total{attempts=\"2\"} 1\n"));
    assert_non_null(strstr(text, "vespa_retries_total 1\n"));
    assert_non_null(strstr(text, "vespa_request_seconds_count 5\n"));
    assert_non_null(strstr(text, "vespa_open_streams 0\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROXY(a_hang_up_before_the_first_byte_ends_the_workers_job),
        PROXY(a_hang_up_while_a_worker_is_waited_for_ends_the_request),
        PROXY(a_hang_up_in_the_middle_of_a_body_leaves_nothing_behind),
        PROXY(pipelined_requests_are_answered_in_their_order),
        PROXY(expect_100_continue_is_answered),
        PROXY(a_client_of_http_1_0_is_served),
        PROXY(a_slow_client_holds_the_worker_back),
        PROXY(a_unix_socket_is_for_this_user_alone),
        PROXY(https_is_served_with_a_certificate),
        PROXY(a_stream_ends_whole_after_sigterm_and_no_new_one_begins),
        PROXY(a_stream_that_takes_longer_than_the_drain_is_cut),
        PROXY(sighup_reads_the_configuration_again_and_a_bad_one_is_not_taken),
        PROXY(what_is_under_vespa_is_the_proxys_and_health_is_the_models),
        PROXY(it_is_ready_when_requests_have_workers),
        PROXY(metrics_have_all_that_is_promised),
        PROXY(metrics_count_what_happened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
