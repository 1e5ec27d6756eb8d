/*
 * libcurl sends a request again by itself, on a new connection, when a kept-alive one that it had
 * sent it on was closed before a byte of the answer (findings.md §2). Nothing tells of it but that
 * a socket is opened when something was sent already.
 */
#ifndef VESPA_SHIM_RECONNECT_H
#define VESPA_SHIM_RECONNECT_H

#include "shim/transfer.h"

/* For CURLOPT_OPENSOCKETFUNCTION on the leg to a worker, with the transfer as user data: tells the
 * exchange of it, and opens the socket as the application's own callback or libcurl does.
 * CURL_SOCKET_BAD where the exchange allows no further attempt; then transfer->answer.abandoned. */
curl_socket_t vespa_reconnect_open(void *transfer, curlsocktype purpose,
                                   struct curl_sockaddr *address);

#endif
