/* Clients: made, freed, and the loops in which they do blocking requests. */
#include "lib/client.h"

#include "lib/client_options.h"
#include "lib/clock.h"
#include "lib/linked_curl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Connections that a loop keeps: one to the autoscaler, and to workers. */
#define KEPT_CONNECTIONS 16L

const char *vespa_version(void)
{
    return VESPA_VERSION;
}

/* ---- making ---------------------------------------------------------------------------------- */

static void initialise_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

static enum vespa_error fail(enum vespa_error error, char *to, const char *message)
{
    if (to)
        snprintf(to, VESPA_MESSAGE_SIZE, "%s", message);
    return error;
}

/* What speaks against the configuration, or NULL. */
static const char *objection(const struct vespa_config *config, bool is_named)
{
    if (config->rules[0].problem)
        return config->rules[0].problem;
    if (config->rule_count > 1 && !is_named)
        return "several endpoints are configured: set endpoint_name, or VAST_ENDPOINT, to the one "
               "that is meant";
    return NULL;
}

static struct vespa_client *make(struct vespa_config *config)
{
    struct vespa_client *client = calloc(1, sizeof *client);
    if (!client)
        return NULL;
    client->rule = &config->rules[0];
    client->runtime =
        vespa_runtime_new(config, vespa_clock_ms() ^ (uint64_t)getpid() << 32 ^ (uintptr_t)client);
    if (client->runtime && pthread_mutex_init(&client->lock, NULL) == 0)
        return client;
    free(client);
    return NULL;
}

enum vespa_error vespa_client_of(struct vespa_client **client, struct vespa_config *config,
                                 bool is_named, char message[VESPA_MESSAGE_SIZE])
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, initialise_curl);
    const char *problem = objection(config, is_named);
    if (problem) {
        fail(VESPA_ERROR_CONFIGURATION, message, problem);
        vespa_config_free(config);
        return VESPA_ERROR_CONFIGURATION;
    }
    *client = make(config);
    if (*client)
        return VESPA_OK;
    vespa_config_free(config);
    return fail(VESPA_ERROR_MEMORY, message, "out of memory");
}

enum vespa_error vespa_client_new(struct vespa_client **client,
                                  const struct vespa_client_options *options,
                                  char message[VESPA_MESSAGE_SIZE])
{
    static const struct vespa_client_options none;
    if (message)
        message[0] = '\0';
    if (!client)
        return fail(VESPA_ERROR_ARGUMENT, message, "there is no place for the client");
    *client = NULL;
    options = options ? options : &none;
    struct vespa_config *config = vespa_client_configure(options, false);
    if (!config)
        return fail(VESPA_ERROR_MEMORY, message, "out of memory");
    return vespa_client_of(client, config, vespa_client_names_endpoint(options), message);
}

/* ---- loops ----------------------------------------------------------------------------------- */

static void loop_free(struct vespa_loop *loop)
{
    vespa_engine_free(loop->engine);
    if (loop->multi)
        curl_multi_cleanup(loop->multi);
    free(loop);
}

static struct vespa_loop *loop_new(void)
{
    struct vespa_loop *loop = calloc(1, sizeof *loop);
    if (!loop)
        return NULL;
    loop->owner = getpid();
    loop->multi = curl_multi_init();
    loop->engine = loop->multi ? vespa_engine_new(vespa_linked_curl(), loop->multi) : NULL;
    if (loop->engine) {
        curl_multi_setopt(loop->multi, CURLMOPT_MAXCONNECTS, KEPT_CONNECTIONS);
        return loop;
    }
    loop_free(loop);
    return NULL;
}

/* A loop that another process made is forgotten as it is: to clean it up would say goodbye on
 * connections that the parent still uses. */
struct vespa_loop *vespa_client_take_loop(struct vespa_client *client)
{
    struct vespa_loop *loop = NULL;
    pid_t self = getpid();
    pthread_mutex_lock(&client->lock);
    while (!loop && client->loop_count) {
        loop = client->loops[--client->loop_count];
        if (loop->owner != self)
            loop = NULL;
    }
    pthread_mutex_unlock(&client->lock);
    return loop ? loop : loop_new();
}

void vespa_client_give_loop(struct vespa_client *client, struct vespa_loop *loop)
{
    bool kept = false;
    pthread_mutex_lock(&client->lock);
    if (client->loop_count < VESPA_CLIENT_LOOPS) {
        client->loops[client->loop_count++] = loop;
        kept = true;
    }
    pthread_mutex_unlock(&client->lock);
    if (!kept)
        loop_free(loop);
}

void vespa_client_free(struct vespa_client *client)
{
    if (!client)
        return;
    pid_t self = getpid();
    while (client->loop_count) {
        struct vespa_loop *loop = client->loops[--client->loop_count];
        if (loop->owner == self)
            loop_free(loop);
    }
    vespa_runtime_free(client->runtime);
    pthread_mutex_destroy(&client->lock);
    free(client);
}
