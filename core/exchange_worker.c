/* The worker's answer, or its failure: the table of protocol.md §5. */
#include "core/exchange_private.h"

#include "core/backoff.h"
#include "core/head.h"
#include "core/header_rules.h"

#include <stdio.h>

static const char no_attempt_left[] = "its worker failed, and no further one is to be tried";

/* ---- another attempt ------------------------------------------------------------------------- */

/* The one place that decides whether the request may go to a worker once more, after so long. If
 * so, it is taken out of the process's budget. */
static bool may_try_again(struct vespa_exchange *exchange, uint32_t wait_ms)
{
    if (exchange->attempts >= exchange->rule->attempts ||
        wait_ms >= vespa_exchange_time_left(exchange))
        return false;
    if (vespa_runtime_take_retry(exchange->runtime, exchange->now_ms))
        return true;
    vespa_exchange_log(exchange, VESPA_LOG_WARN,
                       "no further worker is tried: too many requests of this process fail (its "
                       "retries are held to 20 %% of its requests)");
    exchange->retries_spent = true;
    return false;
}

/* A fresh route, with the same request_idx (protocol.md §3), after so long. */
static void try_again(struct vespa_exchange *exchange, uint32_t wait_ms, const char *why)
{
    vespa_exchange_log(exchange, VESPA_LOG_WARN, "worker %.*s %s; attempt %u of %u in %u ms",
                       VESPA_SHOWN(exchange->worker), why, exchange->attempts + 1,
                       exchange->rule->attempts, wait_ms);
    exchange->assigned = false;
    vespa_exchange_wait(exchange, wait_ms);
}

/* ---- heads ----------------------------------------------------------------------------------- */

static bool is_empty_body(const struct vespa_head *head)
{
    struct vespa_slice length;
    return vespa_head_find(head, VESPA_LITERAL("Content-Length"), &length) &&
           vespa_slice_equal(length, VESPA_LITERAL("0"));
}

static enum vespa_verdict deliver(struct vespa_exchange *exchange, const struct vespa_head *head)
{
    exchange->answer_status = head->status;
    exchange->is_event_stream = vespa_event_stream_begins(head);
    exchange->phase = VESPA_PHASE_DELIVERING;
    return VESPA_DELIVER;
}

static enum vespa_verdict discard(struct vespa_exchange *exchange, int status)
{
    exchange->worker_status = status;
    exchange->phase = VESPA_PHASE_DISCARDING;
    return VESPA_DISCARD;
}

/* The worker and the autoscaler disagree, or the assignment is stale: a fresh one may do, once. A
 * 401 with a body is the model's own. */
static enum vespa_verdict on_401(struct vespa_exchange *exchange, const struct vespa_head *head)
{
    if (!is_empty_body(head))
        return deliver(exchange, head);
    bool is_first = !exchange->signature_refused;
    if (!is_first || !may_try_again(exchange, 0)) {
        if (is_first && vespa_exchange_fall_back(exchange, no_attempt_left))
            return discard(exchange, 401);
        vespa_exchange_log(exchange, VESPA_LOG_WARN,
                           "worker %.*s did not accept the autoscaler's signature (401)",
                           VESPA_SHOWN(exchange->worker));
        return deliver(exchange, head);
    }
    exchange->signature_refused = true;
    try_again(exchange, 0, "did not accept the autoscaler's signature (401)");
    return discard(exchange, 401);
}

/* 408, 429, 5xx: another worker may do better, after a back-off or when this one says. */
static enum vespa_verdict on_failure(struct vespa_exchange *exchange, const struct vespa_head *head)
{
    uint32_t retry_after;

    exchange->worker_failures++;
    uint32_t wait = vespa_backoff_failure(exchange->runtime, exchange->worker_failures);
    if (vespa_head_retry_after(head, &retry_after) && retry_after > wait)
        wait = retry_after;
    if (may_try_again(exchange, wait)) {
        char why[40];
        snprintf(why, sizeof(why), "answered HTTP %d", head->status);
        try_again(exchange, wait, why);
        return discard(exchange, head->status);
    }
    if (vespa_exchange_fall_back(exchange, no_attempt_left))
        return discard(exchange, head->status);
    /* protocol.md §10: the Vespa worker answers 500 to its own validation errors. */
    vespa_exchange_log(exchange, VESPA_LOG_WARN,
                       "worker %.*s answered HTTP %d, attempt %u of %u: the answer is passed on%s",
                       VESPA_SHOWN(exchange->worker), head->status, exchange->attempts,
                       exchange->rule->attempts,
                       head->status == 500 ? ". A 500 that persists may mean that the worker did "
                                             "not accept the envelope"
                                           : "");
    return deliver(exchange, head);
}

/* design.md §2.4: a redirect away from the worker would take the application to a stranger. */
static enum vespa_verdict on_redirect(struct vespa_exchange *exchange,
                                      const struct vespa_head *head)
{
    struct vespa_slice rest = head->fields;
    struct vespa_header field;

    while (vespa_head_next_field(&rest, &field)) {
        if (!vespa_slice_equal_nocase(field.name, VESPA_LITERAL("Location")))
            continue;
        vespa_buffer_reset(&exchange->replacement);
        enum vespa_location location =
            vespa_location_rewrite(field.value, vespa_buffer_slice(&exchange->memory.url),
                                   &exchange->intake.own, &exchange->replacement);
        if (location == VESPA_LOCATION_AS_IT_IS || location == VESPA_LOCATION_REWRITTEN)
            continue;
        vespa_exchange_refuse(exchange, 502, "worker_not_acceptable",
                              "The worker %.*s answered HTTP %d with a redirect %s, which is not "
                              "followed.",
                              VESPA_SHOWN(exchange->worker), head->status,
                              location == VESPA_LOCATION_ELSEWHERE ? "to another server"
                                                                   : "that cannot be read");
        return discard(exchange, head->status);
    }
    return deliver(exchange, head);
}

enum vespa_verdict vespa_exchange_head(struct vespa_exchange *exchange, uint64_t now_ms,
                                       struct vespa_slice text)
{
    struct vespa_head head;

    exchange->now_ms = now_ms;
    if (exchange->phase != VESPA_PHASE_SENDING)
        return exchange->phase == VESPA_PHASE_DELIVERING ? VESPA_DELIVER : VESPA_DISCARD;
    if (!vespa_head_parse(text, &head)) {
        vespa_exchange_refuse_unknown(exchange, 502, "worker_failed",
                                      "The worker %.*s answered something that is not HTTP. The "
                                      "request may have been carried out; it was not sent again.",
                                      VESPA_SHOWN(exchange->worker));
        return discard(exchange, 0);
    }
    if (head.status == 401)
        return on_401(exchange, &head);
    if (head.status == 408 || head.status == 429 || (head.status >= 500 && head.status <= 599))
        return on_failure(exchange, &head);
    if (head.status >= 300 && head.status <= 399)
        return on_redirect(exchange, &head);
    if (head.status == 422)
        vespa_exchange_log(exchange, VESPA_LOG_WARN,
                           "worker %.*s answered HTTP 422: if these are not the model's own words, "
                           "it did not accept the envelope, which is a defect of vespa: please "
                           "report it",
                           VESPA_SHOWN(exchange->worker));
    return deliver(exchange, &head);
}

void vespa_exchange_body(struct vespa_exchange *exchange, struct vespa_slice bytes)
{
    if (exchange->phase == VESPA_PHASE_DELIVERING && exchange->is_event_stream)
        vespa_event_stream_feed(&exchange->events, bytes);
}

/* ---- the end --------------------------------------------------------------------------------- */

static void end_delivery(struct vespa_exchange *exchange, const char *detail)
{
    exchange->phase = VESPA_PHASE_DONE;
    exchange->answered = detail == NULL;
    vespa_runtime_count(exchange->runtime, VESPA_COUNT_DELIVERED);
    vespa_exchange_log(exchange, detail ? VESPA_LOG_WARN : VESPA_LOG_INFO,
                       "%.*s answered HTTP %d (attempts: %u, %llu ms)%s%s",
                       VESPA_SHOWN(exchange->worker), exchange->answer_status, exchange->attempts,
                       (unsigned long long)(exchange->now_ms - exchange->began_ms),
                       detail ? "; the answer ended too early: " : "", detail ? detail : "");
    if (!detail && exchange->is_event_stream && !vespa_event_stream_is_done(&exchange->events))
        vespa_exchange_log(exchange, VESPA_LOG_WARN,
                           "the stream of %.*s ended without \"data: [DONE]\": it may be "
                           "incomplete",
                           VESPA_SHOWN(exchange->worker));
}

void vespa_exchange_finished(struct vespa_exchange *exchange, uint64_t now_ms)
{
    exchange->now_ms = now_ms;
    if (exchange->phase == VESPA_PHASE_SENDING)
        vespa_exchange_failed(exchange, now_ms, VESPA_FAILURE_CUT, "no head was received");
    else if (exchange->phase == VESPA_PHASE_DELIVERING)
        end_delivery(exchange, NULL);
    else if (exchange->phase == VESPA_PHASE_DISCARDING)
        exchange->phase = VESPA_PHASE_DECIDING;
}

/* ---- failures before the head ---------------------------------------------------------------- */

/* No attempt is left, and there is no answer to pass on (design.md §1). */
static void refuse_failed_worker(struct vespa_exchange *exchange, const char *code,
                                 const char *what, const char *detail)
{
    char before[100] = "";
    int last = exchange->worker_status;

    if (vespa_exchange_fall_back(exchange, no_attempt_left))
        return;
    bool overloaded = last == 408 || last == 429 || last == 503;

    if (last)
        snprintf(before, sizeof(before), " The worker before it answered HTTP %d.", last);
    bool late = vespa_exchange_time_left(exchange) == 0;
    vespa_exchange_refuse(exchange, overloaded || late ? 503 : 502, code,
                          "The worker %.*s %s (%s), attempt %u of %u.%s%s%s",
                          VESPA_SHOWN(exchange->worker), what, detail, exchange->attempts,
                          exchange->rule->attempts, before, late ? " The deadline has come." : "",
                          exchange->retries_spent ? " It was not sent to another one, for too many "
                                                    "requests of this process fail."
                                                  : "");
}

/* Refused, reset or closed before any byte of the answer: the first time at once, from the second
 * failure in a row on after a back-off. */
static void on_lost_worker(struct vespa_exchange *exchange, const char *code, const char *what,
                           const char *detail)
{
    uint32_t wait = 0;

    if (exchange->worker_failures)
        wait = vespa_backoff_failure(exchange->runtime, exchange->worker_failures);
    exchange->worker_failures++;
    if (may_try_again(exchange, wait))
        try_again(exchange, wait, what);
    else
        refuse_failed_worker(exchange, code, what, detail);
}

/* Nothing has left, so another worker may be tried; but if that one's certificate is no better the
 * cause is here or with the root, and not with the worker. */
static void on_tls_failure(struct vespa_exchange *exchange, const char *detail)
{
    static const char code[] = "worker_not_acceptable";
    static const char what[] = "has no acceptable certificate, or TLS with it failed";

    if (exchange->tls_failed) {
        refuse_failed_worker(exchange, code, what, detail);
        return;
    }
    exchange->tls_failed = true;
    on_lost_worker(exchange, code, what, detail);
}

/* Sent in whole or in part, and no telling what became of it. */
static void refuse_unknown_outcome(struct vespa_exchange *exchange, enum vespa_failure failure,
                                   const char *detail)
{
    if (failure == VESPA_FAILURE_TIMEOUT)
        vespa_exchange_refuse_unknown(exchange, 503, "worker_timeout",
                                      "The worker %.*s did not answer in time. The job may still "
                                      "be running there; it was not sent again, for it would run, "
                                      "and be billed, twice.",
                                      VESPA_SHOWN(exchange->worker));
    else
        vespa_exchange_refuse_unknown(exchange, 502, "worker_failed",
                                      "The worker %.*s began an answer and broke off (%s). The "
                                      "request may have been carried out; it was not sent again.",
                                      VESPA_SHOWN(exchange->worker), detail);
}

static void on_no_head(struct vespa_exchange *exchange, enum vespa_failure failure,
                       const char *detail)
{
    switch (failure) {
    case VESPA_FAILURE_CONNECT:
        on_lost_worker(exchange, "worker_failed", "could not be reached", detail);
        break;
    case VESPA_FAILURE_CLOSED:
        on_lost_worker(exchange, "worker_failed", "closed the connection without an answer",
                       detail);
        break;
    case VESPA_FAILURE_TLS:
        on_tls_failure(exchange, detail);
        break;
    case VESPA_FAILURE_TIMEOUT:
    case VESPA_FAILURE_CUT:
        refuse_unknown_outcome(exchange, failure, detail);
        break;
    case VESPA_FAILURE_LOCAL:
        vespa_exchange_refuse(exchange, 500, "local_failure",
                              "The request could not be sent to the worker %.*s for a cause on "
                              "this machine: %s.",
                              VESPA_SHOWN(exchange->worker), detail);
        break;
    }
}

void vespa_exchange_failed(struct vespa_exchange *exchange, uint64_t now_ms,
                           enum vespa_failure failure, const char *detail)
{
    enum vespa_phase phase = exchange->phase;

    exchange->now_ms = now_ms;
    detail = detail && detail[0] ? detail : "no cause is known";
    if (phase == VESPA_PHASE_SENDING || phase == VESPA_PHASE_DISCARDING)
        exchange->phase = VESPA_PHASE_DECIDING;
    if (phase == VESPA_PHASE_SENDING)
        on_no_head(exchange, failure, detail);
    else if (phase == VESPA_PHASE_DELIVERING)
        end_delivery(exchange, detail);
}
