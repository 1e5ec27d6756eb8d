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
#define VESPA_MULTI_SPARES 64

/* curl_notify_callback, which is newer than our floor. */
typedef void (*vespa_notify_callback)(CURLM *, unsigned, CURL *, void *);

struct vespa_multi {
    CURLM *handle;
    const struct vespa_curl_api *api;

    /* The application's. */
    curl_multi_timer_callback timer;
    void *timer_data;
    curl_socket_callback socket;
    void *socket_data;
    vespa_notify_callback notify; /* shim/notices.h */
    void *notify_data;
    long connection_limit; /* CURLMOPT_MAX_TOTAL_CONNECTIONS; 0: none */

    bool wrapped;      /* the real handle has our callbacks in place of them */
    bool calling_back; /* outside of the real functions: what its callbacks call is refused */
    bool notifying;    /* its notify callback runs, which may add and remove */
    bool unannounced;  /* messages came since that callback was told of some */
    unsigned busy;     /* depth of hooks that run: the timer is set at the end of the outermost */

    struct vespa_flight *flights;
    unsigned flight_count;
    unsigned unfinished; /* flights that are not over */
    unsigned running;    /* handles of flights in the real multi handle that have not ended */
    curl_off_t put_in;   /* so often a flight's handle was added to the real multi handle */
    curl_off_t begun;    /* so many flights there were */
    struct vespa_schedule schedule;
    struct vespa_messages messages;

    CURL *messenger;       /* libcurl's, with which it says that there are messages; NULL: it never
                              did, for the application has not asked for that */
    unsigned notices_owed; /* flights of which it is to be told that they are done */
    int added_meanwhile;   /* handles that are not ours, by the notify callback */

    uint64_t libcurl_due_ms; /* when libcurl wants to be called; VESPA_NEVER: not at all */
    uint64_t told_due_ms;    /* what the application's timer is set to */

    struct vespa_asker *spares[VESPA_MULTI_SPARES]; /* owned */
    unsigned spare_count;
    bool aborted; /* its timer callback said -1: as with libcurl, all transfers in it fail */
    bool told;    /* the timer is set: it was told, and has not fired since */
};

/* What is known of a multi handle; NULL: nothing. */
struct vespa_multi *vespa_multi_find(const CURLM *handle);

/* The same, where something is routed in it or was; NULL, after one branch, as long as that is so
 * of none in the process. */
struct vespa_multi *vespa_multi_routed(const CURLM *handle);

/* Whether a handle is a routed request in some multi handle. */
bool vespa_multi_has(const CURL *easy);

/* The same as vespa_multi_find, made if there is nothing. NULL: memory ran out. */
struct vespa_multi *vespa_multi_make(CURLM *handle, const struct vespa_curl_api *api);

/* Before the real curl_multi_cleanup: ends all flights, and forgets the handle. */
void vespa_multi_end(struct vespa_multi *multi);

/* Forgets a handle that is gone already. */
void vespa_multi_forget(struct vespa_multi *multi);

/* Adds a routed request. */
CURLMcode vespa_multi_add(struct vespa_multi *multi, struct vespa_record *record);

/* Removes a handle, a routed request or not. */
CURLMcode vespa_multi_remove(struct vespa_multi *multi, CURL *easy);

/* After the real curl_multi_perform or _socket_action: acts on what has ended, and advances what is
 * due; for_socket: nothing that takes time, the timer's turn will come. Returns the number of the
 * application's unfinished requests, from the real call's count. */
int vespa_multi_turn(struct vespa_multi *multi, int running, bool for_socket);

/* The next message for the application; NULL: there is none. */
CURLMsg *vespa_multi_info(struct vespa_multi *multi, int *left);

/* A handle is gone without having been removed: no message tells of it any more. */
void vespa_multi_forget_message(struct vespa_record *record);

/* No message waits any more, and the room for them is freed. */
void vespa_multi_drop_messages(struct vespa_multi *multi);

/* Whether requests wait that libcurl knows nothing of. */
bool vespa_multi_has_waiting(const struct vespa_multi *multi);

/* Milliseconds until a flight is due, at most limit_ms; -1 is no limit. */
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
struct vespa_asker *vespa_multi_take_spare(struct vespa_multi *multi);
void vespa_multi_give_spare(struct vespa_multi *multi, struct vespa_asker *asker);

/* A flight is over: the application is told. */
void vespa_multi_concluded(struct vespa_multi *multi, struct vespa_flight *flight, CURLcode result);

/* To be called around fork() as pthread_atfork does it. */
void vespa_multis_before_fork(void);
void vespa_multis_after_fork(void);

#endif
