/* Which addresses of workers are acceptable (design.md §3, Trust). */
#include "core/worker_url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct vespa_rule far = {0};
static const struct vespa_rule local = {.local_workers = true};

static void assert_accepted(const struct vespa_rule *rule, const char *url, const char *expected)
{
    struct vespa_slice base;
    const char *problem = vespa_worker_url_check(rule, vespa_slice_of(url), &base);
    if (problem)
        fail_msg("%s: %s", url, problem);
    if (!vespa_slice_equal(base, vespa_slice_of(expected)))
        fail_msg("%s: %.*s", url, (int)base.length, base.data);
}

static void assert_refused(const struct vespa_rule *rule, const char *url, const char *expected)
{
    struct vespa_slice base;
    const char *problem = vespa_worker_url_check(rule, vespa_slice_of(url), &base);
    if (!problem || !strstr(problem, expected))
        fail_msg("%s: %s", url, problem ? problem : "accepted");
}

static void a_worker_is_an_https_server(void **state)
{
    (void)state;
    assert_accepted(&far, "https://203.0.113.7:41234", "https://203.0.113.7:41234");
    assert_accepted(&far, "https://203.0.113.7:41234/", "https://203.0.113.7:41234");
    assert_accepted(&far, "HTTPS://Worker.Example/", "HTTPS://Worker.Example");
    assert_accepted(&far, "https://worker.example:/", "https://worker.example");
    assert_accepted(&far, "https://[2606:4700::1111]:443", "https://[2606:4700::1111]:443");
    assert_refused(&far, "http://203.0.113.7/", "is plain http");
}

static void only_scheme_host_and_port_may_stand_there(void **state)
{
    (void)state;
    static const struct {
        const char *url, *expected;
    } cases[] = {
        {"https://u:p@203.0.113.7/", "user name"}, {"https://@203.0.113.7/", "user name"},
        {"https://203.0.113.7/v1", "a path"},      {"https://203.0.113.7//", "a path"},
        {"https://203.0.113.7?", "a query"},       {"https://203.0.113.7/?x=1", "a query"},
        {"https://203.0.113.7#", "a fragment"},    {"https://203.0.113.7/#x", "a fragment"},
        {"203.0.113.7:443", "https://HOST"},       {"https:/203.0.113.7", "https://HOST"},
        {"https:///203.0.113.7", "https://HOST"},  {"//203.0.113.7", "not an https URL"},
        {"ftp://203.0.113.7", "not an https URL"}, {"", "not an https URL"},
        {"https://203.0.113.7:0", "not an https"}, {"https://203.0.113.7:65536", "not an https"},
        {"https://a b/", "not an https URL"},      {"https://a\r\nX: y/", "not an https URL"},
        {"https://a\x01/", "not an https URL"},    {" https://203.0.113.7", "not an https URL"},
        {"https://a@b@c/", "not an https URL"},    {"https://203.0.113.7\\@x", "user name"},
        {"https://%77orker.example", "percent"},   {"https://[2606::1%25eth0]", "zone"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_refused(&far, cases[i].url, cases[i].expected);
        assert_refused(&local, cases[i].url, cases[i].expected);
    }
}

static void a_zero_byte_is_refused(void **state)
{
    struct vespa_slice base;
    (void)state;
    assert_non_null(vespa_worker_url_check(&far, VESPA_LITERAL("https://a.example\0/"), &base));
}

static const struct {
    const char *host, *problem;
} nearby[] = {
    {"127.0.0.1", "loopback"},
    {"127.255.0.1", "loopback"},
    {"127.1", "loopback"},
    {"0x7f.1", "loopback"},
    {"0X7F000001", "loopback"},
    {"2130706433", "loopback"},
    {"0177.0.0.1", "loopback"},
    {"017700000001", "loopback"},
    {"127.0.0.1.", "loopback"},
    {"127.0.0x0.01", "loopback"},
    {"[::1]", "loopback"},
    {"[0:0:0:0:0:0:0:1]", "loopback"},
    {"[::ffff:127.0.0.1]", "loopback"},
    {"[::FFFF:7f00:1]", "loopback"},
    {"[::127.0.0.1]", "loopback"},
    {"[64:ff9b::127.0.0.1]", "loopback"},
    {"[2002:7f00:1::]", "loopback"},
    {"localhost", "loopback"},
    {"LocalHost.", "loopback"},
    {"0.0.0.0", "unspecified"},
    {"0", "unspecified"},
    {"[::]", "unspecified"},
    {"[::ffff:0.0.0.0]", "unspecified"},
    {"169.254.169.254", "link-local"},
    {"[fe80::1]", "link-local"},
    {"[febf::1]", "link-local"},
    {"10.0.0.1", "private"},
    {"10.255.255.255", "private"},
    {"172.16.0.1", "private"},
    {"172.31.255.255", "private"},
    {"192.168.1.1", "private"},
    {"0300.0250.1", "private"},
    {"3232235777", "private"},
    {"100.64.0.1", "private"},
    {"100.127.255.255", "private"},
    {"[::ffff:192.168.1.1]", "private"},
    {"[fc00::1]", "private"},
    {"[fdff::1]", "private"},
    {"224.0.0.1", "multicast"},
    {"239.255.255.255", "multicast"},
    {"[ff02::1]", "multicast"},
    {"240.0.0.1", "reserved"},
    {"255.255.255.255", "reserved"},
    {"198.18.0.1", "reserved"},
    {"198.19.0.1", "reserved"},
    {"192.0.0.8", "reserved"},
    {"[fec0::1]", "reserved"},
    {"[64:ff9b:1::1]", "reserved"},
    {"[2001::1]", "reserved"},
    {"a.localhost", "local name"},
    {"printer.local", "local name"},
    {"metadata.google.internal", "local name"},
    {"internal", "local name"},
    {"worker", "local name"},
    {"router.lan", "local name"},
    {"x.HOME.arpa", "local name"},
};

static void what_is_nearby_is_no_worker(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(nearby); i++) {
        char url[96] = "https://";
        strcat(url, nearby[i].host);
        assert_refused(&far, url, nearby[i].problem);
        strcat(url, ":8080/");
        assert_refused(&far, url, nearby[i].problem);
    }
}

static void beside_a_local_autoscaler_everything_nearby_is_acceptable(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(nearby); i++) {
        char url[96] = "http://";
        strcat(url, nearby[i].host);
        assert_accepted(&local, url, url);
    }
    assert_accepted(&local, "http://127.0.0.1:8080/", "http://127.0.0.1:8080");
    assert_accepted(&local, "https://203.0.113.7", "https://203.0.113.7");
}

static void neighbours_of_private_ranges_are_public(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "https://9.255.255.255",     "https://11.0.0.0",
        "https://100.63.255.255",    "https://100.128.0.0",
        "https://126.255.255.255",   "https://128.0.0.0",
        "https://169.253.0.0",       "https://169.255.0.0",
        "https://172.15.255.255",    "https://172.32.0.0",
        "https://192.167.0.0",       "https://192.169.0.0",
        "https://223.255.255.255",   "https://1.0.0.1",
        "https://198.17.255.255",    "https://198.20.0.0",
        "https://134744072",         "https://[2001:db8::1]",
        "https://[::ffff:8.8.8.8]",  "https://notlocalhost.example",
        "https://localhost.example", "https://xlocal.example",
        "https://internal.example",
    };
    for (size_t i = 0; i < COUNT(urls); i++)
        assert_accepted(&far, urls[i], urls[i]);
}

static void what_somebody_may_read_as_an_address_is_refused(void **state)
{
    (void)state;
    static const char *const hosts[] = {
        "https://256.0.0.1",
        "https://1.2.3.4.5",
        "https://4294967296",
        "https://a.1",
        "https://0x.example.0x7f",
        "https://127.0.0.08",
        "https://1..2.3",
        "https://a..example",
        "https://a,b.example",
        "https://\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1", /* full-width digits, IDN maps them */
        "https://b\303\274cher.example",
    };
    for (size_t i = 0; i < COUNT(hosts); i++) {
        assert_refused(&far, hosts[i], "");
        assert_refused(&local, hosts[i], "");
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker_is_an_https_server),
        cmocka_unit_test(only_scheme_host_and_port_may_stand_there),
        cmocka_unit_test(a_zero_byte_is_refused),
        cmocka_unit_test(what_is_nearby_is_no_worker),
        cmocka_unit_test(beside_a_local_autoscaler_everything_nearby_is_acceptable),
        cmocka_unit_test(neighbours_of_private_ranges_are_public),
        cmocka_unit_test(what_somebody_may_read_as_an_address_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
