/* Legs of the engine that do a SEND: how their easy handles are set up, and for each request. */
#include "lib/engine_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Connecting and the TLS handshake; a machine that is gone does not answer at all, and another one
 * may be asked then (protocol.md §5). */
#define CONNECT_MS 15000L

/* ---- libcurl's callbacks --------------------------------------------------------------------- */

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

/* That an assignment is not used twice is no matter of an origin's. */
static bool is_free(const struct vespa_leg *leg)
{
    return leg->to_origin || leg->answer.status;
}

static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct vespa_leg *leg = user;
    if (!leg->job)
        return CURL_SOCKET_BAD;
    if (!is_free(leg) &&
        !vespa_repeat_may_connect(&leg->answer.repeat, leg->engine->api, leg->easy))
        return CURL_SOCKET_BAD;
    return vespa_leg_open_socket(leg, purpose, address);
}

/* 1 aborts the transfer (CURLOPT_PREREQFUNCTION(3)). */
static int prereq(void *user, char *address, char *own_address, int port, int own_port)
{
    struct vespa_leg *leg = user;
    (void)address, (void)own_address, (void)port, (void)own_port;
    return is_free(leg) || vespa_repeat_may_send(&leg->answer.repeat) ? 0 : 1;
}

/* ---- the workers' root ----------------------------------------------------------------------- */

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

void vespa_roots_free(struct vespa_engine *engine)
{
    while (engine->roots) {
        struct vespa_root_copy *copy = engine->roots;
        engine->roots = copy->next;
        close(copy->file);
        free(copy->pem);
        free(copy);
    }
}

/* Without the workers' own root the system's count (protocol.md §8): an empty path. */
static CURLcode find_root(struct vespa_engine *engine, const struct vespa_send *send,
                          char *memory_path, size_t room, struct vespa_slice *path)
{
    *path = vespa_slice_of(send->ca_file);
    if (send->ca_file || !send->ca_pem.length)
        return CURLE_OK;
    int file = root_file(engine, send->ca_pem);
    if (file < 0)
        return CURLE_SSL_CACERT_BADFILE;
    snprintf(memory_path, room, "/proc/self/fd/%d", file);
    *path = vespa_slice_of(memory_path);
    return CURLE_OK;
}

/* ---- what a handle is set up for ------------------------------------------------------------- */

static enum vespa_body_way way_of(const struct vespa_send *send)
{
    if (send->has_body)
        return send->body_length <= VESPA_SEND_JOINED_LIMIT ? VESPA_WAY_JOINED : VESPA_WAY_READ;
    return strcmp(send->method, "HEAD") == 0 ? VESPA_WAY_HEAD : VESPA_WAY_NONE;
}

static bool is_set_up(const struct vespa_leg *leg, const struct vespa_send *send,
                      struct vespa_slice root)
{
    return leg->setup.way == way_of(send) && leg->setup.insecure == send->insecure &&
           vespa_slice_equal(vespa_buffer_slice(&leg->setup.root), root);
}

static CURLcode set_way(struct vespa_leg *leg)
{
    CURLcode (*setopt)(CURL *, CURLoption, ...) = leg->engine->api->easy_setopt;
    CURL *easy = leg->easy;
    CURLcode result;
    switch (leg->setup.way) {
    case VESPA_WAY_NONE:
        return CURLE_OK;
    case VESPA_WAY_HEAD:
        return setopt(easy, CURLOPT_NOBODY, 1L);
    case VESPA_WAY_JOINED:
        return setopt(easy, CURLOPT_POST, 1L);
    case VESPA_WAY_READ:
        break;
    }
    result = setopt(easy, CURLOPT_POST, 1L);
    result = result ? result : setopt(easy, CURLOPT_READFUNCTION, read_body);
    result = result ? result : setopt(easy, CURLOPT_READDATA, leg);
    result = result ? result : setopt(easy, CURLOPT_SEEKFUNCTION, seek_body);
    return result ? result : setopt(easy, CURLOPT_SEEKDATA, leg);
}

static CURLcode set_trust(struct vespa_leg *leg)
{
    CURLcode (*setopt)(CURL *, CURLoption, ...) = leg->engine->api->easy_setopt;
    CURL *easy = leg->easy;
    CURLcode result = setopt(easy, CURLOPT_SSL_VERIFYPEER, leg->setup.insecure ? 0L : 1L);
    result = result ? result : setopt(easy, CURLOPT_SSL_VERIFYHOST, leg->setup.insecure ? 0L : 2L);
    if (result || !leg->setup.root.length)
        return result;
    result = setopt(easy, CURLOPT_CAINFO, leg->setup.root.data);
    return result ? result : setopt(easy, CURLOPT_CAPATH, NULL);
}

/* The target goes out as it was given, dot segments too. */
static CURLcode set_up(struct vespa_leg *leg, const struct vespa_send *send,
                       struct vespa_slice root)
{
    CURLcode (*setopt)(CURL *, CURLoption, ...) = leg->engine->api->easy_setopt;
    CURL *easy = leg->easy;
    leg->setup.way = way_of(send);
    leg->setup.insecure = send->insecure;
    vespa_buffer_append(&leg->setup.root, root);
    CURLcode result = leg->setup.root.failed ? CURLE_OUT_OF_MEMORY : CURLE_OK;
    result = result ? result : setopt(easy, CURLOPT_ERRORBUFFER, leg->error);
    result = result ? result : setopt(easy, CURLOPT_NOSIGNAL, 1L);
    result = result ? result : setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    result = result ? result : setopt(easy, CURLOPT_OPENSOCKETDATA, leg);
    if (!result && !setopt(easy, VESPA_OPTION_PREREQFUNCTION, prereq)) /* libcurl 7.80 */
        result = setopt(easy, VESPA_OPTION_PREREQDATA, leg);
    result = result ? result : setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    result = result ? result : setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    result = result ? result : setopt(easy, CURLOPT_HEADERFUNCTION, vespa_answer_header);
    result = result ? result : setopt(easy, CURLOPT_HEADERDATA, leg);
    result = result ? result : setopt(easy, CURLOPT_WRITEFUNCTION, vespa_answer_body);
    result = result ? result : setopt(easy, CURLOPT_WRITEDATA, leg);
    result = result ? result : setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    result = result ? result : setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    result = result ? result : setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    result = result ? result : setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    result = result ? result : setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    result = result ? result : vespa_leg_watch_sockets(leg);
    result = result ? result : set_way(leg);
    return result ? result : set_trust(leg);
}

/* ---- what each request sets ------------------------------------------------------------------ */

static CURLcode set_body(struct vespa_leg *leg, const struct vespa_send *send)
{
    CURLcode (*setopt)(CURL *, CURLoption, ...) = leg->engine->api->easy_setopt;
    CURLcode result = setopt(leg->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)send->body_length);
    leg->read_offset = 0;
    if (result || leg->setup.way == VESPA_WAY_READ)
        return result;
    vespa_send_join(send, &leg->text);
    if (leg->text.failed)
        return CURLE_OUT_OF_MEMORY;
    return setopt(leg->easy, CURLOPT_POSTFIELDS, leg->text.data);
}

static bool names(const struct vespa_send *send, struct vespa_slice name)
{
    for (size_t i = 0; i < send->header_count; i++)
        if (vespa_slice_equal_nocase(send->headers[i].name, name))
            return true;
    return false;
}

/* No header of libcurl's own may be added (core/exchange.h). */
static bool suppress(struct vespa_leg *leg, const struct vespa_send *send)
{
    static const struct vespa_slice type = VESPA_LITERAL("Content-Type");
    struct vespa_header_list *list = &leg->headers;
    return vespa_header_list_suppress(list, VESPA_LITERAL("Expect")) &&
           vespa_header_list_suppress(list, VESPA_LITERAL("Accept")) &&
           (!leg->to_origin || names(send, type) || vespa_header_list_suppress(list, type));
}

static CURLcode set_headers(struct vespa_leg *leg, const struct vespa_send *send)
{
    struct vespa_header_list *list = &leg->headers;
    if (!suppress(leg, send))
        return CURLE_OUT_OF_MEMORY;
    for (size_t i = 0; i < send->header_count; i++)
        if (!vespa_header_list_add(list, send->headers[i]))
            return CURLE_OUT_OF_MEMORY;
    return leg->engine->api->easy_setopt(leg->easy, CURLOPT_HTTPHEADER, list->first);
}

static CURLcode set_request(struct vespa_leg *leg, const struct vespa_send *send)
{
    CURLcode (*setopt)(CURL *, CURLoption, ...) = leg->engine->api->easy_setopt;
    CURL *easy = leg->easy;
    bool no_body = leg->setup.way == VESPA_WAY_HEAD;
    CURLcode result = setopt(easy, CURLOPT_URL, send->url);
    result = result ? result : setopt(easy, CURLOPT_TIMEOUT_MS, (long)send->head_within_ms);
    result = result ? result
                    : setopt(easy, CURLOPT_CUSTOMREQUEST, vespa_send_custom_method(send, no_body));
    result = result ? result : set_headers(leg, send);
    if (result || !send->has_body)
        return result;
    return set_body(leg, send);
}

static CURLcode set_all(struct vespa_leg *leg, const struct vespa_send *send)
{
    char memory_path[64];
    struct vespa_slice root;
    CURLcode result = find_root(leg->engine, send, memory_path, sizeof memory_path, &root);
    if (result)
        return result;
    if (leg->is_warm && !is_set_up(leg, send, root))
        vespa_leg_cool_down(leg);
    if (!leg->is_warm)
        result = set_up(leg, send, root);
    return result ? result : set_request(leg, send);
}

struct vespa_leg *vespa_leg_send(struct vespa_job *job, const struct vespa_send *send,
                                 const char **why)
{
    struct vespa_leg *leg = vespa_leg_for(job, false);
    *why = "out of memory";
    if (!leg)
        return NULL;
    leg->send = send;
    CURLcode result = set_all(leg, send);
    return vespa_leg_launch(leg, result ? job->engine->api->easy_strerror(result) : NULL, why);
}
