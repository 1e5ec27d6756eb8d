/*
 * Clients: the configuration of one endpoint, and loops of the client's own in which blocking
 * requests are done. A loop is used by one request at a time and keeps its connections for the next
 * one.
 */
#ifndef VESPA_LIB_CLIENT_H
#define VESPA_LIB_CLIENT_H

#include "lib/engine.h"
#include "lib/vespa.h"

#include <pthread.h>
#include <sys/types.h>

/* Loops that wait to be used again; further ones are freed. */
#define VESPA_CLIENT_LOOPS 16

struct vespa_loop {
    CURLM *multi;
    struct vespa_engine *engine;
    pid_t owner; /* the process that made it: a child must leave its connections alone */
};

struct vespa_client {
    struct vespa_runtime *runtime;
    const struct vespa_rule *rule;
    pthread_mutex_t lock; /* for the loops; held for a few instructions */
    struct vespa_loop *loops[VESPA_CLIENT_LOOPS];
    unsigned loop_count;
};

/* vespa_client_new for a configuration that was read already. It is the client's when this
 * succeeds; else it was freed. is_named: an endpoint was named, which has the first rule
 * (core/config.h). */
enum vespa_error vespa_client_of(struct vespa_client **client, struct vespa_config *config,
                                 bool is_named, char message[VESPA_MESSAGE_SIZE]);

/* An idle loop, or a new one. NULL: memory ran out. */
struct vespa_loop *vespa_client_take_loop(struct vespa_client *client);

/* Gives it back. */
void vespa_client_give_loop(struct vespa_client *client, struct vespa_loop *loop);

#endif
