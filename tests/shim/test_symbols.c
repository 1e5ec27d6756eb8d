/* Functions that loaded objects define (shim/symbols.h), held against the dynamic linker's own
 * look-up. */
#define _GNU_SOURCE // dlvsym

#include "shim/object.h"
#include "shim/symbols.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <curl/curl.h>
#include <cmocka.h>

static struct vespa_object object_of(const void *address)
{
    struct vespa_object object;
    assert_true(vespa_object_at((uintptr_t)address, &object));
    return object;
}

static void assert_found_as_by_dlsym(const struct vespa_object *object, const char *name)
{
    void *opened = dlopen(object->name, RTLD_LAZY | RTLD_NOLOAD);
    assert_non_null(opened);
    assert_ptr_equal(vespa_symbols_find(&object->symbols, name), dlsym(opened, name));
    dlclose(opened);
}

static const char *const names[] = {
    "curl_easy_init",    "curl_easy_setopt",    "curl_easy_perform", "curl_easy_cleanup",
    "curl_multi_init",   "curl_multi_perform",  "curl_url_get",      "curl_slist_append",
    "curl_version_info", "curl_global_cleanup", "curl_free",
};
enum { NAMES = sizeof names / sizeof *names };

static void functions_of_a_libcurl_are_those_of_dlsym(void **state)
{
    (void)state;
    struct vespa_object curl = object_of(dlsym(RTLD_DEFAULT, "curl_easy_init"));
    for (size_t i = 0; i < NAMES; i++)
        assert_found_as_by_dlsym(&curl, names[i]);
}

static void what_an_object_only_needs_is_not_its_own(void **state)
{
    (void)state;
    struct vespa_object curl = object_of(dlsym(RTLD_DEFAULT, "curl_easy_init"));
    assert_null(vespa_symbols_find(&curl.symbols, "malloc"));
    assert_null(vespa_symbols_find(&curl.symbols, "curl_easy_ini"));
    assert_null(vespa_symbols_find(&curl.symbols, "curl_easy_initt"));
    assert_null(vespa_symbols_find(&curl.symbols, ""));
}

/* memcpy has an old version and a default one, on x86-64. */
static void of_several_versions_the_default_one_is_found(void **state)
{
    (void)state;
    struct vespa_object c_library = object_of((void *)(uintptr_t)dlsym(RTLD_DEFAULT, "getpid"));
    static const char *const several[] = {"pthread_cond_wait", "pthread_cond_signal", "fclose"};
    for (size_t i = 0; i < sizeof several / sizeof *several; i++)
        assert_found_as_by_dlsym(&c_library, several[i]);
}

/* The same tables with the older of the two kinds of hash table, made here. */
static void the_older_hash_table_serves_as_well(void **state)
{
    (void)state;
    struct vespa_object curl = object_of(dlsym(RTLD_DEFAULT, "curl_easy_init"));
    struct vespa_symbols symbols = curl.symbols;
    static uint32_t table[2 + 1 + 4096]; /* one bucket: a chain of all symbols */
    uint32_t count = 0;
    for (size_t i = 0; i < NAMES; i++) {
        const char *found = vespa_symbols_find(&curl.symbols, names[i]);
        for (uint32_t k = 1; k < 4096; k++)
            if (found == (char *)symbols.base + symbols.table[k].st_value &&
                strcmp(symbols.names + symbols.table[k].st_name, names[i]) == 0) {
                count = k > count ? k : count;
                break;
            }
    }
    table[0] = 1;
    table[1] = count + 1;
    table[2] = count;
    for (uint32_t k = 1; k <= count; k++)
        table[3 + k] = k - 1;
    symbols.gnu_hash = NULL;
    symbols.hash = table;
    for (size_t i = 0; i < NAMES; i++)
        assert_ptr_equal(vespa_symbols_find(&symbols, names[i]),
                         vespa_symbols_find(&curl.symbols, names[i]));
    assert_null(vespa_symbols_find(&symbols, "curl_easy_ini"));
}

static void versions_that_are_defined_and_needed(void **state)
{
    (void)state;
    struct vespa_object c_library = object_of((void *)(uintptr_t)dlsym(RTLD_DEFAULT, "getpid"));
    struct vespa_object curl = object_of(dlsym(RTLD_DEFAULT, "curl_easy_init"));
    assert_true(vespa_symbols_satisfy(&c_library.symbols, "GLIBC_2.34"));
    assert_false(vespa_symbols_satisfy(&c_library.symbols, "GLIBC_2.99"));
    assert_false(vespa_symbols_satisfy(&c_library.symbols, "CURL_OPENSSL_4"));
    assert_non_null(vespa_symbols_need(&curl.symbols, "GLIBC_2."));
    assert_null(vespa_symbols_need(&curl.symbols, "CURL_"));
    assert_null(vespa_symbols_need(&c_library.symbols, "CURL_"));
}

/* One without versions satisfies every reference. */
static void an_object_without_versions_satisfies_all(void **state)
{
    (void)state;
    struct vespa_symbols symbols = object_of((const void *)names).symbols; /* the program */
    assert_null(symbols.defined);
    assert_true(vespa_symbols_satisfy(&symbols, "CURL_OPENSSL_4"));
}

static void an_object_without_symbols_has_none(void **state)
{
    (void)state;
    struct dl_phdr_info nothing = {.dlpi_name = ""};
    struct vespa_symbols symbols = vespa_symbols_of(&nothing);
    assert_null(vespa_symbols_find(&symbols, "curl_easy_init"));
    assert_null(vespa_symbols_need(&symbols, "CURL_"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_of_a_libcurl_are_those_of_dlsym),
        cmocka_unit_test(what_an_object_only_needs_is_not_its_own),
        cmocka_unit_test(of_several_versions_the_default_one_is_found),
        cmocka_unit_test(the_older_hash_table_serves_as_well),
        cmocka_unit_test(versions_that_are_defined_and_needed),
        cmocka_unit_test(an_object_without_versions_satisfies_all),
        cmocka_unit_test(an_object_without_symbols_has_none),
    };
    (void)curl_version(); /* linked */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
