/*
 * Log lines. They are written from inside other people's programs, at any moment and in any thread,
 * also in a child between fork and exec: no allocation, no lock, no descriptor that stays open, and
 * nothing that could block or kill the program.
 */
#include "core/log.h"

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

/* The UTC time as "2025-01-31T12:34:56.789Z ". Not by gmtime_r, which takes the lock of the time
 * zone: in a forked child another thread may have left it locked. The calendar is counted in years
 * that begin on the first of March, so that the leap day is the last of its year. */
static int print_time(char *to, size_t room)
{
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return 0;

    unsigned long long seconds = (unsigned long long)now.tv_sec;
    unsigned long long days = seconds / 86400 + 719468; /* since the first of March of year 0 */
    unsigned era = (unsigned)(days / 146097);           /* of 400 years */
    unsigned day = (unsigned)(days % 146097);
    unsigned year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    day -= 365 * year + year / 4 - year / 100;
    unsigned month = (5 * day + 2) / 153; /* 0: March */
    day -= (153 * month + 2) / 5;

    unsigned second = (unsigned)(seconds % 86400);
    return snprintf(to, room, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ ",
                    era * 400 + year + (month >= 10), month < 10 ? month + 3 : month - 9, day + 1,
                    second / 3600, second / 60 % 60, second % 60,
                    (unsigned)(now.tv_nsec / 1000000));
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

    int length = log->file ? print_time(line, sizeof(line)) : 0;
    length += snprintf(line + length, sizeof(line) - (size_t)length,
                       "vespa[%ld] %s: ", (long)getpid(), level_names[level]);
    va_start(arguments, format);
    int text = vsnprintf(line + length, sizeof(line) - (size_t)length, format, arguments);
    va_end(arguments);

    if (text >= 0) {
        length = length + text > LONGEST_LINE ? LONGEST_LINE : length + text;
        defuse(line, (size_t)length);
        line[length++] = '\n';
        if (log->file)
            write_to_file(log->file, line, (size_t)length);
        else
            write_quietly(STDERR_FILENO, line, (size_t)length);
    }
    errno = saved_errno;
}
