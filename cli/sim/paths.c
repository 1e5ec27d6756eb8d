// Echo and the paths that are handy in tests.

#include "cli/sim/envelope.h"
#include "cli/sim/models.h"

#include <stdlib.h>
#include <string.h>

bool vespa_sim_query_value(struct vespa_sim_slice query, const char *name,
                           struct vespa_sim_text *out)
{
    size_t length = strlen(name);
    const char *end = query.data + query.length;
    for (const char *at = query.data; at < end;) {
        const char *next = memchr(at, '&', (size_t)(end - at));
        if (!next)
            next = end;
        size_t available = (size_t)(next - at);
        if (available > length && memcmp(at, name, length) == 0 && at[length] == '=') {
            vespa_sim_percent_decode(
                (struct vespa_sim_slice){at + length + 1, available - length - 1}, out);
            return true;
        }
        at = next + 1;
    }
    return false;
}

long vespa_sim_query_number(struct vespa_sim_slice query, const char *name, long otherwise)
{
    struct vespa_sim_text value = {0};
    long number = otherwise;
    if (vespa_sim_query_value(query, name, &value)) {
        char *end;
        long read = strtol(value.data, &end, 10);
        if (end != value.data && !*end && read >= 0)
            number = read;
    }
    vespa_sim_text_free(&value);
    return number;
}

// The number behind the path's prefix, -1 if there is none.
static long path_number(const struct vespa_sim_call *call, const char *prefix)
{
    char digits[20] = "";
    size_t length = strlen(prefix);
    if (call->path.length <= length || call->path.length - length >= sizeof digits)
        return -1;
    memcpy(digits, call->path.data + length, call->path.length - length);
    uint64_t number;
    return vespa_sim_read_count(digits, &number) && number <= INT32_MAX ? (long)number : -1;
}

// --- echo ---

static void add_call(const struct vespa_sim_call *call, struct vespa_sim_text *out)
{
    vespa_sim_text_printf(out, "{\"method\":\"%s\",\"path\":", call->request->method);
    vespa_sim_text_add_json(out, call->path);
    vespa_sim_text_add_string(out, ",\"query\":");
    vespa_sim_text_add_json(out, call->query);
}

// The payload's very bytes; without one, what was asked.
static bool answer_echo(const struct vespa_sim_call *call, struct vespa_sim_answer *answer)
{
    vespa_sim_answer_start(answer, 200, "application/json");
    if (call->payload.data) {
        vespa_sim_text_add_slice(&answer->body, call->payload);
    } else {
        add_call(call, &answer->body);
        vespa_sim_text_add_string(&answer->body, "}");
    }
    return true;
}

static bool answer_inspect(const struct vespa_sim_call *call, struct vespa_sim_answer *answer)
{
    const struct vespa_sim_request *request = call->request;
    struct vespa_sim_text *out = &answer->body;
    vespa_sim_answer_start(answer, 200, "application/json");
    add_call(call, out);
    vespa_sim_text_add_string(out, ",\"raw_query\":");
    vespa_sim_text_add_json(out, request->query);
    vespa_sim_text_add_string(out, ",\"headers\":[");
    for (size_t i = 0; i < request->header_count; i++) {
        vespa_sim_text_add_string(out, i ? ",[" : "[");
        vespa_sim_text_add_json(out, vespa_sim_slice(request->header[i].name));
        vespa_sim_text_add_string(out, ",");
        vespa_sim_text_add_json(out, vespa_sim_slice(request->header[i].value));
        vespa_sim_text_add_string(out, "]");
    }
    vespa_sim_text_add_string(out, "],\"payload\":");
    if (call->payload.data)
        vespa_sim_text_add_slice(out, call->payload);
    else
        vespa_sim_text_add_string(out, "null");
    vespa_sim_text_add_string(out, "}");
    return true;
}

// --- answers of a given kind ---

// /status/NNN?retry_after=S&empty=1
static bool answer_status(const struct vespa_sim_call *call, struct vespa_sim_answer *answer)
{
    long status = path_number(call, "/status/");
    if (status < 200 || status > 599)
        return false;
    bool empty = status == 204 || status == 304 || vespa_sim_query_number(call->query, "empty", 0);
    vespa_sim_answer_start(answer, (unsigned)status, empty ? NULL : "application/json");
    if (!empty)
        vespa_sim_text_printf(&answer->body, "{\"status\":%ld}\n", status);
    struct vespa_sim_text retry_after = {0};
    if (vespa_sim_query_value(call->query, "retry_after", &retry_after))
        vespa_sim_answer_header(answer, "Retry-After", retry_after.data);
    vespa_sim_text_free(&retry_after);
    return true;
}

// /redirect/NNN?to=URL; `self/PATH` stands for an absolute URL of this worker.
static bool answer_redirect(const struct vespa_sim_call *call, struct vespa_sim_answer *answer)
{
    long status = path_number(call, "/redirect/");
    if (status < 300 || status > 399)
        return false;
    struct vespa_sim_text to = {0};
    struct vespa_sim_text location = {0};
    if (!vespa_sim_query_value(call->query, "to", &to))
        vespa_sim_text_add_string(&to, "/echo");
    const char *target = to.data;
    if (strncmp(target, "self/", 5) == 0) {
        vespa_sim_text_add_string(&location, call->worker->url);
        target += 4;
    }
    vespa_sim_text_add_string(&location, target);
    vespa_sim_answer_start(answer, (unsigned)status, "text/plain");
    vespa_sim_answer_header(answer, "Location", location.data);
    vespa_sim_text_add_string(&answer->body, "elsewhere\n");
    vespa_sim_text_free(&to);
    vespa_sim_text_free(&location);
    return true;
}

// Headers that must not reach the application, and some that must.
static bool answer_headers(const struct vespa_sim_call *call, struct vespa_sim_answer *answer)
{
    (void)call;
    vespa_sim_answer_start(answer, 200, "text/plain; charset=utf-8");
    vespa_sim_answer_header(answer, "Set-Cookie", "worker=1; Path=/");
    vespa_sim_answer_header(answer, "Set-Cookie", "other=2; Path=/; HttpOnly");
    vespa_sim_answer_header(answer, "Strict-Transport-Security", "max-age=31536000");
    vespa_sim_answer_header(answer, "Alt-Svc", "h3=\":443\"; ma=86400");
    vespa_sim_answer_header(answer, "X-Custom", "kept");
    vespa_sim_answer_header(answer, "X-Custom", "kept twice");
    vespa_sim_answer_header(answer, "ETag", "\"abc\"");
    vespa_sim_text_add_string(&answer->body, "headers\n");
    return true;
}

// /bytes/N?chunked=1: the letters a to z again and again.
static bool answer_bytes(const struct vespa_sim_call *call, struct vespa_sim_answer *answer)
{
    enum { LETTERS = 26, BLOCK = 256 * LETTERS };
    char block[BLOCK];
    long count = path_number(call, "/bytes/");
    if (count < 0 || count > 1024L * 1024 * 1024)
        return false;
    vespa_sim_answer_start(answer, 200, "application/octet-stream");
    for (int i = 0; i < BLOCK; i++)
        block[i] = (char)('a' + i % LETTERS);
    for (long left = count; left > 0; left -= BLOCK)
        vespa_sim_text_add(&answer->body, block, left < BLOCK ? (size_t)left : BLOCK);
    answer->chunked = vespa_sim_query_number(call->query, "chunked", 0) != 0;
    return true;
}

// --- gzip ---

static uint32_t crc32_of(struct vespa_sim_slice bytes)
{
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < bytes.length; i++) {
        crc ^= (unsigned char)bytes.data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc;
}

static void add_little_endian(struct vespa_sim_text *out, uint32_t number, int bytes)
{
    for (int i = 0; i < bytes; i++, number >>= 8) {
        char byte = (char)(number & 0xff);
        vespa_sim_text_add(out, &byte, 1);
    }
}

// A gzip file of stored blocks: any decoder takes it, and no compressor is needed to write it.
static void add_gzip(struct vespa_sim_text *out, struct vespa_sim_slice bytes)
{
    vespa_sim_text_add(out, "\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
    size_t at = 0;
    do {
        size_t length = bytes.length - at < 65535 ? bytes.length - at : 65535;
        vespa_sim_text_add(out, at + length == bytes.length ? "\1" : "\0", 1);
        add_little_endian(out, (uint32_t)length, 2);
        add_little_endian(out, ~(uint32_t)length & 0xffff, 2);
        vespa_sim_text_add(out, bytes.data + at, length);
        at += length;
    } while (at < bytes.length);
    add_little_endian(out, crc32_of(bytes), 4);
    add_little_endian(out, (uint32_t)bytes.length, 4);
}

// The echo, gzip-encoded.
static bool answer_gzip(const struct vespa_sim_call *call, struct vespa_sim_answer *answer)
{
    struct vespa_sim_text plain = {0};
    answer_echo(call, answer);
    plain = answer->body;
    answer->body = (struct vespa_sim_text){0};
    add_gzip(&answer->body, vespa_sim_text_slice(&plain));
    vespa_sim_answer_header(answer, "Content-Encoding", "gzip");
    vespa_sim_text_free(&plain);
    return true;
}

// --- a stream of lines ---

struct slow_stream {
    long chunks;
    long sent;
    long delay;
};

static enum vespa_sim_more next_line(void *state, struct vespa_sim_request *request,
                                     struct vespa_sim_text *out)
{
    struct slow_stream *stream = state;
    if (stream->sent == stream->chunks)
        return VESPA_SIM_LAST;
    if (stream->sent && !vespa_sim_request_wait(request, stream->delay))
        return VESPA_SIM_FAILED;
    vespa_sim_text_printf(out, "chunk %ld\n", ++stream->sent);
    return VESPA_SIM_MORE;
}

// /slow-stream?chunks=N&delay=MS
static bool answer_slow_stream(const struct vespa_sim_call *call, struct vespa_sim_answer *answer)
{
    struct slow_stream *stream = vespa_sim_alloc(sizeof *stream);
    *stream = (struct slow_stream){
        .chunks = vespa_sim_query_number(call->query, "chunks", 10),
        .delay = vespa_sim_query_number(call->query, "delay", 100),
    };
    vespa_sim_answer_start(answer, 200, "text/plain");
    answer->stream = (struct vespa_sim_stream){next_line, free, stream};
    return true;
}

// --- the table ---

struct path {
    const char *path;
    bool deeper; // also everything below it
    bool (*answer)(const struct vespa_sim_call *call, struct vespa_sim_answer *answer);
};

static const struct path paths[] = {
    {"/echo", true, answer_echo},        {"/inspect", true, answer_inspect},
    {"/status", true, answer_status},    {"/redirect", true, answer_redirect},
    {"/headers", false, answer_headers}, {"/bytes", true, answer_bytes},
    {"/gzip", false, answer_gzip},       {"/slow-stream", false, answer_slow_stream},
};

bool vespa_sim_path_answer(const struct vespa_sim_call *call, struct vespa_sim_answer *answer)
{
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        size_t length = strlen(paths[i].path);
        if (call->path.length < length || memcmp(call->path.data, paths[i].path, length) != 0)
            continue;
        if (call->path.length == length || (paths[i].deeper && call->path.data[length] == '/'))
            return paths[i].answer(call, answer);
    }
    return false;
}
