/*
 * An ordinary libcurl program that sends many requests at once, for long: threads with an easy
 * handle each, and one with a multi handle; plain answers and streams; bodies of one byte to many.
 * It knows what each answer has to be. Knows nothing of the shim.
 *
 *     url=URL        of a server that answers /echo and /v1/completions
 *     seconds=N      ends after so long; default 20
 *     requests=N     or after so many requests
 *     threads=N      with an easy handle; default 3
 *     handles=N      at a time in the multi handle; default 12
 *     largest=BYTES  of a body; default 8 MiB
 *
 * Each request has one outcome: "answered" with what belongs to it; "refused" by an answer that is
 * an error; "cut" in the middle of the right answer, which libcurl tells; or "wrong", which is told
 * on stderr. Now and then all wait until nothing is under way, and memory and descriptors are
 * counted. Exit code 1 when anything was wrong, or when either grew in the second half.
 */
#include <curl/curl.h>
#include <dirent.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SAMPLES = 12, MOST_THREADS = 64, MOST_HANDLES = 1000 };

struct text {
    char *data;
    size_t length;
    size_t room;
};

struct task {
    CURL *easy;
    unsigned long number;
    bool stream;
    bool under_way;
    struct text payload;
    struct text received;
    char model[48];
    char url[256];
};

static struct {
    const char *url;
    double seconds;
    unsigned long requests; /* 0: no limit */
    int threads;
    int handles;
    size_t largest;
} wanted = {.seconds = 20, .threads = 3, .handles = 12, .largest = 8 << 20};

static atomic_ulong begun, answered, refused, cut, wrong;
static atomic_bool hold, end;
static atomic_int idle; /* threads in which nothing is under way, while all hold */
static double started;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void append(struct text *text, const char *data, size_t length)
{
    if (text->length + length + 1 > text->room) {
        text->room = 2 * text->room + length + 1;
        text->data = realloc(text->data, text->room);
        if (!text->data)
            abort();
    }
    memcpy(text->data + text->length, data, length);
    text->length += length;
    text->data[text->length] = '\0';
}

/* What is large is given back, or one large body would look like a leak. */
static void empty(struct text *text)
{
    free(text->data);
    *text = (struct text){0};
}

/* ---- requests ---------------------------------------------------------------------------------
 */

static size_t collect(char *data, size_t size, size_t count, void *task)
{
    append(&((struct task *)task)->received, data, size * count);
    return size * count;
}

/* Most are small: of a thousand ten may be as large as they get. */
static size_t random_size(unsigned *seed)
{
    unsigned kind = (unsigned)rand_r(seed) % 1000;
    size_t most = kind < 10 ? wanted.largest : kind < 100 ? 256 * 1024 : 4096;
    most = most < wanted.largest ? most : wanted.largest;
    return 1 + (size_t)rand_r(seed) % most;
}

static void make_plain(struct task *task, unsigned *seed)
{
    char mark[64];
    size_t size = random_size(seed);
    if (size < 40) {
        snprintf(mark, sizeof mark, "%lu", task->number % 10);
        append(&task->payload, mark, 1);
        return;
    }
    snprintf(mark, sizeof mark, "{\"n\":%lu,\"x\":\"", task->number);
    append(&task->payload, mark, strlen(mark));
    while (task->payload.length < size - 2) {
        char letters[256] = {0};
        size_t left = size - 2 - task->payload.length;
        size_t length = left < sizeof letters ? left : sizeof letters;
        for (size_t i = 0; i < length; i++)
            letters[i] = (char)('a' + (task->number + task->payload.length + i) % 26);
        append(&task->payload, letters, length);
    }
    append(&task->payload, "\"}", 2);
}

static void make_stream(struct task *task, unsigned *seed)
{
    char text[256];
    snprintf(task->model, sizeof task->model, "\"model\":\"soak-%lu-%d\"", task->number,
             rand_r(seed));
    snprintf(text, sizeof text, "{%s,\"stream\":true,\"prompt\":\"x\",\"max_tokens\":%d}",
             task->model, 1 + rand_r(seed) % 20);
    append(&task->payload, text, strlen(text));
}

static bool prepare(struct task *task, unsigned *seed)
{
    task->number = atomic_fetch_add(&begun, 1);
    if (wanted.requests && task->number >= wanted.requests) {
        atomic_fetch_sub(&begun, 1);
        return false;
    }
    empty(&task->payload);
    empty(&task->received);
    append(&task->received, "", 0);
    task->stream = rand_r(seed) % 4 == 0;
    if (task->stream)
        make_stream(task, seed);
    else
        make_plain(task, seed);
    snprintf(task->url, sizeof task->url, "%s%s", wanted.url,
             task->stream ? "/v1/completions" : "/echo");
    curl_easy_setopt(task->easy, CURLOPT_URL, task->url);
    curl_easy_setopt(task->easy, CURLOPT_POSTFIELDSIZE, (long)task->payload.length);
    curl_easy_setopt(task->easy, CURLOPT_POSTFIELDS, task->payload.data);
    curl_easy_setopt(task->easy, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(task->easy, CURLOPT_WRITEDATA, task);
    curl_easy_setopt(task->easy, CURLOPT_PRIVATE, task);
    curl_easy_setopt(task->easy, CURLOPT_NOSIGNAL, 1L);
    task->under_way = true;
    return true;
}

/* ---- outcomes ---------------------------------------------------------------------------------
 */

static unsigned count(const char *text, const char *part)
{
    unsigned times = 0;
    for (; (text = strstr(text, part)) != NULL; text++)
        times++;
    return times;
}

/* Whether what came belongs to this request: all of it, or as far as it goes. */
static bool belongs(const struct task *task, bool whole)
{
    const struct text *got = &task->received;
    if (!task->stream)
        return (whole ? got->length == task->payload.length
                      : got->length <= task->payload.length) &&
               memcmp(got->data, task->payload.data, got->length) == 0;
    unsigned events = count(got->data, "data: {");
    unsigned own = count(got->data, task->model);
    if (whole)
        return own == events && events > 0 && strstr(got->data, "data: [DONE]\n\n") != NULL;
    return own == events || own + 1 == events;
}

static void tell_wrong(const struct task *task, CURLcode result, long status)
{
    if (atomic_fetch_add(&wrong, 1) < 20)
        fprintf(stderr,
                "wrong: request %lu, sent %zu bytes «%.60s», result %d, status %ld, got %zu bytes "
                "«%.300s»\n",
                task->number, task->payload.length, task->payload.data, (int)result, status,
                task->received.length, task->received.data);
}

static void conclude(struct task *task, CURLcode result)
{
    long status = 0;
    curl_easy_getinfo(task->easy, CURLINFO_RESPONSE_CODE, &status);
    bool error_text = status == 401 || strstr(task->received.data, "\"error\"") ||
                      strstr(task->received.data, "as the simulator was told");
    if (!task->under_way)
        tell_wrong(task, result, status); /* a second outcome */
    else if (result == CURLE_OK && status == 200 && belongs(task, true))
        atomic_fetch_add(&answered, 1);
    else if (result == CURLE_OK && status >= 400 && error_text)
        atomic_fetch_add(&refused, 1);
    else if ((result == CURLE_PARTIAL_FILE || result == CURLE_RECV_ERROR) && status == 200 &&
             belongs(task, false))
        atomic_fetch_add(&cut, 1);
    else
        tell_wrong(task, result, status);
    task->under_way = false;
}

/* ---- threads ----------------------------------------------------------------------------------
 */

static void wait_while_held(void)
{
    if (!atomic_load(&hold))
        return;
    atomic_fetch_add(&idle, 1);
    while (atomic_load(&hold))
        usleep(500);
    atomic_fetch_sub(&idle, 1);
}

static void *use_easy(void *number)
{
    unsigned seed = (unsigned)(size_t)number;
    struct task task = {.easy = curl_easy_init()};
    while (!atomic_load(&end) && prepare(&task, &seed)) {
        conclude(&task, curl_easy_perform(task.easy));
        empty(&task.payload);
        empty(&task.received);
        wait_while_held();
    }
    curl_easy_cleanup(task.easy);
    atomic_fetch_add(&idle, 1);
    return NULL;
}

/* Takes what has ended out of the multi handle; returns how many. */
static int reap(CURLM *multi)
{
    CURLMsg *message;
    int left, ended = 0;
    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
        struct task *task = NULL;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&task);
        conclude(task, message->data.result);
        curl_multi_remove_handle(multi, task->easy);
        empty(&task->payload);
        empty(&task->received);
        ended++;
    }
    return ended;
}

static void *use_multi(void *number)
{
    static struct task tasks[MOST_HANDLES];
    unsigned seed = (unsigned)(size_t)number;
    CURLM *multi = curl_multi_init();
    int under_way = 0, running;
    bool more = true;
    for (int i = 0; i < wanted.handles; i++)
        tasks[i].easy = curl_easy_init();
    while (under_way || (more && !atomic_load(&end))) {
        for (int i = 0; i < wanted.handles && more && !atomic_load(&hold) && !atomic_load(&end);
             i++) {
            if (tasks[i].under_way)
                continue;
            more = prepare(&tasks[i], &seed);
            if (more && curl_multi_add_handle(multi, tasks[i].easy) == CURLM_OK)
                under_way++;
        }
        curl_multi_perform(multi, &running);
        under_way -= reap(multi);
        if (under_way)
            curl_multi_poll(multi, NULL, 0, 100, NULL);
        else
            wait_while_held();
    }
    for (int i = 0; i < wanted.handles; i++)
        curl_easy_cleanup(tasks[i].easy);
    curl_multi_cleanup(multi);
    atomic_fetch_add(&idle, 1);
    return NULL;
}

/* ---- memory and descriptors -------------------------------------------------------------------
 */

static long resident_kib(void)
{
    long total = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file && fscanf(file, "%ld %ld", &total, &resident) != 2)
        resident = 0;
    if (file)
        fclose(file);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static long open_descriptors(void)
{
    long found = 0;
    DIR *directory = opendir("/proc/self/fd");
    while (directory && readdir(directory))
        found++;
    if (directory)
        closedir(directory);
    return found - 3; /* ".", ".." and the directory itself */
}

struct sample {
    long memory;
    long descriptors;
};

static struct sample take_sample(void)
{
    atomic_store(&hold, true);
    while (atomic_load(&idle) < wanted.threads + 1)
        usleep(500);
    malloc_trim(0);
    struct sample sample = {resident_kib(), open_descriptors()};
    atomic_store(&hold, false);
    while (atomic_load(&idle) > 0 && !atomic_load(&end) &&
           !(wanted.requests && atomic_load(&begun) >= wanted.requests))
        usleep(500);
    return sample;
}

static double progress(void)
{
    double time = (now() - started) / wanted.seconds;
    double share = wanted.requests ? (double)atomic_load(&begun) / (double)wanted.requests : time;
    return share;
}

/* The last quarter's mean of memory is hardly above that of the one before it. Descriptors come and
 * go with the requests, and are held against each other by halves. */
static bool is_flat(const struct sample *samples)
{
    long memory[2] = {0}, descriptors[2] = {0};
    int quarter = SAMPLES / 4, half = SAMPLES / 2;
    for (int i = 0; i < SAMPLES; i++) {
        descriptors[i >= half] += samples[i].descriptors;
        if (i >= SAMPLES - 2 * quarter)
            memory[i >= SAMPLES - quarter] += samples[i].memory;
    }
    return memory[1] <= memory[0] + memory[0] / 50 + quarter * 512L &&
           descriptors[1] <= descriptors[0] + descriptors[0] / 10 + half * 6L;
}

static bool watch(void)
{
    struct sample samples[SAMPLES];
    for (int i = 0; i < SAMPLES; i++) {
        while (progress() < (i + 0.5) / SAMPLES)
            usleep(2000);
        samples[i] = take_sample();
    }
    while (progress() < 1)
        usleep(2000);
    atomic_store(&end, true);
    printf("memory in KiB:");
    for (int i = 0; i < SAMPLES; i++)
        printf(" %ld", samples[i].memory);
    printf("\ndescriptors:");
    for (int i = 0; i < SAMPLES; i++)
        printf(" %ld", samples[i].descriptors);
    puts(is_flat(samples) ? "\nflat" : "\nGROWING");
    return is_flat(samples);
}

/* -----------------------------------------------------------------------------------------------
 */

static void read_argument(const char *argument)
{
    const char *value = strchr(argument, '=');
    value = value ? value + 1 : "";
    if (strncmp(argument, "url=", 4) == 0)
        wanted.url = value;
    else if (strncmp(argument, "seconds=", 8) == 0)
        wanted.seconds = atof(value);
    else if (strncmp(argument, "requests=", 9) == 0)
        wanted.requests = strtoul(value, NULL, 10);
    else if (strncmp(argument, "threads=", 8) == 0)
        wanted.threads = atoi(value);
    else if (strncmp(argument, "handles=", 8) == 0)
        wanted.handles = atoi(value);
    else if (strncmp(argument, "largest=", 8) == 0)
        wanted.largest = strtoul(value, NULL, 10);
    else {
        fprintf(stderr, "soak: unknown argument %s\n", argument);
        exit(2);
    }
}

int main(int argc, char **argv)
{
    pthread_t threads[MOST_THREADS + 1];
    for (int i = 1; i < argc; i++)
        read_argument(argv[i]);
    if (!wanted.url || wanted.threads < 0 || wanted.threads > MOST_THREADS || wanted.handles < 0 ||
        wanted.handles > MOST_HANDLES || wanted.seconds <= 0) {
        fprintf(stderr, "soak: url=URL is missing, or a number is out of range\n");
        return 2;
    }
    mallopt(M_MMAP_THRESHOLD, 128 * 1024); /* or what is large stays with its thread's arena */
    curl_global_init(CURL_GLOBAL_ALL);
    started = now();
    for (int i = 0; i <= wanted.threads; i++)
        if (pthread_create(&threads[i], NULL, i ? use_easy : use_multi, (void *)(size_t)(i + 1)))
            return 2;
    bool flat = watch();
    for (int i = 0; i <= wanted.threads; i++)
        pthread_join(threads[i], NULL);
    curl_global_cleanup();
    unsigned long known = answered + refused + cut + wrong;
    printf("requests %lu answered %lu refused %lu cut %lu wrong %lu in %.1f s\n", begun, answered,
           refused, cut, wrong, now() - started);
    if (known != begun)
        printf("%ld requests have no outcome\n", (long)(begun - known));
    return wrong == 0 && known == begun && flat ? 0 : 1;
}
