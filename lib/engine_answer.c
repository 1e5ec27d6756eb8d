/* A worker's answer on its way to the job's handler. */
#include "lib/engine_private.h"

#include "core/head.h"
#include "lib/clock.h"

#include <stdlib.h>

/* ---- the head as it is shown ----------------------------------------------------------------- */

static bool begins_with_blank(struct vespa_slice line)
{
    return line.length && (line.data[0] == ' ' || line.data[0] == '\t');
}

/* A folded field becomes one line (RFC 9112 §5.2). */
static void unfold(struct vespa_buffer *text)
{
    for (size_t i = text->length; i-- > 0 && (text->data[i] == '\r' || text->data[i] == '\n');)
        text->data[i] = ' ';
}

/* Writes what of the head may be shown, which is all of an origin's; returns the number of lines.
 */
static size_t filter_head(const struct vespa_job *job, struct vespa_slice head,
                          struct vespa_buffer *shown)
{
    struct vespa_slice line, replacement;
    size_t count = 0;
    while (vespa_head_next_line(&head, &line)) {
        enum vespa_filter filter =
            job->to_origin ? VESPA_KEEP : vespa_exchange_filter(job->exchange, line, &replacement);
        if (filter == VESPA_DROP)
            continue;
        if (begins_with_blank(line))
            unfold(shown);
        vespa_buffer_append(shown, filter == VESPA_REPLACE ? replacement : line);
        count++;
    }
    return count;
}

/* What stands behind the status in "HTTP/1.1 200 OK". */
static struct vespa_slice reason_of(struct vespa_slice head)
{
    struct vespa_slice line;
    if (!vespa_head_next_line(&head, &line))
        return VESPA_LITERAL("");
    for (int word = 0; word < 2; word++) {
        size_t space = vespa_slice_find(line, ' ');
        line = vespa_slice_trim(vespa_slice_part(line, space, line.length));
    }
    return line;
}

/* False: the handler does not want it, or memory ran out. */
static bool give_head(struct vespa_leg *leg)
{
    struct vespa_buffer shown = {0};
    size_t lines = filter_head(leg->job, vespa_buffer_slice(&leg->answer.head), &shown);
    struct vespa_header *headers = calloc(lines + 1, sizeof *headers);
    struct vespa_head parsed;
    bool wanted = false;
    if (headers && !shown.failed && vespa_head_parse(vespa_buffer_slice(&shown), &parsed)) {
        struct vespa_answer_head head = {
            .status = parsed.status,
            .reason = reason_of(vespa_buffer_slice(&shown)),
            .headers = headers,
        };
        struct vespa_slice rest = parsed.fields;
        while (vespa_head_next_field(&rest, &headers[head.header_count]))
            head.header_count++;
        wanted = vespa_job_give_head(leg->job, &head);
    }
    free(headers);
    vespa_buffer_free(&shown);
    return wanted;
}

/* ---- the verdict ----------------------------------------------------------------------------- */

/* The rule's deadline ends with the head (design.md §3); the job's own time goes on. */
static void limit_time(struct vespa_leg *leg, long timeout_ms)
{
    leg->engine->api->easy_setopt(leg->easy, CURLOPT_TIMEOUT_MS, timeout_ms);
}

/* The final head is complete. False: the transfer is to end. */
static bool decide(struct vespa_leg *leg)
{
    struct vespa_answer *answer = &leg->answer;
    uint64_t now_ms = vespa_clock_ms();
    if (!leg->to_origin &&
        vespa_exchange_head(leg->job->exchange, now_ms, vespa_buffer_slice(&answer->head)) ==
            VESPA_DISCARD) {
        answer->state = VESPA_ANSWER_DISCARD;
        limit_time(leg, (long)(now_ms - leg->began_ms) + VESPA_DISCARD_MS);
        return true;
    }
    answer->state = VESPA_ANSWER_DELIVER;
    limit_time(leg, 0);
    bool wanted = give_head(leg);
    answer->refused = !wanted && leg->job && leg->job->head_given;
    vespa_leg_rest(&answer->head);
    return wanted;
}

/* ---- libcurl's callbacks --------------------------------------------------------------------- */

static bool collect(struct vespa_answer *answer, struct vespa_slice line)
{
    struct vespa_head head;
    if (vespa_slice_starts_with(line, VESPA_LITERAL("HTTP/"))) {
        vespa_buffer_reset(&answer->head);
        answer->status = vespa_head_parse(line, &head) ? head.status : 0;
    }
    if (answer->head.length + line.length > VESPA_HEAD_LIMIT)
        return false;
    vespa_buffer_append(&answer->head, line);
    return !answer->head.failed;
}

/* Heads of 1xx are passed over, and so are trailers. */
size_t vespa_answer_header(char *bytes, size_t size, size_t count, void *user)
{
    struct vespa_leg *leg = user;
    struct vespa_slice line = vespa_slice(bytes, size * count);
    if (!leg->job)
        return 0;
    if (leg->answer.state != VESPA_ANSWER_HEAD)
        return line.length;
    if (!collect(&leg->answer, line))
        return 0;
    if (vespa_slice_trim(line).length || leg->answer.status < 200)
        return line.length;
    return decide(leg) ? line.length : 0;
}

static size_t discard(struct vespa_answer *answer, size_t length)
{
    answer->discarded += length;
    return answer->discarded > VESPA_DISCARD_BYTES ? 0 : length;
}

size_t vespa_answer_body(char *bytes, size_t size, size_t count, void *user)
{
    struct vespa_leg *leg = user;
    struct vespa_job *job = leg->job;
    size_t length = size * count;
    if (!job)
        return 0;
    if (leg->answer.state != VESPA_ANSWER_DELIVER)
        return discard(&leg->answer, length);
    leg->engine->current = job;
    enum vespa_taken taken = job->handler.body(job->handler.context, vespa_slice(bytes, length));
    if (!leg->job)
        return 0;
    leg->answer.refused = taken == VESPA_REFUSED;
    if (taken == VESPA_NOT_TAKEN)
        return CURL_WRITEFUNC_PAUSE;
    if (taken == VESPA_REFUSED)
        return 0;
    if (!leg->to_origin)
        vespa_exchange_body(job->exchange, vespa_slice(bytes, length));
    return length;
}
