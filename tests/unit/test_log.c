/* Log lines: what is written, how, and what is not. */
#include "core/log.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[64];
static char path[128];
static char text[8192];

static int make_directory(void **state)
{
    (void)state;
    strcpy(directory, "/tmp/vespa-log-XXXXXX");
    if (!mkdtemp(directory))
        return -1;
    snprintf(path, sizeof(path), "%s/log", directory);
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(directory);
}

/* What the file holds. */
static const char *contents(void)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    return text;
}

/* The file's line from "vespa[" on. */
static const char *message(void)
{
    const char *found = strstr(contents(), "vespa[");
    assert_non_null(found);
    return strchr(found, ']') + 1;
}

static struct vespa_log to_file(enum vespa_log_level level)
{
    return (struct vespa_log){level, path};
}

static void levels_are_read_by_name(void **state)
{
    (void)state;
    enum vespa_log_level level = VESPA_LOG_DEBUG;
    assert_true(vespa_log_level_of(VESPA_LITERAL("off"), &level));
    assert_int_equal(level, VESPA_LOG_OFF);
    assert_true(vespa_log_level_of(VESPA_LITERAL("WARN"), &level));
    assert_int_equal(level, VESPA_LOG_WARN);
    assert_false(vespa_log_level_of(VESPA_LITERAL("warning"), &level));
    assert_false(vespa_log_level_of(VESPA_LITERAL(""), &level));
    assert_int_equal(level, VESPA_LOG_WARN);
}

static void a_line_has_time_process_level_and_text(void **state)
{
    (void)state;
    struct vespa_log log = to_file(VESPA_LOG_INFO);
    char expected[64];
    struct tm parsed = {0};
    time_t before = time(NULL);

    vespa_log(&log, VESPA_LOG_WARN, "%s %d", "worker", 7);
    snprintf(expected, sizeof(expected), "Z vespa[%ld] warn: worker 7\n", (long)getpid());
    const char *rest = strptime(contents(), "%Y-%m-%dT%H:%M:%S", &parsed);
    assert_non_null(rest);
    assert_int_equal(rest[0], '.');
    assert_string_equal(rest + 4, expected);
    time_t written = timegm(&parsed);
    assert_true(written >= before && written <= time(NULL));
}

static void what_the_level_does_not_admit_is_not_written(void **state)
{
    (void)state;
    struct vespa_log log = to_file(VESPA_LOG_WARN);
    struct vespa_log off = to_file(VESPA_LOG_OFF);

    vespa_log(&log, VESPA_LOG_INFO, "too much");
    vespa_log(&off, VESPA_LOG_ERROR, "nothing at all");
    vespa_log(&log, VESPA_LOG_OFF, "no level");
    vespa_log(NULL, VESPA_LOG_ERROR, "no log");
    assert_int_equal(access(path, F_OK), -1);
}

static void lines_are_appended(void **state)
{
    (void)state;
    struct vespa_log log = to_file(VESPA_LOG_DEBUG);
    vespa_log(&log, VESPA_LOG_DEBUG, "one");
    vespa_log(&log, VESPA_LOG_ERROR, "two");
    contents();
    const char *one = strstr(text, "debug: one\n");
    assert_non_null(one);
    assert_non_null(strstr(one, "error: two\n"));
}

static void the_file_is_the_users_own(void **state)
{
    (void)state;
    struct vespa_log log = to_file(VESPA_LOG_ERROR);
    struct stat status;
    mode_t mask = umask(0);
    vespa_log(&log, VESPA_LOG_ERROR, "x");
    umask(mask);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
}

static void a_symbolic_link_is_not_followed(void **state)
{
    (void)state;
    char target[160];
    struct vespa_log log = to_file(VESPA_LOG_ERROR);
    snprintf(target, sizeof(target), "%s/target", directory);
    assert_int_equal(symlink(target, path), 0);
    vespa_log(&log, VESPA_LOG_ERROR, "x");
    assert_int_equal(access(target, F_OK), -1);
}

static void control_characters_become_question_marks(void **state)
{
    (void)state;
    struct vespa_log log = to_file(VESPA_LOG_ERROR);
    vespa_log(&log, VESPA_LOG_ERROR, "a\nb\r\tc\x1b[1m\x7f\xc2\x9b %s", "\xc3\xa9\n");
    assert_string_equal(message(), " error: a?b??c?[1m??? \xc3\xa9?\n");
}

static void a_long_line_is_cut_and_still_ends(void **state)
{
    (void)state;
    struct vespa_log log = to_file(VESPA_LOG_ERROR);
    char much[3000];
    memset(much, 'x', sizeof(much));
    vespa_log(&log, VESPA_LOG_ERROR, "%.*s", (int)sizeof(much), much);
    contents();
    assert_int_equal(strlen(text), 1001);
    assert_int_equal(text[1000], '\n');
    assert_int_equal(text[999], 'x');
}

static void a_line_is_one_write(void **state)
{
    (void)state;
    /* A pipe of packets keeps the bounds of writes. */
    int pair[2], saved = dup(STDERR_FILENO);
    struct vespa_log log = {VESPA_LOG_ERROR, NULL};
    char line[2000];
    assert_int_equal(pipe2(pair, O_DIRECT | O_CLOEXEC), 0);
    dup2(pair[1], STDERR_FILENO);
    vespa_log(&log, VESPA_LOG_ERROR, "first");
    vespa_log(&log, VESPA_LOG_ERROR, "second");
    dup2(saved, STDERR_FILENO);
    close(saved);
    ssize_t length = read(pair[0], line, sizeof(line));
    close(pair[0]);
    close(pair[1]);

    char expected[64];
    snprintf(expected, sizeof(expected), "vespa[%ld] error: first\n", (long)getpid());
    assert_int_equal(length, strlen(expected));
    assert_memory_equal(line, expected, strlen(expected));
}

static void a_reader_who_has_gone_does_not_kill(void **state)
{
    (void)state;
    int pair[2], saved = dup(STDERR_FILENO);
    struct vespa_log log = {VESPA_LOG_ERROR, NULL};
    assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
    close(pair[0]);
    dup2(pair[1], STDERR_FILENO);
    signal(SIGPIPE, SIG_DFL);
    vespa_log(&log, VESPA_LOG_ERROR, "nobody hears");
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(pair[1]);

    sigset_t pending, blocked;
    sigpending(&pending);
    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    assert_false(sigismember(&pending, SIGPIPE));
    assert_false(sigismember(&blocked, SIGPIPE));
}

static void a_fifo_without_reader_does_not_block(void **state)
{
    (void)state;
    struct vespa_log log = to_file(VESPA_LOG_ERROR);
    assert_int_equal(mkfifo(path, 0600), 0);
    alarm(5);
    vespa_log(&log, VESPA_LOG_ERROR, "x");
    alarm(0);
}

static void errno_stays_and_a_bad_file_is_left_out(void **state)
{
    (void)state;
    struct vespa_log log = {VESPA_LOG_ERROR, "/nonexistent/directory/log"};
    errno = EXDEV;
    vespa_log(&log, VESPA_LOG_ERROR, "x");
    assert_int_equal(errno, EXDEV);
}

static void no_descriptor_stays_open(void **state)
{
    (void)state;
    struct vespa_log log = to_file(VESPA_LOG_ERROR);
    int before = dup(0);
    close(before);
    vespa_log(&log, VESPA_LOG_ERROR, "x");
    int after = dup(0);
    close(after);
    assert_int_equal(before, after);
}

#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_are_read_by_name),
        IN_DIRECTORY(a_line_has_time_process_level_and_text),
        IN_DIRECTORY(what_the_level_does_not_admit_is_not_written),
        IN_DIRECTORY(lines_are_appended),
        IN_DIRECTORY(the_file_is_the_users_own),
        IN_DIRECTORY(a_symbolic_link_is_not_followed),
        IN_DIRECTORY(control_characters_become_question_marks),
        IN_DIRECTORY(a_long_line_is_cut_and_still_ends),
        cmocka_unit_test(a_line_is_one_write),
        cmocka_unit_test(a_reader_who_has_gone_does_not_kill),
        IN_DIRECTORY(a_fifo_without_reader_does_not_block),
        cmocka_unit_test(errno_stays_and_a_bad_file_is_left_out),
        IN_DIRECTORY(no_descriptor_stays_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
