// Answers: heads, bodies sent whole or in pieces, streams, and connections broken off on purpose.

#include "cli/sim/http.h"
#include "cli/sim/http_private.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

// A body on its way to the client.
struct flow {
    struct vespa_sim_request *request;
    struct vespa_sim_answer answer; // owned; body holds what the stream added last
    size_t sent;                    // of body
    bool started;
    bool last;
};

void vespa_sim_answer_start(struct vespa_sim_answer *answer, unsigned status,
                            const char *content_type)
{
    *answer = (struct vespa_sim_answer){.status = status, .cut_after = -1};
    if (content_type)
        vespa_sim_answer_header(answer, "Content-Type", content_type);
}

void vespa_sim_answer_header(struct vespa_sim_answer *answer, const char *name, const char *value)
{
    if (answer->header_count == VESPA_SIM_ANSWER_HEADERS)
        return;
    answer->header[answer->header_count++] =
        (struct vespa_sim_header){vespa_sim_copy(name), vespa_sim_copy(value)};
}

void vespa_sim_answer_free(struct vespa_sim_answer *answer)
{
    for (size_t i = 0; i < answer->header_count; i++) {
        free(answer->header[i].name);
        free(answer->header[i].value);
    }
    vespa_sim_text_free(&answer->body);
    if (answer->stream.free)
        answer->stream.free(answer->stream.state);
    *answer = (struct vespa_sim_answer){.cut_after = -1};
}

static void flow_free(void *context)
{
    struct flow *flow = context;
    vespa_sim_answer_free(&flow->answer);
    free(flow);
}

// Asks the stream for more until there is some; false at the end, *failed if it ended badly.
static bool refill(struct flow *flow, bool *failed)
{
    struct vespa_sim_answer *answer = &flow->answer;
    while (flow->sent == answer->body.length) {
        if (flow->last || !answer->stream.next)
            return false;
        answer->body.length = 0;
        flow->sent = 0;
        enum vespa_sim_more more =
            answer->stream.next(answer->stream.state, flow->request, &answer->body);
        *failed = more == VESPA_SIM_FAILED;
        if (*failed)
            return false;
        flow->last = more == VESPA_SIM_LAST;
    }
    return true;
}

static ssize_t break_off(struct flow *flow)
{
    if (!flow->request->http->gone)
        flow->request->http->broken = true;
    return MHD_CONTENT_READER_END_WITH_ERROR;
}

// libmicrohttpd asks for the body's next bytes.
static ssize_t read_flow(void *context, uint64_t position, char *buffer, size_t room)
{
    struct flow *flow = context;
    struct vespa_sim_answer *answer = &flow->answer;
    bool failed = false;
    if (answer->cut_after >= 0 && position >= (uint64_t)answer->cut_after)
        return break_off(flow);
    if (!refill(flow, &failed))
        return failed ? break_off(flow) : MHD_CONTENT_READER_END_OF_STREAM;
    if (answer->piece_delay && flow->started &&
        !vespa_sim_request_wait(flow->request, answer->piece_delay))
        return break_off(flow);
    flow->started = true;
    size_t length = answer->body.length - flow->sent;
    if (length > room)
        length = room;
    if (answer->piece_size > 0 && length > (size_t)answer->piece_size)
        length = (size_t)answer->piece_size;
    if (answer->cut_after >= 0 && length > (uint64_t)answer->cut_after - position)
        length = (size_t)((uint64_t)answer->cut_after - position);
    memcpy(buffer, answer->body.data + flow->sent, length);
    flow->sent += length;
    return (ssize_t)length;
}

// Reads a stream to its end, for an answer that must state its length.
static bool collect(struct vespa_sim_request *request, struct vespa_sim_answer *answer)
{
    enum vespa_sim_more more = VESPA_SIM_MORE;
    while (answer->stream.next && more == VESPA_SIM_MORE)
        more = answer->stream.next(answer->stream.state, request, &answer->body);
    if (answer->stream.free)
        answer->stream.free(answer->stream.state);
    answer->stream = (struct vespa_sim_stream){0};
    return more != VESPA_SIM_FAILED;
}

static struct MHD_Response *whole_response(struct vespa_sim_answer *answer)
{
    size_t length = answer->body.length;
    char *data = answer->body.data;
    answer->body = (struct vespa_sim_text){0};
    if (data)
        return MHD_create_response_from_buffer(length, data, MHD_RESPMEM_MUST_FREE);
    char nothing[] = "";
    return MHD_create_response_from_buffer(0, nothing, MHD_RESPMEM_MUST_COPY);
}

// A response that is read piece by piece; takes the body and the stream over.
static struct MHD_Response *flowing_response(struct vespa_sim_request *request,
                                             struct vespa_sim_answer *answer)
{
    bool sized = !answer->stream.next && !answer->chunked;
    struct flow *flow = vespa_sim_alloc(sizeof *flow);
    *flow = (struct flow){.request = request, .answer = *answer};
    flow->answer.header_count = 0;
    answer->body = (struct vespa_sim_text){0};
    answer->stream = (struct vespa_sim_stream){0};
    uint64_t length = sized ? flow->answer.body.length : MHD_SIZE_UNKNOWN;
    return MHD_create_response_from_callback(length, 16 * 1024, read_flow, flow, flow_free);
}

void vespa_sim_request_send(struct vespa_sim_request *request, struct vespa_sim_answer *answer)
{
    bool cut_with_length = answer->cut_after >= 0 && !answer->chunked;
    if (cut_with_length && !collect(request, answer)) {
        vespa_sim_answer_free(answer);
        return;
    }
    bool flowing = answer->stream.next || answer->chunked || answer->cut_after >= 0 ||
                   answer->piece_size > 0 || answer->piece_delay > 0;
    struct MHD_Response *response =
        flowing ? flowing_response(request, answer) : whole_response(answer);
    if (response) {
        for (size_t i = 0; i < answer->header_count; i++)
            MHD_add_response_header(response, answer->header[i].name, answer->header[i].value);
        request->http->queued =
            MHD_queue_response(request->http->connection, answer->status, response) == MHD_YES;
        MHD_destroy_response(response);
    }
    vespa_sim_answer_free(answer);
}

void vespa_sim_request_reply(struct vespa_sim_request *request, unsigned status,
                             const char *content_type, const char *body)
{
    struct vespa_sim_answer answer;
    vespa_sim_answer_start(&answer, status, content_type);
    vespa_sim_text_add_string(&answer.body, body);
    vespa_sim_request_send(request, &answer);
}

void vespa_sim_request_drop(struct vespa_sim_request *request)
{
    if (!request->http->gone)
        request->http->broken = true;
}

// On Linux, connecting a TCP socket to no address makes the kernel send a reset at once.
void vespa_sim_request_reset(struct vespa_sim_request *request)
{
    struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
    vespa_sim_request_drop(request);
    (void)connect(request->http->fd, &nowhere, sizeof nowhere);
}

void vespa_sim_request_early_hints(struct vespa_sim_request *request)
{
    static const char head[] = "HTTP/1.1 103 Early Hints\r\nLink: </early>; rel=preload\r\n\r\n";
    send(request->http->fd, head, sizeof head - 1, MSG_NOSIGNAL);
}
