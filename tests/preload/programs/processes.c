/*
 * Requests of a program that forks, executes, becomes a daemon: one scenario for each run.
 *
 *     processes SCENARIO URL
 *
 * Each request prints "NAME: result CODE status CODE body TEXT".
 */
#include "tests/preload/programs/answer.h"

#include <curl/curl.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define BODY "{\"a\":1}"

enum { FORKS = 20, OWN = 32 };

static const char *program, *url;

static CURL *make_handle(void)
{
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, BODY);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, collect);
    return easy;
}

static bool request(const char *name, CURL *easy)
{
    struct answer answer = {.length = 0};
    long status = 0;
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &answer);
    CURLcode code = curl_easy_perform(easy);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    printf("%s: result %d status %ld body %s\n", name, (int)code, status, answer.text);
    return !code && status == 200;
}

static bool request_anew(const char *name)
{
    CURL *easy = make_handle();
    bool good = request(name, easy);
    curl_easy_cleanup(easy);
    return good;
}

static int wait_for(pid_t child)
{
    int status = -1;
    waitpid(child, &status, 0);
    if (status != 0)
        printf("a child ended with %d\n", status);
    return status;
}

/* ---- fork ------------------------------------------------------------------------------------ */

static void fork_before(void)
{
    CURL *easy = make_handle();
    pid_t child = fork();
    if (child == 0) {
        request("child", easy);
        exit(0);
    }
    wait_for(child);
    request("parent", easy);
    curl_easy_cleanup(easy);
}

/* The child ends as programs do: with all that libcurl has cleaned up. */
static void fork_after(void)
{
    CURL *easy = make_handle();
    request("parent", easy);
    pid_t child = fork();
    if (child == 0) {
        request_anew("child");
        request_anew("child again");
        curl_global_cleanup();
        exit(0);
    }
    wait_for(child);
    request("parent again", easy);
    curl_easy_cleanup(easy);
}

static size_t fork_in_callback(char *bytes, size_t size, size_t count, void *user)
{
    (void)bytes, (void)user;
    pid_t child = fork();
    if (child == 0) {
        request_anew("child");
        exit(0);
    }
    wait_for(child);
    return size * count;
}

static void fork_inside(void)
{
    CURL *easy = make_handle();
    struct answer answer = {.length = 0};
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &answer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, fork_in_callback);
    printf("parent: result %d\n", (int)curl_easy_perform(easy));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, collect);
    request("parent again", easy);
    curl_easy_cleanup(easy);
}

/* While the multi handle's request is in each of its phases. */
static void fork_multi(void)
{
    struct answer answer = {.length = 0};
    CURLM *multi = curl_multi_init();
    CURL *easy = make_handle();
    int running = 1, left;
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &answer);
    curl_multi_add_handle(multi, easy);
    while (running && !curl_multi_perform(multi, &running)) {
        pid_t child = fork();
        if (child == 0) {
            request_anew("child");
            _exit(0);
        }
        wait_for(child);
        curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
    CURLMsg *message = curl_multi_info_read(multi, &left);
    printf("parent: result %d body %s\n", message ? (int)message->data.result : -1, answer.text);
    curl_multi_remove_handle(multi, easy);
    curl_easy_cleanup(easy);
    curl_multi_cleanup(multi);
}

static atomic_bool enough;

static void *request_on_and_on(void *user)
{
    CURL *easy = make_handle();
    unsigned good = 0, all = 0;
    (void)user;
    while (!enough || all == 0) {
        good += request("thread", easy);
        all++;
    }
    curl_easy_cleanup(easy);
    printf("thread: %s\n", good == all ? "all good" : "some failed");
    return NULL;
}

static void fork_beside_threads(void)
{
    pthread_t threads[4];
    unsigned failed = 0;
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, request_on_and_on, NULL);
    for (int i = 0; i < FORKS; i++) {
        pid_t child = fork();
        if (child == 0) {
            alarm(60);
            _exit(request_anew("child") ? 0 : 1);
        }
        failed += wait_for(child) != 0;
        request_anew("parent");
    }
    enough = true;
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    printf("children: %s\n", failed ? "some failed" : "all good");
}

/* ---- fork beside threads that stand still in their callbacks --------------------------------- */

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_changed = PTHREAD_COND_INITIALIZER;
static bool gate_is_open;
static unsigned waiting; /* so many threads stand before it */

/* Once for each thread. */
static void wait_at_gate(void)
{
    static _Thread_local bool waited;
    pthread_mutex_lock(&gate);
    waiting += !waited;
    waited = true;
    pthread_cond_broadcast(&gate_changed);
    while (!gate_is_open)
        pthread_cond_wait(&gate_changed, &gate);
    pthread_mutex_unlock(&gate);
}

static size_t give_at_gate(char *bytes, size_t size, size_t count, void *user)
{
    (void)size, (void)count, (void)user;
    wait_at_gate();
    memcpy(bytes, BODY, strlen(BODY));
    return strlen(BODY);
}

static size_t take_at_gate(char *bytes, size_t size, size_t count, void *user)
{
    wait_at_gate();
    return collect(bytes, size, count, user);
}

static size_t pass_at_gate(char *bytes, size_t size, size_t count, void *user)
{
    (void)bytes, (void)user;
    wait_at_gate();
    return size * count;
}

static int look_at_gate(void *user, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                        curl_off_t up)
{
    (void)user, (void)down_total, (void)down, (void)up_total, (void)up;
    wait_at_gate();
    return 0;
}

static void wait_in_read(CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, NULL);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)strlen(BODY));
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_at_gate);
}

static void wait_in_progress(CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, look_at_gate);
}

static void wait_in_header(CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, pass_at_gate);
}

static void wait_in_write(CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_at_gate);
}

static void (*const places[])(CURL *easy) = {wait_in_read, wait_in_progress, wait_in_header,
                                             wait_in_write};
enum { PLACES = sizeof places / sizeof *places };

static void *request_with_a_wait(void *user)
{
    CURL *easy = make_handle();
    (*(void (*const *)(CURL *))user)(easy);
    request("thread", easy);
    curl_easy_cleanup(easy);
    return NULL;
}

/* No thread is within the allocator while this one forks. */
static void fork_beside_waiting_threads(void)
{
    pthread_t threads[PLACES];
    for (unsigned i = 0; i < PLACES; i++)
        pthread_create(&threads[i], NULL, request_with_a_wait, (void *)&places[i]);
    pthread_mutex_lock(&gate);
    while (waiting < PLACES)
        pthread_cond_wait(&gate_changed, &gate);
    pthread_mutex_unlock(&gate);
    for (int i = 0; i < FORKS; i++) {
        pid_t child = fork();
        if (child == 0)
            _exit(request_anew("child") ? 0 : 1);
        wait_for(child);
        request_anew("parent");
    }
    pthread_mutex_lock(&gate);
    gate_is_open = true;
    pthread_cond_broadcast(&gate_changed);
    pthread_mutex_unlock(&gate);
    for (unsigned i = 0; i < PLACES; i++)
        pthread_join(threads[i], NULL);
}

/* ---- exec ------------------------------------------------------------------------------------ */

static void execute(void)
{
    CURL *easy = make_handle();
    request("before", easy);
    execl(program, program, "executed", url, NULL);
}

static void executed(void)
{
    request_anew("after");
}

/* ---- descriptors ----------------------------------------------------------------------------- */

static const char *kind_of(int descriptor)
{
    int domain = 0, type = 0;
    socklen_t size = sizeof domain;
    if (getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0 ||
        getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) != 0)
        return "other";
    if (domain != AF_UNIX)
        return "inet";
    return type == SOCK_DGRAM ? "datagram" : "pair";
}

/* Prints "open WHEN KIND" for each descriptor above 2 that a program which is executed now would
 * inherit. */
static void print_inherited(const char *when)
{
    DIR *directory = opendir("/proc/self/fd");
    const struct dirent *entry;
    while (directory && (entry = readdir(directory)) != NULL) {
        int descriptor = atoi(entry->d_name);
        int flags = descriptor > 2 ? fcntl(descriptor, F_GETFD) : -1;
        if (flags >= 0 && !(flags & FD_CLOEXEC))
            printf("open %s %s\n", when, kind_of(descriptor));
    }
    if (directory)
        closedir(directory);
}

/* What this program has inherited itself is not meant. */
static void keep_to_oneself(void)
{
    for (int i = 3; i < 256; i++)
        fcntl(i, F_SETFD, FD_CLOEXEC);
}

static int look(void *user, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                curl_off_t up)
{
    (void)user, (void)down_total, (void)down, (void)up_total, (void)up;
    print_inherited("during");
    return 0;
}

static void descriptors(void)
{
    keep_to_oneself();
    CURL *easy = make_handle();
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, look);
    request("request", easy);
    print_inherited("after");
    curl_easy_setopt(easy, CURLOPT_URL, "http://nobody.vespa.internal/");
    request("reply", easy);
    print_inherited("after_reply");
    curl_easy_cleanup(easy);
    print_inherited("after_cleanup");
}

/* Closes all descriptors above 2 and opens files of its own in their place. */
static void take_descriptors(int own[static OWN])
{
    for (int i = 3; i < 256; i++)
        close(i);
    for (int i = 0; i < OWN; i++) {
        own[i] = open("/tmp", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
        if (own[i] < 0 || write(own[i], "own", 3) != 3)
            printf("no file: %s\n", strerror(errno));
    }
}

static bool is_intact(int descriptor)
{
    struct stat status;
    return fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && status.st_size == 3;
}

static void check_descriptors(const int own[static OWN])
{
    unsigned intact = 0;
    for (int i = 0; i < OWN; i++)
        intact += is_intact(own[i]);
    printf("own: %u of %u intact\n", intact, (unsigned)OWN);
}

/* A handle that was in use when the descriptors went is left alone: its connections are gone, and
 * libcurl would close what stands in their place. */
static void close_all(void)
{
    int own[OWN];
    request_anew("before");
    CURL *kept = make_handle();
    take_descriptors(own);
    request_anew("after");
    check_descriptors(own);
    request("kept", kept);
    check_descriptors(own);
    curl_easy_cleanup(kept);
    curl_global_cleanup();
    check_descriptors(own);
}

static void become_daemon(void)
{
    int own[OWN];
    request_anew("before");
    pid_t child = fork();
    if (child > 0) {
        wait_for(child);
        return;
    }
    setsid();
    take_descriptors(own);
    request_anew("daemon");
    request_anew("daemon again");
    check_descriptors(own);
    curl_global_cleanup();
    check_descriptors(own);
    exit(0);
}

static const struct {
    const char *name;
    void (*play)(void);
} scenarios[] = {
    {"fork_before", fork_before},
    {"fork_after", fork_after},
    {"fork_inside", fork_inside},
    {"fork_multi", fork_multi},
    {"fork_beside_threads", fork_beside_threads},
    {"fork_beside_waiting_threads", fork_beside_waiting_threads},
    {"execute", execute},
    {"executed", executed},
    {"descriptors", descriptors},
    {"close_all", close_all},
    {"become_daemon", become_daemon},
};

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    program = argv[0];
    url = argv[2];
    setvbuf(stdout, NULL, _IOLBF, 0);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
        if (strcmp(scenarios[i].name, argv[1]) == 0)
            scenarios[i].play();
    return 0;
}
