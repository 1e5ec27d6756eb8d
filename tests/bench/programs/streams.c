/*
 * An ordinary application that reads many event streams of the streamer at once, in one multi
 * handle, and measures what it sees of them.
 *
 *   streams URL STREAMS [WAITING_URL BYTES]
 *
 * With a WAITING_URL one request is sent there first and only awaited, and, once the streams flow,
 * a JSON body of so many BYTES is sent to URL, from memory and by a read callback. Prints in
 * microseconds: gap between chunks, median and 99 %; delay of a chunk, median and 99 %; the same of
 * a stream's first chunk; the most CPU time that one curl_multi_perform took while the streams were
 * flowing.
 */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_STREAMS = 400, MOST_SAMPLES = 1000000 };

struct stream {
    CURL *easy;
    uint64_t last_ns;
};

static struct stream streams[MOST_STREAMS];
static uint64_t gaps[MOST_SAMPLES], delays[MOST_SAMPLES], firsts[MOST_STREAMS];
static size_t gap_count, delay_count, first_count;
static uint64_t longest_ns;
static char *body;
static size_t body_length, body_read;
static int done_count;

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "streams: %s\n", what);
    exit(1);
}

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static size_t take_chunk(char *bytes, size_t size, size_t count, void *user)
{
    struct stream *stream = user;
    uint64_t now = clock_ns(CLOCK_MONOTONIC);
    const char *sent = memmem(bytes, size * count, "\"sent\":", 7);
    uint64_t delay = sent ? now - strtoull(sent + 7, NULL, 10) : 0;
    if (sent && delay_count < MOST_SAMPLES)
        delays[delay_count++] = delay;
    if (sent && !stream->last_ns && first_count < MOST_STREAMS)
        firsts[first_count++] = delay;
    if (stream->last_ns && gap_count < MOST_SAMPLES)
        gaps[gap_count++] = now - stream->last_ns;
    stream->last_ns = now;
    return size * count;
}

static size_t ignore(char *bytes, size_t size, size_t count, void *user)
{
    (void)bytes, (void)user;
    return size * count;
}

static size_t read_body(char *to, size_t size, size_t count, void *user)
{
    size_t left = body_length - body_read;
    size_t length = left < size * count ? left : size * count;
    (void)user;
    memcpy(to, body + body_read, length);
    body_read += length;
    return length;
}

static CURL *add(CURLM *multi, const char *url, void *sink, void *user)
{
    CURL *easy = curl_easy_init();
    if (!easy)
        fail("no handle");
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "{\"stream\":true}");
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, sink);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, user);
    if (curl_multi_add_handle(multi, easy) != CURLM_OK)
        fail("not added");
    return easy;
}

/* Two bodies: from memory, and by a callback. */
static void add_bodies(CURLM *multi, const char *url, CURL *added[2])
{
    added[0] = add(multi, url, ignore, NULL);
    added[1] = add(multi, url, ignore, NULL);
    curl_easy_setopt(added[0], CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body_length);
    curl_easy_setopt(added[0], CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(added[1], CURLOPT_POSTFIELDS, NULL);
    curl_easy_setopt(added[1], CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body_length);
    curl_easy_setopt(added[1], CURLOPT_READFUNCTION, read_body);
}

static int drive(CURLM *multi)
{
    int running = 0, left;
    CURLMsg *message;
    uint64_t before = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    curl_multi_perform(multi, &running);
    uint64_t taken = clock_ns(CLOCK_THREAD_CPUTIME_ID) - before;
    if (gap_count > 0 && taken > longest_ns)
        longest_ns = taken;
    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
        long status = 0;
        curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
        if (message->data.result || status != 200) {
            fprintf(stderr, "streams: %s, status %ld\n", curl_easy_strerror(message->data.result),
                    status);
            exit(1);
        }
        done_count++;
    }
    if (running)
        curl_multi_poll(multi, NULL, 0, 1000, NULL);
    return running;
}

static int compare(const void *one, const void *other)
{
    uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;
    return (a > b) - (a < b);
}

static void print(uint64_t *samples, size_t count)
{
    if (count == 0)
        fail("no chunk came");
    qsort(samples, count, sizeof *samples, compare);
    printf("%.1f %.1f ", (double)samples[count / 2] / 1e3, (double)samples[count * 99 / 100] / 1e3);
}

/* ["…","…",…,1] and spaces. */
static void make_body(size_t length)
{
    static const char word[] = "\"The quick brown fox\",";
    size_t at = 1;
    body_length = length;
    body = malloc(length);
    if (!body || length < sizeof word + 3)
        fail("no memory");
    memset(body, ' ', length);
    for (body[0] = '['; at + sizeof word + 2 < length; at += sizeof word - 1)
        memcpy(body + at, word, sizeof word - 1);
    memcpy(body + at, "1]", 2);
}

int main(int argc, char **argv)
{
    CURL *others[3] = {NULL};
    if (argc != 3 && argc != 5)
        fail("usage: streams URL STREAMS [WAITING_URL BYTES]");
    int count = atoi(argv[2]);
    if (count < 1 || count > MOST_STREAMS)
        fail("too many streams");
    curl_global_init(CURL_GLOBAL_ALL);
    CURLM *multi = curl_multi_init();
    if (argc == 5) {
        make_body((size_t)atol(argv[4]));
        others[0] = add(multi, argv[3], ignore, NULL);
        for (int i = 0; i < 20; i++)
            drive(multi);
    }
    for (int i = 0; i < count; i++)
        streams[i].easy = add(multi, argv[1], take_chunk, &streams[i]);
    while (gap_count == 0)
        drive(multi);
    if (argc == 5)
        add_bodies(multi, argv[1], others + 1);
    while (drive(multi) > 0)
        ;
    if (done_count != count + (argc == 5 ? 3 : 0))
        fail("not all were done");
    print(gaps, gap_count);
    print(delays, delay_count);
    print(firsts, first_count);
    printf("%.1f\n", (double)longest_ns / 1e3);
    for (int i = 0; i < count; i++) {
        curl_multi_remove_handle(multi, streams[i].easy);
        curl_easy_cleanup(streams[i].easy);
    }
    for (int i = 0; i < 3; i++) {
        if (others[i])
            curl_multi_remove_handle(multi, others[i]);
        curl_easy_cleanup(others[i]);
    }
    curl_multi_cleanup(multi);
    curl_global_cleanup();
    free(body);
    return 0;
}
