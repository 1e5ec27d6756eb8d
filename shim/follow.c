/* Redirects that the application wants followed. */
#include "shim/follow.h"

#include "shim/outcome.h"
#include "shim/process.h"
#include "shim/transfer.h"

#include <stdio.h>
#include <stdlib.h>

/* Where the application names no limit: libcurl's own since 8.3. Without one a worker could have
 * itself asked, and paid, for ever. */
#define MOST_REDIRECTS 30

void vespa_follow_end(struct vespa_follow *follow)
{
    free(follow->next_url);
    free(follow->url);
    *follow = (struct vespa_follow){.next_url = NULL};
}

bool vespa_follow_look(struct vespa_transfer *transfer)
{
    struct vespa_record *record = transfer->record;
    struct vespa_follow *follow = &transfer->follow;
    const char *target = vespa_values_object(&record->values, CURLOPT_REQUEST_TARGET);
    long port = vespa_values_number(&record->values, CURLOPT_PORT, 0);
    if (transfer->answer.trusted || transfer->answer.status / 100 != 3 ||
        !record->outcome.location ||
        !vespa_values_number(&record->values, CURLOPT_FOLLOWLOCATION, 0))
        return false;
    free(follow->next_url);
    follow->next_url = vespa_outcome_redirect_url(record);
    if (!follow->next_url)
        return false;
    follow->next_match = vespa_match_request(vespa_runtime_config(vespa_process_runtime()),
                                             vespa_slice_of(follow->next_url), (uint16_t)port,
                                             vespa_slice_of(target), &follow->next_rule);
    return follow->next_match != VESPA_NOT_OURS;
}

/* lib/transfer.c, Curl_follow: when a request loses method and body. */
static bool becomes_get(const struct vespa_transfer *transfer)
{
    const struct vespa_record *record = transfer->record;
    long kept = vespa_values_number(&record->values, CURLOPT_POSTREDIR, 0);
    bool is_post = record->method == VESPA_METHOD_POST ||
                   record->method == VESPA_METHOD_POST_FORM ||
                   record->method == VESPA_METHOD_POST_MIME;
    switch (transfer->answer.status) {
    case 301:
        return is_post && !(kept & CURL_REDIR_POST_301);
    case 302:
        return is_post && !(kept & CURL_REDIR_POST_302);
    case 303:
        return !is_post || !(kept & CURL_REDIR_POST_303);
    default:
        return false;
    }
}

static const char *verb(const struct vespa_transfer *transfer)
{
    const struct vespa_record *record = transfer->record;
    if (!transfer->follow.as_get || vespa_values_object(&record->values, CURLOPT_CUSTOMREQUEST))
        return vespa_record_verb(record);
    return record->no_body ? "HEAD" : "GET";
}

void vespa_follow_describe(const struct vespa_transfer *transfer, struct vespa_request *request)
{
    const struct vespa_follow *follow = &transfer->follow;
    if (!follow->url)
        return;
    request->url = vespa_slice_of(follow->url);
    request->match = follow->match;
    request->rule = follow->rule;
    request->method = vespa_slice_of(verb(transfer));
    if (follow->as_get) {
        request->body_kind = VESPA_BODY_NONE;
        request->body = VESPA_LITERAL("");
        request->payload = NULL;
    }
}

/* CURLOPT_MAXREDIRS(3). */
static bool is_too_many(struct vespa_transfer *transfer)
{
    long most = vespa_values_number(&transfer->record->values, CURLOPT_MAXREDIRS, -1);
    most = most < 0 ? MOST_REDIRECTS : most;
    if ((long)transfer->follow.count < most)
        return false;
    snprintf(transfer->error, sizeof transfer->error, "Maximum (%ld) redirects followed", most);
    return true;
}

bool vespa_follow_begin(struct vespa_transfer *transfer, CURLcode *result)
{
    struct vespa_follow *follow = &transfer->follow;
    *result = CURLE_TOO_MANY_REDIRECTS;
    if (is_too_many(transfer))
        return false;
    follow->as_get = follow->as_get || becomes_get(transfer);
    follow->count++;
    free(follow->url);
    follow->url = follow->next_url;
    follow->match = follow->next_match;
    follow->rule = follow->next_rule;
    follow->next_url = NULL;
    *result = CURLE_OUT_OF_MEMORY;
    return vespa_outcome_follow(transfer, follow->url, verb(transfer)) &&
           vespa_transfer_begin_exchange(transfer, vespa_now_ms());
}
