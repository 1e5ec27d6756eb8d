/*
 * The program's own TLS after a leg to a worker that had its own (design.md §2.2): what it trusts,
 * pins and leaves unverified is again what it had set, or what libcurl begins with. With both of
 * libcurl's interfaces and TLS flavours. The program's own server is a worker that it asks
 * directly.
 */
#include "tests/preload/routed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The second is built where there is that libcurl. */
static const char *const flavours[] = {"easy", "easy-gnutls"};

static int set_up(void **state)
{
    int failed = routed_set_up(state);
    routed_restart(*state, "--tls", NULL);
    return failed;
}

/* What libcurl says of the certificates that it uses, of the last attempt. The caller frees it. */
static char *roots_in_use(const char *verbose)
{
    char *lines = NULL;
    size_t size;
    FILE *stream = open_memstream(&lines, &size);
    const char *last = verbose;
    for (const char *at = verbose; (at = strstr(at, "Trying ")) != NULL; at++)
        last = at;
    for (const char *line = last; line; line = strchr(line + 1, '\n')) {
        int length = (int)strcspn(line + 1, "\n");
        char copy[256];
        snprintf(copy, sizeof copy, "%.*s", length, line + 1);
        if (strstr(copy, "CAfile") || strstr(copy, "CApath") || strstr(copy, "certificates in"))
            fprintf(stream, "%s\n", copy);
    }
    fclose(stream);
    return lines;
}

struct setting {
    const char *option; /* %s: the file of the workers' root, which the own server has too */
    const char *result; /* of a request to the own server */
};

static void check(struct routed *r, const struct setting *setting)
{
    char option[512], url[256];
    snprintf(option, sizeof option, setting->option,
             vespa_sim_process_value(r->sim, "VESPA_CA_FILE"));
    snprintf(url, sizeof url, "URL=%s/health", vespa_sim_process_worker(r->sim, 0));
    routed_easy(r, ENVIRONMENT("LD_PRELOAD"), "WRITEFUNCTION=collect", option, "VERBOSE=1", url,
                "perform", NULL);
    vespa_assert_line(&r->result, setting->result);
    char *expected = roots_in_use(r->result.err);
    routed_easy(r, NULL, "WRITEFUNCTION=collect", option, "VERBOSE=1", "URL=" HOST "/health",
                "perform", "say", "own", url, "perform", NULL);
    const char *own = strstr(r->result.out, "say own");
    assert_non_null(own);
    vespa_assert_shows(&r->result, "result 0\n"); /* the routed one */
    if (!strstr(own, setting->result))
        fail_msg("%s, %s: not «%s»:\n%s", r->program, option, setting->result, r->result.out);
    char *seen = roots_in_use(r->result.err);
    if (strcmp(seen, expected) != 0)
        fail_msg("%s, %s: «%s» instead of «%s»", r->program, option, seen, expected);
    free(seen);
    free(expected);
}

static void the_programs_tls_is_as_it_was(void **state)
{
    static const struct setting settings[] = {
        {"SSL_VERIFYHOST=2", "result 60"}, /* libcurl's own roots, which are no worker's */
        {"CAINFO=%s", "result 0"},
        {"CAINFO=NULL", "result 60"},
        {"CAPATH=NULL", "result 60"},
        {"SSL_VERIFYPEER=0", "result 0"},
        {"CAINFO=/nonexistent/ca.pem", "result 77"},
    };
    struct routed *r = *state;
    for (size_t i = 0; i < sizeof flavours / sizeof *flavours; i++)
        for (size_t k = 0; routed_use(r, flavours[i]) && k < sizeof settings / sizeof *settings;
             k++)
            check(r, &settings[k]);
}

/* What GnuTLS has no part in: blobs, and pins in this version. */
static void pins_and_roots_in_memory_are_as_they_were(void **state)
{
    static const struct setting settings[] = {
        {"CAINFO_BLOB=@%s", "result 0"},
        {"PINNEDPUBLICKEY=sha256//YhKJKSzoTt2b5FP18fvpHo7fJYqQCjAa3HWY3tvRMwE=", "result 60"},
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        check(*state, &settings[i]);
}

/* Twice there and back, and on a duplicate. */
static void the_default_roots_come_back_each_time(void **state)
{
    struct routed *r = *state;
    char url[256];
    snprintf(url, sizeof url, "URL=%s/health", vespa_sim_process_worker(r->sim, 0));
    routed_easy(r, ENVIRONMENT("LD_PRELOAD"), "VERBOSE=1", url, "perform", NULL);
    char *expected = roots_in_use(r->result.err);
    assert_non_null(strstr(expected, "CAfile: /"));
    routed_easy(r, NULL, "VERBOSE=1", "URL=" HOST "/health", "perform", "perform", "dup", url,
                "perform", NULL);
    char *on_duplicate = roots_in_use(r->result.err);
    routed_easy(r, NULL, "VERBOSE=1", "URL=" HOST "/health", "perform", "POSTFIELDS=no json",
                "perform", url, "perform", NULL);
    char *after_own_answer = roots_in_use(r->result.err);
    assert_string_equal(on_duplicate, expected);
    assert_string_equal(after_own_answer, expected);
    free(on_duplicate);
    free(after_own_answer);
    free(expected);
}

int main(void)
{
#define OWN_TLS(name) cmocka_unit_test_setup_teardown(name, set_up, routed_tear_down)
    const struct CMUnitTest tests[] = {
        OWN_TLS(the_programs_tls_is_as_it_was),
        OWN_TLS(pins_and_roots_in_memory_are_as_they_were),
        OWN_TLS(the_default_roots_come_back_each_time),
    };
    return routed_run_both(tests);
}
