/* One request of the public interface on an engine. */
#include "lib/pending.h"

#include "core/workload.h"
#include "lib/client_options.h"
#include "lib/errors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* What the request is aimed at, where a worker's redirect to itself leads. */
#define OWN_URL "http://" VESPA_DEFAULT_HOST "/"

/* ---- the answer ------------------------------------------------------------------------------ */

/* True: go on. A pause is no answer here. */
static bool goes_on(struct vespa_pending *pending, enum vespa_flow flow)
{
    if (flow == VESPA_CONTINUE)
        return true;
    if (flow == VESPA_STOP)
        vespa_response_fail(pending->response, VESPA_ERROR_STOPPED, NULL);
    else
        vespa_response_fail(pending->response, VESPA_ERROR_ARGUMENT,
                            "a callback returned something else than VESPA_CONTINUE or VESPA_STOP "
                            "(VESPA_PAUSE is for on_body of vespa_async_request)");
    return false;
}

static bool take_head(void *context, const struct vespa_answer_head *head)
{
    struct vespa_pending *pending = context;
    pending->own = head->own;
    if (!vespa_response_set_head(pending->response, head->status, head->headers,
                                 head->header_count)) {
        vespa_response_fail(pending->response, VESPA_ERROR_MEMORY, NULL);
        return false;
    }
    if (head->own)
        pending->response->error = vespa_error_of_code(head->code); /* the message is in the body */
    else if (pending->on_head)
        return goes_on(pending, pending->on_head(pending->context, pending->response));
    return true;
}

static enum vespa_taken take_body(void *context, struct vespa_slice bytes)
{
    struct vespa_pending *pending = context;
    struct vespa_buffer *body = &pending->response->body;
    if (pending->on_body && !pending->own) {
        enum vespa_flow flow = pending->on_body(pending->context, bytes.data, bytes.length);
        if (flow == VESPA_PAUSE && pending->may_pause)
            return VESPA_NOT_TAKEN;
        return flow == VESPA_CONTINUE || goes_on(pending, flow) ? VESPA_TAKEN : VESPA_REFUSED;
    }
    vespa_buffer_append(body, bytes);
    if (!body->failed)
        return VESPA_TAKEN;
    vespa_response_fail(pending->response, VESPA_ERROR_MEMORY, NULL);
    return VESPA_REFUSED;
}

static void note_end(struct vespa_pending *pending, enum vespa_job_result result,
                     const char *message)
{
    struct vespa_response *response = pending->response;
    switch (result) {
    case VESPA_JOB_ANSWERED:
        if (pending->own)
            response->message = vespa_error_message_of(vespa_buffer_slice(&response->body));
        break;
    case VESPA_JOB_CUT:
        vespa_response_fail(response, VESPA_ERROR_CUT, message);
        break;
    case VESPA_JOB_REFUSED:
        vespa_response_fail(response, VESPA_ERROR_STOPPED, message);
        break;
    case VESPA_JOB_TIMED_OUT:
        vespa_response_fail(response, VESPA_ERROR_TIMEOUT, message);
        break;
    case VESPA_JOB_ORIGIN:
        vespa_response_fail(response, VESPA_ERROR_NO_WORKER,
                            "no worker took the request, and the fallback to its origin has no "
                            "meaning for a client that has none");
        break;
    case VESPA_JOB_ASSIGNED:
        break;
    }
}

static void end(void *context, enum vespa_job_result result, const char *message)
{
    struct vespa_pending *pending = context;
    note_end(pending, result, message);
    pending->response->attempts = vespa_job_attempts(pending->job);
    pending->over = true;
    if (pending->ended)
        pending->ended(pending);
}

/* ---- the request ----------------------------------------------------------------------------- */

static size_t count_headers(const struct vespa_request_options *options)
{
    size_t count = 0;
    while (options->headers && options->headers[count])
        count++;
    return count;
}

/* "Name: value". */
static bool read_header(const char *text, struct vespa_header *header)
{
    struct vespa_slice line = vespa_slice_of(text);
    size_t colon = vespa_slice_find(line, ':');
    if (colon == 0 || colon == line.length)
        return false;
    header->name = vespa_slice_part(line, 0, colon);
    header->value = vespa_slice_trim(vespa_slice_part(line, colon + 1, line.length));
    return true;
}

/* False: one of them is none, and the response says so. The workload comes first, so that it counts
 * before one that stands among the headers. */
static bool write_headers(struct vespa_pending *pending,
                          const struct vespa_request_options *options, const char *workload,
                          struct vespa_header *headers, size_t *count)
{
    char message[300];
    *count = 0;
    if (options->workload > 0)
        headers[(*count)++] =
            (struct vespa_header){VESPA_LITERAL(VESPA_WORKLOAD_HEADER), vespa_slice_of(workload)};
    for (size_t i = 0; options->headers && options->headers[i]; i++) {
        if (read_header(options->headers[i], &headers[*count])) {
            ++*count;
            continue;
        }
        snprintf(message, sizeof message, "the header '%.100s' is none: expected 'Name: value'",
                 options->headers[i]);
        vespa_response_fail(pending->response, VESPA_ERROR_ARGUMENT, message);
        return false;
    }
    return true;
}

/* What speaks against the arguments, or NULL. */
static const char *objection(const struct vespa_asked *asked,
                             const struct vespa_request_options *options)
{
    if (!asked->method || !asked->method[0])
        return "there is no method";
    if (!asked->path || asked->path[0] != '/')
        return "the path must begin with '/', as in /v1/completions";
    if (asked->length && !asked->body)
        return "the body has a length, but is NULL";
    if (!(options->timeout_s >= 0) || !isfinite(options->timeout_s))
        return "timeout_s must be seconds, 0 for none";
    if (!(options->workload >= 0) || !isfinite(options->workload))
        return "workload must be a number above 0, or 0 for the client's";
    return NULL;
}

static uint32_t milliseconds(double seconds)
{
    double exact = seconds * 1000;
    if (exact >= (double)UINT32_MAX)
        return UINT32_MAX;
    uint32_t whole = (uint32_t)exact;
    return whole < exact ? whole + 1 : whole;
}

static bool begin_job(struct vespa_pending *pending, struct vespa_client *client,
                      struct vespa_engine *engine, const struct vespa_asked *asked,
                      const struct vespa_request_options *options,
                      const struct vespa_header *headers, size_t header_count)
{
    const struct vespa_job_handler handler = {
        .head = take_head, .body = take_body, .end = end, .context = pending};
    const struct vespa_request request = {
        .match = VESPA_OURS,
        .rule = client->rule,
        .method = vespa_slice_of(asked->method),
        .url = VESPA_LITERAL(OWN_URL),
        .target = vespa_slice_of(asked->path),
        .headers = headers,
        .header_count = header_count,
        .headers_named = true,
        .body_kind = asked->body ? VESPA_BODY_BYTES : VESPA_BODY_NONE,
        .body = vespa_slice(asked->body, asked->length),
    };
    pending->job = (asked->route_only ? vespa_job_new_route : vespa_job_new)(
        engine, client->runtime, &request, milliseconds(options->timeout_s), &handler);
    return pending->job != NULL;
}

bool vespa_pending_begin(struct vespa_pending *pending, struct vespa_client *client,
                         struct vespa_engine *engine, const struct vespa_asked *asked)
{
    static const struct vespa_request_options none;
    const struct vespa_request_options *options = asked->options ? asked->options : &none;
    struct vespa_header *headers = calloc(count_headers(options) + 1, sizeof *headers);
    char workload[VESPA_NUMBER_SIZE];
    size_t header_count;
    bool begun = true;

    pending->on_head = options->on_head;
    pending->on_body = options->on_body;
    pending->context = options->context;
    pending->may_pause = asked->may_pause;
    pending->response = vespa_response_new();
    if (!headers || !pending->response) {
        free(headers);
        vespa_response_free(pending->response);
        return false;
    }
    vespa_number_write(options->workload, workload);
    const char *wrong = objection(asked, options);
    if (wrong)
        vespa_response_fail(pending->response, VESPA_ERROR_ARGUMENT, wrong);
    else if (write_headers(pending, options, workload, headers, &header_count))
        begun = begin_job(pending, client, engine, asked, options, headers, header_count);
    pending->over = !pending->job;
    free(headers);
    if (!begun)
        vespa_response_free(pending->response);
    return begun;
}

struct vespa_response *vespa_pending_end(struct vespa_pending *pending)
{
    vespa_job_free(pending->job);
    pending->job = NULL;
    return pending->response;
}
