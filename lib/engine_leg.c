/* Legs of the engine: easy handles of its own; and those that do a CALL. */
#include "lib/engine_private.h"

#include "lib/clock.h"

#include <search.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- handles --------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    uintptr_t left = (uintptr_t)((const struct vespa_leg *)a)->easy;
    uintptr_t right = (uintptr_t)((const struct vespa_leg *)b)->easy;
    return left < right ? -1 : left > right;
}

struct vespa_leg *vespa_leg_find(const struct vespa_engine *engine, const CURL *easy)
{
    const struct vespa_leg wanted = {.easy = (CURL *)(uintptr_t)easy};
    struct vespa_leg *const *found = tfind(&wanted, &engine->legs, compare);
    return found ? *found : NULL;
}

static struct vespa_leg *leg_new(struct vespa_engine *engine)
{
    struct vespa_leg *leg = calloc(1, sizeof *leg);
    if (!leg)
        return NULL;
    leg->engine = engine;
    leg->easy = engine->api->easy_init();
    if (leg->easy && tsearch(leg, &engine->legs, compare))
        return leg;
    if (leg->easy)
        engine->api->easy_cleanup(leg->easy);
    free(leg);
    return NULL;
}

static void leg_free(struct vespa_leg *leg)
{
    tdelete(leg, &leg->engine->legs, compare);
    leg->engine->api->easy_cleanup(leg->easy);
    vespa_caller_abandon(&leg->caller);
    vespa_header_list_free(&leg->headers);
    vespa_buffer_free(&leg->setup.root);
    vespa_buffer_free(&leg->text);
    vespa_buffer_free(&leg->answer.head);
    free(leg);
}

void vespa_leg_cool_down(struct vespa_leg *leg)
{
    vespa_caller_end(&leg->caller, leg->engine->api, leg->easy);
    vespa_buffer_reset(&leg->setup.root);
    leg->is_warm = false;
}

void vespa_leg_rest(struct vespa_buffer *buffer)
{
    if (buffer->capacity > VESPA_LEG_KEEPS)
        vespa_buffer_free(buffer);
    else
        vespa_buffer_reset(buffer);
}

void vespa_leg_retire(struct vespa_leg *leg)
{
    struct vespa_engine *engine = leg->engine;
    struct vespa_spare_legs *spares = leg->is_call ? &engine->spare_calls : &engine->spare_sends;
    if (!leg->is_warm)
        vespa_leg_cool_down(leg);
    else if (leg->is_call)
        vespa_caller_rest(&leg->caller);
    vespa_header_list_reset(&leg->headers);
    vespa_leg_rest(&leg->text);
    vespa_leg_rest(&leg->answer.head);
    vespa_exchange_free(leg->exchange);
    leg->job = NULL;
    leg->exchange = NULL;
    leg->send = NULL;
    if (spares->count < VESPA_ENGINE_SPARES)
        spares->legs[spares->count++] = leg;
    else
        leg_free(leg);
}

void vespa_leg_give_up(struct vespa_leg *leg)
{
    struct vespa_engine *engine = leg->engine;
    leg->job = NULL;
    leg->is_warm = false;
    if (engine->api->multi_remove_handle(engine->multi, leg->easy) == CURLM_OK) {
        vespa_leg_retire(leg);
        return;
    }
    leg->next = engine->given_up;
    engine->given_up = leg;
}

void vespa_legs_take_out(struct vespa_engine *engine)
{
    struct vespa_leg *leg = engine->given_up;
    engine->given_up = NULL;
    while (leg) {
        struct vespa_leg *next = leg->next;
        vespa_leg_give_up(leg);
        leg = next;
    }
}

static struct vespa_leg *take_from(struct vespa_spare_legs *spares)
{
    return spares->count ? spares->legs[--spares->count] : NULL;
}

void vespa_legs_free(struct vespa_engine *engine)
{
    struct vespa_leg *leg;
    while ((leg = take_from(&engine->spare_calls)) != NULL ||
           (leg = take_from(&engine->spare_sends)) != NULL)
        leg_free(leg);
}

struct vespa_leg *vespa_leg_for(struct vespa_job *job, bool is_call)
{
    struct vespa_engine *engine = job->engine;
    struct vespa_leg *leg = take_from(is_call ? &engine->spare_calls : &engine->spare_sends);
    if (!leg)
        leg = leg_new(engine);
    if (!leg)
        return NULL;
    leg->job = job;
    leg->is_call = is_call;
    leg->to_origin = job->to_origin;
    leg->began_ms = vespa_clock_ms();
    leg->error[0] = '\0';
    leg->answer = (struct vespa_answer){.head = leg->answer.head};
    return leg;
}

struct vespa_leg *vespa_leg_launch(struct vespa_leg *leg, const char *defect, const char **why)
{
    struct vespa_engine *engine = leg->engine;
    if (!defect && engine->api->multi_add_handle(engine->multi, leg->easy) == CURLM_OK)
        return leg;
    *why = defect ? defect : "the multi handle refused the transfer";
    leg->is_warm = false;
    vespa_leg_retire(leg);
    return NULL;
}

/* ---- sockets --------------------------------------------------------------------------------- */

curl_socket_t vespa_leg_open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    const struct vespa_leg *leg = user;
    const struct vespa_engine_sockets *sockets = leg->engine->sockets;
    curl_socket_t opened = vespa_open_socket(NULL, purpose, address);
    if (sockets && opened != CURL_SOCKET_BAD)
        sockets->opened(sockets->context, opened);
    return opened;
}

static int close_socket(void *user, curl_socket_t socket)
{
    const struct vespa_engine_sockets *sockets = user;
    sockets->closed(sockets->context, socket);
    return close(socket);
}

/* The connection outlives the leg and the engine: it is told of what outlives both. */
CURLcode vespa_leg_watch_sockets(struct vespa_leg *leg)
{
    CURLcode (*setopt)(CURL *, CURLoption, ...) = leg->engine->api->easy_setopt;
    const struct vespa_engine_sockets *sockets = leg->engine->sockets;
    if (!sockets)
        return CURLE_OK;
    CURLcode result = setopt(leg->easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    return result ? result : setopt(leg->easy, CURLOPT_CLOSESOCKETDATA, sockets);
}

/* ---- calls ----------------------------------------------------------------------------------- */

static bool make_ready(struct vespa_leg *leg, const struct vespa_call *call)
{
    const struct vespa_curl_api *api = leg->engine->api;
    if (leg->is_warm && vespa_caller_resume(&leg->caller, api, leg->easy, call))
        return true;
    if (leg->is_warm)
        vespa_leg_cool_down(leg);
    return vespa_caller_prepare(&leg->caller, api, leg->easy, call) &&
           api->easy_setopt(leg->easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           api->easy_setopt(leg->easy, CURLOPT_OPENSOCKETFUNCTION, vespa_leg_open_socket) ==
               CURLE_OK &&
           api->easy_setopt(leg->easy, CURLOPT_OPENSOCKETDATA, leg) == CURLE_OK &&
           vespa_leg_watch_sockets(leg) == CURLE_OK;
}

struct vespa_leg *vespa_leg_call(struct vespa_job *job, const struct vespa_call *call,
                                 const char **why)
{
    struct vespa_leg *leg = vespa_leg_for(job, true);
    *why = "out of memory";
    if (!leg)
        return NULL;
    return vespa_leg_launch(leg, make_ready(leg, call) ? NULL : "the call's options were refused",
                            why);
}
