/* Which headers reach a worker, and which of a worker's reach the application. */
#include "core/header_rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct vespa_rule plain = {0};

static void a_few_harmless_headers_reach_a_worker(void **state)
{
    (void)state;
    static const char *const names[] = {"Accept", "accept-encoding", "ACCEPT-LANGUAGE",
                                        "User-Agent", "TraceParent"};
    for (size_t i = 0; i < COUNT(names); i++)
        assert_true(vespa_header_passes(&plain, vespa_slice_of(names[i])));
}

static void everything_else_does_not(void **state)
{
    (void)state;
    static const char *const names[] = {
        "Authorization",
        "Cookie",
        "X-Api-Key",
        "Api-Key",
        "OpenAI-Organization",
        "Referer",
        "Origin",
        "X-Forwarded-For",
        "X-Amz-Security-Token",
        "tracestate",
        "Accept-",
        "Accep",
        "",
    };
    for (size_t i = 0; i < COUNT(names); i++)
        if (vespa_header_passes(&plain, vespa_slice_of(names[i])))
            fail_msg("%s", names[i]);
}

static void what_the_rule_names_reaches_a_worker(void **state)
{
    (void)state;
    char *names[] = {"Authorization", "x-trace-id", "Cookie", NULL};
    struct vespa_rule rule = {.pass_headers = names};
    assert_true(vespa_header_passes(&rule, VESPA_LITERAL("authorization")));
    assert_true(vespa_header_passes(&rule, VESPA_LITERAL("X-Trace-Id")));
    assert_true(vespa_header_passes(&rule, VESPA_LITERAL("Cookie")));
    assert_false(vespa_header_passes(&rule, VESPA_LITERAL("Cookie2")));
}

static void framing_is_our_own_even_when_the_rule_names_it(void **state)
{
    (void)state;
    char *names[] = {"Host",
                     "Content-Length",
                     "Content-Type",
                     "Content-Encoding",
                     "Transfer-Encoding",
                     "Connection",
                     "Expect",
                     "TE",
                     "Trailer",
                     "Upgrade",
                     "Keep-Alive",
                     "HTTP2-Settings",
                     "Proxy-Authorization",
                     "Proxy-Connection",
                     "proxy-x",
                     "X-Serverless-Cost",
                     NULL};
    struct vespa_rule rule = {.pass_headers = names};
    for (size_t i = 0; names[i]; i++)
        if (vespa_header_passes(&rule, vespa_slice_of(names[i])))
            fail_msg("%s", names[i]);
}

static void a_header_that_could_end_its_line_is_malformed(void **state)
{
    (void)state;
    static const struct {
        struct vespa_header header;
        bool well_formed;
    } cases[] = {
        {{VESPA_LITERAL("X-A"), VESPA_LITERAL("text, \xc3\xa9\t\x80")}, true},
        {{VESPA_LITERAL("X-A"), VESPA_LITERAL("")}, true},
        {{VESPA_LITERAL("!#$%&'*+-.^_`|~09azAZ"), VESPA_LITERAL("x")}, true},
        {{VESPA_LITERAL(""), VESPA_LITERAL("x")}, false},
        {{VESPA_LITERAL("X A"), VESPA_LITERAL("x")}, false},
        {{VESPA_LITERAL("X:"), VESPA_LITERAL("x")}, false},
        {{VESPA_LITERAL("X\r\n"), VESPA_LITERAL("x")}, false},
        {{VESPA_LITERAL("X\0"), VESPA_LITERAL("x")}, false},
        {{VESPA_LITERAL("X\x80"), VESPA_LITERAL("x")}, false},
        {{VESPA_LITERAL("X(a)"), VESPA_LITERAL("x")}, false},
        {{VESPA_LITERAL("X-A"), VESPA_LITERAL("a\r\nB: c")}, false},
        {{VESPA_LITERAL("X-A"), VESPA_LITERAL("a\rb")}, false},
        {{VESPA_LITERAL("X-A"), VESPA_LITERAL("a\nb")}, false},
        {{VESPA_LITERAL("X-A"), VESPA_LITERAL("a\0b")}, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        if (vespa_header_is_well_formed(cases[i].header) != cases[i].well_formed)
            fail_msg("case %zu", i);
}

static void what_would_speak_for_the_virtual_host_is_dropped(void **state)
{
    (void)state;
    static const struct {
        struct vespa_slice line;
        enum vespa_response_rule rule;
    } cases[] = {
        {VESPA_LITERAL("HTTP/1.1 200 OK\r\n"), VESPA_RESPONSE_KEEP},
        {VESPA_LITERAL("HTTP/1.1 200 a: b\r\n"), VESPA_RESPONSE_KEEP},
        {VESPA_LITERAL("\r\n"), VESPA_RESPONSE_KEEP},
        {VESPA_LITERAL("\n"), VESPA_RESPONSE_KEEP},
        {VESPA_LITERAL(""), VESPA_RESPONSE_KEEP},
        {VESPA_LITERAL("Content-Type: text/event-stream\r\n"), VESPA_RESPONSE_KEEP},
        {VESPA_LITERAL("WWW-Authenticate: Bearer\r\n"), VESPA_RESPONSE_KEEP},
        {VESPA_LITERAL("X-Set-Cookie: a\r\n"), VESPA_RESPONSE_KEEP},
        {VESPA_LITERAL("Set-Cookie: a=b\r\n"), VESPA_RESPONSE_DROP},
        {VESPA_LITERAL("SET-COOKIE:a=b\n"), VESPA_RESPONSE_DROP},
        {VESPA_LITERAL("Set-Cookie : a=b\r\n"), VESPA_RESPONSE_DROP},
        {VESPA_LITERAL("Set-Cookie2: a=b\r\n"), VESPA_RESPONSE_DROP},
        {VESPA_LITERAL("Strict-Transport-Security: max-age=9\r\n"), VESPA_RESPONSE_DROP},
        {VESPA_LITERAL("alt-svc: h3=\":443\"\r\n"), VESPA_RESPONSE_DROP},
        {VESPA_LITERAL("Public-Key-Pins: x\r\n"), VESPA_RESPONSE_DROP},
        {VESPA_LITERAL("Public-Key-Pins-Report-Only: x\r\n"), VESPA_RESPONSE_DROP},
        {VESPA_LITERAL("Clear-Site-Data: \"*\"\r\n"), VESPA_RESPONSE_DROP},
        {VESPA_LITERAL("Expect-CT: x\r\n"), VESPA_RESPONSE_DROP},
        {VESPA_LITERAL("NEL: {}\r\n"), VESPA_RESPONSE_DROP},
        {VESPA_LITERAL("Report-To: {}\r\n"), VESPA_RESPONSE_DROP},
        {VESPA_LITERAL("Reporting-Endpoints: a\r\n"), VESPA_RESPONSE_DROP},
        {VESPA_LITERAL("Refresh: 0; url=https://worker/\r\n"), VESPA_RESPONSE_DROP},
        {VESPA_LITERAL("X-A: b\rSet-Cookie: c\r\n"), VESPA_RESPONSE_DROP},
        {VESPA_LITERAL("X-A: b\0c\r\n"), VESPA_RESPONSE_DROP},
        {VESPA_LITERAL("Location: /x\r\n"), VESPA_RESPONSE_LOCATION},
        {VESPA_LITERAL("location:/x"), VESPA_RESPONSE_LOCATION},
        {VESPA_LITERAL("Content-Location: /x\r\n"), VESPA_RESPONSE_CONTENT_LOCATION},
        {VESPA_LITERAL(" folded: x\r\n"), VESPA_RESPONSE_CONTINUED},
        {VESPA_LITERAL("\tfolded\r\n"), VESPA_RESPONSE_CONTINUED},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        if (vespa_response_header_rule(cases[i].line) != cases[i].rule)
            fail_msg("%.*s", (int)cases[i].line.length, cases[i].line.data);
}

/* ---- Location -------------------------------------------------------------------------------- */

/* A worker at https://203.0.113.7:8443, asked for by http://vespa.internal:80/v1?x=1. */
static void assert_location(const char *value, enum vespa_location expected, const char *written)
{
    struct vespa_buffer out = {0};
    struct vespa_url own;
    assert_true(vespa_url_parse(VESPA_LITERAL("http://me@vespa.internal:8080/v1?x=1"), &own));
    enum vespa_location found = vespa_location_rewrite(
        vespa_slice_of(value), VESPA_LITERAL("https://203.0.113.7:8443/v1?x=1"), &own, &out);
    if (found != expected || !vespa_slice_equal(vespa_buffer_slice(&out), vespa_slice_of(written)))
        fail_msg("%s: %d, \"%s\"", value, (int)found, out.data ? out.data : "");
    vespa_buffer_free(&out);
}

static void a_relative_location_stays(void **state)
{
    (void)state;
    static const char *const values[] = {
        "/v1/x?a=b#c",
        "x",
        "../x",
        "?q=1",
        "#f",
        "",
        "/a//b",
        "./a:b",
        "1.2.3.4:80/x",
        "/https://x/",
        "/x?next=https://elsewhere/",
        "x//y",
        ":x",
        "/\xc3\xa9",
        "/a b",
    };
    for (size_t i = 0; i < COUNT(values); i++)
        assert_location(values[i], VESPA_LOCATION_AS_IT_IS, "");
}

static void a_location_on_the_worker_becomes_one_on_the_virtual_host(void **state)
{
    (void)state;
    static const struct {
        const char *value, *expected;
    } cases[] = {
        {"https://203.0.113.7:8443/a/b?c=d&e#f?g", "http://vespa.internal:8080/a/b?c=d&e#f?g"},
        {"HTTPS://203.0.113.7:8443", "http://vespa.internal:8080"},
        {"https://203.0.113.7:8443?q", "http://vespa.internal:8080?q"},
        {"https://203.0.113.7:8443#f", "http://vespa.internal:8080#f"},
        {"https://u:p@203.0.113.7:8443/", "http://vespa.internal:8080/"},
        {"//203.0.113.7:8443/x", "http://vespa.internal:8080/x"},
        {"https://203.0.113.7.:08443/a b", "http://vespa.internal:8080/a b"},
        {"https://203.0.113.7:8443//x/https://y/", "http://vespa.internal:8080//x/https://y/"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_location(cases[i].value, VESPA_LOCATION_REWRITTEN, cases[i].expected);
}

static void a_location_on_another_server_is_elsewhere(void **state)
{
    (void)state;
    static const char *const values[] = {
        "https://203.0.113.8:8443/",
        "https://203.0.113.7/",
        "https://203.0.113.7:8444/",
        "http://203.0.113.7:8443/",
        "//203.0.113.7/",
        "//evil.example/",
        "mailto:me@example.org",
        "javascript:alert(1)",
        "ftp:x",
        "https:/203.0.113.7:8443/",
        "https:203.0.113.7",
        "/\\evil.example/",
        "\\\\evil.example",
        "\\/evil.example",
        "https:\\\\203.0.113.7:8443/",
        "https://203.0.113.7:8443@evil.example/",
        "https://203.0.113.7:8443\\@evil.example/",
    };
    for (size_t i = 0; i < COUNT(values); i++)
        assert_location(values[i], VESPA_LOCATION_ELSEWHERE, "");
}

static void a_location_that_cannot_be_read_is_malformed(void **state)
{
    (void)state;
    static const char *const values[] = {
        "/a\r\nSet-Cookie: x",
        "/a\rb",
        "/a\nb",
        "/a\tb",
        "/\x7f",
        "///evil.example/",
        "https://",
        "https:///203.0.113.7:8443/",
        "https://203.0.113.7:8443:1/",
        "https://203.0.113.7:99999/",
        "https://203.0.113.7:8443\\x",
        "https://a b/",
        "gopher://x/",
    };
    for (size_t i = 0; i < COUNT(values); i++)
        assert_location(values[i], VESPA_LOCATION_MALFORMED, "");

    struct vespa_buffer out = {0};
    struct vespa_url own = {0};
    assert_int_equal(
        vespa_location_rewrite(VESPA_LITERAL("/a\0b"), VESPA_LITERAL("https://a/"), &own, &out),
        VESPA_LOCATION_MALFORMED);
}

static void what_a_worker_echoes_of_the_assignment_is_taken_out(void **state)
{
    (void)state;
    static const struct {
        const char *value, *expected;
    } cases[] = {
        {"/x?serverless_cost=1&a=1&SERVERLESS_signature=s#serverless_url", "/x?a=1#serverless_url"},
        {"/x?serverless_cost=1", "/x"},
        {"?serverless_cost=1", "?"},
        {"https://203.0.113.7:8443?serverless_url=x", "http://vespa.internal:8080"},
        {"https://203.0.113.7:8443/y/?b=1&serverless_reqnum=2&b=2",
         "http://vespa.internal:8080/y/?b=1&b=2"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_location(cases[i].value, VESPA_LOCATION_REWRITTEN, cases[i].expected);
    assert_location("/serverless_cost=1#?serverless_cost=1", VESPA_LOCATION_AS_IT_IS, "");
}

static void a_request_without_scheme_gets_an_http_location(void **state)
{
    (void)state;
    struct vespa_buffer out = {0};
    struct vespa_url own;
    assert_true(vespa_url_parse(VESPA_LITERAL("vespa.internal/v1"), &own));
    assert_int_equal(vespa_location_rewrite(VESPA_LITERAL("https://w.example:443/x"),
                                            VESPA_LITERAL("https://W.example/"), &own, &out),
                     VESPA_LOCATION_REWRITTEN);
    assert_string_equal(out.data, "http://vespa.internal/x");
    vespa_buffer_free(&out);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_few_harmless_headers_reach_a_worker),
        cmocka_unit_test(everything_else_does_not),
        cmocka_unit_test(what_the_rule_names_reaches_a_worker),
        cmocka_unit_test(framing_is_our_own_even_when_the_rule_names_it),
        cmocka_unit_test(a_header_that_could_end_its_line_is_malformed),
        cmocka_unit_test(what_would_speak_for_the_virtual_host_is_dropped),
        cmocka_unit_test(a_relative_location_stays),
        cmocka_unit_test(a_location_on_the_worker_becomes_one_on_the_virtual_host),
        cmocka_unit_test(a_location_on_another_server_is_elsewhere),
        cmocka_unit_test(a_location_that_cannot_be_read_is_malformed),
        cmocka_unit_test(what_a_worker_echoes_of_the_assignment_is_taken_out),
        cmocka_unit_test(a_request_without_scheme_gets_an_http_location),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
