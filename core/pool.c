/* Kept-alive connections to the autoscaler. */
#include "core/pool.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* Whether the descriptor is still the socket that we opened (design.md §2.8). */
static bool still_ours(const struct vespa_connection *connection, int descriptor)
{
    struct stat now;
    return fstat(descriptor, &now) == 0 && now.st_dev == connection->device &&
           now.st_ino == connection->inode;
}

static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct vespa_connection *connection = user;
    struct stat opened;
    (void)purpose;
    int descriptor = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (descriptor >= 0 && fstat(descriptor, &opened) == 0) {
        connection->socket = descriptor;
        connection->device = opened.st_dev;
        connection->inode = opened.st_ino;
    }
    return descriptor;
}

/* libcurl tries several addresses at a time; the last socket opened is the one remembered, and a
 * descriptor that we know to be somebody else's by now is left alone. */
static int close_socket(void *user, curl_socket_t descriptor)
{
    struct vespa_connection *connection = user;
    if (descriptor != connection->socket)
        return close(descriptor);
    connection->socket = -1;
    return still_ours(connection, descriptor) ? close(descriptor) : 0;
}

CURLcode vespa_connection_watch(struct vespa_connection *connection)
{
    CURLcode (*setopt)(CURL *, CURLoption, ...) = connection->api->easy_setopt;
    CURLcode result = setopt(connection->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    if (!result)
        result = setopt(connection->easy, CURLOPT_OPENSOCKETDATA, connection);
    if (!result)
        result = setopt(connection->easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    if (!result)
        result = setopt(connection->easy, CURLOPT_CLOSESOCKETDATA, connection);
    return result;
}

static void destroy(struct vespa_connection *connection)
{
    connection->api->easy_cleanup(connection->easy);
    free(connection);
}

/* Without a byte on the wire: the handle is not cleaned up, for that would say goodbye on a TLS
 * session that the parent still uses; only our copy of the descriptor goes. */
static void abandon(struct vespa_connection *connection)
{
    if (connection->socket >= 0 && still_ours(connection, connection->socket))
        close(connection->socket);
    free(connection);
}

/* Under the lock. In a process that did not make these handles, forgets them. */
static void disown(struct vespa_pool *pool)
{
    pid_t self = getpid();
    if (pool->owner == self)
        return;
    while (pool->count)
        abandon(pool->idle[--pool->count]);
    pool->owner = self;
}

void vespa_pool_init(struct vespa_pool *pool)
{
    *pool = (struct vespa_pool){.owner = getpid()};
    pthread_mutex_init(&pool->lock, NULL);
}

void vespa_pool_clear(struct vespa_pool *pool)
{
    vespa_pool_drop(pool, NULL);
}

static struct vespa_connection *connection_new(const struct vespa_curl_api *api)
{
    struct vespa_connection *connection = calloc(1, sizeof *connection);
    if (!connection)
        return NULL;
    connection->api = api;
    connection->socket = -1;
    connection->easy = api->easy_init();
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
    do {
        found = take_idle(pool, api);
        if (!found || found->socket < 0 || still_ours(found, found->socket))
            break;
        abandon(found);
    } while (true);
    pthread_mutex_unlock(&pool->lock);
    return found ? found : connection_new(api);
}

void vespa_pool_give(struct vespa_pool *pool, struct vespa_connection *connection)
{
    pthread_mutex_lock(&pool->lock);
    disown(pool);
    bool kept = pool->count < VESPA_POOL_IDLE;
    if (kept)
        pool->idle[pool->count++] = connection;
    pthread_mutex_unlock(&pool->lock);
    if (!kept)
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
        if (dropped[i]->socket < 0 || still_ours(dropped[i], dropped[i]->socket))
            destroy(dropped[i]);
        else
            abandon(dropped[i]);
    }
}

void vespa_pool_before_fork(struct vespa_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
}

void vespa_pool_after_fork(struct vespa_pool *pool)
{
    pthread_mutex_unlock(&pool->lock);
}
