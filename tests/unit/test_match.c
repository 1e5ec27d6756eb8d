/* Which rule a URL belongs to. */
#include "core/match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { OPENAI, WILD, WILDER, WITH_PORT, TWIN, RULES };

static struct vespa_host openai_hosts[] = {{"api.openai.com", false, 0},
                                           {"vespa.internal", false, 0}};
static struct vespa_host wild_hosts[] = {{"example.org", true, 0}};
static struct vespa_host wilder_hosts[] = {{"deep.example.org", true, 0}, {"example.org", true, 0}};
static struct vespa_host port_hosts[] = {{"models.local", false, 8443}};
static struct vespa_host twin_hosts[] = {{"api.openai.com", false, 0}};

static struct vespa_rule rules[RULES] = {
    [OPENAI] = {.hosts = openai_hosts, .host_count = 2, .endpoint = "Chat"},
    [WILD] = {.hosts = wild_hosts, .host_count = 1, .endpoint = "images"},
    [WILDER] = {.hosts = wilder_hosts, .host_count = 2, .endpoint = "a.b"},
    [WITH_PORT] = {.hosts = port_hosts, .host_count = 1, .endpoint = "twin"},
    [TWIN] = {.hosts = twin_hosts, .host_count = 1, .endpoint = "Twin"},
};
static const struct vespa_config config = {.rules = rules, .rule_count = RULES};
static const struct vespa_config with_names = {
    .rules = rules, .rule_count = RULES, .default_names = true};

static void expect(const struct vespa_config *of, const char *url, enum vespa_match match,
                   int index)
{
    const struct vespa_rule *rule = &rules[0];
    enum vespa_match found = vespa_match_url(of, vespa_slice_of(url), &rule);
    const struct vespa_rule *expected = match == VESPA_OURS ? &rules[index] : NULL;
    if (found != match || rule != expected)
        fail_msg("%s: match %d, rule %d", url, (int)found, rule ? (int)(rule - rules) : -1);
}

static void an_exact_host_matches_without_case(void **state)
{
    (void)state;
    expect(&config, "https://api.openai.com/v1/models", VESPA_OURS, OPENAI);
    expect(&config, "https://API.OpenAI.com./v1", VESPA_OURS, OPENAI);
    expect(&config, "http://%61pi.openai.com:8080/", VESPA_OURS, OPENAI);
    expect(&config, "api.openai.com", VESPA_OURS, OPENAI);
    expect(&config, "http://user:pw@api.openai.com/", VESPA_OURS, OPENAI);
}

static void a_host_is_never_matched_by_substring(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "http://api.openai.com.evil.example/",
        "http://evil-api.openai.com/",
        "http://evil.example/api.openai.com",
        "http://evil.example/?api.openai.com",
        "http://api.openai.com@evil.example/",
        "http://xapi.openai.com/",
        "http://openai.com/",
        "http://evil.example#api.openai.com",
        "http://vespa.internal.evil.example/",
        "http://xvespa.internal/",
    };
    for (size_t i = 0; i < COUNT(urls); i++)
        expect(&config, urls[i], VESPA_NOT_OURS, 0);
}

static void what_is_not_http_is_not_ours(void **state)
{
    (void)state;
    expect(&config, "ftp://api.openai.com/", VESPA_NOT_OURS, 0);
    expect(&config, "ws://api.openai.com/", VESPA_NOT_OURS, 0);
    expect(&config, "http://api.openai.com:99999/", VESPA_NOT_OURS, 0);
    expect(&config, "http://api.openai.com/ ", VESPA_NOT_OURS, 0);
    expect(&config, "", VESPA_NOT_OURS, 0);
}

static void a_wildcard_matches_names_below_it(void **state)
{
    (void)state;
    expect(&config, "http://a.example.org/", VESPA_OURS, WILD);
    expect(&config, "http://a.b.Example.ORG/", VESPA_OURS, WILD);
    expect(&config, "http://example.org/", VESPA_NOT_OURS, 0);
    expect(&config, "http://.example.org/", VESPA_NOT_OURS, 0);
    expect(&config, "http://aexample.org/", VESPA_NOT_OURS, 0);
    expect(&config, "http://a-example.org/", VESPA_NOT_OURS, 0);
    expect(&config, "http://a.example.org.evil/", VESPA_NOT_OURS, 0);
}

static void a_longer_wildcard_wins(void **state)
{
    (void)state;
    expect(&config, "http://a.deep.example.org/", VESPA_OURS, WILDER);
    expect(&config, "http://deep.example.org/", VESPA_OURS, WILD);
}

static void an_exact_name_wins_over_a_wildcard(void **state)
{
    (void)state;
    struct vespa_host wildcard = {"openai.com", true, 0};
    struct vespa_host exact = {"api.openai.com", false, 0};
    struct vespa_rule two[] = {{.hosts = &wildcard, .host_count = 1, .endpoint = "w"},
                               {.hosts = &exact, .host_count = 1, .endpoint = "e"}};
    struct vespa_config both = {.rules = two, .rule_count = 2};
    const struct vespa_rule *rule;
    assert_int_equal(vespa_match_url(&both, VESPA_LITERAL("http://api.openai.com/"), &rule),
                     VESPA_OURS);
    assert_ptr_equal(rule, &two[1]);
}

static void an_earlier_rule_wins_over_a_later_one(void **state)
{
    (void)state;
    expect(&config, "http://api.openai.com/", VESPA_OURS, OPENAI); /* TWIN has it too */
    expect(&config, "http://x.example.org/", VESPA_OURS, WILD);    /* WILDER has it too */
}

static void a_rules_port_must_be_the_urls(void **state)
{
    (void)state;
    expect(&config, "http://models.local:8443/", VESPA_OURS, WITH_PORT);
    expect(&config, "http://models.local/", VESPA_NOT_OURS, 0);
    expect(&config, "https://models.local/", VESPA_NOT_OURS, 0);
    port_hosts[0].port = 443;
    expect(&config, "https://models.local/", VESPA_OURS, WITH_PORT);
    expect(&config, "http://models.local/", VESPA_NOT_OURS, 0);
    port_hosts[0].port = 80;
    expect(&config, "models.local/x", VESPA_OURS, WITH_PORT);
    port_hosts[0].port = 8443;
}

static void name_dot_vespa_internal_is_the_endpoint_of_that_name(void **state)
{
    (void)state;
    expect(&with_names, "http://chat.vespa.internal/v1", VESPA_OURS, OPENAI);
    expect(&with_names, "http://IMAGES.Vespa.Internal:1234/", VESPA_OURS, WILD);
    expect(&with_names, "http://a.b.vespa.internal./", VESPA_OURS, WILDER);
    expect(&with_names, "http://b.vespa.internal/", VESPA_UNKNOWN_ENDPOINT, 0);
    expect(&with_names, "http://vespa.internal/", VESPA_OURS, OPENAI);
    expect(&with_names, "http://.vespa.internal/", VESPA_NOT_OURS, 0);
    expect(&config, "http://chat.vespa.internal/v1", VESPA_NOT_OURS, 0);
}

static void names_that_differ_only_in_case_are_ambiguous(void **state)
{
    (void)state;
    expect(&with_names, "http://twin.vespa.internal/", VESPA_AMBIGUOUS, 0);
    rules[TWIN].endpoint = "twin";
    expect(&with_names, "http://TWIN.vespa.internal/", VESPA_OURS, WITH_PORT);
    rules[TWIN].endpoint = "Twin";
}

static void a_rule_without_endpoint_answers_for_every_name(void **state)
{
    (void)state;
    struct vespa_host host = {VESPA_DEFAULT_HOST, false, 0};
    struct vespa_rule broken = {.hosts = &host, .host_count = 1, .problem = "not set"};
    struct vespa_config unfinished = {.rules = &broken, .rule_count = 1, .default_names = true};
    const struct vespa_rule *rule;
    assert_int_equal(
        vespa_match_url(&unfinished, VESPA_LITERAL("http://any.vespa.internal/"), &rule),
        VESPA_OURS);
    assert_ptr_equal(rule, &broken);
}

static void a_host_that_is_too_long_for_dns_is_not_ours(void **state)
{
    (void)state;
    char url[400] = "http://";
    memset(url + 7, 'a', 300);
    strcpy(url + 307, ".example.org/");
    expect(&config, url, VESPA_NOT_OURS, 0);
}

static void a_request_to_another_port_is_matched_by_that_port(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        uint16_t port;
        enum vespa_match match;
    } requests[] = {
        {"http://models.local/", 8443, VESPA_OURS},
        {"http://models.local:80/", 8443, VESPA_OURS},
        {"http://models.local:8443/", 80, VESPA_NOT_OURS},
        {"http://models.local:8443/", 0, VESPA_OURS},
    };
    for (size_t i = 0; i < COUNT(requests); i++) {
        const struct vespa_rule *rule;
        assert_int_equal(vespa_match_request(&config, vespa_slice_of(requests[i].url),
                                             requests[i].port, vespa_slice(NULL, 0), &rule),
                         requests[i].match);
    }
}

static void names_are_found_without_case(void **state)
{
    (void)state;
    char *names[] = {"X-Trace", "Accept", NULL};
    assert_true(vespa_names_contain(names, VESPA_LITERAL("x-trace")));
    assert_false(vespa_names_contain(names, VESPA_LITERAL("x-trac")));
    assert_false(vespa_names_contain(NULL, VESPA_LITERAL("x-trace")));
}

static void rules_for_one_host_are_told_apart_by_paths(void **state)
{
    (void)state;
    static char chat[] = "/v1/chat/", v1[] = "/v1", deep[] = "/v1/chat/deep";
    static char *chat_paths[] = {chat, NULL}, *v1_paths[] = {deep, v1, NULL};
    static struct vespa_host host = {"api.openai.com", false, 0}, wild = {"openai.com", true, 0};
    static struct vespa_rule split[] = {
        {.hosts = &wild, .host_count = 1, .endpoint = "rest"},
        {.hosts = &host, .host_count = 1, .endpoint = "v1", .paths = v1_paths},
        {.hosts = &host, .host_count = 1, .endpoint = "chat", .paths = chat_paths},
    };
    static const struct {
        const char *url, *target;
        const char *endpoint;
    } cases[] = {
        {"https://api.openai.com/v1/chat/x", NULL, "chat"},
        {"https://api.openai.com/v1/chat/deep", NULL, "v1"},
        {"https://api.openai.com/v1/models", NULL, "v1"},
        {"https://api.openai.com/v2", NULL, "rest"},
        {"https://api.openai.com/v2", "/v1/chat/x?q", "chat"},
        {"https://api.openai.com/v1/chat/x", "/v3", "rest"},
        {"https://other.openai.com/v1/chat/x", NULL, "rest"},
    };
    struct vespa_config by_path = {.rules = split, .rule_count = 3};
    const struct vespa_rule *rule;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(vespa_match_request(&by_path, vespa_slice_of(cases[i].url), 0,
                                             vespa_slice_of(cases[i].target), &rule),
                         VESPA_OURS);
        if (strcmp(rule->endpoint, cases[i].endpoint) != 0)
            fail_msg("%s: %s", cases[i].url, rule->endpoint);
    }
    by_path.rules++; /* without the wildcard */
    by_path.rule_count--;
    assert_int_equal(vespa_match_url(&by_path, VESPA_LITERAL("https://api.openai.com/v2"), &rule),
                     VESPA_NOT_OURS);
    assert_null(rule);
}

static void a_host_is_named_whatever_the_path_is(void **state)
{
    (void)state;
    static struct vespa_host hosts[] = {{"api.example.org", false, 0}, {"b.example", true, 81}};
    static char *paths[] = {"/v1/chat/", NULL};
    static struct vespa_rule rule = {
        .hosts = hosts, .host_count = 2, .paths = paths, .endpoint = "chat"};
    const struct vespa_config of = {.rules = &rule, .rule_count = 1};
    static const struct {
        const char *url;
        bool named;
    } cases[] = {
        {"http://api.example.org/v1/chat/x", true},
        {"http://API.example.org/", true},
        {"http://a.b.example:81/", true},
        {"http://a.b.example/", false},
        {"http://b.example:81/", false},
        {"http://api.example.org.evil/", false},
        {"http://", false},
        {"ftp://api.example.org/", false},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        if (vespa_match_names_host(&of, vespa_slice_of(cases[i].url)) != cases[i].named)
            fail_msg("%s", cases[i].url);
}

static void one_name_in_two_deployments_is_ambiguous(void **state)
{
    (void)state;
    struct vespa_rule two[] = {{.endpoint = "chat", .autoscaler_url = "https://a"},
                               {.endpoint = "chat", .autoscaler_url = "https://b"},
                               {.endpoint = "images", .autoscaler_url = "https://b"}};
    struct vespa_config both = {.rules = two, .rule_count = 3, .default_names = true};
    const struct vespa_rule *rule;
    assert_int_equal(vespa_match_url(&both, VESPA_LITERAL("http://chat.vespa.internal"), &rule),
                     VESPA_AMBIGUOUS);
    assert_int_equal(vespa_match_url(&both, VESPA_LITERAL("http://images.vespa.internal"), &rule),
                     VESPA_OURS);
    /* Nobody's, and said so instead of being looked up. */
    assert_int_equal(vespa_match_url(&both, VESPA_LITERAL("http://vespa.internal"), &rule),
                     VESPA_UNKNOWN_ENDPOINT);
    two[1].autoscaler_url = "https://a";
    assert_int_equal(vespa_match_url(&both, VESPA_LITERAL("http://chat.vespa.internal"), &rule),
                     VESPA_OURS);
    assert_ptr_equal(rule, &two[0]);
}

/* Many rules are found by an index, which changes nothing but the time. */
static void an_index_finds_the_same_rule(void **state)
{
    static const char *const urls[] = {
        "https://h7.example.org/",
        "https://H7.Example.org./v1/x",
        "https://a.h7.example.org/",
        "https://a.b.h13.example.org/",
        "https://h99.example.org/",
        "https://example.org/",
        "https://x.example.org:8443/",
        "https://h40.example.org/",
        "https://org/",
        "https://[::1]/",
        "https://h%37.example.org/",
    };
    static char names[60][32];
    static struct vespa_host hosts[60];
    static struct vespa_rule many[60];
    struct vespa_config plain = {.rules = many, .rule_count = 60};
    struct vespa_config indexed = plain;
    (void)state;
    for (size_t i = 0; i < 60; i++) {
        snprintf(names[i], sizeof(names[i]), i == 41 ? "Example.ORG" : "h%zu.example.org", i % 30);
        hosts[i] = (struct vespa_host){.name = names[i], .wildcard = i % 3 == 1};
        many[i] = (struct vespa_rule){.hosts = &hosts[i], .host_count = 1, .endpoint = names[i]};
    }
    hosts[40].port = 8443;
    indexed.host_index = vespa_host_index_new(many, 60);
    assert_non_null(indexed.host_index);
    for (size_t i = 0; i < COUNT(urls); i++) {
        const struct vespa_rule *expected, *found;
        enum vespa_match match = vespa_match_url(&plain, vespa_slice_of(urls[i]), &expected);
        assert_int_equal(vespa_match_url(&indexed, vespa_slice_of(urls[i]), &found), match);
        assert_ptr_equal(found, expected);
    }
    vespa_host_index_free(indexed.host_index);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_exact_host_matches_without_case),
        cmocka_unit_test(a_host_is_never_matched_by_substring),
        cmocka_unit_test(what_is_not_http_is_not_ours),
        cmocka_unit_test(a_wildcard_matches_names_below_it),
        cmocka_unit_test(a_longer_wildcard_wins),
        cmocka_unit_test(an_exact_name_wins_over_a_wildcard),
        cmocka_unit_test(an_earlier_rule_wins_over_a_later_one),
        cmocka_unit_test(a_rules_port_must_be_the_urls),
        cmocka_unit_test(name_dot_vespa_internal_is_the_endpoint_of_that_name),
        cmocka_unit_test(names_that_differ_only_in_case_are_ambiguous),
        cmocka_unit_test(a_rule_without_endpoint_answers_for_every_name),
        cmocka_unit_test(a_host_that_is_too_long_for_dns_is_not_ours),
        cmocka_unit_test(a_request_to_another_port_is_matched_by_that_port),
        cmocka_unit_test(names_are_found_without_case),
        cmocka_unit_test(rules_for_one_host_are_told_apart_by_paths),
        cmocka_unit_test(an_index_finds_the_same_rule),
        cmocka_unit_test(a_host_is_named_whatever_the_path_is),
        cmocka_unit_test(one_name_in_two_deployments_is_ambiguous),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
