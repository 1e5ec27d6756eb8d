/*
 * Redirects of a worker (design.md §2.4), as a program sees them that follows them and one that
 * does not, with both of libcurl's interfaces.
 */
#include "tests/preload/routed.h"

#include <stdlib.h>
#include <string.h>

#define TELL \
    "info=RESPONSE_CODE,EFFECTIVE_URL,EFFECTIVE_METHOD,REDIRECT_COUNT,REDIRECT_URL", "error"
#define FOLLOW "FOLLOWLOCATION=1"

/* The latest request that reached worker 0, to which all go. */
static const cJSON *last_request(struct routed *r)
{
    routed_stats(r);
    return vespa_json_find(r->stats, "workers.0.requests.-1");
}

static void assert_last_request(struct routed *r, const char *method, const char *path,
                                int worker_requests)
{
    const cJSON *request = last_request(r);
    assert_non_null(request);
    assert_string_equal(vespa_json_string(request, "method"), method);
    assert_string_equal(vespa_json_string(request, "path"), path);
    assert_int_equal(routed_worker_requests(r), worker_requests);
    assert_int_equal(vespa_json_number(r->stats, "violation_count"), 0);
}

static int set_up(void **state)
{
    int failed = routed_set_up(state);
    struct routed *r = *state;
    vespa_sim_process_fault(r->sim, "route-worker,worker=0");
    return failed;
}

/* ---- not followed ---------------------------------------------------------------------------- */

static void a_redirect_is_the_answer_of_a_program_that_follows_none(void **state)
{
    struct routed *r = *state;
    routed_easy(r, NULL, ASK("/redirect/307?to=self/echo"), "perform", TELL, NULL);
    vespa_assert_line(&r->result, "result 0");
    vespa_assert_line(&r->result, "body elsewhere\\n");
    routed_assert_header(r, "Location: " HOST "/echo");
    routed_assert_info(r, "RESPONSE_CODE", "307");
    routed_assert_info(r, "EFFECTIVE_URL", HOST "/redirect/307?to=self/echo");
    routed_assert_info(r, "REDIRECT_URL", HOST "/echo");
    routed_assert_info(r, "REDIRECT_COUNT", "0");
    assert_last_request(r, "POST", "/redirect/307", 1);
}

static void a_redirect_to_another_server_is_a_502(void **state)
{
    struct routed *r = *state;
    struct vespa_raw_server *other = vespa_raw_server_start("HTTP/1.1 200 OK\r\n\r\nhello");
    char url[256];
    strcpy(url, "URL=" HOST "/redirect/307?to=");
    strcat(url, vespa_raw_server_url(other));
    routed_easy(r, NULL, COLLECT, FOLLOW, url, PERFORM, NULL);
    routed_assert_reply(r, 502, "worker_not_acceptable", "redirect", NULL);
    assert_int_equal(vespa_raw_server_requests(other), 0);
    vespa_raw_server_stop(other);
}

/* ---- followed -------------------------------------------------------------------------------- */

static void a_redirect_is_followed_by_a_routed_request_of_its_own(void **state)
{
    struct routed *r = *state;
    routed_easy(r, NULL, ASK("/redirect/307?to=self/echo"), FOLLOW, "perform", TELL, NULL);
    vespa_assert_line(&r->result, "result 0");
    vespa_assert_line(&r->result, "body {\"a\":1}");
    routed_assert_header(r, "Location: " HOST "/echo");
    routed_assert_header(r, "HTTP/1.1 200 OK");
    routed_assert_info(r, "RESPONSE_CODE", "200");
    routed_assert_info(r, "EFFECTIVE_URL", HOST "/echo");
    routed_assert_info(r, "EFFECTIVE_METHOD", "POST");
    routed_assert_info(r, "REDIRECT_URL", "(null)");
    routed_assert_info(r, "REDIRECT_COUNT", "1");
    assert_last_request(r, "POST", "/echo", 2);
    assert_int_equal(vespa_json_number(r->stats, "route.count"), 2);
    assert_int_equal(vespa_json_number(r->stats, "workers.0.accepted"), 2);
    /* Another request has an index of its own (protocol.md §3). */
    assert_true(cJSON_IsNull(vespa_json_find(r->stats, "route.calls.1.request_idx")));
}

static void of_a_redirect_that_is_followed_the_head_is_shown_and_not_the_body(void **state)
{
    struct routed *r = *state;
    routed_easy(r, NULL, ASK("/redirect/308?to=/echo"), FOLLOW, "HEADER=1", "perform", TELL, NULL);
    char *body = routed_body(r);
    const char *second = strstr(body, "HTTP/1.1 200 OK");
    assert_int_equal(strncmp(body, "HTTP/1.1 308 ", 13), 0);
    assert_non_null(strstr(body, "Location: /echo"));
    assert_non_null(second);
    assert_int_equal(strncmp(second - 4, "\r\n\r\n", 4), 0);
    assert_null(strstr(body, "elsewhere"));
    free(body);
    assert_last_request(r, "POST", "/echo", 2);
}

static void a_collected_body_goes_along(void **state)
{
    struct routed *r = *state;
    routed_easy(r, NULL, COLLECT, "URL=" HOST "/redirect/307?to=/echo", "POSTFIELDS=NULL", "POST=1",
                "READFUNCTION=small", "body={\"from\":\"a callback\"}", FOLLOW, "perform", NULL);
    vespa_assert_line(&r->result, "body {\"from\":\"a callback\"}");
    assert_last_request(r, "POST", "/echo", 2);
}

/* lib/transfer.c has these rules. */
static void the_method_of_the_next_request_is_libcurls(void **state)
{
    static const struct {
        const char *status, *option, *more, *method;
    } cases[] = {
        {"301", "MAXREDIRS=9", "MAXREDIRS=9", "GET"},
        {"302", "MAXREDIRS=9", "MAXREDIRS=9", "GET"},
        {"303", "MAXREDIRS=9", "MAXREDIRS=9", "GET"},
        {"307", "MAXREDIRS=9", "MAXREDIRS=9", "POST"},
        {"308", "MAXREDIRS=9", "MAXREDIRS=9", "POST"},
        {"301", "POSTREDIR=1", "MAXREDIRS=9", "POST"},
        {"302", "POSTREDIR=1", "MAXREDIRS=9", "GET"},
        {"302", "POSTREDIR=2", "MAXREDIRS=9", "POST"},
        {"303", "POSTREDIR=4", "MAXREDIRS=9", "POST"},
        {"302", "CUSTOMREQUEST=PATCH", "MAXREDIRS=9", "PATCH"},
        {"302", "UPLOAD=1", "READFUNCTION=body", "PUT"},
        {"303", "UPLOAD=1", "READFUNCTION=body", "GET"},
        {"302", "HTTPGET=1", "MAXREDIRS=9", "GET"},
        {"303", "NOBODY=1", "MAXREDIRS=9", "HEAD"},
    };
    struct routed *r = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char url[128] = "URL=" HOST "/redirect/";
        strcat(strcat(url, cases[i].status), "?to=self/inspect");
        vespa_sim_process_reset(r->sim);
        vespa_sim_process_fault(r->sim, "route-worker,worker=0");
        routed_easy(r, NULL, COLLECT, "body={}", cases[i].option, cases[i].more, FOLLOW, url,
                    "perform", TELL, NULL);
        vespa_assert_line(&r->result, "result 0");
        routed_assert_info(r, "RESPONSE_CODE", "200");
        routed_assert_info(r, "EFFECTIVE_METHOD", cases[i].method);
        assert_last_request(r, cases[i].method, "/inspect", 2);
    }
}

static void a_redirect_after_a_worker_that_failed_is_followed(void **state)
{
    struct routed *r = *state;
    vespa_sim_process_fault(r->sim, "worker-status,status=503,count=1");
    routed_easy(r, NULL, ASK("/redirect/307?to=self/echo"), FOLLOW, "perform", TELL, NULL);
    vespa_assert_line(&r->result, "body {\"a\":1}");
    routed_assert_info(r, "REDIRECT_COUNT", "1");
    assert_last_request(r, "POST", "/echo", 3);
}

/* ---- no end ---------------------------------------------------------------------------------- */

#define CIRCLE "HTTP/1.1 307 Again\r\nLocation: /again\r\nContent-Length: 4\r\n\r\nmore"

static void redirects_end_where_the_program_has_set_the_limit(void **state)
{
    struct routed *r = *state;
    routed_raw_worker(r, CIRCLE, 0);
    routed_easy(r, NULL, ASK("/first"), FOLLOW, "MAXREDIRS=3", "perform", TELL, NULL);
    vespa_assert_line(&r->result, "result 47");
    vespa_assert_line(&r->result, "body ");
    vespa_assert_line(&r->result, "error Maximum (3) redirects followed");
    routed_assert_info(r, "RESPONSE_CODE", "307");
    routed_assert_info(r, "REDIRECT_COUNT", "3");
    routed_assert_info(r, "EFFECTIVE_URL", HOST "/again");
    routed_assert_info(r, "REDIRECT_URL", HOST "/again");
    assert_int_equal(vespa_raw_server_requests(r->server), 4);
    routed_easy(r, NULL, ASK("/first"), FOLLOW, "MAXREDIRS=0", "perform", TELL, NULL);
    vespa_assert_line(&r->result, "result 47");
    assert_int_equal(vespa_raw_server_requests(r->server), 5);
}

static void redirects_without_end_are_not_followed_for_ever(void **state)
{
    struct routed *r = *state;
    routed_raw_worker(r, CIRCLE, 0);
    routed_easy(r, NULL, ASK("/first"), FOLLOW, "MAXREDIRS=-1", "perform", TELL, NULL);
    vespa_assert_line(&r->result, "result 47");
    assert_int_equal(vespa_raw_server_requests(r->server), 31);
}

/* The next transfer begins anew: address, method and body are the program's. */
static void a_redirect_leaves_no_trace(void **state)
{
    struct routed *r = *state;
    routed_easy(r, NULL, ASK("/redirect/302?to=self/inspect"), FOLLOW, "perform",
                "FOLLOWLOCATION=0", "perform", TELL, NULL);
    routed_assert_info(r, "RESPONSE_CODE", "302");
    routed_assert_info(r, "REDIRECT_COUNT", "0");
    routed_assert_info(r, "EFFECTIVE_METHOD", "POST");
    assert_last_request(r, "POST", "/redirect/302", 3);
}

int main(void)
{
#define REDIRECT(name) cmocka_unit_test_setup_teardown(name, set_up, routed_tear_down)
    const struct CMUnitTest tests[] = {
        REDIRECT(a_redirect_is_the_answer_of_a_program_that_follows_none),
        REDIRECT(a_redirect_to_another_server_is_a_502),
        REDIRECT(a_redirect_is_followed_by_a_routed_request_of_its_own),
        REDIRECT(of_a_redirect_that_is_followed_the_head_is_shown_and_not_the_body),
        REDIRECT(a_collected_body_goes_along),
        REDIRECT(the_method_of_the_next_request_is_libcurls),
        REDIRECT(a_redirect_after_a_worker_that_failed_is_followed),
        REDIRECT(redirects_end_where_the_program_has_set_the_limit),
        REDIRECT(redirects_without_end_are_not_followed_for_ever),
        REDIRECT(a_redirect_leaves_no_trace),
    };
    return routed_run_both(tests);
}
