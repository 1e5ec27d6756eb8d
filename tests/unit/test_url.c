/* URLs are read as libcurl reads them. */
#include "core/url.h"

#include <curl/curl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void assert_slice(struct vespa_slice slice, const char *expected)
{
    assert_int_equal(slice.length, strlen(expected));
    if (slice.length)
        assert_memory_equal(slice.data, expected, slice.length);
}

static struct vespa_url parse(const char *text)
{
    struct vespa_url url;
    if (!vespa_url_parse(vespa_slice_of(text), &url))
        fail_msg("refused: %s", text);
    return url;
}

static void assert_refused(const char *text)
{
    struct vespa_url url;
    if (vespa_url_parse(vespa_slice_of(text), &url))
        fail_msg("accepted: %s", text);
}

static void a_url_is_taken_apart(void **state)
{
    (void)state;
    struct vespa_url url = parse("HTTPS://me:pw@Host.example:8443/a/b?x=1&y=/?#top?");
    assert_slice(url.scheme, "HTTPS");
    assert_slice(url.userinfo, "me:pw");
    assert_slice(url.host, "Host.example");
    assert_slice(url.path, "/a/b");
    assert_slice(url.query, "x=1&y=/?");
    assert_slice(url.fragment, "top?");
    assert_true(url.has_userinfo);
    assert_true(url.has_query);
    assert_int_equal(url.port, 8443);
}

static void parts_that_are_missing_are_empty(void **state)
{
    (void)state;
    struct vespa_url url = parse("http://h");
    assert_slice(url.userinfo, "");
    assert_slice(url.path, "");
    assert_slice(url.query, "");
    assert_slice(url.fragment, "");
    assert_false(url.has_userinfo);
    assert_false(url.has_query);
    assert_int_equal(url.port, 0);
}

static void a_query_may_follow_the_host_and_be_empty(void **state)
{
    (void)state;
    assert_slice(parse("http://h?a=/b").query, "a=/b");
    assert_slice(parse("http://h#f?g").fragment, "f?g");
    assert_true(parse("http://h/?").has_query);
    assert_false(parse("http://h/#?").has_query);
}

static void a_scheme_may_be_missing(void **state)
{
    (void)state;
    struct vespa_url url = parse("vespa.internal:8080/v1");
    assert_slice(url.scheme, "");
    assert_slice(url.host, "vespa.internal");
    assert_int_equal(url.port, 8080);
    assert_int_equal(vespa_url_port(&url), 8080);
    url = parse("vespa.internal");
    assert_int_equal(vespa_url_port(&url), 80);
}

static void one_to_three_slashes_follow_the_scheme(void **state)
{
    (void)state;
    assert_slice(parse("http:/host/p").host, "host");
    assert_slice(parse("http:///host/p").host, "host");
    assert_refused("http:////host/p");
    assert_refused("http:host");
}

static void the_port_is_the_written_one_or_the_schemes(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        uint16_t port;
    } cases[] = {
        {"http://h/", 80},      {"https://h/", 443},        {"HTTPS://h", 443},
        {"http://h:/", 80},     {"https://h:80/", 80},      {"http://h:00443/", 443},
        {"http://h:1/", 1},     {"http://h:65535/", 65535}, {"http://[::1]:81/", 81},
        {"https://[::1]", 443},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct vespa_url url = parse(cases[i].url);
        assert_int_equal(vespa_url_port(&url), cases[i].port);
    }
}

static void what_libcurl_refuses_is_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "/",
        "//host/",
        "?",
        "#",
        ":80",
        "http://",
        "http:///",
        "http://:80/",
        "http://@/",
        "http://h:65536/",
        "http://h:0/",
        "http://h:-1/",
        "http://h:8x/",
        "http://h: 80/",
        "http://h:99999999999999999999/",
        "h:/",
        "h:",
        "mailto:me",
        "ftp://h/",
        "ws://h/",
        "file:///etc/passwd",
        "http://a b/",
        " http://h/",
        "http://h/ ",
        "http://h/a b",
        "http://h/\r\nX: y",
        "http://h/\t",
        "http://h\n/",
        "http://h/\x7f",
        "http://h/\x01",
        "http://a@b@c/",
        "http://h\\x/",
        "http://h%/",
        "http://h%zz/",
        "http://h%00/",
        "http://h%0a/",
        "http://h%20/",
        "http://h%2fx/",
        "http://h%40x/",
        "http://%5B::1%5D/",
        "http://h%7f/",
        "http://h|x/",
        "http://h\"/",
        "http://h,x/",
        "http://h;x/",
        "http://(h)/",
        "http://./",
        "http://h../",
        "http://%2e/",
        "http://[::1/",
        "http://[]/",
        "http://[::1]x/",
        "http://[::1]:x/",
        "http://[g::1]/",
        "http://[::1%]/",
        "http://[::1%25]/",
        "http://[::1%ab]/",
        "http://[::1%25a%41]/",
        "http://[::1%eth4567890123456]/",
        "http://[1.2.3.4]/",
        "http://::1/",
        "http://[[::1]]/",
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_refused(cases[i]);
}

static void a_zero_byte_is_refused(void **state)
{
    struct vespa_url url;
    (void)state;
    assert_false(vespa_url_parse(VESPA_LITERAL("http://h/\0"), &url));
    assert_false(vespa_url_parse(VESPA_LITERAL("http://h\0.example/"), &url));
}

static void an_endless_url_is_refused(void **state)
{
    (void)state;
    size_t limit = 8000000;
    char *text = malloc(limit + 1);
    struct vespa_url url;

    assert_non_null(text);
    memset(text, 'a', limit + 1);
    memcpy(text, "http://h/", 9);
    assert_true(vespa_url_parse(vespa_slice(text, limit), &url));
    assert_false(vespa_url_parse(vespa_slice(text, limit + 1), &url));
    free(text);
}

static void a_host_that_libcurl_takes_for_another_protocol_is_refused(void **state)
{
    (void)state;
    assert_refused("ftp.example.org/file");
    assert_refused("FTP.example.org");
    assert_refused("%66tp.example.org");
    assert_refused("dict.example.org");
    assert_refused("ldap.example.org");
    assert_refused("imap.example.org");
    assert_refused("smtp.example.org");
    assert_refused("pop3.example.org");
    assert_slice(parse("http://ftp.example.org/").host, "ftp.example.org");
    assert_slice(parse("ftpx.example.org").host, "ftpx.example.org");
}

static void ipv6_hosts_keep_their_brackets(void **state)
{
    (void)state;
    assert_slice(parse("http://[::1]:80/").host, "[::1]");
    assert_slice(parse("http://u@[fe80::1%25eth0]/").host, "[fe80::1%25eth0]");
    assert_slice(parse("http://[fe80::1%eth0]/").host, "[fe80::1%eth0]");
    assert_slice(parse("http://[::ffff:127.0.0.1]/").host, "[::ffff:127.0.0.1]");
}

static void hosts_are_compared_as_libcurl_would_look_them_up(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        const char *name;
        bool same;
    } cases[] = {
        {"http://api.openai.com/", "api.openai.com", true},
        {"http://API.OpenAI.com/", "api.openai.COM", true},
        {"http://api.openai.com./", "api.openai.com", true},
        {"http://api.openai.com/", "api.openai.com.", true},
        {"http://%61pi.openai%2ecom%2E/", "api.openai.com", true},
        {"http://api.openai.com@evil.example/", "api.openai.com", false},
        {"http://u:p@api.openai.com/", "api.openai.com", true},
        {"http://xapi.openai.com/", "api.openai.com", false},
        {"http://api.openai.com.evil.example/", "api.openai.com", false},
        {"http://api.openai.co/", "api.openai.com", false},
        {"http://h/", "", false},
        {"http://h/", ".", false},
        {"http://h/", "h\xff", false},
        {"http://[::1]/", "[::1]", true},
        {"http://[::%2531]/", "[::1]", false},
        {"http://[FE80::1%25Eth0]/", "[fe80::1%25eth0]", true},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct vespa_url url = parse(cases[i].url);
        if (vespa_url_host_is(&url, vespa_slice_of(cases[i].name)) != cases[i].same)
            fail_msg("%s and %s", cases[i].url, cases[i].name);
    }
}

static void a_plain_host_is_decoded_lower_case_and_without_its_last_dot(void **state)
{
    (void)state;
    char space[14];
    struct vespa_url url = parse("http://u@%41PI.Example%2ecom.:80/");
    size_t length = vespa_url_host_plain(&url, space, sizeof(space));
    assert_slice(vespa_slice(space, length), "");

    char enough[15];
    length = vespa_url_host_plain(&url, enough, sizeof(enough));
    assert_slice(vespa_slice(enough, length), "api.example.com");
}

/* The libcurl that the tests are linked with is asked for its opinion of the same URLs. */
static void libcurl_agrees_about_hosts_and_ports(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "http://vespa.internal/v1",     "vespa.internal:8080",
        "https:/h.example/x",           "http:///h.example",
        "http://u:p@h.example:81/",     "http://%56espa.internal/",
        "http://h.example?x=http://y/", "http://h.example#@other/",
        "http://h.example:/",           "https://h_x-y.example:00080/",
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct vespa_url url = parse(cases[i]);
        CURLU *theirs = curl_url();
        char *host = NULL;
        char *port = NULL;
        assert_int_equal(curl_url_set(theirs, CURLUPART_URL, cases[i], CURLU_GUESS_SCHEME), 0);
        assert_int_equal(curl_url_get(theirs, CURLUPART_HOST, &host, 0), 0);
        assert_int_equal(curl_url_get(theirs, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT), 0);
        assert_true(vespa_url_host_is(&url, vespa_slice_of(host)));
        assert_int_equal(vespa_url_port(&url), atoi(port));
        curl_free(host);
        curl_free(port);
        curl_url_cleanup(theirs);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_url_is_taken_apart),
        cmocka_unit_test(parts_that_are_missing_are_empty),
        cmocka_unit_test(a_query_may_follow_the_host_and_be_empty),
        cmocka_unit_test(a_scheme_may_be_missing),
        cmocka_unit_test(one_to_three_slashes_follow_the_scheme),
        cmocka_unit_test(the_port_is_the_written_one_or_the_schemes),
        cmocka_unit_test(what_libcurl_refuses_is_refused),
        cmocka_unit_test(a_zero_byte_is_refused),
        cmocka_unit_test(an_endless_url_is_refused),
        cmocka_unit_test(a_host_that_libcurl_takes_for_another_protocol_is_refused),
        cmocka_unit_test(ipv6_hosts_keep_their_brackets),
        cmocka_unit_test(hosts_are_compared_as_libcurl_would_look_them_up),
        cmocka_unit_test(a_plain_host_is_decoded_lower_case_and_without_its_last_dot),
        cmocka_unit_test(libcurl_agrees_about_hosts_and_ports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
