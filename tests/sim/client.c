// A client written by hand.

#include "tests/sim/client.h"

#include "tests/support/program.h"

// What cmocka.h needs to be included first.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <cmocka.h>

// What the callbacks write to.
struct progress {
    struct vespa_test_answer *answer;
    size_t head_length;
    size_t stop_at;
    long began;
};

static void append(char **text, size_t *length, const char *bytes, size_t more)
{
    char *data = realloc(*text, *length + more + 1);
    if (!data)
        abort();
    memcpy(data + *length, bytes, more);
    *text = data;
    *length += more;
    (*text)[*length] = '\0';
}

static size_t receive(char *bytes, size_t size, size_t count, void *context)
{
    struct progress *progress = context;
    struct vespa_test_answer *answer = progress->answer;
    if (!answer->length)
        answer->first_byte_ms = vespa_test_now() - progress->began;
    append(&answer->body, &answer->length, bytes, size * count);
    answer->pieces++;
    return progress->stop_at && answer->length >= progress->stop_at ? 0 : size * count;
}

static size_t receive_header(char *bytes, size_t size, size_t count, void *context)
{
    struct progress *progress = context;
    if (strncmp(bytes, "HTTP/", 5) == 0) {
        progress->head_length = 0;
        progress->answer->heads++;
    }
    append(&progress->answer->head, &progress->head_length, bytes, size * count);
    return size * count;
}

static struct curl_slist *header_list(const struct vespa_test_call *call)
{
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    char line[1024];
    if (call->bearer) {
        snprintf(line, sizeof line, "Authorization: Bearer %s", call->bearer);
        list = curl_slist_append(list, line);
    }
    if (call->body || call->type) {
        snprintf(line, sizeof line, "Content-Type: %s",
                 call->type ? call->type : "application/json");
        list = curl_slist_append(list, line);
    }
    return call->header ? curl_slist_append(list, call->header) : list;
}

static void set_options(CURL *easy, const struct vespa_test_call *call, struct progress *progress)
{
    size_t length = call->body_length || !call->body ? call->body_length : strlen(call->body);
    curl_easy_setopt(easy, CURLOPT_URL, call->url);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, call->timeout_ms ? call->timeout_ms : 20000L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, progress);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, receive_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, progress);
    if (call->body) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call->body);
    }
    if (call->method && strcmp(call->method, "HEAD") == 0)
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    else if (call->method)
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, call->method);
    if (call->accept_encoding)
        curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, call->accept_encoding);
    if (call->ca_file)
        curl_easy_setopt(easy, CURLOPT_CAINFO, call->ca_file);
}

struct vespa_test_answer vespa_test_perform(const struct vespa_test_call *call)
{
    struct vespa_test_answer answer = {.first_byte_ms = -1};
    struct progress progress = {.answer = &answer, .stop_at = call->stop_at};
    struct curl_slist *headers = header_list(call);
    CURL *easy = call->easy ? call->easy : curl_easy_init();
    curl_easy_reset(easy);
    set_options(easy, call, &progress);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    size_t nothing = 0;
    append(&answer.body, &nothing, "", 0);
    append(&answer.head, &nothing, "", 0);
    progress.began = vespa_test_now();
    answer.result = curl_easy_perform(easy);
    answer.total_ms = vespa_test_now() - progress.began;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer.status);
    if (call->easy)
        curl_easy_reset(easy);
    else
        curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
    return answer;
}

void vespa_test_answer_free(struct vespa_test_answer *answer)
{
    free(answer->head);
    free(answer->body);
    answer->head = NULL;
    answer->body = NULL;
}

bool vespa_test_answer_header(const struct vespa_test_answer *answer, const char *name, char *value,
                              size_t size)
{
    size_t length = strlen(name);
    const char *line = answer->head;
    while (line && *line) {
        if (strncasecmp(line, name, length) == 0 && line[length] == ':') {
            line += length + 1;
            line += strspn(line, " ");
            snprintf(value, size, "%.*s", (int)strcspn(line, "\r\n"), line);
            return true;
        }
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
    }
    return false;
}

// --- the protocol ---

bool vespa_test_raw_member(const char *object, const char *name, char *value, size_t size)
{
    char pattern[80];
    snprintf(pattern, sizeof pattern, "\"%s\":", name);
    const char *at = strstr(object, pattern);
    if (!at)
        return false;
    at += strlen(pattern);
    at += strspn(at, " ");
    size_t length = *at == '"' ? strcspn(at + 1, "\"") + 2 : strcspn(at, ",} \n");
    snprintf(value, size, "%.*s", (int)length, at);
    return true;
}

bool vespa_test_read_assignment(const char *body, struct vespa_test_assignment *assignment)
{
    struct vespa_test_assignment *a = assignment;
    memset(a, 0, sizeof *a);
    vespa_test_raw_member(body, "cost", a->cost, sizeof a->cost);
    vespa_test_raw_member(body, "endpoint", a->endpoint, sizeof a->endpoint);
    vespa_test_raw_member(body, "reqnum", a->reqnum, sizeof a->reqnum);
    vespa_test_raw_member(body, "request_idx", a->request_idx, sizeof a->request_idx);
    vespa_test_raw_member(body, "signature", a->signature, sizeof a->signature);
    return vespa_test_raw_member(body, "url", a->url, sizeof a->url);
}

struct vespa_test_answer vespa_test_route(const struct vespa_sim_process *sim, const char *cost,
                                          const char *request_idx)
{
    char url[256];
    char body[512];
    snprintf(url, sizeof url, "%s/route/", vespa_sim_process_value(sim, "VESPA_AUTOSCALER_URL"));
    snprintf(body, sizeof body, "{\"endpoint\": \"%s\", \"cost\": %s%s%s}",
             vespa_sim_process_value(sim, "VAST_ENDPOINT"), cost,
             request_idx ? ", \"request_idx\": " : "", request_idx ? request_idx : "");
    return vespa_test_perform(&(struct vespa_test_call){
        .url = url, .body = body, .bearer = vespa_sim_process_value(sim, "VAST_API_KEY")});
}

struct vespa_test_assignment vespa_test_assign(const struct vespa_sim_process *sim,
                                               const char *cost, const char *request_idx)
{
    struct vespa_test_assignment assignment = {0};
    struct vespa_test_answer answer = vespa_test_route(sim, cost, request_idx);
    if (answer.status != 200 || !vespa_test_read_assignment(answer.body, &assignment))
        fail_msg("no worker was given: %s, status %ld: %s", curl_easy_strerror(answer.result),
                 answer.status, answer.body);
    vespa_test_answer_free(&answer);
    return assignment;
}

char *vespa_test_envelope(const struct vespa_test_assignment *assignment, const char *payload)
{
    static const char format[] = "{\"auth_data\": {\"cost\": %s, \"endpoint\": %s, \"reqnum\": %s, "
                                 "\"request_idx\": %s, \"signature\": %s, \"url\": %s}, "
                                 "\"payload\": %s}";
    const struct vespa_test_assignment *a = assignment;
    size_t size = sizeof format + sizeof *a + strlen(payload);
    char *envelope = malloc(size);
    snprintf(envelope, size, format, a->cost, a->endpoint, a->reqnum, a->request_idx, a->signature,
             a->url, payload);
    return envelope;
}

const char *vespa_test_worker_url(const struct vespa_test_assignment *assignment, const char *path)
{
    static char url[4096];
    size_t length = strlen(assignment->url) - 2; // its quotes
    snprintf(url, sizeof url, "%.*s%s", (int)length, assignment->url + 1, path);
    return url;
}

static void add_parameter(char *url, size_t size, const char *name, const char *raw)
{
    bool quoted = raw[0] == '"';
    size_t length = strlen(raw) - (quoted ? 2 : 0);
    char *escaped = curl_easy_escape(NULL, raw + quoted, (int)length);
    size_t used = strlen(url);
    snprintf(url + used, size - used, "%cserverless_%s=%s", strchr(url, '?') ? '&' : '?', name,
             escaped);
    curl_free(escaped);
}

const char *vespa_test_query_url(const struct vespa_test_assignment *assignment, const char *path)
{
    static char url[8192];
    const struct vespa_test_assignment *a = assignment;
    snprintf(url, sizeof url, "%s", vespa_test_worker_url(a, path));
    add_parameter(url, sizeof url, "cost", a->cost);
    add_parameter(url, sizeof url, "endpoint", a->endpoint);
    add_parameter(url, sizeof url, "reqnum", a->reqnum);
    add_parameter(url, sizeof url, "request_idx", a->request_idx);
    add_parameter(url, sizeof url, "signature", a->signature);
    add_parameter(url, sizeof url, "url", a->url);
    return url;
}

struct vespa_test_answer vespa_test_send(const struct vespa_test_assignment *assignment,
                                         const char *method, const char *path, const char *payload)
{
    char *envelope = vespa_test_envelope(assignment, payload);
    struct vespa_test_answer answer = vespa_test_perform(&(struct vespa_test_call){
        .method = method, .url = vespa_test_worker_url(assignment, path), .body = envelope});
    free(envelope);
    return answer;
}

struct vespa_test_answer vespa_test_post(const struct vespa_sim_process *sim, const char *path,
                                         const char *payload)
{
    struct vespa_test_assignment assignment = vespa_test_assign(sim, "100", NULL);
    return vespa_test_send(&assignment, NULL, path, payload);
}

struct vespa_test_answer vespa_test_get(const struct vespa_sim_process *sim, const char *method,
                                        const char *path)
{
    struct vespa_test_assignment assignment = vespa_test_assign(sim, "100", NULL);
    return vespa_test_perform(&(struct vespa_test_call){
        .method = method, .url = vespa_test_query_url(&assignment, path)});
}
