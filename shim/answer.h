/*
 * The answer on its way to the application (design.md §2.4): libcurl's header and write callbacks
 * go through here. Until the verdict nothing reaches the application; then head and body do, as
 * they come, through the callbacks that it set.
 */
#ifndef VESPA_SHIM_ANSWER_H
#define VESPA_SHIM_ANSWER_H

#include "shim/transfer.h"

/* Begins the answer of a leg. trusted: it is one of our own. */
void vespa_answer_begin(struct vespa_answer *answer, bool trusted);

/* For CURLOPT_HEADERFUNCTION and CURLOPT_WRITEFUNCTION, with the transfer as user data. */
size_t vespa_answer_header(char *bytes, size_t size, size_t count, void *transfer);
size_t vespa_answer_body(char *bytes, size_t size, size_t count, void *transfer);

/* The leg ended with *result. A head that was held back gets its verdict, and the result is the one
 * that the application is to see of this answer. */
void vespa_answer_settle(struct vespa_transfer *transfer, CURLcode *result);

#endif
