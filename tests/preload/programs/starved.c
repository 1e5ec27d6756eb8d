/*
 * Does one request again and again, each time in a process of its own in which another allocation
 * fails: the first, the second, … until there are no more. Says what a program could not live with:
 * a crash, a hang, a success without the answer.
 *
 *     starved [multi] [all] [warm] [careless] [curlu] URL
 *
 * multi: in a multi handle. all: all further allocations fail too. warm: after a first request that
 * lacked nothing. careless: errors of curl_easy_setopt are ignored; then any answer is right.
 * curlu: the URL is given as a CURLU.
 *
 * To be run with tests/preload/libraries/starve.c preloaded. Ends with the line "N allocations".
 */
#include "tests/preload/programs/answer.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BODY "{\"a\":1}"

enum { MOST = 20000, AT_ONCE = 40, PATIENCE = 60 };
enum verdict { STARVED, UNTOUCHED, WRONG };

__attribute__((weak)) void starve_from(unsigned call, bool all);
__attribute__((weak)) unsigned starve_count(void);

struct way {
    bool multi, all, warm, careless;
    CURLU *handle;
};

static CURLcode set_up(CURL *easy, const struct way *way, const char *url, struct answer *answer)
{
    CURLcode code = way->handle ? curl_easy_setopt(easy, CURLOPT_CURLU, way->handle)
                                : curl_easy_setopt(easy, CURLOPT_URL, url);
    code = code ? code : curl_easy_setopt(easy, CURLOPT_POSTFIELDS, BODY);
    code = code ? code : curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, collect);
    return code ? code : curl_easy_setopt(easy, CURLOPT_WRITEDATA, answer);
}

/* CURL_LAST: no message came though nothing runs any more. */
static CURLcode run_multi(CURLM *multi)
{
    int running = 1, left;
    while (running)
        if (curl_multi_perform(multi, &running) ||
            (running && curl_multi_poll(multi, NULL, 0, 1000, NULL)))
            return CURLE_FAILED_INIT;
    CURLMsg *message = curl_multi_info_read(multi, &left);
    return message ? message->data.result : CURL_LAST;
}

static CURLcode perform_multi(CURL *easy)
{
    CURLM *multi = curl_multi_init();
    CURLcode code = CURLE_FAILED_INIT;
    if (!multi)
        return code;
    if (!curl_multi_add_handle(multi, easy)) {
        code = run_multi(multi);
        curl_multi_remove_handle(multi, easy);
    }
    curl_multi_cleanup(multi);
    return code;
}

static CURLcode perform(CURL *easy, const struct way *way)
{
    return way->multi ? perform_multi(easy) : curl_easy_perform(easy);
}

static enum verdict judge(CURL *easy, CURLcode code, const struct way *way,
                          const struct answer *answer)
{
    long status = 0;
    if (code == CURL_LAST) {
        printf("no message\n");
        return WRONG;
    }
    if (code || way->careless)
        return STARVED;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (status == 200 && strcmp(answer->text, BODY) == 0)
        return STARVED;
    if (status >= 400 && strncmp(answer->text, "{\"error\":{", 10) == 0)
        return STARVED;
    printf("a success with status %ld: %s\n", status, answer->text);
    return WRONG;
}

static void warm_up(const struct way *way, const char *url)
{
    struct answer answer = {.length = 0};
    CURL *easy = curl_easy_init();
    if (!easy || set_up(easy, way, url, &answer) || perform(easy, way))
        printf("the first request failed\n");
    curl_easy_cleanup(easy);
}

/* In a process of its own. */
static enum verdict request(const struct way *way, const char *url, unsigned call)
{
    static struct answer answer;
    enum verdict verdict = STARVED;
    alarm(PATIENCE);
    if (way->warm)
        warm_up(way, url);
    starve_from(call, way->all);
    CURL *easy = curl_easy_init();
    CURLcode code = easy ? set_up(easy, way, url, &answer) : CURLE_OUT_OF_MEMORY;
    if (easy && (!code || way->careless))
        code = perform(easy, way);
    bool reached = starve_count() >= call;
    starve_from(0, false);
    if (easy)
        verdict = judge(easy, code, way, &answer);
    curl_easy_cleanup(easy);
    curl_global_cleanup();
    return verdict == STARVED && !reached ? UNTOUCHED : verdict;
}

static enum verdict wait_for_one(void)
{
    int status;
    pid_t child = wait(&status);
    if (child > 0 && WIFEXITED(status))
        return (enum verdict)WEXITSTATUS(status);
    printf("a child was ended by signal %d\n", child > 0 ? WTERMSIG(status) : -1);
    return WRONG;
}

static void start(const struct way *way, const char *url, unsigned call)
{
    if (fork() != 0)
        return;
    enum verdict verdict = request(way, url, call);
    if (verdict == WRONG)
        printf("at allocation %u\n", call);
    _exit((int)verdict);
}

static bool says(char **words, const char *word)
{
    while (*words && strcmp(*words, word) != 0)
        words++;
    return *words != NULL;
}

int main(int argc, char **argv)
{
    struct way way = {.multi = says(argv, "multi"),
                      .all = says(argv, "all"),
                      .warm = says(argv, "warm"),
                      .careless = says(argv, "careless")};
    unsigned running = 0, call = 0, wrong = 0;
    bool more = true;
    if (argc < 2 || !starve_from)
        return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    if (says(argv, "curlu")) {
        way.handle = curl_url();
        curl_url_set(way.handle, CURLUPART_URL, argv[argc - 1], 0);
    }
    while (running || more) {
        if (more && running < AT_ONCE) {
            running++;
            start(&way, argv[argc - 1], ++call);
            continue;
        }
        enum verdict verdict = wait_for_one();
        running--;
        wrong += verdict == WRONG;
        more = more && verdict != UNTOUCHED && call < MOST && wrong < 20;
    }
    curl_url_cleanup(way.handle);
    printf("%u allocations\n", call);
    return wrong ? 1 : 0;
}
