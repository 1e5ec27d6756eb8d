/*
 * The engine: drives exchanges (core/exchange.h) in an event loop of the caller's, without blocking
 * and without a thread. It repeats no rule of the protocol: it asks an exchange for its next step,
 * does it on easy handles of its own in the caller's multi handle, and reports. The synchronous and
 * the asynchronous form of the library and the proxy's loops stand on it.
 *
 * An engine belongs to one multi handle and is used by one thread at a time, as that is. The multi
 * handle and its loop stay the caller's: curl_multi_perform with _poll, or curl_multi_socket_action
 * with sockets and a timer of his. Beside that he does three things:
 *
 *     curl_multi_perform(multi, &running);                   or _socket_action
 *     while ((message = curl_multi_info_read(multi, &left)))
 *         if (!vespa_engine_take(engine, message))           1. hand over each finished transfer
 *             … it is one of the caller's own …
 *     vespa_engine_turn(engine);                             2. do what is due; after each perform
 *     … wait for sockets, and no longer than vespa_engine_timeout says …                        3.
 *
 * A job is one request. What it brings comes through the callbacks of its handler, and these are
 * called only from inside curl_multi_perform, curl_multi_socket_action, vespa_engine_take and
 * vespa_engine_turn; never from a function that the caller calls for a job. In a callback every
 * function of this header may be called but _turn, _take and _engine_free; vespa_job_free too, for
 * the job itself and for others.
 *
 * Each event costs O(log n) for n jobs. Easy handles are used again. Connections to workers and to
 * the autoscaler are kept alive in the multi handle's cache; set CURLMOPT_MAXCONNECTS to what is to
 * be kept, for by itself libcurl closes idle ones beyond four for each handle that is in the multi
 * handle at that moment: nearly all, when a burst has passed.
 */
#ifndef VESPA_LIB_ENGINE_H
#define VESPA_LIB_ENGINE_H

#include "core/curl_api.h"
#include "core/exchange.h"
#include "core/runtime.h"
#include "core/schedule.h"

struct vespa_engine;
struct vespa_job;

/* api and multi must be of one libcurl, and outlive the engine. NULL: memory ran out. */
struct vespa_engine *vespa_engine_new(const struct vespa_curl_api *api, CURLM *multi);

/* For a loop with descriptors of its own (epoll): which sockets are the engine's, so that they may
 * stay in its set from one transfer to the next instead of being put in and taken out for each.
 * opened: a socket was made for a connection. closed: it is about to be closed, by libcurl. */
struct vespa_engine_sockets {
    void (*opened)(void *context, int socket);
    void (*closed)(void *context, int socket);
    void *context;
};

/* Before the first job. What it points to must stay until the multi handle was cleaned up, for only
 * then the last connections are closed. */
void vespa_engine_watch_sockets(struct vespa_engine *engine,
                                const struct vespa_engine_sockets *sockets);

/* After all its jobs were freed, and before the multi handle is cleaned up. */
void vespa_engine_free(struct vespa_engine *engine);

/* Takes a message of curl_multi_info_read. False: the transfer is none of the engine's. The message
 * is not valid afterwards when it was. */
bool vespa_engine_take(struct vespa_engine *engine, const CURLMsg *message);

/* Does all that is due: begins jobs, ends waits, enforces time-outs. */
void vespa_engine_turn(struct vespa_engine *engine);

/* When vespa_engine_turn is to be called next, in milliseconds of the monotonic clock
 * (lib/clock.h); 0: at once; VESPA_NEVER: not before something happens to a transfer. It may change
 * with each call of a function of this header: for loops that set a timer. */
uint64_t vespa_engine_due_ms(const struct vespa_engine *engine);

/* The same as the milliseconds that curl_multi_poll may wait, limit_ms at most. */
int vespa_engine_timeout(const struct vespa_engine *engine, int limit_ms);

/* ---- jobs ------------------------------------------------------------------------------------ */

/* The head of an answer, as it is to be shown to whoever asked. */
struct vespa_answer_head {
    int status;
    struct vespa_slice reason; /* "OK"; may be empty */
    /* Without what must not reach the caller (core/exchange.h, vespa_exchange_filter), but with
     * what frames the body on the worker's connection (Content-Length, Transfer-Encoding,
     * Connection, …). Values hold no line breaks. */
    const struct vespa_header *headers;
    size_t header_count;
    bool own; /* an answer of our own (design.md §4), not a worker's: it has no framing headers */
    const char *code;    /* of an own one: "no_worker_ready"; static text. Else NULL */
    uint64_t own_length; /* of an own one: bytes of its body, also in answer to HEAD */
};

enum vespa_taken {
    VESPA_TAKEN,     /* go on */
    VESPA_NOT_TAKEN, /* none of the bytes was taken: they come again after vespa_job_resume. The
                        worker's connection is not read meanwhile */
    VESPA_REFUSED    /* end the job with VESPA_JOB_REFUSED */
};

enum vespa_job_result {
    VESPA_JOB_ANSWERED,  /* the answer was given whole, a worker's or our own */
    VESPA_JOB_CUT,       /* it broke off behind the head, or memory ran out: what was given is not
                            whole */
    VESPA_JOB_REFUSED,   /* a callback wanted the end */
    VESPA_JOB_TIMED_OUT, /* the job's own time was up. The worker's connection is closed */
    VESPA_JOB_ORIGIN,    /* no answer: the request is to go where it was aimed, as it was, and the
                            handler cannot say how it was; or it went there, and got none */
    VESPA_JOB_ASSIGNED   /* no answer: vespa_job_assignment has the worker that was given to it */
};

/* What is done with a job's answer. head: once, before any byte of the body; false is a
 * VESPA_REFUSED. body: any number of times, as the bytes come; what they point to is valid during
 * the call. end: once, the last call for the job, unless it is freed before; message says what
 * happened where the result is CUT, REFUSED, TIMED_OUT or, if it was tried, ORIGIN, else it is "".
 * origin: where no worker takes the request and its rule wants it to go where it was aimed: what
 * that was, with the caller's own URL, credentials and body; all of it is to stay until the job's
 * end. NULL, or false: it is not known. */
struct vespa_job_handler {
    bool (*head)(void *context, const struct vespa_answer_head *head);
    enum vespa_taken (*body)(void *context, struct vespa_slice bytes);
    void (*end)(void *context, enum vespa_job_result result, const char *message);
    bool (*origin)(void *context, struct vespa_send *request);
    void *context;
};

/* Begins a job; its first step is done by the next vespa_engine_turn. request: see core/exchange.h;
 * its body is borrowed until vespa_job_free, all else for this call only. With a large body, let
 * request->payload be a scan that was done in portions. timeout_ms: for all of it, routing and
 * waiting for a worker included; 0: no limit but the rule's deadline for the head. NULL: memory ran
 * out. */
struct vespa_job *vespa_job_new(struct vespa_engine *engine, struct vespa_runtime *runtime,
                                const struct vespa_request *request, uint32_t timeout_ms,
                                const struct vespa_job_handler *handler);

/* The same for a request that is not to be sent: the job ends as soon as a worker was given to it
 * (VESPA_JOB_ASSIGNED), or with an answer of our own. */
struct vespa_job *vespa_job_new_route(struct vespa_engine *engine, struct vespa_runtime *runtime,
                                      const struct vespa_request *request, uint32_t timeout_ms,
                                      const struct vespa_job_handler *handler);

/* Of a job that ended with VESPA_JOB_ASSIGNED; valid until it is freed. */
const struct vespa_assignment *vespa_job_assignment(const struct vespa_job *job,
                                                    struct vespa_slice *url);

/* Ends it in whatever state it is: no callback is called any more, and nothing of the caller's
 * looked at. Where a worker works on it, that connection is closed at once, which cancels the job
 * there (protocol.md §5); if this is called from inside a callback, by the next vespa_engine_turn.
 * NULL is allowed. */
void vespa_job_free(struct vespa_job *job);

/* After VESPA_NOT_TAKEN: the bytes are offered again by the next vespa_engine_turn. */
void vespa_job_resume(struct vespa_job *job);

/* Where a job's time went, for statistics; what has not come yet is 0. */
struct vespa_job_times {
    uint64_t began_ms;   /* monotonic clock */
    uint64_t head_ms;    /* of the answer's head, likewise */
    unsigned calls;      /* times that autoscaler or console was asked */
    uint64_t calling_ms; /* spent with that, in all */
    uint64_t waiting_ms; /* spent waiting for a worker, or backing off, in all */
};

const struct vespa_job_times *vespa_job_times(const struct vespa_job *job);

/* Times that the request was sent to a worker so far. */
unsigned vespa_job_attempts(const struct vespa_job *job);

#endif
