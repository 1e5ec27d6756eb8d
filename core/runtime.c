/* What the exchanges of a process share. */
#include "core/runtime.h"

#include "core/pace.h"
#include "core/retry_budget.h"
#include "core/root.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

struct vespa_runtime {
    struct vespa_config *config; /* owned */
    atomic_uint_fast64_t random; /* state of the generator; needs no lock */
    struct vespa_counts *counts; /* own_counts, or shared with other processes */
    struct vespa_counts own_counts;
    void (*keep_key)(const struct vespa_rule *rule, struct vespa_slice key); /* NULL: nobody */
    struct vespa_pool pool;
    struct vespa_spares spares[VESPA_SPARE_KINDS]; /* has its own lock; the two are never held
                                                      together but around fork */

    pthread_mutex_t lock;     /* for what follows */
    char **fetched_keys;      /* one for each rule; NULL: none was fetched */
    char *root;               /* PEM; once set it stays */
    struct vespa_pace *paces; /* one for each rule; those of one endpoint use the first rule's */
    struct vespa_retry_budget retries;
};

/* What is in the cache counts only if it is what it should be; else the root is fetched. */
static void take_cached_root(struct vespa_runtime *runtime)
{
    const struct vespa_config *config = runtime->config;
    char fingerprint[VESPA_FINGERPRINT_SIZE];
    struct vespa_slice pem;

    if (!config->cached_root)
        return;
    switch (vespa_root_check(vespa_slice_of(config->cached_root), config->root_sha256, &pem,
                             fingerprint)) {
    case VESPA_ROOT_KNOWN:
        runtime->root = vespa_slice_copy(pem);
        break;
    case VESPA_ROOT_UNKNOWN:
        vespa_log(&config->log, VESPA_LOG_WARN,
                  "the workers' root certificate in the cache is none of the known ones (SHA-256 "
                  "%s): it is fetched anew",
                  fingerprint);
        break;
    case VESPA_ROOT_MALFORMED:
    case VESPA_ROOT_NO_MEMORY:
        break;
    }
}

struct vespa_runtime *vespa_runtime_new(struct vespa_config *config, uint64_t seed)
{
    struct vespa_runtime *runtime = calloc(1, sizeof(*runtime));
    size_t rules = config->rule_count ? config->rule_count : 1;

    if (!runtime)
        return NULL;
    runtime->fetched_keys = calloc(rules, sizeof(*runtime->fetched_keys));
    runtime->paces = calloc(rules, sizeof(*runtime->paces));
    if (!runtime->fetched_keys || !runtime->paces ||
        pthread_mutex_init(&runtime->lock, NULL) != 0) {
        free((void *)runtime->fetched_keys);
        free(runtime->paces);
        free(runtime);
        return NULL;
    }
    runtime->config = config;
    vespa_pool_init(&runtime->pool);
    atomic_init(&runtime->random, seed);
    vespa_counts_init(&runtime->own_counts);
    runtime->counts = &runtime->own_counts;
    take_cached_root(runtime);
    for (size_t i = 0; i < config->rule_count; i++) {
        runtime->fetched_keys[i] = config->rules[i].cached_key;
        config->rules[i].cached_key = NULL;
    }
    return runtime;
}

static void free_secret(char *secret)
{
    if (secret)
        explicit_bzero(secret, strlen(secret));
    free(secret);
}

void vespa_runtime_free(struct vespa_runtime *runtime)
{
    if (!runtime)
        return;
    vespa_pool_clear(&runtime->pool);
    for (size_t i = 0; i < VESPA_SPARE_KINDS; i++)
        vespa_spares_clear(&runtime->spares[i]);
    for (size_t i = 0; i < runtime->config->rule_count; i++)
        free_secret(runtime->fetched_keys[i]);
    free((void *)runtime->fetched_keys);
    free(runtime->paces);
    free(runtime->root);
    pthread_mutex_destroy(&runtime->lock);
    vespa_config_free(runtime->config);
    free(runtime);
}

const struct vespa_config *vespa_runtime_config(const struct vespa_runtime *runtime)
{
    return runtime->config;
}

const struct vespa_log *vespa_runtime_log(const struct vespa_runtime *runtime)
{
    return &runtime->config->log;
}

struct vespa_pool *vespa_runtime_pool(struct vespa_runtime *runtime)
{
    return &runtime->pool;
}

struct vespa_spares *vespa_runtime_spares(struct vespa_runtime *runtime, enum vespa_spare_kind kind)
{
    return &runtime->spares[kind];
}

/* SplitMix64 (Steele, Lea, Flood 2014): the state only ever advances by a constant, so threads
 * share it by one atomic addition. */
#define RANDOM_STEP 0x9E3779B97F4A7C15U

uint32_t vespa_runtime_random(struct vespa_runtime *runtime, uint32_t limit)
{
    uint64_t x = atomic_fetch_add_explicit(&runtime->random, RANDOM_STEP, memory_order_relaxed) +
                 RANDOM_STEP;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
    x ^= x >> 31;
    return (uint32_t)(((x >> 32) * ((uint64_t)limit + 1)) >> 32);
}

/* The place of a rule's fetched key. Rules are those of the configuration, and of no other. */
static char **fetched_key(struct vespa_runtime *runtime, const struct vespa_rule *rule)
{
    return &runtime->fetched_keys[rule - runtime->config->rules];
}

char *vespa_runtime_endpoint_key(struct vespa_runtime *runtime, const struct vespa_rule *rule)
{
    if (rule->endpoint_key)
        return strdup(rule->endpoint_key);
    pthread_mutex_lock(&runtime->lock);
    const char *key = *fetched_key(runtime, rule);
    char *copy = key ? strdup(key) : NULL;
    pthread_mutex_unlock(&runtime->lock);
    return copy;
}

bool vespa_runtime_set_endpoint_key(struct vespa_runtime *runtime, const struct vespa_rule *rule,
                                    struct vespa_slice key)
{
    char *copy = key.data ? vespa_slice_copy(key) : NULL;

    if (key.data && !copy)
        return false;
    pthread_mutex_lock(&runtime->lock);
    char **place = fetched_key(runtime, rule);
    char *old = *place;
    *place = copy;
    pthread_mutex_unlock(&runtime->lock);
    free_secret(old);
    if (key.data && runtime->keep_key)
        runtime->keep_key(rule, key);
    return true;
}

void vespa_runtime_keep_keys(struct vespa_runtime *runtime,
                             void (*keep)(const struct vespa_rule *rule, struct vespa_slice key))
{
    runtime->keep_key = keep;
}

struct vespa_slice vespa_runtime_root(struct vespa_runtime *runtime)
{
    pthread_mutex_lock(&runtime->lock);
    const char *root = runtime->root;
    pthread_mutex_unlock(&runtime->lock);
    return vespa_slice_of(root);
}

/* The first one stays, for slices of it are in use: it was checked as this one was. */
bool vespa_runtime_set_root(struct vespa_runtime *runtime, struct vespa_slice pem)
{
    char *copy = vespa_slice_copy(pem);

    if (!copy)
        return false;
    pthread_mutex_lock(&runtime->lock);
    char *spare = runtime->root ? copy : NULL;
    if (!spare)
        runtime->root = copy;
    pthread_mutex_unlock(&runtime->lock);
    free(spare);
    return true;
}

static bool same_text(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

/* The pace of a rule's endpoint. */
static struct vespa_pace *pace_of(struct vespa_runtime *runtime, const struct vespa_rule *rule)
{
    const struct vespa_rule *first = runtime->config->rules;

    while (first != rule && !(same_text(first->endpoint, rule->endpoint) &&
                              same_text(first->autoscaler_url, rule->autoscaler_url)))
        first++;
    return &runtime->paces[first - runtime->config->rules];
}

uint32_t vespa_runtime_take_turn(struct vespa_runtime *runtime, const struct vespa_rule *rule,
                                 uint64_t now_ms, uint64_t *turn)
{
    struct vespa_pace *pace = pace_of(runtime, rule);

    pthread_mutex_lock(&runtime->lock);
    uint32_t wait = vespa_pace_take(pace, now_ms, turn);
    pthread_mutex_unlock(&runtime->lock);
    return wait;
}

void vespa_runtime_turn_passed(struct vespa_runtime *runtime, const struct vespa_rule *rule,
                               uint64_t turn, uint64_t until_ms)
{
    struct vespa_pace *pace = pace_of(runtime, rule);

    pthread_mutex_lock(&runtime->lock);
    vespa_pace_wait(pace, turn, until_ms);
    pthread_mutex_unlock(&runtime->lock);
}

unsigned vespa_runtime_turn_failed(struct vespa_runtime *runtime, const struct vespa_rule *rule)
{
    struct vespa_pace *pace = pace_of(runtime, rule);

    pthread_mutex_lock(&runtime->lock);
    vespa_pace_fail(pace);
    unsigned failed = pace->failed;
    pthread_mutex_unlock(&runtime->lock);
    return failed;
}

void vespa_runtime_autoscaler_answered(struct vespa_runtime *runtime, const struct vespa_rule *rule)
{
    struct vespa_pace *pace = pace_of(runtime, rule);

    pthread_mutex_lock(&runtime->lock);
    vespa_pace_answered(pace);
    pthread_mutex_unlock(&runtime->lock);
}

bool vespa_runtime_asking_is_hopeless(struct vespa_runtime *runtime, const struct vespa_rule *rule,
                                      uint64_t since_ms)
{
    struct vespa_pace *pace = pace_of(runtime, rule);

    pthread_mutex_lock(&runtime->lock);
    bool hopeless = vespa_pace_is_hopeless(pace, since_ms);
    pthread_mutex_unlock(&runtime->lock);
    return hopeless;
}

void vespa_runtime_worker_came(struct vespa_runtime *runtime, const struct vespa_rule *rule)
{
    struct vespa_pace *pace = pace_of(runtime, rule);

    pthread_mutex_lock(&runtime->lock);
    vespa_pace_answered(pace);
    vespa_pace_hurry(pace);
    pthread_mutex_unlock(&runtime->lock);
}

void vespa_runtime_request(struct vespa_runtime *runtime, uint64_t now_ms)
{
    vespa_runtime_count(runtime, VESPA_COUNT_REQUESTS);
    pthread_mutex_lock(&runtime->lock);
    vespa_retry_budget_request(&runtime->retries, now_ms);
    pthread_mutex_unlock(&runtime->lock);
}

bool vespa_runtime_take_retry(struct vespa_runtime *runtime, uint64_t now_ms)
{
    pthread_mutex_lock(&runtime->lock);
    bool taken = vespa_retry_budget_take(&runtime->retries, now_ms);
    pthread_mutex_unlock(&runtime->lock);
    return taken;
}

void vespa_runtime_count_in(struct vespa_runtime *runtime, struct vespa_counts *counts)
{
    runtime->counts = counts;
}

void vespa_runtime_count(struct vespa_runtime *runtime, enum vespa_counter counter)
{
    vespa_counts_add(runtime->counts, counter);
}

uint64_t vespa_runtime_counted(const struct vespa_runtime *runtime, enum vespa_counter counter)
{
    return vespa_counts_get(runtime->counts, counter);
}

void vespa_runtime_note_routing(struct vespa_runtime *runtime, uint64_t microseconds)
{
    vespa_counts_add_routing(runtime->counts, microseconds);
}

void vespa_runtime_before_fork(struct vespa_runtime *runtime)
{
    vespa_pool_before_fork(&runtime->pool);
    pthread_mutex_lock(&runtime->lock);
}

void vespa_runtime_after_fork(struct vespa_runtime *runtime)
{
    /* Parent and child would otherwise wait for the same random times. */
    atomic_fetch_xor_explicit(&runtime->random, (uint64_t)getpid() * RANDOM_STEP,
                              memory_order_relaxed);
    pthread_mutex_unlock(&runtime->lock);
    vespa_pool_after_fork(&runtime->pool);
}
