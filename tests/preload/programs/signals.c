/*
 * Requests of a program that is sent signals all the time: by an interval timer, and by another
 * thread.
 *
 *     signals easy|multi N URL      N requests
 *
 * Prints for each "result CODE status CODE body TEXT", and at the end whether many signals came,
 * and whether what the program had set up for signals is still so.
 */
#include "tests/preload/programs/answer.h"

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define BODY "{\"a\":1}"

enum { SIGNALS = 32 };

struct set_up {
    struct sigaction actions[SIGNALS];
    sigset_t mask;
};

static atomic_uint caught;
static atomic_bool enough;
static pthread_t main_thread;

static void handler(int number)
{
    (void)number;
    caught++;
}

static void *send_signals(void *user)
{
    (void)user;
    while (!enough) {
        pthread_kill(main_thread, SIGUSR1);
        usleep(700);
    }
    return NULL;
}

static CURLcode perform_multi(CURL *easy)
{
    CURLM *multi = curl_multi_init();
    int running = 1, left;
    curl_multi_add_handle(multi, easy);
    while (running && !curl_multi_perform(multi, &running))
        curl_multi_poll(multi, NULL, 0, 1000, NULL);
    const CURLMsg *message = curl_multi_info_read(multi, &left);
    CURLcode code = message ? message->data.result : CURLE_FAILED_INIT;
    curl_multi_remove_handle(multi, easy);
    curl_multi_cleanup(multi);
    return code;
}

static void request(bool multi, CURL *easy)
{
    struct answer answer = {.length = 0};
    long status = 0;
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &answer);
    CURLcode code = multi ? perform_multi(easy) : curl_easy_perform(easy);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    printf("result %d status %ld body %s\n", (int)code, status, answer.text);
}

static void note(struct set_up *set_up)
{
    memset(set_up, 0, sizeof *set_up);
    for (int i = 1; i < SIGNALS; i++)
        sigaction(i, NULL, &set_up->actions[i]);
    pthread_sigmask(SIG_SETMASK, NULL, &set_up->mask);
}

static bool same(const struct set_up *a, const struct set_up *b)
{
    for (int i = 1; i < SIGNALS; i++)
        if (a->actions[i].sa_handler != b->actions[i].sa_handler ||
            a->actions[i].sa_flags != b->actions[i].sa_flags)
            return false;
    return memcmp(&a->mask, &b->mask, sizeof a->mask) == 0;
}

int main(int argc, char **argv)
{
    static struct set_up before, after;
    pthread_t sender;
    if (argc != 4)
        return 2;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    main_thread = pthread_self();
    sigaction(SIGALRM, &(struct sigaction){.sa_handler = handler}, NULL);
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = handler}, NULL);
    note(&before);
    struct itimerval often = {{0, 1300}, {0, 1300}}, never = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &often, NULL);
    pthread_create(&sender, NULL, send_signals, NULL);
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, argv[3]);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, BODY);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, collect);
    for (int i = 0; i < atoi(argv[2]); i++)
        request(strcmp(argv[1], "multi") == 0, easy);
    curl_easy_cleanup(easy);
    curl_global_cleanup();
    setitimer(ITIMER_REAL, &never, NULL);
    enough = true;
    pthread_join(sender, NULL);
    note(&after);
    printf("signals: %s\n", caught > 100 ? "many" : "too few");
    printf("set-up: %s\n", same(&before, &after) ? "as before" : "changed");
    return 0;
}
