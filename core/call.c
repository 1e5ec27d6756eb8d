/* A CALL of the exchange on an easy handle. */
#include "core/call.h"

#include <stdlib.h>
#include <string.h>

static size_t collect(char *bytes, size_t size, size_t count, void *user)
{
    struct vespa_caller *caller = user;
    size_t length = size * count;
    caller->answer_started = true;
    if (caller->answer.length + length > caller->answer_limit) {
        caller->too_large = true;
        return 0;
    }
    vespa_buffer_append(&caller->answer, vespa_slice(bytes, length));
    return caller->answer.failed ? 0 : length;
}

/* One allocation a header: the node, and its line behind it. */
static struct curl_slist *header_node(struct vespa_slice name, struct vespa_slice value)
{
    static const char separator[] = ": ";
    size_t length = name.length + sizeof separator - 1 + value.length;
    struct curl_slist *node = malloc(sizeof *node + length + 1);
    if (!node)
        return NULL;
    node->data = (char *)(node + 1);
    node->next = NULL;
    memcpy(node->data, name.data, name.length);
    memcpy(node->data + name.length, separator, sizeof separator - 1);
    if (value.length)
        memcpy(node->data + length - value.length, value.data, value.length);
    node->data[length] = '\0';
    return node;
}

/* The call's own headers, and libcurl's defaults switched off: "Name:" without a value. */
static bool make_headers(struct vespa_caller *caller, const struct vespa_call *call)
{
    static const char *const suppressed[] = {"Expect:", "Accept:"};
    struct curl_slist **end = &caller->headers;
    for (size_t i = 0; i < sizeof suppressed / sizeof *suppressed; i++) {
        struct vespa_slice name = vespa_slice_of(suppressed[i]);
        *end = header_node(vespa_slice_part(name, 0, name.length - 1), VESPA_LITERAL(""));
        if (!*end)
            return false;
        (*end)->data[name.length] = '\0'; /* "Name:", without the space */
        end = &(*end)->next;
    }
    for (size_t i = 0; i < call->header_count; i++) {
        *end = header_node(call->headers[i].name, call->headers[i].value);
        if (!*end)
            return false;
        end = &(*end)->next;
    }
    return true;
}

static CURLcode set_transfer(struct vespa_caller *caller, const struct vespa_curl_api *api,
                             CURL *easy, const struct vespa_call *call)
{
    CURLcode (*setopt)(CURL *, CURLoption, ...) = api->easy_setopt;
    CURLcode result = CURLE_OK;
    result = result ? result : setopt(easy, CURLOPT_ERRORBUFFER, caller->error);
    result = result ? result : setopt(easy, CURLOPT_URL, call->url);
    result = result ? result : setopt(easy, CURLOPT_HTTPHEADER, caller->headers);
    result = result ? result : setopt(easy, CURLOPT_WRITEFUNCTION, collect);
    result = result ? result : setopt(easy, CURLOPT_WRITEDATA, caller);
    result = result ? result : setopt(easy, CURLOPT_TIMEOUT_MS, (long)call->timeout_ms);
    result = result ? result : setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    result = result ? result : setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    result = result ? result : setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    if (strcmp(call->method, "POST") != 0)
        return result;
    result = result ? result : setopt(easy, CURLOPT_POST, 1L);
    result = result ? result
                    : setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.length);
    return result ? result : setopt(easy, CURLOPT_POSTFIELDS, call->body.data);
}

bool vespa_caller_prepare(struct vespa_caller *caller, const struct vespa_curl_api *api,
                          struct vespa_connection *connection, const struct vespa_call *call)
{
    *caller = (struct vespa_caller){.answer_limit = call->answer_limit};
    api->easy_reset(connection->easy);
    CURLcode result = CURLE_OUT_OF_MEMORY;
    if (make_headers(caller, call))
        result = set_transfer(caller, api, connection->easy, call);
    if (!result)
        result = vespa_connection_watch(connection);
    if (result && !caller->error[0])
        strncpy(caller->error, api->easy_strerror(result), sizeof caller->error - 1);
    return result == CURLE_OK;
}

static enum vespa_failure failure_of(struct vespa_caller *caller, const struct vespa_curl_api *api,
                                     struct vespa_connection *connection, CURLcode result)
{
    double connected = 0;
    api->easy_getinfo(connection->easy, CURLINFO_PRETRANSFER_TIME, &connected);
    return vespa_failure_of((struct vespa_transfer_end){
        .code = (int)result,
        .connected = connected > 0,
        .answer_started = caller->answer_started,
    });
}

void vespa_caller_report(struct vespa_caller *caller, const struct vespa_curl_api *api,
                         struct vespa_connection *connection, CURLcode result,
                         struct vespa_exchange *exchange, uint64_t now_ms)
{
    long status = 0;
    if (caller->too_large) {
        vespa_exchange_call_failed(exchange, now_ms, VESPA_FAILURE_LOCAL, "answer too large");
        return;
    }
    if (result) {
        const char *detail = caller->error[0] ? caller->error : api->easy_strerror(result);
        vespa_exchange_call_failed(exchange, now_ms, failure_of(caller, api, connection, result),
                                   detail);
        return;
    }
    api->easy_getinfo(connection->easy, CURLINFO_RESPONSE_CODE, &status);
    vespa_exchange_called(exchange, now_ms, (int)status, vespa_buffer_slice(&caller->answer));
}

static void free_headers(struct curl_slist *node)
{
    while (node) {
        struct curl_slist *next = node->next;
        explicit_bzero(node->data, strlen(node->data));
        free(node);
        node = next;
    }
}

void vespa_caller_end(struct vespa_caller *caller, const struct vespa_curl_api *api,
                      struct vespa_connection *connection)
{
    api->easy_reset(connection->easy);
    vespa_connection_watch(connection);
    free_headers(caller->headers);
    caller->headers = NULL;
    vespa_buffer_free_secret(&caller->answer);
}
