/* A process and those that it forks. */
#include "core/fork_mark.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the child says, as its exit status. */
static int in_child(long (*fork_somehow)(void), int (*child)(struct vespa_fork_mark *, uint64_t),
                    struct vespa_fork_mark *mark, uint64_t generation)
{
    int status = 0;
    long pid = fork_somehow();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(child(mark, generation));
    assert_int_equal(waitpid((pid_t)pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static long by_libc(void)
{
    return fork();
}

/* Past pthread_atfork. */
static long by_kernel(void)
{
    return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static int is_another(struct vespa_fork_mark *mark, uint64_t generation)
{
    uint64_t own = vespa_fork_mark_generation(mark);
    return own != generation && own == vespa_fork_mark_generation(mark) ? 0 : 1;
}

static int has_another_child(struct vespa_fork_mark *mark, uint64_t generation)
{
    uint64_t own = vespa_fork_mark_generation(mark);
    return own != generation && in_child(by_libc, is_another, mark, own) == 0 ? 0 : 1;
}

static void a_process_keeps_its_generation(void **state)
{
    struct vespa_fork_mark mark;
    (void)state;
    vespa_fork_mark_init(&mark);
    uint64_t generation = vespa_fork_mark_generation(&mark);
    assert_int_equal(vespa_fork_mark_generation(&mark), generation);
    assert_int_equal(in_child(by_libc, is_another, &mark, generation), 0);
    assert_int_equal(vespa_fork_mark_generation(&mark), generation);
    vespa_fork_mark_clear(&mark);
}

static void a_child_has_another_one_however_it_was_forked(void **state)
{
    struct vespa_fork_mark mark;
    (void)state;
    vespa_fork_mark_init(&mark);
    uint64_t generation = vespa_fork_mark_generation(&mark);
    assert_int_equal(in_child(by_libc, is_another, &mark, generation), 0);
    assert_int_equal(in_child(by_kernel, is_another, &mark, generation), 0);
    assert_int_equal(in_child(by_libc, has_another_child, &mark, generation), 0);
    vespa_fork_mark_clear(&mark);
}

static void without_a_page_the_process_number_tells(void **state)
{
    struct vespa_fork_mark mark = {0};
    (void)state;
    uint64_t generation = vespa_fork_mark_generation(&mark);
    assert_int_equal(generation, getpid());
    assert_int_equal(in_child(by_kernel, is_another, &mark, generation), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_keeps_its_generation),
        cmocka_unit_test(a_child_has_another_one_however_it_was_forked),
        cmocka_unit_test(without_a_page_the_process_number_tells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
