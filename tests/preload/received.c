/* What one worker received. */
#include "tests/preload/received.h"

#include <dirent.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_ACTIONS = 96 };

int received_start(void **state)
{
    struct received *received = calloc(1, sizeof *received);
    strcpy(received->directory, "/tmp/vespa-test-XXXXXX");
    if (!mkdtemp(received->directory))
        return -1;
    received->sim = vespa_sim_process_start("--workers", "1", NULL);
    received->recorder = vespa_recorder_start();
    *state = received;
    return 0;
}

static void remove_directory(const char *path)
{
    DIR *directory = opendir(path);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        char file[512];
        snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.')
            unlink(file);
    }
    if (directory)
        closedir(directory);
    rmdir(path);
}

static void forget(struct received *received)
{
    vespa_program_result_free(&received->result);
    cJSON_Delete(received->stats);
    cJSON_Delete(received->reply);
    received->stats = received->reply = NULL;
}

int received_stop(void **state)
{
    struct received *received = *state;
    forget(received);
    vespa_recorder_stop(received->recorder);
    vespa_sim_process_stop(received->sim);
    remove_directory(received->directory);
    free(received);
    return 0;
}

int received_reset(void **state)
{
    struct received *received = *state;
    forget(received);
    vespa_sim_process_reset(received->sim);
    free(vespa_recorder_take(received->recorder, NULL));
    return 0;
}

/* ---- programs ------------------------------------------------------------------------------- */

static const char **with_program(char *program, const char *const *actions)
{
    static const char *argv[MOST_ACTIONS + 2];
    size_t count = 0;
    argv[count++] = program;
    for (; *actions; actions++) {
        assert_true(count < MOST_ACTIONS);
        argv[count++] = *actions;
    }
    argv[count] = NULL;
    return argv;
}

static void check_end(const struct received *received)
{
    if (received->result.status != 0)
        fail_msg("easy ended with status %d, signal %d:\n%s\n%s", received->result.status,
                 received->result.signal, received->result.out, received->result.err);
}

void received_easy_list(struct received *received, const char *const *environment,
                        const char *const *actions)
{
    char *program = vespa_build_path("tests/programs/easy");
    vespa_program_result_free(&received->result);
    received->result =
        vespa_preload_run(received->sim, environment, with_program(program, actions));
    free(program);
    check_end(received);
}

void received_plain_list(struct received *received, const char *const *actions)
{
    char *program = vespa_build_path("tests/programs/easy");
    vespa_program_result_free(&received->result);
    received->result = vespa_program_run_simple(with_program(program, actions), NULL);
    free(program);
    check_end(received);
}

static void collect(const char **actions, const char *first, va_list rest)
{
    size_t count = 0;
    for (const char *action = first; action; action = va_arg(rest, const char *)) {
        assert_true(count < MOST_ACTIONS);
        actions[count++] = action;
    }
    actions[count] = NULL;
}

void received_easy(struct received *received, const char *action, ...)
{
    const char *actions[MOST_ACTIONS + 1];
    va_list rest;
    va_start(rest, action);
    collect(actions, action, rest);
    va_end(rest);
    received_easy_list(received, NULL, actions);
}

void received_easy_with(struct received *received, const char *const *environment,
                        const char *action, ...)
{
    const char *actions[MOST_ACTIONS + 1];
    va_list rest;
    va_start(rest, action);
    collect(actions, action, rest);
    va_end(rest);
    received_easy_list(received, environment, actions);
}

/* ---- what the worker saw -------------------------------------------------------------------- */

static const cJSON *statistics(struct received *received)
{
    cJSON_Delete(received->stats);
    received->stats = NULL;
    received->stats = vespa_sim_process_stats_quiet(received->sim);
    return received->stats;
}

const cJSON *received_request(struct received *received)
{
    const cJSON *request = vespa_json_find(statistics(received), "workers.0.requests.-1");
    if (!request)
        fail_msg("nothing reached the worker:\n%s\n%s", received->result.out, received->result.err);
    return request;
}

int received_requests(struct received *received)
{
    return cJSON_GetArraySize(vespa_json_find(statistics(received), "workers.0.requests"));
}

int received_routes(struct received *received)
{
    return (int)vespa_json_number(statistics(received), "route.count");
}

static void assert_headers(const cJSON *request, bool has_body)
{
    const char *length = vespa_json_header(request, "headers", "Content-Length");
    const char *type = vespa_json_header(request, "headers", "Content-Type");
    char expected[32];
    assert_null(vespa_json_header(request, "headers", "Expect"));
    assert_null(vespa_json_header(request, "headers", "Transfer-Encoding"));
    if (!has_body) {
        assert_null(length);
        assert_null(type);
        return;
    }
    snprintf(expected, sizeof expected, "%.0f", vespa_json_number(request, "body_length"));
    assert_non_null(length);
    assert_string_equal(length, expected);
    assert_non_null(type);
    assert_string_equal(type, "application/json");
}

static void assert_payload(const cJSON *request, const void *payload, size_t length)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    char expected[2 * SHA256_DIGEST_LENGTH + 1];
    SHA256(payload, length, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(expected + 2 * i, 3, "%02x", digest[i]);
    if (vespa_json_number(request, "payload_length") != (double)length ||
        strcmp(vespa_json_string(request, "payload_sha256"), expected) != 0) {
        char *seen = cJSON_Print(request);
        fail_msg("the payload is not the %zu bytes «%.200s»:\n%s", length, (const char *)payload,
                 seen);
    }
}

void received_assert_bytes(struct received *received, const char *method, const char *query,
                           const void *payload, size_t length)
{
    const cJSON *request = received_request(received);
    char full[1024] = "";
    assert_string_equal(vespa_json_string(request, "method"), method);
    assert_string_equal(vespa_json_string(request, "path"), "/echo");
    assert_true(vespa_json_number(request, "accepted") == 1);
    assert_headers(request, payload != NULL);
    if (payload) {
        assert_string_equal(vespa_json_string(request, "query"), query);
        assert_payload(request, payload, length);
        return;
    }
    snprintf(full, sizeof full, "%s%sserverless_", query, *query ? "&" : "");
    assert_int_equal(strncmp(vespa_json_string(request, "query"), full, strlen(full)), 0);
}

void received_assert(struct received *received, const char *method, const char *query,
                     const char *payload)
{
    received_assert_bytes(received, method, query, payload, payload ? strlen(payload) : 0);
}

/* ---- what the program printed --------------------------------------------------------------- */

const char *received_line(const struct received *received, const char *word)
{
    static char *copy;
    const char *found = NULL;
    size_t length = strlen(word);
    for (const char *line = received->result.out; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, word, length) == 0 && line[length] == ' ')
            found = line + length + 1;
    }
    free(copy);
    copy = found ? strndup(found, strcspn(found, "\n")) : NULL;
    return copy;
}

static const char *error_member(const struct received *received, const char *name)
{
    const cJSON *error = cJSON_GetObjectItemCaseSensitive(received->reply, "error");
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(error, name));
    if (!text)
        fail_msg("no answer of our own:\n%s\n%s", received->result.out, received->result.err);
    return text;
}

void received_assert_reply(struct received *received, int status, const char *code,
                           const char *words)
{
    char number[16];
    snprintf(number, sizeof number, "%d", status);
    vespa_assert_line(&received->result, "result 0");
    const char *seen = received_line(received, "info RESPONSE_CODE");
    if (!seen || strcmp(seen, number) != 0)
        fail_msg("status %s instead of %s:\n%s", seen ? seen : "unknown", number,
                 received->result.out);
    const char *body = received_line(received, "body");
    cJSON_Delete(received->reply);
    received->reply = cJSON_Parse(body);
    assert_string_equal(error_member(received, "code"), code);
    if (!strstr(error_member(received, "message"), words))
        fail_msg("the message says nothing of «%s»: %s", words, error_member(received, "message"));
}

/* ---- values --------------------------------------------------------------------------------- */

const char *received_file(const struct received *received, const char *name, const void *bytes,
                          size_t length)
{
    static char value[256];
    snprintf(value, sizeof value, "@%s/%s", received->directory, name);
    FILE *file = fopen(value + 1, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    return value;
}

char *received_json(size_t length)
{
    char *json = malloc(length + 1);
    assert_non_null(json);
    memset(json, 'a', length);
    memcpy(json, "{\"x\":\"", 6);
    memcpy(json + length - 2, "\"}", 3);
    return json;
}
