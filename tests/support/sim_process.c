// `vespa sim` as a fixture.

#define _GNU_SOURCE // pipe2

#include "tests/support/sim_process.h"

#include "tests/support/program.h"

// What cmocka.h needs to be included first.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

enum { MOST_LINES = 16, MOST_OPTIONS = 64, MOST_WORKERS = 64, PATIENCE_MS = 20000 };

struct vespa_sim_process {
    pid_t pid;
    int err;                          // its stderr
    char *printed;                    // all that it printed, split into lines
    const char *line[MOST_LINES + 1]; // NAME=VALUE
    char *worker_list;
    const char *worker[MOST_WORKERS];
    unsigned workers;
};

static long patience(void)
{
    return getenv("VESPA_SLOW") ? PATIENCE_MS * 5 : PATIENCE_MS;
}

// --- text that grows ---

struct text {
    char *data;
    size_t length;
};

static void append(struct text *text, const char *bytes, size_t length)
{
    char *data = realloc(text->data, text->length + length + 1);
    if (!data)
        abort();
    memcpy(data + text->length, bytes, length);
    text->data = data;
    text->length += length;
    data[text->length] = '\0';
}

// Reads a pipe to its end. NULL when that did not come in time.
static char *read_all(int fd, long deadline)
{
    struct text text = {0};
    append(&text, "", 0);
    for (;;) {
        struct pollfd watched = {.fd = fd, .events = POLLIN};
        long left = deadline - vespa_test_now();
        if (left <= 0 || poll(&watched, 1, (int)left) == 0) {
            free(text.data);
            return NULL;
        }
        char bytes[4096];
        ssize_t got = read(fd, bytes, sizeof bytes);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return text.data;
        append(&text, bytes, (size_t)got);
    }
}

// --- starting ---

__attribute__((noreturn)) static void become(const char **argv, int out, int err, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    int nothing = open("/dev/null", O_RDONLY);
    if (getppid() == parent && dup2(nothing, 0) >= 0 && dup2(out, 1) >= 0 && dup2(err, 2) >= 0)
        execv(argv[0], (char *const *)(void *)argv);
    fprintf(stderr, "cannot run %s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

static void split_lines(struct vespa_sim_process *sim)
{
    size_t count = 0;
    char *rest = NULL;
    for (char *line = strtok_r(sim->printed, "\n", &rest); line && count < MOST_LINES;
         line = strtok_r(NULL, "\n", &rest))
        sim->line[count++] = line;
    sim->line[count] = NULL;
}

static void split_workers(struct vespa_sim_process *sim)
{
    char *rest = NULL;
    sim->worker_list = strdup(vespa_sim_process_value(sim, "VESPA_SIM_WORKERS"));
    for (char *url = strtok_r(sim->worker_list, ",", &rest); url && sim->workers < MOST_WORKERS;
         url = strtok_r(NULL, ",", &rest))
        sim->worker[sim->workers++] = url;
}

// It closes its stdout when it is ready.
static void wait_until_ready(struct vespa_sim_process *sim, int out)
{
    sim->printed = read_all(out, vespa_test_now() + patience());
    close(out);
    if (sim->printed && sim->printed[0]) {
        split_lines(sim);
        split_workers(sim);
        return;
    }
    kill(sim->pid, SIGKILL);
    waitpid(sim->pid, NULL, 0);
    char *complaint = read_all(sim->err, vespa_test_now() + 1000);
    fail_msg("vespa sim did not start: %s", complaint ? complaint : "no output in time");
}

struct vespa_sim_process *vespa_sim_process_start_list(const char *const options[])
{
    const char *argv[MOST_OPTIONS + 3];
    size_t count = 2;
    char *binary = vespa_build_path("vespa");
    argv[0] = binary;
    argv[1] = "sim";
    while (*options && count < MOST_OPTIONS + 2)
        argv[count++] = *options++;
    argv[count] = NULL;
    int out[2];
    int err[2];
    if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0)
        fail_msg("pipe: %s", strerror(errno));
    struct vespa_sim_process *sim = calloc(1, sizeof *sim);
    pid_t parent = getpid();
    sim->pid = fork();
    if (sim->pid == 0)
        become(argv, out[1], err[1], parent);
    free(binary);
    close(out[1]);
    close(err[1]);
    sim->err = err[0];
    wait_until_ready(sim, out[0]);
    return sim;
}

// --- stopping ---

static bool reap(pid_t pid, int *status)
{
    long deadline = vespa_test_now() + patience();
    while (vespa_test_now() < deadline) {
        if (waitpid(pid, status, WNOHANG) == pid)
            return true;
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
    kill(pid, SIGKILL);
    waitpid(pid, status, 0);
    return false;
}

void vespa_sim_process_stop(struct vespa_sim_process *sim)
{
    if (!sim)
        return;
    int status = 0;
    kill(sim->pid, SIGTERM);
    bool in_time = reap(sim->pid, &status);
    char *complaint = read_all(sim->err, vespa_test_now() + 1000);
    close(sim->err);
    free(sim->printed);
    free(sim->worker_list);
    free(sim);
    if (!in_time)
        fail_msg("vespa sim did not end after SIGTERM");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || (complaint && complaint[0]))
        fail_msg("vespa sim ended badly (wait status %d): %s", status, complaint ? complaint : "");
    free(complaint);
}

// --- values ---

const char *vespa_sim_process_value(const struct vespa_sim_process *sim, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; sim->line[i]; i++)
        if (strncmp(sim->line[i], name, length) == 0 && sim->line[i][length] == '=')
            return sim->line[i] + length + 1;
    fail_msg("vespa sim printed no %s", name);
    return NULL;
}

const char *const *vespa_sim_process_environment(const struct vespa_sim_process *sim)
{
    return sim->line;
}

const char *vespa_sim_process_worker(const struct vespa_sim_process *sim, unsigned index)
{
    if (index >= sim->workers)
        fail_msg("vespa sim has %u workers, number %u is wanted", sim->workers, index);
    return sim->worker[index];
}

// --- the administrator's calls ---

static size_t receive(char *bytes, size_t size, size_t count, void *context)
{
    append(context, bytes, size * count);
    return size * count;
}

// A GET, or with a body a POST, that must be answered with 200. The caller frees the answer.
static char *call_admin(struct vespa_sim_process *sim, const char *path, const char *body)
{
    char url[512];
    struct text reply = {0};
    long status = 0;
    snprintf(url, sizeof url, "%s%s", vespa_sim_process_value(sim, "VESPA_SIM_ADMIN"), path);
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, patience());
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &reply);
    if (body)
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    CURLcode result = curl_easy_perform(easy);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(easy);
    if (result != CURLE_OK || status != 200)
        fail_msg("%s: %s, status %ld: %s", url, curl_easy_strerror(result), status,
                 reply.data ? reply.data : "");
    return reply.data;
}

void vespa_sim_process_admin(struct vespa_sim_process *sim, const char *path, const char *body)
{
    free(call_admin(sim, path, body));
}

void vespa_sim_process_fault(struct vespa_sim_process *sim, const char *fault)
{
    vespa_sim_process_admin(sim, "/admin/fault", fault);
}

void vespa_sim_process_reset(struct vespa_sim_process *sim)
{
    vespa_sim_process_admin(sim, "/admin/reset", "");
}

cJSON *vespa_sim_process_stats(struct vespa_sim_process *sim)
{
    char *text = call_admin(sim, "/stats", NULL);
    cJSON *stats = cJSON_Parse(text);
    if (!stats)
        fail_msg("/stats is not JSON: %s", text);
    free(text);
    return stats;
}

cJSON *vespa_sim_process_stats_when(struct vespa_sim_process *sim,
                                    bool (*ready)(const cJSON *stats, void *context), void *context)
{
    long deadline = vespa_test_now() + patience();
    for (;;) {
        cJSON *stats = vespa_sim_process_stats(sim);
        if (ready(stats, context))
            return stats;
        if (vespa_test_now() >= deadline) {
            char *text = cJSON_Print(stats);
            fail_msg("the simulator never saw what the test waits for:\n%s", text);
        }
        cJSON_Delete(stats);
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
}

struct threshold {
    const char *path;
    double least;
};

static double number_of(const cJSON *item)
{
    return cJSON_IsTrue(item) ? 1 : cJSON_IsNumber(item) ? item->valuedouble : 0;
}

static bool reaches(const cJSON *stats, void *context)
{
    const struct threshold *threshold = context;
    const cJSON *item = vespa_json_find(stats, threshold->path);
    return item && number_of(item) >= threshold->least;
}

cJSON *vespa_sim_process_stats_until(struct vespa_sim_process *sim, const char *path, double least)
{
    struct threshold threshold = {path, least};
    return vespa_sim_process_stats_when(sim, reaches, &threshold);
}

static bool worker_is_quiet(const cJSON *worker)
{
    const cJSON *request;
    cJSON_ArrayForEach(request, vespa_json_find(worker, "requests"))
    {
        if (!cJSON_IsTrue(vespa_json_find(request, "over")))
            return false;
    }
    return true;
}

static bool all_over(const cJSON *stats, void *context)
{
    const cJSON *worker;
    (void)context;
    cJSON_ArrayForEach(worker, vespa_json_find(stats, "workers"))
    {
        if (!worker_is_quiet(worker))
            return false;
    }
    return true;
}

cJSON *vespa_sim_process_stats_quiet(struct vespa_sim_process *sim)
{
    return vespa_sim_process_stats_when(sim, all_over, NULL);
}

// --- finding things in JSON ---

static const cJSON *find_step(const cJSON *json, const char *step)
{
    if (!cJSON_IsArray(json))
        return cJSON_GetObjectItemCaseSensitive(json, step);
    char *end;
    long index = strtol(step, &end, 10);
    if (end == step || *end)
        return NULL;
    return cJSON_GetArrayItem(json, (int)(index < 0 ? cJSON_GetArraySize(json) + index : index));
}

const cJSON *vespa_json_find(const cJSON *json, const char *path)
{
    char step[128];
    while (json && *path) {
        size_t length = strcspn(path, ".");
        snprintf(step, sizeof step, "%.*s", (int)length, path);
        json = find_step(json, step);
        path += length;
        path += *path == '.';
    }
    return json;
}

// The member, which must be there.
static const cJSON *need(const cJSON *json, const char *path)
{
    const cJSON *item = vespa_json_find(json, path);
    if (!item) {
        char *text = cJSON_Print(json);
        fail_msg("there is no %s in %s", path, text);
    }
    return item;
}

double vespa_json_number(const cJSON *json, const char *path)
{
    const cJSON *item = need(json, path);
    if (!cJSON_IsNumber(item) && !cJSON_IsBool(item))
        fail_msg("%s is not a number", path);
    return number_of(item);
}

const char *vespa_json_string(const cJSON *json, const char *path)
{
    const cJSON *item = need(json, path);
    if (!cJSON_IsString(item))
        fail_msg("%s is not a string", path);
    return item->valuestring;
}

const char *vespa_json_header(const cJSON *json, const char *path, const char *name)
{
    const cJSON *pair;
    cJSON_ArrayForEach(pair, need(json, path))
    {
        const cJSON *header = cJSON_GetArrayItem(pair, 0);
        if (cJSON_IsString(header) && strcasecmp(header->valuestring, name) == 0)
            return cJSON_GetStringValue(cJSON_GetArrayItem(pair, 1));
    }
    return NULL;
}
