/* The answer on its way to the application. */
#include "shim/answer.h"

#include "core/head.h"
#include "core/header_rules.h"
#include "core/send.h"
#include "shim/follow.h"
#include "shim/leg.h"
#include "shim/outcome.h"
#include "shim/process.h"
#include "shim/shown_headers.h"

#include <stdio.h>

typedef size_t (*write_function)(char *, size_t, size_t, void *);

void vespa_answer_begin(struct vespa_answer *answer, bool trusted)
{
    vespa_buffer_reset(&answer->head);
    *answer = (struct vespa_answer){.head = answer->head, .trusted = trusted};
}

static size_t write_to_file(char *bytes, size_t size, size_t count, void *file)
{
    return fwrite(bytes, size, count, file);
}

static write_function write_callback(const struct vespa_record *record)
{
    const struct vespa_value *value = vespa_values_find(&record->values, CURLOPT_WRITEFUNCTION);
    return value && value->argument.function ? (write_function)value->argument.function
                                             : write_to_file;
}

/* libcurl's default is stdout; a NULL that was set is given on as it is. */
static void *write_data(const struct vespa_record *record)
{
    const struct vespa_value *value = vespa_values_find(&record->values, CURLOPT_WRITEDATA);
    return value ? value->argument.object : stdout;
}

static size_t to_write_callback(struct vespa_record *record, char *bytes, size_t length)
{
    return write_callback(record)(bytes, 1, length, write_data(record));
}

/* HEADERFUNCTION, or the write callback where only HEADERDATA was set (CURLOPT_HEADERDATA(3)). */
static size_t to_header_callback(struct vespa_record *record, char *bytes, size_t length)
{
    const struct vespa_value *value = vespa_values_find(&record->values, CURLOPT_HEADERFUNCTION);
    void *data = vespa_values_object(&record->values, CURLOPT_HEADERDATA);
    if (value && value->argument.function)
        return ((write_function)value->argument.function)(bytes, 1, length, data);
    if (data)
        return write_callback(record)(bytes, 1, length, data);
    return length;
}

/* What the application sees of a line: the line, another one, or nothing. */
static struct vespa_slice visible(struct vespa_transfer *transfer, struct vespa_slice line)
{
    struct vespa_slice replacement;
    if (transfer->answer.trusted)
        return line;
    switch (vespa_exchange_filter(transfer->exchange, line, &replacement)) {
    case VESPA_DROP:
        return VESPA_LITERAL("");
    case VESPA_REPLACE:
        return replacement;
    case VESPA_KEEP:
        break;
    }
    return line;
}

/* The redirect that the application sees is the one that getinfo tells of. */
static void note_redirect(struct vespa_transfer *transfer, struct vespa_slice line)
{
    struct vespa_header header;
    if (transfer->answer.status / 100 == 3 && vespa_head_split(line, &header) &&
        vespa_slice_equal_nocase(header.name, VESPA_LITERAL("Location")))
        vespa_outcome_redirect(&transfer->record->outcome, header.value);
}

/* One line to both callbacks that may want it, as libcurl does it: with CURLOPT_HEADER first as
 * part of the body. Returns 0 or CURL_WRITEFUNC_PAUSE where a callback did not take it; the state
 * then says where to go on. */
static size_t deliver_line(struct vespa_transfer *transfer, struct vespa_slice line)
{
    struct vespa_record *record = transfer->record;
    struct vespa_answer *answer = &transfer->answer;
    struct vespa_slice text = visible(transfer, line);
    char *bytes = (char *)(uintptr_t)text.data;
    size_t taken;
    if (text.data != line.data)
        vespa_shown_headers_replace(&record->shown, line, text);
    if (text.length == 0)
        return line.length;
    if (transfer->held)
        return CURL_WRITEFUNC_PAUSE;
    note_redirect(transfer, text);
    if (vespa_values_number(&record->values, CURLOPT_HEADER, 0) && !answer->line_in_body) {
        taken = to_write_callback(record, bytes, text.length);
        if (taken != text.length)
            return taken == CURL_WRITEFUNC_PAUSE ? taken : 0;
        answer->line_in_body = true;
    }
    taken = to_header_callback(record, bytes, text.length);
    if (taken != text.length)
        return taken == CURL_WRITEFUNC_PAUSE ? taken : 0;
    answer->line_in_body = false;
    return line.length;
}

/* CURLOPT_FAILONERROR is ours to play: it is for the answer that counts, and libcurl 8.14
 * looks at it before the last line of the head is there. */
static bool fails_on_status(const struct vespa_transfer *transfer)
{
    return transfer->answer.status >= 400 &&
           vespa_values_number(&transfer->record->values, CURLOPT_FAILONERROR, 0);
}

/* Gives the application the head, or what it has not had of it yet. */
static size_t deliver_head(struct vespa_transfer *transfer)
{
    struct vespa_answer *answer = &transfer->answer;
    struct vespa_slice head = vespa_buffer_slice(&answer->head);
    struct vespa_slice rest = vespa_slice_part(head, answer->delivered, head.length);
    struct vespa_slice line;
    while (vespa_head_next_line(&rest, &line)) {
        size_t taken = deliver_line(transfer, line);
        if (taken != line.length)
            return taken;
        answer->delivered += line.length;
    }
    answer->followed = vespa_follow_look(transfer);
    answer->head_only = answer->head_only || answer->followed;
    answer->failed = fails_on_status(transfer);
    return answer->failed ? 0 : 1;
}

/* The rule's deadline ends with the head (design.md §3); the program's own time goes on. */
static void release_limits(struct vespa_transfer *transfer)
{
    if (!transfer->answer.trusted)
        vespa_leg_set_number(transfer, CURLOPT_TIMEOUT_MS, vespa_leg_timeout(transfer, 0));
}

static void limit_discard(struct vespa_transfer *transfer)
{
    uint64_t spent = (vespa_now_us() - transfer->leg_us) / 1000;
    vespa_leg_set_number(transfer, CURLOPT_TIMEOUT_MS, (long)spent + VESPA_DISCARD_MS);
}

/* The final head is complete. Returns what libcurl's callback returns: 0, PAUSE, or anything else
 * for "go on". */
static size_t decide(struct vespa_transfer *transfer)
{
    struct vespa_answer *answer = &transfer->answer;
    answer->head_held = false;
    if (answer->state == VESPA_ANSWER_HEAD) {
        bool deliver = answer->trusted ||
                       vespa_exchange_head(transfer->exchange, vespa_now_ms(),
                                           vespa_buffer_slice(&answer->head)) == VESPA_DELIVER;
        answer->state = deliver ? VESPA_ANSWER_DELIVER : VESPA_ANSWER_DISCARD;
        if (deliver)
            release_limits(transfer);
        else
            limit_discard(transfer);
    }
    return answer->state == VESPA_ANSWER_DELIVER ? deliver_head(transfer) : 1;
}

/* A callback paused in the middle of the head. */
static bool head_is_pending(const struct vespa_answer *answer)
{
    return answer->state == VESPA_ANSWER_DELIVER && answer->delivered < answer->head.length;
}

static bool is_empty_line(struct vespa_slice line)
{
    return vespa_slice_trim(line).length == 0;
}

static bool collect_line(struct vespa_answer *answer, struct vespa_slice line)
{
    struct vespa_head head;
    if (vespa_slice_starts_with(line, VESPA_LITERAL("HTTP/"))) {
        vespa_buffer_reset(&answer->head);
        answer->head_held = false;
        answer->status = vespa_head_parse(line, &head) ? head.status : 0;
    }
    if (answer->head.length + line.length > VESPA_HEAD_LIMIT)
        return false;
    vespa_buffer_append(&answer->head, line);
    return !answer->head.failed;
}

static size_t refuse(struct vespa_answer *answer, size_t taken)
{
    if (taken == CURL_WRITEFUNC_PAUSE)
        return taken;
    answer->refused = !answer->failed;
    return 0;
}

/* Lines behind the verdict: the head's last one once more after a pause, and trailers. libcurl
 * hands what a callback paused on over again, older ones with all that came behind it. */
static size_t deliver_more(struct vespa_transfer *transfer, struct vespa_slice lines)
{
    struct vespa_answer *answer = &transfer->answer;
    lines = vespa_slice_part(lines, answer->known, lines.length);
    if (answer->head.length + lines.length > VESPA_HEAD_LIMIT)
        return 0;
    vespa_buffer_append(&answer->head, lines);
    return answer->head.failed ? 0 : deliver_head(transfer);
}

/* A head of 1xx is passed over. One of 407 may be a round of the proxy's authentication that
 * libcurl goes through by itself: it counts when a body or the end of the transfer follows. */
size_t vespa_answer_header(char *bytes, size_t size, size_t count, void *user)
{
    struct vespa_transfer *transfer = user;
    struct vespa_answer *answer = &transfer->answer;
    struct vespa_slice line = vespa_slice(bytes, size * count);
    size_t taken;
    if (answer->state == VESPA_ANSWER_DISCARD)
        return line.length;
    if (answer->state == VESPA_ANSWER_DELIVER) {
        taken = deliver_more(transfer, line);
    } else {
        if (!collect_line(answer, line))
            return 0;
        if (!is_empty_line(line) || answer->status < 200)
            return line.length;
        answer->head_held = answer->status == 407;
        taken = answer->head_held ? 1 : decide(transfer);
    }
    answer->known = taken == CURL_WRITEFUNC_PAUSE ? line.length : 0;
    return taken == 0 || taken == CURL_WRITEFUNC_PAUSE ? refuse(answer, taken) : line.length;
}

size_t vespa_answer_body(char *bytes, size_t size, size_t count, void *user)
{
    struct vespa_transfer *transfer = user;
    struct vespa_answer *answer = &transfer->answer;
    size_t length = size * count;
    if (answer->head_held || head_is_pending(answer)) {
        size_t taken = decide(transfer);
        if (taken == 0 || taken == CURL_WRITEFUNC_PAUSE)
            return refuse(answer, taken);
    }
    if (answer->state != VESPA_ANSWER_DELIVER) {
        answer->discarded += length;
        return answer->discarded > VESPA_DISCARD_BYTES ? 0 : length;
    }
    if (answer->head_only)
        return length;
    if (transfer->held)
        return CURL_WRITEFUNC_PAUSE;
    size_t taken = to_write_callback(transfer->record, bytes, length);
    if (taken != length)
        return refuse(answer, taken);
    if (!answer->trusted)
        vespa_exchange_body(transfer->exchange, vespa_slice(bytes, length));
    return taken;
}

void vespa_answer_settle(struct vespa_transfer *transfer, CURLcode *result)
{
    struct vespa_answer *answer = &transfer->answer;
    if (!*result && answer->head_held && decide(transfer) != 1)
        *result = CURLE_WRITE_ERROR;
    if (!answer->failed)
        return;
    *result = CURLE_HTTP_RETURNED_ERROR;
    snprintf(transfer->error, sizeof transfer->error, "The requested URL returned error: %d",
             answer->status);
}
