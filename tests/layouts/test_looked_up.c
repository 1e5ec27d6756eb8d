/*
 * Every way in which a process can hold libcurl: looked up at run time, beside other guests. The
 * request was routed, and the answer is right.
 */
#include "tests/layouts/layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLUGIN(flavour) "PART/plugin-" flavour ".so"

/* ---- looked up ------------------------------------------------------------------------------ */

static void looked_up_by_handle(void **state)
{
    layout_run(state, "program-none", "open", "libcurl.so.4", "l", "handle", "a", NULL);
    layout_assert_routed(state, "a:OpenSSL a-multi:OpenSSL");
}

static void both_flavours_looked_up_by_handle(void **state)
{
    layout_needs_gnutls();
    layout_run(state, "program-none", "open", "libcurl-gnutls.so.4", "l", "handle", "a", "open",
               "libcurl.so.4", "l", "handle", "b", "close", "-", "handle", "c", NULL);
    layout_assert_routed(state, "a:GnuTLS a-multi:GnuTLS b:OpenSSL b-multi:OpenSSL c:GnuTLS "
                                "c-multi:GnuTLS");
}

static void looked_up_beside_another_flavour(void **state)
{
    layout_needs_gnutls();
    layout_run(state, "program-openssl", "run", "a", "open", "libcurl-gnutls.so.4", "l", "handle",
               "b", "run", "c", NULL);
    layout_assert_routed(state, "a:OpenSSL b:GnuTLS b-multi:GnuTLS c:OpenSSL");
}

static void an_unversioned_one_looked_up_by_handle(void **state)
{
    layout_run(state, "program-none", "open", "PART/plain/libcurl-p.so", "l", "handle", "a", NULL);
    layout_assert_routed(state, "a:OpenSSL a-multi:OpenSSL");
}

static void looked_up_by_the_handle_of_a_plugin(void **state)
{
    layout_run(state, "program-none", "open", PLUGIN("openssl"), "l", "handle", "a", NULL);
    layout_assert_routed(state, "a:OpenSSL a-multi:OpenSSL");
}

static void looked_up_in_the_global_scope(void **state)
{
    layout_run(state, "program-openssl", "default", "a", "next", "b", NULL);
    layout_assert_routed(state, "a:OpenSSL a-multi:OpenSSL b:OpenSSL b-multi:OpenSSL");
}

static void looked_up_in_the_global_scope_of_the_gnutls_flavour(void **state)
{
    layout_needs_gnutls();
    layout_run(state, "program-gnutls", "default", "a", "next", "b", NULL);
    layout_assert_routed(state, "a:GnuTLS a-multi:GnuTLS b:GnuTLS b-multi:GnuTLS");
}

static void looked_up_by_a_plugin_in_its_own_scope(void **state)
{
    layout_run(state, "program-none", "open", PLUGIN("openssl"), "l", "plugin-default", "a",
               "plugin-next", "b", NULL);
    layout_assert_routed(state, "a:OpenSSL a-multi:OpenSSL b:OpenSSL b-multi:OpenSSL");
}

static void looked_up_by_plugins_of_both_flavours(void **state)
{
    layout_needs_gnutls();
    layout_run(state, "program-none", "open", PLUGIN("openssl"), "l", "plugin-next", "a", "open",
               PLUGIN("gnutls"), "l", "plugin-default", "b", "plugin-next", "c", NULL);
    layout_assert_routed(state, "a:OpenSSL a-multi:OpenSSL b:GnuTLS b-multi:GnuTLS c:GnuTLS "
                                "c-multi:GnuTLS");
}

static void looked_up_once_it_was_opened_for_all(void **state)
{
    layout_run(state, "program-none", "open", "libcurl.so.4", "lg", "default", "a", "next", "b",
               NULL);
    layout_assert_routed(state, "a:OpenSSL a-multi:OpenSSL b:OpenSSL b-multi:OpenSSL");
}

static void looked_up_in_the_program_as_d_does_it(void **state)
{
    layout_run(state, "program-openssl", "global", "a", NULL);
    layout_assert_routed(state, "a:OpenSSL a-multi:OpenSSL");
}

static void unloaded_and_looked_up_again(void **state)
{
    layout_run(state, "program-none", "open", "libcurl.so.4", "l", "handle", "a", "close", "-",
               "open", "libcurl.so.4", "l", "handle", "b", NULL);
    layout_assert_routed(state, "a:OpenSSL a-multi:OpenSSL b:OpenSSL b-multi:OpenSSL");
}

/* ---- what is not there, or not ours --------------------------------------------------------- */

static void assert_same_output(void **state, const char *program, const char *word,
                               const char *argument)
{
    struct layout *layout = *state;
    char *plain = layout_run_plain(state, program, word, argument, NULL);
    layout_run(state, program, word, argument, NULL);
    assert_string_equal(layout->result.out, plain);
    assert_string_equal(layout->result.err, "");
    free(plain);
}

static void what_is_not_there_is_not_found(void **state)
{
    assert_same_output(state, "program-none", "missing", "curl_easy_init");
    assert_same_output(state, "program-none", "missing", "curl_global_init");
    assert_same_output(state, "program-none", "missing", "no_such_function");
    assert_same_output(state, "program-openssl", "missing", "no_such_function");
    assert_same_output(state, "program-openssl", "missing", "curl_no_such_function");
    assert_same_output(state, "program-openssl", "missing", "curl_multi_get_handles");
    assert_same_output(state, "program-openssl", "missing", "getpid");
    assert_same_output(state, "program-none", "absent", "no-such-library.so");
}

static void another_hosts_requests_pass(void **state)
{
    struct layout *layout = *state;
    char url[256];
    snprintf(url, sizeof url, "LAYOUT_URL=%s", vespa_sim_process_worker(layout->sim, 0));
    layout->environment = (const char *const[]){url, NULL};
    assert_same_output(state, "program-openssl", "run", "a");
    assert_same_output(state, "program-openssl", "default", "a");
    assert_same_output(state, "program-nopie", "multi", "a");
    assert_int_equal(vespa_json_number(layout_stats(state), "route.count"), 0);
    assert_int_equal(vespa_json_number(layout_stats(state), "workers.0.refused"), 8);
}

/* The worker's own address is the virtual host: who is not routed reaches it all the same. */
static void make_worker_virtual(struct layout *layout, const char *log)
{
    static char url[256], host[256], level[32];
    static const char *const environment[] = {url, host, level, NULL};
    const char *worker = vespa_sim_process_worker(layout->sim, 0);
    snprintf(url, sizeof url, "LAYOUT_URL=%s", worker);
    snprintf(host, sizeof host, "VESPA_HOST=%s", strstr(worker, "//") + 2);
    snprintf(level, sizeof level, "VESPA_LOG=%s", log);
    layout->environment = environment;
}

static void assert_counts(void **state, int routed, int passed)
{
    assert_int_equal(vespa_json_number(layout_stats(state), "route.count"), routed);
    assert_int_equal(vespa_json_number(layout_stats(state), "workers.0.accepted"), routed);
    assert_int_equal(vespa_json_number(layout_stats(state), "workers.0.refused"), passed);
}

/* So many lines in the log, one with these words. */
static void assert_logged(const struct layout *layout, int lines, const char *words)
{
    for (const char *at = layout->result.err; (at = strchr(at, '\n')) != NULL; at++)
        lines--;
    if (!strstr(layout->result.err, words) || lines != 0)
        fail_msg("the log does not say it, or not once: %s", layout->result.err);
}

static void a_libcurl_that_lacks_a_function_is_left_alone(void **state)
{
    struct layout *layout = *state;
    make_worker_virtual(layout, "warn");
    layout_run(state, "program-plain", "run", "a", NULL);
    layout_assert_routed(state, "a:OpenSSL");
    vespa_sim_process_reset(layout->sim);
    layout_run(state, "program-lacking", "run", "b", "multi", "c", NULL);
    assert_counts(state, 0, 2);
    assert_logged(layout, 1, "libcurl-l.so has no curl_easy_pause");
}

static void a_libcurl_that_lacks_a_function_does_not_spoil_another(void **state)
{
    layout_needs_gnutls();
    make_worker_virtual(*state, "off");
    layout_run(state, "program-lacking", "run", "a", "open", "libcurl-gnutls.so.4", "l", "handle",
               "b", "run", "c", NULL);
    assert_counts(state, 2, 2);
}

/* ---- what is not hooked, and said so --------------------------------------------------------- */

static void looked_up_by_dlvsym(void **state)
{
    make_worker_virtual(*state, "error");
    layout_run(state, "program-none", "open", "libcurl.so.4", "l", "version", "CURL_OPENSSL_4",
               "handle", "a", "handle", "b", NULL);
    assert_counts(state, 0, 4);
    assert_logged(*state, 1, "error: a request to a virtual host is not routed");
}

/* Three functions have hooks of that version; the handle that they make is the program's. */
static void looked_up_by_dlvsym_in_the_global_scope(void **state)
{
    make_worker_virtual(*state, "error");
    layout_run(state, "program-openssl", "version", "CURL_OPENSSL_4", "default", "a", "run", "b",
               NULL);
    assert_counts(state, 1, 2);
    assert_logged(*state, 1, "error: a request to a virtual host is not routed");
}

static void another_hosts_requests_by_dlvsym_are_not_spoken_of(void **state)
{
    struct layout *layout = *state;
    make_worker_virtual(layout, "warn");
    layout->environment = (const char *const[]){layout->environment[0], "VESPA_LOG=warn", NULL};
    layout_run(state, "program-none", "open", "libcurl.so.4", "l", "version", "CURL_OPENSSL_4",
               "handle", "a", NULL);
    assert_counts(state, 0, 2);
    assert_string_equal(layout->result.err, "");
}

/* The namespace has a C library of its own, which gives out keys of pthread_setspecific that
 * AddressSanitizer has from the other one: libcrypto's exit ends in the sanitizer's runtime. */
static void looked_up_in_a_namespace_of_its_own(void **state)
{
    layout_not_under_a_sanitizer();
    make_worker_virtual(*state, "warn");
    layout_run(state, "program-none", "space", "libcurl.so.4", "handle", "a", NULL);
    assert_counts(state, 0, 2);
    assert_logged(*state, 1, "libcurl.so.4 is in a namespace of its own (dlmopen)");
}

static void one_libcurl_too_many_is_looked_up(void **state)
{
    make_worker_virtual(*state, "warn");
    layout_run(state, "program-none", "open", "PART/copies/libcurl-1.so", "l", "handle", "a",
               "open", "PART/copies/libcurl-2.so", "l", "handle", "b", "open",
               "PART/copies/libcurl-3.so", "l", "handle", "c", "open", "PART/copies/libcurl-4.so",
               "l", "handle", "d", "open", "PART/copies/libcurl-5.so", "l", "handle", "e", "close",
               "-", "handle", "f", NULL);
    assert_counts(state, 10, 2);
    assert_logged(*state, 2, "copies/libcurl-5.so is one libcurl too many");
    assert_logged(*state, 2, "error: a request to a virtual host is not routed");
}

/* The dynamic linker binds a weak reference to the first definition that there is, and that is
 * ours, for all callers alike, before it is known which libcurl they use. What libcurl lacks then
 * answers as it may fail: no array, CURLM_UNKNOWN_OPTION. */
static void weak_references_to_what_libcurl_lacks(void **state)
{
    struct layout *layout = *state;
    char *plain = layout_run_plain(state, "program-openssl", "missing", "curl_multi_get_handles",
                                   "missing", "curl_multi_get_offt", NULL);
    bool lacks = strstr(plain, "get_handles is not there") && strstr(plain, "offt is not there");
    free(plain);
    if (!lacks)
        skip();
    layout_run(state, "program-openssl", "asking", "a", NULL);
    layout_assert_routed(state, "a:OpenSSL");
    vespa_sim_process_reset(layout->sim);
    make_worker_virtual(layout, "error");
    layout->environment = (const char *const[]){layout->environment[0], NULL};
    assert_same_output(state, "program-openssl", "asking", "a");
    assert_counts(state, 0, 2);
}

/* ---- other guests --------------------------------------------------------------------------- */

static void a_library_that_looks_behind_itself(void **state)
{
    struct layout *layout = *state;
    layout->before = "next.so";
    layout_run(state, "program-openssl", "run", "a", "default", "b", NULL);
    layout_assert_routed_and(state, "a:OpenSSL b:OpenSSL b-multi:OpenSSL",
                             "next saw some connect\n");
}

static void a_library_behind_the_shim_that_looks_behind_itself(void **state)
{
    struct layout *layout = *state;
    layout->after = "next.so";
    layout_run(state, "program-openssl", "run", "a", "default", "b", NULL);
    layout_assert_routed_and(state, "a:OpenSSL b:OpenSSL b-multi:OpenSSL",
                             "next saw some connect\n");
}

/* Before the shim it sees what the program does. */
static void another_hooking_library_before_the_shim(void **state)
{
    struct layout *layout = *state;
    layout->before = "wrapper-next.so";
    layout_run(state, "program-openssl", "run", "a", "multi", "b", NULL);
    layout_assert_routed_and(state, "a:OpenSSL b:OpenSSL", "wrapper saw 1 perform, some setopt\n");
}

/* Behind it, what libcurl is told: the call to the autoscaler as well. */
static void another_hooking_library_behind_the_shim(void **state)
{
    struct layout *layout = *state;
    layout->after = "wrapper-next.so";
    layout_run(state, "program-openssl", "run", "a", "multi", "b", NULL);
    layout_assert_routed_and(state, "a:OpenSSL b:OpenSSL", "wrapper saw 2 perform, some setopt\n");
}

static void a_hooking_library_with_a_handle_before_the_shim(void **state)
{
    struct layout *layout = *state;
    layout->before = "wrapper-handle.so";
    layout_run(state, "program-openssl", "run", "a", "multi", "b", NULL);
    layout_assert_routed_and(state, "a:OpenSSL b:OpenSSL", "wrapper saw 1 perform, some setopt\n");
}

static void a_hooking_library_with_a_handle_behind_the_shim(void **state)
{
    struct layout *layout = *state;
    layout->after = "wrapper-handle.so";
    layout_run(state, "program-openssl", "run", "a", "multi", "b", NULL);
    layout_assert_routed_and(state, "a:OpenSSL b:OpenSSL", "wrapper saw 2 perform, some setopt\n");
}

static void a_hooking_library_behind_the_shim_and_a_plugin(void **state)
{
    struct layout *layout = *state;
    layout->after = "wrapper-handle.so";
    layout_run(state, "program-none", "open", PLUGIN("openssl"), "l", "plugin", "a", NULL);
    layout_assert_routed_and(state, "a:OpenSSL", "wrapper saw 2 perform, some setopt\n");
}

/* ---- all ------------------------------------------------------------------------------------ */

int main(void)
{
    const struct CMUnitTest tests[] = {
        LAYOUT(looked_up_by_handle),
        LAYOUT(looked_up_by_a_plugin_in_its_own_scope),
        LAYOUT(looked_up_by_plugins_of_both_flavours),
        LAYOUT(both_flavours_looked_up_by_handle),
        LAYOUT(looked_up_beside_another_flavour),
        LAYOUT(an_unversioned_one_looked_up_by_handle),
        LAYOUT(looked_up_by_the_handle_of_a_plugin),
        LAYOUT(looked_up_in_the_global_scope),
        LAYOUT(looked_up_in_the_global_scope_of_the_gnutls_flavour),
        LAYOUT(looked_up_once_it_was_opened_for_all),
        LAYOUT(looked_up_in_the_program_as_d_does_it),
        LAYOUT(unloaded_and_looked_up_again),
        LAYOUT(what_is_not_there_is_not_found),
        LAYOUT(another_hosts_requests_pass),
        LAYOUT(a_libcurl_that_lacks_a_function_is_left_alone),
        LAYOUT(a_libcurl_that_lacks_a_function_does_not_spoil_another),
        LAYOUT(looked_up_by_dlvsym),
        LAYOUT(looked_up_by_dlvsym_in_the_global_scope),
        LAYOUT(another_hosts_requests_by_dlvsym_are_not_spoken_of),
        LAYOUT(looked_up_in_a_namespace_of_its_own),
        LAYOUT(one_libcurl_too_many_is_looked_up),
        LAYOUT(weak_references_to_what_libcurl_lacks),
        LAYOUT(a_library_that_looks_behind_itself),
        LAYOUT(a_library_behind_the_shim_that_looks_behind_itself),
        LAYOUT(another_hooking_library_before_the_shim),
        LAYOUT(another_hooking_library_behind_the_shim),
        LAYOUT(a_hooking_library_with_a_handle_before_the_shim),
        LAYOUT(a_hooking_library_with_a_handle_behind_the_shim),
        LAYOUT(a_hooking_library_behind_the_shim_and_a_plugin),
    };
    return layout_run_tests(tests, sizeof tests / sizeof *tests);
}
