/*
 * Answers and waits without a server (design.md §2.6): a socket for libcurl that comes from us. An
 * AF_UNIX datagram pair, the answer queued on the end that libcurl gets; libcurl's own connect()
 * goes to the other end, which nobody else can send through.
 */
#ifndef VESPA_SHIM_CANNED_H
#define VESPA_SHIM_CANNED_H

#include "core/curl_api.h"
#include "core/slice.h"

/* What fits: about ten datagrams of at most 1,000 bytes (CURLOPT_BUFFERSIZE may be 1,024). */
#define VESPA_CANNED_LIMIT 8192

struct vespa_canned {
    struct vespa_slice answer; /* borrowed; empty: a socket that never answers */
    int other_end;             /* -1: no socket is open */
};

/* For CURLOPT_OPENSOCKETFUNCTION, with a struct vespa_canned as CURLOPT_OPENSOCKETDATA: opens the
 * pair, queues the answer and rewrites the address. CURL_SOCKET_BAD when no socket can be had. */
curl_socket_t vespa_canned_open(void *canned, curlsocktype purpose, struct curl_sockaddr *address);

/* Closes our end, after the transfer. */
void vespa_canned_close(struct vespa_canned *canned);

#endif
