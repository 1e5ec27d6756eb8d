/*
 * curl_easy_header and curl_easy_nextheader (7.83) tell a program of the headers that its header
 * callback is given, with both of libcurl's interfaces.
 */
#include "tests/preload/routed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
#define COOKIES                                           \
    OK_HEAD "Set-Cookie: a=b\r\nX-Twice: one\r\n"         \
            "strict-transport-security: max-age=1\r\n"    \
            "ALT-SVC: h3=\":443\"\r\nSet-Cookie: c=d\r\n" \
            "X-Twice: two\r\nContent-Length: 5\r\n\r\nhello"
/* CURLHcode, as the program prints it. */
#define BAD_INDEX "get 1\n"
#define MISSING   "get 2\n"

/* An answer of the raw server's own address, which is no virtual host. */
static const char *direct(const struct routed *r)
{
    static char url[128];
    snprintf(url, sizeof url, "%s/path", vespa_raw_server_url(r->server));
    return url;
}

static bool by_multi(const struct routed *r)
{
    return strcmp(r->interface, "interface=multi") == 0;
}

/* What the program printed but for the lines of the header callback. */
static void assert_told(const struct routed *r, const char *expected)
{
    char *told = calloc(1, strlen(r->result.out) + 1);
    if (strstr(r->result.out, "no such functions"))
        skip();
    for (const char *line = r->result.out; *line;) {
        size_t length = strcspn(line, "\n") + 1;
        if (strncmp(line, "line ", strlen("line ")) != 0)
            strncat(told, line, length);
        line += length;
    }
    assert_string_equal(told, expected);
    free(told);
}

#define HEADERS_WITH(r, environment, ...)                                                \
    (by_multi(r) ? routed_program(r, environment, "headers", "multi", __VA_ARGS__, NULL) \
                 : routed_program(r, environment, "headers", __VA_ARGS__, NULL))
#define HEADERS(r, ...) HEADERS_WITH(r, NULL, __VA_ARGS__)

static void what_would_speak_for_the_virtual_host_is_not_there(void **state)
{
    struct routed *r = *state;
    routed_raw_worker(r, COOKIES, 0);
    HEADERS(r, HOST "/path", "next", "get:set-cookie:0", "get:Set-Cookie:1", "get:Set-Cookie:7",
            "get:Alt-Svc:0", "get:Strict-Transport-Security:0");
    assert_told(r, "result 0\nnext Content-Type=text/plain 0/1\nnext X-Twice=one 0/2\n"
                   "next X-Twice=two 1/2\nnext Content-Length=5 0/1\n" MISSING MISSING MISSING
                       MISSING MISSING);
}

static void all_else_is_told_as_without_the_shim(void **state)
{
    struct routed *r = *state;
    routed_raw_worker(r, COOKIES, 0);
    HEADERS(r, HOST "/path", "get:x-twice:0", "get:X-Twice:1", "get:X-Twice:2", "get:X-None:0");
    assert_told(r, "result 0\nget X-Twice=one 0/2\nget X-Twice=two 1/2\n" BAD_INDEX MISSING);
}

/* It keeps the headers. */
static void a_reset_handle_does_not_show_them_either(void **state)
{
    struct routed *r = *state;
    routed_raw_worker(r, COOKIES, 0);
    HEADERS(r, HOST "/path", "reset", "get:Set-Cookie:0");
    if (strstr(r->result.out, "a=b"))
        fail_msg("%s", r->result.out);
}

static void a_cookie_among_the_trailers_is_not_there(void **state)
{
    struct routed *r = *state;
    routed_raw_worker(r,
                      OK_HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 42\r\n"
                              "Set-Cookie: a=b\r\n\r\n",
                      0);
    HEADERS(r, HOST "/path", "get:X-Sum:0", "get:Set-Cookie:0");
    assert_told(r, "result 0\nget X-Sum=42 0/1\n" MISSING);
}

/* Inside the callback too, once it was given the line. */
static void a_location_is_the_one_that_the_program_sees(void **state)
{
    struct routed *r = *state;
    HEADERS(r, "early:Location", HOST "/redirect/302?to=self/echo", "get:location:0", "reset",
            "get:location:0");
    vespa_assert_line(&r->result, "line Location: " HOST "/echo");
    assert_told(r, "get Location=" HOST "/echo 0/1\nresult 0\nget Location=" HOST
                   "/echo 0/1\nget Location=" HOST "/echo 0/1\n");
}

static void a_location_that_leads_elsewhere_is_not_there(void **state)
{
    struct routed *r = *state;
    routed_raw_worker(r,
                      OK_HEAD "Content-Location: http://elsewhere.example/x\r\nLocation: /here\r\n"
                              "Content-Length: 5\r\n\r\nhello",
                      0);
    HEADERS(r, HOST "/path", "next", "get:Content-Location:0");
    assert_told(r, "result 0\nnext Content-Type=text/plain 0/1\nnext Location=/here 0/1\n"
                   "next Content-Length=5 0/1\n" MISSING);
}

static void another_hosts_cookies_are_there(void **state)
{
    struct routed *r = *state;
    routed_raw_worker(r, COOKIES, 0);
    HEADERS(r, HOST "/path", direct(r), "get:Set-Cookie:1", HOST "/path", "get:Set-Cookie:1",
            direct(r), "get:Set-Cookie:1");
    assert_told(r, "result 0\nresult 0\nget Set-Cookie=c=d 1/2\nresult 0\n" MISSING
                   "result 0\nget Set-Cookie=c=d 1/2\n");
}

/* A file in which the raw server is the virtual host, and its own fallback. */
static const char *fallback(const struct routed *r)
{
    static char variable[128];
    snprintf(variable, sizeof variable, "VESPA_CONFIG=%s/config", r->directory);
    FILE *file = fopen(strchr(variable, '=') + 1, "w");
    assert_non_null(file);
    fprintf(file,
            "{\"rules\": [{\"endpoint\": \"my-endpoint\", \"api_key_env\": \"VAST_API_KEY\","
            "\"autoscaler_url\": \"%s\", \"hosts\": [\"%s\"], \"retries\": 0,"
            "\"fallback\": \"origin\"}]}",
            vespa_sim_process_value(r->sim, "VESPA_AUTOSCALER_URL"),
            strstr(vespa_raw_server_url(r->server), "//") + 2);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(strchr(variable, '=') + 1, 0600), 0);
    return variable;
}

static void an_origins_cookies_are_there(void **state)
{
    struct routed *r = *state;
    r->server = vespa_raw_server_start(COOKIES);
    vespa_sim_process_fault(r->sim, "worker-status,status=503");
    HEADERS_WITH(r, ENVIRONMENT(fallback(r), "VAST_ENDPOINT", "VESPA_AUTOSCALER_URL"), direct(r),
                 "get:Set-Cookie:1");
    assert_told(r, "result 0\nget Set-Cookie=c=d 1/2\n");
    routed_stats(r);
    assert_int_equal(routed_worker_requests(r), 1);
}

static void an_answer_of_our_own_shows_all(void **state)
{
    struct routed *r = *state;
    vespa_sim_process_fault(r->sim, "route-status,status=401");
    HEADERS(r, HOST "/path", "get:Content-Type:0", "get:Set-Cookie:0");
    assert_told(r, "result 0\nget Content-Type=application/json 0/1\n" MISSING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROUTED(what_would_speak_for_the_virtual_host_is_not_there),
        ROUTED(all_else_is_told_as_without_the_shim),
        ROUTED(a_reset_handle_does_not_show_them_either),
        ROUTED(a_cookie_among_the_trailers_is_not_there),
        ROUTED(a_location_is_the_one_that_the_program_sees),
        ROUTED(a_location_that_leads_elsewhere_is_not_there),
        ROUTED(another_hosts_cookies_are_there),
        ROUTED(an_origins_cookies_are_there),
        ROUTED(an_answer_of_our_own_shows_all),
    };
    return routed_run_both(tests);
}
