/* Requests that libcurl would send again by itself (core/send.h, struct vespa_repeat). */
#ifndef VESPA_SHIM_RECONNECT_H
#define VESPA_SHIM_RECONNECT_H

#include "shim/transfer.h"

/* For CURLOPT_OPENSOCKETFUNCTION on the leg to a worker, with the transfer as user data: opens the
 * socket as the application's own callback or libcurl does. CURL_SOCKET_BAD, and
 * transfer->answer.repeat.refused, where the request would go out once more. */
curl_socket_t vespa_reconnect_open(void *transfer, curlsocktype purpose,
                                   struct curl_sockaddr *address);

/* For CURLOPT_PREREQFUNCTION, likewise: asks the application's own. 1, to abort, where the request
 * would go out once more. */
int vespa_reconnect_prereq(void *transfer, char *address, char *own_address, int port,
                           int own_port);

#endif
