/* Python: pycurl, which has libcurl's GnuTLS flavour on Debian, and Tornado on top of it. */
#include "tests/clients/client.h"

/* The packages serve the system's interpreter, which need not be the first in PATH. */
#define PYTHON "/usr/bin/python3"
#define HAS_PYCURL                    \
    {                                 \
        PYTHON, "-c", "import pycurl" \
    }
#define HAS_TORNADO                                    \
    {                                                  \
        PYTHON, "-c", "import tornado.curl_httpclient" \
    }

static const struct vespa_client clients[] = {
    {"pycurl perform",
     {PYTHON, "-B", PROGRAMS "pycurl_easy.py"},
     HAS_PYCURL,
     CLIENT_STREAMS | CLIENT_BODIES},
    {"pycurl select", {PYTHON, "-B", PROGRAMS "pycurl_select.py"}, HAS_PYCURL, CLIENT_ALL},
    {"pycurl socket_action", {PYTHON, "-B", PROGRAMS "pycurl_socket.py"}, HAS_PYCURL, CLIENT_ALL},
    {"tornado", {PYTHON, "-B", PROGRAMS "tornado_client.py"}, HAS_TORNADO, CLIENT_ALL},
};

int main(void)
{
    return vespa_clients_run(clients, sizeof clients / sizeof *clients);
}
