/* Requests that libcurl sends again by itself. */
#include "shim/reconnect.h"

#include "shim/process.h"

#include <sys/socket.h>

static curl_socket_t open_socket(const struct vespa_transfer *transfer, curlsocktype purpose,
                                 struct curl_sockaddr *address)
{
    const struct vespa_values *values = &transfer->record->values;
    const struct vespa_value *own = vespa_values_find(values, CURLOPT_OPENSOCKETFUNCTION);
    if (own && own->argument.function)
        return ((curl_opensocket_callback)own->argument.function)(
            vespa_values_object(values, CURLOPT_OPENSOCKETDATA), purpose, address);
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

curl_socket_t vespa_reconnect_open(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct vespa_transfer *transfer = user;
    struct vespa_answer *answer = &transfer->answer;
    if (!answer->status &&
        !vespa_resend_allow(&answer->resend, transfer->api, transfer->record->easy,
                            transfer->exchange, vespa_now_ms()))
        return CURL_SOCKET_BAD;
    return open_socket(transfer, purpose, address);
}
