/*
 * One routed request in the application's multi handle: the event driver of an exchange (design.md
 * §2.5). It never blocks: what takes time is a transfer that the application's own loop drives, or
 * a time to wait for.
 *
 * A flight begins when the application adds its handle, and lasts until it removes it.
 */
#ifndef VESPA_SHIM_FLIGHT_H
#define VESPA_SHIM_FLIGHT_H

#include "core/call.h"
#include "core/schedule.h"
#include "shim/transfer.h"

struct vespa_multi;

enum vespa_flight_phase {
    VESPA_FLIGHT_ADDED,     /* nothing has happened yet; its options count when something does */
    VESPA_FLIGHT_TAKING_IN, /* the body is collected and scanned, in portions */
    VESPA_FLIGHT_DECIDING,  /* the exchange is to be asked for its next step */
    VESPA_FLIGHT_CALLING,   /* a handle of ours in the multi handle asks the autoscaler */
    VESPA_FLIGHT_WAITING,   /* nothing is to be done before wait_until_ms */
    VESPA_FLIGHT_ON_LEG,    /* the application's handle is in the real multi handle */
    VESPA_FLIGHT_CLEARING,  /* it has ended, and gives back what it held */
    VESPA_FLIGHT_OVER       /* the application has been, or will be, told */
};

/* Whether the application's notify callback is to be told that the request is done. */
enum vespa_notice {
    VESPA_NOTICE_NONE,
    VESPA_NOTICE_WANTED, /* libcurl told it of a leg */
    VESPA_NOTICE_OWED    /* the request is done */
};

/* A handle of our own that asks the autoscaler, one call after the other. */
struct vespa_asker {
    CURL *easy;
    struct vespa_caller caller;
};

struct vespa_flight {
    struct vespa_due due; /* when it is to be looked at again. 0: at once, and it takes no time */
    struct vespa_multi *multi;
    CURL *easy;                      /* the application's */
    struct vespa_record *record;     /* of easy */
    struct vespa_transfer *transfer; /* NULL before it has begun and when it is over */
    enum vespa_flight_phase phase;
    uint64_t added_us;
    uint64_t wait_until_ms;
    bool read_paused; /* TAKING_IN: until the application unpauses its READFUNCTION */
    bool added;       /* easy is in the real multi handle */

    struct vespa_asker *asker; /* CALLING: in the real multi handle */

    bool ended; /* what was in the real multi handle has: the leg, or the call */
    CURLcode ended_with;
    enum vespa_notice notice;

    struct vespa_flight *next;
    struct vespa_flight *previous;
};

/* Begins; nothing happens yet. NULL: memory ran out. */
struct vespa_flight *vespa_flight_new(struct vespa_multi *multi, struct vespa_record *record);

/* The flight of an entry in its multi handle's schedule. */
struct vespa_flight *vespa_flight_of_due(struct vespa_due *due);

/* Does one step of a flight that is due: at most a portion of the body, and nothing that blocks. */
void vespa_flight_step(struct vespa_flight *flight);

/* What it has in the real multi handle, the leg or the call, ended with that result. */
void vespa_flight_note_end(struct vespa_flight *flight, CURLcode result);

/* The application's timer callback refused: the request fails in whatever phase it is, with
 * CURLE_ABORTED_BY_CALLBACK. */
void vespa_flight_abort(struct vespa_flight *flight);

/* Ends it in whatever phase it is, and takes what it has in the real multi handle out of it.
 * Nothing of it fires later. */
CURLMcode vespa_flight_remove(struct vespa_flight *flight);

/* The flight of a handle of our own that asks the autoscaler; NULL: it is none. */
struct vespa_flight *vespa_flight_of_call(const CURL *call);

/* curl_easy_pause: holds for all that the application is still to see of the request, whatever
 * phase it is in. */
CURLcode vespa_flight_pause(struct vespa_flight *flight, int what);

/* To be called around fork() as pthread_atfork does it. */
void vespa_flights_before_fork(void);
void vespa_flights_after_fork(void);

#endif
