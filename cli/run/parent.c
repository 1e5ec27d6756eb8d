// A program that runs below us. All signals are blocked and taken one by one, so that no handler is
// needed and none can be lost between fork and exec or sent to a process that is gone.

#include "cli/run/parent.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

// Signals as this process got them, for the program to get.
struct inherited {
    sigset_t mask;
    struct sigaction on_child;
};

// These report a fault of whoever runs; sent by somebody they end us, as they should.
static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS};

static void block(sigset_t *taken, struct inherited *inherited)
{
    sigfillset(taken);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        sigdelset(taken, faults[i]);
    sigprocmask(SIG_BLOCK, taken, &inherited->mask);
    sigaction(SIGCHLD, &(struct sigaction){.sa_handler = SIG_DFL}, &inherited->on_child);
}

static void unblock(const struct inherited *inherited)
{
    sigaction(SIGCHLD, &inherited->on_child, NULL);
    sigprocmask(SIG_SETMASK, &inherited->mask, NULL);
}

__attribute__((noreturn)) static void become(char **program, const struct inherited *inherited,
                                             int report)
{
    unblock(inherited);
    execvp(program[0], program);
    int error = errno;
    ssize_t written = write(report, &error, sizeof error);
    _exit(written == (ssize_t)sizeof error ? 127 : 126);
}

// What the kernel sends comes from the terminal, which has sent it to the program too, or is about
// this process alone; but for a timer that was set before there was a vespa. A program that signals
// its group has had its own signal.
static bool is_for_the_program(const siginfo_t *signal, pid_t child)
{
    bool is_sent = signal->si_code <= 0;
    return is_sent ? signal->si_pid != child : signal->si_signo == SIGALRM;
}

static void pass_on(const siginfo_t *signal, pid_t child)
{
    if (signal->si_code == SI_QUEUE)
        sigqueue(child, signal->si_signo, signal->si_value);
    else
        kill(child, signal->si_signo);
}

// True: it has ended.
static bool look_at(pid_t child, int *status)
{
    while (waitpid(child, status, WNOHANG | WUNTRACED) == child) {
        if (!WIFSTOPPED(*status))
            return true;
        kill(getpid(), SIGSTOP); // until somebody, a shell's `fg`, continues us
    }
    return false;
}

static void wait_for(pid_t child, const sigset_t *taken, int *status)
{
    while (!look_at(child, status)) {
        siginfo_t signal;
        if (sigwaitinfo(taken, &signal) > 0 && signal.si_signo != SIGCHLD &&
            is_for_the_program(&signal, child))
            pass_on(&signal, child);
    }
}

bool vespa_run_child(char **program, struct vespa_run_end *end)
{
    struct inherited inherited;
    sigset_t taken;
    int report[2];
    *end = (struct vespa_run_end){0};
    if (pipe2(report, O_CLOEXEC) != 0)
        return false;
    block(&taken, &inherited);
    pid_t child = fork();
    if (child == 0)
        become(program, &inherited, report[1]);
    int error = errno;
    close(report[1]);
    if (child > 0) {
        while (read(report[0], &end->error, sizeof end->error) < 0 && errno == EINTR)
            ;
        wait_for(child, &taken, &end->status);
    }
    close(report[0]);
    unblock(&inherited);
    errno = error;
    return child > 0;
}

void vespa_run_end_as(int status)
{
    if (WIFSIGNALED(status)) {
        sigset_t only;
        sigemptyset(&only);
        sigaddset(&only, WTERMSIG(status));
        prctl(PR_SET_DUMPABLE, 0);
        signal(WTERMSIG(status), SIG_DFL);
        sigprocmask(SIG_UNBLOCK, &only, NULL);
        raise(WTERMSIG(status));
        exit(128 + WTERMSIG(status));
    }
    exit(WEXITSTATUS(status));
}
