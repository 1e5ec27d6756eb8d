/* Routing alone: a worker for those who send the request themselves. */
#include "core/envelope.h"
#include "lib/blocking.h"

#include <stdlib.h>

struct vespa_routing {
    struct vespa_response *response; /* its error */
    struct vespa_buffer url;
    struct vespa_buffer auth_data;
};

static void keep_assignment(void *context, const struct vespa_pending *pending)
{
    struct vespa_routing *routing = context;
    struct vespa_slice url;
    const struct vespa_assignment *assignment =
        pending->job ? vespa_job_assignment(pending->job, &url) : NULL;
    if (!assignment || pending->response->error != VESPA_OK)
        return;
    vespa_buffer_append(&routing->url, url);
    vespa_envelope_auth_data(assignment, &routing->auth_data);
    if (routing->url.failed || routing->auth_data.failed)
        vespa_response_fail(pending->response, VESPA_ERROR_MEMORY, NULL);
}

struct vespa_routing *vespa_route(struct vespa_client *client,
                                  const struct vespa_request_options *options)
{
    struct vespa_request_options used = {0};
    struct vespa_routing *routing = calloc(1, sizeof *routing);
    if (!routing)
        return NULL;
    if (options) {
        used.workload = options->workload;
        used.timeout_s = options->timeout_s;
        used.canceller = options->canceller;
    }
    const struct vespa_asked asked = {
        .method = "POST", .path = "/", .options = &used, .route_only = true};
    routing->response = vespa_blocking_run(client, &asked, keep_assignment, routing);
    return routing;
}

enum vespa_error vespa_routing_error(const struct vespa_routing *routing)
{
    return vespa_response_error(routing ? routing->response : NULL);
}

const char *vespa_routing_message(const struct vespa_routing *routing)
{
    return vespa_response_message(routing ? routing->response : NULL);
}

static const char *text_of(const struct vespa_routing *routing, const struct vespa_buffer *text)
{
    return vespa_routing_error(routing) == VESPA_OK && text->data ? text->data : "";
}

const char *vespa_routing_url(const struct vespa_routing *routing)
{
    return routing ? text_of(routing, &routing->url) : "";
}

const char *vespa_routing_auth_data(const struct vespa_routing *routing)
{
    return routing ? text_of(routing, &routing->auth_data) : "";
}

void vespa_routing_free(struct vespa_routing *routing)
{
    if (!routing)
        return;
    vespa_response_free(routing->response);
    vespa_buffer_free(&routing->url);
    vespa_buffer_free(&routing->auth_data);
    free(routing);
}
