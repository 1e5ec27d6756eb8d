/* One client with a list of requests, without the shim and with it. */
#ifndef VESPA_TESTS_CLIENTS_COMPARISON_H
#define VESPA_TESTS_CLIENTS_COMPARISON_H

#include "tests/clients/client.h"
#include "tests/clients/model.h"
#include "tests/support/recorder.h"
#include "tests/support/sim_process.h"

/* Servers that all tests of a program share. */
struct vespa_comparison {
    struct vespa_model *model;
    struct vespa_sim_process *sim;   /* 3 workers with TLS that forward to the model */
    struct vespa_recorder *recorder; /* the ordinary server */
};

/* Where a request is aimed. */
enum vespa_aim {
    VESPA_OURS,     /* the virtual host; without the shim: the model */
    VESPA_OURS_TLS, /* the same, with https */
    VESPA_ORDINARY, /* the recorder, which keeps what it is sent */
    VESPA_DIRECT,   /* the model, with the shim too */
    VESPA_NOBODY,   /* a port that refuses connections */
};

struct vespa_aimed {
    enum vespa_aim aim;
    const char *path;
    const char *body; /* NULL: GET */
};

/* A word of a client's command line: "BUILD/…" becomes a path. The caller frees it. */
char *vespa_client_word(const char *text);

/* What a run came to; text is sorted by line unless the client does one thing after the other. */
struct vespa_run {
    int status;
    char *out;
    char *err;
    char *asked;    /* what the model was asked */
    char *recorded; /* what the ordinary server was sent */
};

struct vespa_run vespa_run_client(struct vespa_comparison *servers,
                                  const struct vespa_client *client,
                                  const struct vespa_aimed *requests, size_t count, bool shim);
void vespa_run_free(struct vespa_run *run);

/* Both runs, which must come to the same, and no violation of the protocol is on record. Returns
 * the simulator's statistics, which the caller frees. */
cJSON *vespa_compare(struct vespa_comparison *servers, const struct vespa_client *client,
                     const struct vespa_aimed *requests, size_t count);

#endif
