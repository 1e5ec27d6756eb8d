/* What the shim costs a program that never uses libcurl: time to start and end /bin/true, and
 * anonymous memory. The pairs are interleaved, so that a change of the machine's speed touches both
 * sides; a third series, again without the shim, shows how far two equal series lie apart. */
#define _GNU_SOURCE
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PAIRS = 200, WARM_UP = 10, MEMORY_RUNS = 5 };

static char preload[4096 + sizeof("LD_PRELOAD=")];
static char *const plain_environment[] = {NULL};
static char *const shim_environment[] = {preload, NULL};

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "bench_startup: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* Microseconds from the spawn of /bin/true to its end. */
static double start_and_end(char *const environment[])
{
    char *const arguments[] = {"/bin/true", NULL};
    pid_t pid;
    int status;
    double begin = now_us();

    errno = posix_spawn(&pid, arguments[0], NULL, NULL, arguments, environment);
    if (errno)
        fail(arguments[0]);
    if (waitpid(pid, &status, 0) != pid)
        fail("waitpid");
    double end = now_us();
    if (!WIFEXITED(status) || WEXITSTATUS(status)) {
        errno = ECHILD;
        fail("/bin/true failed");
    }
    return end - begin;
}

static int by_value(const void *left, const void *right)
{
    double difference = *(const double *)left - *(const double *)right;
    return (difference > 0) - (difference < 0);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof(*values), by_value);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* What the program says of its own anonymous memory, in KiB. */
static double anonymous_kib(const char *program, char *const environment[])
{
    char *const arguments[] = {(char *)program, NULL};
    posix_spawn_file_actions_t actions;
    int ends[2];
    char text[64];
    pid_t pid;

    if (pipe(ends))
        fail("pipe");
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    errno = posix_spawn(&pid, program, &actions, NULL, arguments, environment);
    if (errno)
        fail(program);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    ssize_t length = read(ends[0], text, sizeof(text) - 1);
    close(ends[0]);
    waitpid(pid, NULL, 0);
    if (length <= 0)
        fail(program);
    text[length] = '\0';
    return strtod(text, NULL);
}

static double median_anonymous_kib(const char *program, char *const environment[])
{
    double values[MEMORY_RUNS];
    for (int i = 0; i < MEMORY_RUNS; i++)
        values[i] = anonymous_kib(program, environment);
    return median(values, MEMORY_RUNS);
}

static void measure_time(void)
{
    static double plain[PAIRS], shim[PAIRS], again[PAIRS], paired[PAIRS];

    for (int i = 0; i < WARM_UP; i++) {
        start_and_end(plain_environment);
        start_and_end(shim_environment);
    }
    for (int i = 0; i < PAIRS; i++) {
        plain[i] = start_and_end(plain_environment);
        shim[i] = start_and_end(shim_environment);
        again[i] = start_and_end(plain_environment);
        paired[i] = shim[i] - plain[i];
    }
    double without = median(plain, PAIRS);
    double with = median(shim, PAIRS);
    printf("start and end of /bin/true, median of %d interleaved pairs\n", PAIRS);
    printf("  without the shim       %8.1f us\n", without);
    printf("  with the shim          %8.1f us\n", with);
    printf("  difference             %8.1f us   (limit 200)\n", with - without);
    printf("  difference of a pair   %8.1f us   (median)\n", median(paired, PAIRS));
    printf("  two equal series       %8.1f us apart\n", median(again, PAIRS) - without);
}

static void measure_memory(const char *program)
{
    double without = median_anonymous_kib(program, plain_environment);
    double with = median_anonymous_kib(program, shim_environment);
    printf("anonymous memory of a program without libcurl\n");
    printf("  without the shim       %8.0f KiB\n", without);
    printf("  with the shim          %8.0f KiB\n", with);
    printf("  difference             %8.0f KiB   (limit 300)\n", with - without);
}

int main(void)
{
    const char *build = getenv("VESPA_BUILD");
    char relative[4096], path[4096], program[4096];

    if (!build)
        build = "build";
    snprintf(relative, sizeof(relative), "%.4000s/libvespa_shim.so", build);
    snprintf(program, sizeof(program), "%.4000s/bench/programs/startup_rss", build);
    if (!realpath(relative, path))
        fail(relative);
    snprintf(preload, sizeof(preload), "LD_PRELOAD=%s", path);
    measure_time();
    measure_memory(program);
    return 0;
}
