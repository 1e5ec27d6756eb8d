/*
 * An ordinary application: one JSON POST after the other on one easy handle, or many at a time on a
 * multi handle.
 *
 *   application easy|fresh|multi|memory URL REQUESTS BODY_BYTES [IN_FLIGHT]
 *
 * fresh: with a new easy handle for each request. memory: as easy, but what is printed is the most
 * anonymous memory, in KiB, that the process had when an answer came, while all that was needed for
 * the request was still there. A tenth more requests warm up and are not timed.
 * With easy and fresh IN_FLIGHT is the number of handles that are there, of which one is used.
 */
#include "tests/bench/programs/body.h"
#include "tests/bench/programs/timing.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <string.h>

struct application {
    const char *url;
    size_t requests;
    char *body;
    size_t body_length;
    struct curl_slist *headers;
    struct timing timing;
};

struct flight {
    CURL *easy;
    uint64_t began_ns;
};

static _Noreturn void fail(const char *what, const char *why)
{
    fprintf(stderr, "application: %s: %s\n", what, why);
    exit(1);
}

static size_t discard(char *bytes, size_t size, size_t count, void *user)
{
    (void)bytes;
    *(size_t *)user += size * count;
    return size * count;
}

static size_t received;
static long most_anonymous_kib;

static size_t look_at_memory(char *bytes, size_t size, size_t count, void *user)
{
    char line[256];
    long kib = 0;
    FILE *file = fopen("/proc/self/smaps_rollup", "re");
    while (file && fgets(line, sizeof line, file) && sscanf(line, "Anonymous: %ld kB", &kib) != 1)
        ;
    if (file)
        fclose(file);
    most_anonymous_kib = kib > most_anonymous_kib ? kib : most_anonymous_kib;
    return discard(bytes, size, count, user);
}

static size_t (*taker)(char *bytes, size_t size, size_t count, void *user) = discard;

static CURL *make_handle(const struct application *application)
{
    CURL *easy = curl_easy_init();
    if (!easy)
        fail("curl_easy_init", "out of memory");
    curl_easy_setopt(easy, CURLOPT_URL, application->url);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, application->headers);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)application->body_length);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, application->body);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, taker);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &received);
    return easy;
}

static void check(CURL *easy, CURLcode result)
{
    long status = 0;
    if (result)
        fail("a request", curl_easy_strerror(result));
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200)
        fail("a request", "status is not 200");
}

/* The last of them is the application's to use; the others are idle. */
static CURL *make_handles(const struct application *application, size_t count)
{
    CURL *easy = make_handle(application);
    for (size_t i = 1; i < count; i++)
        easy = make_handle(application);
    return easy;
}

static void run_easy(struct application *application, bool fresh, size_t handles)
{
    size_t warm_up = application->requests / 10;
    CURL *easy = make_handles(application, handles);
    for (size_t i = 0; i < application->requests + warm_up; i++) {
        if (i == warm_up)
            timing_begin(&application->timing, application->requests);
        uint64_t began_ns = now_ns();
        if (fresh) {
            curl_easy_cleanup(easy);
            easy = make_handle(application);
        }
        check(easy, curl_easy_perform(easy));
        if (i >= warm_up)
            timing_add(&application->timing, now_ns() - began_ns);
    }
    curl_easy_cleanup(easy);
}

/* Each handle is added again as soon as its request is done. */
static void run_multi(struct application *application, size_t in_flight)
{
    size_t warm_up = application->requests / 10;
    size_t total = application->requests + warm_up, begun = 0, done = 0;
    struct flight *flights = calloc(in_flight, sizeof *flights);
    CURLM *multi = curl_multi_init();
    if (!flights || !multi)
        fail("curl_multi_init", "out of memory");
    timing_begin(&application->timing, total);
    for (; begun < in_flight && begun < total; begun++) {
        flights[begun].easy = make_handle(application);
        curl_easy_setopt(flights[begun].easy, CURLOPT_PRIVATE, &flights[begun]);
        flights[begun].began_ns = now_ns();
        curl_multi_add_handle(multi, flights[begun].easy);
    }
    while (done < total) {
        int running, left;
        CURLMsg *message;
        curl_multi_perform(multi, &running);
        while ((message = curl_multi_info_read(multi, &left)) != NULL) {
            struct flight *flight;
            CURL *easy = message->easy_handle;
            check(easy, message->data.result);
            curl_easy_getinfo(easy, CURLINFO_PRIVATE, &flight);
            timing_add(&application->timing, now_ns() - flight->began_ns);
            curl_multi_remove_handle(multi, easy);
            if (++done == warm_up) {
                application->timing.count = 0;
                application->timing.began_ns = now_ns();
            }
            if (begun < total) {
                begun++;
                flight->began_ns = now_ns();
                curl_multi_add_handle(multi, easy);
            }
        }
        if (done < total)
            curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
    for (size_t i = 0; i < in_flight; i++)
        curl_easy_cleanup(flights[i].easy);
    curl_multi_cleanup(multi);
    free(flights);
}

int main(int count, char **arguments)
{
    if (count < 5) {
        fprintf(stderr, "usage: application easy|fresh|multi|memory URL REQUESTS BODY_BYTES "
                        "[IN_FLIGHT]\n");
        return 2;
    }
    struct application application = {
        .url = arguments[2],
        .requests = strtoul(arguments[3], NULL, 10),
        .body_length = strtoul(arguments[4], NULL, 10),
    };
    application.body = make_body(application.body_length);
    application.headers = curl_slist_append(NULL, "Content-Type: application/json");
    application.headers = curl_slist_append(application.headers, "Expect:");
    size_t handles = count > 5 ? strtoul(arguments[5], NULL, 10) : 64;
    bool memory = strcmp(arguments[1], "memory") == 0;
    if (memory)
        taker = look_at_memory;
    if (strcmp(arguments[1], "multi") == 0)
        run_multi(&application, handles);
    else
        run_easy(&application, strcmp(arguments[1], "fresh") == 0, count > 5 ? handles : 1);
    if (memory)
        printf("%ld\n", most_anonymous_kib);
    else
        timing_print(&application.timing);
    curl_slist_free_all(application.headers);
    free(application.body);
    return 0;
}
