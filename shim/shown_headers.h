/*
 * curl_easy_header and curl_easy_nextheader (7.83): libcurl keeps the headers of the last answer as
 * they came from the worker. The application is shown those that its header callback is given.
 */
#ifndef VESPA_SHIM_SHOWN_HEADERS_H
#define VESPA_SHIM_SHOWN_HEADERS_H

#include "core/slice.h"
#include "shim/record.h"

/* Of CURLHcode (curl/header.h). */
enum {
    VESPA_HEADER_OK = 0,
    VESPA_HEADER_BAD_INDEX = 1,
    VESPA_HEADER_MISSING = 2,
    VESPA_HEADER_NOT_BUILT_IN = 7
};

/* Before a transfer: what comes is filtered, for it is a worker's answer, or shown as it is. */
void vespa_shown_headers_begin(struct vespa_shown_headers *shown, bool filtered);

/* In place of a line of the answer the application was given that text; empty: nothing. */
void vespa_shown_headers_replace(struct vespa_shown_headers *shown, struct vespa_slice line,
                                 struct vespa_slice text);

/* Those functions for a handle whose last answer is filtered, with a libcurl that has them. */
int vespa_shown_header(struct vespa_record *record, const char *name, size_t index, unsigned from,
                       int request, struct vespa_curl_header **header);
struct vespa_curl_header *vespa_shown_next_header(struct vespa_record *record, unsigned from,
                                                  int request, struct vespa_curl_header *previous);

#endif
