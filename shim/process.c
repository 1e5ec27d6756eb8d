/* What the shim has once in a process. */
#include "shim/process.h"

#include "shim/multi.h"
#include "shim/real.h"
#include "shim/registry.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <time.h>
#include <unistd.h>

static struct vespa_runtime *_Atomic runtime; /* once made it stays */
static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool forks_are_watched;

/* In the order of the locks' nesting: those of the runtime are the innermost. */
static void before_fork(void)
{
    pthread_mutex_lock(&making);
    vespa_multis_before_fork();
    vespa_registry_before_fork();
    vespa_real_before_fork();
    if (runtime)
        vespa_runtime_before_fork(runtime);
}

static void after_fork(void)
{
    if (runtime)
        vespa_runtime_after_fork(runtime);
    vespa_real_after_fork();
    vespa_registry_after_fork();
    vespa_multis_after_fork();
    pthread_mutex_unlock(&making);
}

static void watch_forks(void)
{
    forks_are_watched = pthread_atfork(before_fork, after_fork, after_fork) == 0;
}

bool vespa_process_watches_forks(void)
{
    pthread_once(&once, watch_forks);
    return forks_are_watched;
}

static const char *variable(void *context, const char *name)
{
    (void)context;
    return getenv(name);
}

/* What is wrong with the whole file is the problem of each rule, and is told once. */
static void log_problems(const struct vespa_config *config)
{
    const char *told = "";
    for (size_t i = 0; i < config->rule_count; i++) {
        const char *problem = config->rules[i].problem;
        if (problem && strcmp(problem, told) != 0)
            vespa_log(&config->log, VESPA_LOG_ERROR, "configuration: %s", problem);
        told = problem ? problem : told;
    }
}

/* `vespa run --summary` is waiting for what this process counts. */
static void count_for_others(struct vespa_runtime *made)
{
    const char *file = getenv(VESPA_COUNTS_VARIABLE);
    struct vespa_counts *shared = file ? vespa_counts_open(file) : NULL;
    if (shared)
        vespa_runtime_count_in(made, shared);
}

static struct vespa_runtime *make(void)
{
    struct vespa_environment environment = {.get = variable};
    struct vespa_config *config = vespa_config_load(&environment);
    if (!config)
        return NULL;
    struct vespa_runtime *made =
        vespa_runtime_new(config, vespa_now_us() ^ ((uint64_t)getpid() << 32));
    if (!made) {
        vespa_config_free(config);
        return NULL;
    }
    count_for_others(made);
    log_problems(config);
    return made;
}

/* Asked at every call, and getauxval searches a list. */
bool vespa_process_is_inert(void)
{
    enum { UNKNOWN, ACTIVE, INERT };
    static _Atomic int known = UNKNOWN;
    if (known == UNKNOWN)
        known = getauxval(AT_SECURE) ? INERT : ACTIVE;
    return known == INERT;
}

/* Where memory ran out the next hook tries again: a process that stayed without a runtime would
 * send what is meant for a worker to where it was aimed. */
struct vespa_runtime *vespa_process_runtime(void)
{
    if (runtime || vespa_process_is_inert())
        return runtime;
    if (!vespa_process_watches_forks())
        return NULL;
    pthread_mutex_lock(&making);
    if (!runtime)
        runtime = make();
    pthread_mutex_unlock(&making);
    return runtime;
}

const struct vespa_log *vespa_process_log(void)
{
    struct vespa_runtime *current = vespa_process_runtime();
    return current ? vespa_runtime_log(current) : NULL;
}

uint64_t vespa_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t vespa_now_ms(void)
{
    return vespa_now_us() / 1000;
}
