/*
 * The least that the protocol demands, by hand: two kept-alive handles, POST /route/, the values of
 * the answer found by their names, POST of the envelope. No program can be faster with libcurl; it
 * is the mark that routed requests are measured against.
 *
 *   ideal easy|multi AUTOSCALER_URL REQUESTS BODY_BYTES [IN_FLIGHT]
 */
#include "tests/bench/programs/body.h"
#include "tests/bench/programs/timing.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <string.h>

#define PATH "/v1/chat/completions"

struct ideal {
    char *route_url;
    size_t requests;
    char *body;
    size_t body_length;
    struct curl_slist *route_headers;
    struct curl_slist *worker_headers;
    struct timing timing;
};

/* One request: the call to the autoscaler, then the one to the worker. */
struct request {
    const struct ideal *ideal;
    CURL *route;
    CURL *worker;
    uint64_t began_ns;
    size_t answer_length;
    char answer[4096];
    char url[256];
    char *envelope; /* room for the body and 2,048 bytes more */
};

static size_t received;
static const char route_body[] = "{\"endpoint\":\"my-endpoint\",\"cost\":100}";

static _Noreturn void fail(const char *what, const char *why)
{
    fprintf(stderr, "ideal: %s: %s\n", what, why);
    exit(1);
}

static size_t keep(char *bytes, size_t size, size_t count, void *user)
{
    struct request *request = user;
    size_t length = size * count;
    if (length >= sizeof request->answer - request->answer_length)
        return 0;
    memcpy(request->answer + request->answer_length, bytes, length);
    request->answer_length += length;
    request->answer[request->answer_length] = '\0';
    return length;
}

static size_t discard(char *bytes, size_t size, size_t count, void *user)
{
    (void)bytes, (void)user;
    received += size * count;
    return size * count;
}

/* A member's value as it stands, and its length. */
static const char *find(const char *json, const char *name, size_t *length)
{
    const char *at = strstr(json, name);
    if (!at)
        fail("the route answer lacks", name);
    at += strlen(name);
    *length = *at == '"' ? strcspn(at + 1, "\"") + 2 : strcspn(at, ",}");
    return at;
}

static char *put(char *to, const char *bytes, size_t length)
{
    memcpy(to, bytes, length);
    return to + length;
}

static char *put_text(char *to, const char *text)
{
    return put(to, text, strlen(text));
}

static void make_envelope(struct request *request)
{
    static const char *const names[] = {"\"cost\":",        "\"endpoint\":",  "\"reqnum\":",
                                        "\"request_idx\":", "\"signature\":", "\"url\":"};
    const struct ideal *ideal = request->ideal;
    char *end = put_text(request->envelope, "{\"auth_data\":{");
    size_t length = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = find(request->answer, names[i], &length);
        if (i > 0)
            *end++ = ',';
        end = put_text(end, names[i]);
        end = put(end, value, length);
        if (i == sizeof names / sizeof *names - 1) {
            char *url = put(request->url, value + 1, length - 2);
            memcpy(url, PATH, sizeof PATH);
        }
    }
    end = put_text(end, "},\"payload\":");
    end = put(end, ideal->body, ideal->body_length);
    *end++ = '}';
    curl_easy_setopt(request->worker, CURLOPT_URL, request->url);
    curl_easy_setopt(request->worker, CURLOPT_POSTFIELDSIZE_LARGE,
                     (curl_off_t)(end - request->envelope));
    curl_easy_setopt(request->worker, CURLOPT_POSTFIELDS, request->envelope);
}

static void request_open(struct request *request, const struct ideal *ideal)
{
    request->ideal = ideal;
    request->route = curl_easy_init();
    request->worker = curl_easy_init();
    request->envelope = malloc(ideal->body_length + 2048);
    if (!request->route || !request->worker || !request->envelope)
        fail("a request", "out of memory");
    curl_easy_setopt(request->route, CURLOPT_URL, ideal->route_url);
    curl_easy_setopt(request->route, CURLOPT_HTTPHEADER, ideal->route_headers);
    curl_easy_setopt(request->route, CURLOPT_POSTFIELDS, route_body);
    curl_easy_setopt(request->route, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(request->route, CURLOPT_WRITEDATA, request);
    curl_easy_setopt(request->route, CURLOPT_PRIVATE, request);
    curl_easy_setopt(request->worker, CURLOPT_HTTPHEADER, ideal->worker_headers);
    curl_easy_setopt(request->worker, CURLOPT_WRITEFUNCTION, discard);
    curl_easy_setopt(request->worker, CURLOPT_PRIVATE, request);
}

static void request_close(struct request *request)
{
    curl_easy_cleanup(request->route);
    curl_easy_cleanup(request->worker);
    free(request->envelope);
}

static void request_begin(struct request *request)
{
    request->began_ns = now_ns();
    request->answer_length = 0;
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

static void run_easy(struct ideal *ideal)
{
    size_t warm_up = ideal->requests / 10;
    struct request request;
    request_open(&request, ideal);
    for (size_t i = 0; i < ideal->requests + warm_up; i++) {
        if (i == warm_up)
            timing_begin(&ideal->timing, ideal->requests);
        request_begin(&request);
        check(request.route, curl_easy_perform(request.route));
        make_envelope(&request);
        check(request.worker, curl_easy_perform(request.worker));
        if (i >= warm_up)
            timing_add(&ideal->timing, now_ns() - request.began_ns);
    }
    request_close(&request);
}

static void run_multi(struct ideal *ideal, size_t in_flight)
{
    size_t warm_up = ideal->requests / 10;
    size_t total = ideal->requests + warm_up, begun = 0, done = 0;
    struct request *requests = calloc(in_flight, sizeof *requests);
    CURLM *multi = curl_multi_init();
    if (!requests || !multi)
        fail("curl_multi_init", "out of memory");
    timing_begin(&ideal->timing, total);
    for (size_t i = 0; i < in_flight; i++)
        request_open(&requests[i], ideal);
    for (; begun < in_flight && begun < total; begun++) {
        request_begin(&requests[begun]);
        curl_multi_add_handle(multi, requests[begun].route);
    }
    while (done < total) {
        int running, left;
        CURLMsg *message;
        curl_multi_perform(multi, &running);
        while ((message = curl_multi_info_read(multi, &left)) != NULL) {
            struct request *request;
            CURL *easy = message->easy_handle;
            check(easy, message->data.result);
            curl_easy_getinfo(easy, CURLINFO_PRIVATE, &request);
            curl_multi_remove_handle(multi, easy);
            if (easy == request->route) {
                make_envelope(request);
                curl_multi_add_handle(multi, request->worker);
                continue;
            }
            timing_add(&ideal->timing, now_ns() - request->began_ns);
            if (++done == warm_up) {
                ideal->timing.count = 0;
                ideal->timing.began_ns = now_ns();
            }
            if (begun < total) {
                begun++;
                request_begin(request);
                curl_multi_add_handle(multi, request->route);
            }
        }
        if (done < total)
            curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
    for (size_t i = 0; i < in_flight; i++)
        request_close(&requests[i]);
    curl_multi_cleanup(multi);
    free(requests);
}

static struct curl_slist *headers_of(const char *const *lines)
{
    struct curl_slist *list = NULL;
    for (; *lines; lines++)
        list = curl_slist_append(list, *lines);
    return list;
}

int main(int count, char **arguments)
{
    static const char *const for_route[] = {
        "Content-Type: application/json", "Authorization: Bearer key", "Expect:", "Accept:", NULL};
    static const char *const for_worker[] = {"Content-Type: application/json", "Expect:", NULL};
    if (count < 5) {
        fprintf(stderr, "usage: ideal easy|multi AUTOSCALER_URL REQUESTS BODY_BYTES [IN_FLIGHT]\n");
        return 2;
    }
    struct ideal ideal = {
        .requests = strtoul(arguments[3], NULL, 10),
        .body_length = strtoul(arguments[4], NULL, 10),
        .route_headers = headers_of(for_route),
        .worker_headers = headers_of(for_worker),
    };
    ideal.route_url = malloc(strlen(arguments[2]) + sizeof "/route/");
    ideal.body = make_body(ideal.body_length);
    sprintf(ideal.route_url, "%s/route/", arguments[2]);
    if (strcmp(arguments[1], "multi") == 0)
        run_multi(&ideal, count > 5 ? strtoul(arguments[5], NULL, 10) : 64);
    else
        run_easy(&ideal);
    timing_print(&ideal.timing);
    curl_slist_free_all(ideal.route_headers);
    curl_slist_free_all(ideal.worker_headers);
    free(ideal.route_url);
    free(ideal.body);
    return 0;
}
