/* A striped table from pointers to pointers. */
#include "shim/table.h"

#include <stdint.h>
#include <stdlib.h>

#define FIRST_CAPACITY 8

/* Fibonacci hashing: the top bits of the product depend on all bits of the pointer. */
static uint64_t hash(const void *key)
{
    return (uint64_t)(uintptr_t)key * 0x9E3779B97F4A7C15U;
}

static struct vespa_table_stripe *stripe_of(struct vespa_table *table, const void *key)
{
    return &table->stripes[hash(key) >> 58];
}

static size_t home(const struct vespa_table_stripe *stripe, const void *key)
{
    return (size_t)(hash(key) >> 20) & (stripe->capacity - 1);
}

/* The place that holds the key, or the free one where it would go; capacity is not 0. */
static size_t probe(const struct vespa_table_stripe *stripe, const void *key)
{
    size_t place = home(stripe, key);
    while (stripe->entries[place].key && stripe->entries[place].key != key)
        place = (place + 1) & (stripe->capacity - 1);
    return place;
}

static bool grow(struct vespa_table_stripe *stripe)
{
    struct vespa_table_stripe larger = {
        .capacity = stripe->capacity ? stripe->capacity * 2 : FIRST_CAPACITY,
    };
    larger.entries = calloc(larger.capacity, sizeof *larger.entries);
    if (!larger.entries)
        return false;
    for (size_t i = 0; i < stripe->capacity; i++)
        if (stripe->entries[i].key)
            larger.entries[probe(&larger, stripe->entries[i].key)] = stripe->entries[i];
    free(stripe->entries);
    stripe->entries = larger.entries;
    stripe->capacity = larger.capacity;
    return true;
}

/* Frees a place and moves up what had been pushed behind it. */
static void vacate(struct vespa_table_stripe *stripe, size_t place)
{
    size_t mask = stripe->capacity - 1;
    size_t hole = place;
    for (size_t next = (place + 1) & mask; stripe->entries[next].key; next = (next + 1) & mask) {
        size_t wanted = home(stripe, stripe->entries[next].key);
        if (((next - wanted) & mask) >= ((next - hole) & mask)) {
            stripe->entries[hole] = stripe->entries[next];
            hole = next;
        }
    }
    stripe->entries[hole] = (struct vespa_table_entry){0};
    stripe->count--;
}

void *vespa_table_find(struct vespa_table *table, const void *key)
{
    struct vespa_table_stripe *stripe = stripe_of(table, key);
    pthread_mutex_lock(&stripe->lock);
    void *value = stripe->capacity ? stripe->entries[probe(stripe, key)].value : NULL;
    pthread_mutex_unlock(&stripe->lock);
    return value;
}

bool vespa_table_put(struct vespa_table *table, const void *key, void *value)
{
    struct vespa_table_stripe *stripe = stripe_of(table, key);
    pthread_mutex_lock(&stripe->lock);
    bool room = (stripe->count + 1) * 4 <= stripe->capacity * 3 || grow(stripe);
    if (room) {
        stripe->entries[probe(stripe, key)] =
            (struct vespa_table_entry){.key = key, .value = value};
        stripe->count++;
    }
    pthread_mutex_unlock(&stripe->lock);
    return room;
}

void *vespa_table_take(struct vespa_table *table, const void *key)
{
    struct vespa_table_stripe *stripe = stripe_of(table, key);
    void *value = NULL;
    pthread_mutex_lock(&stripe->lock);
    if (stripe->capacity) {
        size_t place = probe(stripe, key);
        value = stripe->entries[place].value;
        if (value)
            vacate(stripe, place);
    }
    pthread_mutex_unlock(&stripe->lock);
    return value;
}

void vespa_table_before_fork(struct vespa_table *table)
{
    for (size_t i = 0; i < VESPA_TABLE_STRIPES; i++)
        pthread_mutex_lock(&table->stripes[i].lock);
}

void vespa_table_after_fork(struct vespa_table *table)
{
    for (size_t i = 0; i < VESPA_TABLE_STRIPES; i++)
        pthread_mutex_unlock(&table->stripes[i].lock);
}
