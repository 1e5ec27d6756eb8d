// `vespa sim`: puts the parts together, prints the variables, waits for the signal to end.

#include "cli/sim/sim.h"

#include "cli/sim/command.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

// A port that refuses connections: bound, so that nobody else gets it, but not listening.
static bool reserve_dead_port(struct vespa_sim_worker *worker)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    worker->dead_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (worker->dead_fd < 0 || bind(worker->dead_fd, (struct sockaddr *)&address, size) != 0 ||
        getsockname(worker->dead_fd, (struct sockaddr *)&address, &size) != 0)
        return false;
    snprintf(worker->dead_url, sizeof worker->dead_url, "%s://127.0.0.1:%u",
             worker->sim->tls ? "https" : "http", ntohs(address.sin_port));
    return true;
}

static const char *certificate_of(const struct vespa_sim *sim, int index)
{
    int faulty = sim->options.tls_fault_worker;
    if (!sim->tls)
        return NULL;
    if (sim->options.tls_fault && (faulty < 0 || faulty == index))
        return vespa_sim_tls_faulty_certificate(sim->tls);
    return vespa_sim_tls_certificate(sim->tls);
}

static bool start_worker(struct vespa_sim *sim, int index, const char **error)
{
    struct vespa_sim_worker *worker = &sim->worker[index];
    *worker = (struct vespa_sim_worker){.sim = sim, .index = index, .dead_fd = -1};
    struct vespa_sim_service service = {
        .context = worker,
        .handle = vespa_sim_worker_handle,
        .finished = vespa_sim_worker_finished,
        .body_limit = (size_t)sim->options.worker_limit,
        .idle_timeout = (unsigned)sim->options.idle_timeout,
        .tls_certificate = certificate_of(sim, index),
        .tls_key = sim->tls ? vespa_sim_tls_key(sim->tls) : NULL,
    };
    worker->server = vespa_sim_server_start(&service, error);
    if (!worker->server)
        return false;
    worker->url = vespa_sim_server_url(worker->server);
    if (reserve_dead_port(worker))
        return true;
    *error = strerror(errno);
    return false;
}

// Each server reads the addresses of those that were started before it.
static bool start_servers(struct vespa_sim *sim, const char **error)
{
    for (int i = 0; i < (int)sim->options.workers; i++)
        if (!start_worker(sim, i, error))
            return false;
    struct vespa_sim_service service = {
        .context = sim,
        .handle = vespa_sim_autoscaler_handle,
        .body_limit = 1024 * 1024,
        .idle_timeout = (unsigned)sim->options.idle_timeout,
        .port = (uint16_t)sim->options.port,
    };
    if (sim->options.tls_autoscaler) {
        service.tls_certificate = vespa_sim_tls_certificate(sim->tls);
        service.tls_key = vespa_sim_tls_key(sim->tls);
    }
    sim->autoscaler = vespa_sim_server_start(&service, error);
    if (!sim->autoscaler)
        return false;
    service = (struct vespa_sim_service){
        .context = sim, .handle = vespa_sim_admin_handle, .body_limit = 1024 * 1024};
    sim->admin = vespa_sim_server_start(&service, error);
    return sim->admin != NULL;
}

static bool start(struct vespa_sim *sim, const char **error)
{
    sim->keys = vespa_sim_keys_new();
    sim->ledger = vespa_sim_ledger_new(sim->options.big_numbers);
    sim->stats = vespa_sim_stats_new((int)sim->options.workers);
    vespa_sim_text_add_slice(&sim->key, vespa_sim_text_slice(&sim->options.key));
    *error = "OpenSSL could not make a key";
    if (!sim->keys)
        return false;
    if (sim->options.tls) {
        sim->tls = vespa_sim_tls_new(sim->options.tls_address, sim->options.tls_fault, error);
        if (!sim->tls)
            return false;
    }
    return start_servers(sim, error);
}

static void stop(struct vespa_sim *sim)
{
    vespa_sim_server_stop(sim->admin);
    vespa_sim_server_stop(sim->autoscaler);
    for (int i = 0; i < (int)sim->options.workers; i++) {
        if (!sim->worker[i].sim)
            continue;
        vespa_sim_server_stop(sim->worker[i].server);
        if (sim->worker[i].dead_fd >= 0)
            close(sim->worker[i].dead_fd);
    }
    vespa_sim_tls_free(sim->tls);
    vespa_sim_keys_free(sim->keys);
    vespa_sim_ledger_free(sim->ledger);
    vespa_sim_stats_free(sim->stats);
    vespa_sim_text_free(&sim->key);
}

// Prints the variables and ends standard output, so that `$(vespa sim &)` returns.
static void announce(const struct vespa_sim *sim)
{
    printf("VESPA_AUTOSCALER_URL=%s\n", vespa_sim_server_url(sim->autoscaler));
    printf("VAST_ENDPOINT=%s\n", sim->options.endpoint);
    printf("VAST_API_KEY=%s\n", vespa_sim_text_string(&sim->options.key));
    if (sim->tls)
        printf("VESPA_CA_FILE=%s\n", vespa_sim_tls_ca_file(sim->tls));
    printf("VESPA_SIM_ACCOUNT_KEY=%s\n", vespa_sim_text_string(&sim->options.account_key));
    for (int i = 0; i < (int)sim->options.workers; i++)
        printf("%s%s", i ? "," : "VESPA_SIM_WORKERS=", sim->worker[i].url);
    printf("\nVESPA_SIM_ADMIN=%s\n", vespa_sim_server_url(sim->admin));
    fflush(stdout);
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere >= 0) {
        dup2(nowhere, STDOUT_FILENO);
        close(nowhere);
    }
}

// The signals that end the simulator are blocked in every thread and fetched in the main one.
static sigset_t block_signals(void)
{
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGINT);
    sigaddset(&ending, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &ending, NULL);
    signal(SIGPIPE, SIG_IGN);
    return ending;
}

// Each connection takes a descriptor: use as many as this user may have.
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max < 65536 ? limit.rlim_max : 65536;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int run(struct vespa_sim *sim)
{
    const char *error = NULL;
    sigset_t ending = block_signals();
    pid_t parent = getppid();
    raise_descriptor_limit();
    if (sim->options.exit_with_parent) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != parent)
            return 0;
    }
    bool started = start(sim, &error);
    if (started) {
        announce(sim);
        int signal_number;
        sigwait(&ending, &signal_number);
    } else {
        fprintf(stderr, "vespa sim: cannot start: %s\n", error);
    }
    stop(sim);
    return started ? 0 : 1;
}

int vespa_command_sim(int argc, char **argv)
{
    struct vespa_sim *sim = vespa_sim_alloc(sizeof *sim);
    memset(sim, 0, sizeof *sim);
    pthread_mutex_init(&sim->lock, NULL);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    sim->faults = vespa_sim_faults_new();
    struct vespa_sim_text error = {0};
    int status = 0;
    bool good = vespa_sim_options_read(&sim->options, argc, argv, sim->faults, &error);
    if (sim->options.help) {
        vespa_sim_options_help(stdout);
    } else if (!good) {
        fprintf(stderr, "vespa sim: %s\n", vespa_sim_text_string(&error));
        status = 2;
    } else {
        status = run(sim);
    }
    vespa_sim_text_free(&error);
    vespa_sim_options_free(&sim->options);
    vespa_sim_faults_free(sim->faults);
    pthread_mutex_destroy(&sim->lock);
    free(sim);
    curl_global_cleanup();
    return status;
}
