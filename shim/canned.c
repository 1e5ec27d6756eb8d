/* Answers and waits without a server. */
#include "shim/canned.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define DATAGRAM 1000

static bool queue(int from, struct vespa_slice answer)
{
    while (answer.length) {
        size_t part = answer.length < DATAGRAM ? answer.length : DATAGRAM;
        if (send(from, answer.data, part, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)part)
            return false;
        answer = vespa_slice_part(answer, part, answer.length);
    }
    return true;
}

/* Gives our end an abstract name of the kernel's choosing, and libcurl that name to connect to. */
static bool name_end(int end, struct curl_sockaddr *address)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    socklen_t length = sizeof name;
    if (bind(end, (struct sockaddr *)&name, sizeof name.sun_family) != 0 ||
        getsockname(end, (struct sockaddr *)&name, &length) != 0 || length > sizeof address->addr)
        return false;
    address->family = AF_UNIX;
    address->socktype = SOCK_DGRAM;
    address->protocol = 0;
    address->addrlen = length;
    memcpy(&address->addr, &name, length);
    return true;
}

curl_socket_t vespa_canned_open(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct vespa_canned *canned = user;
    int ends[2];
    (void)purpose;
    vespa_canned_close(canned);
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) != 0)
        return CURL_SOCKET_BAD;
    if (!name_end(ends[1], address) || !queue(ends[1], canned->answer)) {
        int cause = errno;
        close(ends[0]);
        close(ends[1]);
        errno = cause;
        return CURL_SOCKET_BAD;
    }
    canned->other_end = ends[1];
    return ends[0];
}

void vespa_canned_close(struct vespa_canned *canned)
{
    if (canned->other_end >= 0)
        close(canned->other_end);
    canned->other_end = -1;
}
