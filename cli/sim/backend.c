// Forwards the payload to a real model server and its answer back, as it comes.
//
// The worker's thread drives the transfer itself: for the head while the answer is put together,
// for each further piece when the client's connection has room for it.

#include "cli/sim/models.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct backend {
    CURLM *multi;
    CURL *easy;
    struct curl_slist *headers;
    struct vespa_sim_text received;
    struct vespa_sim_text type; // Content-Type of the answer
    bool head;                  // its head is complete
    bool over;
    CURLcode result;
};

static void backend_free(void *state)
{
    struct backend *backend = state;
    curl_multi_remove_handle(backend->multi, backend->easy);
    curl_easy_cleanup(backend->easy);
    curl_multi_cleanup(backend->multi);
    curl_slist_free_all(backend->headers);
    vespa_sim_text_free(&backend->received);
    vespa_sim_text_free(&backend->type);
    free(backend);
}

static size_t receive(char *data, size_t size, size_t count, void *state)
{
    struct backend *backend = state;
    backend->head = true;
    vespa_sim_text_add(&backend->received, data, size * count);
    return size * count;
}

static size_t receive_header(char *data, size_t size, size_t count, void *state)
{
    struct backend *backend = state;
    size_t length = size * count;
    if (length > 13 && strncasecmp(data, "Content-Type:", 13) == 0) {
        size_t start = 13;
        while (start < length && data[start] == ' ')
            start++;
        while (length > start && (data[length - 1] == '\r' || data[length - 1] == '\n'))
            length--;
        vespa_sim_text_free(&backend->type);
        vespa_sim_text_add(&backend->type, data + start, length - start);
    }
    return size * count;
}

// Lets the transfer go on until something came or it is over. False when the client has gone.
static bool advance(struct backend *backend, struct vespa_sim_request *request, bool for_head)
{
    while (!backend->over && (for_head ? !backend->head : backend->received.length == 0)) {
        int running = 0;
        int left = 0;
        curl_multi_perform(backend->multi, &running);
        const CURLMsg *message = curl_multi_info_read(backend->multi, &left);
        if (message && message->msg == CURLMSG_DONE) {
            backend->over = true;
            backend->result = message->data.result;
        } else if (!backend->received.length) {
            curl_multi_poll(backend->multi, NULL, 0, 50, NULL);
            if (!vespa_sim_request_wait(request, 0))
                return false;
        }
    }
    return true;
}

static enum vespa_sim_more next_piece(void *state, struct vespa_sim_request *request,
                                      struct vespa_sim_text *out)
{
    struct backend *backend = state;
    if (!advance(backend, request, false) || (backend->over && backend->result != CURLE_OK))
        return VESPA_SIM_FAILED;
    vespa_sim_text_add_slice(out, vespa_sim_text_slice(&backend->received));
    vespa_sim_text_free(&backend->received);
    return backend->over ? VESPA_SIM_LAST : VESPA_SIM_MORE;
}

static void set_url(const struct vespa_sim_call *call, CURL *easy)
{
    struct vespa_sim_text url = {0};
    vespa_sim_text_add_string(&url, call->worker->sim->options.backend);
    while (url.length && url.data[url.length - 1] == '/')
        url.data[--url.length] = '\0';
    vespa_sim_text_add_slice(&url, call->path);
    if (call->query.length) {
        vespa_sim_text_add_string(&url, "?");
        vespa_sim_text_add_slice(&url, call->query);
    }
    curl_easy_setopt(easy, CURLOPT_URL, url.data);
    vespa_sim_text_free(&url);
}

// The payload stays in the request's body, which outlives the transfer.
static struct backend *backend_new(const struct vespa_sim_call *call)
{
    struct backend *backend = vespa_sim_alloc(sizeof *backend);
    *backend = (struct backend){.multi = curl_multi_init(), .easy = curl_easy_init()};
    CURL *easy = backend->easy;
    set_url(call, easy);
    if (strcmp(call->request->method, "HEAD") == 0)
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    if (call->payload.data) {
        backend->headers = curl_slist_append(NULL, "Content-Type: application/json");
        backend->headers = curl_slist_append(backend->headers, "Expect:");
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, backend->headers);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->payload.length);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call->payload.data);
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, call->request->method);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, backend);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, receive_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, backend);
    curl_multi_add_handle(backend->multi, easy);
    return backend;
}

bool vespa_sim_backend_answer(const struct vespa_sim_call *call, struct vespa_sim_answer *answer)
{
    struct backend *backend = backend_new(call);
    long status = 0;
    if (advance(backend, call->request, true))
        curl_easy_getinfo(backend->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status < 200) {
        vespa_sim_answer_start(answer, 502, "application/json");
        vespa_sim_text_printf(&answer->body, "{\"error\": \"backend: %s\"}",
                              curl_easy_strerror(backend->result));
        backend_free(backend);
        return true;
    }
    vespa_sim_answer_start(answer, (unsigned)status,
                           backend->type.length ? backend->type.data : "application/json");
    if (backend->over && backend->result == CURLE_OK) {
        vespa_sim_text_add_slice(&answer->body, vespa_sim_text_slice(&backend->received));
        backend_free(backend);
    } else {
        answer->stream = (struct vespa_sim_stream){next_piece, backend_free, backend};
    }
    return true;
}
