// What the simulator saw. Each record is kept as two pieces of finished JSON: what was known when
// the request was judged, and the few values that are filled in until its answer is over.

#include "cli/sim/stats.h"
#include "cli/sim/keys.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECORDS = 20000, PAYLOADS = 100, PAYLOAD_LIMIT = 64 * 1024, NAMES = 32, VIOLATIONS = 200 };

// How often each of a few names came up.
struct tally {
    char name[NAMES][96];
    uint64_t count[NAMES];
};

struct request_record {
    int worker;
    char *json;    // members without braces
    char *payload; // JSON string, NULL when it is not or no longer kept
    const char *fault;
    unsigned status;
    bool over;
    enum vespa_sim_outcome outcome;
    int64_t began;
    int64_t ended;
};

struct worker_counters {
    uint64_t accepted;
    uint64_t refused;
    struct tally reasons;
};

struct vespa_sim_stats {
    pthread_mutex_t lock;
    int64_t epoch;
    int workers;
    struct worker_counters *worker;
    uint64_t requests;  // of all workers; the record of number n is at n % RECORDS
    uint64_t forgotten; // requests before this one were cleared
    struct request_record *request;
    uint64_t routes;
    uint64_t routes_forgotten;
    char **route;
    struct tally statuses;
    struct tally others;
    uint64_t violations;
    char *violation[VIOLATIONS];
};

static void count_name(struct tally *tally, const char *name)
{
    for (int i = 0; i < NAMES; i++) {
        if (!tally->count[i])
            snprintf(tally->name[i], sizeof tally->name[i], "%s", name);
        if (strncmp(tally->name[i], name, sizeof tally->name[i] - 1) == 0) {
            tally->count[i]++;
            return;
        }
    }
}

static void write_tally(const struct tally *tally, struct vespa_sim_text *out)
{
    vespa_sim_text_add_string(out, "{");
    for (int i = 0; i < NAMES && tally->count[i]; i++) {
        vespa_sim_text_add_string(out, i ? "," : "");
        vespa_sim_text_add_json(out, vespa_sim_slice(tally->name[i]));
        vespa_sim_text_printf(out, ":%llu", (unsigned long long)tally->count[i]);
    }
    vespa_sim_text_add_string(out, "}");
}

static void *zeroed(size_t count, size_t size)
{
    void *memory = vespa_sim_alloc(count * size);
    return memset(memory, 0, count * size);
}

struct vespa_sim_stats *vespa_sim_stats_new(int workers)
{
    struct vespa_sim_stats *stats = zeroed(1, sizeof *stats);
    pthread_mutex_init(&stats->lock, NULL);
    stats->epoch = vespa_sim_now();
    stats->workers = workers;
    stats->worker = zeroed((size_t)workers, sizeof *stats->worker);
    stats->request = zeroed(RECORDS, sizeof *stats->request);
    stats->route = zeroed(RECORDS, sizeof *stats->route);
    return stats;
}

static void forget_request(struct request_record *record)
{
    free(record->json);
    free(record->payload);
    *record = (struct request_record){0};
}

static void forget_all(struct vespa_sim_stats *stats)
{
    for (int i = 0; i < RECORDS; i++) {
        forget_request(&stats->request[i]);
        free(stats->route[i]);
        stats->route[i] = NULL;
    }
    for (int i = 0; i < VIOLATIONS; i++) {
        free(stats->violation[i]);
        stats->violation[i] = NULL;
    }
    memset(stats->worker, 0, (size_t)stats->workers * sizeof *stats->worker);
    memset(&stats->statuses, 0, sizeof stats->statuses);
    memset(&stats->others, 0, sizeof stats->others);
    stats->violations = 0;
    stats->forgotten = stats->requests;
    stats->routes_forgotten = stats->routes;
}

void vespa_sim_stats_clear(struct vespa_sim_stats *stats)
{
    pthread_mutex_lock(&stats->lock);
    forget_all(stats);
    pthread_mutex_unlock(&stats->lock);
}

void vespa_sim_stats_free(struct vespa_sim_stats *stats)
{
    if (!stats)
        return;
    forget_all(stats);
    pthread_mutex_destroy(&stats->lock);
    free(stats->worker);
    free(stats->request);
    free(stats->route);
    free(stats);
}

// --- writing members ---

// `"name":"value",` or `"name":null,`.
static void add_member(struct vespa_sim_text *out, const char *name, const char *value)
{
    vespa_sim_text_printf(out, "\"%s\":", name);
    if (value)
        vespa_sim_text_add_json(out, vespa_sim_slice(value));
    else
        vespa_sim_text_add_string(out, "null");
    vespa_sim_text_add_string(out, ",");
}

static void add_headers(struct vespa_sim_text *out, const struct vespa_sim_request *request)
{
    vespa_sim_text_add_string(out, "\"headers\":[");
    for (size_t i = 0; i < request->header_count; i++) {
        vespa_sim_text_add_string(out, i ? ",[" : "[");
        vespa_sim_text_add_json(out, vespa_sim_slice(request->header[i].name));
        vespa_sim_text_add_string(out, ",");
        vespa_sim_text_add_json(out, vespa_sim_slice(request->header[i].value));
        vespa_sim_text_add_string(out, "]");
    }
    vespa_sim_text_add_string(out, "]");
}

// --- route calls ---

void vespa_sim_stats_route(struct vespa_sim_stats *stats,
                           const struct vespa_sim_route_record *record)
{
    struct vespa_sim_text text = {0};
    char status[16];
    snprintf(status, sizeof status, "%u", record->status);
    vespa_sim_text_printf(&text,
                          "{\"time_ms\":%lld,\"status\":%u,\"worker\":%d,\"connection\":%llu,",
                          (long long)(vespa_sim_now() - stats->epoch), record->status,
                          record->worker, (unsigned long long)record->connection);
    add_member(&text, "cost", record->cost);
    add_member(&text, "request_idx", record->request_idx);
    add_member(&text, "answered_idx", record->answered_idx);
    add_member(&text, "reqnum", record->reqnum);
    add_member(&text, "url", record->url);
    add_member(&text, "note", record->note);
    add_headers(&text, record->request);
    vespa_sim_text_add_string(&text, "}");
    pthread_mutex_lock(&stats->lock);
    count_name(&stats->statuses, status);
    char **slot = &stats->route[stats->routes++ % RECORDS];
    free(*slot);
    *slot = text.data;
    pthread_mutex_unlock(&stats->lock);
}

void vespa_sim_stats_violation(struct vespa_sim_stats *stats, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    pthread_mutex_lock(&stats->lock);
    if (stats->violations < VIOLATIONS)
        stats->violation[stats->violations] = vespa_sim_copy(text);
    stats->violations++;
    pthread_mutex_unlock(&stats->lock);
}

void vespa_sim_stats_other(struct vespa_sim_stats *stats, const char *path)
{
    pthread_mutex_lock(&stats->lock);
    count_name(&stats->others, path);
    pthread_mutex_unlock(&stats->lock);
}

// The number of the oldest record that is still kept.
static uint64_t oldest(uint64_t count, uint64_t forgotten)
{
    uint64_t first = count > RECORDS ? count - RECORDS : 0;
    return first > forgotten ? first : forgotten;
}

void vespa_sim_stats_write_autoscaler(struct vespa_sim_stats *stats, struct vespa_sim_text *out)
{
    pthread_mutex_lock(&stats->lock);
    vespa_sim_text_printf(out, "\"route\":{\"count\":%llu,\"statuses\":",
                          (unsigned long long)(stats->routes - stats->routes_forgotten));
    write_tally(&stats->statuses, out);
    vespa_sim_text_add_string(out, ",\"calls\":[");
    uint64_t first = oldest(stats->routes, stats->routes_forgotten);
    for (uint64_t i = first; i < stats->routes; i++)
        vespa_sim_text_printf(out, "%s%s", i > first ? "," : "", stats->route[i % RECORDS]);
    vespa_sim_text_add_string(out, "]},\"other\":");
    write_tally(&stats->others, out);
    vespa_sim_text_printf(out, ",\"violation_count\":%llu,\"violations\":[",
                          (unsigned long long)stats->violations);
    for (int i = 0; i < VIOLATIONS && stats->violation[i]; i++) {
        vespa_sim_text_add_string(out, i ? "," : "");
        vespa_sim_text_add_json(out, vespa_sim_slice(stats->violation[i]));
    }
    vespa_sim_text_add_string(out, "]");
    pthread_mutex_unlock(&stats->lock);
}

// --- requests to workers ---

static char *describe_request(const struct vespa_sim_worker_record *record)
{
    const struct vespa_sim_request *request = record->request;
    struct vespa_sim_text text = {0};
    vespa_sim_text_printf(&text, "\"accepted\":%s,\"connection\":%llu,",
                          record->refused ? "false" : "true",
                          (unsigned long long)request->connection);
    add_member(&text, "reason", record->refused);
    add_member(&text, "method", request->method);
    vespa_sim_text_add_string(&text, "\"path\":");
    vespa_sim_text_add_json(&text, request->path);
    vespa_sim_text_add_string(&text, ",\"query\":");
    vespa_sim_text_add_json(&text, request->query);
    vespa_sim_text_add_string(&text, ",");
    add_member(&text, "cost", record->cost);
    add_member(&text, "reqnum", record->reqnum);
    add_member(&text, "request_idx", record->request_idx);
    vespa_sim_text_printf(&text, "\"body_length\":%zu,", request->body.length);
    if (record->payload.data) {
        char digest[65];
        vespa_sim_sha256(record->payload, digest);
        vespa_sim_text_printf(&text, "\"payload_length\":%zu,", record->payload.length);
        add_member(&text, "payload_sha256", digest);
    } else {
        vespa_sim_text_add_string(&text, "\"payload_length\":null,\"payload_sha256\":null,");
    }
    add_headers(&text, request);
    return text.data;
}

static char *copy_payload(struct vespa_sim_slice payload)
{
    struct vespa_sim_text text = {0};
    if (payload.data && payload.length <= PAYLOAD_LIMIT)
        vespa_sim_text_add_json(&text, payload);
    return text.data;
}

uint64_t vespa_sim_stats_worker(struct vespa_sim_stats *stats,
                                const struct vespa_sim_worker_record *record)
{
    struct request_record made = {
        .worker = record->worker,
        .json = describe_request(record),
        .payload = copy_payload(record->payload),
        .fault = record->fault,
        .began = vespa_sim_now() - stats->epoch,
    };
    pthread_mutex_lock(&stats->lock);
    struct worker_counters *counters = &stats->worker[record->worker];
    if (record->refused) {
        counters->refused++;
        count_name(&counters->reasons, record->refused);
    } else {
        counters->accepted++;
    }
    uint64_t number = stats->requests++;
    struct request_record *slot = &stats->request[number % RECORDS];
    forget_request(slot);
    *slot = made;
    if (number >= PAYLOADS) {
        struct request_record *aged = &stats->request[(number - PAYLOADS) % RECORDS];
        free(aged->payload);
        aged->payload = NULL;
    }
    pthread_mutex_unlock(&stats->lock);
    return number;
}

// The record of that number, NULL if it is not kept any more. The lock must be held.
static struct request_record *find_record(struct vespa_sim_stats *stats, uint64_t number)
{
    bool kept = number < stats->requests && number >= oldest(stats->requests, stats->forgotten);
    return kept ? &stats->request[number % RECORDS] : NULL;
}

void vespa_sim_stats_fault(struct vespa_sim_stats *stats, uint64_t number, const char *fault)
{
    pthread_mutex_lock(&stats->lock);
    struct request_record *record = find_record(stats, number);
    if (record)
        record->fault = fault;
    pthread_mutex_unlock(&stats->lock);
}

void vespa_sim_stats_status(struct vespa_sim_stats *stats, uint64_t number, unsigned status)
{
    pthread_mutex_lock(&stats->lock);
    struct request_record *record = find_record(stats, number);
    if (record)
        record->status = status;
    pthread_mutex_unlock(&stats->lock);
}

void vespa_sim_stats_outcome(struct vespa_sim_stats *stats, uint64_t number,
                             enum vespa_sim_outcome outcome)
{
    pthread_mutex_lock(&stats->lock);
    struct request_record *record = find_record(stats, number);
    if (record) {
        record->over = true;
        record->outcome = outcome;
        record->ended = vespa_sim_now() - stats->epoch;
    }
    pthread_mutex_unlock(&stats->lock);
}

static void write_record(const struct request_record *record, struct vespa_sim_text *out)
{
    bool gone = record->over && record->outcome == VESPA_SIM_CLIENT_GONE;
    bool complete = record->over && record->outcome == VESPA_SIM_DELIVERED;
    vespa_sim_text_printf(out,
                          "{\"time_ms\":%lld,\"status\":%u,\"over\":%s,\"complete\":%s,"
                          "\"client_gone\":%s,\"duration_ms\":",
                          (long long)record->began, record->status, record->over ? "true" : "false",
                          complete ? "true" : "false", gone ? "true" : "false");
    if (record->over)
        vespa_sim_text_printf(out, "%lld,", (long long)(record->ended - record->began));
    else
        vespa_sim_text_add_string(out, "null,");
    add_member(out, "fault", record->fault);
    vespa_sim_text_printf(out, "\"payload\":%s,%s}", record->payload ? record->payload : "null",
                          record->json);
}

void vespa_sim_stats_write_worker(struct vespa_sim_stats *stats, int worker,
                                  struct vespa_sim_text *out)
{
    pthread_mutex_lock(&stats->lock);
    const struct worker_counters *counters = &stats->worker[worker];
    vespa_sim_text_printf(out, "\"accepted\":%llu,\"refused\":%llu,\"reasons\":",
                          (unsigned long long)counters->accepted,
                          (unsigned long long)counters->refused);
    write_tally(&counters->reasons, out);
    vespa_sim_text_add_string(out, ",\"requests\":[");
    const char *before = "";
    for (uint64_t i = oldest(stats->requests, stats->forgotten); i < stats->requests; i++) {
        const struct request_record *record = &stats->request[i % RECORDS];
        if (record->worker != worker)
            continue;
        vespa_sim_text_add_string(out, before);
        write_record(record, out);
        before = ",";
    }
    vespa_sim_text_add_string(out, "]");
    pthread_mutex_unlock(&stats->lock);
}
