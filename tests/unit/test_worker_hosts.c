/* Where a rule lets workers be. */
#include "core/worker_hosts.h"
#include "core/worker_url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void expect(const char *place, const char *host, bool expected)
{
    char *list[] = {(char *)(uintptr_t)place, NULL};
    assert_true(vespa_worker_hosts_is_valid(vespa_slice_of(place)));
    if (vespa_worker_hosts_contain(list, vespa_slice_of(host)) != expected)
        fail_msg("%s, %s: expected %d", place, host, expected);
}

static void a_network_holds_its_addresses_in_every_spelling(void **state)
{
    (void)state;
    expect("10.1.0.0/16", "10.1.255.3", true);
    expect("10.1.0.0/16", "10.2.0.1", false);
    expect("10.1.0.0/16", "0x0a010003", true);
    expect("10.1.0.0/16", "10.65539", true); /* 10.1.0.3 */
    expect("10.0.0.0/9", "10.127.0.1", true);
    expect("10.0.0.0/9", "10.128.0.1", false);
    expect("0.0.0.0/0", "44.20.1.7", true);
    expect("0.0.0.0/0", "[::1]", false);
    expect("44.20.1.7", "44.20.1.7", true);
    expect("44.20.1.7", "44.20.1.8", false);
    expect("44.20.1.7/32", "44.20.1.7", true);
    expect("fd00::/8", "[fd12::1]", true);
    expect("[fd00::]/8", "[fe12::1]", false);
    expect("2001:db8::/33", "[2001:db8:7fff::1]", true);
    expect("2001:db8::/33", "[2001:db8:8000::1]", false);
    expect("[::1]", "[0:0:0:0:0:0:0:1]", true);
}

static void names_are_compared_as_wholes_or_by_their_end(void **state)
{
    (void)state;
    expect("worker.example.org", "Worker.Example.org", true);
    expect("worker.example.org", "a.worker.example.org", false);
    expect("*.example.org", "a.b.example.org", true);
    expect("*.example.org", "example.org", false);
    expect("*.example.org", "badexample.org", false);
    expect("*.example.org", "a.example.org.evil.net", false);
    expect("localhost", "localhost", true);
    expect("*.local", "gpu.local", true);
    expect("10.1.0.0/16", "10.1.example.org", false);
}

static void what_is_no_place_is_refused(void **state)
{
    (void)state;
    static const char *const places[] = {"",         "*",         "*.",          "10.0.0.0/33",
                                         "10.0.0/8", "10.0.0.0/", "10.0.0.0/a",  "fd00::/129",
                                         "[fd00::",  "http://a",  "a b.example", "a.example:443",
                                         "a/b",      "*.[::1]",   "1.2.3.4.5"};
    for (size_t i = 0; i < COUNT(places); i++)
        if (vespa_worker_hosts_is_valid(vespa_slice_of(places[i])))
            fail_msg("%s is taken", places[i]);
}

static void check(const struct vespa_rule *rule, const char *url, const char *expected)
{
    struct vespa_slice base;
    const char *problem = vespa_worker_url_check(rule, vespa_slice_of(url), &base);
    if ((problem == NULL) != (expected == NULL) || (expected && !strstr(problem, expected)))
        fail_msg("%s: %s", url, problem ? problem : "accepted");
}

static void a_rule_narrows_and_widens_what_is_acceptable(void **state)
{
    (void)state;
    char private_net[] = "192.168.0.0/16", suffix[] = "*.example.org", http[] = "http";
    char *hosts[] = {private_net, suffix, NULL}, *schemes[] = {http, NULL};
    struct vespa_rule rule = {.worker_hosts = hosts};
    check(&rule, "https://192.168.4.5:8000", NULL);
    check(&rule, "https://gpu.example.org", NULL);
    check(&rule, "https://44.20.1.7", "worker_hosts");
    check(&rule, "https://127.0.0.1", "worker_hosts");
    check(&rule, "http://192.168.4.5", "plain http");
    rule.worker_schemes = schemes;
    check(&rule, "http://192.168.4.5", NULL);
    check(&rule, "https://192.168.4.5", "worker_schemes");
    rule.local_workers = true;
    check(&rule, "http://127.0.0.1", "worker_hosts");
    rule.worker_hosts = NULL;
    check(&rule, "http://127.0.0.1", NULL);
    check(&rule, "https://127.0.0.1", "worker_schemes");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_network_holds_its_addresses_in_every_spelling),
        cmocka_unit_test(names_are_compared_as_wholes_or_by_their_end),
        cmocka_unit_test(what_is_no_place_is_refused),
        cmocka_unit_test(a_rule_narrows_and_widens_what_is_acceptable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
