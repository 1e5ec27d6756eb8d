/*
 * The log: single lines, appended to a file that is opened for each line or written to stderr
 * (design: a guest keeps no descriptor of its own open, and lines of several processes do not mix).
 * Never payloads, never keys.
 */
#ifndef VESPA_CORE_LOG_H
#define VESPA_CORE_LOG_H

#include "core/slice.h"

enum vespa_log_level {
    VESPA_LOG_OFF,
    VESPA_LOG_ERROR,
    VESPA_LOG_WARN,
    VESPA_LOG_INFO,
    VESPA_LOG_DEBUG
};

struct vespa_log {
    enum vespa_log_level level;
    const char *file; /* borrowed path; NULL: stderr */
};

/* Reads "off", "error", "warn", "info" or "debug"; false leaves *level alone. */
bool vespa_log_level_of(struct vespa_slice text, enum vespa_log_level *level);

/* Writes one line, "vespa[PID] LEVEL: TEXT", when the log's level admits it; a file's lines begin
 * with the time (UTC, ISO 8601) as well. Control characters in the text become '?', lines longer
 * than 1,000 bytes are cut. One write(2), O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, mode 0600.
 * errno is left as it was. A log that cannot be written to is left out: there is nobody to tell.
 * log may be NULL: nothing is written. */
void vespa_log(const struct vespa_log *log, enum vespa_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
