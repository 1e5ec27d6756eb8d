/* Requests that libcurl sends again by itself (core/send.h, struct vespa_resend). */
#ifndef VESPA_SHIM_RECONNECT_H
#define VESPA_SHIM_RECONNECT_H

#include "shim/transfer.h"

/* For CURLOPT_OPENSOCKETFUNCTION on the leg to a worker, with the transfer as user data: tells the
 * exchange of it, and opens the socket as the application's own callback or libcurl does.
 * CURL_SOCKET_BAD where the exchange allows no further attempt; then
 * transfer->answer.resend.refused. */
curl_socket_t vespa_reconnect_open(void *transfer, curlsocktype purpose,
                                   struct curl_sockaddr *address);

#endif
