/*
 * A table from pointers to pointers that many threads use at once: striped locks, open addressing,
 * linear probing. What it holds is not locked: handles are used by one thread at a time
 * (libcurl-thread(3)).
 */
#ifndef VESPA_SHIM_TABLE_H
#define VESPA_SHIM_TABLE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#define VESPA_TABLE_STRIPES 64

struct vespa_table_entry {
    const void *key; /* NULL: free */
    void *value;
};

struct vespa_table_stripe {
    pthread_mutex_t lock;
    struct vespa_table_entry *entries;
    size_t capacity; /* a power of two, or 0 */
    size_t count;    /* at most 3/4 of the capacity */
};

struct vespa_table {
    struct vespa_table_stripe stripes[VESPA_TABLE_STRIPES];
};

/* For a table of static storage; it needs no other set-up. */
#define VESPA_TABLE_INITIALIZER                                                    \
    {                                                                              \
        .stripes = {                                                               \
            [0 ... VESPA_TABLE_STRIPES - 1] = {.lock = PTHREAD_MUTEX_INITIALIZER}, \
        }                                                                          \
    }

/* The value of a key; NULL: there is none. */
void *vespa_table_find(struct vespa_table *table, const void *key);

/* Gives a key, which is not NULL and has no value yet, a value. False: memory ran out. */
bool vespa_table_put(struct vespa_table *table, const void *key, void *value);

/* Takes a key out. Returns its value; NULL: there was none. */
void *vespa_table_take(struct vespa_table *table, const void *key);

/* To be called around fork() as pthread_atfork does it. */
void vespa_table_before_fork(struct vespa_table *table);
void vespa_table_after_fork(struct vespa_table *table);

#endif
