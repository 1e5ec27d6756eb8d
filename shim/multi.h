/*
 * What the shim knows of one multi handle of the application: its callbacks, the routed requests in
 * it, the messages that wait for it. A multi handle that never carries a virtual host's request is
 * not in here, unless the application set one of those callbacks.
 *
 * Waits of all requests of a multi handle share one time: the application's own timer. Its
 * TIMERFUNCTION is told the earlier of libcurl's time and ours, and curl_multi_timeout, _wait and
 * _poll are shortened. That takes no descriptor and no connection slot, and works with every style
 * of driving.
 */
#ifndef VESPA_SHIM_MULTI_H
#define VESPA_SHIM_MULTI_H

#include "shim/flight.h"
#include "shim/messages.h"

/* Handles of our own that are kept for the next call to the autoscaler. */
#define VESPA_MULTI_SPARES 8

struct vespa_multi {
    CURLM *handle;
    const struct vespa_curl_api *api;

    /* The application's. */
    curl_multi_timer_callback timer;
    void *timer_data;
    curl_socket_callback socket;
    void *socket_data;
    long connection_limit; /* CURLMOPT_MAX_TOTAL_CONNECTIONS; 0: none */

    bool wrapped;  /* the real handle has our callbacks in place of them */
    unsigned busy; /* depth of hooks that run: the timer is set at the end of the outermost */

    struct vespa_flight *flights;
    struct vespa_flight *turn; /* whose turn is next; NULL: the first's */
    unsigned unfinished;       /* flights that are not over */
    unsigned running;          /* handles of flights in the real multi handle that have not ended */
    struct vespa_messages messages;

    uint64_t libcurl_due_ms; /* when libcurl wants to be called; VESPA_NEVER: not at all */
    uint64_t told_due_ms;    /* what the application's timer is set to */
    bool told;               /* it is set: it was told, and has not fired since */

    CURL *spares[VESPA_MULTI_SPARES];
    unsigned spare_count;
};

/* What is known of a multi handle; NULL: nothing. */
struct vespa_multi *vespa_multi_find(const CURLM *handle);

/* The same, made if there is nothing. NULL: memory ran out. */
struct vespa_multi *vespa_multi_make(CURLM *handle, const struct vespa_curl_api *api);

/* Before the real curl_multi_cleanup: ends all flights, and forgets the handle. */
void vespa_multi_end(struct vespa_multi *multi);

/* Forgets a handle that is gone already. */
void vespa_multi_forget(struct vespa_multi *multi);

/* Whether an option is one of the above. */
bool vespa_multi_tracks(CURLMoption id);

/* Remembers such an option, and forwards it as is fit. */
CURLMcode vespa_multi_setopt(struct vespa_multi *multi, CURLMoption id, void *object, long number);

/* Adds a routed request. */
CURLMcode vespa_multi_add(struct vespa_multi *multi, struct vespa_record *record);

/* Removes a handle, a routed request or not. */
CURLMcode vespa_multi_remove(struct vespa_multi *multi, CURL *easy, struct vespa_flight *flight);

/* Around every real call that may call back or change the timer. `fired`: the application's timer
 * has, and is not set any more. */
void vespa_multi_enter(struct vespa_multi *multi, bool fired);
void vespa_multi_leave(struct vespa_multi *multi);

/* After the real curl_multi_perform or _socket_action: acts on what has ended, and advances what is
 * due. *running, the real call's count, becomes that of the application's unfinished requests. */
void vespa_multi_turn(struct vespa_multi *multi, int *running);

/* The next message for the application; NULL: there is none. */
CURLMsg *vespa_multi_info(struct vespa_multi *multi, int *left);

/* The application's own handles, as curl_multi_get_handles gives them, from the list that the real
 * one gave. */
CURL **vespa_multi_own_handles(struct vespa_multi *multi, CURL **handles);

/* Milliseconds until a flight is due, rounded up, at most limit_ms. */
long vespa_multi_due_within(const struct vespa_multi *multi, long limit_ms);

/* ---- for flights ------------------------------------------------------------------------------
 */

/* Whether so few connections are allowed that one that is kept for the autoscaler would be in a
 * worker's way. */
bool vespa_multi_is_narrow(const struct vespa_multi *multi);

/* Into and out of the real multi handle. False: libcurl refused. */
bool vespa_multi_put_in(struct vespa_multi *multi, CURL *easy);
CURLMcode vespa_multi_take_out(struct vespa_multi *multi, CURL *easy);

/* A handle of our own for a call. NULL: memory ran out. */
CURL *vespa_multi_take_spare(struct vespa_multi *multi);
void vespa_multi_give_spare(struct vespa_multi *multi, CURL *easy);

/* A flight is over: its message waits for the application. */
void vespa_multi_concluded(struct vespa_multi *multi, struct vespa_flight *flight);

/* To be called around fork() as pthread_atfork does it. */
void vespa_multis_before_fork(void);
void vespa_multis_after_fork(void);

#endif
