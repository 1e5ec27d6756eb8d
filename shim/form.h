/*
 * A form of libcurl's making (CURLOPT_MIMEPOST, CURLOPT_HTTPPOST), had as bytes where its rule
 * translates it: libcurl itself writes the request on a socket of ours, and it is read back from
 * the other end. No function of libcurl gives a form's bytes away, and its parts may be files,
 * callbacks and forms themselves.
 */
#ifndef VESPA_SHIM_FORM_H
#define VESPA_SHIM_FORM_H

#include "shim/transfer.h"

/* Makes the handle ready for the leg that writes the form. */
CURLcode vespa_form_begin(struct vespa_transfer *transfer);

/* The leg ended with *result. True: the form is in transfer->collected, or more of it than workers
 * take, and the handle is as the application had set it. False: the request ends with *result,
 * which is what libcurl says of a form that it cannot send. */
bool vespa_form_end(struct vespa_transfer *transfer, CURLcode *result);

#endif
