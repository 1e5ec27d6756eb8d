/*
 * Whether the values of the option table (shim/option.h) do what they are for: with `during`
 * nothing that an application sets shows in a request, and afterwards `initial` and the
 * application's own values make the same requests as before. Without TLS, so that a server can
 * write down what it sees.
 */
#include "shim/option.h"
#include "tests/support/recording_server.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ANY_LEG (VESPA_LEG_WORKER | VESPA_LEG_CANNED)

static struct recording_server *server;

static const struct vespa_option *by_name(const char *name)
{
    const struct vespa_option *option;
    for (unsigned i = 0; (option = vespa_option_at(i)) != NULL; i++)
        if (strcmp(option->name, name) == 0)
            return option;
    fail_msg("no row for %s", name);
    return NULL;
}

/* ---- a look at what libcurl does -------------------------------------------------------- */

static const char upload[] = "a\nb";

struct watched {
    CURL *easy;
    size_t read; /* of upload */
    char *seen;  /* what the server saw and what came back */
    size_t length;
};

static void note(struct watched *watched, const char *bytes, size_t length)
{
    watched->seen = realloc(watched->seen, watched->length + length + 1);
    assert_non_null(watched->seen);
    memcpy(watched->seen + watched->length, bytes, length);
    watched->length += length;
    watched->seen[watched->length] = '\0';
}

static size_t on_answer(char *bytes, size_t size, size_t count, void *watched)
{
    note(watched, bytes, size * count);
    return size * count;
}

static size_t on_upload(char *bytes, size_t size, size_t count, void *argument)
{
    struct watched *watched = argument;
    size_t left = sizeof upload - 1 - watched->read;
    left = left < size * count ? left : size * count;
    memcpy(bytes, upload + watched->read, left);
    watched->read += left;
    return left;
}

static int on_seek(void *argument, curl_off_t offset, int origin)
{
    struct watched *watched = argument;
    watched->read = (size_t)offset;
    return origin == SEEK_SET ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

static void begin(struct watched *watched)
{
    *watched = (struct watched){.easy = curl_easy_init()};
    assert_non_null(watched->easy);
    curl_easy_setopt(watched->easy, CURLOPT_WRITEFUNCTION, on_answer);
    curl_easy_setopt(watched->easy, CURLOPT_WRITEDATA, watched);
    curl_easy_setopt(watched->easy, CURLOPT_READFUNCTION, on_upload);
    curl_easy_setopt(watched->easy, CURLOPT_READDATA, watched);
    curl_easy_setopt(watched->easy, CURLOPT_SEEKFUNCTION, on_seek);
    curl_easy_setopt(watched->easy, CURLOPT_SEEKDATA, watched);
    curl_easy_setopt(watched->easy, CURLOPT_INFILESIZE, (long)sizeof upload - 1);
    curl_easy_setopt(watched->easy, CURLOPT_EXPECT_100_TIMEOUT_MS, 1L);
    curl_easy_setopt(watched->easy, CURLOPT_TIMEOUT, 5L);
}

static void end(struct watched *watched)
{
    curl_easy_cleanup(watched->easy);
    free(watched->seen);
}

static void request(struct watched *watched, const char *host, const char *path)
{
    char url[200];
    char result[40];
    snprintf(url, sizeof url, "http://%s%s", host, path);
    watched->read = 0;
    curl_easy_setopt(watched->easy, CURLOPT_URL, url);
    int length = snprintf(result, sizeof result, "\n[%s: result %d]\n", path,
                          (int)curl_easy_perform(watched->easy));
    note(watched, result, (size_t)length);
}

/* A round of requests in which nearly every option without TLS shows, and what was seen of it: to
 * be freed. */
static char *look(struct watched *watched)
{
    static const char *const paths[] = {"/first", "/second", "/redirect", "/locked",
                                        "/short", "/alias",  "/ancient"};
    char host[40];
    char proxy[60];
    snprintf(host, sizeof host, "127.0.0.1:%u", recording_server_port(server));
    snprintf(proxy, sizeof proxy, "http://%s", host);
    free(recording_server_take(server));
    watched->length = 0;

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        request(watched, host, paths[i]);
    curl_easy_setopt(watched->easy, CURLOPT_UPLOAD, 1L);
    request(watched, host, "/upload");
    curl_easy_setopt(watched->easy, CURLOPT_HTTPGET, 1L);
    setenv("http_proxy", proxy, 1);
    request(watched, "127.0.0.2:1", "/through-a-proxy");
    unsetenv("http_proxy");

    char *sent = recording_server_take(server);
    note(watched, sent, strlen(sent));
    free(sent);
    char *seen = watched->seen;
    watched->seen = NULL;
    watched->length = 0;
    return seen;
}

static CURLcode set_value(CURL *easy, const struct vespa_option *option, int64_t value)
{
    CURLoption id = (CURLoption)option->id;
    switch (option->type) {
    case VESPA_OPTION_LONG:
        return (curl_easy_setopt)(easy, id, (long)value);
    case VESPA_OPTION_OFF_T:
        return (curl_easy_setopt)(easy, id, (curl_off_t)value);
    case VESPA_OPTION_STRING:
        return (curl_easy_setopt)(easy, id, vespa_option_string(value));
    case VESPA_OPTION_FUNCTION:
        return (curl_easy_setopt)(easy, id, (void (*)(void))NULL);
    case VESPA_OPTION_OBJECT:
    case VESPA_OPTION_BLOB:
        break;
    }
    return (curl_easy_setopt)(easy, id, (void *)NULL);
}

static void initial_is_what_a_fresh_handle_has(void **state)
{
    (void)state;
    struct watched watched;
    begin(&watched);
    char *fresh = look(&watched);
    end(&watched);

    const struct vespa_option *option;
    for (unsigned i = 0; (option = vespa_option_at(i)) != NULL; i++) {
        if (!(option->legs & ANY_LEG))
            continue;
        begin(&watched);
        set_value(watched.easy, option, option->during);
        set_value(watched.easy, option, option->initial);
        char *seen = look(&watched);
        if (strcmp(seen, fresh) != 0)
            fail_msg("%s: a fresh handle\n%s\nset and put back\n%s", option->name, fresh, seen);
        free(seen);
        end(&watched);
    }
    free(fresh);
}

/* The rule of shim/option.h: all rows of a leg, in ascending order. */
static void set_rows(CURL *easy, unsigned legs, int initial)
{
    const struct vespa_option *option;
    for (unsigned i = 0; (option = vespa_option_at(i)) != NULL; i++)
        if (option->legs & legs)
            set_value(easy, option, initial ? option->initial : option->during);
}

struct setting {
    const char *name;
    const char *text; /* of a STRING, or the one entry of a list */
    long number;
};

static char home[] = "/tmp/vespa-home-XXXXXX";
static char netrc[64];

/* What an application sets, in this order; some of it only half in force. (Not TRANSFER_ENCODING:
 * up to 8.14 libcurl goes on sending TE once it has; and not IGNORE_CONTENT_LENGTH, which ends in
 * time-outs.) */
static const struct setting cases[][4] = {
    {{"USERPWD", "a:b", 0}, {"PASSWORD", "c", 0}},
    {{"USERNAME", "x", 0}, {"USERPWD", "a:b", 0}},
    {{"HTTPAUTH", NULL, 2}, {"USERPWD", "a:b", 0}},
    {{"HTTPAUTH", NULL, 64}, {"XOAUTH2_BEARER", "token", 0}, {"USERNAME", "x", 0}},
    {{"NETRC", NULL, 1}},
    {{"NETRC_FILE", netrc, 0}, {"NETRC", NULL, 2}},
    {{"COOKIE", "a=b", 0}},
    {{"REFERER", "http://from.invalid/", 0}},
    {{"FOLLOWLOCATION", NULL, 1}, {"AUTOREFERER", NULL, 1}},
    {{"PORT", NULL, 1}},
    {{"CONNECT_TO", "::127.0.0.1:1", 0}},
    {{"UNIX_SOCKET_PATH", "/nowhere", 0}},
    {{"UNIX_SOCKET_PATH", "/nowhere", 0}, {"ABSTRACT_UNIX_SOCKET", "nowhere", 0}},
    {{"PROTOCOLS", NULL, 2}},
    {{"PROTOCOLS_STR", "https", 0}},
    {{"PROTOCOLS_STR", "http", 0}, {"PROTOCOLS", NULL, 2}},
    {{"HAPROXYPROTOCOL", NULL, 1}},
    {{"HAPROXYPROTOCOL", NULL, 0}, {"HAPROXY_CLIENT_IP", "192.0.2.1", 0}},
    {{"REQUEST_TARGET", "/elsewhere", 0}},
    {{"RANGE", "0-1", 0}},
    {{"RESUME_FROM", NULL, 5}},
    {{"RESUME_FROM_LARGE", NULL, 7}, {"RESUME_FROM", NULL, 3}},
    {{"TIMECONDITION", NULL, 1}, {"TIMEVALUE", NULL, 86400}},
    {{"CRLF", NULL, 1}},
    {{"TRANSFERTEXT", NULL, 1}},
    {{"HTTP_VERSION", NULL, 1}},
    {{"HTTP09_ALLOWED", NULL, 1}},
    {{"HTTP200ALIASES", "OLD", 0}},
    {{"PROXY", "http://127.0.0.1:1", 0}},
    {{"PRE_PROXY", "socks5://127.0.0.1:1", 0}},
    {{"HTTPPROXYTUNNEL", NULL, 1}},
    {{"FRESH_CONNECT", NULL, 1}},
    {{"FORBID_REUSE", NULL, 1}},
};

static CURLcode apply(CURL *easy, const struct setting *setting, struct curl_slist **list)
{
    const struct vespa_option *option = by_name(setting->name);
    CURLoption id = (CURLoption)option->id;
    switch (option->type) {
    case VESPA_OPTION_LONG:
        return (curl_easy_setopt)(easy, id, setting->number);
    case VESPA_OPTION_OFF_T:
        return (curl_easy_setopt)(easy, id, (curl_off_t)setting->number);
    case VESPA_OPTION_STRING:
        return (curl_easy_setopt)(easy, id, setting->text);
    default:
        if (!*list)
            *list = curl_slist_append(NULL, setting->text);
        return (curl_easy_setopt)(easy, id, *list);
    }
}

/* One of the settings may be newer than the linked libcurl: then the case says nothing. */
static int apply_all(CURL *easy, const struct setting *settings, struct curl_slist **list)
{
    for (const struct setting *setting = settings; setting->name; setting++)
        if (apply(easy, setting, list) != CURLE_OK)
            return 0;
    return 1;
}

/* Puts back as the rule says; of the settings, those that are remembered. */
static void put_back(CURL *easy, unsigned leg, const struct setting *settings,
                     struct curl_slist **list)
{
    set_rows(easy, leg, 1);
    for (const struct setting *setting = settings; setting->name; setting++)
        if (by_name(setting->name)->legs & (leg | VESPA_LEG_SPECIAL))
            apply(easy, setting, list);
}

static int case_concerns(const struct setting *settings, unsigned leg)
{
    unsigned legs = 0;
    for (const struct setting *setting = settings; setting->name; setting++)
        legs |= by_name(setting->name)->legs;
    return (legs & leg) != 0;
}

static void check_case(const struct setting *settings, unsigned leg, const char *fresh,
                       const char *untouched_leg)
{
    struct watched watched;
    struct curl_slist *list = NULL;
    begin(&watched);
    if (case_concerns(settings, leg) && apply_all(watched.easy, settings, &list)) {
        char *before = look(&watched);
        set_rows(watched.easy, leg, 0);
        char *during = look(&watched);
        put_back(watched.easy, leg, settings, &list);
        char *after = look(&watched);
        if (strcmp(before, fresh) == 0)
            fail_msg("%s: setting it shows nowhere", settings->name);
        if (strcmp(during, untouched_leg) != 0)
            fail_msg("%s shows on a leg\n%s\ninstead of\n%s", settings->name, during,
                     untouched_leg);
        if (strcmp(before, after) != 0)
            fail_msg("%s: before\n%s\nput back\n%s", settings->name, before, after);
        free(before);
        free(during);
        free(after);
    }
    end(&watched);
    curl_slist_free_all(list);
}

static void check_cases(unsigned leg)
{
    struct watched watched;
    begin(&watched);
    char *fresh = look(&watched);
    set_rows(watched.easy, leg, 0);
    char *untouched_leg = look(&watched);
    end(&watched);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_case(cases[i], leg, fresh, untouched_leg);
    free(fresh);
    free(untouched_leg);
}

static void nothing_of_the_application_shows_on_a_worker_leg_and_all_comes_back(void **state)
{
    (void)state;
    check_cases(VESPA_LEG_WORKER);
}

static void nothing_of_the_application_shows_on_a_canned_leg_and_all_comes_back(void **state)
{
    (void)state;
    check_cases(VESPA_LEG_CANNED);
}

static void a_canned_leg_takes_no_proxy_from_the_environment(void **state)
{
    (void)state;
    struct watched watched;
    begin(&watched);
    set_rows(watched.easy, VESPA_LEG_CANNED, 0);
    char *seen = look(&watched);
    assert_null(strstr(seen, "GET http://"));
    free(seen);
    end(&watched);
}

/* ---- set-up ----------------------------------------------------------------------------- */

static int set_up(void **state)
{
    (void)state;
    static const char *const variables[] = {"http_proxy", "all_proxy", "ALL_PROXY", "no_proxy",
                                            "NO_PROXY"};
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        unsetenv(variables[i]);
    if (!mkdtemp(home))
        return -1;
    setenv("HOME", home, 1);
    snprintf(netrc, sizeof netrc, "%s/.netrc", home);
    int file = open(netrc, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0 || dprintf(file, "machine 127.0.0.1 login n password p\n") < 0)
        return -1;
    close(file);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    server = recording_server_start();
    return server ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(netrc);
    rmdir(home);
    recording_server_stop(server);
    curl_global_cleanup();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(initial_is_what_a_fresh_handle_has),
        cmocka_unit_test(nothing_of_the_application_shows_on_a_worker_leg_and_all_comes_back),
        cmocka_unit_test(nothing_of_the_application_shows_on_a_canned_leg_and_all_comes_back),
        cmocka_unit_test(a_canned_leg_takes_no_proxy_from_the_environment),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
