/* Requests that block. */
#include "lib/blocking.h"

#include "lib/canceller.h"

#include <string.h>

/* A limit for one wait; the engine and libcurl know when there is something to do. */
#define LONGEST_WAIT_MS 60000

static const struct vespa_canceller *canceller_of(const struct vespa_asked *asked)
{
    return asked->options ? asked->options->canceller : NULL;
}

static bool is_cancelled(const struct vespa_asked *asked)
{
    const struct vespa_canceller *canceller = canceller_of(asked);
    return canceller && atomic_load(&canceller->cancelled);
}

static void move(const struct vespa_loop *loop)
{
    CURLMsg *message;
    int left;
    vespa_engine_turn(loop->engine);
    curl_multi_perform(loop->multi, &left);
    while ((message = curl_multi_info_read(loop->multi, &left)) != NULL)
        vespa_engine_take(loop->engine, message);
}

static void wait(const struct vespa_loop *loop, const struct vespa_canceller *canceller)
{
    struct curl_waitfd event = {.events = CURL_WAIT_POLLIN};
    if (canceller)
        event.fd = canceller->event;
    curl_multi_poll(loop->multi, &event, canceller ? 1 : 0,
                    vespa_engine_timeout(loop->engine, LONGEST_WAIT_MS), NULL);
}

static void run(const struct vespa_loop *loop, struct vespa_pending *pending,
                const struct vespa_asked *asked)
{
    while (!pending->over) {
        if (is_cancelled(asked)) {
            pending->over = true;
            vespa_response_fail(pending->response, VESPA_ERROR_CANCELLED, NULL);
            return;
        }
        move(loop);
        if (!pending->over)
            wait(loop, canceller_of(asked));
    }
}

struct vespa_response *
vespa_blocking_run(struct vespa_client *client, const struct vespa_asked *asked,
                   void (*show)(void *context, const struct vespa_pending *pending), void *context)
{
    struct vespa_loop *loop = vespa_client_take_loop(client);
    struct vespa_pending pending = {0};
    struct vespa_response *response = NULL;
    if (!loop)
        return NULL;
    if (vespa_pending_begin(&pending, client, loop->engine, asked)) {
        run(loop, &pending, asked);
        if (show)
            show(context, &pending);
        response = vespa_pending_end(&pending);
    }
    vespa_client_give_loop(client, loop);
    return response;
}

/* ---- the public functions -------------------------------------------------------------------- */

struct vespa_response *vespa_request(struct vespa_client *client, const char *method,
                                     const char *path, const void *body, size_t length,
                                     const struct vespa_request_options *options)
{
    const struct vespa_asked asked = {
        .method = method, .path = path, .body = body, .length = length, .options = options};
    return vespa_blocking_run(client, &asked, NULL, NULL);
}

static struct vespa_response *request_json(struct vespa_client *client, const char *method,
                                           const char *path, const char *json,
                                           const struct vespa_request_options *options)
{
    return vespa_request(client, method, path, json, json ? strlen(json) : 0, options);
}

struct vespa_response *vespa_get(struct vespa_client *client, const char *path,
                                 const struct vespa_request_options *options)
{
    return vespa_request(client, "GET", path, NULL, 0, options);
}

struct vespa_response *vespa_post(struct vespa_client *client, const char *path, const char *json,
                                  const struct vespa_request_options *options)
{
    return request_json(client, "POST", path, json, options);
}

struct vespa_response *vespa_put(struct vespa_client *client, const char *path, const char *json,
                                 const struct vespa_request_options *options)
{
    return request_json(client, "PUT", path, json, options);
}

struct vespa_response *vespa_patch(struct vespa_client *client, const char *path, const char *json,
                                   const struct vespa_request_options *options)
{
    return request_json(client, "PATCH", path, json, options);
}

struct vespa_response *vespa_delete(struct vespa_client *client, const char *path,
                                    const struct vespa_request_options *options)
{
    return vespa_request(client, "DELETE", path, NULL, 0, options);
}
