/*
 * One program twice, with and without the shim, and what servers and the program saw of it. With
 * the shim it does routed transfers in between; apart from these, nothing may differ.
 *
 *     comparison_check(c, "CUSTOMREQUEST", ACTIONS("CUSTOMREQUEST=TELL", "routed", "look"));
 *
 * Actions are those of tests/preload/programs/easy.c, and these words:
 *
 *     routed           a request to a worker that answers what it received; must succeed
 *     routed:PATH      the same for another path of the worker
 *     attempt:PATH     the same, which may fail
 *     canned           a request that the shim answers itself
 *     retried          a routed request whose first worker answers 503
 *     look             ordinary requests in which most options show
 *     upload           an ordinary upload
 *     redirect         a redirect after REFERER=NULL, for what an earlier redirect has put into
 *                      Referer is sent until REFERER is set
 *     visit:PATH       one ordinary request to the recording server
 *     visit:http://…   the same elsewhere
 *     inside:EVENT:NAME=VALUE   setopt in a callback of the routed transfer that follows; without
 *                      the shim, at once
 *
 * In all of them %P is the recording server's port, %W that of worker 0, %D a directory.
 */
#ifndef VESPA_TESTS_PRELOAD_COMPARISON_H
#define VESPA_TESTS_PRELOAD_COMPARISON_H

#include "tests/support/preload.h"
#include "tests/support/recording_server.h"

#include <stdbool.h>

/* No secret of a test is without this word. */
#define MARKER "marker"

struct comparison {
    struct vespa_sim_process *sim;
    struct recording_server *server;
    char directory[64]; /* $HOME of the programs, with a .netrc */
};

struct comparison *comparison_new(void);
void comparison_free(struct comparison *comparison);

#define ACTIONS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Runs the actions both ways. Fails the test where the two differ outside of routed transfers,
 * where a routed transfer failed, or where anything with the marker reached the simulator. */
void comparison_check(struct comparison *comparison, const char *name, const char *const *actions);

/* What the recording server saw and the program printed without the shim: to be freed. */
char *comparison_plain(struct comparison *comparison, const char *const *actions);

#endif
