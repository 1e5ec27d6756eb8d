// Runs a program for a test: arguments, environment, input; output, exit status; and a watchdog.
//
//     struct vespa_program_result result = vespa_program_run(&(struct vespa_program){
//         .argv = (const char *const[]){"curl", "-sN", url, NULL},
//         .environment = (const char *const[]){"LD_PRELOAD=/…/libvespa_shim.so", NULL},
//     });
//     assert_int_equal(result.status, 0);
//     assert_string_equal(result.out, "…");
//     vespa_program_result_free(&result);
//
// A program that does not end in time is killed with its children and fails the cmocka test, with
// what it had written so far.
#ifndef VESPA_TESTS_SUPPORT_PROGRAM_H
#define VESPA_TESTS_SUPPORT_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

struct vespa_program {
    const char *const *argv; // NULL at the end; argv[0] is looked up in PATH
    // Added to the test's own environment, NULL at the end: NAME=VALUE sets, NAME alone removes.
    // Two lists, so that the simulator's variables and others need not be joined. May be NULL.
    const char *const *environment;
    const char *const *more_environment;
    const char *directory; // to run in; NULL: the test's own
    const void *input;     // for its stdin; NULL: /dev/null
    size_t input_length;   // 0: input is a string
    unsigned timeout_ms;   // 0: 30,000; times 10 under VESPA_SLOW (valgrind, sanitizers)
    bool may_time_out;     // do not fail the test, set timed_out
    // Called with each piece of stdout as it comes; false sends the program a SIGTERM. May be NULL.
    bool (*on_output)(void *context, const char *bytes, size_t length);
    void *context;
};

struct vespa_program_result {
    int status; // exit status; -1 if a signal ended it
    int signal; // that signal, else 0
    bool timed_out;
    char *out; // NUL-terminated, as is err
    size_t out_length;
    char *err;
    size_t err_length;
    long duration_ms;
    long first_output_ms; // when the first byte of stdout came; -1 never
};

// Runs it to its end. A program that cannot be started fails the test.
struct vespa_program_result vespa_program_run(const struct vespa_program *program);

// The same for the common case: argv, one environment list (NULL or NULL-terminated), no input.
struct vespa_program_result vespa_program_run_simple(const char *const *argv,
                                                     const char *const *environment);

void vespa_program_result_free(struct vespa_program_result *result);

// The path of a build product, e.g. "libvespa_shim.so": in $VESPA_BUILD, else in build/ below the
// working directory. Absolute. The caller frees it.
char *vespa_build_path(const char *name);

// Milliseconds of the monotonic clock.
long vespa_test_now(void);

#endif
