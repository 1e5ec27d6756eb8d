/*
 * A kept-alive connection that the worker closes when the next request comes: libcurl would send
 * that again by itself, with the same assignment, uncounted; instead it gets a fresh route like any
 * request whose worker was lost. And streams that end too early without their
 * framing telling so.
 */
#include "tests/preload/routed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Actions that tell the simulator to play a fault, on the program's way from one request to
 * another. */
static const char *admin(const struct routed *r)
{
    static char url[128];
    snprintf(url, sizeof url, "URL=%s/admin/fault",
             vespa_sim_process_value(r->sim, "VESPA_SIM_ADMIN"));
    return url;
}

/* A request, the fault, and another request with that body on the same connection. */
static void ask_twice(struct routed *r, const char *const *environment, const char *fault,
                      const char *body)
{
    char played[128], fields[128];
    snprintf(played, sizeof played, "POSTFIELDS=%s", fault);
    snprintf(fields, sizeof fields, "POSTFIELDS=%s", body);
    routed_restart(r, "--workers", "1", NULL);
    routed_easy(r, environment, ASK("/echo"), "perform", admin(r), played, "perform",
                "URL=" HOST "/echo", fields, PERFORM, NULL);
    routed_stats(r);
}

static void a_request_on_a_stale_connection_gets_a_fresh_route(void **state)
{
    struct routed *r = *state;
    static const char *const level[] = {"VESPA_LOG=info", NULL};
    ask_twice(r, level, "worker-close,count=1", "{\"seed\":9007199254740993}");
    vespa_assert_line(&r->result, "body {\"seed\":9007199254740993}");
    assert_non_null(strstr(r->result.err, "closed the connection"));
    assert_non_null(strstr(r->result.err, "attempt 2 of 4 in 0 ms"));
    assert_non_null(strstr(r->result.err, "(attempts: 2, "));
    assert_int_equal(vespa_json_number(r->stats, "route.count"), 3);
    assert_string_equal(vespa_json_string(r->stats, "route.calls.2.request_idx"),
                        vespa_json_string(r->stats, "route.calls.1.answered_idx"));
    assert_int_equal(routed_worker_requests(r), 3);
    assert_int_equal(routed_worker_connections(r), 2);
    assert_int_equal(vespa_json_number(r->stats, "violation_count"), 0);
}

/* Beyond 64 KiB the body is read through a callback. */
static void a_large_body_is_sent_again_whole(void **state)
{
    struct routed *r = *state;
    char path[160], file[192];
    size_t length = 300000;
    snprintf(path, sizeof path, "%s/body", r->directory);
    FILE *to = fopen(path, "w");
    fputs("{\"x\":\"", to);
    for (size_t i = 8; i < length; i++)
        fputc('a' + (int)(i % 26), to);
    fputs("\"}", to);
    fclose(to);
    snprintf(file, sizeof file, "@%s", path);
    ask_twice(r, NULL, "worker-close,count=1", file);
    vespa_assert_line(&r->result, "result 0");
    assert_int_equal(vespa_json_number(r->stats, "workers.0.requests.2.payload_length"), length);
    assert_true(vespa_json_number(r->stats, "workers.0.requests.2.accepted"));
    assert_int_equal(routed_worker_requests(r), 3);
    assert_int_equal(vespa_json_number(r->stats, "violation_count"), 0);
}

static void a_stale_connection_costs_an_attempt(void **state)
{
    struct routed *r = *state;
    static const char *const two[] = {"VESPA_RETRIES=1", NULL};
    ask_twice(r, two, "worker-close,unread=1", "{}");
    routed_assert_reply(r, 502, "worker_failed", "closed the connection", "attempt 2 of 2", NULL);
    assert_int_equal(vespa_json_number(r->stats, "route.count"), 3);
    assert_int_equal(routed_worker_requests(r), 3);

    static const char *const one[] = {"VESPA_RETRIES=0", NULL};
    ask_twice(r, one, "worker-close,unread=1", "{}");
    routed_assert_reply(r, 502, "worker_failed", "closed the connection", "a kept-alive connection",
                        "attempt 1 of 1", NULL);
    assert_int_equal(vespa_json_number(r->stats, "route.count"), 2);
    assert_int_equal(routed_worker_requests(r), 2);
}

/* It was closed before the second request, which libcurl notices before it sends anything. */
static void a_connection_that_was_closed_before_costs_no_attempt(void **state)
{
    struct routed *r = *state;
    static const char *const one[] = {"VESPA_RETRIES=0", NULL};
    routed_restart(r, "--workers", "1", "--idle-timeout", "1", NULL);
    routed_easy(r, one, ASK("/echo"), "perform", "sleep", "2500", PERFORM, NULL);
    vespa_assert_line(&r->result, "body {\"a\":1}");
    vespa_assert_no_line(&r->result, "info RESPONSE_CODE 502");
    routed_stats(r);
    assert_int_equal(routed_worker_requests(r), 2);
    assert_int_equal(routed_worker_connections(r), 2);
}

static void a_programs_own_sockets_are_still_its_own(void **state)
{
    struct routed *r = *state;
    routed_easy(r, NULL, ASK("/echo"), "OPENSOCKETDATA=mine", "OPENSOCKETFUNCTION=tell", PERFORM,
                NULL);
    vespa_assert_shows(&r->result, "called OPENSOCKETFUNCTION mine");
}

/* ---- streams --------------------------------------------------------------------------------- */

static unsigned lines_with(const char *text, const char *words)
{
    unsigned count = 0;
    for (; (text = strstr(text, words)) != NULL; text += strlen(words))
        count++;
    return count;
}

/* One line, or none; the transfer is a good one, for the framing was. */
static void assert_stream_is_told(struct routed *r, const char *answer, bool incomplete)
{
    routed_raw_worker(r, answer, 0);
    routed_easy(r, ENVIRONMENT("VESPA_LOG=warn"), ASK("/path"), PERFORM, NULL);
    vespa_assert_line(&r->result, "result 0");
    assert_int_equal(lines_with(r->result.err, "it may be incomplete"), incomplete);
    assert_int_equal(lines_with(r->result.err, "\n"), incomplete);
    assert_int_equal(vespa_raw_server_requests(r->server), 1);
}

#define EVENTS "Content-Type: text/event-stream\r\n"

static void a_stream_without_its_last_event_is_logged(void **state)
{
    struct routed *r = *state;
    assert_stream_is_told(r, "HTTP/1.0 200 OK\r\n" EVENTS "\r\ndata: {\"x\":1}\n\n", true);
    assert_stream_is_told(r, "HTTP/1.0 200 OK\r\n" EVENTS "\r\ndata: {\"x\":1}\n\ndata: [DONE]\n\n",
                          false);
    assert_stream_is_told(
        r, "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\ndata: {\"x\":1}\n\n", false);
}

static void a_stream_is_looked_at_in_every_framing(void **state)
{
    struct routed *r = *state;
    assert_stream_is_told(
        r, "HTTP/1.1 200 OK\r\n" EVENTS "Content-Length: 15\r\n\r\ndata: {\"x\":1}\n\n", true);
    assert_stream_is_told(r,
                          "HTTP/1.1 200 OK\r\n" EVENTS "Transfer-Encoding: chunked\r\n\r\n"
                          "f\r\ndata: {\"x\":1}\n\n\r\n0\r\n\r\n",
                          true);
    assert_stream_is_told(r,
                          "HTTP/1.1 200 OK\r\n" EVENTS "Transfer-Encoding: chunked\r\n\r\n"
                          "8\r\ndata: [D\r\n6\r\nONE]\n\n\r\n0\r\n\r\n",
                          false);
}

/* That is a failed transfer, and one line says why. */
static void a_stream_that_is_cut_is_told_once(void **state)
{
    struct routed *r = *state;
    routed_raw_worker(r,
                      "HTTP/1.1 200 OK\r\n" EVENTS "Transfer-Encoding: chunked\r\n\r\n"
                      "f\r\ndata: {\"x\":1}\n\n\r\n",
                      0);
    routed_easy(r, ENVIRONMENT("VESPA_LOG=warn"), ASK("/path"), PERFORM, NULL);
    vespa_assert_no_line(&r->result, "result 0");
    assert_int_equal(lines_with(r->result.err, "ended too early"), 1);
    assert_int_equal(lines_with(r->result.err, "\n"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROUTED(a_request_on_a_stale_connection_gets_a_fresh_route),
        ROUTED(a_large_body_is_sent_again_whole),
        ROUTED(a_stale_connection_costs_an_attempt),
        ROUTED(a_connection_that_was_closed_before_costs_no_attempt),
        ROUTED(a_programs_own_sockets_are_still_its_own),
        ROUTED(a_stream_without_its_last_event_is_logged),
        ROUTED(a_stream_is_looked_at_in_every_framing),
        ROUTED(a_stream_that_is_cut_is_told_once),
    };
    return routed_run_both(tests);
}
