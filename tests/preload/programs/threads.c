/*
 * Requests in several threads at once, each with handles of its own.
 *
 *     threads N ROUNDS [share] [multi] [new] URL
 *
 * share: all handles use one CURLSH, for cookies, names, TLS sessions and, where it can be,
 * connections. multi: each thread has a multi handle. new: a new easy handle for each request.
 * Every request posts its own number and must get that back; prints what did not, and at the end "N
 * of N".
 */
#include "tests/preload/programs/answer.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct way {
    unsigned rounds;
    bool multi, renewed;
    const char *url;
    CURLSH *share;
};

struct worker {
    pthread_t thread;
    const struct way *way;
    unsigned number;
    unsigned good;
};

static pthread_mutex_t locks[CURL_LOCK_DATA_LAST];

static void lock(CURL *easy, curl_lock_data data, curl_lock_access access, void *user)
{
    (void)easy, (void)access, (void)user;
    pthread_mutex_lock(&locks[data]);
}

static void unlock(CURL *easy, curl_lock_data data, void *user)
{
    (void)easy, (void)user;
    pthread_mutex_unlock(&locks[data]);
}

static CURLSH *make_share(void)
{
    static const curl_lock_data kinds[] = {CURL_LOCK_DATA_COOKIE, CURL_LOCK_DATA_DNS,
                                           CURL_LOCK_DATA_SSL_SESSION};
    CURLSH *share = curl_share_init();
    for (int i = 0; i < CURL_LOCK_DATA_LAST; i++)
        pthread_mutex_init(&locks[i], NULL);
    curl_share_setopt(share, CURLSHOPT_LOCKFUNC, lock);
    curl_share_setopt(share, CURLSHOPT_UNLOCKFUNC, unlock);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        curl_share_setopt(share, CURLSHOPT_SHARE, kinds[i]);
    return share;
}

static CURL *make_handle(const struct way *way)
{
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, way->url);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, collect);
    if (way->share) {
        curl_easy_setopt(easy, CURLOPT_SHARE, way->share);
        curl_easy_setopt(easy, CURLOPT_COOKIEFILE, "");
    }
    return easy;
}

static CURLcode perform(CURLM *multi, CURL *easy)
{
    int running = 1, left;
    if (!multi)
        return curl_easy_perform(easy);
    curl_multi_add_handle(multi, easy);
    while (running)
        if (curl_multi_perform(multi, &running) ||
            (running && curl_multi_poll(multi, NULL, 0, 1000, NULL)))
            return CURLE_FAILED_INIT;
    CURLMsg *message = curl_multi_info_read(multi, &left);
    CURLcode code = message ? message->data.result : CURLE_FAILED_INIT;
    curl_multi_remove_handle(multi, easy);
    return code;
}

static void request(struct worker *worker, CURLM *multi, CURL *easy, unsigned round)
{
    struct answer answer = {.length = 0};
    char body[64];
    long status = 0;
    snprintf(body, sizeof body, "{\"thread\":%u,\"round\":%u}", worker->number, round);
    curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &answer);
    CURLcode code = perform(multi, easy);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (!code && status == 200 && strcmp(answer.text, body) == 0)
        worker->good++;
    else
        printf("%s: result %d status %ld body %s\n", body, (int)code, status, answer.text);
}

static void *work(void *user)
{
    struct worker *worker = user;
    const struct way *way = worker->way;
    CURLM *multi = way->multi ? curl_multi_init() : NULL;
    CURL *easy = make_handle(way);
    for (unsigned round = 0; round < way->rounds; round++) {
        request(worker, multi, easy, round);
        if (!way->renewed)
            continue;
        curl_easy_cleanup(easy);
        easy = make_handle(way);
    }
    curl_easy_cleanup(easy);
    curl_multi_cleanup(multi);
    return NULL;
}

static bool says(char **words, const char *word)
{
    while (*words && strcmp(*words, word) != 0)
        words++;
    return *words != NULL;
}

int main(int argc, char **argv)
{
    static struct worker workers[64];
    unsigned good = 0;
    if (argc < 4)
        return 2;
    unsigned count = (unsigned)atoi(argv[1]);
    struct way way = {.rounds = (unsigned)atoi(argv[2]),
                      .multi = says(argv, "multi"),
                      .renewed = says(argv, "new"),
                      .url = argv[argc - 1]};
    curl_global_init(CURL_GLOBAL_DEFAULT);
    if (says(argv, "share"))
        way.share = make_share();
    for (unsigned i = 0; i < count && i < 64; i++) {
        workers[i] = (struct worker){.way = &way, .number = i};
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
            return 2;
    }
    for (unsigned i = 0; i < count && i < 64; i++) {
        pthread_join(workers[i].thread, NULL);
        good += workers[i].good;
    }
    curl_share_cleanup(way.share);
    curl_global_cleanup();
    printf("%u of %u\n", good, count * way.rounds);
    return good == count * way.rounds ? 0 : 1;
}
