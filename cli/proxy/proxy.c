// `vespa proxy`: puts the parts together, and does what signals say.

#include "cli/proxy/proxy.h"

#include "cli/proxy/command.h"
#include "cli/proxy/loop.h"
#include "cli/proxy/notify.h"
#include "cli/proxy/secrets.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

struct loop_thread {
    pthread_t thread;
    struct vespa_proxy_loop *loop;
    bool started;
};

static const char default_host[] = "127.0.0.1";

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "vespa proxy: %s: %s\n", what, why);
    return 1;
}

struct vespa_shared_runtime *vespa_proxy_runtime(struct vespa_proxy *proxy)
{
    pthread_mutex_lock(&proxy->lock);
    struct vespa_shared_runtime *shared = vespa_shared_runtime_take(proxy->runtime);
    pthread_mutex_unlock(&proxy->lock);
    return shared;
}

// ---- what it is told ----

// Whoever reaches the port spends the owner's money. host: the address; NULL: no port at all.
static bool is_open_to_others(const struct vespa_proxy_options *options, const char *host)
{
    return !options->auth_token_file && !options->allow_remote && host &&
           !vespa_proxy_is_loopback(host);
}

static bool check_options(const struct vespa_proxy *proxy)
{
    const struct vespa_proxy_options *options = &proxy->options;
    const struct vespa_proxy_inherited *inherited = &proxy->inherited;
    const char *wrong = NULL;
    const char *host = options->unix_path ? NULL : options->host;
    if (inherited->socket >= 0)
        host = inherited->is_unix ? NULL : inherited->host;
    if (is_open_to_others(options, host))
        wrong = "listening on an address that other machines reach would let all of them spend "
                "what requests cost: give --auth-token-file FILE, or --allow-remote if that is "
                "what you want";
    else if (!options->tls_cert != !options->tls_key)
        wrong = "--tls-cert and --tls-key go together";
    else if (inherited->socket >= 0 && (options->unix_path || options->host))
        wrong = "the service manager says where to listen: leave --unix and --host out";
    else if (options->unix_path && options->host)
        wrong = "--unix and --host are two ways to listen: give one";
    if (wrong)
        fprintf(stderr, "vespa proxy: %s; vespa proxy --help lists the options\n", wrong);
    return !wrong;
}

// As many clients as there are descriptors for: of each, a connection and one to its worker.
static void limit_connections(struct vespa_proxy_options *options)
{
    enum { OTHERS = 64 };
    struct rlimit descriptors;
    if (getrlimit(RLIMIT_NOFILE, &descriptors) != 0)
        return;
    descriptors.rlim_cur = descriptors.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &descriptors) != 0)
        getrlimit(RLIMIT_NOFILE, &descriptors);
    long most = descriptors.rlim_cur > VESPA_PROXY_MOST_CONNECTIONS * 2L
                    ? VESPA_PROXY_MOST_CONNECTIONS
                    : ((long)descriptors.rlim_cur - OTHERS) / 2;
    if (!options->max_connections)
        options->max_connections = most > 1 ? most : 1;
    if (options->threads > options->max_connections)
        options->threads = options->max_connections;
}

static bool read_files(struct vespa_proxy *proxy)
{
    const struct vespa_proxy_options *options = &proxy->options;
    const struct vespa_proxy_inherited *inherited = &proxy->inherited;
    char *token = NULL;
    if (!vespa_secret_read(options->auth_token_file, true, &token) ||
        !vespa_secret_read(options->tls_cert, false, &proxy->tls_certificate) ||
        !vespa_secret_read(options->tls_key, true, &proxy->tls_key))
        return false;
    vespa_proxy_make_via(proxy->via);
    proxy->guard = (struct vespa_proxy_guard){
        .host = inherited->host[0] ? inherited->host
                : options->host    ? options->host
                                   : default_host,
        .hosts = options->host_header_allow,
        .origins = options->cors,
        .token = token,
        .local_socket = options->unix_path != NULL || inherited->is_unix,
    };
    return true;
}

// ---- listening ----

// For the loop of that number. Loops share a Unix socket and an inherited one: each has a copy.
static int open_listener(struct vespa_proxy *proxy, long number, int shared, uint16_t *port,
                         const char **error)
{
    if (shared < 0)
        return vespa_proxy_listen(proxy->guard.host, port, error);
    int copy = number ? fcntl(shared, F_DUPFD_CLOEXEC, 0) : shared;
    *error = strerror(errno);
    return copy;
}

static bool open_loops(struct vespa_proxy *proxy, struct loop_thread *threads, uint16_t *port)
{
    const char *error = NULL;
    int shared = proxy->inherited.socket;
    if (shared < 0 && proxy->options.unix_path) {
        shared = vespa_proxy_listen_unix(proxy->options.unix_path, &error);
        if (shared < 0) {
            fail(proxy->options.unix_path, error);
            return false;
        }
    }
    for (long i = 0; i < proxy->options.threads; i++) {
        int listener = open_listener(proxy, i, shared, port, &error);
        if (listener < 0) {
            fprintf(stderr, "vespa proxy: cannot listen on %s, port %u: %s\n", proxy->guard.host,
                    *port, error);
            return false;
        }
        threads[i].loop = vespa_proxy_loop_new(proxy, listener, &error);
        if (!threads[i].loop) {
            fail("an event loop", error);
            return false;
        }
    }
    return true;
}

static void *run_loop(void *context)
{
    vespa_proxy_loop_run(context);
    return NULL;
}

static bool start(struct vespa_proxy *proxy, struct loop_thread *threads, uint16_t *port)
{
    if (!open_loops(proxy, threads, port))
        return false;
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

static void stop(struct vespa_proxy *proxy, struct loop_thread *threads)
{
    vespa_notify("STOPPING=1");
    if (proxy->options.unix_path)
        unlink(proxy->options.unix_path);
    for (long i = 0; i < proxy->options.threads; i++)
        if (threads[i].loop)
            vespa_proxy_loop_stop(threads[i].loop, (uint32_t)proxy->options.drain_ms);
    for (long i = 0; i < proxy->options.threads; i++) {
        if (threads[i].started)
            pthread_join(threads[i].thread, NULL);
        vespa_proxy_loop_free(threads[i].loop);
    }
}

static void say_where(const struct vespa_proxy *proxy, uint16_t port)
{
    const char *scheme = proxy->tls_certificate ? "https" : "http";
    const char *host = proxy->guard.host;
    if (proxy->options.unix_path)
        printf("vespa proxy: listening on %s\n", proxy->options.unix_path);
    else if (proxy->inherited.is_unix)
        puts("vespa proxy: listening on the service manager's socket");
    else
        printf(strchr(host, ':') ? "vespa proxy: listening on %s://[%s]:%u\n"
                                 : "vespa proxy: listening on %s://%s:%u\n",
               scheme, host, port);
    fflush(stdout);
}

// ---- signals ----

// A configuration that cannot be used is reported, and the one that is in force stays.
static void reload(struct vespa_proxy *proxy)
{
    vespa_notify("RELOADING=1");
    struct vespa_shared_runtime *fresh = vespa_shared_runtime_new(&proxy->options, proxy->metrics);
    if (fresh) {
        pthread_mutex_lock(&proxy->lock);
        struct vespa_shared_runtime *old = proxy->runtime;
        proxy->runtime = fresh;
        pthread_mutex_unlock(&proxy->lock);
        vespa_shared_runtime_give(old);
    }
    fputs(fresh ? "vespa proxy: the configuration was read again\n"
                : "vespa proxy: the configuration stays as it was\n",
          stderr);
    vespa_notify("READY=1");
}

static void wait_for_the_end(struct vespa_proxy *proxy, const sigset_t *signals)
{
    int signal = 0;
    while (sigwait(signals, &signal) != 0 || signal == SIGHUP)
        if (signal == SIGHUP)
            reload(proxy);
}

static int serve(struct vespa_proxy *proxy)
{
    struct loop_thread *threads = calloc((size_t)proxy->options.threads, sizeof *threads);
    uint16_t port =
        proxy->inherited.socket >= 0 ? proxy->inherited.port : (uint16_t)proxy->options.port;
    sigset_t signals;
    if (!threads)
        return fail("threads", "out of memory");
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    bool serving = start(proxy, threads, &port);
    if (serving) {
        say_where(proxy, port);
        vespa_notify("READY=1");
        wait_for_the_end(proxy, &signals);
    }
    stop(proxy, threads);
    free(threads);
    return serving ? 0 : 1;
}

static int run(struct vespa_proxy *proxy)
{
    int status = 1;
    proxy->metrics = vespa_metrics_new();
    if (!proxy->metrics)
        return fail("counters", "out of memory");
    proxy->runtime = vespa_shared_runtime_new(&proxy->options, proxy->metrics);
    if (proxy->runtime)
        status = serve(proxy);
    vespa_shared_runtime_give(proxy->runtime);
    vespa_metrics_free(proxy->metrics);
    return status;
}

int vespa_command_proxy(int argc, char **argv)
{
    struct vespa_proxy proxy = {.lock = PTHREAD_MUTEX_INITIALIZER};
    if (!vespa_proxy_options_read(&proxy.options, argc, argv))
        return 2;
    if (proxy.options.help) {
        vespa_proxy_options_help(stdout);
        return 0;
    }
    const char *error = NULL;
    if (!vespa_proxy_listen_inherited(&proxy.inherited, &error)) {
        fail("LISTEN_FDS", error);
        return 2;
    }
    if (!check_options(&proxy))
        return 2;
    limit_connections(&proxy.options);
    if (curl_global_init(CURL_GLOBAL_DEFAULT))
        return fail("libcurl", "it cannot be initialised");
    int status = read_files(&proxy) ? run(&proxy) : 1;
    vespa_secret_free((char *)(size_t)proxy.guard.token);
    vespa_secret_free(proxy.tls_key);
    free(proxy.tls_certificate);
    vespa_proxy_options_free(&proxy.options);
    curl_global_cleanup();
    return status;
}
