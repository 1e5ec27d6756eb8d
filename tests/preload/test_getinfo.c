/*
 * docs/getinfo.md, row by row: what curl_easy_getinfo tells after a routed request. Rows about the
 * answer and the handle are held to what the same program is told that asks a server directly.
 */
#define CURL_DISABLE_DEPRECATION
#include "tests/preload/routed.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER                                                                               \
    "HTTP/1.1 307 Elsewhere\r\nContent-Type: text/x-told\r\nContent-Length: 5\r\n"           \
    "Last-Modified: Tue, 15 Nov 1994 12:45:26 GMT\r\nRetry-After: 17\r\nLocation: /next\r\n" \
    "WWW-Authenticate: Basic realm=\"r\"\r\n\r\nhello"

/* ---- the table ------------------------------------------------------------------------------- */

/* The compiler names what a newer libcurl has and this has not (-Wswitch). */
static const char *name_of(CURLINFO info)
{
    switch (info) {
#define INFO(name)        \
    case CURLINFO_##name: \
        return #name;
        INFO(EFFECTIVE_URL)
        INFO(RESPONSE_CODE)
        INFO(TOTAL_TIME)
        INFO(NAMELOOKUP_TIME)
        INFO(CONNECT_TIME)
        INFO(PRETRANSFER_TIME)
        INFO(SIZE_UPLOAD)
        INFO(SIZE_UPLOAD_T)
        INFO(SIZE_DOWNLOAD)
        INFO(SIZE_DOWNLOAD_T)
        INFO(SPEED_DOWNLOAD)
        INFO(SPEED_DOWNLOAD_T)
        INFO(SPEED_UPLOAD)
        INFO(SPEED_UPLOAD_T)
        INFO(HEADER_SIZE)
        INFO(REQUEST_SIZE)
        INFO(SSL_VERIFYRESULT)
        INFO(FILETIME)
        INFO(FILETIME_T)
        INFO(CONTENT_LENGTH_DOWNLOAD)
        INFO(CONTENT_LENGTH_DOWNLOAD_T)
        INFO(CONTENT_LENGTH_UPLOAD)
        INFO(CONTENT_LENGTH_UPLOAD_T)
        INFO(STARTTRANSFER_TIME)
        INFO(CONTENT_TYPE)
        INFO(REDIRECT_TIME)
        INFO(REDIRECT_COUNT)
        INFO(PRIVATE)
        INFO(HTTP_CONNECTCODE)
        INFO(HTTPAUTH_AVAIL)
        INFO(PROXYAUTH_AVAIL)
        INFO(OS_ERRNO)
        INFO(NUM_CONNECTS)
        INFO(SSL_ENGINES)
        INFO(COOKIELIST)
        INFO(LASTSOCKET)
        INFO(FTP_ENTRY_PATH)
        INFO(REDIRECT_URL)
        INFO(PRIMARY_IP)
        INFO(APPCONNECT_TIME)
        INFO(CERTINFO)
        INFO(CONDITION_UNMET)
        INFO(RTSP_SESSION_ID)
        INFO(RTSP_CLIENT_CSEQ)
        INFO(RTSP_SERVER_CSEQ)
        INFO(RTSP_CSEQ_RECV)
        INFO(PRIMARY_PORT)
        INFO(LOCAL_IP)
        INFO(LOCAL_PORT)
        INFO(TLS_SESSION)
        INFO(ACTIVESOCKET)
        INFO(TLS_SSL_PTR)
        INFO(HTTP_VERSION)
        INFO(PROXY_SSL_VERIFYRESULT)
        INFO(PROTOCOL)
        INFO(SCHEME)
        INFO(TOTAL_TIME_T)
        INFO(NAMELOOKUP_TIME_T)
        INFO(CONNECT_TIME_T)
        INFO(PRETRANSFER_TIME_T)
        INFO(STARTTRANSFER_TIME_T)
        INFO(REDIRECT_TIME_T)
        INFO(APPCONNECT_TIME_T)
        INFO(RETRY_AFTER)
        INFO(EFFECTIVE_METHOD)
        INFO(PROXY_ERROR)
#if LIBCURL_VERSION_NUM >= 0x074c00
        INFO(REFERER)
#endif
#if LIBCURL_VERSION_NUM >= 0x075400
        INFO(CAINFO)
        INFO(CAPATH)
#endif
#if LIBCURL_VERSION_NUM >= 0x080200
        INFO(XFER_ID)
        INFO(CONN_ID)
#endif
#if LIBCURL_VERSION_NUM >= 0x080600
        INFO(QUEUE_TIME_T)
#endif
#if LIBCURL_VERSION_NUM >= 0x080700
        INFO(USED_PROXY)
#endif
#if LIBCURL_VERSION_NUM >= 0x080a00
        INFO(POSTTRANSFER_TIME_T)
#endif
#if LIBCURL_VERSION_NUM >= 0x080b00
        INFO(EARLYDATA_SENT_T)
#endif
#if LIBCURL_VERSION_NUM >= 0x080c00
        INFO(HTTPAUTH_USED)
        INFO(PROXYAUTH_USED)
#endif
#undef INFO
    case CURLINFO_NONE:
    case CURLINFO_LASTONE:
        break;
    }
    return NULL;
}

struct row {
    char name[32];
    char shows[16];
};

struct table {
    struct row rows[128];
    size_t count;
};

static struct table read_table(void)
{
    struct table table = {.count = 0};
    char line[512];
    FILE *file = fopen("docs/getinfo.md", "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        struct row *row = &table.rows[table.count];
        assert_true(table.count < sizeof table.rows / sizeof *table.rows);
        if (sscanf(line, "| `%31[A-Z0-9_]` | %15[a-z] |", row->name, row->shows) == 2)
            table.count++;
    }
    fclose(file);
    return table;
}

static const struct row *find(const struct table *table, const char *name)
{
    for (size_t i = 0; i < table->count; i++)
        if (strcmp(table->rows[i].name, name) == 0)
            return &table->rows[i];
    return NULL;
}

static void each_info_has_a_row(void **state)
{
    (void)state;
    struct table table = read_table();
    unsigned known = 0;
    for (int type = CURLINFO_STRING; type <= CURLINFO_OFF_T; type += CURLINFO_STRING)
        for (int number = 1; number <= CURLINFO_LASTONE; number++) {
            const char *name = name_of((CURLINFO)(type + number));
            known += name != NULL;
            if (name && !find(&table, name))
                fail_msg("docs/getinfo.md says nothing of CURLINFO_%s", name);
        }
    assert_true(known > 60);
}

/* ---- what they show -------------------------------------------------------------------------- */

static bool cannot_be_printed(const char *name)
{
    static const char *const pointers[] = {"CERTINFO", "TLS_SESSION", "TLS_SSL_PTR"};
    for (size_t i = 0; i < sizeof pointers / sizeof *pointers; i++)
        if (strcmp(pointers[i], name) == 0)
            return true;
    for (int type = CURLINFO_STRING; type <= CURLINFO_OFF_T; type += CURLINFO_STRING)
        for (int number = 1; number <= CURLINFO_LASTONE; number++) {
            const char *known = name_of((CURLINFO)(type + number));
            if (known && strcmp(known, name) == 0)
                return false;
        }
    return true; /* newer than this libcurl */
}

/* "info=…" of all rows; the caller frees it. */
static char *ask_for_all(const struct table *table)
{
    char *action = calloc(1, 4096);
    strcpy(action, "info=");
    for (size_t i = 0; i < table->count; i++)
        if (!cannot_be_printed(table->rows[i].name))
            strcat(strcat(action, table->rows[i].name), ",");
    action[strlen(action) - 1] = '\0';
    return action;
}

/* All lines of one info; the caller frees them. */
static char *lines_of(const char *output, const char *name)
{
    char label[64];
    char *lines = calloc(1, strlen(output) + 1);
    snprintf(label, sizeof label, "info %s ", name);
    for (const char *at = output; (at = strstr(at, label)) != NULL; at++)
        strncat(lines, at, strcspn(at, "\n"));
    return lines;
}

#define SETTINGS                                                                            \
    "COOKIELIST=example.com\tFALSE\t/\tFALSE\t0\ta\tb", "FILETIME=1", "PRIVATE=mine",       \
        "REFERER=http://referer.example/", "WRITEFUNCTION=collect", "POSTFIELDS={\"a\":1}", \
        "CUSTOMREQUEST=PATCH", "TIMECONDITION=1", "TIMEVALUE=86400"

static void check_same(const struct table *table, const char *plain, const char *routed)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct row *row = &table->rows[i];
        if (strcmp(row->shows, "worker") == 0 || strcmp(row->shows, "request") == 0)
            continue;
        char *expected = lines_of(plain, row->name);
        char *told = lines_of(routed, row->name);
        if (strcmp(expected, told) != 0)
            fail_msg("%s: «%s» instead of «%s»", row->name, told, expected);
        free(expected);
        free(told);
    }
}

static void rows_of_answer_and_handle_are_those_of_a_server_asked_directly(void **state)
{
    struct routed *r = *state;
    struct table table = read_table();
    char *all = ask_for_all(&table);
    char url[128];
    routed_raw_worker(r, ANSWER, 0);
    snprintf(url, sizeof url, "URL=%s/path?q=1", vespa_raw_server_url(r->server));
    struct vespa_program_result plain =
        vespa_plain_easy(SETTINGS, r->interface, url, "perform", all, NULL);
    routed_easy(r, NULL, SETTINGS, "URL=" HOST "/path?q=1", "perform", all, NULL);
    vespa_assert_line(&plain, "info RESPONSE_CODE 307");
    check_same(&table, plain.out, r->result.out);
    vespa_program_result_free(&plain);
    free(all);
}

/* Each "request" row once, with a wait that the times have to cover. */
static void rows_of_the_request_are_the_programs_own(void **state)
{
    static const char *const seen[] = {
        "EFFECTIVE_METHOD", "EFFECTIVE_URL", "PROTOCOL", "REDIRECT_COUNT", "REDIRECT_TIME",
        "REDIRECT_TIME_T",  "REDIRECT_URL",  "SCHEME",   "TOTAL_TIME",     "TOTAL_TIME_T"};
    struct routed *r = *state;
    struct table table = read_table();
    char *all = ask_for_all(&table);
    size_t requests = 0;
    for (size_t i = 0; i < table.count; i++)
        requests += strcmp(table.rows[i].shows, "request") == 0;
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++)
        assert_string_equal(find(&table, seen[i])->shows, "request");
    assert_int_equal(requests, sizeof seen / sizeof *seen);
    routed_raw_worker(r, ANSWER, 0);
    vespa_sim_process_fault(r->sim, "route-slow,ms=150");
    routed_easy(r, NULL, SETTINGS, "URL=https://my-endpoint.vespa.internal/path?q=1", "perform",
                all, NULL);
    routed_assert_info(r, "EFFECTIVE_METHOD", "PATCH");
    routed_assert_info(r, "EFFECTIVE_URL", "https://my-endpoint.vespa.internal/path?q=1");
    routed_assert_info(r, "REDIRECT_COUNT", "0");
    routed_assert_info(r, "REDIRECT_TIME_T", "0");
    routed_assert_info(r, "REDIRECT_TIME", "0.000000");
    routed_assert_info(r, "REDIRECT_URL", "https://my-endpoint.vespa.internal/next");
    assert_int_equal(strcasecmp(routed_info(r, "SCHEME"), "https"), 0);
    routed_assert_info(r, "PROTOCOL", "2");
    assert_true(atol(routed_info(r, "TOTAL_TIME_T")) >= 150000);
    assert_true(atof(routed_info(r, "TOTAL_TIME")) >= 0.150);
    free(all);
}

/* Where the worker is, and what it was sent. */
static void rows_of_the_worker_are_of_the_leg_to_it(void **state)
{
    struct routed *r = *state;
    struct table table = read_table();
    char *all = ask_for_all(&table);
    char length[32];
    vespa_sim_process_fault(r->sim, "route-worker,worker=0");
    routed_easy(r, NULL, SETTINGS, "URL=" HOST "/echo", "perform", all, "perform", all, NULL);
    routed_stats(r);
    snprintf(length, sizeof length, "%.0f",
             vespa_json_number(r->stats, "workers.0.requests.-1.body_length"));
    routed_assert_info(r, "PRIMARY_IP", "127.0.0.1");
    routed_assert_info(r, "PRIMARY_PORT", strrchr(vespa_sim_process_worker(r->sim, 0), ':') + 1);
    routed_assert_info(r, "SIZE_UPLOAD_T", length);
    routed_assert_info(r, "CONTENT_LENGTH_UPLOAD_T", length);
    routed_assert_info(r, "NUM_CONNECTS", "0");
    free(all);
}

static void an_answer_of_our_own_is_shown_as_a_workers_would_be(void **state)
{
    struct routed *r = *state;
    struct table table = read_table();
    char *all = ask_for_all(&table);
    routed_easy(r, NULL, SETTINGS, "POSTFIELDS=no json", "URL=" HOST "/echo?q=1", "perform", all,
                NULL);
    char *body = routed_body(r);
    char length[32];
    snprintf(length, sizeof length, "%zu", strlen(body));
    free(body);
    routed_assert_info(r, "RESPONSE_CODE", "400");
    routed_assert_info(r, "CONTENT_TYPE", "application/json");
    routed_assert_info(r, "CONTENT_LENGTH_DOWNLOAD_T", length);
    routed_assert_info(r, "SIZE_DOWNLOAD_T", length);
    routed_assert_info(r, "EFFECTIVE_URL", HOST "/echo?q=1");
    routed_assert_info(r, "EFFECTIVE_METHOD", "PATCH");
    routed_assert_info(r, "PRIMARY_IP", "");
    routed_assert_info(r, "REDIRECT_URL", "(null)");
    routed_assert_info(r, "REFERER", "http://referer.example/");
    free(all);
}

static void a_request_without_an_answer_has_no_status(void **state)
{
    struct routed *r = *state;
    routed_easy(r, NULL, SETTINGS, "URL=" HOST "/echo", "perform", "POSTFIELDS={}",
                "XFERINFOFUNCTION=abort", "NOPROGRESS=0", "URL=" HOST "/cold", "TIMEOUT_MS=0",
                "perform", "info=RESPONSE_CODE,EFFECTIVE_URL,CONTENT_TYPE", NULL);
    vespa_assert_line(&r->result, "result 42");
    routed_assert_info(r, "RESPONSE_CODE", "0");
    routed_assert_info(r, "EFFECTIVE_URL", HOST "/cold");
    routed_assert_info(r, "CONTENT_TYPE", "(null)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROUTED(each_info_has_a_row),
        ROUTED(rows_of_answer_and_handle_are_those_of_a_server_asked_directly),
        ROUTED(rows_of_the_request_are_the_programs_own),
        ROUTED(rows_of_the_worker_are_of_the_leg_to_it),
        ROUTED(an_answer_of_our_own_is_shown_as_a_workers_would_be),
        ROUTED(a_request_without_an_answer_has_no_status),
    };
    return routed_run_both(tests);
}
