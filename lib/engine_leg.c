/* Legs of the engine: easy handles of its own. */
#include "lib/engine_private.h"

#include "lib/clock.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Connecting and the TLS handshake; a machine that is gone does not answer at all, and another one
 * may be asked then (protocol.md §5). */
#define CONNECT_MS 15000L

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
    free(leg);
}

void vespa_leg_retire(struct vespa_leg *leg)
{
    struct vespa_engine *engine = leg->engine;
    if (leg->is_call)
        vespa_caller_end(&leg->caller, engine->api, leg->easy);
    else
        engine->api->easy_reset(leg->easy);
    vespa_header_list_free(&leg->headers);
    vespa_buffer_free(&leg->text);
    vespa_buffer_free(&leg->answer.head);
    vespa_exchange_free(leg->exchange);
    leg->job = NULL;
    leg->exchange = NULL;
    leg->send = NULL;
    if (engine->spare_count < VESPA_ENGINE_SPARES)
        engine->spares[engine->spare_count++] = leg;
    else
        leg_free(leg);
}

void vespa_leg_give_up(struct vespa_leg *leg)
{
    struct vespa_engine *engine = leg->engine;
    leg->job = NULL;
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

void vespa_legs_free(struct vespa_engine *engine)
{
    while (engine->spare_count)
        leg_free(engine->spares[--engine->spare_count]);
    while (engine->roots) {
        struct vespa_root_copy *copy = engine->roots;
        engine->roots = copy->next;
        close(copy->file);
        free(copy->pem);
        free(copy);
    }
}

/* A handle of ours for a job, or NULL. */
static struct vespa_leg *take_spare(struct vespa_job *job, bool is_call)
{
    struct vespa_engine *engine = job->engine;
    struct vespa_leg *leg =
        engine->spare_count ? engine->spares[--engine->spare_count] : leg_new(engine);
    if (!leg)
        return NULL;
    leg->job = job;
    leg->is_call = is_call;
    leg->began_ms = vespa_clock_ms();
    leg->error[0] = '\0';
    leg->answer = (struct vespa_answer){0};
    return leg;
}

/* Puts it into the multi handle if it was made ready; else it is a spare again. */
static struct vespa_leg *launch(struct vespa_leg *leg, const char *defect, const char **why)
{
    struct vespa_engine *engine = leg->engine;
    if (!defect && engine->api->multi_add_handle(engine->multi, leg->easy) == CURLM_OK)
        return leg;
    *why = defect ? defect : "the multi handle refused the transfer";
    vespa_leg_retire(leg);
    return NULL;
}

/* ---- calls ----------------------------------------------------------------------------------- */

struct vespa_leg *vespa_leg_call(struct vespa_job *job, const struct vespa_call *call,
                                 const char **why)
{
    const struct vespa_curl_api *api = job->engine->api;
    struct vespa_leg *leg = take_spare(job, true);
    const char *defect = NULL;
    *why = "out of memory";
    if (!leg)
        return NULL;
    if (!vespa_caller_prepare(&leg->caller, api, leg->easy, call) ||
        api->easy_setopt(leg->easy, CURLOPT_NOSIGNAL, 1L) != CURLE_OK)
        defect = "the call's options were refused";
    return launch(leg, defect, why);
}

/* ---- the request to a worker ----------------------------------------------------------------- */

static size_t read_body(char *to, size_t size, size_t count, void *user)
{
    struct vespa_leg *leg = user;
    if (!leg->job) /* the bytes are not ours any more */
        return CURL_READFUNC_ABORT;
    size_t length = vespa_send_read(leg->send, leg->read_offset, to, size * count);
    leg->read_offset += length;
    return length;
}

/* libcurl rewinds when it sends the request again on a new connection. */
static int seek_body(void *user, curl_off_t offset, int origin)
{
    struct vespa_leg *leg = user;
    if (!leg->job || origin != SEEK_SET || offset < 0 || (uint64_t)offset > leg->send->body_length)
        return CURL_SEEKFUNC_CANTSEEK;
    leg->read_offset = (uint64_t)offset;
    return CURL_SEEKFUNC_OK;
}

static CURLcode set_body(struct vespa_leg *leg, const struct vespa_send *send)
{
    CURLcode (*setopt)(CURL *, CURLoption, ...) = leg->engine->api->easy_setopt;
    CURL *easy = leg->easy;
    CURLcode result = setopt(easy, CURLOPT_POST, 1L);
    result =
        result ? result : setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)send->body_length);
    if (send->body_length <= VESPA_SEND_JOINED_LIMIT) {
        vespa_send_join(send, &leg->text);
        if (leg->text.failed)
            return CURLE_OUT_OF_MEMORY;
        return result ? result : setopt(easy, CURLOPT_POSTFIELDS, leg->text.data);
    }
    leg->read_offset = 0;
    result = result ? result : setopt(easy, CURLOPT_READFUNCTION, read_body);
    result = result ? result : setopt(easy, CURLOPT_READDATA, leg);
    result = result ? result : setopt(easy, CURLOPT_SEEKFUNCTION, seek_body);
    return result ? result : setopt(easy, CURLOPT_SEEKDATA, leg);
}

static CURLcode set_method(struct vespa_leg *leg, const struct vespa_send *send)
{
    CURLcode (*setopt)(CURL *, CURLoption, ...) = leg->engine->api->easy_setopt;
    bool no_body = strcmp(send->method, "HEAD") == 0;
    CURLcode result = CURLE_OK;
    if (send->has_body)
        result = set_body(leg, send);
    else if (no_body)
        result = setopt(leg->easy, CURLOPT_NOBODY, 1L);
    if (result)
        return result;
    return setopt(leg->easy, CURLOPT_CUSTOMREQUEST, vespa_send_custom_method(send, no_body));
}

/* No header of libcurl's own may be added (core/exchange.h). */
static CURLcode set_headers(struct vespa_leg *leg, const struct vespa_send *send)
{
    struct vespa_header_list *list = &leg->headers;
    if (!vespa_header_list_suppress(list, VESPA_LITERAL("Expect")) ||
        !vespa_header_list_suppress(list, VESPA_LITERAL("Accept")))
        return CURLE_OUT_OF_MEMORY;
    for (size_t i = 0; i < send->header_count; i++)
        if (!vespa_header_list_add(list, send->headers[i]))
            return CURLE_OUT_OF_MEMORY;
    return leg->engine->api->easy_setopt(leg->easy, CURLOPT_HTTPHEADER, list->first);
}

/* One file serves all legs, and connections with the same file are used again. The pinned roots are
 * two, so the list is short. -1: it cannot be had. */
static int root_file(struct vespa_engine *engine, struct vespa_slice pem)
{
    struct vespa_root_copy *copy = engine->roots;
    while (copy && !vespa_slice_equal(vespa_slice_of(copy->pem), pem))
        copy = copy->next;
    if (copy)
        return copy->file;
    copy = calloc(1, sizeof *copy);
    if (!copy)
        return -1;
    copy->pem = vespa_slice_copy(pem);
    copy->file = copy->pem ? vespa_root_file(pem) : -1;
    if (copy->file < 0) {
        free(copy->pem);
        free(copy);
        return -1;
    }
    copy->next = engine->roots;
    engine->roots = copy;
    return copy->file;
}

/* Without the workers' own root the system's count (protocol.md §8). */
static CURLcode set_root(struct vespa_leg *leg, const struct vespa_send *send)
{
    CURLcode (*setopt)(CURL *, CURLoption, ...) = leg->engine->api->easy_setopt;
    const char *path = send->ca_file;
    char memory_path[64];
    if (!path && !send->ca_pem.length)
        return CURLE_OK;
    if (!path) {
        int file = root_file(leg->engine, send->ca_pem);
        if (file < 0)
            return CURLE_SSL_CACERT_BADFILE;
        snprintf(memory_path, sizeof memory_path, "/proc/self/fd/%d", file);
        path = memory_path;
    }
    CURLcode result = setopt(leg->easy, CURLOPT_CAINFO, path);
    return result ? result : setopt(leg->easy, CURLOPT_CAPATH, NULL);
}

static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct vespa_leg *leg = user;
    if (!leg->job)
        return CURL_SOCKET_BAD;
    if (!leg->answer.status &&
        !vespa_repeat_may_connect(&leg->answer.repeat, leg->engine->api, leg->easy))
        return CURL_SOCKET_BAD;
    return vespa_open_socket(NULL, purpose, address);
}

/* 1 aborts the transfer (CURLOPT_PREREQFUNCTION(3)). */
static int prereq(void *user, char *address, char *own_address, int port, int own_port)
{
    struct vespa_leg *leg = user;
    (void)address, (void)own_address, (void)port, (void)own_port;
    return leg->answer.status || vespa_repeat_may_send(&leg->answer.repeat) ? 0 : 1;
}

/* The target goes out as it was given, dot segments too. */
static CURLcode set_transfer(struct vespa_leg *leg, const struct vespa_send *send)
{
    CURLcode (*setopt)(CURL *, CURLoption, ...) = leg->engine->api->easy_setopt;
    CURL *easy = leg->easy;
    CURLcode result = setopt(easy, CURLOPT_ERRORBUFFER, leg->error);
    result = result ? result : setopt(easy, CURLOPT_NOSIGNAL, 1L);
    result = result ? result : setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    result = result ? result : setopt(easy, CURLOPT_OPENSOCKETDATA, leg);
    if (!result && !setopt(easy, VESPA_OPTION_PREREQFUNCTION, prereq)) /* libcurl 7.80 */
        result = setopt(easy, VESPA_OPTION_PREREQDATA, leg);
    result = result ? result : setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    result = result ? result : setopt(easy, CURLOPT_URL, send->url);
    result = result ? result : setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    result = result ? result : setopt(easy, CURLOPT_HEADERFUNCTION, vespa_answer_header);
    result = result ? result : setopt(easy, CURLOPT_HEADERDATA, leg);
    result = result ? result : setopt(easy, CURLOPT_WRITEFUNCTION, vespa_answer_body);
    result = result ? result : setopt(easy, CURLOPT_WRITEDATA, leg);
    result = result ? result : setopt(easy, CURLOPT_TIMEOUT_MS, (long)send->head_within_ms);
    result = result ? result : setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    result = result ? result : setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    result = result ? result : setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    result = result ? result : setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    result = result ? result : setopt(easy, CURLOPT_SSL_VERIFYPEER, send->insecure ? 0L : 1L);
    result = result ? result : setopt(easy, CURLOPT_SSL_VERIFYHOST, send->insecure ? 0L : 2L);
    return result ? result : setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
}

struct vespa_leg *vespa_leg_send(struct vespa_job *job, const struct vespa_send *send,
                                 const char **why)
{
    struct vespa_leg *leg = take_spare(job, false);
    *why = "out of memory";
    if (!leg)
        return NULL;
    leg->send = send;
    CURLcode result = set_transfer(leg, send);
    result = result ? result : set_headers(leg, send);
    result = result ? result : set_root(leg, send);
    result = result ? result : set_method(leg, send);
    return launch(leg, result ? job->engine->api->easy_strerror(result) : NULL, why);
}
