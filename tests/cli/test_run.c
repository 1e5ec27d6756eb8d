// `vespa run`: the program that it runs, in which environment, and how both end.

#include "tests/cli/vespa.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define ENVIRONMENT(...) ((const char *const[]){__VA_ARGS__, NULL})
#define ECHO             "http://my-endpoint.vespa.internal/echo"

struct run {
    struct vespa_program_result result;
    char directory[64]; // removed with what is in it
};

static int set_up(void **state)
{
    struct run *run = calloc(1, sizeof *run);
    strcpy(run->directory, "/tmp/vespa-run-XXXXXX");
    *state = run;
    return mkdtemp(run->directory) ? 0 : -1;
}

static int tear_down(void **state)
{
    struct run *run = *state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", run->directory);
    int code = system(command);
    vespa_program_result_free(&run->result);
    free(run);
    return code;
}

// A path in the test's directory. Valid until the next call.
static const char *path_of(const struct run *run, const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", run->directory, name);
    return path;
}

static const char *write_file(const struct run *run, const char *name, const char *text)
{
    const char *path = path_of(run, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(path, 0600), 0);
    return path;
}

// `vespa run ARGUMENT...`; its result takes the place of the last.
#define RUN_IN(run, environment, ...)           \
    (vespa_program_result_free(&(run)->result), \
     (run)->result = vespa_command(NULL, environment, "run", __VA_ARGS__, NULL))
#define RUN(run, ...) RUN_IN(run, NULL, __VA_ARGS__)

static char *library(void)
{
    static char path[4096];
    char *built = vespa_build_path("libvespa_shim.so");
    char *real = realpath(built, NULL);
    assert_non_null(real);
    snprintf(path, sizeof path, "%s", real);
    free(real);
    free(built);
    return path;
}

// --- what the program does ---

static void a_program_is_routed_with_the_key_of_a_file(void **state)
{
    struct run *run = *state;
    struct vespa_sim_process *sim = vespa_sim_process_start(NULL);
    const char *key = vespa_sim_process_value(sim, "VAST_API_KEY");
    const char *file = write_file(run, "key", key);
    run->result =
        vespa_command(sim, ENVIRONMENT("VAST_ENDPOINT", "VAST_API_KEY=an-older-key"), "run",
                      "--endpoint", "my-endpoint", "--api-key-file", file, "--", "sh", "-c",
                      "curl -sS " ECHO " -d '{\"a\":1}'; tr '\\0' ' ' </proc/$$/environ", NULL);
    vespa_assert_status(&run->result, 0);
    vespa_assert_out(&run->result, "{\"a\":1}");
    vespa_assert_silent(&run->result, key);
    vespa_assert_silent(&run->result, "an-older-key");
    assert_string_equal(run->result.err, "");
    cJSON *stats = vespa_sim_process_stats_quiet(sim);
    assert_int_equal(vespa_json_number(stats, "route.count"), 1);
    cJSON_Delete(stats);
    vespa_sim_process_stop(sim);
}

static void other_hosts_are_taken_over_by_name(void **state)
{
    struct run *run = *state;
    struct vespa_sim_process *sim = vespa_sim_process_start(NULL);
    run->result = vespa_command(sim, NULL, "run", "--host=api.example.com,other.example", "curl",
                                "-sS", "http://other.example/echo", "-d", "[2]", NULL);
    vespa_assert_status(&run->result, 0);
    assert_string_equal(run->result.out, "[2]");
    vespa_sim_process_stop(sim);
}

static void arguments_reach_the_program_as_they_are(void **state)
{
    struct run *run = *state;
    RUN(run, "printf", "%s|", "--log", "-h", "", "a b", "--");
    assert_string_equal(run->result.out, "--log|-h||a b|--|");
    RUN(run, "--log", "off", "--", "printf", "%s|", "--", "--summary");
    assert_string_equal(run->result.out, "--|--summary|");
    RUN(run, "sh", "-c", "tr '\\0' '|' </proc/$$/cmdline");
    assert_string_equal(run->result.out, "sh|-c|tr '\\0' '|' </proc/$$/cmdline|");
}

// --- how it ends ---

static void the_exit_status_is_the_programs(void **state)
{
    struct run *run = *state;
    RUN(run, "sh", "-c", "exit 0");
    vespa_assert_status(&run->result, 0);
    RUN(run, "sh", "-c", "exit 7");
    vespa_assert_status(&run->result, 7);
    RUN(run, "sh", "-c", "kill -9 $$");
    assert_int_equal(run->result.signal, SIGKILL);
}

static void a_program_that_cannot_be_run_ends_as_in_a_shell(void **state)
{
    struct run *run = *state;
    RUN(run, "no-such-program-at-all");
    vespa_assert_status(&run->result, 127);
    vespa_assert_err(&run->result, "no-such-program-at-all: there is no such program in PATH");
    RUN(run, "/no/such/program");
    vespa_assert_status(&run->result, 127);
    vespa_assert_err(&run->result, "/no/such/program: No such file");
    RUN(run, write_file(run, "data", "no program"));
    vespa_assert_status(&run->result, 126);
    vespa_assert_err(&run->result, "/data: Permission denied");
    RUN(run, "/");
    vespa_assert_status(&run->result, 126);
}

static void assert_refused(struct run *run, const char *text)
{
    vespa_assert_status(&run->result, 125);
    vespa_assert_err(&run->result, text);
    assert_string_equal(run->result.out, "");
}

static void wrong_usage_is_explained(void **state)
{
    struct run *run = *state;
    run->result = vespa_command(NULL, NULL, "run", NULL);
    assert_refused(run, "which program?");
    RUN(run, "--");
    assert_refused(run, "which program?");
    RUN(run, "--nonsense", "true");
    assert_refused(run, "there is no option '--nonsense'");
    RUN(run, "-x", "true");
    assert_refused(run, "there is no option '-x'");
    RUN(run, "--help=x", "true");
    assert_refused(run, "--help takes no value");
    RUN(run, "--endpoint");
    assert_refused(run, "--endpoint needs a value: NAME");
    RUN(run, "--endpoint", "", "true");
    assert_refused(run, "--endpoint is empty, expected NAME");
    RUN(run, "--log", "loud", "true");
    assert_refused(run, "--log is 'loud', expected off, error, warn, info or debug");
    RUN(run, "--api-key-file", "/no/such/key", "true");
    assert_refused(run, "--api-key-file '/no/such/key': No such file");
    RUN(run, "--config", "/no/such/config", "true");
    assert_refused(run, "--config '/no/such/config'");
}

static void help_is_printed(void **state)
{
    struct run *run = *state;
    static const char *const options[] = {"--endpoint NAME", "--host",   "--api-key-file FILE",
                                          "--log LEVEL",     "--config", "--help"};
    RUN(run, "--help");
    vespa_assert_status(&run->result, 0);
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        vespa_assert_out(&run->result, options[i]);
    RUN(run, "-h", "true");
    vespa_assert_out(&run->result, "usage: vespa run");
}

// --- the environment ---

#define SHOW(name) "sh", "-c", "printf '%s' \"${" name "-unset}\""

static void the_library_comes_first_and_once(void **state)
{
    if (getenv("VESPA_PRELOAD_FIRST")) {
        print_message("skipped: a sanitizer's runtime has to come before the library\n");
        skip();
    }
    struct run *run = *state;
    char given[8192], expected[8192];
    const char *own = library();
    RUN(run, SHOW("LD_PRELOAD"));
    assert_string_equal(run->result.out, own);
    RUN_IN(run, ENVIRONMENT("LD_PRELOAD="), SHOW("LD_PRELOAD"));
    assert_string_equal(run->result.out, own);

    RUN_IN(run, ENVIRONMENT("LD_PRELOAD=libm.so.6  libdl.so.2:"), SHOW("LD_PRELOAD"));
    snprintf(expected, sizeof expected, "%s:libm.so.6:libdl.so.2", own);
    assert_string_equal(run->result.out, expected);

    snprintf(given, sizeof given, "LD_PRELOAD=libm.so.6:%s:/elsewhere/libvespa_shim.so", own);
    RUN_IN(run, ENVIRONMENT(given), SHOW("LD_PRELOAD"));
    snprintf(expected, sizeof expected, "libm.so.6:%s", own);
    assert_string_equal(run->result.out, expected);

    char *command = vespa_build_path("vespa");
    RUN(run, command, "run", SHOW("LD_PRELOAD"));
    assert_string_equal(run->result.out, own);
    free(command);
}

static void warnings_are_logged_unless_something_else_is_asked_for(void **state)
{
    struct run *run = *state;
    RUN(run, SHOW("VESPA_LOG"));
    assert_string_equal(run->result.out, "warn");
    RUN_IN(run, ENVIRONMENT("VESPA_LOG="), SHOW("VESPA_LOG"));
    assert_string_equal(run->result.out, "warn");
    RUN_IN(run, ENVIRONMENT("VESPA_LOG=off"), SHOW("VESPA_LOG"));
    assert_string_equal(run->result.out, "off");
    RUN_IN(run, ENVIRONMENT("VESPA_LOG=off"), "--log", "info", SHOW("VESPA_LOG"));
    assert_string_equal(run->result.out, "info");
}

static void options_come_before_variables(void **state)
{
    struct run *run = *state;
    RUN_IN(run, ENVIRONMENT("VAST_ENDPOINT=a", "VESPA_HOST=b"), "--endpoint=c", "--host=d", "sh",
           "-c", "echo $VAST_ENDPOINT $VESPA_HOST");
    assert_string_equal(run->result.out, "c d\n");
    RUN_IN(run, ENVIRONMENT("VAST_ENDPOINT=a", "VESPA_HOST=b"), "sh", "-c",
           "echo $VAST_ENDPOINT $VESPA_HOST");
    assert_string_equal(run->result.out, "a b\n");
}

static void files_are_found_wherever_the_program_goes(void **state)
{
    struct run *run = *state;
    char *command = vespa_build_path("vespa");
    char expected[1024];
    write_file(run, "key", "k");
    write_file(run, "config", "{}");
    vespa_program_result_free(&run->result);
    run->result = vespa_program_run(&(struct vespa_program){
        .argv = ENVIRONMENT(command, "run", "--api-key-file", "key", "--config", "./config", "sh",
                            "-c", "echo $VESPA_API_KEY_FILE $VESPA_CONFIG"),
        .directory = run->directory,
    });
    snprintf(expected, sizeof expected, "%s/key %s/config\n", run->directory, run->directory);
    assert_string_equal(run->result.out, expected);
    free(command);
}

// --- where the library is ---

static void shell(const struct run *run, const char *script)
{
    char *command = vespa_build_path("vespa");
    char *built = vespa_build_path("libvespa_shim.so");
    setenv("VESPA", command, 1);
    setenv("SHIM", built, 1);
    struct vespa_program_result result = vespa_program_run(&(struct vespa_program){
        .argv = ENVIRONMENT("sh", "-ec", script), .directory = run->directory});
    assert_int_equal(result.status, 0);
    vespa_program_result_free(&result);
    free(built);
    free(command);
}

// A copy of the command in the test's directory.
static void run_copy(struct run *run, const char *command)
{
    vespa_program_result_free(&run->result);
    run->result =
        vespa_command_at(path_of(run, command), NULL, NULL, ENVIRONMENT("run", SHOW("LD_PRELOAD")));
}

static void an_installed_command_finds_the_installed_library(void **state)
{
    struct run *run = *state;
    shell(run, "mkdir bin lib other; cp \"$VESPA\" bin/vespa; cp \"$SHIM\" lib/; "
               "ln -s ../bin/vespa other/vespa");
    run_copy(run, "bin/vespa");
    assert_string_equal(run->result.out, path_of(run, "lib/libvespa_shim.so"));
    run_copy(run, "other/vespa");
    assert_string_equal(run->result.out, path_of(run, "lib/libvespa_shim.so"));
}

static void without_the_library_nothing_is_run(void **state)
{
    struct run *run = *state;
    shell(run, "mkdir bin; cp \"$VESPA\" bin/vespa");
    run_copy(run, "bin/vespa");
    assert_refused(run, "libvespa_shim.so was found neither in");
}

static void a_path_that_cannot_be_preloaded_is_refused(void **state)
{
    struct run *run = *state;
    shell(run, "mkdir 'my bin'; cp \"$VESPA\" \"$SHIM\" 'my bin/'");
    run_copy(run, "my bin/vespa");
    assert_refused(run, "LD_PRELOAD knows no way to write a space or a colon");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_program_is_routed_with_the_key_of_a_file),
        TEST(other_hosts_are_taken_over_by_name),
        TEST(arguments_reach_the_program_as_they_are),
        TEST(the_exit_status_is_the_programs),
        TEST(a_program_that_cannot_be_run_ends_as_in_a_shell),
        TEST(wrong_usage_is_explained),
        TEST(help_is_printed),
        TEST(the_library_comes_first_and_once),
        TEST(warnings_are_logged_unless_something_else_is_asked_for),
        TEST(options_come_before_variables),
        TEST(files_are_found_wherever_the_program_goes),
        TEST(an_installed_command_finds_the_installed_library),
        TEST(without_the_library_nothing_is_run),
        TEST(a_path_that_cannot_be_preloaded_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
