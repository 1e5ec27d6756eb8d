/* What curl_easy_getinfo tells after a routed transfer. */
#include "shim/outcome.h"

#include "core/url.h"
#include "shim/process.h"
#include "shim/shown_headers.h"
#include "shim/transfer.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void vespa_outcome_clear(struct vespa_outcome *outcome)
{
    free(outcome->url);
    free(outcome->location);
    free(outcome->shown);
    *outcome = (struct vespa_outcome){0};
}

void vespa_outcome_leave(struct vespa_record *record)
{
    vespa_outcome_clear(&record->outcome);
    vespa_shown_headers_begin(&record->shown, false);
}

/* The URL with the scheme that CURLOPT_DEFAULT_PROTOCOL gives it. To be freed by the caller. */
static char *whole_url(const struct vespa_record *record)
{
    const char *scheme = vespa_values_object(&record->values, CURLOPT_DEFAULT_PROTOCOL);
    const char *given = vespa_record_url(record);
    struct vespa_url url;
    char *whole = NULL;
    if (!scheme || !vespa_url_parse(vespa_slice_of(given), &url) || url.scheme.length)
        return strdup(given);
    return asprintf(&whole, "%s://%s", scheme, given) < 0 ? NULL : whole;
}

/* A longer one is cut off. */
static void keep_method(struct vespa_outcome *outcome, const char *method)
{
    size_t length = strnlen(method, sizeof outcome->method - 1);
    memcpy(outcome->method, method, length);
    outcome->method[length] = '\0';
}

void vespa_outcome_begin(struct vespa_record *record)
{
    struct vespa_outcome *outcome = &record->outcome;
    vespa_outcome_clear(outcome);
    outcome->url = whole_url(record);
    outcome->valid = outcome->url_valid = outcome->url != NULL;
    keep_method(outcome, vespa_record_verb(record));
}

void vespa_outcome_redirect(struct vespa_outcome *outcome, struct vespa_slice location)
{
    free(outcome->location);
    outcome->location = vespa_slice_copy(location);
}

/* A URL as libcurl shows it after a transfer: parsed and put together again; with a location, that
 * one seen from it. To be freed by the caller. */
static char *shown_url(struct vespa_record *record, const char *location)
{
    const struct vespa_curl_api *api = record->api;
    unsigned flags = CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME;
    char *text = NULL;
    char *copy = NULL;
    CURLU *url = api->url();
    if (!url)
        return NULL;
    if (vespa_values_number(&record->values, CURLOPT_PATH_AS_IS, 0))
        flags |= CURLU_PATH_AS_IS;
    CURLUcode failed = api->url_set(url, CURLUPART_URL, record->outcome.url, flags);
    if (!failed && location)
        failed = api->url_set(url, CURLUPART_URL, location, flags | CURLU_URLENCODE);
    if (!failed && api->url_get(url, CURLUPART_URL, &text, 0) == CURLUE_OK)
        copy = strdup(text);
    api->free(text);
    api->url_cleanup(url);
    return copy;
}

char *vespa_outcome_redirect_url(struct vespa_record *record)
{
    return shown_url(record, record->outcome.location);
}

bool vespa_outcome_follow(struct vespa_transfer *transfer, const char *url, const char *method)
{
    struct vespa_outcome *outcome = &transfer->record->outcome;
    char *copy = strdup(url);
    if (!copy)
        return false;
    free(outcome->url);
    free(outcome->location);
    outcome->url = copy;
    outcome->location = NULL;
    outcome->redirect_count++;
    outcome->redirect_us = vespa_transfer_elapsed_us(transfer);
    keep_method(outcome, method);
    return true;
}

/* The string stays valid until the next such call, the next transfer or the handle's end; libcurl
 * promises no more. */
static CURLcode show(struct vespa_outcome *outcome, char *text, char **to)
{
    free(outcome->shown);
    outcome->shown = text;
    *to = text;
    return text ? CURLE_OK : CURLE_OUT_OF_MEMORY;
}

static bool is_https(const struct vespa_record *record)
{
    struct vespa_url url;
    return vespa_url_parse(vespa_slice_of(record->outcome.url), &url) &&
           vespa_slice_equal_nocase(url.scheme, VESPA_LITERAL("https"));
}

/* In capitals where this libcurl writes schemes so (before 8.0). */
static CURLcode scheme_info(struct vespa_record *record, char **to)
{
    char *real = NULL;
    CURLcode result = record->api->easy_getinfo(record->easy, CURLINFO_SCHEME, &real);
    if (result || !real)
        return result;
    bool capitals = isupper((unsigned char)real[0]) != 0;
    const char *scheme =
        is_https(record) ? (capitals ? "HTTPS" : "https") : (capitals ? "HTTP" : "http");
    *to = (char *)(uintptr_t)scheme;
    return CURLE_OK;
}

static CURLcode protocol_info(struct vespa_record *record, long *to)
{
    *to = is_https(record) ? (long)CURLPROTO_HTTPS : (long)CURLPROTO_HTTP;
    return CURLE_OK;
}

static CURLcode method_info(struct vespa_outcome *outcome, char **to)
{
    *to = outcome->method;
    return CURLE_OK;
}

static CURLcode redirect_info(struct vespa_record *record, char **to)
{
    *to = NULL;
    if (!record->outcome.location)
        return CURLE_OK;
    return show(&record->outcome, vespa_outcome_redirect_url(record), to);
}

static curl_off_t total_us(const struct vespa_record *record)
{
    return record->transfer ? vespa_transfer_elapsed_us(record->transfer)
                            : record->outcome.total_us;
}

bool vespa_outcome_info(struct vespa_record *record, CURLINFO info, void *to, CURLcode *result)
{
    if (!record->outcome.valid)
        return false;
    switch ((int)info) {
    case CURLINFO_EFFECTIVE_URL:
        if (!record->outcome.url_valid)
            return false;
        *result = show(&record->outcome, shown_url(record, NULL), to);
        return true;
    case CURLINFO_REDIRECT_URL:
        *result = redirect_info(record, to);
        return true;
    case CURLINFO_EFFECTIVE_METHOD:
        *result = method_info(&record->outcome, to);
        return true;
    case CURLINFO_SCHEME:
        *result = scheme_info(record, to);
        return true;
    case CURLINFO_PROTOCOL:
        *result = protocol_info(record, to);
        return true;
    case CURLINFO_REDIRECT_COUNT:
        *(long *)to = record->outcome.redirect_count;
        *result = CURLE_OK;
        return true;
    case CURLINFO_REDIRECT_TIME:
        *(double *)to = (double)record->outcome.redirect_us / 1e6;
        *result = CURLE_OK;
        return true;
    case CURLINFO_REDIRECT_TIME_T:
        *(curl_off_t *)to = record->outcome.redirect_us;
        *result = CURLE_OK;
        return true;
    case CURLINFO_TOTAL_TIME:
        *(double *)to = (double)total_us(record) / 1e6;
        *result = CURLE_OK;
        return true;
    case CURLINFO_TOTAL_TIME_T:
        *(curl_off_t *)to = total_us(record);
        *result = CURLE_OK;
        return true;
    default:
        return false;
    }
}
