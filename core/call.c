/* A CALL of the exchange on an easy handle. */
#include "core/call.h"

#include <string.h>
#include <sys/socket.h>

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

curl_socket_t vespa_open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)user, (void)purpose;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* The call's own headers, and libcurl's defaults switched off. */
static bool make_headers(struct vespa_header_list *list, const struct vespa_call *call)
{
    if (!vespa_header_list_suppress(list, VESPA_LITERAL("Expect")) ||
        !vespa_header_list_suppress(list, VESPA_LITERAL("Accept")))
        return false;
    for (size_t i = 0; i < call->header_count; i++)
        if (!vespa_header_list_add(list, call->headers[i]))
            return false;
    return true;
}

static bool is_post(const struct vespa_call *call)
{
    return strcmp(call->method, "POST") == 0;
}

static CURLcode set_body(const struct vespa_curl_api *api, CURL *easy,
                         const struct vespa_call *call)
{
    if (!is_post(call))
        return CURLE_OK;
    CURLcode result =
        api->easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.length);
    return result ? result : api->easy_setopt(easy, CURLOPT_POSTFIELDS, call->body.data);
}

static CURLcode set_timeout(struct vespa_caller *caller, const struct vespa_curl_api *api,
                            CURL *easy, uint32_t timeout_ms)
{
    caller->timeout_ms = timeout_ms;
    return api->easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
}

static CURLcode set_transfer(struct vespa_caller *caller, const struct vespa_curl_api *api,
                             CURL *easy, const struct vespa_call *call)
{
    CURLcode (*setopt)(CURL *, CURLoption, ...) = api->easy_setopt;
    CURLcode result = CURLE_OK;
    result = result ? result : setopt(easy, CURLOPT_ERRORBUFFER, caller->error);
    result = result ? result : setopt(easy, CURLOPT_OPENSOCKETFUNCTION, vespa_open_socket);
    result = result ? result : setopt(easy, CURLOPT_URL, call->url);
    result = result ? result : setopt(easy, CURLOPT_HTTPHEADER, caller->headers.first);
    result = result ? result : setopt(easy, CURLOPT_WRITEFUNCTION, collect);
    result = result ? result : setopt(easy, CURLOPT_WRITEDATA, caller);
    result = result ? result : setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    result = result ? result : setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    result = result ? result : setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    result = result ? result : set_timeout(caller, api, easy, call->timeout_ms);
    return result ? result : set_body(api, easy, call);
}

CURLcode vespa_caller_keep_local(const struct vespa_curl_api *api, CURL *easy,
                                 const struct vespa_call *call)
{
    if (strncmp(call->url, "http://", strlen("http://")) != 0)
        return CURLE_OK;
    return api->easy_setopt(easy, CURLOPT_PROXY, "");
}

bool vespa_caller_prepare(struct vespa_caller *caller, const struct vespa_curl_api *api, CURL *easy,
                          const struct vespa_call *call)
{
    *caller = (struct vespa_caller){.answer_limit = call->answer_limit};
    CURLcode result = CURLE_OUT_OF_MEMORY;
    vespa_buffer_append_string(&caller->url, call->url);
    if (!caller->url.failed && make_headers(&caller->headers, call))
        result = set_transfer(caller, api, easy, call);
    if (!result)
        result = vespa_caller_keep_local(api, easy, call);
    if (result && !caller->error[0])
        strncpy(caller->error, api->easy_strerror(result), sizeof caller->error - 1);
    return result == CURLE_OK;
}

static enum vespa_failure failure_of(struct vespa_caller *caller, const struct vespa_curl_api *api,
                                     CURL *easy, CURLcode result)
{
    double connected = 0;
    api->easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME, &connected);
    return vespa_failure_of((struct vespa_transfer_end){
        .code = (int)result,
        .connected = connected > 0,
        .answer_started = caller->answer_started,
    });
}

void vespa_caller_report(struct vespa_caller *caller, const struct vespa_curl_api *api, CURL *easy,
                         CURLcode result, struct vespa_exchange *exchange, uint64_t now_ms)
{
    long status = 0;
    if (caller->too_large) {
        vespa_exchange_call_failed(exchange, now_ms, VESPA_FAILURE_LOCAL, "answer too large");
        return;
    }
    if (result) {
        const char *detail = caller->error[0] ? caller->error : api->easy_strerror(result);
        vespa_exchange_call_failed(exchange, now_ms, failure_of(caller, api, easy, result), detail);
        return;
    }
    api->easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    vespa_exchange_called(exchange, now_ms, (int)status, vespa_buffer_slice(&caller->answer));
}

void vespa_caller_rest(struct vespa_caller *caller)
{
    if (caller->answer.length)
        explicit_bzero(caller->answer.data, caller->answer.length);
    vespa_buffer_reset(&caller->answer);
    caller->too_large = caller->answer_started = false;
    caller->error[0] = '\0';
    caller->resting = true;
}

bool vespa_caller_resume(struct vespa_caller *caller, const struct vespa_curl_api *api, CURL *easy,
                         const struct vespa_call *call)
{
    if (!caller->resting || !is_post(call) || strcmp(caller->url.data, call->url) != 0 ||
        !vespa_header_list_is(&caller->headers, call->headers, call->header_count))
        return false;
    caller->resting = false;
    caller->answer_limit = call->answer_limit;
    if (caller->timeout_ms != call->timeout_ms &&
        set_timeout(caller, api, easy, call->timeout_ms) != CURLE_OK)
        return false;
    return set_body(api, easy, call) == CURLE_OK;
}

void vespa_caller_end(struct vespa_caller *caller, const struct vespa_curl_api *api, CURL *easy)
{
    api->easy_reset(easy);
    vespa_caller_abandon(caller);
}

void vespa_caller_abandon(struct vespa_caller *caller)
{
    vespa_header_list_free(&caller->headers);
    vespa_buffer_free(&caller->url);
    vespa_buffer_free_secret(&caller->answer);
    caller->resting = false;
}
