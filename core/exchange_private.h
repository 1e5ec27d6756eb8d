/*
 * The inside of an exchange, for the files exchange*.c alone:
 *
 *     exchange.c          its life, and which step is next
 *     exchange_intake.c   the application's request: checked, copied
 *     exchange_form.c     a body that is a form
 *     exchange_call.c     requests of our own: made, and what all their answers have in common
 *     exchange_route.c    the autoscaler's answers
 *     exchange_fetch.c    the console's answers: an endpoint's key, the workers' root
 *     exchange_send.c     the request to a worker
 *     exchange_worker.c   the worker's answer, or its failure
 *     exchange_fallback.c where it goes when no worker takes it
 *     exchange_filter.c   lines of the worker's head on their way to the application
 *     exchange_refusal.c  answers of our own
 *
 * What is known decides what is next: an assignment or none, a time to wait for, a refusal. Reports
 * change what is known and choose no step.
 */
#ifndef VESPA_CORE_EXCHANGE_PRIVATE_H
#define VESPA_CORE_EXCHANGE_PRIVATE_H

#include "core/answer_text.h"
#include "core/event_stream.h"
#include "core/exchange.h"
#include "core/reply.h"
#include "core/request_copy.h"
#include "core/route.h"
#include "core/runtime.h"
#include "core/url.h"

/* Calls that may fail one after the other before the request does: with the waits between them this
 * bridges 8 to 17 s, a restart of the autoscaler. One failed poll must not end a request
 * (protocol.md §3), and an autoscaler that is not there must not hold it until its deadline. */
#define VESPA_CALL_FAILURES VESPA_PACE_FAILURES

enum vespa_phase {
    VESPA_PHASE_DECIDING,   /* no step is under way, or a WAIT */
    VESPA_PHASE_CALLING,    /* a CALL was handed out */
    VESPA_PHASE_SENDING,    /* a SEND was handed out; no head yet */
    VESPA_PHASE_DELIVERING, /* its head was answered DELIVER */
    VESPA_PHASE_DISCARDING, /* its head was answered DISCARD */
    VESPA_PHASE_REPLYING,   /* a REPLY was handed out */
    VESPA_PHASE_DONE
};

/* The application's request, as each worker gets it. */
struct vespa_intake {
    struct vespa_buffer method;
    struct vespa_buffer target; /* path and query, without what must not go to a worker */
    size_t path_length;         /* of it, what stands before the query: that may be logged */
    bool has_query;
    struct vespa_buffer origin;   /* holds the parts of own */
    struct vespa_url own;         /* scheme, host and port that the application aimed at */
    struct vespa_header *headers; /* those that pass, and Content-Type */
    size_t header_count;
    size_t header_room;
    struct vespa_buffer header_text; /* holds their names and values */
    struct vespa_buffer cost;
    bool has_body;
    struct vespa_slice body;        /* the application's own bytes, or its form's translation */
    struct vespa_buffer translated; /* that */
};

/* Memory of the step that is under way. */
struct vespa_step_memory {
    struct vespa_buffer url;
    struct vespa_buffer body;          /* of a call; of a send what stands before the payload */
    struct vespa_buffer authorization; /* secret: "Bearer KEY", while a call is under way */
    struct vespa_header headers[3];
};

struct vespa_exchange {
    struct vespa_spare spare;
    struct vespa_runtime *runtime;
    const struct vespa_rule *rule; /* NULL: there is none, the request is refused */
    enum vespa_phase phase;
    struct vespa_step step;
    struct vespa_step_memory memory;
    uint64_t began_ms;
    uint64_t deadline_ms;
    uint64_t now_ms; /* of the last call */
    struct vespa_intake intake;

    /* What is known of a worker. */
    struct vespa_assignment assignment; /* slices of answer; there if assigned */
    struct vespa_buffer answer;
    struct vespa_buffer worker_url; /* decoded */
    struct vespa_buffer accepted;   /* the last that was, which the next exchange made of this
                                       memory will mostly be given again */
    const struct vespa_rule *accepted_by;
    size_t accepted_length;          /* of worker */
    struct vespa_slice worker;       /* the part scheme://HOST[:PORT] of it */
    struct vespa_buffer request_idx; /* as it was written; empty: none was given yet. It belongs to
                                        this request and to all its route calls (protocol.md §3) */

    uint64_t wait_until_ms; /* nothing is done before */
    uint64_t turn;          /* of that pace, for the call that is under way; 0: none was needed */
    bool assigned;          /* a worker is known */
    bool waits_for_worker;  /* the autoscaler had none, or was asked too often: from then on route
                               calls share a pace with those of others */

    unsigned attempts;         /* times sent to a worker of this endpoint */
    unsigned earlier_attempts; /* to another endpoint's, before the fallback */
    unsigned reasks;           /* polls that found no worker ready */
    unsigned call_failures;    /* in a row */
    unsigned too_often;        /* calls in a row that were answered so */
    unsigned worker_failures;  /* in a row; there is no success but the last */
    bool key_renewed;          /* the key was fetched once more after it was refused */
    bool signature_refused;    /* a worker answered 401 without a body */
    bool retries_spent;        /* the process's budget of retries had none left for this request */
    bool tls_failed;           /* a worker's certificate or handshake was not acceptable */
    int worker_status;         /* of the last answer that was discarded; 0: none */
    int answer_status;         /* of the answer that is delivered */
    bool answered;             /* it was, to its end; or the request went to its origin */
    bool is_event_stream;      /* the answer that is delivered is one */
    bool filter_dropped;       /* the last line of its head was not passed on as it was */
    bool falls_back;           /* the fallback is decided, and to be done next */
    bool fell_back;            /* it happens once */
    bool refused;              /* refusal is to be given */
    struct vespa_event_stream events;
    char last_words[VESPA_ANSWER_TEXT_SIZE]; /* what the autoscaler said last, for messages */

    struct vespa_buffer replacement;

    struct vespa_request *kept; /* owned: for the fallback's endpoint; NULL: there is none */
    struct vespa_reply refusal; /* to be given if refused */
    struct vespa_reply_memory refusal_memory;
};

/* A slice for printf's "%.*s"; long ones are cut. */
#define VESPA_SHOWN(slice) \
    (int)((slice).length < 200 ? (slice).length : 200), ((slice).data ? (slice).data : "")

/* exchange_intake.c: checks and copies the request; refuses it where protocol.md or design.md §4
 * say so. False: memory ran out. */
bool vespa_exchange_take(struct vespa_exchange *exchange, const struct vespa_request *request);

/* Forgets it, but keeps its memory; or frees that too. */
void vespa_intake_reset(struct vespa_intake *intake);
void vespa_intake_free(struct vespa_intake *intake);

/* exchange_form.c: the type of a form that is the request's body, empty: it is none; and that form,
 * translated or refused. False: memory ran out. */
struct vespa_slice vespa_exchange_form_type(const struct vespa_request *request);
bool vespa_exchange_take_form(struct vespa_exchange *exchange, const struct vespa_request *request,
                              struct vespa_slice type);

/* The path that the application asked for; empty when its URL could not be read. */
static inline struct vespa_slice vespa_exchange_path(const struct vespa_exchange *exchange)
{
    return vespa_slice(exchange->intake.target.data, exchange->intake.path_length);
}

/* exchange_call.c: make the step that is to be done next; the first may find that it has to wait
 * for its turn. */
void vespa_exchange_ask(struct vespa_exchange *exchange);
void vespa_exchange_fetch_root(struct vespa_exchange *exchange);

/* exchange_call.c: the autoscaler was asked too often: it is asked again, but later and later. */
void vespa_exchange_call_later(struct vespa_exchange *exchange, const char *what);

/* The call that took a turn brought no worker; the exchange waits until it asks once more. */
void vespa_exchange_pass_turn(struct vespa_exchange *exchange);

/* A call brought nothing: it is repeated after a back-off of at least least_ms, or the request is
 * refused. what: "the autoscaler answered HTTP 503", … */
void vespa_exchange_call_again(struct vespa_exchange *exchange, const char *what,
                               uint32_t least_ms);

/* The words of an answer, without the keys that are in use. */
void vespa_exchange_words(const struct vespa_exchange *exchange, struct vespa_slice body,
                          char to[static VESPA_ANSWER_TEXT_SIZE]);

/* exchange_route.c, exchange_fetch.c: an answer came. */
void vespa_exchange_routed(struct vespa_exchange *exchange, int status, struct vespa_slice body);
void vespa_exchange_key_came(struct vespa_exchange *exchange, int status, struct vespa_slice body);
void vespa_exchange_root_came(struct vespa_exchange *exchange, int status, struct vespa_slice body);

/* The key was refused: forgets it, if it was fetched, so that it is fetched once more. False: there
 * is no other to be had. */
bool vespa_exchange_renew_key(struct vespa_exchange *exchange);

/* exchange_send.c: whether the workers' root is wanted and not there yet; the step to the worker.
 */
bool vespa_exchange_lacks_root(const struct vespa_exchange *exchange);
void vespa_exchange_send(struct vespa_exchange *exchange);

/* exchange_fallback.c: keeps what another endpoint would need. False: memory ran out. */
bool vespa_exchange_keep_request(struct vespa_exchange *exchange,
                                 const struct vespa_request *request);

/* Milliseconds until the fallback is used because no worker is ready; UINT32_MAX: it is not. */
uint32_t vespa_exchange_until_fallback(const struct vespa_exchange *exchange);

/* Decides that the request goes to its rule's fallback, and logs why; to be asked only where it may
 * be sent once more (protocol.md §5). False: there is none. It happens with the next step, for what
 * is under way may still need the request as it is. */
bool vespa_exchange_fall_back(struct vespa_exchange *exchange, const char *why);
void vespa_exchange_do_fall_back(struct vespa_exchange *exchange);

/* The next step is ORIGIN, and the last. */
void vespa_exchange_begin_origin(struct vespa_exchange *exchange);

/* exchange.c: the time left until the deadline. */
uint32_t vespa_exchange_time_left(const struct vespa_exchange *exchange);
void vespa_exchange_wait(struct vespa_exchange *exchange, uint32_t milliseconds);

/* exchange_refusal.c: decides on an answer of our own, and logs it. What was known of a worker
 * stays as it is. */
void vespa_exchange_refuse(struct vespa_exchange *exchange, int status, const char *code,
                           const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The same for a request that may have been carried out: it was not sent again, and the caller is
 * told not to do so either (protocol.md §5). */
void vespa_exchange_refuse_unknown(struct vespa_exchange *exchange, int status, const char *code,
                                   const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The deadline has come without an answer. */
void vespa_exchange_time_is_up(struct vespa_exchange *exchange);

/* Memory ran out. */
void vespa_exchange_no_memory(struct vespa_exchange *exchange);

/* Writes one line about the request: "POST /path: TEXT". */
void vespa_exchange_log(const struct vespa_exchange *exchange, enum vespa_log_level level,
                        const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
