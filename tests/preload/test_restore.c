/*
 * Options come back: each row of the option table that a leg touches or that is remembered, alone
 * and together, with a routed transfer and an answer of the shim's own in between, on the handle
 * and on its duplicate. The same program without the shim is the measure.
 */
#include "tests/preload/comparison.h"

#include <curl/curl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- rows -------------------------------------------------------------------------------------
 */

enum row_type { LONG, OFF_T, STRING, OBJECT, FUNCTION, BLOB };
enum row_legs {
    NONE,
    WORKER,
    CANNED,
    WORKER_CANNED,
    AUTOSCALER,
    CANNED_AUTOSCALER,
    SPECIAL,
};

struct row {
    const char *name;
    unsigned number;
    enum row_type type;
    enum row_legs legs;
};

static const struct row rows[] = {
#define OPTION(name, number, type, class, legs, during, initial) {#name, number, type, legs},
#include "shim/option_table.h"
#undef OPTION
};

static bool is_known_to_libcurl(const struct row *row)
{
    const struct curl_easyoption *option = curl_easy_option_by_name(row->name);
    return option && (unsigned)option->id % 10000 == row->number;
}

/* ---- telling values ---------------------------------------------------------------------------
 */

/* What of a case can be expected. */
enum {
    UNSEEN = 1,   /* no request of these tests shows it */
    ALONE = 2,    /* with it, ordinary requests fail or say little: not for the combination */
    MAY_FAIL = 4, /* and so may the routed one */
    ONCE = 8      /* libcurl 7.88.1 goes wrong with it on a second transfer or on a duplicate; or it
                     takes its time, and is no option that a leg overrides */
};

struct telling {
    const char *name;
    const char *settings[6];
    int flags;
    const char *look; /* the one action in which it shows; NULL: "look" and "upload" */
};

#define USER "USERPWD=user-" MARKER ":password-" MARKER

static const struct telling tellings[] = {
    {"DEFAULT_PROTOCOL", {"DEFAULT_PROTOCOL=https"}, 0, NULL},
    {"CUSTOMREQUEST", {"CUSTOMREQUEST=DELETE"}, 0, NULL},
    {"HTTPGET", {"POST=1", "HTTPGET=1"}, UNSEEN, NULL},
    {"NOBODY", {"NOBODY=1"}, 0, "look"},
    {"POST", {"POST=1"}, 0, "look"},
    {"PUT", {"PUT=1", "INFILESIZE=-1"}, 0, "look"},
    {"UPLOAD", {"UPLOAD=1"}, 0, "look"},
    {"POSTFIELDS", {"POSTFIELDS={\"x\":1}"}, 0, "look"},
    {"COPYPOSTFIELDS", {"POSTFIELDSIZE=7", "COPYPOSTFIELDS={\"y\":2}"}, 0, "look"},
    {"POSTFIELDSIZE", {"POSTFIELDS={\"x\":1}more", "POSTFIELDSIZE=7"}, 0, "look"},
    {"POSTFIELDSIZE_LARGE", {"POSTFIELDSIZE_LARGE=7", "COPYPOSTFIELDS={\"x\":1}more"}, 0, "look"},
    {"INFILESIZE", {"INFILESIZE=5"}, 0, NULL},
    {"INFILESIZE_LARGE", {"INFILESIZE_LARGE=6"}, 0, NULL},
    {"HTTPPOST", {"form=part=contents"}, 0, "look"},
    {"MIMEPOST", {"mime=part=contents"}, 0, "look"},
    {"HTTPHEADER",
     {"HTTPHEADER=X-Tell: " MARKER "|Authorization: Bearer " MARKER "|Accept:|X-Empty;"},
     0,
     NULL},

    {"WRITEFUNCTION", {"WRITEFUNCTION=tell", "WRITEDATA=x"}, 0, NULL},
    {"WRITEDATA", {"WRITEFUNCTION=tell", "WRITEDATA=data"}, 0, NULL},
    {"HEADERFUNCTION", {"HEADERFUNCTION=tell"}, 0, NULL},
    {"HEADERDATA", {"HEADERFUNCTION=tell", "HEADERDATA=data"}, 0, NULL},
    {"READFUNCTION", {"READFUNCTION=tell"}, 0, NULL},
    {"READDATA", {"READFUNCTION=tell", "READDATA=data"}, 0, NULL},
    {"SEEKFUNCTION", {"SEEKFUNCTION=tell"}, UNSEEN, NULL},
    {"SEEKDATA", {"SEEKFUNCTION=tell", "SEEKDATA=data"}, UNSEEN, NULL},
    {"IOCTLFUNCTION", {"IOCTLFUNCTION=tell"}, UNSEEN, NULL},
    {"IOCTLDATA", {"IOCTLFUNCTION=tell", "IOCTLDATA=data"}, UNSEEN, NULL},
    {"NOPROGRESS", {"XFERINFOFUNCTION=tell", "NOPROGRESS=0"}, 0, NULL},
    {"PROGRESSFUNCTION", {"PROGRESSFUNCTION=tell", "NOPROGRESS=0"}, 0, NULL},
    {"XFERINFOFUNCTION", {"XFERINFOFUNCTION=tell", "NOPROGRESS=0"}, 0, NULL},
    {"XFERINFODATA", {"XFERINFOFUNCTION=tell", "XFERINFODATA=data", "NOPROGRESS=0"}, 0, NULL},
    {"OPENSOCKETFUNCTION", {"OPENSOCKETFUNCTION=tell"}, 0, NULL},
    {"OPENSOCKETDATA", {"OPENSOCKETFUNCTION=tell", "OPENSOCKETDATA=data"}, 0, NULL},

    {"USERPWD", {USER}, 0, NULL},
    {"USERNAME", {"USERNAME=user-" MARKER}, 0, NULL},
    {"PASSWORD", {"PASSWORD=password-" MARKER, "USERNAME=user-" MARKER}, 0, NULL},
    {"LOGIN_OPTIONS", {"LOGIN_OPTIONS=AUTH=" MARKER}, UNSEEN, NULL},
    {"XOAUTH2_BEARER", {"XOAUTH2_BEARER=" MARKER, "HTTPAUTH=64"}, 0, NULL},
    {"HTTPAUTH", {"HTTPAUTH=2", USER}, 0, NULL},
    {"AWS_SIGV4",
     {"AWS_SIGV4=aws:amz:region:service", USER, "HTTPHEADER=X-Amz-Date: 20200101T000000Z"},
     ONCE,
     "visit:/signed"},
    {"NETRC", {"NETRC=1"}, 0, NULL},
    {"NETRC_FILE", {"NETRC_FILE=%D/.netrc", "NETRC=2"}, 0, NULL},
    {"COOKIE", {"COOKIE=tell=" MARKER}, 0, NULL},
    {"REFERER", {"REFERER=http://" MARKER ".invalid/"}, 0, NULL},
    {"AUTOREFERER", {"AUTOREFERER=1", "FOLLOWLOCATION=1"}, 0, "redirect"},
    {"UNRESTRICTED_AUTH", {"UNRESTRICTED_AUTH=1", "FOLLOWLOCATION=1", USER}, 0, NULL},
    {"TLSAUTH_TYPE", {"TLSAUTH_TYPE=SRP"}, UNSEEN, NULL},

    {"PORT", {"PORT=1"}, ALONE, NULL},
    {"CONNECT_TO", {"CONNECT_TO=::127.0.0.2:1"}, ALONE, NULL},
    {"UNIX_SOCKET_PATH", {"UNIX_SOCKET_PATH=/nowhere"}, ALONE, NULL},
    {"ABSTRACT_UNIX_SOCKET", {"ABSTRACT_UNIX_SOCKET=nowhere"}, ALONE, NULL},
    {"RESOLVE", {"RESOLVE=localhost:%P:127.0.0.2"}, 0, "visit:http://localhost:%P/resolved"},
    {"PROTOCOLS", {"PROTOCOLS=2"}, ALONE, NULL},
    {"PROTOCOLS_STR", {"PROTOCOLS_STR=https"}, ALONE, NULL},
    {"FOLLOWLOCATION", {"FOLLOWLOCATION=1"}, 0, NULL},
    {"HAPROXYPROTOCOL", {"HAPROXYPROTOCOL=1"}, 0, NULL},
    {"HAPROXY_CLIENT_IP", {"HAPROXY_CLIENT_IP=192.0.2.1"}, 0, NULL},
    {"CONNECT_ONLY", {"CONNECT_ONLY=1"}, ALONE | MAY_FAIL, NULL},
    {"REQUEST_TARGET", {"REQUEST_TARGET=/inspect?other"}, ALONE, NULL},
    {"RANGE", {"RANGE=0-1"}, 0, NULL},
    {"RESUME_FROM", {"RESUME_FROM=5"}, ALONE, "look"},
    {"RESUME_FROM_LARGE", {"RESUME_FROM_LARGE=7"}, ALONE, "look"},
    {"TIMECONDITION", {"TIMECONDITION=1", "TIMEVALUE=86400"}, 0, NULL},
    {"CRLF", {"CRLF=1"}, 0, NULL},
    {"TRANSFERTEXT", {"TRANSFERTEXT=1"}, 0, NULL},
    {"TRAILERFUNCTION",
     {"TRAILERFUNCTION=tell", "TRAILERDATA=data", "INFILESIZE=-1"},
     ALONE | ONCE,
     "upload"},
    {"HTTP_VERSION", {"HTTP_VERSION=1"}, 0, "look"},
    {"HTTP200ALIASES", {"HTTP200ALIASES=OLD"}, 0, NULL},
    {"IGNORE_CONTENT_LENGTH", {"IGNORE_CONTENT_LENGTH=1"}, ALONE, "visit:/short"},
    {"HEADEROPT", {"HEADEROPT=0"}, UNSEEN, NULL},
    {"SSL_VERIFYPEER", {"SSL_VERIFYPEER=0"}, UNSEEN, NULL},
    {"SSL_VERIFYHOST", {"SSL_VERIFYHOST=0"}, UNSEEN, NULL},
    {"SSL_CTX_FUNCTION", {"SSL_CTX_FUNCTION=tell"}, UNSEEN, NULL},

    {"USERAGENT", {"USERAGENT=told"}, 0, NULL}, /* for workers too, as is the next */
    {"ACCEPT_ENCODING", {"ACCEPT_ENCODING=gzip"}, 0, NULL},
    {"PATH_AS_IS", {"PATH_AS_IS=1"}, 0, NULL},
    {"ERRORBUFFER", {"ERRORBUFFER=own"}, 0, NULL},
    {"COOKIEFILE", {"COOKIEFILE=%D/no-cookies"}, UNSEEN, NULL},
    {"COOKIEJAR", {"COOKIEJAR=%D/jar"}, UNSEEN, NULL},
    {"COOKIELIST", {"COOKIELIST=Set-Cookie: tell=" MARKER "; domain=127.0.0.1"}, 0, NULL},
    {"SHARE",
     {"share=cookie", "COOKIEFILE=", "COOKIELIST=Set-Cookie: tell=" MARKER "; domain=127.0.0.1"},
     0,
     NULL},
    {"TIMEOUT", {"TIMEOUT=1"}, ALONE | MAY_FAIL | ONCE, "visit:/silent"},
    {"TIMEOUT_MS", {"TIMEOUT_MS=300"}, ALONE | MAY_FAIL, "visit:/silent"},
    {"CONNECTTIMEOUT", {"CONNECTTIMEOUT=30"}, UNSEEN, NULL},
    {"CONNECTTIMEOUT_MS", {"CONNECTTIMEOUT_MS=30000"}, UNSEEN, NULL},
    {"LOW_SPEED_LIMIT",
     {"LOW_SPEED_LIMIT=1", "LOW_SPEED_TIME=1"},
     ALONE | MAY_FAIL | ONCE,
     "visit:/silent"},
    {"LOW_SPEED_TIME", {"LOW_SPEED_TIME=30"}, UNSEEN, NULL},
    {"MAX_RECV_SPEED_LARGE", {"MAX_RECV_SPEED_LARGE=1000000"}, UNSEEN, NULL},
    {"MAX_SEND_SPEED_LARGE", {"MAX_SEND_SPEED_LARGE=1000000"}, UNSEEN, NULL},
    {"SOCKOPTFUNCTION", {"SOCKOPTFUNCTION=tell", "SOCKOPTDATA=data"}, 0, NULL},
    {"CLOSESOCKETFUNCTION", {"CLOSESOCKETFUNCTION=tell", "CLOSESOCKETDATA=data"}, 0, NULL},
    {"PREREQFUNCTION", {"PREREQFUNCTION=tell", "PREREQDATA=data"}, 0, NULL},
    {"SOCKOPTDATA", {"SOCKOPTFUNCTION=tell", "SOCKOPTDATA=data"}, 0, NULL},
    {"CLOSESOCKETDATA", {"CLOSESOCKETFUNCTION=tell", "CLOSESOCKETDATA=data"}, 0, NULL},
    {"PREREQDATA", {"PREREQFUNCTION=tell", "PREREQDATA=data"}, 0, NULL},
    {"RESOLVER_START_FUNCTION",
     {"RESOLVER_START_FUNCTION=tell", "RESOLVER_START_DATA=data"},
     ALONE,
     "visit:http://localhost:%P/resolved"},
    {"INTERFACE", {"INTERFACE=127.0.0.1"}, UNSEEN, NULL},
    {"PROXY", {"PROXY=http://127.0.0.2:1", "NOPROXY=127.0.0.1"}, 0, NULL},
    {"PRE_PROXY", {"PRE_PROXY=socks5://127.0.0.2:1", "NOPROXY=127.0.0.1"}, 0, NULL},
    {"HTTPPROXYTUNNEL", {"HTTPPROXYTUNNEL=1"}, ALONE, NULL},
    {"NOPROXY", {"NOPROXY=127.0.0.1,127.0.0.2"}, 0, NULL},
    {"PROXYUSERPWD", {"PROXYUSERPWD=proxy-" MARKER ":x"}, 0, NULL},
    {"PROXYUSERNAME", {"PROXYUSERNAME=proxy-" MARKER}, 0, NULL},
    {"PROXYPASSWORD", {"PROXYPASSWORD=proxy-" MARKER, "PROXYUSERNAME=u"}, 0, NULL},
    {"PROXYHEADER", {"PROXYHEADER=X-Proxy: " MARKER, "HEADEROPT=1"}, 0, NULL},
    {"PROXYAUTH", {"PROXYAUTH=2", "PROXYUSERPWD=proxy-" MARKER ":x"}, UNSEEN, NULL},
    {"PROXYPORT", {"PROXYPORT=9"}, UNSEEN, NULL},
    {"PROXYTYPE", {"PROXYTYPE=1"}, UNSEEN, NULL},
    {"SSL_OPTIONS", {"SSL_OPTIONS=2"}, UNSEEN, NULL},
    {"TCP_KEEPIDLE", {"TCP_KEEPIDLE=30"}, UNSEEN, NULL},
    {"HTTPSIG_ALGORITHM", {"HTTPSIG_ALGORITHM=0"}, UNSEEN, NULL},
};

/* Rows whose setting is what every case does anyway, or that go with another. */
static const char *const passed_over[] = {"URL", "CURLU"};

static bool is_passed_over(const struct row *row)
{
    for (size_t i = 0; i < sizeof passed_over / sizeof *passed_over; i++)
        if (strcmp(row->name, passed_over[i]) == 0)
            return true;
    return row->legs == NONE || !is_known_to_libcurl(row);
}

static const struct telling *telling_of(const struct row *row)
{
    for (size_t i = 0; i < sizeof tellings / sizeof *tellings; i++)
        if (strcmp(tellings[i].name, row->name) == 0)
            return &tellings[i];
    return NULL;
}

/* What a row without an entry is set to: numbers 1, strings a file that is not there. None of them
 * shows without TLS, without a name to be resolved or a proxy that wants TLS. */
static struct telling any_value(const struct row *row, char setting[256])
{
    bool visible =
        strcmp(row->name, "HEADER") == 0 || strcmp(row->name, "FAILONERROR") == 0 ||
        strcmp(row->name, "FRESH_CONNECT") == 0 || strcmp(row->name, "FORBID_REUSE") == 0 ||
        strcmp(row->name, "HTTP09_ALLOWED") == 0 || strcmp(row->name, "TRANSFER_ENCODING") == 0 ||
        strcmp(row->name, "DISALLOW_USERNAME_IN_URL") == 0;
    struct telling telling = {.name = row->name, .flags = visible ? 0 : UNSEEN};
    if (row->type == OBJECT || row->type == FUNCTION)
        fail_msg("%s has no telling value", row->name);
    snprintf(setting, 256, "%s=%s", row->name,
             row->type == LONG || row->type == OFF_T ? "1" : "/nowhere/" MARKER);
    telling.settings[0] = setting;
    return telling;
}

/* ---- cases ------------------------------------------------------------------------------------
 */

/* What all cases begin with. The body is JSON that CRLF would change. */
#define BASE "READFUNCTION=body", "body={\"a\":\n1}", "INFILESIZE=8", "SEEKFUNCTION=body"

struct actions {
    const char *list[256];
    size_t count;
};

static void add(struct actions *actions, const char *action)
{
    assert_true(actions->count + 1 < sizeof actions->list / sizeof *actions->list);
    actions->list[actions->count++] = action;
    actions->list[actions->count] = NULL;
}

static void add_all(struct actions *actions, const char *const *list)
{
    for (; *list; list++)
        add(actions, *list);
}

static void add_look(struct actions *actions, const struct telling *telling)
{
    add(actions, telling->look ? telling->look : "look");
    if (telling->look)
        return;
    add(actions, "upload");
}

/* Ordinary ones after a routed one, after an answer of the shim's own, and on a duplicate. */
static void add_transfers(struct actions *actions, const struct telling *telling)
{
    const char *routed = telling->flags & MAY_FAIL ? "attempt:/inspect" : "routed";
    add(actions, routed);
    add_look(actions, telling);
    if (telling->flags & ONCE)
        return;
    add(actions, telling->flags & MAY_FAIL ? "attempt:/inspect" : "canned");
    add_look(actions, telling);
    add(actions, "dup");
    add_look(actions, telling);
    add(actions, routed);
    add_look(actions, telling);
}

static void check(struct comparison *comparison, const struct telling *telling)
{
    struct actions actions = {.count = 0};
    struct actions bare = {.count = 0};
    struct actions set = {.count = 0};
    add_all(&actions, ACTIONS(BASE));
    add_all(&actions, telling->settings);
    add_transfers(&actions, telling);
    comparison_check(comparison, telling->name, actions.list);

    /* A value that shows nowhere would be no test. */
    add_all(&bare, ACTIONS(BASE));
    add_look(&bare, telling);
    add_all(&set, ACTIONS(BASE));
    add_all(&set, telling->settings);
    add_look(&set, telling);
    if (telling->flags & UNSEEN || strstr(telling->look ? telling->look : "", "/silent"))
        return;
    char *without = comparison_plain(comparison, bare.list);
    char *with = comparison_plain(comparison, set.list);
    if (strcmp(without, with) == 0)
        fail_msg("%s shows nowhere:\n%s", telling->name, with);
    free(without);
    free(with);
}

static void each_option_alone_comes_back(void **state)
{
    const char *only = getenv("VESPA_TEST_OPTION");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char setting[256];
        const struct telling *telling = telling_of(&rows[i]);
        if (is_passed_over(&rows[i]) || (only && strcmp(only, rows[i].name) != 0))
            continue;
        struct telling any = telling ? *telling : any_value(&rows[i], setting);
        check(*state, &any);
    }
}

/* Of options that exclude each other the last in the table counts; all are put back all the same.
 */
static void all_options_together_come_back(void **state)
{
    struct actions actions = {.count = 0};
    static char settings[sizeof rows / sizeof *rows][256];
    add_all(&actions, ACTIONS(BASE));
    static const char *const left_out[] = {"NOBODY",        "POST",
                                           "PUT",           "UPLOAD",
                                           "HTTPPOST",      "MIMEPOST",
                                           "RESOLVE",       "AWS_SIGV4",
                                           "PRE_PROXY",     "PROXY",
                                           "POSTFIELDS",    "COPYPOSTFIELDS",
                                           "POSTFIELDSIZE", "POSTFIELDSIZE_LARGE",
                                           "AUTOREFERER"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct telling *telling = telling_of(&rows[i]);
        bool out = is_passed_over(&rows[i]);
        for (size_t k = 0; k < sizeof left_out / sizeof *left_out; k++)
            out = out || strcmp(left_out[k], rows[i].name) == 0;
        if (out || (telling && telling->flags & ALONE))
            continue;
        struct telling any = telling ? *telling : any_value(&rows[i], settings[i]);
        add_all(&actions, any.settings);
    }
    add_transfers(&actions, &(struct telling){.name = "all"});
    comparison_check(*state, "all", actions.list);
}

/* Where nothing was set, libcurl's own values are back: stdout, stdin, no progress meter. */
static void what_was_never_set_is_as_libcurl_has_it(void **state)
{
    struct telling nothing = {.name = "nothing"};
    struct actions actions = {.count = 0};
    add_transfers(&actions, &nothing);
    comparison_check(*state, "nothing", actions.list);
}

/* What several legs have overridden, and a head and a body that came in between. */
static void options_come_back_after_a_worker_that_failed(void **state)
{
    comparison_check(*state, "retried",
                     ACTIONS(BASE, USER, "COOKIE=tell=" MARKER, "CUSTOMREQUEST=PATCH", "HEADER=1",
                             "COOKIELIST=Set-Cookie: tell=" MARKER "; domain=127.0.0.1", "retried",
                             "look", "retried", "dup", "look"));
}

/* A redirect that is followed goes through the legs once more, without the body. */
static void options_come_back_after_a_redirect(void **state)
{
    comparison_check(*state, "redirected",
                     ACTIONS(BASE, USER, "FOLLOWLOCATION=1", "POSTFIELDS={\"x\":1}", "POSTREDIR=2",
                             "MAXREDIRS=4", "routed:/redirect/303?to=/inspect", "look", "dup",
                             "look"));
}

/* Where libcurl lets a program do so, an option that is set in a callback counts from the next
 * transfer on. */
static void options_set_in_a_callback_are_not_put_back(void **state)
{
    static const char *const settings[] = {
        "USERPWD=late-" MARKER ":x",
        "CUSTOMREQUEST=PATCH",
        "POSTFIELDS={\"late\":1}",
        "HTTPHEADER=X-Late: " MARKER,
        "REFERER=http://late/",
        "HTTP_VERSION=1",
        "WRITEFUNCTION=tell",
        "COOKIE=late=" MARKER,
        "RANGE=1-2",
        "FOLLOWLOCATION=1",
        "NOBODY=1",
        "MAXREDIRS=7",
        "mime=late=part",
        "COPYPOSTFIELDS=late two",
        "POSTFIELDSIZE=2",
        "USERAGENT=late",
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        char inside[128];
        snprintf(inside, sizeof inside, "inside:header:%s", settings[i]);
        comparison_check(*state, settings[i],
                         ACTIONS(BASE, "HEADERFUNCTION=collect", USER, "POSTFIELDSIZE=7",
                                 "COPYPOSTFIELDS={\"a\":1}", inside, "routed", "look", "routed",
                                 "dup", "look"));
    }
}

static void a_duplicate_made_in_a_callback_has_the_programs_options(void **state)
{
    comparison_check(*state, "duplicate in a callback",
                     ACTIONS(BASE, "HEADERFUNCTION=collect", USER, "POSTFIELDSIZE=7",
                             "COPYPOSTFIELDS={\"a\":1}", "COOKIE=tell=" MARKER,
                             "HTTPHEADER=X-Tell: " MARKER, "inside:header:dup", "routed", "look",
                             "routed", "look"));
    comparison_check(*state, "duplicate with a form in a callback",
                     ACTIONS(BASE, "HEADERFUNCTION=collect", USER, "mime=part=contents",
                             "inside:header:dup", "attempt:/inspect", "look", "attempt:/inspect",
                             "look"));
}

static int set_up(void **state)
{
    *state = comparison_new();
    return 0;
}

static int tear_down(void **state)
{
    comparison_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_option_alone_comes_back),
        cmocka_unit_test(all_options_together_come_back),
        cmocka_unit_test(what_was_never_set_is_as_libcurl_has_it),
        cmocka_unit_test(options_come_back_after_a_worker_that_failed),
        cmocka_unit_test(options_come_back_after_a_redirect),
        cmocka_unit_test(options_set_in_a_callback_are_not_put_back),
        cmocka_unit_test(a_duplicate_made_in_a_callback_has_the_programs_options),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
