// Runs a program for a test.

#define _GNU_SOURCE // execvpe, pipe2

#include "tests/support/program.h"

// What cmocka.h needs to be included first.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

extern char **environ;

// Output being collected.
struct buffer {
    char *data;
    size_t length;
};

// A program while it runs.
struct run {
    const struct vespa_program *program;
    pid_t pid;
    int in;
    int out;
    int err;
    size_t fed;
    size_t input_length;
    struct buffer out_buffer;
    struct buffer err_buffer;
    long began;
    long deadline;
    long first_output;
};

long vespa_test_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

char *vespa_build_path(const char *name)
{
    const char *build = getenv("VESPA_BUILD");
    char path[4096];
    char here[2048] = "";
    if (build && build[0] == '/')
        snprintf(path, sizeof path, "%s/%s", build, name);
    else if (getcwd(here, sizeof here))
        snprintf(path, sizeof path, "%.2000s/%.1000s/%.1000s", here, build ? build : "build", name);
    else
        fail_msg("no working directory: %s", strerror(errno));
    return strdup(path);
}

// --- environment ---

static bool same_name(const char *entry, const char *name, size_t length)
{
    return strncmp(entry, name, length) == 0 && (entry[length] == '=' || entry[length] == '\0');
}

static size_t count_entries(const char *const *list)
{
    size_t count = 0;
    while (list && list[count])
        count++;
    return count;
}

// Sets or removes one variable in a list that has room for one more.
static void apply(const char **list, size_t *count, const char *entry)
{
    size_t name_length = strcspn(entry, "=");
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++)
        if (!same_name(list[i], entry, name_length))
            list[kept++] = list[i];
    if (entry[name_length] == '=')
        list[kept++] = entry;
    *count = kept;
}

// A list for execvpe; the strings are borrowed.
static const char **build_environment(const struct vespa_program *program)
{
    size_t count = count_entries((const char *const *)environ);
    size_t room =
        count + count_entries(program->environment) + count_entries(program->more_environment) + 1;
    const char **list = calloc(room, sizeof *list);
    for (size_t i = 0; i < count; i++)
        list[i] = environ[i];
    for (size_t i = 0; i < count_entries(program->environment); i++)
        apply(list, &count, program->environment[i]);
    for (size_t i = 0; i < count_entries(program->more_environment); i++)
        apply(list, &count, program->more_environment[i]);
    list[count] = NULL;
    return list;
}

// --- starting ---

// The child: becomes the program, or reports errno through `report`.
__attribute__((noreturn)) static void become(const struct vespa_program *program, int in, int out,
                                             int err, const char **environment, int report,
                                             pid_t parent)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    bool ready = getppid() == parent && dup2(in, 0) >= 0 && dup2(out, 1) >= 0 && dup2(err, 2) >= 0;
    if (ready && program->directory)
        ready = chdir(program->directory) == 0;
    if (ready)
        execvpe(program->argv[0], (char *const *)(void *)program->argv,
                (char *const *)(void *)environment);
    int reason = errno;
    ssize_t written = write(report, &reason, sizeof reason);
    _exit(written > 0 ? 127 : 126);
}

static void make_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) != 0)
        fail_msg("pipe: %s", strerror(errno));
}

static void start(struct run *run)
{
    int in[2];
    int out[2];
    int err[2];
    int report[2];
    int reason = 0;
    make_pipe(in);
    make_pipe(out);
    make_pipe(err);
    make_pipe(report);
    if (!run->program->input) {
        close(in[0]);
        in[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
    const char **environment = build_environment(run->program);
    pid_t parent = getpid();
    run->pid = fork();
    if (run->pid == 0)
        become(run->program, in[0], out[1], err[1], environment, report[1], parent);
    free(environment);
    close(in[0]);
    close(out[1]);
    close(err[1]);
    close(report[1]);
    if (read(report[0], &reason, sizeof reason) > 0)
        fail_msg("cannot run %s: %s", run->program->argv[0], strerror(reason));
    close(report[0]);
    fcntl(in[1], F_SETFL, O_NONBLOCK);
    run->in = in[1];
    run->out = out[0];
    run->err = err[0];
}

// --- running ---

static void append(struct buffer *buffer, const char *bytes, size_t length)
{
    char *data = realloc(buffer->data, buffer->length + length + 1);
    if (!data)
        abort();
    memcpy(data + buffer->length, bytes, length);
    buffer->data = data;
    buffer->length += length;
    buffer->data[buffer->length] = '\0';
}

static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void feed(struct run *run)
{
    const char *input = run->program->input;
    size_t left = run->input_length - run->fed;
    ssize_t written = left ? write(run->in, input + run->fed, left) : 0;
    if (written > 0)
        run->fed += (size_t)written;
    if ((written < 0 && errno != EAGAIN) || run->fed == run->input_length)
        close_end(&run->in);
}

static void collect(struct run *run, int *fd, struct buffer *buffer)
{
    char bytes[65536];
    ssize_t length = read(*fd, bytes, sizeof bytes);
    if (length <= 0) {
        close_end(fd);
        return;
    }
    append(buffer, bytes, (size_t)length);
    if (buffer != &run->out_buffer)
        return;
    if (run->first_output < 0)
        run->first_output = vespa_test_now() - run->began;
    const struct vespa_program *program = run->program;
    if (program->on_output && !program->on_output(program->context, bytes, (size_t)length))
        kill(run->pid, SIGTERM);
}

// Moves bytes until the program has closed its output; false when time is up.
static bool move_bytes(struct run *run)
{
    while (run->out >= 0 || run->err >= 0) {
        struct pollfd watched[] = {{.fd = run->in, .events = POLLOUT},
                                   {.fd = run->out, .events = POLLIN},
                                   {.fd = run->err, .events = POLLIN}};
        long left = run->deadline - vespa_test_now();
        if (left <= 0)
            return false;
        if (poll(watched, 3, (int)left) <= 0)
            continue;
        if (watched[0].revents)
            feed(run);
        if (watched[1].revents)
            collect(run, &run->out, &run->out_buffer);
        if (watched[2].revents)
            collect(run, &run->err, &run->err_buffer);
    }
    return true;
}

// Waits for the exit; false when time is up.
static bool reap(const struct run *run, int *wait_status)
{
    for (;;) {
        pid_t done = waitpid(run->pid, wait_status, WNOHANG);
        if (done == run->pid)
            return true;
        if (vespa_test_now() >= run->deadline)
            return false;
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
}

static void finish(struct run *run, struct vespa_program_result *result)
{
    int wait_status = 0;
    bool in_time = move_bytes(run) && reap(run, &wait_status);
    if (!in_time) {
        kill(-run->pid, SIGKILL);
        waitpid(run->pid, &wait_status, 0);
    }
    close_end(&run->in);
    close_end(&run->out);
    close_end(&run->err);
    append(&run->out_buffer, "", 0);
    append(&run->err_buffer, "", 0);
    *result = (struct vespa_program_result){
        .status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1,
        .signal = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0,
        .timed_out = !in_time,
        .out = run->out_buffer.data,
        .out_length = run->out_buffer.length,
        .err = run->err_buffer.data,
        .err_length = run->err_buffer.length,
        .duration_ms = vespa_test_now() - run->began,
        .first_output_ms = run->first_output,
    };
}

struct vespa_program_result vespa_program_run(const struct vespa_program *program)
{
    long timeout = program->timeout_ms ? (long)program->timeout_ms : 30000;
    if (getenv("VESPA_SLOW"))
        timeout *= 10;
    struct run run = {.program = program, .first_output = -1, .began = vespa_test_now()};
    if (program->input)
        run.input_length = program->input_length ? program->input_length : strlen(program->input);
    run.deadline = run.began + timeout;
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    start(&run);
    if (!program->input)
        close_end(&run.in);
    struct vespa_program_result result;
    finish(&run, &result);
    signal(SIGPIPE, before);
    if (result.timed_out && !program->may_time_out)
        fail_msg("%s did not end within %ld ms\nstdout: %s\nstderr: %s", program->argv[0], timeout,
                 result.out, result.err);
    return result;
}

struct vespa_program_result vespa_program_run_simple(const char *const *argv,
                                                     const char *const *environment)
{
    return vespa_program_run(&(struct vespa_program){.argv = argv, .environment = environment});
}

void vespa_program_result_free(struct vespa_program_result *result)
{
    free(result->out);
    free(result->err);
    result->out = NULL;
    result->err = NULL;
}
