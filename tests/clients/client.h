/*
 * Client programs as they are, compared with themselves: once against the model server without the
 * shim, once under the shim with `vespa sim` in between, whose workers forward to the same model
 * server. What they print must be the same, what the model was asked too, and requests that are not
 * ours must be the same bytes.
 *
 *     static const struct vespa_client clients[] = {
 *         {"php curl_multi", {"php", PROGRAMS "multi.php"}, {"php", "-r", "…"}, CLIENT_ALL},
 *     };
 *     int main(void)
 *     {
 *         return vespa_clients_run(clients, 1);
 *     }
 *
 * A client that is not installed has its tests skipped.
 */
#ifndef VESPA_TESTS_CLIENTS_CLIENT_H
#define VESPA_TESTS_CLIENTS_CLIENT_H

#include "tests/support/program.h"

#include <stdbool.h>
#include <stddef.h>

#define PROGRAMS "tests/clients/programs/"

/* What a client can do. */
enum {
    CLIENT_PARALLEL = 1,  /* has all requests under way at once */
    CLIENT_STREAMS = 2,   /* shows pieces as they come */
    CLIENT_BODIES = 4,    /* sends POST requests; without: each is a GET */
    CLIENT_OWN_PATHS = 8, /* knows no other paths than a repository's */
    CLIENT_ALL = CLIENT_PARALLEL | CLIENT_STREAMS | CLIENT_BODIES,
};

struct vespa_client {
    const char *name;
    /* Program and first arguments, then comes what programs/README.md says. "BUILD/…" is a product
     * of the build. */
    const char *argv[8];
    const char *probe[8]; /* a command that succeeds where the client is installed */
    unsigned can;
};

/* Runs every test with every client; what main returns. */
int vespa_clients_run(const struct vespa_client *clients, size_t count);

#endif
