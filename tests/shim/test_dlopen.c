/* What becomes of a call of dlopen (shim/dlopen.h), and the reader of ELF files behind it. */
#include "shim/dlopen.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define OWN_PROGRAM "/proc/self/exe" /* is linked with libcurl */

struct scratch {
    char directory[64];
    char path[96];
};

static int set_up(void **state)
{
    struct scratch *scratch = calloc(1, sizeof *scratch);
    strcpy(scratch->directory, "/tmp/vespa-dlopen-XXXXXX");
    assert_non_null(mkdtemp(scratch->directory));
    snprintf(scratch->path, sizeof scratch->path, "%s/object.so", scratch->directory);
    *state = scratch;
    return 0;
}

static int tear_down(void **state)
{
    struct scratch *scratch = *state;
    unlink(scratch->path);
    rmdir(scratch->directory);
    free(scratch);
    return 0;
}

/* The file that a function lies in. */
static const char *file_of(void *function)
{
    Dl_info info;
    assert_true(dladdr(function, &info));
    return info.dli_fname;
}

static char *read_file(const char *path, size_t *length)
{
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(fstat(file, &status), 0);
    *length = (size_t)status.st_size;
    char *bytes = malloc(*length);
    assert_int_equal(read(file, bytes, *length), *length);
    close(file);
    return bytes;
}

/* Opens the scratch file for writing, with these contents. */
static int write_file(const struct scratch *scratch, const char *bytes, size_t length)
{
    int file = open(scratch->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    assert_int_equal(write(file, bytes, length), length);
    return file;
}

static void an_object_that_names_libcurl_is_found(void **state)
{
    (void)state;
    assert_true(curl_version() != NULL);
    assert_true(vespa_file_needs_libcurl(OWN_PROGRAM));
}

static void *here(void)
{
    return __builtin_return_address(0);
}

static void objects_that_do_not_name_it_are_left_alone(void **state)
{
    (void)state;
    assert_false(vespa_file_needs_libcurl(file_of((void *)malloc)));
    assert_false(vespa_file_needs_libcurl(file_of((void *)curl_version)));
}

static void what_is_no_object_is_left_alone(void **state)
{
    const struct scratch *scratch = *state;
    assert_false(vespa_file_needs_libcurl("/nonexistent/libcurl.so.4"));
    assert_false(vespa_file_needs_libcurl("/tmp"));
    assert_false(vespa_file_needs_libcurl("/dev/zero"));
    close(write_file(scratch, "", 0));
    assert_false(vespa_file_needs_libcurl(scratch->path));
    close(write_file(scratch, "libcurl.so.4", 12));
    assert_false(vespa_file_needs_libcurl(scratch->path));
}

static void a_pipe_is_not_waited_for(void **state)
{
    const struct scratch *scratch = *state;
    assert_int_equal(mkfifo(scratch->path, 0600), 0);
    assert_false(vespa_file_needs_libcurl(scratch->path));
}

static void a_file_that_is_cut_off_is_read_no_further(void **state)
{
    const struct scratch *scratch = *state;
    size_t length, step;
    char *bytes = read_file(OWN_PROGRAM, &length);
    int file = write_file(scratch, bytes, length);
    assert_true(vespa_file_needs_libcurl(scratch->path));
    for (size_t left = length; left > 0; left -= step) {
        assert_int_equal(ftruncate(file, (off_t)left), 0);
        vespa_file_needs_libcurl(scratch->path);
        step = left > 4096 ? 1021 : left > 64 ? 31 : 1;
    }
    close(file);
    free(bytes);
}

static void a_broken_header_leads_nowhere(void **state)
{
    const struct scratch *scratch = *state;
    size_t length;
    char *bytes = read_file(OWN_PROGRAM, &length);
    int file = write_file(scratch, bytes, length);
    for (off_t at = 0; at < 1024; at++) {
        static const char wrong[] = {'\0', '\x01', '\x7f', '\xff'};
        for (size_t i = 0; i < sizeof wrong; i++) {
            assert_int_equal(pwrite(file, wrong + i, 1, at), 1);
            vespa_file_needs_libcurl(scratch->path);
        }
        assert_int_equal(pwrite(file, bytes + at, 1, at), 1);
    }
    assert_true(vespa_file_needs_libcurl(scratch->path));
    close(file);
    free(bytes);
}

static void only_the_deep_binding_of_such_an_object_is_taken_out(void **state)
{
    char path[PATH_MAX];
    (void)state;
    assert_non_null(realpath(OWN_PROGRAM, path));
    int deep = RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE | RTLD_DEEPBIND;
    int other = RTLD_LAZY | RTLD_NOLOAD;
    const char *libc = file_of((void *)malloc);
    assert_int_equal(vespa_dlopen_call(path, deep, here()).mode, deep & ~RTLD_DEEPBIND);
    assert_int_equal(vespa_dlopen_call(path, other, here()).mode, other);
    assert_int_equal(vespa_dlopen_call(libc, deep, here()).mode, deep);
    assert_int_equal(vespa_dlopen_call("libcurl.so.4", deep, here()).mode, deep);
    assert_int_equal(vespa_dlopen_call("", deep, here()).mode, deep);
    assert_int_equal(vespa_dlopen_call(NULL, deep, here()).mode, deep);
}

static void errno_is_left_alone(void **state)
{
    (void)state;
    errno = EDOM;
    vespa_dlopen_call("/nonexistent/object.so", RTLD_NOW | RTLD_DEEPBIND, here());
    assert_int_equal(errno, EDOM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_that_names_libcurl_is_found),
        cmocka_unit_test(objects_that_do_not_name_it_are_left_alone),
        cmocka_unit_test_setup_teardown(what_is_no_object_is_left_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_pipe_is_not_waited_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_is_cut_off_is_read_no_further, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_broken_header_leads_nowhere, set_up, tear_down),
        cmocka_unit_test(only_the_deep_binding_of_such_an_object_is_taken_out),
        cmocka_unit_test(errno_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
