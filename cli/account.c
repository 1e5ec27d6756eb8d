// Calls of the account.

#include "cli/account.h"

#include "cli/exit_status.h"
#include "core/answer_text.h"
#include "core/endpoint_key.h"
#include "core/head.h"
#include "lib/linked_curl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    TIMEOUT_MS = 20000,
    ATTEMPTS = 4,   // of a call that came too soon after another
    PACE_MS = 3100, // protocol.md §2: asked more often than every 3 s the console answers 429
    WORKERS_LIMIT = 4 << 20
};

static size_t note_date(char *bytes, size_t size, size_t count, void *user)
{
    struct vespa_account_notes *notes = user;
    struct vespa_header header;
    if (vespa_head_split(vespa_slice(bytes, size * count), &header) &&
        vespa_slice_equal_nocase(header.name, VESPA_LITERAL("Date")))
        snprintf(notes->date, sizeof notes->date, "%.*s", (int)header.value.length,
                 header.value.data);
    return size * count;
}

int vespa_account_try(const struct vespa_call *call, struct vespa_buffer *body,
                      struct vespa_account_notes *notes)
{
    const struct vespa_curl_api *api = vespa_linked_curl();
    struct vespa_caller caller = {0};
    long status = 0;
    CURL *easy = api->easy_init();
    CURLcode result = CURLE_OUT_OF_MEMORY;
    *notes = (struct vespa_account_notes){0};
    if (easy && vespa_caller_prepare(&caller, api, easy, call)) {
        api->easy_setopt(easy, CURLOPT_HEADERFUNCTION, note_date);
        api->easy_setopt(easy, CURLOPT_HEADERDATA, notes);
        result = api->easy_perform(easy);
    }
    if (!result) {
        api->easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        vespa_buffer_append(body, vespa_buffer_slice(&caller.answer));
    } else {
        snprintf(notes->error, sizeof notes->error, "%s",
                 caller.error[0] ? caller.error : api->easy_strerror(result));
    }
    if (easy) {
        vespa_caller_end(&caller, api, easy);
        api->easy_cleanup(easy);
    }
    return (int)status;
}

int vespa_account_call(const char *command, const struct vespa_call *call,
                       struct vespa_buffer *body)
{
    struct vespa_account_notes notes;
    int status = vespa_account_try(call, body, &notes);
    if (!status)
        fprintf(stderr, "vespa %s: %.*s cannot be reached: %s\n", command,
                (int)strcspn(call->url, "?"), call->url, notes.error);
    return status;
}

static void wait_a_moment(void)
{
    nanosleep(&(struct timespec){.tv_sec = PACE_MS / 1000, .tv_nsec = PACE_MS % 1000 * 1000000L},
              NULL);
}

// Performs a call, and again when it came too soon. Returns an exit status; *json is the answer.
static int ask(const char *command, const struct vespa_rule *rule, const struct vespa_call *call,
               cJSON **json)
{
    struct vespa_buffer body = {0};
    char words[VESPA_ANSWER_TEXT_SIZE];
    int status = 429;
    for (int i = 0; i < ATTEMPTS && status == 429; i++) {
        if (i)
            wait_a_moment();
        vespa_buffer_reset(&body);
        status = vespa_account_call(command, call, &body);
    }
    *json = status == 200 && body.data ? cJSON_ParseWithLength(body.data, body.length) : NULL;
    const struct vespa_slice secret = vespa_slice_of(rule->account_key);
    vespa_answer_text(vespa_buffer_slice(&body), &secret, 1, words);
    vespa_buffer_free_secret(&body);
    if (*json)
        return VESPA_EXIT_DONE;
    if (status == 401 || status == 403) {
        fprintf(stderr,
                "vespa %s: the key was refused (HTTP %d%s%s): the *account's* key is needed, which "
                "Vast's console shows under Keys; an endpoint's key does not do. Set "
                "VAST_ACCOUNT_KEY to it\n",
                command, status, words[0] ? ": " : "", words);
        return VESPA_EXIT_KEY;
    }
    if (status)
        fprintf(stderr, "vespa %s: %.*s answered HTTP %d%s%s%s\n", command,
                (int)strcspn(call->url, "?"), call->url, status, words[0] ? ": " : "", words,
                status == 200 ? ", which is not JSON" : "");
    return VESPA_EXIT_UNREACHABLE;
}

// ---- endpoints --------------------------------------------------------------------------------

// The call for the account's endpoints, and what it points to; not to be moved.
struct list_call {
    struct vespa_call call;
    struct vespa_header header;
    struct vespa_buffer url;
    struct vespa_buffer authorization;
};

// False: memory ran out.
static bool make_list_call(struct list_call *list, const struct vespa_rule *rule, const char *key)
{
    *list = (struct list_call){0};
    vespa_buffer_append_string(&list->url, rule->console_url);
    vespa_buffer_append_string(&list->url, "/api/v0/endptjobs/?autoscaler_instance=");
    vespa_buffer_append_percent(&list->url, vespa_slice_of(rule->instance));
    vespa_buffer_reserve(&list->authorization, strlen(key) + sizeof "Bearer ");
    vespa_buffer_append_string(&list->authorization, "Bearer ");
    vespa_buffer_append_string(&list->authorization, key);
    list->header = (struct vespa_header){VESPA_LITERAL("Authorization"),
                                         vespa_buffer_slice(&list->authorization)};
    list->call = (struct vespa_call){.method = "GET",
                                     .url = list->url.data,
                                     .headers = &list->header,
                                     .header_count = 1,
                                     .timeout_ms = TIMEOUT_MS,
                                     .answer_limit = VESPA_ENDPOINT_LIST_LIMIT};
    return !list->url.failed && !list->authorization.failed;
}

static void free_list_call(struct list_call *list)
{
    vespa_buffer_free(&list->url);
    vespa_buffer_free_secret(&list->authorization);
}

bool vespa_account_takes(const struct vespa_rule *rule, const char *key)
{
    struct list_call list;
    struct vespa_buffer body = {0};
    struct vespa_account_notes notes;
    bool taken =
        make_list_call(&list, rule, key) && vespa_account_try(&list.call, &body, &notes) == 200;
    free_list_call(&list);
    vespa_buffer_free_secret(&body);
    return taken;
}

int vespa_account_endpoints(const char *command, const struct vespa_rule *rule, cJSON **endpoints)
{
    struct list_call list;
    cJSON *answer = NULL;
    int status = VESPA_EXIT_FAILED;
    *endpoints = NULL;
    if (make_list_call(&list, rule, rule->account_key))
        status = ask(command, rule, &list.call, &answer);
    free_list_call(&list);
    if (!status) {
        *endpoints = cJSON_DetachItemFromObjectCaseSensitive(answer, "results");
        if (!cJSON_IsArray(*endpoints)) {
            fprintf(stderr, "vespa %s: the console's answer holds no list of endpoints\n", command);
            cJSON_Delete(*endpoints);
            *endpoints = NULL;
            status = VESPA_EXIT_UNREACHABLE;
        }
    }
    cJSON_Delete(answer);
    return status;
}

const cJSON *vespa_account_find(const char *command, const cJSON *endpoints, const char *name)
{
    const cJSON *endpoint;
    cJSON_ArrayForEach(endpoint, endpoints)
    {
        const char *found =
            cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(endpoint, "endpoint_name"));
        if (found && strcmp(found, name) == 0)
            return endpoint;
    }
    fprintf(stderr, "vespa %s: the account has no endpoint '%s'; vespa endpoints lists them\n",
            command, name);
    return NULL;
}

// ---- workers ----------------------------------------------------------------------------------

// The list of an answer; {"error_msg": …} while nothing can be queried (protocol.md §9).
static int take_workers(const char *command, cJSON *answer, cJSON **workers)
{
    const char *error = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(answer, "error_msg"));
    if (cJSON_IsArray(answer)) {
        *workers = answer;
        return VESPA_EXIT_DONE;
    }
    if (error)
        fprintf(stderr, "vespa %s: the autoscaler cannot tell yet: %s\n", command, error);
    else
        fprintf(stderr, "vespa %s: the autoscaler's answer holds no list of workers\n", command);
    cJSON_Delete(answer);
    return VESPA_EXIT_UNREACHABLE;
}

int vespa_account_workers(const char *command, const struct vespa_rule *rule, const cJSON *endpoint,
                          cJSON **workers)
{
    const cJSON *id = cJSON_GetObjectItemCaseSensitive(endpoint, "id");
    struct vespa_buffer url = {0}, body = {0};
    cJSON *answer = NULL;
    char number[32];
    *workers = NULL;
    if (!cJSON_IsNumber(id)) {
        fprintf(stderr, "vespa %s: the console gave no id for the endpoint\n", command);
        return VESPA_EXIT_UNREACHABLE;
    }
    snprintf(number, sizeof number, "%.0f", id->valuedouble);
    vespa_buffer_append_string(&url, rule->autoscaler_url);
    vespa_buffer_append_string(&url, "/get_endpoint_workers/");
    vespa_buffer_reserve(&body, 6 * strlen(rule->account_key) + 100);
    vespa_buffer_append_string(&body, "{\"id\": ");
    vespa_buffer_append_string(&body, number);
    vespa_buffer_append_string(&body, ", \"api_key\": ");
    vespa_buffer_append_json(&body, vespa_slice_of(rule->account_key));
    vespa_buffer_append_string(&body, "}");
    const struct vespa_header header = {VESPA_LITERAL("Content-Type"),
                                        VESPA_LITERAL("application/json")};
    int status = VESPA_EXIT_FAILED;
    if (!url.failed && !body.failed)
        status = ask(command, rule,
                     &(struct vespa_call){.method = "POST",
                                          .url = url.data,
                                          .headers = &header,
                                          .header_count = 1,
                                          .body = vespa_buffer_slice(&body),
                                          .timeout_ms = TIMEOUT_MS,
                                          .answer_limit = WORKERS_LIMIT},
                     &answer);
    vespa_buffer_free(&url);
    vespa_buffer_free_secret(&body);
    return status ? status : take_workers(command, answer, workers);
}
