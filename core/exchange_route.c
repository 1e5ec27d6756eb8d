/* The autoscaler's answers: the table of protocol.md §3. */
#include "core/exchange_private.h"

#include "core/backoff.h"
#include "core/worker_url.h"

#include <stdio.h>
#include <stdlib.h>

/* Remembers the request's index for all its later calls. False: memory ran out. */
static bool keep_request_idx(struct vespa_exchange *exchange, struct vespa_slice request_idx)
{
    if (!request_idx.length ||
        vespa_slice_equal(vespa_buffer_slice(&exchange->request_idx), request_idx))
        return true;
    vespa_buffer_reset(&exchange->request_idx);
    vespa_buffer_append(&exchange->request_idx, request_idx);
    return !exchange->request_idx.failed;
}

/* The address is shown as any other words of the autoscaler's are: without keys. */
static void refuse_address(struct vespa_exchange *exchange, const char *defect)
{
    char shown[VESPA_ANSWER_TEXT_SIZE];

    vespa_exchange_words(exchange, vespa_buffer_slice(&exchange->worker_url), shown);
    vespa_exchange_refuse(exchange, 502, "worker_not_acceptable",
                          "The worker's address '%s', which the autoscaler gave, %s. Nothing was "
                          "sent to it.",
                          shown, defect);
}

/* Remembers an address that was accepted. A long one is no worker's. */
static void remember(struct vespa_exchange *exchange)
{
    enum { LONGEST = 512 };

    exchange->accepted_by = NULL;
    vespa_buffer_reset(&exchange->accepted);
    if (exchange->worker_url.length > LONGEST)
        return;
    vespa_buffer_append(&exchange->accepted, vespa_buffer_slice(&exchange->worker_url));
    exchange->accepted_length = exchange->worker.length;
    exchange->accepted_by = exchange->accepted.failed ? NULL : exchange->rule;
}

/* Holds worker_url to design.md §3 (Trust), and finds the worker's part of it; what speaks against
 * it, or NULL. The rule's answer is always the same. */
static const char *objection_to_url(struct vespa_exchange *exchange)
{
    struct vespa_slice url = vespa_buffer_slice(&exchange->worker_url);

    if (exchange->accepted_by == exchange->rule &&
        vespa_slice_equal(url, vespa_buffer_slice(&exchange->accepted))) {
        exchange->worker = vespa_slice_part(url, 0, exchange->accepted_length);
        return NULL;
    }
    const char *objection = vespa_worker_url_check(exchange->rule, url, &exchange->worker);
    if (!objection)
        remember(exchange);
    return objection;
}

/* Takes the worker that the answer in exchange->answer names, and holds its address to design.md §3
 * (Trust). */
static void assign(struct vespa_exchange *exchange, const struct vespa_assignment *assignment)
{
    vespa_buffer_reset(&exchange->worker_url);
    vespa_route_url(assignment, &exchange->worker_url);
    if (exchange->worker_url.failed) {
        vespa_exchange_no_memory(exchange);
        return;
    }
    exchange->assignment = *assignment;
    const char *defect = objection_to_url(exchange);
    if (defect) {
        refuse_address(exchange, defect);
        return;
    }
    exchange->assigned = true;
    exchange->waits_for_worker = false;
    exchange->call_failures = exchange->too_often = 0;
    vespa_runtime_worker_came(exchange->runtime, exchange->rule);
}

static void wait_for_worker(struct vespa_exchange *exchange, struct vespa_slice body)
{
    exchange->reasks++;
    exchange->call_failures = exchange->too_often = 0;
    vespa_runtime_autoscaler_answered(exchange->runtime, exchange->rule);
    vespa_exchange_words(exchange, body, exchange->last_words);

    uint32_t wait = vespa_backoff_poll(exchange->runtime, exchange->reasks);
    vespa_exchange_log(exchange, exchange->reasks == 1 ? VESPA_LOG_INFO : VESPA_LOG_DEBUG,
                       "no worker is ready yet (%s); asking again in %u ms",
                       exchange->last_words[0] ? exchange->last_words : "no status was given",
                       wait);
    exchange->waits_for_worker = true;
    vespa_exchange_wait(exchange, wait);
    vespa_exchange_pass_turn(exchange);
}

/* Two kinds of key exist and mixing them up is the most frequent user error (protocol.md §2). */
static void wrong_key(struct vespa_exchange *exchange, int status, struct vespa_slice body)
{
    const struct vespa_rule *rule = exchange->rule;
    char words[VESPA_ANSWER_TEXT_SIZE];

    if (vespa_exchange_renew_key(exchange)) {
        vespa_exchange_log(exchange, VESPA_LOG_WARN,
                           "the autoscaler refused the endpoint's key (HTTP %d); it is looked up "
                           "once more",
                           status);
        return;
    }
    vespa_exchange_words(exchange, body, words);
    vespa_exchange_refuse(
        exchange, 401, "wrong_key",
        "The autoscaler at %s refused the key for endpoint '%s' (HTTP %d%s%s). It wants the "
        "*endpoint's* key, not the account's key%s. The endpoint's key is shown in the console "
        "under Serverless and by `vastai show endpoints`; set VAST_API_KEY to it, or set "
        "VAST_ACCOUNT_KEY to the account's key alone and it is looked up.",
        rule->autoscaler_url, rule->endpoint, status, words[0] ? ": " : "", words,
        rule->endpoint_key ? " that the vastai command line also calls VAST_API_KEY"
                           : "; what was tried is what the console gave for this endpoint");
}

static void refuse_bad_request(struct vespa_exchange *exchange, struct vespa_slice body)
{
    char words[VESPA_ANSWER_TEXT_SIZE];

    vespa_exchange_words(exchange, body, words);
    vespa_exchange_refuse(exchange, 404, "unknown_endpoint",
                          "The autoscaler at %s does not know endpoint '%s' or takes no such "
                          "request (HTTP 400%s%s). Check VAST_ENDPOINT, which is the endpoint's "
                          "name, and VESPA_INSTANCE.",
                          exchange->rule->autoscaler_url, exchange->rule->endpoint,
                          words[0] ? ": " : "", words);
}

/* What it answered, for messages. */
enum { ANSWER_SIZE = VESPA_ANSWER_TEXT_SIZE + 40 };

static void quote(const struct vespa_exchange *exchange, int status, struct vespa_slice body,
                  char to[static ANSWER_SIZE])
{
    char words[VESPA_ANSWER_TEXT_SIZE];

    vespa_exchange_words(exchange, body, words);
    snprintf(to, ANSWER_SIZE, "it answered HTTP %d%s%s", status, words[0] ? ": " : "", words);
}

static void ask_again(struct vespa_exchange *exchange, int status,
                      const struct vespa_route_answer *answer, struct vespa_slice body)
{
    char what[ANSWER_SIZE];

    if (answer->defect)
        snprintf(what, sizeof(what), "its answer %s", answer->defect);
    else
        quote(exchange, status, body, what);
    vespa_exchange_call_again(exchange, what, 0);
}

static void ask_later(struct vespa_exchange *exchange, int status, struct vespa_slice body)
{
    char what[ANSWER_SIZE];

    quote(exchange, status, body, what);
    vespa_exchange_call_later(exchange, what);
}

void vespa_exchange_routed(struct vespa_exchange *exchange, int status, struct vespa_slice body)
{
    struct vespa_route_answer answer;

    if (body.length > VESPA_ROUTE_ANSWER_LIMIT) {
        vespa_exchange_call_again(exchange, "its answer is longer than 64 KiB", 0);
        return;
    }
    /* A copy, for the parts of an assignment go to the worker as they are. */
    vespa_buffer_reset(&exchange->answer);
    vespa_buffer_append(&exchange->answer, body);
    vespa_route_read(status, vespa_buffer_slice(&exchange->answer), &answer);
    if (exchange->answer.failed || !keep_request_idx(exchange, answer.request_idx)) {
        vespa_exchange_no_memory(exchange);
        return;
    }
    switch (answer.outcome) {
    case VESPA_ROUTE_READY:
        assign(exchange, &answer.assignment);
        break;
    case VESPA_ROUTE_NOT_READY:
        wait_for_worker(exchange, body);
        break;
    case VESPA_ROUTE_BAD_REQUEST:
        refuse_bad_request(exchange, body);
        break;
    case VESPA_ROUTE_WRONG_KEY:
        wrong_key(exchange, status, body);
        break;
    case VESPA_ROUTE_TOO_OFTEN:
        exchange->waits_for_worker = true;
        ask_later(exchange, status, body);
        break;
    case VESPA_ROUTE_FAILED:
        ask_again(exchange, status, &answer, body);
        break;
    }
}
