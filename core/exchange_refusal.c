/* Answers of our own (design.md §4), and the log of an exchange. */
#include "core/exchange_private.h"

#include <stdarg.h>
#include <stdio.h>

/* A client that comes back after a deadline of half an hour need not hurry. */
enum { RETRY_AFTER_S = 30 };

void vespa_exchange_log(const struct vespa_exchange *exchange, enum vespa_log_level level,
                        const char *format, ...)
{
    const struct vespa_log *log = vespa_runtime_log(exchange->runtime);
    char text[900];
    va_list arguments;

    if (level > log->level)
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    vespa_log(log, level, "%s %.*s: %s",
              exchange->intake.method.length ? exchange->intake.method.data : "?",
              VESPA_SHOWN(vespa_exchange_path(exchange)), text);
}

static void refuse(struct vespa_exchange *exchange, struct vespa_reply_words words,
                   const char *format, va_list arguments)
{
    char message[VESPA_REPLY_MESSAGE_LIMIT];

    vsnprintf(message, sizeof(message), format, arguments);
    words.message = vespa_slice_of(message);
    vespa_reply_make(&words, &exchange->refusal_memory, &exchange->refusal);
    exchange->refused = true;
    vespa_exchange_log(exchange, VESPA_LOG_ERROR, "answered %d %s: %s", exchange->refusal.status,
                       words.code, message);
}

void vespa_exchange_refuse(struct vespa_exchange *exchange, int status, const char *code,
                           const char *format, ...)
{
    struct vespa_reply_words words = {.status = status, .code = code};
    va_list arguments;

    if (status == 503)
        words.retry_after_s = RETRY_AFTER_S;
    va_start(arguments, format);
    refuse(exchange, words, format, arguments);
    va_end(arguments);
}

void vespa_exchange_refuse_unknown(struct vespa_exchange *exchange, int status, const char *code,
                                   const char *format, ...)
{
    struct vespa_reply_words words = {.status = status, .code = code, .do_not_repeat = true};
    va_list arguments;

    vespa_runtime_count(exchange->runtime, VESPA_COUNT_DUPLICATES_AVOIDED);
    va_start(arguments, format);
    refuse(exchange, words, format, arguments);
    va_end(arguments);
}

void vespa_exchange_no_memory(struct vespa_exchange *exchange)
{
    vespa_reply_no_memory(&exchange->refusal);
    exchange->refused = true;
    vespa_exchange_log(exchange, VESPA_LOG_ERROR, "answered 500: out of memory");
}

void vespa_exchange_time_is_up(struct vespa_exchange *exchange)
{
    const struct vespa_rule *rule = exchange->rule;
    const char *state = exchange->last_words[0] ? exchange->last_words : "not known";
    char worker[60] = "";

    if (exchange->worker_status)
        snprintf(worker, sizeof(worker), " The last worker answered HTTP %d.",
                 exchange->worker_status);
    vespa_exchange_refuse(exchange, 503, "no_worker_ready",
                          "No worker of endpoint '%s' was ready before the deadline of %.1f s "
                          "(polls: %u, attempts: %u). Last state: %s.%s Try again later, or allow "
                          "more time (VESPA_DEADLINE).",
                          rule->endpoint,
                          (double)(exchange->deadline_ms - exchange->began_ms) / 1000.0,
                          exchange->reasks, exchange->attempts, state, worker);
}
