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
#include "shim/transfer.h"

#define VESPA_NEVER UINT64_MAX

struct vespa_multi;

enum vespa_flight_phase {
    VESPA_FLIGHT_TAKING_IN, /* the body is collected and scanned, in portions */
    VESPA_FLIGHT_DECIDING,  /* the exchange is to be asked for its next step */
    VESPA_FLIGHT_CALLING,   /* a handle of ours in the multi handle asks the autoscaler */
    VESPA_FLIGHT_WAITING,   /* nothing is to be done before wait_until_ms */
    VESPA_FLIGHT_ON_LEG,    /* the application's handle is in the real multi handle */
    VESPA_FLIGHT_OVER       /* the application has been, or will be, told */
};

struct vespa_flight {
    struct vespa_multi *multi;
    CURL *easy;                      /* the application's */
    struct vespa_record *record;     /* of easy */
    struct vespa_transfer *transfer; /* NULL when it is over */
    enum vespa_flight_phase phase;
    uint64_t due_ms; /* when it is to be looked at again; VESPA_NEVER: when something happens */
    uint64_t wait_until_ms;
    bool added; /* easy is in the real multi handle */

    CURL *call; /* CALLING: ours, in the real multi handle */
    struct vespa_caller caller;

    bool ended; /* what was in the real multi handle has: the leg, or the call */
    CURLcode ended_with;

    CURLMsg message; /* for the application, when it is over */
    struct vespa_flight *next;
    struct vespa_flight *previous;
};

/* Begins; nothing happens yet. NULL: memory ran out. */
struct vespa_flight *vespa_flight_new(struct vespa_multi *multi, struct vespa_record *record);

/* Does one step, if one is due: at most a portion of the body, and nothing that blocks. False:
 * there was nothing to be done. */
bool vespa_flight_step(struct vespa_flight *flight);

/* Ends it in whatever phase it is, and takes what it has in the real multi handle out of it.
 * Nothing of it fires later. */
CURLMcode vespa_flight_remove(struct vespa_flight *flight);

/* The flight of a handle of our own that asks the autoscaler; NULL: it is none. */
struct vespa_flight *vespa_flight_of_call(const CURL *call);

/* The application unpaused its handle: a READFUNCTION that had paused is asked again. */
void vespa_flight_unpause(struct vespa_flight *flight);

/* To be called around fork() as pthread_atfork does it. */
void vespa_flights_before_fork(void);
void vespa_flights_after_fork(void);

#endif
