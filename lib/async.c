/* Requests in an event loop of the caller's. */
#include "lib/linked_curl.h"
#include "lib/pending.h"

#include <stdlib.h>
#include <string.h>

/* ---- a libcurl of the caller's --------------------------------------------------------------- */

struct vespa_curl {
    struct vespa_curl_api api;
};

/* What the engine calls (core/curl_api.h). A function pointer is copied as its bytes. */
static const struct {
    const char *name;
    size_t offset;
} functions[] = {
    {"curl_easy_init", offsetof(struct vespa_curl_api, easy_init)},
    {"curl_easy_setopt", offsetof(struct vespa_curl_api, easy_setopt)},
    {"curl_easy_getinfo", offsetof(struct vespa_curl_api, easy_getinfo)},
    {"curl_easy_cleanup", offsetof(struct vespa_curl_api, easy_cleanup)},
    {"curl_easy_reset", offsetof(struct vespa_curl_api, easy_reset)},
    {"curl_easy_strerror", offsetof(struct vespa_curl_api, easy_strerror)},
    {"curl_easy_pause", offsetof(struct vespa_curl_api, easy_pause)},
    {"curl_version_info", offsetof(struct vespa_curl_api, version_info)},
    {"curl_multi_add_handle", offsetof(struct vespa_curl_api, multi_add_handle)},
    {"curl_multi_remove_handle", offsetof(struct vespa_curl_api, multi_remove_handle)},
};

struct vespa_curl *vespa_curl_new(vespa_function (*find)(void *context, const char *name),
                                  void *context)
{
    struct vespa_curl *curl = calloc(1, sizeof *curl);
    for (size_t i = 0; curl && i < sizeof functions / sizeof *functions; i++) {
        vespa_function function = find(context, functions[i].name);
        if (!function) {
            free(curl);
            return NULL;
        }
        memcpy((char *)&curl->api + functions[i].offset, &function, sizeof function);
    }
    return curl;
}

void vespa_curl_free(struct vespa_curl *curl)
{
    free(curl);
}

/* ---- the loop's side ------------------------------------------------------------------------- */

struct vespa_async {
    struct vespa_client *client;
    struct vespa_engine *engine;
    struct vespa_pending *refused; /* over, and nobody was told yet */
};

struct vespa_async *vespa_async_new(struct vespa_client *client, const struct vespa_curl *curl,
                                    void *multi)
{
    struct vespa_async *async = calloc(1, sizeof *async);
    if (!async)
        return NULL;
    async->client = client;
    async->engine = vespa_engine_new(curl ? &curl->api : vespa_linked_curl(), multi);
    if (async->engine)
        return async;
    free(async);
    return NULL;
}

void vespa_async_free(struct vespa_async *async)
{
    if (!async)
        return;
    vespa_engine_free(async->engine);
    free(async);
}

bool vespa_async_take(struct vespa_async *async, const void *message)
{
    return vespa_engine_take(async->engine, message);
}

/* Tells the caller; the pending is gone before, for he may free everything. */
static void tell(struct vespa_pending *pending)
{
    void (*done)(void *, struct vespa_response *) = pending->done;
    void *context = pending->done_context;
    struct vespa_response *response = vespa_pending_end(pending);
    free(pending);
    done(context, response);
}

void vespa_async_turn(struct vespa_async *async)
{
    while (async->refused) {
        struct vespa_pending *pending = async->refused;
        async->refused = pending->next;
        tell(pending);
    }
    vespa_engine_turn(async->engine);
}

int vespa_async_timeout(const struct vespa_async *async, int limit_ms)
{
    return async->refused ? 0 : vespa_engine_timeout(async->engine, limit_ms);
}

/* ---- requests -------------------------------------------------------------------------------- */

struct vespa_pending *
vespa_async_request(struct vespa_async *async, const char *method, const char *path,
                    const void *body, size_t length, const struct vespa_request_options *options,
                    void (*done)(void *context, struct vespa_response *response), void *context)
{
    const struct vespa_asked asked = {.method = method,
                                      .path = path,
                                      .body = body,
                                      .length = length,
                                      .options = options,
                                      .may_pause = true};
    struct vespa_pending *pending = calloc(1, sizeof *pending);
    if (!pending)
        return NULL;
    pending->async = async;
    pending->done = done;
    pending->done_context = context;
    pending->ended = tell;
    if (!vespa_pending_begin(pending, async->client, async->engine, &asked)) {
        free(pending);
        return NULL;
    }
    if (pending->over) {
        pending->next = async->refused;
        async->refused = pending;
    }
    return pending;
}

/* Takes it from among those that were refused, if it is there. */
static void forget_refused(struct vespa_pending *pending)
{
    struct vespa_pending **place = &pending->async->refused;
    while (*place && *place != pending)
        place = &(*place)->next;
    if (*place)
        *place = pending->next;
}

void vespa_pending_cancel(struct vespa_pending *pending)
{
    if (!pending)
        return;
    if (!pending->job)
        forget_refused(pending);
    vespa_response_free(vespa_pending_end(pending));
    free(pending);
}

void vespa_pending_resume(struct vespa_pending *pending)
{
    if (pending->job)
        vespa_job_resume(pending->job);
}
