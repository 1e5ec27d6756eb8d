/* Kept-alive connections to the autoscaler. */
#include "core/pool.h"

#include <stdlib.h>
#include <unistd.h>

/* Whether the descriptor is still the socket that we opened (design.md §2.8). */
static bool is_our_socket(const struct vespa_connection *connection)
{
    struct stat now;
    return connection->socket >= 0 && fstat(connection->socket, &now) == 0 &&
           now.st_dev == connection->device && now.st_ino == connection->inode;
}

/* A descriptor that we know to be somebody else's by now is left alone. */
static int close_socket(void *user, curl_socket_t descriptor)
{
    struct vespa_connection *connection = user;
    if (descriptor != connection->socket)
        return close(descriptor);
    bool ours = is_our_socket(connection);
    connection->socket = -1;
    return ours ? close(descriptor) : 0;
}

/* CURLOPT_PRIVATE of our handles. */
static char of_ours[] = "vespa";

CURLcode vespa_connection_watch(struct vespa_connection *connection)
{
    CURLcode (*setopt)(CURL *, CURLoption, ...) = connection->api->easy_setopt;
    CURLcode result = setopt(connection->easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    if (!result)
        result = setopt(connection->easy, CURLOPT_CLOSESOCKETDATA, connection);
    return result ? result : setopt(connection->easy, CURLOPT_PRIVATE, of_ours);
}

bool vespa_connection_is_behind(const struct vespa_curl_api *api, CURL *easy)
{
    char *private = NULL;
    return api->easy_getinfo(easy, CURLINFO_PRIVATE, &private) == CURLE_OK && private == of_ours;
}

void vespa_connection_note(struct vespa_connection *connection)
{
    curl_socket_t socket = CURL_SOCKET_BAD;
    struct stat opened;
    long made = 0;
    connection->api->easy_getinfo(connection->easy, CURLINFO_ACTIVESOCKET, &socket);
    connection->api->easy_getinfo(connection->easy, CURLINFO_NUM_CONNECTS, &made);
    if (socket != CURL_SOCKET_BAD && socket == connection->socket && made == 0)
        return; /* the one that was looked at when it was taken */
    connection->socket = -1;
    if (socket == CURL_SOCKET_BAD || fstat(socket, &opened) != 0)
        return;
    connection->socket = socket;
    connection->device = opened.st_dev;
    connection->inode = opened.st_ino;
}

/* The handle stays set up to the last: saying goodbye it treats SIGPIPE as the host wants it. */
static void destroy(struct vespa_connection *connection)
{
    connection->api->easy_cleanup(connection->easy);
    vespa_caller_abandon(&connection->caller);
    free(connection);
}

/* Without a byte on the wire: the handle is not cleaned up, for that would say goodbye on a TLS
 * session that the parent still uses; only our copy of the descriptor goes. */
static void abandon(struct vespa_connection *connection)
{
    if (is_our_socket(connection))
        close(connection->socket);
    vespa_caller_abandon(&connection->caller);
    free(connection);
}

/* Under the lock. Forgets the handles that another process made: the one that forked this. */
static void disown(struct vespa_pool *pool)
{
    uint64_t self = vespa_fork_mark_generation(&pool->mark);
    unsigned kept = 0;
    for (unsigned i = 0; i < pool->count; i++) {
        if (pool->idle[i]->owner == self)
            pool->idle[kept++] = pool->idle[i];
        else
            abandon(pool->idle[i]);
    }
    pool->count = kept;
}

void vespa_pool_init(struct vespa_pool *pool)
{
    *pool = (struct vespa_pool){0};
    pthread_mutex_init(&pool->making, NULL);
    pthread_mutex_init(&pool->lock, NULL);
    vespa_fork_mark_init(&pool->mark);
}

void vespa_pool_clear(struct vespa_pool *pool)
{
    vespa_pool_drop(pool, NULL);
    vespa_fork_mark_clear(&pool->mark);
}

static struct vespa_connection *connection_new(struct vespa_pool *pool,
                                               const struct vespa_curl_api *api, uint64_t owner)
{
    struct vespa_connection *connection = calloc(1, sizeof *connection);
    if (!connection)
        return NULL;
    connection->api = api;
    connection->socket = -1;
    connection->owner = owner;
    pthread_mutex_lock(&pool->making);
    connection->easy = api->easy_init();
    pthread_mutex_unlock(&pool->making);
    if (!connection->easy) {
        free(connection);
        return NULL;
    }
    return connection;
}

/* Under the lock: takes out the handle of this libcurl that was used last. */
static struct vespa_connection *take_idle(struct vespa_pool *pool, const struct vespa_curl_api *api)
{
    for (unsigned i = pool->count; i-- > 0;) {
        struct vespa_connection *found = pool->idle[i];
        if (found->api != api)
            continue;
        pool->count--;
        for (unsigned k = i; k < pool->count; k++)
            pool->idle[k] = pool->idle[k + 1];
        return found;
    }
    return NULL;
}

struct vespa_connection *vespa_pool_take(struct vespa_pool *pool, const struct vespa_curl_api *api)
{
    struct vespa_connection *found;
    pthread_mutex_lock(&pool->lock);
    disown(pool);
    uint64_t owner = vespa_fork_mark_generation(&pool->mark);
    while ((found = take_idle(pool, api)) != NULL && !is_our_socket(found))
        abandon(found);
    pthread_mutex_unlock(&pool->lock);
    return found ? found : connection_new(pool, api, owner);
}

void vespa_pool_give(struct vespa_pool *pool, struct vespa_connection *connection)
{
    bool kept = false;
    pthread_mutex_lock(&pool->lock);
    disown(pool);
    /* a callback of the host may have forked */
    bool ours = connection->owner == vespa_fork_mark_generation(&pool->mark);
    if (ours && connection->socket >= 0 && pool->count < VESPA_POOL_IDLE) {
        pool->idle[pool->count++] = connection;
        kept = true;
    }
    pthread_mutex_unlock(&pool->lock);
    if (!ours)
        abandon(connection);
    else if (!kept)
        destroy(connection);
}

void vespa_pool_drop(struct vespa_pool *pool, const struct vespa_curl_api *api)
{
    struct vespa_connection *dropped[VESPA_POOL_IDLE];
    unsigned dropped_count = 0, kept = 0;
    pthread_mutex_lock(&pool->lock);
    disown(pool);
    for (unsigned i = 0; i < pool->count; i++) {
        if (api && pool->idle[i]->api != api)
            pool->idle[kept++] = pool->idle[i];
        else
            dropped[dropped_count++] = pool->idle[i];
    }
    pool->count = kept;
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < dropped_count; i++) {
        if (is_our_socket(dropped[i]))
            destroy(dropped[i]);
        else
            abandon(dropped[i]);
    }
}

void vespa_pool_before_fork(struct vespa_pool *pool)
{
    pthread_mutex_lock(&pool->making);
    pthread_mutex_lock(&pool->lock);
}

void vespa_pool_after_fork(struct vespa_pool *pool)
{
    pthread_mutex_unlock(&pool->lock);
    pthread_mutex_unlock(&pool->making);
}
