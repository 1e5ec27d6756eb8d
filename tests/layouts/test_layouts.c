/*
 * Every way in which a process can hold libcurl: the request was routed, and the answer is right.
 * All with the shim as it is built and without optimisation.
 */
#include "tests/layouts/layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLUGIN(flavour) "PART/plugin-" flavour ".so"

/* ---- linked --------------------------------------------------------------------------------- */

static void a_dependency_of_the_program(void **state)
{
    layout_run(state, "program-openssl", "run", "a", "multi", "b", NULL);
    layout_assert_routed(state, "a:OpenSSL b:OpenSSL");
}

static void a_dependency_of_the_gnutls_flavour(void **state)
{
    layout_needs_gnutls();
    layout_run(state, "program-gnutls", "run", "a", "multi", "b", NULL);
    layout_assert_routed(state, "a:GnuTLS b:GnuTLS");
}

static void a_dependency_without_symbol_versions(void **state)
{
    layout_run(state, "program-plain", "run", "a", "multi", "b", NULL);
    layout_assert_routed(state, "a:OpenSSL b:OpenSSL");
}

static void a_program_that_is_not_position_independent(void **state)
{
    layout_run(state, "program-nopie", "run", "a", "multi", "b", "default", "c", "next", "d", NULL);
    layout_assert_routed(state, "a:OpenSSL b:OpenSSL c:OpenSSL c-multi:OpenSSL d:OpenSSL "
                                "d-multi:OpenSSL");
}

static void a_program_that_calls_without_a_linkage_table(void **state)
{
    layout_run(state, "program-noplt", "run", "a", "multi", "b", NULL);
    layout_assert_routed(state, "a:OpenSSL b:OpenSSL");
}

static void a_program_that_is_bound_at_once(void **state)
{
    struct layout *layout = *state;
    layout->environment = (const char *const[]){"LD_BIND_NOW=1", NULL};
    layout_run(state, "program-openssl", "run", "a", "multi", "b", "open", PLUGIN("openssl"), "l",
               "plugin", "c", NULL);
    layout_assert_routed(state, "a:OpenSSL b:OpenSSL c:OpenSSL");
}

/* Inner calls of libcurl do not arrive at our hooks then. */
static void a_libcurl_that_calls_itself_directly(void **state)
{
    struct layout *layout = *state;
    char path[4096];
    char *directory = vespa_build_path("tests/layouts/parts/symbolic");
    snprintf(path, sizeof path, "LD_LIBRARY_PATH=%s", directory);
    free(directory);
    layout->environment = (const char *const[]){path, NULL};
    layout_run(state, "program-openssl", "run", "a", "multi", "b", "run", "c", "default", "d",
               NULL);
    layout_assert_routed(state, "a:OpenSSL b:OpenSSL c:OpenSSL d:OpenSSL d-multi:OpenSSL");
}

static void constructors_and_destructors_of_a_library(void **state)
{
    layout_run(state, "program-early", NULL);
    layout_assert_routed(state, "constructor:OpenSSL constructor-multi:OpenSSL destructor:OpenSSL");
}

static void exit_handlers_and_destructors_of_the_program(void **state)
{
    layout_run(state, "program-openssl", "run", "a", "atexit", "b", "after", "c", NULL);
    layout_assert_routed(state, "a:OpenSSL b:OpenSSL c:OpenSSL");
}

static void the_first_use_is_at_exit(void **state)
{
    layout_run(state, "program-openssl", "after", "a", NULL);
    layout_assert_routed(state, "a:OpenSSL");
}

/* ---- both flavours -------------------------------------------------------------------------- */

#define BOTH(label, own, plugin)                                                        \
    label "-plugin-0:" plugin " " label "-own-0:" own " " label "-own-1:" own " " label \
          "-plugin-1:" plugin " " label "-own-2:" own " " label "-plugin-2:" plugin

static void gnutls_joins_openssl(void **state)
{
    layout_needs_gnutls();
    layout_run(state, "program-openssl", "run", "a", "open", PLUGIN("gnutls"), "l", "plugin", "b",
               "both", "c", NULL);
    layout_assert_routed(state, "a:OpenSSL b:GnuTLS " BOTH("c", "OpenSSL", "GnuTLS"));
}

static void openssl_joins_gnutls(void **state)
{
    layout_needs_gnutls();
    layout_run(state, "program-gnutls", "run", "a", "open", PLUGIN("openssl"), "ng", "plugin", "b",
               "both", "c", NULL);
    layout_assert_routed(state, "a:GnuTLS b:OpenSSL " BOTH("c", "GnuTLS", "OpenSSL"));
}

static void both_begin_at_once(void **state)
{
    layout_needs_gnutls();
    layout_run(state, "program-gnutls", "open", PLUGIN("openssl"), "l", "both", "c", NULL);
    layout_assert_routed(state, BOTH("c", "GnuTLS", "OpenSSL"));
}

static void two_plugins_with_a_flavour_each(void **state)
{
    layout_needs_gnutls();
    layout_run(state, "program-none", "open", PLUGIN("gnutls"), "l", "plugin", "a", "open",
               PLUGIN("openssl"), "l", "plugin", "b", "plugin-multi", "c", "close", "-", "plugin",
               "d", "plugin-multi", "e", NULL);
    layout_assert_routed(state, "a:GnuTLS b:OpenSSL c:OpenSSL d:GnuTLS e:GnuTLS");
}

/* It satisfies references to any version, as the dynamic linker has it. */
static void an_unversioned_libcurl_of_the_program_serves_all(void **state)
{
    layout_needs_gnutls();
    layout_run(state, "program-plain", "run", "a", "open", PLUGIN("gnutls"), "l", "both", "c",
               NULL);
    layout_assert_routed(state, "a:OpenSSL " BOTH("c", "OpenSSL", "OpenSSL"));
}

static void an_unversioned_libcurl_beside_a_flavour(void **state)
{
    layout_needs_gnutls();
    layout_run(state, "program-none", "open", PLUGIN("plain"), "l", "plugin", "a", "open",
               PLUGIN("gnutls"), "l", "plugin", "b", "close", "-", "plugin", "c", NULL);
    layout_assert_routed(state, "a:OpenSSL b:GnuTLS c:OpenSSL");
}

/* Without a version its references are satisfied by the program's libcurl, as they always are. */
static void an_unversioned_plugin_is_bound_to_what_the_program_has(void **state)
{
    layout_needs_gnutls();
    layout_run(state, "program-gnutls", "open", PLUGIN("plain"), "l", "plugin", "a", NULL);
    layout_assert_routed(state, "a:GnuTLS");
}

/* The number of the connection over which the autoscaler was asked for the n-th time. */
static int connection_of(const cJSON *stats, int call)
{
    char path[64];
    snprintf(path, sizeof path, "route.calls.%d.connection", call);
    return (int)vespa_json_number(stats, path);
}

static void what_one_flavour_ends_is_its_own(void **state)
{
    layout_needs_gnutls();
    layout_run(state, "program-openssl", "open", PLUGIN("gnutls"), "l", "run", "a", "plugin", "b",
               "plugin-end", "-", "run", "c", "plugin", "d", "end", "-", "plugin", "e", "run", "f",
               NULL);
    layout_assert_routed(state, "a:OpenSSL b:GnuTLS c:OpenSSL d:GnuTLS e:GnuTLS f:OpenSSL");
    const cJSON *stats = layout_stats(state);
    assert_int_equal(connection_of(stats, 2), connection_of(stats, 0));
    assert_int_not_equal(connection_of(stats, 3), connection_of(stats, 1));
    assert_int_equal(connection_of(stats, 4), connection_of(stats, 3));
    assert_int_not_equal(connection_of(stats, 5), connection_of(stats, 2));
}

/* By the return address it is the program that made it. */
static void a_handle_that_is_made_by_a_jump_has_its_own_flavour(void **state)
{
    layout_needs_gnutls();
    layout_run(state, "program-openssl", "open", PLUGIN("gnutls"), "l", "plugin-jump", "a", "run",
               "b", NULL);
    layout_assert_routed(state, "a:GnuTLS b:OpenSSL");
}

/* Without a version either, it is what there is. */
static void code_that_belongs_to_no_object_is_served(void **state)
{
    layout_run(state, "program-none", "open", PLUGIN("plain"), "l", "plugin-jit", "a", NULL);
    layout_assert_routed(state, "a:OpenSSL");
}

static void code_that_belongs_to_no_object_is_served_by_version(void **state)
{
    layout_needs_gnutls();
    layout_run(state, "program-none", "open", PLUGIN("openssl"), "l", "plugin", "a", "open",
               PLUGIN("gnutls"), "l", "plugin-jit", "b", "close", "-", "plugin-jit", "c", NULL);
    layout_assert_routed(state, "a:OpenSSL b:GnuTLS c:OpenSSL");
}

static void a_handle_keeps_its_flavour_in_other_hands(void **state)
{
    layout_needs_gnutls();
    layout_run(state, "program-openssl", "open", PLUGIN("gnutls"), "l", "given", "a", "taken", "b",
               "plugin", "c", NULL);
    layout_assert_routed(state, "a:GnuTLS+OpenSSL b:OpenSSL+GnuTLS c:GnuTLS");
}

/* It comes first in the global scope, and has not the version that the program needs. */
static void the_other_flavour_is_preloaded(void **state)
{
    struct layout *layout = *state;
    layout_needs_gnutls();
    layout->after = "early-openssl.so";
    layout_run(state, "program-gnutls", "run", "a", "multi", "b", NULL);
    layout_assert_routed(state, "constructor:OpenSSL constructor-multi:OpenSSL a:GnuTLS b:GnuTLS "
                                "destructor:OpenSSL");
}

/* ---- plugins -------------------------------------------------------------------------------- */

static void a_plugin_brings_libcurl(void **state)
{
    layout_run(state, "program-none", "open", PLUGIN("openssl"), "l", "plugin", "a", "plugin-multi",
               "b", NULL);
    layout_assert_routed(state, "a:OpenSSL b:OpenSSL");
}

static void a_plugin_brings_it_for_all(void **state)
{
    layout_run(state, "program-none", "open", PLUGIN("openssl"), "ng", "plugin", "a", NULL);
    layout_assert_routed(state, "a:OpenSSL");
}

static void a_plugin_brings_an_unversioned_one(void **state)
{
    layout_run(state, "program-none", "open", PLUGIN("plain"), "l", "plugin", "a", "plugin-multi",
               "b", NULL);
    layout_assert_routed(state, "a:OpenSSL b:OpenSSL");
}

/* AddressSanitizer ends a program that asks for RTLD_DEEPBIND. */
static void not_under_a_sanitizer(void)
{
    const char *runtime = getenv("VESPA_PRELOAD_FIRST");
    if (runtime && *runtime)
        skip();
}

static void a_plugin_that_is_bound_deeply(void **state)
{
    not_under_a_sanitizer();
    layout_run(state, "program-none", "open", PLUGIN("openssl"), "lgd", "plugin", "a",
               "plugin-multi", "b", NULL);
    layout_assert_routed(state, "a:OpenSSL b:OpenSSL");
}

static void a_deeply_bound_plugin_beside_another_flavour(void **state)
{
    not_under_a_sanitizer();
    layout_needs_gnutls();
    layout_run(state, "program-openssl", "open", PLUGIN("gnutls"), "nd", "plugin", "a", "both", "b",
               NULL);
    layout_assert_routed(state, "a:GnuTLS " BOTH("b", "OpenSSL", "GnuTLS"));
}

static void a_plugin_that_the_programs_runpath_finds(void **state)
{
    layout_run(state, "program-runpath", "open", "plugin-by-name.so", "l", "plugin", "a", NULL);
    layout_assert_routed(state, "a:OpenSSL");
}

static void a_deeply_bound_plugin_that_the_programs_runpath_finds(void **state)
{
    not_under_a_sanitizer();
    layout_run(state, "program-runpath", "open", "plugin-by-name.so", "nd", "plugin", "a", NULL);
    layout_assert_routed(state, "a:OpenSSL");
}

static void a_plugin_that_is_unloaded_and_loaded_again(void **state)
{
    layout_run(state, "program-none", "open", PLUGIN("openssl"), "l", "plugin", "a", "close", "-",
               "open", PLUGIN("openssl"), "l", "plugin", "b", "close", "-", "open",
               PLUGIN("openssl"), "n", "plugin-multi", "c", NULL);
    layout_assert_routed(state, "a:OpenSSL b:OpenSSL c:OpenSSL");
}

/* The second is likely to lie where the first lay. */
static void a_plugin_in_the_place_of_one_with_another_flavour(void **state)
{
    layout_needs_gnutls();
    layout_run(state, "program-none", "open", PLUGIN("openssl"), "l", "plugin", "a", "close", "-",
               "open", PLUGIN("gnutls"), "l", "plugin", "b", "close", "-", "open",
               PLUGIN("openssl"), "l", "plugin", "c", NULL);
    layout_assert_routed(state, "a:OpenSSL b:GnuTLS c:OpenSSL");
}

/* The same place, and nothing in the reference that tells the two apart. */
static void an_unversioned_plugin_in_the_place_of_one_with_a_flavour(void **state)
{
    layout_needs_gnutls();
    layout_run(state, "program-none", "open", PLUGIN("gnutls"), "l", "plugin", "a", "close", "-",
               "open", PLUGIN("plain"), "l", "plugin", "b", "close", "-", "open", PLUGIN("gnutls"),
               "l", "plugin", "c", NULL);
    layout_assert_routed(state, "a:GnuTLS b:OpenSSL c:GnuTLS");
}

static void an_unversioned_plugin_after_one_with_a_flavour(void **state)
{
    layout_needs_gnutls();
    layout_run(state, "program-none", "open", PLUGIN("gnutls"), "l", "plugin", "a", "open",
               PLUGIN("plain"), "l", "plugin", "b", "close", "-", "plugin", "c", NULL);
    layout_assert_routed(state, "a:GnuTLS b:OpenSSL c:GnuTLS");
}

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

/* The worker's own address is the virtual host here: who is not routed reaches it all the same. */
static void a_libcurl_that_lacks_a_function_is_left_alone(void **state)
{
    struct layout *layout = *state;
    const char *worker = vespa_sim_process_worker(layout->sim, 0);
    char url[256], host[256];
    snprintf(url, sizeof url, "LAYOUT_URL=%s", worker);
    snprintf(host, sizeof host, "VESPA_HOST=%s", strstr(worker, "//") + 2);
    layout->environment = (const char *const[]){url, host, NULL};
    layout_run(state, "program-plain", "run", "a", NULL);
    layout_assert_routed(state, "a:OpenSSL");
    vespa_sim_process_reset(layout->sim);
    layout_run(state, "program-lacking", "run", "b", "multi", "c", NULL);
    assert_int_equal(vespa_json_number(layout_stats(state), "route.count"), 0);
    assert_int_equal(vespa_json_number(layout_stats(state), "workers.0.refused"), 2);
    if (!strstr(layout->result.err, "libcurl-l.so has no curl_easy_pause"))
        fail_msg("the log does not say so: %s", layout->result.err);
}

static void a_libcurl_that_lacks_a_function_does_not_spoil_another(void **state)
{
    struct layout *layout = *state;
    const char *worker = vespa_sim_process_worker(layout->sim, 0);
    char url[256], host[256];
    layout_needs_gnutls();
    snprintf(url, sizeof url, "LAYOUT_URL=%s", worker);
    snprintf(host, sizeof host, "VESPA_HOST=%s", strstr(worker, "//") + 2);
    layout->environment = (const char *const[]){url, host, "VESPA_LOG=off", NULL};
    layout_run(state, "program-lacking", "run", "a", "open", "libcurl-gnutls.so.4", "l", "handle",
               "b", "run", "c", NULL);
    assert_int_equal(vespa_json_number(layout_stats(state), "route.count"), 2);
    assert_int_equal(vespa_json_number(layout_stats(state), "workers.0.accepted"), 2);
    assert_int_equal(vespa_json_number(layout_stats(state), "workers.0.refused"), 2);
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

static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, layout_reset)
    TEST(a_dependency_of_the_program),
    TEST(a_dependency_of_the_gnutls_flavour),
    TEST(a_dependency_without_symbol_versions),
    TEST(a_program_that_is_not_position_independent),
    TEST(a_program_that_calls_without_a_linkage_table),
    TEST(a_program_that_is_bound_at_once),
    TEST(a_libcurl_that_calls_itself_directly),
    TEST(constructors_and_destructors_of_a_library),
    TEST(exit_handlers_and_destructors_of_the_program),
    TEST(the_first_use_is_at_exit),
    TEST(gnutls_joins_openssl),
    TEST(openssl_joins_gnutls),
    TEST(both_begin_at_once),
    TEST(two_plugins_with_a_flavour_each),
    TEST(an_unversioned_libcurl_of_the_program_serves_all),
    TEST(an_unversioned_libcurl_beside_a_flavour),
    TEST(an_unversioned_plugin_is_bound_to_what_the_program_has),
    TEST(what_one_flavour_ends_is_its_own),
    TEST(a_handle_that_is_made_by_a_jump_has_its_own_flavour),
    TEST(code_that_belongs_to_no_object_is_served),
    TEST(code_that_belongs_to_no_object_is_served_by_version),
    TEST(a_handle_keeps_its_flavour_in_other_hands),
    TEST(the_other_flavour_is_preloaded),
    TEST(a_plugin_brings_libcurl),
    TEST(a_plugin_brings_it_for_all),
    TEST(a_plugin_brings_an_unversioned_one),
    TEST(a_plugin_that_is_bound_deeply),
    TEST(a_deeply_bound_plugin_beside_another_flavour),
    TEST(a_plugin_that_the_programs_runpath_finds),
    TEST(a_deeply_bound_plugin_that_the_programs_runpath_finds),
    TEST(a_plugin_that_is_unloaded_and_loaded_again),
    TEST(a_plugin_in_the_place_of_one_with_another_flavour),
    TEST(an_unversioned_plugin_in_the_place_of_one_with_a_flavour),
    TEST(an_unversioned_plugin_after_one_with_a_flavour),
    TEST(looked_up_by_handle),
    TEST(looked_up_by_a_plugin_in_its_own_scope),
    TEST(looked_up_by_plugins_of_both_flavours),
    TEST(both_flavours_looked_up_by_handle),
    TEST(looked_up_beside_another_flavour),
    TEST(an_unversioned_one_looked_up_by_handle),
    TEST(looked_up_by_the_handle_of_a_plugin),
    TEST(looked_up_in_the_global_scope),
    TEST(looked_up_in_the_global_scope_of_the_gnutls_flavour),
    TEST(looked_up_once_it_was_opened_for_all),
    TEST(looked_up_in_the_program_as_d_does_it),
    TEST(unloaded_and_looked_up_again),
    TEST(what_is_not_there_is_not_found),
    TEST(another_hosts_requests_pass),
    TEST(a_libcurl_that_lacks_a_function_is_left_alone),
    TEST(a_libcurl_that_lacks_a_function_does_not_spoil_another),
    TEST(a_library_that_looks_behind_itself),
    TEST(a_library_behind_the_shim_that_looks_behind_itself),
    TEST(another_hooking_library_before_the_shim),
    TEST(another_hooking_library_behind_the_shim),
    TEST(a_hooking_library_with_a_handle_before_the_shim),
    TEST(a_hooking_library_with_a_handle_behind_the_shim),
    TEST(a_hooking_library_behind_the_shim_and_a_plugin),
};

int main(void)
{
    int failed = cmocka_run_group_tests(tests, layout_start, layout_stop);
    return failed | cmocka_run_group_tests(tests, layout_start_unoptimised, layout_stop);
}
