/* A body that the application gives by READFUNCTION. */
#include "shim/collect.h"

#include "shim/process.h"

#include <stdio.h>

/* What libcurl asks a read callback for at a time, by default. */
#define PORTION (64 * 1024)

typedef size_t (*read_function)(char *, size_t, size_t, void *);

static size_t read_from_file(char *to, size_t size, size_t count, void *file)
{
    return fread(to, size, count, file);
}

/* CURLOPT_READFUNCTION(3): without one libcurl reads from the FILE that READDATA is, or stdin. */
static size_t call_reader(const struct vespa_record *record, char *to, size_t room)
{
    const struct vespa_value *function = vespa_values_find(&record->values, CURLOPT_READFUNCTION);
    const struct vespa_value *data = vespa_values_find(&record->values, CURLOPT_READDATA);
    bool own = function && function->argument.function;
    read_function reader = own ? (read_function)function->argument.function : read_from_file;
    return reader(to, 1, room, data ? data->argument.object : stdin);
}

enum vespa_collect vespa_collect_portion(struct vespa_transfer *transfer, curl_off_t expected)
{
    struct vespa_buffer *body = &transfer->collected;
    size_t limit = vespa_runtime_config(vespa_process_runtime())->body_limit;
    size_t room = PORTION;
    if (expected >= 0 && (uint64_t)expected > limit)
        return VESPA_COLLECT_TOO_LARGE;
    if (expected >= 0 && (uint64_t)expected - body->length < room)
        room = (size_t)expected - body->length;
    if (room == 0)
        return VESPA_COLLECT_WHOLE;
    if (!vespa_buffer_reserve(body, room))
        return VESPA_COLLECT_NO_MEMORY;
    size_t length = call_reader(transfer->record, body->data + body->length, room);
    if (length == CURL_READFUNC_PAUSE)
        return VESPA_COLLECT_PAUSED;
    if (length == CURL_READFUNC_ABORT || length > room)
        return VESPA_COLLECT_ABORTED;
    body->length += length;
    if (length == 0)
        return expected > (curl_off_t)body->length ? VESPA_COLLECT_SHORT : VESPA_COLLECT_WHOLE;
    return body->length > limit ? VESPA_COLLECT_TOO_LARGE : VESPA_COLLECT_MORE;
}
