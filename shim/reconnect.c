/* Requests that libcurl would send again by itself. */
#include "shim/reconnect.h"

#include <sys/socket.h>

enum { PREREQ_ABORT = 1 }; /* CURL_PREREQFUNC_ABORT */

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
        !vespa_repeat_may_connect(&answer->repeat, transfer->api, transfer->record->easy))
        return CURL_SOCKET_BAD;
    return open_socket(transfer, purpose, address);
}

int vespa_reconnect_prereq(void *user, char *address, char *own_address, int port, int own_port)
{
    typedef int (*prereq_function)(void *, char *, char *, int, int);
    struct vespa_transfer *transfer = user;
    const struct vespa_values *values = &transfer->record->values;
    const struct vespa_value *own = vespa_values_find(values, VESPA_OPTION_PREREQFUNCTION);
    if (!transfer->answer.status && !vespa_repeat_may_send(&transfer->answer.repeat))
        return PREREQ_ABORT;
    if (!own || !own->argument.function)
        return 0;
    return ((prereq_function)own->argument.function)(
        vespa_values_object(values, VESPA_OPTION_PREREQDATA), address, own_address, port, own_port);
}
