/*
 * Cookies and HSTS (design.md §2.2): nothing of a worker's stays with the program, none of the
 * program's reaches a worker, and nothing of the program's is lost; with both of libcurl's
 * interfaces. Workers and the program's own server are on one address, so that to libcurl their
 * cookies are each other's.
 */
#include "tests/preload/routed.h"
#include "tests/support/recorder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The line of a cookie file, as CURLOPT_COOKIELIST takes it. */
#define LINE(domain, name) domain "\tFALSE\t/\tFALSE\t0\t" name "\tprograms"
#define ELSEWHERE          LINE("example.com", "elsewhere")
#define HIDDEN             LINE("#HttpOnly_example.com", "hidden")
#define FOR_WORKERS        LINE("127.0.0.1", "here")
#define FOR_WORKERS_TOO    LINE("127.0.0.1", "too")
#define TELL               "say", "cookies", "info=COOKIELIST", "say", "end"

/* What the n-th TELL has printed. The caller frees it. */
static char *told(const struct routed *r, unsigned number)
{
    const char *at = r->result.out;
    for (unsigned i = 0; i < number && at; i++)
        at = strstr(at + (i > 0), "say cookies\n");
    assert_non_null(at);
    at += strlen("say cookies\n");
    const char *end = strstr(at, "say end\n");
    assert_non_null(end);
    return strndup(at, (size_t)(end - at));
}

/* The cookies were the same each time, and some were there. */
static void assert_same_cookies(const struct routed *r, unsigned times)
{
    char *first = told(r, 1);
    assert_string_not_equal(first, "");
    for (unsigned i = 2; i <= times; i++) {
        char *other = told(r, i);
        assert_string_equal(other, first);
        free(other);
    }
    free(first);
}

static void assert_no_cookie_reached_a_worker(struct routed *r, int requests)
{
    routed_stats_of(r, requests);
    char *text = cJSON_PrintUnformatted(r->stats);
    assert_null(strstr(text, "programs"));
    free(text);
    assert_int_equal(routed_worker_requests(r), requests);
}

/* Writes a file of the test's directory; its path is valid until the next call. */
static const char *file(const struct routed *r, const char *name, const char *contents)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", r->directory, name);
    FILE *stream = fopen(path, "w");
    assert_non_null(stream);
    fputs(contents, stream);
    fclose(stream);
    return path;
}

/* ---- a worker's ------------------------------------------------------------------------------ */

static void a_workers_cookies_do_not_stay(void **state)
{
    static const char *const engines[][2] = {
        {"COOKIEFILE=", "MAXREDIRS=1"},
        {"COOKIELIST=" ELSEWHERE, "COOKIEFILE="},
        {"COOKIELIST=" ELSEWHERE, "reset"},
    };
    struct routed *r = *state;
    for (size_t i = 0; i < sizeof engines / sizeof *engines; i++) {
        routed_easy(r, NULL, engines[i][0], engines[i][1], ASK("/headers"), "perform", "perform",
                    TELL, NULL);
        vespa_assert_line(&r->result, "result 0");
        char *cookies = told(r, 1);
        assert_null(strstr(cookies, "127.0.0.1"));
        free(cookies);
    }
}

/* Of an empty share one remains to be seen until the next cookie comes: expired, its value gone. */
static void a_workers_cookies_do_not_stay_in_a_share(void **state)
{
    struct routed *r = *state;
    routed_easy(r, NULL, "share=cookie", "COOKIEFILE=", ASK("/headers"), "perform", TELL,
                "COOKIELIST=" ELSEWHERE, TELL, NULL);
    char *before = told(r, 1);
    char *after = told(r, 2);
    assert_null(strstr(before, "\\x092"));
    assert_null(strstr(after, "127.0.0.1"));
    free(before);
    free(after);
}

static void a_workers_cookies_are_not_written_to_the_jar(void **state)
{
    struct routed *r = *state;
    char jar[256];
    snprintf(jar, sizeof jar, "COOKIEJAR=%s", file(r, "jar", ""));
    routed_easy(r, NULL, jar, "COOKIELIST=" ELSEWHERE, ASK("/headers"), "perform", NULL);
    char *text = routed_file(r, "jar");
    assert_non_null(strstr(text, ELSEWHERE "\n"));
    assert_null(strstr(text, "127.0.0.1"));
    free(text);
}

/* ---- the program's --------------------------------------------------------------------------- */

static void the_programs_cookies_stay_and_reach_no_worker(void **state)
{
    struct routed *r = *state;
    routed_easy(r, NULL, "COOKIELIST=" ELSEWHERE, "COOKIELIST=" HIDDEN, "COOKIELIST=" FOR_WORKERS,
                "COOKIELIST=" FOR_WORKERS_TOO, TELL, ASK("/headers"), "perform", TELL, "perform",
                TELL, NULL);
    assert_same_cookies(r, 3);
    vespa_assert_shows(&r->result, "#HttpOnly_example.com");
    assert_no_cookie_reached_a_worker(r, 2);
}

static void after_a_reset_they_still_reach_no_worker(void **state)
{
    struct routed *r = *state;
    routed_easy(r, NULL, "COOKIELIST=" FOR_WORKERS, TELL, "reset", ASK("/headers"), "perform", TELL,
                NULL);
    assert_same_cookies(r, 2);
    assert_no_cookie_reached_a_worker(r, 1);
}

static void cookies_of_a_share_stay_and_reach_no_worker(void **state)
{
    struct routed *r = *state;
    routed_easy(r, NULL, "share=cookie", "COOKIEFILE=", "COOKIELIST=" FOR_WORKERS,
                "COOKIELIST=" ELSEWHERE, TELL, ASK("/headers"), "perform", TELL, "perform", TELL,
                NULL);
    assert_same_cookies(r, 3);
    assert_no_cookie_reached_a_worker(r, 2);
}

/* libcurl reads the files when a transfer begins, for each duplicate too. */
static void cookies_of_files_stay_and_reach_no_worker(void **state)
{
    struct routed *r = *state;
    struct vespa_recorder *server = vespa_recorder_start();
    char first[256], second[256], url[64];
    snprintf(first, sizeof first, "COOKIEFILE=%s", file(r, "first", FOR_WORKERS "\n"));
    snprintf(second, sizeof second, "COOKIEFILE=%s", file(r, "second", FOR_WORKERS_TOO "\n"));
    snprintf(url, sizeof url, "URL=http://127.0.0.1:%u/ok", vespa_recorder_port(server));
    routed_easy(r, NULL, first, second, ASK("/headers"), "perform", TELL, url, "perform", TELL,
                "dup", url, "perform", TELL, NULL);
    assert_same_cookies(r, 3);
    assert_no_cookie_reached_a_worker(r, 1);
    char *sent = vespa_recorder_take(server, NULL);
    const char *cookies = strstr(sent, "Cookie: ");
    assert_non_null(cookies);
    assert_non_null(strstr(cookies, "here=programs"));
    assert_non_null(strstr(cookies, "too=programs"));
    assert_non_null(strstr(cookies + 1, "Cookie: "));
    free(sent);
    vespa_recorder_stop(server);
}

static void a_cookie_set_in_a_callback_stays(void **state)
{
    struct routed *r = *state;
    routed_easy(r, NULL, "COOKIELIST=" FOR_WORKERS, ASK("/echo"), "in:header:COOKIELIST=" ELSEWHERE,
                "perform", TELL, NULL);
    char *cookies = told(r, 1);
    assert_non_null(strstr(cookies, "here"));
    assert_non_null(strstr(cookies, "elsewhere"));
    free(cookies);
}

/* ---- HSTS ------------------------------------------------------------------------------------ */

static void of_hsts_the_programs_own_stays_and_nothing_else(void **state)
{
    struct routed *r = *state;
    char option[256];
    routed_restart(r, "--tls", NULL);
    snprintf(option, sizeof option, "HSTS=%s",
             file(r, "hsts", "own.example.com \"20991231 00:00:00\"\n"));
    routed_easy(r, NULL, "HSTS_CTRL=1", option, ASK("/headers"), "perform", PERFORM, NULL);
    vespa_assert_line(&r->result, "info RESPONSE_CODE 200");
    vespa_assert_hides(&r->result, "Strict-Transport-Security");
    char *text = routed_file(r, "hsts");
    assert_non_null(strstr(text, "own.example.com \"20991231 00:00:00\""));
    assert_null(strstr(text, "127.0.0.1"));
    assert_null(strstr(text, "vespa.internal"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROUTED(a_workers_cookies_do_not_stay),
        ROUTED(a_workers_cookies_do_not_stay_in_a_share),
        ROUTED(a_workers_cookies_are_not_written_to_the_jar),
        ROUTED(the_programs_cookies_stay_and_reach_no_worker),
        ROUTED(after_a_reset_they_still_reach_no_worker),
        ROUTED(cookies_of_a_share_stay_and_reach_no_worker),
        ROUTED(cookies_of_files_stay_and_reach_no_worker),
        ROUTED(a_cookie_set_in_a_callback_stays),
        ROUTED(of_hsts_the_programs_own_stays_and_nothing_else),
    };
    return routed_run_both(tests);
}
