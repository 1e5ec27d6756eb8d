/*
 * The TIMERFUNCTION and the SOCKETFUNCTION of a multi handle: ours are in place of the
 * application's from its first routed request on. Its timer is told the earlier of libcurl's time
 * and ours.
 */
#ifndef VESPA_SHIM_MULTI_CALLBACKS_H
#define VESPA_SHIM_MULTI_CALLBACKS_H

#include "shim/multi.h"

/* Puts our callbacks in place of the application's, and its own back, but for the timer's. */
CURLMcode vespa_multi_wrap(struct vespa_multi *multi);
void vespa_multi_unwrap(struct vespa_multi *multi);

/* Whether an option is a callback, or another that struct vespa_multi remembers. */
bool vespa_multi_tracks(CURLMoption id);

/* Remembers such an option, and forwards it as is fit. */
CURLMcode vespa_multi_setopt(struct vespa_multi *multi, CURLMoption id, void *object, long number);

/* Around every real call that may call back or change the timer. An error: the application's timer
 * callback has just refused. */
void vespa_multi_enter(struct vespa_multi *multi);
CURLMcode vespa_multi_leave(struct vespa_multi *multi);

/* Before the real call: the application's timer has fired, or may have. by_libcurl: it is going to
 * be told so by that call, and says anew when it wants to be called. */
void vespa_multi_fired(struct vespa_multi *multi, bool by_libcurl);

#endif
