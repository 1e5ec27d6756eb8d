/* The registry: a striped table from easy handles to records, open addressing, linear probing. */
#include "shim/registry.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#define STRIPES        64
#define FIRST_CAPACITY 8

struct stripe {
    pthread_mutex_t lock;
    struct vespa_record **slots; /* NULL: free */
    size_t capacity;             /* a power of two, or 0 */
    size_t count;                /* at most 3/4 of the capacity */
};

static struct stripe stripes[STRIPES] = {
    [0 ... STRIPES - 1] = {.lock = PTHREAD_MUTEX_INITIALIZER},
};

/* Fibonacci hashing: the top bits of the product depend on all bits of the pointer. */
static uint64_t hash(const CURL *easy)
{
    return (uint64_t)(uintptr_t)easy * 0x9E3779B97F4A7C15u;
}

static struct stripe *stripe_of(const CURL *easy)
{
    return &stripes[hash(easy) >> 58];
}

static size_t home(const struct stripe *stripe, const CURL *easy)
{
    return (size_t)(hash(easy) >> 20) & (stripe->capacity - 1);
}

/* The slot that holds the handle's record, or the free one where it would go; capacity is not 0. */
static size_t probe(const struct stripe *stripe, const CURL *easy)
{
    size_t slot = home(stripe, easy);
    while (stripe->slots[slot] && stripe->slots[slot]->easy != easy)
        slot = (slot + 1) & (stripe->capacity - 1);
    return slot;
}

static bool grow(struct stripe *stripe)
{
    struct stripe larger = {.capacity = stripe->capacity ? stripe->capacity * 2 : FIRST_CAPACITY};
    larger.slots = calloc(larger.capacity, sizeof *larger.slots);
    if (!larger.slots)
        return false;
    for (size_t i = 0; i < stripe->capacity; i++)
        if (stripe->slots[i])
            larger.slots[probe(&larger, stripe->slots[i]->easy)] = stripe->slots[i];
    free(stripe->slots);
    stripe->slots = larger.slots;
    stripe->capacity = larger.capacity;
    return true;
}

/* Empties a slot and moves up what had been pushed behind it. */
static void vacate(struct stripe *stripe, size_t slot)
{
    size_t mask = stripe->capacity - 1;
    size_t hole = slot;
    for (size_t next = (slot + 1) & mask; stripe->slots[next]; next = (next + 1) & mask) {
        size_t wanted = home(stripe, stripe->slots[next]->easy);
        if (((next - wanted) & mask) >= ((next - hole) & mask)) {
            stripe->slots[hole] = stripe->slots[next];
            hole = next;
        }
    }
    stripe->slots[hole] = NULL;
    stripe->count--;
}

struct vespa_record *vespa_registry_find(const CURL *easy)
{
    struct stripe *stripe = stripe_of(easy);
    pthread_mutex_lock(&stripe->lock);
    struct vespa_record *found = stripe->capacity ? stripe->slots[probe(stripe, easy)] : NULL;
    pthread_mutex_unlock(&stripe->lock);
    return found;
}

struct vespa_record *vespa_registry_make(CURL *easy, const struct vespa_curl_api *api)
{
    struct vespa_record *found = vespa_registry_find(easy);
    if (found)
        return found;
    struct vespa_record *made = vespa_record_new(easy, api);
    if (!made)
        return NULL;
    struct stripe *stripe = stripe_of(easy);
    pthread_mutex_lock(&stripe->lock);
    bool room = (stripe->count + 1) * 4 <= stripe->capacity * 3 || grow(stripe);
    if (room) {
        stripe->slots[probe(stripe, easy)] = made;
        stripe->count++;
    }
    pthread_mutex_unlock(&stripe->lock);
    if (room)
        return made;
    vespa_record_free(made);
    return NULL;
}

struct vespa_record *vespa_registry_take(const CURL *easy)
{
    struct stripe *stripe = stripe_of(easy);
    struct vespa_record *found = NULL;
    pthread_mutex_lock(&stripe->lock);
    if (stripe->capacity) {
        size_t slot = probe(stripe, easy);
        found = stripe->slots[slot];
        if (found)
            vacate(stripe, slot);
    }
    pthread_mutex_unlock(&stripe->lock);
    return found;
}

void vespa_registry_before_fork(void)
{
    for (size_t i = 0; i < STRIPES; i++)
        pthread_mutex_lock(&stripes[i].lock);
}

void vespa_registry_after_fork(void)
{
    for (size_t i = 0; i < STRIPES; i++)
        pthread_mutex_unlock(&stripes[i].lock);
}
