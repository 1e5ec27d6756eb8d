/* How the C library's dlsym is found (shim/lookup.h), with this glibc and with others. */
#include "shim/lookup.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#if defined(__x86_64__)
#define OLD "GLIBC_2.2.5"
#else
#define OLD "GLIBC_2.17"
#endif
#define NEW "GLIBC_2.34"

static int dlsym_of_libc;

/* A dlvsym for which dlsym has these versions. */
static void *look_up(const char *name, const char *version, const char *const *versions)
{
    if (strcmp(name, "dlsym") != 0)
        return NULL;
    for (; *versions; versions++)
        if (strcmp(version, *versions) == 0)
            return &dlsym_of_libc;
    return NULL;
}

static void *before_2_34(void *handle, const char *name, const char *version)
{
    assert_ptr_equal(handle, RTLD_NEXT);
    return look_up(name, version, (const char *const[]){OLD, NULL});
}

/* As on a machine whose oldest version is newer than the ones that are known. */
static void *new_only(void *handle, const char *name, const char *version)
{
    assert_ptr_equal(handle, RTLD_NEXT);
    return look_up(name, version, (const char *const[]){NEW, NULL});
}

static void *elsewhere(void *handle, const char *name, const char *version)
{
    (void)handle;
    return look_up(name, version, (const char *const[]){"ANOTHER_1", NULL});
}

static unsigned asked;

static void *counting(void *handle, const char *name, const char *version)
{
    asked++;
    return dlvsym(handle, name, version);
}

static void dlsym_is_found_before_glibc_2_34(void **state)
{
    (void)state;
    assert_ptr_equal(vespa_find_dlsym(before_2_34), &dlsym_of_libc);
}

static void dlsym_is_found_where_only_the_new_version_is(void **state)
{
    (void)state;
    assert_ptr_equal(vespa_find_dlsym(new_only), &dlsym_of_libc);
}

static void no_dlsym_is_no_crash(void **state)
{
    (void)state;
    assert_null(vespa_find_dlsym(elsewhere));
}

/* A look-up that fails allocates memory for dlerror, from an allocator that may call dlsym. */
static void no_look_up_fails_here(void **state)
{
    (void)state;
    asked = 0;
    assert_non_null(vespa_find_dlsym(counting));
    assert_int_equal(asked, 1);
}

static void what_is_found_is_the_c_librarys(void **state)
{
    (void)state;
    assert_ptr_equal(vespa_lookup(RTLD_DEFAULT, "getpid"), dlsym(RTLD_DEFAULT, "getpid"));
    assert_null(vespa_lookup(RTLD_DEFAULT, "no_such_symbol_anywhere"));
    assert_non_null(dlerror());
    assert_non_null(vespa_lookup_next());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dlsym_is_found_before_glibc_2_34),
        cmocka_unit_test(dlsym_is_found_where_only_the_new_version_is),
        cmocka_unit_test(no_dlsym_is_no_crash),
        cmocka_unit_test(no_look_up_fails_here),
        cmocka_unit_test(what_is_found_is_the_c_librarys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
