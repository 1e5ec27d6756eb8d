/* PHP, which opens its extensions with RTLD_DEEPBIND: easy, multi, Guzzle. */
#include "tests/clients/client.h"

#define HAS_CURL                                               \
    {                                                          \
        "php", "-r", "exit(extension_loaded('curl') ? 0 : 1);" \
    }
#define HAS_GUZZLE                                                                         \
    {                                                                                      \
        "php", "-r",                                                                       \
            "exit(extension_loaded('curl') && include 'GuzzleHttp/autoload.php' ? 0 : 1);" \
    }

static const struct vespa_client clients[] = {
    {"php curl_exec", {"php", PROGRAMS "easy.php"}, HAS_CURL, CLIENT_STREAMS | CLIENT_BODIES},
    {"php curl_multi", {"php", PROGRAMS "multi.php"}, HAS_CURL, CLIENT_ALL},
    {"guzzle settle", {"php", PROGRAMS "guzzle.php", "settle"}, HAS_GUZZLE, CLIENT_ALL},
    {"guzzle pool", {"php", PROGRAMS "guzzle.php", "pool"}, HAS_GUZZLE, CLIENT_ALL},
};

int main(void)
{
    return vespa_clients_run(clients, sizeof clients / sizeof *clients);
}
