/*
 * One routed transfer: an exchange of the core, executed on the application's own easy handle.
 * Holds what all legs of it share; the driver (shim/perform.h) owns it.
 */
#ifndef VESPA_SHIM_TRANSFER_H
#define VESPA_SHIM_TRANSFER_H

#include "core/buffer.h"
#include "core/exchange.h"
#include "core/header_list.h"
#include "shim/canned.h"
#include "shim/record.h"

/* What of the answer has reached the application. */
enum vespa_answer_state {
    VESPA_ANSWER_HEAD,    /* no verdict yet: nothing has */
    VESPA_ANSWER_DELIVER, /* all that comes does */
    VESPA_ANSWER_DISCARD  /* nothing does */
};

/* The answer of one leg on its way to the application's callbacks (shim/answer.h). */
struct vespa_answer {
    enum vespa_answer_state state;
    struct vespa_buffer head; /* lines of the latest head, until the verdict */
    int status;               /* of the latest head; 0: none was seen */
    bool head_held;           /* a complete head that may be followed by another (407) */
    bool trusted;             /* an answer of our own: no verdict is asked, no line filtered */
    size_t delivered;         /* bytes of head.data that the application has had */
    bool line_in_body;        /* of the line at `delivered` the write callback has had its copy */
    size_t discarded;         /* body bytes read away */
    bool refused;             /* a callback of the application ended the transfer */
};

struct vespa_transfer {
    struct vespa_record *record;
    const struct vespa_curl_api *api; /* record->api */
    struct vespa_exchange *exchange;
    uint64_t started_us; /* when the application called perform */
    uint64_t leg_us;     /* when the current leg began */

    struct vespa_header_list headers; /* of the leg that runs */
    struct vespa_buffer joined;       /* the envelope in one piece */
    const struct vespa_send *send;    /* the envelope in segments, read by callback */
    uint64_t read_offset;
    int root_file; /* memfd of the workers' root; -1: none */
    struct vespa_answer answer;
    struct vespa_canned canned;
    struct vespa_buffer collected; /* body that came from the application's READFUNCTION */
    char error[CURL_ERROR_SIZE];
};

/* Microseconds since the application called perform. */
curl_off_t vespa_transfer_elapsed_us(const struct vespa_transfer *transfer);

/* What is left of the application's CURLOPT_TIMEOUT_MS, in milliseconds: at least 1 while there is
 * any, 0 when the time is up, -1 when it set none. */
long vespa_transfer_time_left(const struct vespa_transfer *transfer);

#endif
