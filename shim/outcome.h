/*
 * What curl_easy_getinfo tells after a routed transfer (design.md §2.2): URL, scheme, method and
 * redirect are those of the application's own request, the total time covers routing, all the rest
 * is the worker leg's.
 */
#ifndef VESPA_SHIM_OUTCOME_H
#define VESPA_SHIM_OUTCOME_H

#include "shim/record.h"

/* Begins a routed transfer: what getinfo tells of it already while it runs. */
void vespa_outcome_begin(struct vespa_record *record);

/* Forgets it: getinfo is libcurl's again. */
void vespa_outcome_clear(struct vespa_outcome *outcome);

/* The next transfer is not a routed one: what getinfo and the header functions tell is libcurl's
 * again. */
void vespa_outcome_leave(struct vespa_record *record);

/* The redirect that the application saw. */
void vespa_outcome_redirect(struct vespa_outcome *outcome, struct vespa_slice location);

/* The URL to which that redirect leads. To be freed by the caller; NULL: memory ran out, or it
 * leads to none. */
char *vespa_outcome_redirect_url(struct vespa_record *record);

/* That redirect is followed, by a request for this URL with that method. False: memory ran out. */
bool vespa_outcome_follow(struct vespa_transfer *transfer, const char *url, const char *method);

/* Answers one getinfo call. False: the shim has no part in it, the real one is to be asked. */
bool vespa_outcome_info(struct vespa_record *record, CURLINFO info, void *to, CURLcode *result);

#endif
