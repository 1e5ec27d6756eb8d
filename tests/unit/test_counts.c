/* Counts that processes share, and the times among them. */
#include "core/counts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* ---- times ----------------------------------------------------------------------------------- */

static struct vespa_counts counts;

static int empty(void **state)
{
    (void)state;
    vespa_counts_init(&counts);
    return 0;
}

static void assert_near(double time, double expected)
{
    if (time < expected * (1 - 1.0 / 32) || time > expected * (1 + 1.0 / 32))
        fail_msg("%f, expected about %f", time, expected);
}

static void without_a_time_there_is_none(void **state)
{
    (void)state;
    assert_true(vespa_counts_routing(&counts, 50) == 0);
    assert_true(vespa_counts_routing(&counts, 99) == 0);
}

static void one_time_is_each_of_its_percentiles(void **state)
{
    (void)state;
    for (uint64_t time = 1; time < (uint64_t)1 << 41; time += 1 + time / 7) {
        vespa_counts_init(&counts);
        vespa_counts_add_routing(&counts, time);
        assert_near(vespa_counts_routing(&counts, 1), (double)time);
        assert_near(vespa_counts_routing(&counts, 50), (double)time);
        assert_near(vespa_counts_routing(&counts, 99), (double)time);
    }
}

static void percentiles_are_those_of_all_times(void **state)
{
    (void)state;
    for (uint64_t time = 1; time <= 1000; time++)
        vespa_counts_add_routing(&counts, time * 1000);
    assert_near(vespa_counts_routing(&counts, 50), 500e3);
    assert_near(vespa_counts_routing(&counts, 99), 990e3);
    assert_near(vespa_counts_routing(&counts, 100), 1000e3);
}

static void one_slow_request_of_a_hundred_is_not_among_99(void **state)
{
    (void)state;
    for (int i = 0; i < 99; i++)
        vespa_counts_add_routing(&counts, 10);
    vespa_counts_add_routing(&counts, 5000);
    assert_near(vespa_counts_routing(&counts, 99), 10);
    vespa_counts_add_routing(&counts, 5000);
    assert_near(vespa_counts_routing(&counts, 99), 5000);
}

static void a_time_beyond_all_buckets_is_in_the_last(void **state)
{
    (void)state;
    vespa_counts_add_routing(&counts, UINT64_MAX);
    vespa_counts_add_routing(&counts, 0);
    assert_true(vespa_counts_routing(&counts, 99) > 1e12);
}

/* ---- files ----------------------------------------------------------------------------------- */

static char directory[64], path[96];

static int make_directory(void **state)
{
    (void)state;
    strcpy(directory, "/tmp/vespa-counts-XXXXXX");
    if (!mkdtemp(directory))
        return -1;
    snprintf(path, sizeof(path), "%s/counts", directory);
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(directory);
}

static void unmap(struct vespa_counts *mapped)
{
    munmap(mapped, sizeof(*mapped));
}

static void processes_count_in_one_file(void **state)
{
    (void)state;
    struct vespa_counts *ours = vespa_counts_create(path);
    assert_non_null(ours);
    for (int i = 0; i < 4; i++) {
        pid_t child = fork();
        if (child == 0) {
            struct vespa_counts *theirs = vespa_counts_open(path);
            for (int n = 0; theirs && n < 1000; n++)
                vespa_counts_add(theirs, VESPA_COUNT_PASSED);
            if (theirs)
                vespa_counts_add_routing(theirs, 7);
            raise(SIGKILL);
        }
    }
    while (wait(NULL) > 0)
        ;
    assert_int_equal(vespa_counts_get(ours, VESPA_COUNT_PROCESSES), 4);
    assert_int_equal(vespa_counts_get(ours, VESPA_COUNT_PASSED), 4000);
    assert_int_equal(vespa_counts_get(ours, VESPA_COUNT_REQUESTS), 0);
    assert_near(vespa_counts_routing(ours, 50), 7);
    unmap(ours);
}

static void the_file_is_private_and_new(void **state)
{
    (void)state;
    struct stat status;
    umask(0);
    struct vespa_counts *ours = vespa_counts_create(path);
    assert_non_null(ours);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(status.st_size, sizeof(struct vespa_counts));
    assert_true(status.st_blocks > 0);
    unmap(ours);
    assert_null(vespa_counts_create(path));
    assert_int_equal(errno, EEXIST);
}

static void no_descriptor_stays_open(void **state)
{
    (void)state;
    int next = dup(0);
    close(next);
    struct vespa_counts *ours = vespa_counts_create(path);
    struct vespa_counts *again = vespa_counts_open(path);
    assert_non_null(ours);
    assert_non_null(again);
    int now = dup(0);
    close(now);
    assert_int_equal(now, next);
    unmap(ours);
    unmap(again);
}

static void what_is_no_such_file_is_left_alone(void **state)
{
    (void)state;
    static char zeroes[sizeof(struct vespa_counts)];
    assert_null(vespa_counts_open(path));

    int file = open(path, O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(file, zeroes, 100), 100);
    assert_null(vespa_counts_open(path));
    assert_int_equal(write(file, zeroes, sizeof(zeroes) - 100), sizeof(zeroes) - 100);
    assert_null(vespa_counts_open(path));
    close(file);
    unlink(path);

    assert_int_equal(mkfifo(path, 0600), 0);
    alarm(5);
    assert_null(vespa_counts_open(path));
    alarm(0);
    unlink(path);

    struct vespa_counts *ours = vespa_counts_create(path);
    assert_non_null(ours);
    assert_int_equal(chmod(path, 0620), 0);
    assert_null(vespa_counts_open(path));
    assert_int_equal(chmod(path, 0600), 0);
    struct vespa_counts *again = vespa_counts_open(path);
    assert_non_null(again);
    unmap(again);
    unmap(ours);
}

static void a_link_is_not_followed(void **state)
{
    (void)state;
    char link[128];
    struct vespa_counts *ours = vespa_counts_create(path);
    snprintf(link, sizeof(link), "%s/link", directory);
    assert_int_equal(symlink(path, link), 0);
    assert_null(vespa_counts_open(link));
    unlink(link);
    unmap(ours);
}

#define COUNTS(test) cmocka_unit_test_setup(test, empty)
#define FILES(test)  cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        COUNTS(without_a_time_there_is_none),
        COUNTS(one_time_is_each_of_its_percentiles),
        COUNTS(percentiles_are_those_of_all_times),
        COUNTS(one_slow_request_of_a_hundred_is_not_among_99),
        COUNTS(a_time_beyond_all_buckets_is_in_the_last),
        FILES(processes_count_in_one_file),
        FILES(the_file_is_private_and_new),
        FILES(no_descriptor_stays_open),
        FILES(what_is_no_such_file_is_left_alone),
        FILES(a_link_is_not_followed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
