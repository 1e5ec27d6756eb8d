// What the proxy counts.

#include "cli/proxy/metrics.h"

#include "core/buffer.h"
#include "lib/clock.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BUCKETS = 13,
    MOST_ATTEMPTS = 8, // counted by themselves; more of them together
    MOST_RUNTIMES = 16,
    READY_MS = 5 * 60 * 1000
};

static const double limits[BUCKETS] = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                       1,     2.5,  5,     10,   60,  600};

struct histogram {
    uint64_t counts[BUCKETS + 1]; // not cumulated; the last: above all limits
    double sum;
};

// Requests to one endpoint that ended with one status.
struct series {
    struct series *next;
    uint64_t count;
    int status;
    bool own;
    char endpoint[]; // may be empty
};

struct vespa_metrics {
    pthread_mutex_t lock; // for all that follows
    struct series *series;
    uint64_t attempts[MOST_ATTEMPTS + 1];
    uint64_t cut;
    struct histogram route, wait, first_byte, total;
    int64_t open_requests, open_streams;
    uint64_t asked_ms, assigned_ms; // when a request last asked for a worker, and got one; 0: never
    struct vespa_runtime *runtimes[MOST_RUNTIMES];
    uint64_t retired[VESPA_COUNTERS]; // of runtimes that are no more
};

struct vespa_metrics *vespa_metrics_new(void)
{
    struct vespa_metrics *metrics = calloc(1, sizeof *metrics);
    if (metrics)
        pthread_mutex_init(&metrics->lock, NULL);
    return metrics;
}

void vespa_metrics_free(struct vespa_metrics *metrics)
{
    if (!metrics)
        return;
    for (struct series *series = metrics->series, *next; series; series = next) {
        next = series->next;
        free(series);
    }
    pthread_mutex_destroy(&metrics->lock);
    free(metrics);
}

// ---- counting ----

static void observe(struct histogram *histogram, uint64_t milliseconds)
{
    double seconds = (double)milliseconds / 1000;
    size_t bucket = 0;
    while (bucket < BUCKETS && seconds > limits[bucket])
        bucket++;
    histogram->counts[bucket]++;
    histogram->sum += seconds;
}

// Where memory runs out it is not counted by endpoint and status.
static void count_series(struct vespa_metrics *metrics, const struct vespa_request_end *end)
{
    const char *endpoint = end->endpoint ? end->endpoint : "";
    struct series *series = metrics->series;
    while (series && (series->status != end->status || series->own != end->own ||
                      strcmp(series->endpoint, endpoint) != 0))
        series = series->next;
    if (!series) {
        size_t length = strlen(endpoint) + 1;
        series = calloc(1, sizeof *series + length);
        if (!series)
            return;
        series->status = end->status;
        series->own = end->own;
        memcpy(series->endpoint, endpoint, length);
        series->next = metrics->series;
        metrics->series = series;
    }
    series->count++;
}

void vespa_metrics_note(struct vespa_metrics *metrics, const struct vespa_request_end *end)
{
    const struct vespa_job_times *times = end->times;
    uint64_t now_ms = vespa_clock_ms();
    unsigned attempts = end->attempts < MOST_ATTEMPTS ? end->attempts : MOST_ATTEMPTS;
    pthread_mutex_lock(&metrics->lock);
    count_series(metrics, end);
    metrics->attempts[attempts]++;
    metrics->cut += end->cut;
    if (times->calls || attempts)
        metrics->asked_ms = now_ms;
    if (attempts)
        metrics->assigned_ms = now_ms;
    observe(&metrics->route, times->calling_ms);
    observe(&metrics->wait, times->waiting_ms);
    if (times->head_ms)
        observe(&metrics->first_byte, times->head_ms - times->began_ms);
    observe(&metrics->total, now_ms - times->began_ms);
    pthread_mutex_unlock(&metrics->lock);
}

void vespa_metrics_open(struct vespa_metrics *metrics, int requests, int streams)
{
    pthread_mutex_lock(&metrics->lock);
    metrics->open_requests += requests;
    metrics->open_streams += streams;
    pthread_mutex_unlock(&metrics->lock);
}

static void replace(struct vespa_metrics *metrics, struct vespa_runtime *from,
                    struct vespa_runtime *to)
{
    for (size_t i = 0; i < MOST_RUNTIMES; i++)
        if (metrics->runtimes[i] == from) {
            metrics->runtimes[i] = to;
            return;
        }
}

void vespa_metrics_watch(struct vespa_metrics *metrics, struct vespa_runtime *runtime)
{
    pthread_mutex_lock(&metrics->lock);
    replace(metrics, NULL, runtime);
    pthread_mutex_unlock(&metrics->lock);
}

void vespa_metrics_retire(struct vespa_metrics *metrics, struct vespa_runtime *runtime)
{
    pthread_mutex_lock(&metrics->lock);
    for (size_t i = 0; i < VESPA_COUNTERS; i++)
        metrics->retired[i] += vespa_runtime_counted(runtime, (enum vespa_counter)i);
    replace(metrics, runtime, NULL);
    pthread_mutex_unlock(&metrics->lock);
}

bool vespa_metrics_is_ready(struct vespa_metrics *metrics)
{
    uint64_t now_ms = vespa_clock_ms();
    pthread_mutex_lock(&metrics->lock);
    bool asked = metrics->asked_ms && now_ms - metrics->asked_ms < READY_MS;
    bool assigned = metrics->assigned_ms && now_ms - metrics->assigned_ms < READY_MS;
    pthread_mutex_unlock(&metrics->lock);
    return !asked || assigned;
}

// ---- the text ----

static void write_line(struct vespa_buffer *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void write_line(struct vespa_buffer *out, const char *format, ...)
{
    char line[1024];
    va_list list;
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    vespa_buffer_append_string(out, line);
    vespa_buffer_append_byte(out, '\n');
}

static void write_head(struct vespa_buffer *out, const char *name, const char *type,
                       const char *help)
{
    write_line(out, "# HELP vespa_%s %s", name, help);
    write_line(out, "# TYPE vespa_%s %s", name, type);
}

static void write_histogram(struct vespa_buffer *out, const char *name, const char *help,
                            const struct histogram *histogram)
{
    uint64_t count = 0;
    write_head(out, name, "histogram", help);
    for (size_t i = 0; i < BUCKETS; i++) {
        count += histogram->counts[i];
        write_line(out, "vespa_%s_bucket{le=\"%g\"} %llu", name, limits[i],
                   (unsigned long long)count);
    }
    count += histogram->counts[BUCKETS];
    write_line(out, "vespa_%s_bucket{le=\"+Inf\"} %llu", name, (unsigned long long)count);
    write_line(out, "vespa_%s_sum %.3f", name, histogram->sum);
    write_line(out, "vespa_%s_count %llu", name, (unsigned long long)count);
}

// A label's value: backslash, quote and line end are escaped.
static void write_label(struct vespa_buffer *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\\' || *text == '"')
            vespa_buffer_append_byte(out, '\\');
        if (*text == '\n')
            vespa_buffer_append_string(out, "\\n");
        else
            vespa_buffer_append_byte(out, *text);
    }
}

static void write_requests(struct vespa_buffer *out, const struct vespa_metrics *metrics)
{
    write_head(out, "requests_total", "counter", "Requests that have ended; status 0: unanswered.");
    for (const struct series *series = metrics->series; series; series = series->next) {
        vespa_buffer_append_string(out, "vespa_requests_total{endpoint=\"");
        write_label(out, series->endpoint);
        write_line(out, "\",status=\"%d\",by=\"%s\"} %llu", series->status,
                   series->own ? "vespa" : "worker", (unsigned long long)series->count);
    }
    write_head(out, "requests_by_attempts_total", "counter",
               "Requests by the times that they were sent to a worker.");
    for (size_t i = 0; i <= MOST_ATTEMPTS; i++)
        if (metrics->attempts[i])
            write_line(out, "vespa_requests_by_attempts_total{attempts=\"%zu%s\"} %llu", i,
                       i == MOST_ATTEMPTS ? "+" : "", (unsigned long long)metrics->attempts[i]);
}

static uint64_t counted(const struct vespa_metrics *metrics, enum vespa_counter counter)
{
    uint64_t sum = metrics->retired[counter];
    for (size_t i = 0; i < MOST_RUNTIMES; i++)
        if (metrics->runtimes[i])
            sum += vespa_runtime_counted(metrics->runtimes[i], counter);
    return sum;
}

static void write_counter(struct vespa_buffer *out, const char *name, const char *help,
                          uint64_t value)
{
    write_head(out, name, "counter", help);
    write_line(out, "vespa_%s %llu", name, (unsigned long long)value);
}

static void write_gauge(struct vespa_buffer *out, const char *name, const char *help, int64_t value)
{
    write_head(out, name, "gauge", help);
    write_line(out, "vespa_%s %lld", name, (long long)value);
}

static void write_all(struct vespa_buffer *out, const struct vespa_metrics *metrics)
{
    write_requests(out, metrics);
    write_counter(out, "cut_total", "Answers that were not given whole.", metrics->cut);
    write_counter(out, "route_calls_total", "Calls to the autoscaler.",
                  counted(metrics, VESPA_COUNT_ROUTE_CALLS));
    write_counter(out, "retries_total", "Times that a request was sent to a further worker.",
                  counted(metrics, VESPA_COUNT_RETRIES));
    write_counter(out, "fallbacks_total", "Requests that fell back to the origin or an endpoint.",
                  counted(metrics, VESPA_COUNT_FALLBACKS));
    write_counter(out, "duplicates_avoided_total",
                  "Requests not sent again because the job may still be running.",
                  counted(metrics, VESPA_COUNT_DUPLICATES_AVOIDED));
    write_gauge(out, "open_requests", "Requests being served.", metrics->open_requests);
    write_gauge(out, "open_streams", "Answers of which more is to come.", metrics->open_streams);
    write_histogram(out, "route_seconds", "Time spent asking the autoscaler.", &metrics->route);
    write_histogram(out, "wait_seconds", "Time spent waiting for a worker or backing off.",
                    &metrics->wait);
    write_histogram(out, "first_byte_seconds", "Time until the answer's head.",
                    &metrics->first_byte);
    write_histogram(out, "request_seconds", "Time of the whole request.", &metrics->total);
}

char *vespa_metrics_text(struct vespa_metrics *metrics)
{
    struct vespa_buffer out = {0};
    pthread_mutex_lock(&metrics->lock);
    write_all(&out, metrics);
    pthread_mutex_unlock(&metrics->lock);
    return vespa_buffer_take(&out);
}
