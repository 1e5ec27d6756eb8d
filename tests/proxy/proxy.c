// What tests of `vespa proxy` have in common.

#define _GNU_SOURCE // pipe2

#include "tests/proxy/proxy.h"

#include "tests/support/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_OPTIONS = 32 };

int proxy_patience_ms(void)
{
    return getenv("VESPA_SLOW") ? 100000 : 20000;
}

static long deadline(void)
{
    return vespa_test_now() + proxy_patience_ms();
}

// ---- processes ----

// What comes from a pipe up to the end, or to a line's end; what has come when time is up.
static char *read_text(int pipe, bool line, long until)
{
    char *text = strdup("");
    size_t length = 0;
    for (;;) {
        struct pollfd watched = {.fd = pipe, .events = POLLIN};
        long left = until - vespa_test_now();
        char byte;
        if (left <= 0 || poll(&watched, 1, (int)left) <= 0 || read(pipe, &byte, 1) != 1)
            return text;
        char *longer = realloc(text, length + 2);
        if (!longer)
            abort();
        text = longer;
        text[length++] = byte;
        text[length] = '\0';
        if (line && byte == '\n')
            return text;
    }
}

static void put_variables(const char *const *variables)
{
    for (; variables && *variables; variables++)
        putenv((char *)(uintptr_t)*variables);
}

// As systemd does (sd_listen_fds(3)).
static void hand_over(int socket)
{
    char process[24];
    snprintf(process, sizeof process, "%d", (int)getpid());
    setenv("LISTEN_PID", process, 1);
    setenv("LISTEN_FDS", "1", 1);
    if (socket == 3)
        fcntl(socket, F_SETFD, 0);
    else
        dup2(socket, 3);
}

__attribute__((noreturn)) static void become(const struct proxy_fixture *fixture, const char **argv,
                                             int out, int err, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int nothing = open("/dev/null", O_RDONLY);
    put_variables(vespa_sim_process_environment(fixture->sim));
    put_variables(fixture->variables);
    out = fcntl(out, F_DUPFD_CLOEXEC, 10);
    err = fcntl(err, F_DUPFD_CLOEXEC, 10);
    if (fixture->socket)
        hand_over(fixture->socket);
    if (getppid() == parent && dup2(nothing, 0) >= 0 && dup2(out, 1) >= 0 && dup2(err, 2) >= 0)
        execv(argv[0], (char *const *)(void *)argv);
    _exit(127);
}

static void run_proxy(struct proxy_fixture *fixture, const char **argv)
{
    int out[2], err[2];
    if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0)
        fail_msg("pipe: %s", strerror(errno));
    pid_t parent = getpid();
    fixture->pid = fork();
    if (fixture->pid == 0)
        become(fixture, argv, out[1], err[1], parent);
    close(out[1]);
    close(err[1]);
    fixture->err = err[0];
    char *line = read_text(out[0], true, deadline());
    close(out[0]);
    char *url = strstr(line, "listening on ");
    if (url)
        url += strlen("listening on ");
    if (!url) {
        kill(fixture->pid, SIGKILL);
        char *complaint = read_text(fixture->err, false, vespa_test_now() + 1000);
        fail_msg("vespa proxy did not start: %s%s", line, complaint);
    }
    url[strcspn(url, "\n")] = '\0';
    free(fixture->url);
    fixture->url = strdup(url);
    free(line);
}

void proxy_start(struct proxy_fixture *fixture, ...)
{
    const char *argv[MOST_OPTIONS + 5];
    char *binary = vespa_build_path("vespa");
    size_t count = 0;
    va_list options;
    argv[count++] = binary;
    argv[count++] = "proxy";
    argv[count++] = "--port";
    argv[count++] = "0";
    va_start(options, fixture);
    while (count < MOST_OPTIONS && (argv[count] = va_arg(options, const char *)) != NULL)
        count++;
    va_end(options);
    argv[count] = NULL;
    run_proxy(fixture, argv);
    free(binary);
}

void proxy_start_with_rule(struct proxy_fixture *fixture, const char *members)
{
    char path[] = "/tmp/vespa-proxy-XXXXXX";
    int file = mkstemp(path);
    dprintf(file, "{\"rules\":[{\"endpoint\":\"my-endpoint\",\"api_key\":\"%s\",%s}]}",
            vespa_sim_process_value(fixture->sim, "VAST_API_KEY"), members);
    close(file);
    proxy_start(fixture, "--config", path, NULL);
    unlink(path);
}

void proxy_restart_sim(struct proxy_fixture *fixture, ...)
{
    const char *options[MOST_OPTIONS + 1] = {NULL};
    size_t count = 0;
    va_list list;
    va_start(list, fixture);
    while (count < MOST_OPTIONS && (options[count] = va_arg(list, const char *)) != NULL)
        count++;
    va_end(list);
    vespa_sim_process_stop(fixture->sim);
    fixture->sim = vespa_sim_process_start_list(options);
}

int proxy_stop(struct proxy_fixture *fixture)
{
    int status = 0;
    long until = deadline();
    kill(fixture->pid, SIGTERM);
    free(fixture->log);
    fixture->log = read_text(fixture->err, false, until); // it ends with the process
    close(fixture->err);
    while (waitpid(fixture->pid, &status, WNOHANG) == 0) {
        if (vespa_test_now() > until)
            kill(fixture->pid, SIGKILL);
        poll(NULL, 0, 2);
    }
    fixture->pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int proxy_set_up(void **state)
{
    struct proxy_fixture *fixture = calloc(1, sizeof *fixture);
    fixture->sim = vespa_sim_process_start(NULL);
    fixture->easy = curl_easy_init();
    *state = fixture;
    return fixture->easy ? 0 : -1;
}

static void free_answer(struct proxy_answer *answer)
{
    free(answer->head);
    free(answer->body);
    *answer = (struct proxy_answer){0};
}

int proxy_tear_down(void **state)
{
    struct proxy_fixture *fixture = *state;
    curl_easy_cleanup(fixture->easy);
    int status = fixture->pid ? proxy_stop(fixture) : 0;
    if (status != 0)
        fprintf(stderr, "vespa proxy ended with %d: %s\n", status, fixture->log);
    vespa_sim_process_stop(fixture->sim);
    free_answer(&fixture->answer);
    cJSON_Delete(fixture->stats);
    free(fixture->url);
    free(fixture->log);
    free(fixture);
    return status;
}

// ---- calls ----

struct receiver {
    struct proxy_answer *answer;
    size_t head_length;
    size_t stop_at;
};

static size_t receive_head(char *bytes, size_t size, size_t count, void *context)
{
    struct receiver *receiver = context;
    size_t length = size * count;
    receiver->answer->head = realloc(receiver->answer->head, receiver->head_length + length + 1);
    memcpy(receiver->answer->head + receiver->head_length, bytes, length);
    receiver->head_length += length;
    receiver->answer->head[receiver->head_length] = '\0';
    return length;
}

static size_t receive_body(char *bytes, size_t size, size_t count, void *context)
{
    struct receiver *receiver = context;
    struct proxy_answer *answer = receiver->answer;
    size_t length = size * count;
    answer->body = realloc(answer->body, answer->length + length + 1);
    memcpy(answer->body + answer->length, bytes, length);
    answer->length += length;
    answer->body[answer->length] = '\0';
    answer->pieces++;
    return receiver->stop_at && answer->length >= receiver->stop_at ? 0 : length;
}

struct upload {
    const char *bytes;
    size_t left;
};

static size_t send_body(char *to, size_t size, size_t count, void *context)
{
    struct upload *upload = context;
    size_t length = size * count < upload->left ? size * count : upload->left;
    memcpy(to, upload->bytes, length);
    upload->bytes += length;
    upload->left -= length;
    return length;
}

static void set_body(CURL *easy, const struct proxy_call *call, struct upload *upload)
{
    if (!call->body)
        return;
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    if (call->chunked) {
        curl_easy_setopt(easy, CURLOPT_READFUNCTION, send_body);
        curl_easy_setopt(easy, CURLOPT_READDATA, upload);
    } else {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)upload->left);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call->body);
    }
}

static bool names_type(const char *const *lines)
{
    for (; lines && *lines; lines++)
        if (strncasecmp(*lines, "Content-Type:", strlen("Content-Type:")) == 0)
            return true;
    return false;
}

static struct curl_slist *headers_of(const struct proxy_call *call)
{
    struct curl_slist *list = NULL;
    if (call->body && !names_type(call->headers))
        list = curl_slist_append(list, "Content-Type: application/json");
    if (call->chunked)
        list = curl_slist_append(list, "Transfer-Encoding: chunked");
    for (const char *const *line = call->headers; line && *line; line++)
        list = curl_slist_append(list, *line);
    return list;
}

const struct proxy_answer *proxy_call(struct proxy_fixture *fixture, const struct proxy_call *call)
{
    CURL *easy = fixture->easy;
    struct receiver receiver = {.answer = &fixture->answer, .stop_at = call->stop_at};
    struct upload upload = {call->body, call->body_length};
    struct curl_slist *headers = headers_of(call);
    char url[4096];
    if (call->body && !upload.left)
        upload.left = strlen(call->body);
    free_answer(&fixture->answer);
    fixture->answer.body = strdup("");
    fixture->answer.head = strdup("");
    snprintf(url, sizeof url, "%s%s", fixture->url, call->path ? call->path : "/echo");
    curl_easy_reset(easy);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    if (call->unix_path)
        curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, call->unix_path);
    if (call->ca_file)
        curl_easy_setopt(easy, CURLOPT_CAINFO, call->ca_file);
    set_body(easy, call, &upload);
    if (call->method && strcmp(call->method, "HEAD") == 0)
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    else if (call->method)
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, call->method);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, receive_head);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &receiver);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &receiver);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, deadline() - vespa_test_now());
    fixture->answer.result = curl_easy_perform(easy);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &fixture->answer.status);
    curl_slist_free_all(headers);
    return &fixture->answer;
}

const char *proxy_header(struct proxy_fixture *fixture, const char *name)
{
    static char value[4096];
    size_t length = strlen(name);
    for (const char *line = fixture->answer.head; *line; line += strcspn(line, "\n") + 1) {
        if (strncasecmp(line, name, length) != 0 || line[length] != ':')
            continue;
        const char *start = line + length + 1 + strspn(line + length + 1, " ");
        snprintf(value, sizeof value, "%.*s", (int)strcspn(start, "\r\n"), start);
        return value;
    }
    return NULL;
}

const cJSON *proxy_stats(struct proxy_fixture *fixture)
{
    cJSON_Delete(fixture->stats);
    fixture->stats = vespa_sim_process_stats_quiet(fixture->sim);
    return fixture->stats;
}

const cJSON *proxy_seen_request(struct proxy_fixture *fixture)
{
    const cJSON *stats = proxy_stats(fixture);
    const cJSON *request = vespa_json_find(stats, "workers.0.requests.-1");
    if (!request)
        request = vespa_json_find(stats, "workers.1.requests.-1");
    assert_non_null(request);
    return request;
}

void proxy_make_certificate(const char *cert, const char *key)
{
    char command[1024];
    snprintf(command, sizeof command,
             "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost "
             "-addext subjectAltName=IP:127.0.0.1 -keyout %s -out %s 2>/dev/null",
             key, cert);
    assert_int_equal(system(command), 0);
    assert_int_equal(chmod(key, 0600), 0);
}
