/*
 * Kept-alive connections to the autoscaler: idle easy handles of our own, each with the connection
 * that it used last, shared by the threads of a process (design.md §2.8).
 *
 * A handle stays set up for the call that it made last, for the next one is nearly always the same.
 *
 * After fork() the child abandons what it inherited without a byte on the wire: it closes its
 * copies of the sockets and forgets the handles. A handle whose descriptor is no longer ours,
 * because the host closed all its descriptors and got the numbers back, is forgotten as well.
 */
#ifndef VESPA_CORE_POOL_H
#define VESPA_CORE_POOL_H

#include "core/call.h"
#include "core/fork_mark.h"

#include <pthread.h>
#include <sys/stat.h>

/* Idle connections kept; further ones are closed when they are given back. */
#define VESPA_POOL_IDLE 8

/* An easy handle and the connection that its last transfer left open. */
struct vespa_connection {
    CURL *easy;
    const struct vespa_curl_api *api; /* the libcurl that made it */
    struct vespa_caller caller;       /* of the call that uses it, or that used it last */
    uint64_t owner;                   /* generation of the process that made it */
    int socket;                       /* -1: none is known to be open */
    dev_t device;                     /* what fstat said of the socket after the transfer */
    ino_t inode;
};

struct vespa_pool {
    pthread_mutex_t making; /* while libcurl makes a handle: it has a lock of its own then, which a
                               fork must not leave held in the child */
    pthread_mutex_t lock;
    struct vespa_fork_mark mark;
    struct vespa_connection *idle[VESPA_POOL_IDLE];
    unsigned count;
};

void vespa_pool_init(struct vespa_pool *pool);

/* Closes all idle handles, and frees what the pool has. */
void vespa_pool_clear(struct vespa_pool *pool);

/* An idle handle of that libcurl, the one used last, or a new one. NULL: memory ran out. */
struct vespa_connection *vespa_pool_take(struct vespa_pool *pool, const struct vespa_curl_api *api);

/* Gives it back. It is closed where the pool is full or no connection stands: libcurl's handles
 * have descriptors of their own, and only by the socket can be seen that the host has closed them.
 */
void vespa_pool_give(struct vespa_pool *pool, struct vespa_connection *connection);

/* Forgets and closes the idle handles that a libcurl made: before it is unloaded. */
void vespa_pool_drop(struct vespa_pool *pool, const struct vespa_curl_api *api);

/* Sets the callback that closes the socket only where it is still ours, and marks the handle. */
CURLcode vespa_connection_watch(struct vespa_connection *connection);

/* Whether the handle, of that libcurl's, is one that was marked so. */
bool vespa_connection_is_behind(const struct vespa_curl_api *api, CURL *easy);

/* After a transfer: notes the socket that stays open. */
void vespa_connection_note(struct vespa_connection *connection);

/* To be called around fork() as pthread_atfork does it. */
void vespa_pool_before_fork(struct vespa_pool *pool);
void vespa_pool_after_fork(struct vespa_pool *pool);

#endif
