// `vespa proxy`: puts the parts together, and waits for the signal to end.

#include "cli/proxy/proxy.h"

#include "cli/proxy/command.h"
#include "cli/proxy/listener.h"
#include "cli/proxy/loop.h"
#include "lib/key_command.h"

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct worker_thread {
    pthread_t thread;
    struct vespa_proxy_loop *loop;
    bool started;
};

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "vespa proxy: %s: %s\n", what, why);
    return 1;
}

// What is wrong is said at once: whoever starts a server looks now, and not when a request fails.
static bool has_problem(const struct vespa_config *config)
{
    bool problem = false;
    for (size_t i = 0; i < config->rule_count; i++) {
        if (!config->rules[i].problem)
            continue;
        fprintf(stderr, "vespa proxy: %s\n", config->rules[i].problem);
        problem = true;
    }
    return problem;
}

// NULL: it cannot be had, which was said.
static struct vespa_runtime *make_runtime(struct vespa_proxy_options *options)
{
    const struct vespa_environment environment = {
        .get = vespa_proxy_options_variable, .context = options, .runs_commands = true};
    struct vespa_config *config = vespa_config_load(&environment);
    uint64_t seed = 0;
    if (config && !vespa_key_commands_run(config)) {
        vespa_config_free(config);
        config = NULL;
    }
    if (config && has_problem(config)) {
        vespa_config_free(config);
        return NULL;
    }
    if (getrandom(&seed, sizeof seed, 0) < 0)
        seed = (uint64_t)(size_t)config;
    struct vespa_runtime *runtime = config ? vespa_runtime_new(config, seed) : NULL;
    if (!runtime) {
        vespa_config_free(config);
        fail("the configuration", "out of memory");
    }
    return runtime;
}

static void *run_loop(void *context)
{
    vespa_proxy_loop_run(context);
    return NULL;
}

static bool start(struct vespa_proxy *proxy, struct worker_thread *threads, uint16_t *port)
{
    const char *error;
    for (long i = 0; i < proxy->options.threads; i++) {
        int listener = vespa_proxy_listen(proxy->options.host, port, &error);
        if (listener < 0) {
            fprintf(stderr, "vespa proxy: cannot listen on %s, port %u: %s\n", proxy->options.host,
                    *port, error);
            return false;
        }
        threads[i].loop = vespa_proxy_loop_new(proxy, listener, &error);
        if (!threads[i].loop) {
            fail("an event loop", error);
            return false;
        }
    }
    for (long i = 0; i < proxy->options.threads; i++) {
        int why = pthread_create(&threads[i].thread, NULL, run_loop, threads[i].loop);
        if (why) {
            fail("a thread", strerror(why));
            return false;
        }
        threads[i].started = true;
    }
    return true;
}

static void stop(struct vespa_proxy *proxy, struct worker_thread *threads)
{
    for (long i = 0; i < proxy->options.threads; i++)
        if (threads[i].loop)
            vespa_proxy_loop_stop(threads[i].loop, (uint32_t)proxy->options.drain_ms);
    for (long i = 0; i < proxy->options.threads; i++) {
        if (threads[i].started)
            pthread_join(threads[i].thread, NULL);
        vespa_proxy_loop_free(threads[i].loop);
    }
}

static int serve(struct vespa_proxy *proxy)
{
    struct worker_thread *threads = calloc((size_t)proxy->options.threads, sizeof *threads);
    uint16_t port = (uint16_t)proxy->options.port;
    sigset_t ends;
    int signal;
    if (!threads)
        return fail("threads", "out of memory");
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    bool serving = start(proxy, threads, &port);
    if (serving) {
        printf("vespa proxy: listening on http://%s:%u\n", proxy->options.host, port);
        fflush(stdout);
        sigwait(&ends, &signal);
    }
    stop(proxy, threads);
    free(threads);
    return serving ? 0 : 1;
}

int vespa_command_proxy(int argc, char **argv)
{
    struct vespa_proxy proxy;
    if (!vespa_proxy_options_read(&proxy.options, argc, argv))
        return 2;
    if (proxy.options.help) {
        vespa_proxy_options_help(stdout);
        return 0;
    }
    if (curl_global_init(CURL_GLOBAL_DEFAULT))
        return fail("libcurl", "it cannot be initialised");
    proxy.runtime = make_runtime(&proxy.options);
    if (!proxy.runtime)
        return 1;
    signal(SIGPIPE, SIG_IGN);
    int status = serve(&proxy);
    vespa_runtime_free(proxy.runtime);
    curl_global_cleanup();
    return status;
}
