// `vespa run --summary`: what it counts, of which processes, and how it stands between the program
// and whoever started it.

#include "tests/cli/vespa.h"
#include "tests/support/raw_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#define ENVIRONMENT(...) ((const char *const[]){__VA_ARGS__, NULL})
#define HOST             "http://my-endpoint.vespa.internal"

struct summary {
    struct vespa_sim_process *sim;
    struct vespa_raw_server *server; // of requests that are not ours
    struct vespa_program_result result;
    char directory[64];
    char tmpdir[80];
    char plain[96];
};

static int set_up(void **state)
{
    struct summary *s = calloc(1, sizeof *s);
    strcpy(s->directory, "/tmp/vespa-summary-XXXXXX");
    *state = s;
    if (!mkdtemp(s->directory))
        return -1;
    snprintf(s->tmpdir, sizeof s->tmpdir, "TMPDIR=%s", s->directory);
    s->sim = vespa_sim_process_start(NULL);
    s->server = vespa_raw_server_start("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    snprintf(s->plain, sizeof s->plain, "PLAIN=%s", vespa_raw_server_url(s->server));
    return 0;
}

// Also: whatever the test did, nothing is left in TMPDIR.
static int tear_down(void **state)
{
    struct summary *s = *state;
    vespa_raw_server_stop(s->server);
    vespa_sim_process_stop(s->sim);
    vespa_program_result_free(&s->result);
    int code = rmdir(s->directory);
    free(s);
    return code;
}

// `vespa run --summary sh -c SCRIPT`, with $PLAIN for a server of requests that are not ours.
static void run(struct summary *s, const char *script)
{
    vespa_program_result_free(&s->result);
    s->result = vespa_command(s->sim, ENVIRONMENT(s->tmpdir, s->plain, "XDG_RUNTIME_DIR"), "run",
                              "--summary", "--log=off", "sh", "-c", script, NULL);
}

static void assert_counts(const struct summary *s, const char *counts)
{
    char line[256];
    snprintf(line, sizeof line, "vespa: requests: %s\n", counts);
    vespa_assert_err(&s->result, line);
}

// --- counts ---

static void requests_are_counted_by_what_became_of_them(void **state)
{
    struct summary *s = *state;
    vespa_sim_process_fault(s->sim, "worker-close,count=1");
    run(s, "curl -s " HOST "/echo -d 1; curl -s " HOST "/echo " HOST "/echo -d 2;"
           "curl -s http://nobody.vespa.internal/ >/dev/null; curl -s $PLAIN $PLAIN");
    vespa_assert_status(&s->result, 0);
    assert_string_equal(s->result.out, "122");
    assert_counts(s, "6 seen, 4 routed, 2 passed, 1 retried, 1 failed");
    vespa_assert_err(&s->result, "vespa: time in routing: median ");
}

static void both_interfaces_count_alike(void **state)
{
    struct summary *s = *state;
    run(s, "curl -s --parallel " HOST "/echo " HOST "/echo $PLAIN $PLAIN $PLAIN -d 1");
    assert_counts(s, "5 seen, 2 routed, 3 passed, 0 retried, 0 failed");
}

static void requests_without_an_answer_have_failed(void **state)
{
    struct summary *s = *state;
    vespa_sim_process_fault(s->sim, "worker-slow,ms=20000");
    run(s, "curl -s -m 0.2 " HOST "/echo -d 1; curl -s $PLAIN; exit 3");
    vespa_assert_status(&s->result, 3);
    assert_counts(s, "2 seen, 1 routed, 1 passed, 0 retried, 1 failed");
    vespa_assert_silent(&s->result, "time in routing");
}

static void an_answer_that_breaks_off_has_failed(void **state)
{
    struct summary *s = *state;
    vespa_sim_process_fault(s->sim, "worker-cut,after=100");
    run(s, "curl -s " HOST "/bytes/10000 >/dev/null");
    vespa_assert_status(&s->result, 18);
    assert_counts(s, "1 seen, 1 routed, 0 passed, 0 retried, 1 failed");
}

// The time behind that word, in milliseconds.
static double shown_ms(const struct summary *s, const char *word)
{
    const char *at = strstr(s->result.err, word);
    char *unit;
    assert_non_null(at);
    double value = strtod(at + strlen(word), &unit);
    return strncmp(unit, " ms", 3) == 0 ? value : value * 1000;
}

static void times_are_those_before_a_worker_had_the_request(void **state)
{
    struct summary *s = *state;
    vespa_sim_process_fault(s->sim, "route-cold,count=1");
    vespa_sim_process_fault(s->sim, "worker-slow,ms=2000,count=1");
    run(s, "curl -s " HOST "/echo -d 1");
    double median = shown_ms(s, "median ");
    assert_true(median >= 900 && median < 2000); /* a second of waiting, not the worker's two */
    assert_true(median == shown_ms(s, "99 % "));
}

static void killed_forked_and_executed_processes_count(void **state)
{
    struct summary *s = *state;
    run(s,
        "i=0; while [ $i -lt 8 ]; do i=$((i + 1));"
        "  (curl -s " HOST "/echo -d 1; exec curl -s $PLAIN) & done; wait;"
        "curl -sN '" HOST "/slow-stream?chunks=1000&delay=20' >$TMPDIR/out & pid=$!;"
        "until [ -s $TMPDIR/out ]; do sleep 0.01; done; kill -9 $pid; wait $pid; rm $TMPDIR/out");
    assert_counts(s, "17 seen, 9 routed, 8 passed, 0 retried, 1 failed"); // the one cut off
}

static void a_program_that_reached_no_hook_is_told_of(void **state)
{
    struct summary *s = *state;
    run(s, "exit 4");
    vespa_assert_status(&s->result, 4);
    vespa_assert_err(&s->result, "vespa: no request was seen: sh called nothing of libcurl");
    vespa_assert_err(&s->result, "linked in statically");
    vespa_assert_err(&s->result, "`vespa doctor PROGRAM`");
    run(s, "curl -s file:///nowhere");
    assert_counts(s, "1 seen, 0 routed, 1 passed, 0 retried, 0 failed");
}

static void the_counts_are_in_a_private_file(void **state)
{
    struct summary *s = *state;
    char expected[256];
    run(s, "stat -c '%a %n' \"${VESPA_COUNTS_FILE%/*}\" \"$VESPA_COUNTS_FILE\"");
    snprintf(expected, sizeof expected, "700 %s/vespa-run-", s->directory);
    vespa_assert_out(&s->result, expected);
    snprintf(expected, sizeof expected, "\n600 %s/vespa-run-", s->directory);
    vespa_assert_out(&s->result, expected);
    vespa_assert_out(&s->result, "/counts\n");
}

static void a_file_that_cannot_be_made_is_an_error(void **state)
{
    struct summary *s = *state;
    s->result = vespa_command(NULL, ENVIRONMENT("XDG_RUNTIME_DIR=/proc/self/fd"), "run",
                              "--summary", "sh", "-c", "echo ran", NULL);
    vespa_assert_status(&s->result, 125);
    assert_string_equal(s->result.out, "");
    vespa_assert_err(&s->result, "no file for the summary could be made");
}

// --- how it ends ---

static void it_ends_as_the_program_does(void **state)
{
    struct summary *s = *state;
    run(s, "exit 0");
    vespa_assert_status(&s->result, 0);
    run(s, "exit 255");
    vespa_assert_status(&s->result, 255);
    run(s, "kill -TERM $$");
    assert_int_equal(s->result.signal, SIGTERM);
    run(s, "kill -KILL $$");
    assert_int_equal(s->result.signal, SIGKILL);
    vespa_assert_err(&s->result, "vespa: no request was seen");
}

static void what_cannot_be_run_has_no_summary(void **state)
{
    struct summary *s = *state;
    s->result = vespa_command(NULL, ENVIRONMENT(s->tmpdir, "XDG_RUNTIME_DIR"), "run", "--summary",
                              "no-such-program-at-all", NULL);
    vespa_assert_status(&s->result, 127);
    assert_string_equal(s->result.err, "vespa run: no-such-program-at-all: there is no such "
                                       "program in PATH\n");
}

// --- signals ---

struct child {
    pid_t pid;
    int out; // its stdout
};

// Starts `vespa run --summary sh -c SCRIPT`, and waits until it has written "ready".
static struct child start(const struct summary *s, const char *script)
{
    int ends[2];
    char word[8] = "";
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    char *command = vespa_build_path("vespa");
    struct child child = {.pid = fork(), .out = ends[0]};
    if (child.pid == 0) {
        setenv("TMPDIR", s->directory, 1);
        unsetenv("XDG_RUNTIME_DIR");
        dup2(ends[1], STDOUT_FILENO);
        close(STDERR_FILENO);
        execl(command, "vespa", "run", "--summary", "sh", "-c", script, NULL);
        _exit(99);
    }
    free(command);
    close(ends[1]);
    assert_int_equal(read(child.out, word, 6), 6);
    assert_string_equal(word, "ready\n");
    return child;
}

// Reads its output to the end and returns its status.
static int end(struct child child, char *output, size_t room)
{
    int status;
    size_t length = 0;
    ssize_t got;
    while (length + 1 < room && (got = read(child.out, output + length, room - 1 - length)) > 0)
        length += (size_t)got;
    output[length] = '\0';
    assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
    close(child.out);
    return status;
}

static void signals_reach_the_program(void **state)
{
    struct summary *s = *state;
    static const struct {
        int number;
        const char *name;
    } signals[] = {{SIGTERM, "TERM"}, {SIGINT, "INT"},   {SIGHUP, "HUP"},
                   {SIGQUIT, "QUIT"}, {SIGUSR1, "USR1"}, {SIGUSR2, "USR2"},
                   {SIGALRM, "ALRM"}, {SIGABRT, "ABRT"}, {SIGWINCH, "WINCH"}};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        char script[256], output[64], expected[64];
        snprintf(script, sizeof script,
                 "trap 'echo got %s; exit 5' %s; echo ready; while :; do sleep 0.01; done",
                 signals[i].name, signals[i].name);
        struct child child = start(s, script);
        assert_int_equal(kill(child.pid, signals[i].number), 0);
        int status = end(child, output, sizeof output);
        snprintf(expected, sizeof expected, "got %s\n", signals[i].name);
        assert_string_equal(output, expected);
        assert_int_equal(WEXITSTATUS(status), 5);
    }
}

static void a_signal_that_ends_the_program_ends_both(void **state)
{
    struct summary *s = *state;
    char output[64];
    struct child child = start(s, "echo ready; exec sleep 100");
    assert_int_equal(kill(child.pid, SIGINT), 0);
    int status = end(child, output, sizeof output);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGINT);
}

static void a_program_that_signals_its_parent_is_not_signalled_back(void **state)
{
    struct summary *s = *state;
    char output[64];
    struct child child =
        start(s, "trap 'echo got' USR1; echo ready; kill -USR1 $PPID; sleep 0.3; exit 6");
    int status = end(child, output, sizeof output);
    assert_string_equal(output, "");
    assert_int_equal(WEXITSTATUS(status), 6);
}

static void a_stopped_program_stops_both_and_goes_on_with_both(void **state)
{
    struct summary *s = *state;
    char output[64];
    int status;
    struct child child = start(s, "echo ready; kill -STOP $$; echo on; exit 7");
    assert_int_equal(waitpid(child.pid, &status, WUNTRACED), child.pid);
    assert_true(WIFSTOPPED(status));
    assert_int_equal(kill(child.pid, SIGCONT), 0);
    status = end(child, output, sizeof output);
    assert_string_equal(output, "on\n");
    assert_int_equal(WEXITSTATUS(status), 7);
}

static void the_program_gets_signals_as_they_were(void **state)
{
    struct summary *s = *state;
    // Not below a shell, for shells unblock signals.
    char *command = vespa_build_path("vespa");
    const char *const words[] = {command, "run",           "--summary",         "grep",
                                 "-E",    "^Sig(Blk|Ign)", "/proc/self/status", NULL};
    struct vespa_program_result plain = vespa_program_run_simple(words + 3, NULL);
    s->result = vespa_program_run_simple(words, ENVIRONMENT(s->tmpdir));
    assert_string_equal(s->result.out, plain.out);
    assert_int_equal(strncmp(plain.out, "SigBlk", 6), 0);
    vespa_program_result_free(&plain);
    free(command);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(requests_are_counted_by_what_became_of_them),
        TEST(both_interfaces_count_alike),
        TEST(requests_without_an_answer_have_failed),
        TEST(an_answer_that_breaks_off_has_failed),
        TEST(times_are_those_before_a_worker_had_the_request),
        TEST(killed_forked_and_executed_processes_count),
        TEST(a_program_that_reached_no_hook_is_told_of),
        TEST(the_counts_are_in_a_private_file),
        TEST(a_file_that_cannot_be_made_is_an_error),
        TEST(it_ends_as_the_program_does),
        TEST(what_cannot_be_run_has_no_summary),
        TEST(signals_reach_the_program),
        TEST(a_signal_that_ends_the_program_ends_both),
        TEST(a_program_that_signals_its_parent_is_not_signalled_back),
        TEST(a_stopped_program_stops_both_and_goes_on_with_both),
        TEST(the_program_gets_signals_as_they_were),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
