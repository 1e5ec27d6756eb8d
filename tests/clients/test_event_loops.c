/* C programs whose loop is a library's, driven through curl_multi_socket_action. */
#include "tests/clients/client.h"

/* They are built where the library is. */
#define IS_BUILT     \
    {                \
        "test", "-x" \
    }

static const struct vespa_client clients[] = {
    {"libevent", {"BUILD/tests/clients/programs/libevent"}, IS_BUILT, CLIENT_ALL},
    {"libuv", {"BUILD/tests/clients/programs/libuv"}, IS_BUILT, CLIENT_ALL},
};

int main(void)
{
    return vespa_clients_run(clients, sizeof clients / sizeof *clients);
}
