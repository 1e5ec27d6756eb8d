/*
 * One routed transfer: an exchange of the core, executed on the application's own easy handle. Here
 * is what the blocking driver (shim/perform.h) and the event driver (shim/flight.h) have in common:
 * taking the request in, making the handle ready for a leg, and saying what a leg's end means. The
 * drivers perform.
 */
#ifndef VESPA_SHIM_TRANSFER_H
#define VESPA_SHIM_TRANSFER_H

#include "core/buffer.h"
#include "core/exchange.h"
#include "core/header_list.h"
#include "core/send.h"
#include "core/spares.h"
#include "shim/canned.h"
#include "shim/cookies.h"
#include "shim/follow.h"
#include "shim/record.h"
#include "shim/request_reader.h"

/* What of the answer has reached the application. */
enum vespa_answer_state {
    VESPA_ANSWER_HEAD,    /* no verdict yet: nothing has */
    VESPA_ANSWER_DELIVER, /* all that comes does */
    VESPA_ANSWER_DISCARD  /* nothing does */
};

/* The answer of one leg on its way to the application's callbacks (shim/answer.h). */
struct vespa_answer {
    enum vespa_answer_state state;
    struct vespa_buffer head; /* lines of the latest head; behind it those of the trailers */
    int status;               /* of the latest head; 0: none was seen */
    bool head_held;           /* a complete head that may be followed by another (407) */
    bool trusted;             /* an answer of our own: no verdict is asked, no line filtered */
    size_t delivered;         /* bytes of head.data that the application has had */
    size_t known;             /* bytes of what libcurl will hand over again that are in head */
    bool line_in_body;        /* of the line at `delivered` the write callback has had its copy */
    bool head_only;           /* its body is read away: none is wanted, or it is a redirect's */
    bool followed;            /* it is a redirect, and not the last answer */
    size_t discarded;         /* body bytes read away */
    bool failed;              /* it is an error by its status (CURLOPT_FAILONERROR) */
    bool refused;             /* a callback of the application ended the transfer */
    struct vespa_repeat repeat;
};

/* What the application's handle is set up for. */
enum vespa_leg {
    VESPA_LEG_NONE,
    VESPA_LEG_FORM,   /* the application's form, to ourselves */
    VESPA_LEG_SEND,   /* the request, to a worker */
    VESPA_LEG_REPLY,  /* an answer of our own */
    VESPA_LEG_END,    /* nothing: it ends the request with a result that is decided already */
    VESPA_LEG_ORIGIN, /* the request, where the application had aimed it */
};

struct vespa_transfer {
    struct vespa_spare spare;
    struct vespa_record *record;
    const struct vespa_curl_api *api; /* record->api */
    struct vespa_exchange *exchange;  /* NULL until the request was taken in */
    uint64_t started_us;              /* when the application began */

    enum vespa_leg leg;
    CURLcode end_result;              /* END: the request's result */
    uint64_t leg_us;                  /* when the leg began */
    struct vespa_header_list headers; /* of the leg */
    const struct vespa_send *send;    /* of a SEND leg */
    uint64_t read_offset;             /* in its segments */
    struct vespa_buffer text;         /* what is sent in one piece, or a reply */
    int root_file;                    /* memfd of the workers' root; -1: none */
    bool held;                        /* the application has paused what comes to it */
    struct vespa_cookies cookies;
    struct vespa_answer answer;
    struct vespa_follow follow;
    struct vespa_canned canned;

    enum vespa_body body_kind;
    bool body_open;           /* where it comes from is known */
    bool collecting;          /* from a READFUNCTION, and there may be more */
    bool form_read;           /* of a form that is translated: once is enough */
    curl_off_t body_expected; /* bytes that a READFUNCTION was said to give; -1: unknown */
    struct vespa_slice body;
    struct vespa_shared_bytes *body_held; /* where it is of COPYPOSTFIELDS */
    struct vespa_buffer collected;        /* what came from the application's READFUNCTION */
    size_t collected_read;                /* of it, when it goes to the origin */
    struct vespa_payload payload;
    struct vespa_request_reader form; /* of a form that is translated */
    char error[CURL_ERROR_SIZE];
};

/* Begins: the request that the record's options describe now. NULL: memory ran out. */
struct vespa_transfer *vespa_transfer_new(struct vespa_record *record);

/* Ends it in whatever state it is: everything is put back as the application had set it, and what
 * getinfo and the error buffer tell is that of its own request. result: that of the request. */
void vespa_transfer_finish(struct vespa_transfer *transfer, CURLcode result);

enum vespa_intake {
    VESPA_INTAKE_MORE,   /* a portion was read or scanned, there may be more */
    VESPA_INTAKE_PAUSED, /* the application's READFUNCTION paused */
    VESPA_INTAKE_LEG,    /* the handle is ready to be performed, and more is to be read then */
    VESPA_INTAKE_READY,  /* the exchange has begun */
    VESPA_INTAKE_FAILED  /* *result: the request ends with it */
};

/* Takes a portion of the request in: at most 64 KiB from the application's READFUNCTION, or 256 KiB
 * scanned. */
enum vespa_intake vespa_transfer_take_in(struct vespa_transfer *transfer, CURLcode *result);

/* Makes the exchange of the request that is under way, in place of the one that is over. False:
 * memory ran out. */
bool vespa_transfer_begin_exchange(struct vespa_transfer *transfer, uint64_t now_ms);

enum vespa_leg_begin {
    VESPA_LEG_BEGUN,  /* the handle is ready to be performed */
    VESPA_LEG_REFUSED /* it could not be made ready, which the exchange knows: ask it again */
};

/* Makes the handle ready for a SEND, REPLY or ORIGIN step; what the step points to stays as it is
 * until the leg has ended. */
enum vespa_leg_begin vespa_transfer_begin_leg(struct vespa_transfer *transfer,
                                              const struct vespa_step *step);

/* Makes the handle ready for a leg that cannot succeed, with which the request ends: getinfo would
 * otherwise tell of the transfer before (design.md §2.2). The request's result, and its message
 * where transfer->error has one, are decided. False: not even that can be had; the request has
 * ended. */
bool vespa_transfer_begin_end(struct vespa_transfer *transfer, CURLcode result);

/* The leg ended with *result. True: the request is over, and *result is its result; false: the
 * exchange knows, ask it again. */
bool vespa_transfer_end_leg(struct vespa_transfer *transfer, CURLcode *result);

/* After the last leg: gives back a part of a large body that was collected, for in one go that
 * takes milliseconds. False: what is left is small. */
bool vespa_transfer_shrink(struct vespa_transfer *transfer);

/* Microseconds since the application began. */
curl_off_t vespa_transfer_elapsed_us(const struct vespa_transfer *transfer);

/* What is left of the application's CURLOPT_TIMEOUT_MS, in milliseconds: at least 1 while there is
 * any, 0 when the time is up, -1 when it set none. */
long vespa_transfer_time_left(const struct vespa_transfer *transfer);

#endif
