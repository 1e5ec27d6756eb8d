/*
 * CURLMOPT_NOTIFYFUNCTION (libcurl 8.17): libcurl tells the application that there are messages,
 * and which transfer is done. Ours are kept from it, and it is told when what it waits for has
 * come.
 */
#ifndef VESPA_SHIM_NOTICES_H
#define VESPA_SHIM_NOTICES_H

#include "shim/multi.h"

/* Whether an option is one of the callback's. */
bool vespa_notices_tracks(CURLMoption id);

/* Remembers such an option, once libcurl has accepted it. */
CURLMcode vespa_notices_setopt(struct vespa_multi *multi, CURLMoption id, void *object);

/* Puts our callback in place of the application's, and its own back. */
void vespa_notices_wrap(struct vespa_multi *multi);
void vespa_notices_unwrap(struct vespa_multi *multi);

/* After a turn: tells what has come in it. The application may add and remove handles meanwhile. */
void vespa_notices_tell(struct vespa_multi *multi);

#endif
