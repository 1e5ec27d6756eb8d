/*
 * Log lines. They are written from inside other people's programs, at any moment and in any thread,
 * also in a child between fork and exec: no allocation, no lock, no descriptor that stays open, and
 * nothing that could block or kill the program.
 */
#include "core/log.h"

#include "core/utc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { LONGEST_LINE = 1000 }; /* without its line end */

static const char *const level_names[] = {
    [VESPA_LOG_OFF] = "off",   [VESPA_LOG_ERROR] = "error", [VESPA_LOG_WARN] = "warn",
    [VESPA_LOG_INFO] = "info", [VESPA_LOG_DEBUG] = "debug",
};

bool vespa_log_level_of(struct vespa_slice text, enum vespa_log_level *level)
{
    for (size_t i = 0; i < sizeof(level_names) / sizeof(level_names[0]); i++)
        if (vespa_slice_equal_nocase(text, vespa_slice_of(level_names[i]))) {
            *level = (enum vespa_log_level)i;
            return true;
        }
    return false;
}

/* Control characters, those of ISO 6429's upper half in UTF-8 included: what a worker or a user put
 * into a message must not begin a line of its own or speak to a terminal. */
static void defuse(char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        unsigned char next = i + 1 < length ? (unsigned char)text[i + 1] : 0;
        if (byte < ' ' || byte == 0x7F)
            text[i] = '?';
        else if (byte == 0xC2 && next >= 0x80 && next <= 0x9F)
            text[i] = text[i + 1] = '?';
    }
}

/* write(2) without the SIGPIPE of a reader who has gone. */
static void write_quietly(int descriptor, const char *text, size_t length)
{
    sigset_t pipe_signal, before, pending;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    sigemptyset(&pending);
    sigpending(&pending);
    bool was_pending = sigismember(&pending, SIGPIPE) == 1;
    if (pthread_sigmask(SIG_BLOCK, &pipe_signal, &before) != 0)
        return;

    ssize_t written;
    do
        written = write(descriptor, text, length);
    while (written < 0 && errno == EINTR);

    if (written < 0 && errno == EPIPE && !was_pending) {
        static const struct timespec at_once = {0, 0};
        while (sigtimedwait(&pipe_signal, NULL, &at_once) < 0 && errno == EINTR)
            ;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* O_NONBLOCK: a FIFO without a reader must not hold the program up. */
static void write_to_file(const char *file, const char *text, size_t length)
{
    int descriptor = open(
        file, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
    if (descriptor < 0)
        return;
    write_quietly(descriptor, text, length);
    close(descriptor);
}

void vespa_log(const struct vespa_log *log, enum vespa_log_level level, const char *format, ...)
{
    char line[LONGEST_LINE + 2]; /* room for a zero or line end behind it */
    int saved_errno = errno;
    va_list arguments;

    if (!log || level == VESPA_LOG_OFF || level > log->level)
        return;

    char now[VESPA_UTC_ROOM] = "";
    struct timespec clock_now;
    if (log->file && clock_gettime(CLOCK_REALTIME, &clock_now) == 0)
        vespa_utc_print(clock_now, now);
    int length = snprintf(line, sizeof(line), "%s%svespa[%ld] %s: ", now, now[0] ? " " : "",
                          (long)getpid(), level_names[level]);
    va_start(arguments, format);
    int text = vsnprintf(line + length, sizeof(line) - (size_t)length, format, arguments);
    va_end(arguments);

    if (text >= 0) {
        length = text > LONGEST_LINE - length ? LONGEST_LINE : length + text;
        defuse(line, (size_t)length);
        line[length++] = '\n';
        if (log->file)
            write_to_file(log->file, line, (size_t)length);
        else
            write_quietly(STDERR_FILENO, line, (size_t)length);
    }
    errno = saved_errno;
}
