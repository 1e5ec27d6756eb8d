/*
 * The callbacks of a program: what they are called with through the shim is what a plain server
 * with the same answer makes libcurl call them with.
 */
#include "tests/preload/routed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
#define HELLO   OK_HEAD "Content-Length: 5\r\n\r\nhello"

enum { MOST_WORDS = 64 };

static struct vespa_program_result run_plain(const char *url, const char **argv)
{
    char assignment[128];
    snprintf(assignment, sizeof assignment, "URL=%s/path", url);
    argv[1] = assignment;
    return vespa_program_run_simple(argv, NULL);
}

/* The program's output is the same with the shim and without it, where both get that answer. */
static void assert_alike(struct routed *r, const char *answer, const char *action, ...)
{
    char *program = vespa_build_path("tests/programs/easy");
    const char *argv[MOST_WORDS] = {program, NULL};
    size_t count = 2;
    va_list rest;
    va_start(rest, action);
    for (const char *word = action; word; word = va_arg(rest, const char *))
        argv[count++] = word;
    va_end(rest);

    routed_raw_worker(r, answer, 0);
    struct vespa_program_result plain = run_plain(vespa_raw_server_url(r->server), argv);
    argv[1] = "URL=" HOST "/path";
    vespa_program_result_free(&r->result);
    r->result = vespa_preload_run(r->sim, ENVIRONMENT("VESPA_RETRIES=0"), argv);
    free(program);
    assert_int_equal(plain.status, 0);
    assert_int_equal(r->result.status, 0);
    assert_string_equal(r->result.out, plain.out);
    assert_string_equal(r->result.err, plain.err);
    vespa_program_result_free(&plain);
}

/* ---- heads ----------------------------------------------------------------------------------- */

static void header_lines_come_as_from_a_plain_server(void **state)
{
    struct routed *r = *state;
    assert_alike(r,
                 "HTTP/1.1 200\r\nx-lower: 1\r\nX-Twice: a\r\nETag:\"no space\"\r\nX-Twice:  b \r\n"
                 "X-Folded: one\r\n two\r\nX-Empty:\r\nContent-Length: 5\r\n\r\nhello",
                 COLLECT, "perform", NULL);
    vespa_assert_line(&r->result, "header X-Twice:  b \\r\\n");
    vespa_assert_line(&r->result, "body hello");
}

/* Without the lines of the output that begin so. */
static char *without_lines(const char *text, const char *const *beginnings)
{
    char *kept = calloc(1, strlen(text) + 1);
    for (const char *line = text; *line;) {
        size_t length = strcspn(line, "\n");
        length += line[length] == '\n';
        bool dropped = false;
        for (size_t i = 0; beginnings[i]; i++)
            dropped |= strncmp(line, beginnings[i], strlen(beginnings[i])) == 0;
        if (!dropped)
            strncat(kept, line, length);
        line += length;
    }
    return kept;
}

static void what_would_speak_for_the_virtual_host_is_left_out_and_nothing_else(void **state)
{
    struct routed *r = *state;
    char url[128];
    routed_raw_worker(r,
                      OK_HEAD "X-First: 1\r\nSet-Cookie: a=b\r\nX-Middle: 2\r\n"
                              "strict-transport-security: max-age=1\r\nALT-SVC: h3=\":443\"\r\n"
                              "Set-Cookie: c=d\r\nX-Last: 3\r\nContent-Length: 5\r\n\r\nhello",
                      0);
    snprintf(url, sizeof url, "URL=%s/path", vespa_raw_server_url(r->server));
    struct vespa_program_result plain = vespa_plain_easy(COLLECT, "HEADER=1", url, "perform", NULL);
    routed_easy(r, NULL, ASK("/path"), "HEADER=1", "perform", NULL);
    vespa_assert_line(&plain, "header Set-Cookie: a=b\\r\\n");
    char *expected =
        without_lines(plain.out, (const char *const[]){"header Set-Cookie", "header strict-",
                                                       "header ALT-SVC", "body ", NULL});
    char *seen = without_lines(r->result.out, (const char *const[]){"body ", NULL});
    assert_string_equal(seen, expected);
    vespa_assert_line(&r->result,
                      "body HTTP/1.1 200 OK\\r\\nContent-Type: text/plain\\r\\nX-First: 1\\r\\n"
                      "X-Middle: 2\\r\\nX-Last: 3\\r\\nContent-Length: 5\\r\\n\\r\\nhello");
    free(expected);
    free(seen);
    vespa_program_result_free(&plain);
}

static void early_hints_are_not_taken_for_the_answer(void **state)
{
    struct routed *r = *state;
    routed_raw_worker(
        r,
        "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        0);
    routed_easy(r, NULL, ASK("/path"), PERFORM, NULL);
    vespa_assert_line(&r->result, "result 0");
    vespa_assert_line(&r->result, "body hello");
    vespa_assert_line(&r->result, "header HTTP/1.1 200 OK\\r\\n");
    vespa_assert_hides(&r->result, " 103 ");
    vespa_assert_hides(&r->result, "Link");
    assert_string_equal(routed_info(r, "RESPONSE_CODE"), "200");
}

static void hints_before_a_failure_do_not_stand_in_the_way_of_a_retry(void **state)
{
    struct routed *r = *state;
    vespa_sim_process_fault(r->sim, "worker-early-hints");
    vespa_sim_process_fault(r->sim, "worker-close,count=1");
    routed_easy(r, NULL, ASK("/echo"), PERFORM, NULL);
    vespa_assert_line(&r->result, "body {\"a\":1}");
    vespa_assert_hides(&r->result, " 103 ");
    routed_stats(r);
    routed_assert_one_request(r, 2);
}

static void trailers_come_after_the_body(void **state)
{
    struct routed *r = *state;
    static const char answer[] =
        OK_HEAD "Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
                "3\r\nhel\r\n2\r\nlo\r\n0\r\nX-Sum: 42\r\nX-More: 1\r\n\r\n";
    assert_alike(r, answer, COLLECT, "WRITEFUNCTION=stream", "perform", NULL);
    vespa_assert_line(&r->result, "header X-Sum: 42\\r\\n");
    assert_true(strstr(r->result.out, "chunk lo") < strstr(r->result.out, "header X-Sum"));
}

static void a_cookie_among_the_trailers_is_left_out(void **state)
{
    struct routed *r = *state;
    routed_raw_worker(r,
                      OK_HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 42\r\n"
                              "Set-Cookie: a=b\r\n\r\n",
                      0);
    routed_easy(r, NULL, ASK("/path"), "perform", NULL);
    vespa_assert_line(&r->result, "header X-Sum: 42\\r\\n");
    vespa_assert_hides(&r->result, "Set-Cookie");
}

/* Behind a pause some versions of libcurl hand several lines over at once. */
static void a_pause_in_the_body_lets_no_cookie_of_the_trailers_through(void **state)
{
    struct routed *r = *state;
    static const char answer[] =
        OK_HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 42\r\n"
                "Set-Cookie: a=b\r\nX-More: 1\r\n\r\n";
    static const char *const callbacks[] = {"WRITEFUNCTION=pause", "HEADERFUNCTION=pause"};
    routed_raw_worker(r, answer, 0);
    for (size_t i = 0; i < 2; i++) {
        routed_easy(r, NULL, ASK("/path"), callbacks[i], "XFERINFOFUNCTION=count", "NOPROGRESS=0",
                    "perform", NULL);
        vespa_assert_line(&r->result, "paused");
        vespa_assert_line(&r->result, "body hello");
        vespa_assert_line(&r->result, "header X-Sum: 42\\r\\n");
        vespa_assert_line(&r->result, "header X-More: 1\\r\\n");
        vespa_assert_hides(&r->result, "Set-Cookie");
    }
}

static void a_head_request_has_a_head_and_no_body(void **state)
{
    struct routed *r = *state;
    assert_alike(r, OK_HEAD "Content-Length: 500\r\n\r\n", "WRITEFUNCTION=collect",
                 "HEADERFUNCTION=collect", "NOBODY=1", "perform",
                 "info=RESPONSE_CODE,CONTENT_LENGTH_DOWNLOAD_T,SIZE_DOWNLOAD_T", NULL);
    vespa_assert_line(&r->result, "info CONTENT_LENGTH_DOWNLOAD_T 500");
}

/* ---- where they go --------------------------------------------------------------------------- */

static void the_header_option_puts_the_head_into_the_body(void **state)
{
    struct routed *r = *state;
    assert_alike(r, HELLO, "POSTFIELDS={}", "HEADER=1", "WRITEFUNCTION=collect", "perform", NULL);
    vespa_assert_line(&r->result, "body HTTP/1.1 200 OK\\r\\nContent-Type: text/plain\\r\\n"
                                  "Content-Length: 5\\r\\n\\r\\nhello");
    assert_alike(r, HELLO, COLLECT, "HEADER=1", "perform", NULL);
}

static void a_header_function_alone_leaves_the_body_to_stdout(void **state)
{
    struct routed *r = *state;
    assert_alike(r, HELLO, "POSTFIELDS={}", "HEADERFUNCTION=collect", "perform", NULL);
    vespa_assert_shows(&r->result, "hello");
    vespa_assert_line(&r->result, "header HTTP/1.1 200 OK\\r\\n");
}

static void header_data_alone_goes_to_the_write_function(void **state)
{
    struct routed *r = *state;
    assert_alike(r, HELLO, "POSTFIELDS={}", "HEADERDATA=mine", "WRITEFUNCTION=stream", "perform",
                 NULL);
    vespa_assert_line(&r->result, "chunk HTTP/1.1 200 OK\\r\\n");
    vespa_assert_line(&r->result, "chunk hello");
}

static void header_data_and_write_data_may_be_files(void **state)
{
    struct routed *r = *state;
    char head[128], body[128];
    snprintf(head, sizeof head, "HEADERDATA=file:%s/head", r->directory);
    snprintf(body, sizeof body, "WRITEDATA=file:%s/body", r->directory);
    routed_raw_worker(r, HELLO, 0);
    routed_easy(r, NULL, "POSTFIELDS={}", "URL=" HOST "/path", head, body, "perform", NULL);
    vespa_assert_line(&r->result, "result 0");
    char *text = routed_file(r, "head");
    assert_string_equal(text, OK_HEAD "Content-Length: 5\r\n\r\n");
    free(text);
    text = routed_file(r, "body");
    assert_string_equal(text, "hello");
    free(text);
}

static void without_callbacks_the_body_goes_to_stdout(void **state)
{
    struct routed *r = *state;
    assert_alike(r, HELLO, "POSTFIELDS={}", "perform", NULL);
    assert_true(strncmp(r->result.out, "hello", 5) == 0);
    assert_alike(r, HELLO, "POSTFIELDS={}", "HEADER=1", "perform", NULL);
    assert_true(strncmp(r->result.out, "HTTP/1.1 200 OK\r\n", 17) == 0);
}

static void callbacks_taken_back_are_not_called(void **state)
{
    struct routed *r = *state;
    assert_alike(r, HELLO, COLLECT, "HEADERFUNCTION=NULL", "perform", NULL);
    vespa_assert_hides(&r->result, "header ");
    vespa_assert_line(&r->result, "body hello");
}

static void a_gzip_answer_is_decoded_if_the_program_accepts_it(void **state)
{
    struct routed *r = *state;
    routed_easy(r, NULL, ASK("/gzip"), "ACCEPT_ENCODING=gzip", "perform", NULL);
    vespa_assert_line(&r->result, "result 0");
    vespa_assert_line(&r->result, "body {\"a\":1}");
    routed_assert_header(r, "Content-Encoding: gzip");
    routed_easy(r, NULL, ASK("/gzip"), "perform", NULL);
    vespa_assert_line(&r->result, "result 0");
    vespa_assert_shows(&r->result, "body \\x1f\\x8b");
}

/* ---- FAILONERROR ----------------------------------------------------------------------------- */

static void a_refusal_fails_as_with_a_plain_server(void **state)
{
    struct routed *r = *state;
    assert_alike(r, "HTTP/1.1 404 Not Found\r\nX-Kept: 1\r\nContent-Length: 5\r\n\r\nhello",
                 COLLECT, "FAILONERROR=1", "perform", "info=RESPONSE_CODE", "error", NULL);
    vespa_assert_line(&r->result, "result 22");
    vespa_assert_line(&r->result, "body ");
    vespa_assert_line(&r->result, "header X-Kept: 1\\r\\n");
    vespa_assert_line(&r->result, "error The requested URL returned error: 404");
    assert_alike(r, "HTTP/1.1 500 Oops\r\nContent-Length: 5\r\n\r\nhello", COLLECT, "FAILONERROR=1",
                 "HEADER=1", "perform", "info=RESPONSE_CODE", "error", NULL);
    vespa_assert_line(&r->result, "result 22");
    assert_alike(r, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 5\r\n\r\nhello", COLLECT,
                 "FAILONERROR=1", "perform", "info=RESPONSE_CODE", "error", NULL);
    assert_alike(r, HELLO, COLLECT, "FAILONERROR=1", "perform", "error", NULL);
    vespa_assert_line(&r->result, "body hello");
}

static void an_answer_of_our_own_fails_as_a_workers_does(void **state)
{
    struct routed *r = *state;
    routed_easy(r, NULL, COLLECT, "URL=http://nobody.vespa.internal/", "FAILONERROR=1", PERFORM,
                NULL);
    vespa_assert_line(&r->result, "result 22");
    vespa_assert_line(&r->result, "body ");
    vespa_assert_line(&r->result, "error The requested URL returned error: 404");
    routed_assert_header(r, "HTTP/1.1 404 Not Found");
    routed_assert_header(r, "Content-Type: application/json");
    assert_string_equal(routed_info(r, "RESPONSE_CODE"), "404");
}

static void a_failure_that_is_retried_does_not_fail_the_request(void **state)
{
    struct routed *r = *state;
    vespa_sim_process_fault(r->sim, "worker-status,status=500,count=1");
    routed_easy(r, NULL, ASK("/echo"), "FAILONERROR=1", PERFORM, NULL);
    vespa_assert_line(&r->result, "result 0");
    vespa_assert_line(&r->result, "body {\"a\":1}");
    vespa_assert_hides(&r->result, " 500 ");
}

/* ---- pause and abort ------------------------------------------------------------------------- */

#define PAUSING "XFERINFOFUNCTION=count", "NOPROGRESS=0"
#define LINES_OF_HELLO                                                        \
    "header Content-Type: text/plain\\r\\n\nheader Content-Length: 5\\r\\n\n" \
    "header \\r\\n\nresult 0\n"

static void a_pause_in_the_write_callback_loses_nothing(void **state)
{
    struct routed *r = *state;
    assert_alike(r, HELLO, COLLECT, "WRITEFUNCTION=pause", PAUSING, "perform", NULL);
    vespa_assert_line(&r->result, "paused");
    vespa_assert_line(&r->result, "body hello");
}

static void a_pause_in_the_middle_of_the_head_loses_nothing(void **state)
{
    struct routed *r = *state;
    routed_raw_worker(r, HELLO, 0);
    routed_easy(r, NULL, ASK("/path"), "HEADERFUNCTION=pause", PAUSING, "perform", NULL);
    vespa_assert_shows(&r->result, "header HTTP/1.1 200 OK\\r\\n\npaused\n" LINES_OF_HELLO);
    vespa_assert_line(&r->result, "body hello");
    routed_easy(r, NULL, ASK("/path"), "HEADERFUNCTION=pause", "HEADER=1", PAUSING, "perform",
                NULL);
    vespa_assert_shows(&r->result, "header HTTP/1.1 200 OK\\r\\n\npaused\n" LINES_OF_HELLO);
    vespa_assert_line(&r->result, "body HTTP/1.1 200 OK\\r\\nContent-Type: text/plain\\r\\n"
                                  "Content-Length: 5\\r\\n\\r\\nhello");
    routed_easy(r, NULL, ASK("/path"), "WRITEFUNCTION=pause", "HEADER=1", PAUSING, "perform", NULL);
    vespa_assert_shows(&r->result, "paused\nheader HTTP/1.1 200 OK\\r\\n\n" LINES_OF_HELLO);
    vespa_assert_shows(&r->result, "\\r\\n\\r\\nhello");
}

static void an_answer_of_our_own_can_be_paused(void **state)
{
    struct routed *r = *state;
    routed_easy(r, NULL, COLLECT, "URL=http://nobody.vespa.internal/", "HEADERFUNCTION=pause",
                "WRITEFUNCTION=pause", "XFERINFOFUNCTION=count", "NOPROGRESS=0", PERFORM, NULL);
    vespa_assert_line(&r->result, "paused");
    routed_assert_reply(r, 404, "unknown_endpoint", "my-endpoint", NULL);
    routed_assert_header(r, "HTTP/1.1 404 Not Found");
}

/* When the program has printed its result, and while it still runs, the worker's connection must be
 * closed. */
struct watch {
    struct vespa_sim_process *sim;
    char seen[8192];
    size_t length;
    bool closed;
};

static bool nothing_is_open(const cJSON *stats, void *context)
{
    const cJSON *worker;
    bool gone = false;
    (void)context;
    cJSON_ArrayForEach(worker, vespa_json_find(stats, "workers"))
    {
        if (vespa_json_number(worker, "open_connections") != 0)
            return false;
        gone |= cJSON_IsTrue(vespa_json_find(worker, "requests.0.client_gone"));
    }
    return gone;
}

static bool wait_for_the_close(void *context, const char *bytes, size_t length)
{
    struct watch *watch = context;
    if (watch->length + length >= sizeof watch->seen)
        return false;
    memcpy(watch->seen + watch->length, bytes, length);
    watch->length += length;
    if (!strstr(watch->seen, "result "))
        return true;
    cJSON_Delete(vespa_sim_process_stats_when(watch->sim, nothing_is_open, NULL));
    watch->closed = true;
    return false;
}

/* Runs a request for an endless stream that the program ends by itself. */
static void assert_closed_at_once(struct routed *r, const char *callback, const char *result)
{
    char *program = vespa_build_path("tests/programs/easy");
    struct watch watch = {.sim = r->sim};
    r->result = vespa_program_run(&(struct vespa_program){
        .argv =
            (const char *const[]){program, "URL=" HOST "/slow-stream?chunks=1000&delay=20",
                                  "POSTFIELDS={}", "WRITEFUNCTION=stream", callback, "NOPROGRESS=0",
                                  "ERRORBUFFER=own", "perform", "sleep", "20000", NULL},
        .environment = (const char *const[]){vespa_preload_variable(), NULL},
        .more_environment = vespa_sim_process_environment(r->sim),
        .on_output = wait_for_the_close,
        .context = &watch,
    });
    free(program);
    vespa_assert_line(&r->result, result);
    assert_true(watch.closed);
}

static void an_abort_in_the_write_callback_closes_the_workers_connection(void **state)
{
    assert_closed_at_once(*state, "WRITEFUNCTION=abort", "result 23");
}

static void an_abort_in_the_header_callback_closes_the_workers_connection(void **state)
{
    assert_closed_at_once(*state, "HEADERFUNCTION=abort", "result 23");
}

static void an_abort_in_the_progress_callback_closes_the_workers_connection(void **state)
{
    assert_closed_at_once(*state, "XFERINFOFUNCTION=abort_received", "result 42");
}

static void an_abort_has_libcurls_text_and_no_retry(void **state)
{
    struct routed *r = *state;
    assert_alike(r, HELLO, COLLECT, "WRITEFUNCTION=abort", "perform", "error", NULL);
    vespa_assert_line(&r->result, "result 23");
    assert_int_equal(vespa_raw_server_requests(r->server), 2);
    assert_alike(r, HELLO, COLLECT, "HEADERFUNCTION=abort", "perform", NULL);
    vespa_assert_line(&r->result, "result 23");
    assert_int_equal(vespa_raw_server_requests(r->server), 2);
}

static void an_abort_of_an_answer_of_our_own_is_the_programs_result(void **state)
{
    struct routed *r = *state;
    routed_easy(r, NULL, COLLECT, "URL=http://nobody.vespa.internal/", "WRITEFUNCTION=abort",
                "perform", "HEADERFUNCTION=abort", "perform", NULL);
    vespa_assert_line(&r->result, "result 23");
    vespa_assert_no_line(&r->result, "result 0");
}

/* ---- calls from inside ----------------------------------------------------------------------- */

static void the_error_buffer_is_emptied_by_a_success(void **state)
{
    struct routed *r = *state;
    assert_alike(r, HELLO, COLLECT, "WRITEFUNCTION=abort", "perform", "error",
                 "WRITEFUNCTION=collect", "perform", "error", NULL);
    vespa_assert_line(&r->result, "error ");
}

static void getinfo_in_a_callback_tells_of_this_answer(void **state)
{
    struct routed *r = *state;
    vespa_sim_process_fault(r->sim, "worker-status,status=503,count=1");
    routed_easy(r, NULL, ASK("/echo"),
                "in:header:info=RESPONSE_CODE,CONTENT_TYPE,EFFECTIVE_URL,EFFECTIVE_METHOD",
                "perform", NULL);
    vespa_assert_line(&r->result, "result 0");
    assert_string_equal(routed_info(r, "RESPONSE_CODE"), "200");
    assert_string_equal(routed_info(r, "EFFECTIVE_URL"), HOST "/echo");
    assert_string_equal(routed_info(r, "EFFECTIVE_METHOD"), "POST");
    routed_easy(r, NULL, ASK("/echo"), "in:write:info=RESPONSE_CODE,CONTENT_TYPE", "perform", NULL);
    assert_string_equal(routed_info(r, "CONTENT_TYPE"), "application/json");
}

static void setopt_in_a_callback_counts_as_libcurl_lets_it(void **state)
{
    struct routed *r = *state;
    assert_alike(r, HELLO, COLLECT, "in:header:WRITEFUNCTION=stream", "perform", NULL);
    vespa_assert_line(&r->result, "chunk hello");
    assert_alike(r, HELLO, COLLECT, "in:header:HEADERFUNCTION=NULL", "perform", NULL);
    vespa_assert_hides(&r->result, "Content-Length");
    assert_alike(r, HELLO, COLLECT, "in:write:POSTFIELDS={\"b\":2}", "perform", "perform", NULL);
}

static void a_url_set_in_a_callback_is_the_next_requests(void **state)
{
    struct routed *r = *state;
    routed_easy(r, NULL, ASK("/echo"), "in:write:URL=" HOST "/bytes/3", "perform",
                "info=RESPONSE_CODE", "perform", NULL);
    vespa_assert_line(&r->result, "body {\"a\":1}");
    vespa_assert_line(&r->result, "body abc");
}

static void perform_in_a_callback_fails_and_the_transfer_goes_on(void **state)
{
    struct routed *r = *state;
    static const char *const moments[] = {"in:write:perform=again", "in:header:perform=again",
                                          "in:progress:perform=again"};
    routed_raw_worker(r, HELLO, 0);
    for (size_t i = 0; i < 3; i++) {
        routed_easy(r, NULL, ASK("/path"), "XFERINFOFUNCTION=count", "NOPROGRESS=0", moments[i],
                    "perform", NULL);
        vespa_assert_line(&r->result, "inner 2");
        vespa_assert_line(&r->result, "result 0");
        vespa_assert_line(&r->result, "body hello");
    }
    assert_int_equal(vespa_raw_server_requests(r->server), 3);
}

static void a_bare_connection_is_refused_and_says_why(void **state)
{
    struct routed *r = *state;
    routed_easy(r, NULL, ASK("/echo"), "CONNECT_ONLY=1", "perform", "error", "CONNECT_ONLY=0",
                "perform", "error", NULL);
    vespa_assert_no_line(&r->result, "result 6");
    vespa_assert_shows(&r->result, "CURLOPT_CONNECT_ONLY");
    vespa_assert_line(&r->result, "result 0");
    vespa_assert_line(&r->result, "body {\"a\":1}");
    routed_stats(r);
    routed_assert_one_request(r, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROUTED(header_lines_come_as_from_a_plain_server),
        ROUTED(what_would_speak_for_the_virtual_host_is_left_out_and_nothing_else),
        ROUTED(early_hints_are_not_taken_for_the_answer),
        ROUTED(hints_before_a_failure_do_not_stand_in_the_way_of_a_retry),
        ROUTED(trailers_come_after_the_body),
        ROUTED(a_cookie_among_the_trailers_is_left_out),
        ROUTED(a_pause_in_the_body_lets_no_cookie_of_the_trailers_through),
        ROUTED(a_head_request_has_a_head_and_no_body),
        ROUTED(the_header_option_puts_the_head_into_the_body),
        ROUTED(a_header_function_alone_leaves_the_body_to_stdout),
        ROUTED(header_data_alone_goes_to_the_write_function),
        ROUTED(header_data_and_write_data_may_be_files),
        ROUTED(without_callbacks_the_body_goes_to_stdout),
        ROUTED(callbacks_taken_back_are_not_called),
        ROUTED(a_gzip_answer_is_decoded_if_the_program_accepts_it),
        ROUTED(a_refusal_fails_as_with_a_plain_server),
        ROUTED(an_answer_of_our_own_fails_as_a_workers_does),
        ROUTED(a_failure_that_is_retried_does_not_fail_the_request),
        ROUTED(a_pause_in_the_write_callback_loses_nothing),
        ROUTED(a_pause_in_the_middle_of_the_head_loses_nothing),
        ROUTED(an_answer_of_our_own_can_be_paused),
        ROUTED(an_abort_in_the_write_callback_closes_the_workers_connection),
        ROUTED(an_abort_in_the_header_callback_closes_the_workers_connection),
        ROUTED(an_abort_in_the_progress_callback_closes_the_workers_connection),
        ROUTED(an_abort_has_libcurls_text_and_no_retry),
        ROUTED(an_abort_of_an_answer_of_our_own_is_the_programs_result),
        ROUTED(the_error_buffer_is_emptied_by_a_success),
        ROUTED(getinfo_in_a_callback_tells_of_this_answer),
        ROUTED(setopt_in_a_callback_counts_as_libcurl_lets_it),
        ROUTED(a_url_set_in_a_callback_is_the_next_requests),
        ROUTED(perform_in_a_callback_fails_and_the_transfer_goes_on),
        ROUTED(a_bare_connection_is_refused_and_says_why),
    };
    return routed_run(tests);
}
