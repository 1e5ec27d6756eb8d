/*
 * Every way in which a process can hold libcurl: linked, in several flavours, brought by plugins.
 * The request was routed, and the answer is right.
 */
#include "tests/layouts/layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLUGIN(flavour)  "PART/plugin-" flavour ".so"
#define WAITING(flavour) "PART/waiting-" flavour ".so"

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

/* Whoever opens a library holds the dynamic linker's lock while its constructors run. */
static void a_thread_that_a_constructor_waits_for(void **state)
{
    layout_run(state, "program-none", "open", WAITING("openssl"), "l", "plugin", "a", "close", "-",
               NULL);
    layout_assert_routed(state, "thread:OpenSSL thread-multi:OpenSSL a:OpenSSL");
}

static void such_a_thread_with_the_other_flavour(void **state)
{
    layout_needs_gnutls();
    layout_run(state, "program-openssl", "run", "a", "open", WAITING("gnutls"), "n", "plugin", "b",
               "close", "-", "run", "c", NULL);
    layout_assert_routed(state, "a:OpenSSL thread:GnuTLS thread-multi:GnuTLS b:GnuTLS c:OpenSSL");
}

static void such_a_thread_without_symbol_versions(void **state)
{
    layout_run(state, "program-none", "open", WAITING("plain"), "l", "plugin", "a", NULL);
    layout_assert_routed(state, "thread:OpenSSL thread-multi:OpenSSL a:OpenSSL");
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

static void many_threads_make_the_first_handles_at_once(void **state)
{
    layout_needs_gnutls();
    layout_run(state, "program-openssl", "open", PLUGIN("gnutls"), "l", "threads", "t", NULL);
    layout_assert_routed(state, "t-0:OpenSSL t-1:GnuTLS t-2:OpenSSL t-3:GnuTLS t-4:OpenSSL "
                                "t-5:GnuTLS t-6:OpenSSL t-7:GnuTLS");
}

/* What the dynamic linker locks while it is asked is not set free in the child of a fork. */
static void children_find_libcurl_while_a_thread_looks_for_it(void **state)
{
    struct layout *layout = *state;
    layout_run(state, "program-openssl", "forks", "300", NULL);
    assert_string_equal(layout->result.out, "300 children came back\n");
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

/* AddressSanitizer ends a program that asks for RTLD_DEEPBIND, and its own dlopen stands before
 * ours and calls on without a jump. */
static void a_plugin_that_is_bound_deeply(void **state)
{
    layout_not_under_a_sanitizer();
    layout_run(state, "program-none", "open", PLUGIN("openssl"), "lgd", "plugin", "a",
               "plugin-multi", "b", NULL);
    layout_assert_routed(state, "a:OpenSSL b:OpenSSL");
}

static void a_deeply_bound_plugin_beside_another_flavour(void **state)
{
    layout_not_under_a_sanitizer();
    layout_needs_gnutls();
    layout_run(state, "program-openssl", "open", PLUGIN("gnutls"), "nd", "plugin", "a", "both", "b",
               NULL);
    layout_assert_routed(state, "a:GnuTLS " BOTH("b", "OpenSSL", "GnuTLS"));
}

static void a_plugin_that_the_programs_runpath_finds(void **state)
{
    layout_not_under_a_sanitizer();
    layout_run(state, "program-runpath", "open", "plugin-by-name.so", "l", "plugin", "a", NULL);
    layout_assert_routed(state, "a:OpenSSL");
}

static void a_deeply_bound_plugin_that_the_programs_runpath_finds(void **state)
{
    layout_not_under_a_sanitizer();
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

/* ---- all ------------------------------------------------------------------------------------ */

int main(void)
{
    const struct CMUnitTest tests[] = {
        LAYOUT(a_dependency_of_the_program),
        LAYOUT(a_dependency_of_the_gnutls_flavour),
        LAYOUT(a_dependency_without_symbol_versions),
        LAYOUT(a_program_that_is_not_position_independent),
        LAYOUT(a_program_that_calls_without_a_linkage_table),
        LAYOUT(a_program_that_is_bound_at_once),
        LAYOUT(a_libcurl_that_calls_itself_directly),
        LAYOUT(constructors_and_destructors_of_a_library),
        LAYOUT(a_thread_that_a_constructor_waits_for),
        LAYOUT(such_a_thread_with_the_other_flavour),
        LAYOUT(such_a_thread_without_symbol_versions),
        LAYOUT(exit_handlers_and_destructors_of_the_program),
        LAYOUT(the_first_use_is_at_exit),
        LAYOUT(gnutls_joins_openssl),
        LAYOUT(openssl_joins_gnutls),
        LAYOUT(both_begin_at_once),
        LAYOUT(many_threads_make_the_first_handles_at_once),
        LAYOUT(children_find_libcurl_while_a_thread_looks_for_it),
        LAYOUT(two_plugins_with_a_flavour_each),
        LAYOUT(an_unversioned_libcurl_of_the_program_serves_all),
        LAYOUT(an_unversioned_libcurl_beside_a_flavour),
        LAYOUT(an_unversioned_plugin_is_bound_to_what_the_program_has),
        LAYOUT(what_one_flavour_ends_is_its_own),
        LAYOUT(a_handle_that_is_made_by_a_jump_has_its_own_flavour),
        LAYOUT(code_that_belongs_to_no_object_is_served),
        LAYOUT(code_that_belongs_to_no_object_is_served_by_version),
        LAYOUT(a_handle_keeps_its_flavour_in_other_hands),
        LAYOUT(the_other_flavour_is_preloaded),
        LAYOUT(a_plugin_brings_libcurl),
        LAYOUT(a_plugin_brings_it_for_all),
        LAYOUT(a_plugin_brings_an_unversioned_one),
        LAYOUT(a_plugin_that_is_bound_deeply),
        LAYOUT(a_deeply_bound_plugin_beside_another_flavour),
        LAYOUT(a_plugin_that_the_programs_runpath_finds),
        LAYOUT(a_deeply_bound_plugin_that_the_programs_runpath_finds),
        LAYOUT(a_plugin_that_is_unloaded_and_loaded_again),
        LAYOUT(a_plugin_in_the_place_of_one_with_another_flavour),
        LAYOUT(an_unversioned_plugin_in_the_place_of_one_with_a_flavour),
        LAYOUT(an_unversioned_plugin_after_one_with_a_flavour),
    };
    return layout_run_tests(tests, sizeof tests / sizeof *tests);
}
