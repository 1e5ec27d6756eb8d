/*
 * One request of an application on its way through autoscaler and worker: a machine that decides
 * and does nothing else. It never sleeps, opens no socket, reads no clock and calls no libcurl. A
 * driver asks for the next step, does it and reports what happened:
 *
 *     CALL    a request of our own           → vespa_exchange_called or _call_failed
 *     WAIT    let time pass                  → vespa_exchange_waited
 *     SEND    the request, to a worker       → vespa_exchange_head once the final head is complete,
 *                                              then vespa_exchange_body for what follows, and
 *                                              vespa_exchange_finished or _failed
 *     REPLY   an answer of our own           → vespa_exchange_replied
 *     ORIGIN  let it go where it was aimed   → vespa_exchange_replied
 *     DONE    nothing is left to do
 *
 * Rules: protocol.md §3 (asking for a worker), §4 (envelope), §5 (retries), §6 (workload), and
 * design.md §3 and §4 (deadline, trust, answers of our own). An application that gives up is not
 * reported: free the exchange.
 *
 * Times are milliseconds of a monotonic clock, always passed in. One exchange is used by one thread
 * at a time; several exchanges of one runtime may be used by several threads.
 */
#ifndef VESPA_CORE_EXCHANGE_H
#define VESPA_CORE_EXCHANGE_H

#include "core/failure.h"
#include "core/header.h"
#include "core/match.h"
#include "core/payload.h"

struct vespa_assignment; /* core/route.h */
struct vespa_runtime;
struct vespa_exchange;

/* How the application gave its body. */
enum vespa_body {
    VESPA_BODY_NONE,     /* no body */
    VESPA_BODY_BYTES,    /* request.body; may be empty */
    VESPA_BODY_FORM,     /* a form: request.body is what would stand on the wire, of the type
                            request.content_type, or empty. Answered 415, unless it is a multipart
                            one that the rule translates (core/upload.h) */
    VESPA_BODY_TOO_LARGE /* beyond config.body_limit: answered 413 */
};

/* What the application asked for. */
struct vespa_request {
    enum vespa_match match; /* VESPA_NOT_OURS: its first step is ORIGIN, for a driver that does
                               not let it pass by itself */
    const struct vespa_rule *rule; /* as vespa_match_url gave it */
    struct vespa_slice method;     /* "POST": as it would stand on the wire */
    struct vespa_slice url;        /* complete, as the application gave it */
    struct vespa_slice target;     /* path and query to be used instead of the URL's; empty: none */
    const struct vespa_header *headers; /* all that the application would send of its own; not those
                                           that libcurl makes (Host, Content-Length, …) */
    size_t header_count;
    bool headers_named; /* each of them was named for the worker: they pass without an allow-list,
                           but for those that frame a message (design.md §3, Trust) */
    enum vespa_body body_kind;
    struct vespa_slice body;
    struct vespa_slice content_type;     /* of a form that is given as bytes */
    const struct vespa_payload *payload; /* the body's finished scan (VALID or INVALID), or NULL:
                                            the exchange scans it itself */
};

enum vespa_step_kind { VESPA_CALL, VESPA_WAIT, VESPA_SEND, VESPA_REPLY, VESPA_ORIGIN, VESPA_DONE };

enum vespa_purpose {
    VESPA_ASK_FOR_WORKER, /* POST {autoscaler}/route/ */
    VESPA_FETCH_KEY,      /* GET {console}/api/v0/endptjobs/ */
    VESPA_FETCH_ROOT      /* GET {console}/static/jvastai_root.cer */
};

/* A request of our own. It carries a key: it goes to nobody but url, TLS is verified against the
 * system's roots, redirects are not followed. */
struct vespa_call {
    enum vespa_purpose purpose;
    const char *method; /* "GET" or "POST" */
    const char *url;
    const struct vespa_header *headers; /* all that are sent beside Host and Content-Length */
    size_t header_count;
    struct vespa_slice body; /* of POST */
    uint32_t timeout_ms;
    size_t answer_limit; /* a longer body is a failure, VESPA_FAILURE_LOCAL "answer too large" */
};

/* The application's request, as it goes to a worker. Headers are complete but for Host, and
 * Content-Length where there is a body: no other header may be added (no Expect, no User-Agent or
 * Accept of the driver's own), and without a body no header that announces one. */
struct vespa_send {
    const char *method;
    const char *url; /* the worker's, with the application's path and query */
    const struct vespa_header *headers;
    size_t header_count;
    bool has_body;
    struct vespa_slice segments[3]; /* the body: these, one after the other; the middle one is the
                                       application's own bytes */
    uint64_t body_length;           /* their sum */
    uint32_t head_within_ms;        /* until then the head must be complete, or the driver ends the
                                       transfer and reports VESPA_FAILURE_TIMEOUT (_CONNECT while no
                                       connection stood) */
    const char *ca_file;            /* the workers' root as a file; NULL: none */
    struct vespa_slice ca_pem;      /* the workers' root in memory; empty: none. With neither the
                                       system's roots count */
    bool insecure;                  /* the rule wants the worker's certificate unverified */
};

/* An answer of our own (design.md §4). At most 7,000 bytes in all, head included. */
struct vespa_reply {
    int status;
    const char *reason; /* "Service Unavailable" */
    const char *code;   /* "no_worker_ready": as it stands in the body; static text */
    const struct vespa_header *headers;
    size_t header_count;     /* Content-Type among them; framing is the driver's */
    struct vespa_slice body; /* to be left out in answer to HEAD */
};

struct vespa_step {
    enum vespa_step_kind kind;
    union {
        struct vespa_call call;
        uint32_t wait_ms;
        struct vespa_send send;
        struct vespa_reply reply;
    };
};

/* Begins. headers (and what they point to) are borrowed for this call only; body and payload for
 * the life of the exchange; rule and config live as long as the runtime. now_ms is when the
 * application began, from which the deadline counts. NULL: memory ran out. */
struct vespa_exchange *vespa_exchange_new(struct vespa_runtime *runtime,
                                          const struct vespa_request *request, uint64_t now_ms);

/* Ends it in whatever state it is. NULL is allowed. */
void vespa_exchange_free(struct vespa_exchange *exchange);

/* What is to be done now. Asking again without a report in between gives the same step. What the
 * step points to is the exchange's, and valid until the next report. Never NULL: where memory runs
 * out the step is a REPLY from static memory. */
const struct vespa_step *vespa_exchange_next(struct vespa_exchange *exchange, uint64_t now_ms);

/* CALL: an answer came, whole. */
void vespa_exchange_called(struct vespa_exchange *exchange, uint64_t now_ms, int status,
                           struct vespa_slice body);

/* CALL: none came. detail: libcurl's text, for messages; may be NULL. */
void vespa_exchange_call_failed(struct vespa_exchange *exchange, uint64_t now_ms,
                                enum vespa_failure failure, const char *detail);

/* WAIT: the time is up. Reporting it too early is harmless: the step is a shorter WAIT then. */
void vespa_exchange_waited(struct vespa_exchange *exchange, uint64_t now_ms);

enum vespa_verdict {
    VESPA_DELIVER, /* head and body go to the application, as they come */
    VESPA_DISCARD  /* neither does: read at most 64 KiB or 1 s more, close, report finished or
                      failed,  and ask for the next step */
};

/* SEND: the final head is complete: status line, header lines and the empty line, as received.
 * Heads of 1xx, of a proxy's CONNECT, and trailers are not reported. Once for each SEND. */
enum vespa_verdict vespa_exchange_head(struct vespa_exchange *exchange, uint64_t now_ms,
                                       struct vespa_slice head);

enum vespa_filter {
    VESPA_KEEP,   /* pass the line as it is */
    VESPA_DROP,   /* leave it out */
    VESPA_REPLACE /* pass *replacement instead; it is valid until the next call */
};

/* After DELIVER: what the application sees of one line of the head (or of a trailer), CR LF
 * included (design.md §2.4). The status line and the empty line are kept. */
enum vespa_filter vespa_exchange_filter(struct vespa_exchange *exchange, struct vespa_slice line,
                                        struct vespa_slice *replacement);

/* After DELIVER: bytes of the body that the application has got. They are only looked at, to log a
 * stream of events that ends without its last one. */
void vespa_exchange_body(struct vespa_exchange *exchange, struct vespa_slice bytes);

/* SEND: the transfer ended as it should, after a DELIVER; or after a DISCARD, in any way. */
void vespa_exchange_finished(struct vespa_exchange *exchange, uint64_t now_ms);

/* SEND: it failed. After a DELIVER the exchange is DONE: the application sees a failed transfer. */
void vespa_exchange_failed(struct vespa_exchange *exchange, uint64_t now_ms,
                           enum vespa_failure failure, const char *detail);

/* REPLY, ORIGIN: it was given. */
void vespa_exchange_replied(struct vespa_exchange *exchange, uint64_t now_ms);

/* The worker that was given to the request, and *url its address; NULL while none is. For those who
 * send the request themselves: they ask between two steps, and do no SEND. Valid until the next
 * report. */
const struct vespa_assignment *vespa_exchange_assignment(const struct vespa_exchange *exchange,
                                                         struct vespa_slice *url);

/* Times that the request was sent to a worker so far. */
unsigned vespa_exchange_attempts(const struct vespa_exchange *exchange);

#endif
