/*
 * One request of the public interface on an engine: the options of its caller made into a job, and
 * what comes of that made into a response. The blocking form and the asynchronous one differ in who
 * runs the loop alone.
 */
#ifndef VESPA_LIB_PENDING_H
#define VESPA_LIB_PENDING_H

#include "lib/client.h"
#include "lib/response.h"

struct vespa_async;

/* What is asked for. */
struct vespa_asked {
    const char *method;
    const char *path;
    const void *body; /* NULL: none */
    size_t length;
    const struct vespa_request_options *options; /* may be NULL */
    bool route_only;
    bool may_pause; /* VESPA_PAUSE has somebody who resumes */
};

struct vespa_pending {
    struct vespa_job *job; /* NULL: the request was refused before it became one */
    struct vespa_response *response;
    enum vespa_flow (*on_head)(void *context, const struct vespa_response *response);
    enum vespa_flow (*on_body)(void *context, const char *bytes, size_t length);
    void *context;
    bool may_pause;
    bool own; /* the answer is one of our own */
    bool over;

    /* Called when it is over, from inside a callback of the engine; NULL: nobody is. */
    void (*ended)(struct vespa_pending *pending);

    /* Of the asynchronous form (lib/async.c). */
    struct vespa_async *async;
    void (*done)(void *context, struct vespa_response *response);
    void *done_context;
    struct vespa_pending *next; /* among those that were refused */
};

/* Begins it; an argument that makes no sense is an error of its response, and it is over at once
 * then, without a job. False: memory ran out, and there is nothing to end. */
bool vespa_pending_begin(struct vespa_pending *pending, struct vespa_client *client,
                         struct vespa_engine *engine, const struct vespa_asked *asked);

/* Frees the job, in whatever state it is, and gives the response away. */
struct vespa_response *vespa_pending_end(struct vespa_pending *pending);

#endif
