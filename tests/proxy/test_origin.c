// `vespa proxy` where no worker takes a request and its rule's fallback is the origin: the request
// goes where it was aimed, as it was.

#define _GNU_SOURCE // asprintf

#include "tests/proxy/line.h"
#include "tests/support/raw_server.h"
#include "tests/support/recording_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// A proxy with one rule, that has these members more, and no worker that takes anything.
static void start_with_rule(struct proxy_fixture *fixture, const char *members, bool has_token)
{
    char path[] = "/tmp/vespa-proxy-XXXXXX";
    char token[] = "/tmp/vespa-proxy-XXXXXX";
    int file = mkstemp(path);
    dprintf(file, "{\"rules\":[{\"endpoint\":\"my-endpoint\",\"api_key\":\"%s\",%s}]}",
            vespa_sim_process_value(fixture->sim, "VAST_API_KEY"), members);
    close(file);
    file = mkstemp(token);
    dprintf(file, "the-proxys-own-token-of-32-characters\n");
    close(file);
    vespa_sim_process_fault(fixture->sim, "worker-status,status=503");
    if (has_token)
        proxy_start(fixture, "--config", path, "--auth-token-file", token, NULL);
    else
        proxy_start(fixture, "--config", path, NULL);
    unlink(path);
    unlink(token);
}

// The rule of a server's host.
static void start_for(struct proxy_fixture *fixture, unsigned port)
{
    char members[160];
    snprintf(members, sizeof members,
             "\"hosts\":[\"127.0.0.1:%u\"],\"fallback\":\"origin\",\"retries\":0", port);
    start_with_rule(fixture, members, true);
}

// Says a request with a whole URL, as programs do to what they hold to be an HTTP proxy.
static char *ask(struct proxy_fixture *fixture, const char *method, unsigned port,
                 const char *target, const char *rest)
{
    char *text = NULL;
    int line = line_dial(fixture);
    assert_true(asprintf(&text,
                         "%s http://127.0.0.1:%u%s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
                         "Authorization: Bearer the-proxys-own-token-of-32-characters\r\n"
                         "Connection: close\r\n%s",
                         method, port, target, port, rest) > 0);
    line_say(line, text);
    free(text);
    char *answer = line_hear(line, "");
    close(line);
    return answer;
}

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("not there: %s\nin\n%s", part, text);
}

static void assert_lacks(const char *text, const char *part)
{
    if (strstr(text, part))
        fail_msg("%s\nis in\n%s", part, text);
}

// ---- forwarded ----

static void the_request_goes_where_it_was_aimed_as_it_was(void **state)
{
    struct proxy_fixture *fixture = *state;
    struct recording_server *server = recording_server_start();
    start_for(fixture, recording_server_port(server));
    char *answer = ask(fixture, "POST", recording_server_port(server), "/other?key=mine&b=%2F",
                       "x-api-key: my-own\r\nCookie: a=b\r\nContent-Type: application/json\r\n"
                       "Content-Length: 9\r\n\r\n{ \"a\":1 }");
    char *seen = recording_server_take(server);
    assert_has(seen, "POST /other?key=mine&b=%2F HTTP/1.1\r\n");
    assert_has(seen, "x-api-key: my-own\r\n");
    assert_has(seen, "Cookie: a=b\r\n");
    assert_has(seen, "Content-Type: application/json\r\n");
    assert_has(seen, "Content-Length: 9\r\n");
    assert_has(seen, "Via: 1.1 vespa-");
    assert_has(seen, "\r\n\r\n{ \"a\":1 }");
    assert_lacks(seen, "the-proxys-own-token");
    assert_lacks(seen, "Connection: close");
    assert_lacks(seen, "Accept:");
    assert_has(answer, "HTTP/1.1 200 ");
    free(answer);
    free(seen);
    recording_server_stop(server);
}

static void a_body_that_is_empty_has_a_length(void **state)
{
    struct proxy_fixture *fixture = *state;
    struct recording_server *server = recording_server_start();
    start_for(fixture, recording_server_port(server));
    free(
        ask(fixture, "POST", recording_server_port(server), "/other", "Content-Length: 0\r\n\r\n"));
    free(ask(fixture, "GET", recording_server_port(server), "/other", "\r\n"));
    char *seen = recording_server_take(server);
    assert_has(seen, "Content-Length: 0\r\n");
    assert_lacks(seen, "Content-Type");
    assert_has(seen, "GET /other HTTP/1.1\r\n");
    free(seen);
    recording_server_stop(server);
}

// What of a worker is left out speaks for the origin when it comes from there.
static void the_origins_answer_is_passed_on_whole(void **state)
{
    struct proxy_fixture *fixture = *state;
    struct vespa_raw_server *server = vespa_raw_server_start(
        "HTTP/1.1 418 Tea\r\nSet-Cookie: a=b\r\nStrict-Transport-Security: max-age=1\r\n"
        "Location: /elsewhere\r\nContent-Length: 5\r\n\r\nteapot");
    unsigned port = (unsigned)atoi(strrchr(vespa_raw_server_url(server), ':') + 1);
    start_for(fixture, port);
    char *answer = ask(fixture, "GET", port, "/x", "\r\n");
    assert_has(answer, "HTTP/1.1 418 ");
    assert_has(answer, "Set-Cookie: a=b\r\n");
    assert_has(answer, "Strict-Transport-Security: max-age=1\r\n");
    assert_has(answer, "Location: /elsewhere\r\n");
    assert_has(answer, "\r\n\r\nteapo");
    free(answer);
    vespa_raw_server_stop(server);
}

static void an_answer_that_breaks_off_is_seen_to(void **state)
{
    struct proxy_fixture *fixture = *state;
    struct vespa_raw_server *server =
        vespa_raw_server_start("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort");
    unsigned port = (unsigned)atoi(strrchr(vespa_raw_server_url(server), ':') + 1);
    start_for(fixture, port);
    char *answer = ask(fixture, "GET", port, "/x", "\r\n");
    assert_has(answer, "Content-Length: 100\r\n"); // and 95 bytes of it never came
    assert_has(answer, "\r\n\r\nshort");
    free(answer);
    vespa_raw_server_stop(server);
}

// One host of which only a part goes to workers.
static void a_path_that_is_no_rules_is_its_hosts_own(void **state)
{
    struct proxy_fixture *fixture = *state;
    struct recording_server *server = recording_server_start();
    unsigned port = recording_server_port(server);
    char members[200];
    snprintf(members, sizeof members, "\"hosts\":[\"127.0.0.1:%u\"],\"paths\":[\"/v1/chat/\"]",
             port);
    start_with_rule(fixture, members, true);
    vespa_sim_process_reset(fixture->sim);
    free(ask(fixture, "POST", port, "/v1/chat/completions", "Content-Length: 2\r\n\r\n{}"));
    assert_int_equal(vespa_json_number(proxy_stats(fixture), "route.count"), 1);
    free(ask(fixture, "POST", port, "/v1/other?a=b", "Content-Length: 5\r\n\r\nc=%20"));
    assert_int_equal(vespa_json_number(proxy_stats(fixture), "route.count"), 1);
    char *seen = recording_server_take(server);
    assert_has(seen, "POST /v1/other?a=b HTTP/1.1\r\n");
    assert_has(seen, "\r\n\r\nc=%20");
    assert_lacks(seen, "/v1/chat");
    free(seen);
    recording_server_stop(server);
}

// ---- not forwarded ----

static void a_body_too_large_is_not_sent_to_the_origin_without_it(void **state)
{
    struct proxy_fixture *fixture = *state;
    struct recording_server *server = recording_server_start();
    unsigned port = recording_server_port(server);
    char path[] = "/tmp/vespa-proxy-XXXXXX";
    int file = mkstemp(path);
    dprintf(file,
            "{\"rules\":[{\"endpoint\":\"my-endpoint\",\"api_key\":\"%s\","
            "\"hosts\":[\"127.0.0.1:%u\"],\"paths\":[\"/v1/\"]}]}",
            vespa_sim_process_value(fixture->sim, "VAST_API_KEY"), port);
    close(file);
    proxy_start(fixture, "--config", path, "--max-body", "4", NULL);
    unlink(path);
    char *answer = ask(fixture, "POST", port, "/other", "Content-Length: 5\r\n\r\nc=%20");
    assert_has(answer, "HTTP/1.1 413 ");
    free(answer);
    char *seen = recording_server_take(server);
    assert_lacks(seen, "POST");
    free(seen);
    recording_server_stop(server);
}

static void an_origin_that_gives_no_answer_is_named(void **state)
{
    struct proxy_fixture *fixture = *state;
    struct recording_server *server = recording_server_start();
    unsigned port = recording_server_port(server);
    recording_server_stop(server);
    start_for(fixture, port);
    char *answer = ask(fixture, "GET", port, "/x?key=secret", "\r\n");
    assert_has(answer, "HTTP/1.1 502 ");
    assert_has(answer, "\"code\":\"origin_failed\"");
    assert_has(answer, "http://127.0.0.1");
    assert_lacks(answer, "secret");
    free(answer);
}

// A name in the Host header alone is that of a server with TLS, as all real ones have it.
static void by_the_host_header_it_is_https(void **state)
{
    struct proxy_fixture *fixture = *state;
    struct recording_server *server = recording_server_start();
    char host[64];
    snprintf(host, sizeof host, "Host: 127.0.0.1:%u", recording_server_port(server));
    start_for(fixture, recording_server_port(server));
    PROXY_CALL(fixture, .path = "/x",
               .headers = (const char *const[]){
                   host, "Authorization: Bearer the-proxys-own-token-of-32-characters", NULL});
    assert_int_equal(fixture->answer.status, 502);
    assert_has(fixture->answer.body, "\"code\":\"origin_failed\"");
    assert_has(fixture->answer.body, "https://127.0.0.1");
    char *seen = recording_server_take(server);
    assert_lacks(seen, "GET"); // nothing of the request, but the beginning of a handshake
    free(seen);
    recording_server_stop(server);
}

static void a_host_that_is_none_of_the_rules_is_no_origin(void **state)
{
    struct proxy_fixture *fixture = *state;
    start_with_rule(fixture,
                    "\"hosts\":[\"api.example.org\"],\"paths\":[\"/x\"],"
                    "\"fallback\":\"origin\",\"retries\":0",
                    true);
    PROXY_CALL(fixture, .path = "/x",
               .headers = (const char *const[]){
                   "Authorization: Bearer the-proxys-own-token-of-32-characters", NULL});
    assert_int_equal(fixture->answer.status, 502);
    assert_has(fixture->answer.body, "\"code\":\"no_origin\"");
    assert_has(fixture->answer.body, "name an endpoint");
}

static void a_name_that_leads_back_is_no_loop_without_end(void **state)
{
    struct proxy_fixture *fixture = *state;
    start_with_rule(fixture,
                    "\"hosts\":[\"127.0.0.1\"],\"fallback\":\"origin\","
                    "\"retries\":0",
                    false);
    unsigned port = (unsigned)atoi(strrchr(fixture->url, ':') + 1);
    char *answer = ask(fixture, "GET", port, "/x", "Via: 1.0 another, 1.1 vespa-1\r\n\r\n");
    assert_has(answer, "HTTP/1.1 508 ");
    assert_has(answer, "\"code\":\"loop_detected\"");
    free(answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROXY(the_request_goes_where_it_was_aimed_as_it_was),
        PROXY(a_body_that_is_empty_has_a_length),
        PROXY(the_origins_answer_is_passed_on_whole),
        PROXY(an_answer_that_breaks_off_is_seen_to),
        PROXY(a_path_that_is_no_rules_is_its_hosts_own),
        PROXY(a_body_too_large_is_not_sent_to_the_origin_without_it),
        PROXY(an_origin_that_gives_no_answer_is_named),
        PROXY(by_the_host_header_it_is_https),
        PROXY(a_host_that_is_none_of_the_rules_is_no_origin),
        PROXY(a_name_that_leads_back_is_no_loop_without_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
