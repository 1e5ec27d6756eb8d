/* C programs whose loop is a library's, driven through curl_multi_socket_action. */
#include "tests/clients/client.h"

#define LIBEVENT "BUILD/tests/clients/programs/libevent"
#define LIBUV    "BUILD/tests/clients/programs/libuv"

/* They are built where the library is. */
static const struct vespa_client clients[] = {
    {"libevent", {LIBEVENT}, {"test", "-x", LIBEVENT}, CLIENT_ALL},
    {"libuv", {LIBUV}, {"test", "-x", LIBUV}, CLIENT_ALL},
};

int main(void)
{
    return vespa_clients_run(clients, sizeof clients / sizeof *clients);
}
