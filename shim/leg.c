/* Legs: the application's easy handle made ready, and put back. */
#include "shim/leg.h"

#include "core/send.h"
#include "shim/answer.h"
#include "shim/envelope_body.h"
#include "shim/process.h"
#include "shim/reconnect.h"
#include "shim/request.h"
#include "shim/restore.h"
#include "shim/shown_headers.h"

#include <stdio.h>
#include <unistd.h>

/* Where a canned answer seems to come from. Nothing is ever sent there: the socket is ours. */
#define CANNED_URL "http://127.0.0.1/"

/* Options that are newer than the headers of the oldest libcurl that this is built with. */
enum {
    OPTION_AWS_SIGV4 = 10305,
    OPTION_CAINFO_BLOB = 40309,
    OPTION_HAPROXY_CLIENT_IP = 10323,
    OPTION_HTTPSIG_ALGORITHM = 329
};

static CURLcode set(struct vespa_transfer *transfer, unsigned id, union vespa_argument argument)
{
    const struct vespa_option *option = vespa_option_find(id);
    vespa_record_touch(transfer->record, id);
    return vespa_option_apply(transfer->api, transfer->record->easy, option, argument);
}

CURLcode vespa_leg_set_number(struct vespa_transfer *transfer, unsigned id, long number)
{
    return set(transfer, id, (union vespa_argument){.number = number});
}

static CURLcode set_object(struct vespa_transfer *transfer, unsigned id, const void *object)
{
    return set(transfer, id, (union vespa_argument){.object = (void *)(uintptr_t)object});
}

static CURLcode set_function(struct vespa_transfer *transfer, unsigned id, void (*function)(void))
{
    return set(transfer, id, (union vespa_argument){.function = function});
}

/* Setting the first also changes what libcurl holds of the second (docs/options.md, "Couplings").
 */
static const struct {
    unsigned id;
    unsigned companion;
} couplings[] = {
    {CURLOPT_AUTOREFERER, CURLOPT_REFERER},
    {CURLOPT_TLSAUTH_USERNAME, CURLOPT_TLSAUTH_TYPE},
    {CURLOPT_TLSAUTH_PASSWORD, CURLOPT_TLSAUTH_TYPE},
    {OPTION_AWS_SIGV4, CURLOPT_HTTPAUTH},
    {OPTION_HTTPSIG_ALGORITHM, CURLOPT_HTTPAUTH},
    {OPTION_HAPROXY_CLIENT_IP, CURLOPT_HAPROXYPROTOCOL},
};

/* A value that is refused is not the application's either; only memory can really be missing. */
static CURLcode give(struct vespa_transfer *transfer, const struct vespa_option *option)
{
    CURLcode result = set(transfer, option->id, vespa_option_during(option));
    return result == CURLE_OUT_OF_MEMORY ? result : CURLE_OK;
}

static CURLcode give_companion(struct vespa_transfer *transfer, unsigned id)
{
    for (size_t i = 0; i < sizeof couplings / sizeof *couplings; i++) {
        if (couplings[i].id != id)
            continue;
        vespa_record_touch(transfer->record, id); /* to be replayed behind its companion */
        return give(transfer, vespa_option_find(couplings[i].companion));
    }
    return CURLE_OK;
}

/* Gives all options that the application has set, and that the table wants otherwise on such a leg,
 * their value for its time. */
static CURLcode neutralise(struct vespa_transfer *transfer, unsigned leg)
{
    const struct vespa_values *values = &transfer->record->values;
    CURLcode result = CURLE_OK;
    for (unsigned i = 0; i < values->count && !result; i++) {
        const struct vespa_option *option = values->items[i].option;
        if (option->legs & leg)
            result = give(transfer, option);
        if (!result)
            result = give_companion(transfer, option->id);
    }
    return result;
}

/* Options of the application for which every leg has a value of its own. */
static CURLcode replace_special(struct vespa_transfer *transfer)
{
    static struct curl_slist no_names = {.data = "-none.invalid:1"};
    static const unsigned switched_off[] = {CURLOPT_CONNECT_ONLY, CURLOPT_HEADER,
                                            CURLOPT_FAILONERROR};
    const struct vespa_values *values = &transfer->record->values;
    CURLcode result = CURLE_OK;
    for (size_t i = 0; i < sizeof switched_off / sizeof *switched_off && !result; i++)
        if (vespa_values_number(values, switched_off[i], 0))
            result = vespa_leg_set_number(transfer, switched_off[i], 0);
    if (!result && vespa_values_object(values, CURLOPT_CURLU))
        result = set_object(transfer, CURLOPT_CURLU, NULL);
    if (!result && vespa_values_find(values, CURLOPT_RESOLVE))
        result = set_object(transfer, CURLOPT_RESOLVE, &no_names); /* NULL leaves a "*" in force */
    return result;
}

long vespa_leg_timeout(const struct vespa_transfer *transfer, uint32_t within_ms)
{
    long limit = (long)within_ms;
    if (transfer->record->timeout_ms <= 0)
        return limit;
    long spent = (long)((transfer->leg_us - transfer->started_us) / 1000);
    long left = transfer->record->timeout_ms - spent;
    left = left > 1 ? left : 1;
    return limit > 0 && limit < left ? limit : left;
}

/* What all legs have in common: where the answer goes, and what was left of time. */
static CURLcode set_common(struct vespa_transfer *transfer, const char *url, bool trusted,
                           long timeout_ms)
{
    CURLcode result = CURLE_OK;
    vespa_answer_begin(&transfer->answer, trusted);
    vespa_shown_headers_begin(&transfer->record->shown, !trusted);
    transfer->error[0] = '\0';
    result = replace_special(transfer);
    result = result ? result : set_object(transfer, CURLOPT_URL, url);
    result = result ? result : set_object(transfer, CURLOPT_ERRORBUFFER, transfer->error);
    result = result
                 ? result
                 : set_function(transfer, CURLOPT_WRITEFUNCTION, (void (*)(void))vespa_answer_body);
    result = result ? result : set_object(transfer, CURLOPT_WRITEDATA, transfer);
    result = result ? result
                    : set_function(transfer, CURLOPT_HEADERFUNCTION,
                                   (void (*)(void))vespa_answer_header);
    result = result ? result : set_object(transfer, CURLOPT_HEADERDATA, transfer);
    result =
        result ? result
               : vespa_leg_set_number(transfer, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    result = result ? result : vespa_leg_set_number(transfer, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1);
    return result ? result : vespa_leg_set_number(transfer, CURLOPT_TIMEOUT_MS, timeout_ms);
}

/* libcurl's own headers stay as the application wants them: "Accept:" in its list took one away. */
static bool make_headers(struct vespa_transfer *transfer, const struct vespa_send *send)
{
    struct vespa_header_list *list = &transfer->headers;
    vespa_header_list_reset(list);
    if (!vespa_header_list_suppress(list, VESPA_LITERAL("Expect")) ||
        !vespa_request_keep_suppressed(transfer->record, list))
        return false;
    for (size_t i = 0; i < send->header_count; i++)
        if (!vespa_header_list_add(list, send->headers[i]))
            return false;
    return true;
}

static const char *root_path(struct vespa_transfer *transfer, const struct vespa_send *send,
                             char *path, size_t size)
{
    if (send->ca_file)
        return send->ca_file;
    if (transfer->root_file < 0)
        transfer->root_file = vespa_root_file(send->ca_pem);
    if (transfer->root_file < 0)
        return NULL;
    snprintf(path, size, "/proc/self/fd/%d", transfer->root_file);
    return path;
}

/* Roots of the application's own never count for workers; without the workers' root the system's do
 * (protocol.md §8). */
static CURLcode set_root(struct vespa_transfer *transfer, const struct vespa_send *send)
{
    static const unsigned own[] = {CURLOPT_CAINFO, CURLOPT_CAPATH};
    const struct vespa_values *values = &transfer->record->values;
    CURLcode result = CURLE_OK;
    char path[64];
    if (vespa_values_find(values, OPTION_CAINFO_BLOB))
        result = set_object(transfer, OPTION_CAINFO_BLOB, NULL);
    if (!send->ca_file && !send->ca_pem.length) {
        for (size_t i = 0; i < sizeof own / sizeof *own && !result; i++)
            if (vespa_values_find(values, own[i]))
                result = set(transfer, own[i],
                             vespa_option_initial(transfer->api, vespa_option_find(own[i])));
        return result;
    }
    const char *root = root_path(transfer, send, path, sizeof path);
    if (!root)
        return CURLE_SSL_CACERT_BADFILE;
    result = result ? result : set_object(transfer, CURLOPT_CAINFO, root);
    return result ? result : set_object(transfer, CURLOPT_CAPATH, NULL);
}

/* Before libcurl 7.80 there is none. */
static CURLcode set_prereq(struct vespa_transfer *transfer, void (*function)(void))
{
    CURLcode result = set_function(transfer, VESPA_OPTION_PREREQFUNCTION, function);
    if (!result)
        result = set_object(transfer, VESPA_OPTION_PREREQDATA, transfer);
    return result == CURLE_UNKNOWN_OPTION ? CURLE_OK : result;
}

CURLcode vespa_leg_worker(struct vespa_transfer *transfer, const struct vespa_send *send)
{
    transfer->leg_us = vespa_now_us();
    if (!make_headers(transfer, send))
        return CURLE_OUT_OF_MEMORY;
    CURLcode result = neutralise(transfer, VESPA_LEG_WORKER);
    if (!result)
        result = set_common(transfer, send->url, false,
                            vespa_leg_timeout(transfer, send->head_within_ms));
    /* A target is sent as it was written, dot segments too; in the worker's URL it is a path. */
    if (!result && vespa_values_object(&transfer->record->values, CURLOPT_REQUEST_TARGET))
        result = vespa_leg_set_number(transfer, CURLOPT_PATH_AS_IS, 1);
    if (!result)
        result = set_object(transfer, CURLOPT_HTTPHEADER, transfer->headers.first);
    if (!result)
        result = set_function(transfer, CURLOPT_OPENSOCKETFUNCTION,
                              (void (*)(void))vespa_reconnect_open);
    if (!result)
        result = set_object(transfer, CURLOPT_OPENSOCKETDATA, transfer);
    if (!result)
        result = set_prereq(transfer, (void (*)(void))vespa_reconnect_prereq);
    if (!result)
        result = set_root(transfer, send);
    if (!result && send->insecure)
        result = vespa_leg_set_number(transfer, CURLOPT_SSL_VERIFYPEER, 0);
    if (!result && send->insecure)
        result = vespa_leg_set_number(transfer, CURLOPT_SSL_VERIFYHOST, 0);
    return result ? result : vespa_envelope_body_set(transfer, send);
}

/* No body goes out, and none is read in answer to a request that had none to expect. A form's stays
 * where it is, for what libcurl's duphandle has copied cannot be set again: it waits for a "100
 * Continue" that does not come, since the answer is there already. */
static CURLcode set_plain_method(struct vespa_transfer *transfer)
{
    static struct curl_slist expectation = {.data = "Expect: 100-continue"};
    CURL *easy = transfer->record->easy;
    if (transfer->record->method == VESPA_METHOD_POST_MIME) {
        CURLcode result = set_object(transfer, CURLOPT_HTTPHEADER, &expectation);
        return result ? result : set_object(transfer, CURLOPT_CUSTOMREQUEST, NULL);
    }
    transfer->record->method_touched = true;
    CURLcode result = transfer->api->easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    if (!result && transfer->record->no_body)
        result = transfer->api->easy_setopt(easy, CURLOPT_NOBODY, 1L);
    return result ? result : set_object(transfer, CURLOPT_CUSTOMREQUEST, NULL);
}

/* A transfer whose socket is ours. */
static CURLcode set_own_socket(struct vespa_transfer *transfer, struct vespa_slice answer,
                               long timeout_ms)
{
    transfer->leg_us = vespa_now_us();
    transfer->canned.answer = answer;
    CURLcode result = neutralise(transfer, VESPA_LEG_CANNED);
    result = result ? result : set_common(transfer, CANNED_URL, true, timeout_ms);
    result = result ? result : set_object(transfer, CURLOPT_PROXY, "");
    result = result ? result : vespa_leg_set_number(transfer, CURLOPT_FRESH_CONNECT, 1);
    result = result ? result : vespa_leg_set_number(transfer, CURLOPT_FORBID_REUSE, 1);
    result = result ? result
                    : set_function(transfer, CURLOPT_OPENSOCKETFUNCTION,
                                   (void (*)(void))vespa_canned_open);
    result = result ? result : set_object(transfer, CURLOPT_OPENSOCKETDATA, &transfer->canned);
    return result ? result : set_prereq(transfer, NULL);
}

CURLcode vespa_leg_canned(struct vespa_transfer *transfer, struct vespa_slice answer,
                          long timeout_ms)
{
    CURLcode result = set_own_socket(transfer, answer, timeout_ms);
    result = result ? result : set_object(transfer, CURLOPT_HTTPHEADER, NULL);
    return result ? result : set_plain_method(transfer);
}

/* In pieces that are one datagram each, and not slower for being sent twice. */
static CURLcode set_form(struct vespa_transfer *transfer, void (*progress)(void))
{
    union vespa_argument no_limit = {.offset = 0};
    CURLcode result = vespa_leg_set_number(transfer, CURLOPT_UPLOAD_BUFFERSIZE, 64 * 1024);
    result = result ? result : set(transfer, CURLOPT_MAX_SEND_SPEED_LARGE, no_limit);
    result = result ? result : set_object(transfer, CURLOPT_CUSTOMREQUEST, NULL);
    result = result ? result : set_function(transfer, CURLOPT_XFERINFOFUNCTION, progress);
    result = result ? result : set_object(transfer, CURLOPT_XFERINFODATA, transfer);
    return result ? result : vespa_leg_set_number(transfer, CURLOPT_NOPROGRESS, 0);
}

CURLcode vespa_leg_form(struct vespa_transfer *transfer, void (*progress)(void))
{
    transfer->leg_us = vespa_now_us();
    CURLcode result = set_own_socket(transfer, VESPA_LITERAL(""), vespa_leg_timeout(transfer, 0));
    transfer->answer.state = VESPA_ANSWER_DISCARD;
    vespa_header_list_reset(&transfer->headers);
    if (!result && !vespa_header_list_suppress(&transfer->headers, VESPA_LITERAL("Expect")))
        result = CURLE_OUT_OF_MEMORY;
    result = result ? result : set_object(transfer, CURLOPT_HTTPHEADER, transfer->headers.first);
    return result ? result : set_form(transfer, progress);
}

void vespa_leg_restore(struct vespa_transfer *transfer)
{
    vespa_restore(transfer->record);
    vespa_header_list_reset(&transfer->headers);
    vespa_canned_close(&transfer->canned);
    if (transfer->root_file >= 0)
        close(transfer->root_file);
    transfer->root_file = -1;
}
