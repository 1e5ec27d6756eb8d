/* What the shim remembers of one easy handle. */
#include "shim/record.h"

#include "shim/outcome.h"
#include "shim/process.h"
#include "shim/restore.h"
#include "shim/shown_headers.h"

#include <stdlib.h>
#include <string.h>

static void set_defaults(struct vespa_record *record)
{
    record->method = VESPA_METHOD_GET;
    record->no_body = false;
    record->upload = false;
    record->post_fields = NULL;
    record->post_size = -1;
    record->infile_size = -1;
    record->timeout_ms = 0;
    record->matched = false;
}

struct vespa_record *vespa_record_new(CURL *easy, const struct vespa_curl_api *api)
{
    struct vespa_record *record = calloc(1, sizeof *record);
    if (!record)
        return NULL;
    record->easy = easy;
    record->api = api;
    set_defaults(record);
    return record;
}

static void forget(struct vespa_record *record)
{
    vespa_values_clear(&record->values);
    vespa_outcome_clear(&record->outcome);
    vespa_shared_bytes_release(record->post_copy);
    record->post_copy = NULL;
    free(record->handle_url);
    record->handle_url = NULL;
}

void vespa_record_free(struct vespa_record *record)
{
    if (!record)
        return;
    forget(record);
    vespa_shown_headers_begin(&record->shown, false);
    vespa_buffer_free(&record->cookie_files);
    free(record);
}

void vespa_record_reset(struct vespa_record *record)
{
    forget(record);
    set_defaults(record);
}

/* lib/setopt.c: which request the method options leave behind. */
static void note_method(struct vespa_record *record, unsigned id, bool on)
{
    switch (id) {
    case CURLOPT_HTTPGET:
        if (!on)
            return;
        record->method = VESPA_METHOD_GET;
        record->upload = record->no_body = false;
        break;
    case CURLOPT_POST:
        record->method = on ? VESPA_METHOD_POST : VESPA_METHOD_GET;
        record->no_body = record->no_body && !on;
        record->upload = false;
        break;
    case CURLOPT_PUT:
    case CURLOPT_UPLOAD:
        record->method = on ? VESPA_METHOD_PUT : VESPA_METHOD_GET;
        record->no_body = record->no_body && !on;
        record->upload = on;
        break;
    case CURLOPT_NOBODY:
        record->no_body = on;
        if (on)
            record->method = VESPA_METHOD_HEAD;
        else if (record->method == VESPA_METHOD_HEAD)
            record->method = VESPA_METHOD_GET;
        break;
    case CURLOPT_HTTPPOST:
        record->method = VESPA_METHOD_POST_FORM;
        record->no_body = false;
        break;
    case CURLOPT_MIMEPOST:
        record->method = VESPA_METHOD_POST_MIME;
        record->no_body = false;
        break;
    default:
        return;
    }
    if (record->transfer)
        record->method_touched = true;
}

/* What libcurl has of a cookie engine. */
static void note_cookies(struct vespa_record *record, unsigned id, void *object)
{
    struct vespa_buffer *files = &record->cookie_files;
    if (id == CURLOPT_SHARE)
        record->share = object;
    else
        record->cookies_on = object || (record->cookies_on && id != CURLOPT_COOKIEFILE);
    if (id != CURLOPT_COOKIEFILE)
        return;
    if (object)
        vespa_buffer_append(files, vespa_slice(object, strlen(object) + 1));
    else
        vespa_buffer_reset(files);
}

/* Values that several options set, or that are needed often. */
static void note_value(struct vespa_record *record, const struct vespa_option *option,
                       union vespa_argument argument)
{
    switch (option->id) {
    case CURLOPT_TIMEOUT:
        record->timeout_ms = argument.number * 1000;
        break;
    case CURLOPT_TIMEOUT_MS:
        record->timeout_ms = argument.number;
        break;
    case CURLOPT_INFILESIZE:
        record->infile_size = argument.number;
        break;
    case CURLOPT_INFILESIZE_LARGE:
        record->infile_size = argument.offset;
        break;
    case CURLOPT_URL:
    case CURLOPT_CURLU:
        record->matched = false;
        record->outcome.url_valid = false;
        break;
    case CURLOPT_PORT:
    case CURLOPT_REQUEST_TARGET:
        record->matched = false;
        break;
    case CURLOPT_COOKIEFILE:
    case CURLOPT_COOKIEJAR:
    case CURLOPT_COOKIELIST:
    case CURLOPT_SHARE:
        note_cookies(record, option->id, argument.object);
        break;
    case CURLOPT_HTTPPOST:
    case CURLOPT_MIMEPOST:
        note_method(record, option->id, true);
        break;
    default:
        if (option->type == VESPA_OPTION_LONG)
            note_method(record, option->id, argument.number != 0);
        break;
    }
}

void vespa_record_touch(struct vespa_record *record, unsigned id)
{
    unsigned number = vespa_option_number(id);
    record->touched[number / 64] |= UINT64_C(1) << number % 64;
}

/* Whether the option is out of the application's hands until the transfer is over. What no leg
 * touches (progress, the low-speed rule, cookies) takes effect at once, as it always does. */
static bool is_deferred(const struct vespa_record *record, const struct vespa_option *option)
{
    return record->transfer && (option->class == VESPA_CLASS_BODY ||
                                (option->legs & (VESPA_LEG_WORKER | VESPA_LEG_CANNED)) != 0 ||
                                vespa_record_is_touched(record, option->id));
}

/* The body's bytes, in memory that stays: the pointer given to libcurl is always POSTFIELDS. */
static CURLcode set_post_fields(struct vespa_record *record, const char *fields,
                                struct vespa_shared_bytes *copy)
{
    CURLcode result = CURLE_OK;
    if (record->transfer)
        record->method_touched = true;
    else
        result = record->api->easy_setopt(record->easy, CURLOPT_POSTFIELDS, fields);
    if (result) {
        vespa_shared_bytes_release(copy);
        return result;
    }
    vespa_shared_bytes_release(record->post_copy);
    record->post_copy = copy;
    record->post_fields = fields;
    record->method = VESPA_METHOD_POST;
    return CURLE_OK;
}

/* CURLOPT_COPYPOSTFIELDS: the one copy is ours (design.md §2.3). With a size set before, that many
 * bytes are taken; else up to the zero. */
static CURLcode copy_post_fields(struct vespa_record *record, const char *fields)
{
    if (!fields)
        return set_post_fields(record, NULL, NULL);
    size_t length = record->post_size >= 0 ? (size_t)record->post_size : strlen(fields);
    struct vespa_shared_bytes *copy = vespa_shared_bytes_new(fields, length);
    return copy ? set_post_fields(record, copy->data, copy) : CURLE_OUT_OF_MEMORY;
}

/* CURLOPT_POSTFIELDSIZE: a copy that is shorter than the new size is given up, as libcurl does it;
 * the method stays what it was. */
static CURLcode set_post_size(struct vespa_record *record, const struct vespa_option *option,
                              union vespa_argument argument)
{
    curl_off_t size =
        option->type == VESPA_OPTION_LONG ? (curl_off_t)argument.number : argument.offset;
    CURLcode result = CURLE_OK;
    if (record->transfer)
        record->method_touched = true;
    else
        result = vespa_option_apply(record->api, record->easy, option, argument);
    if (result)
        return result;
    bool outgrown = record->post_copy && record->post_size < size;
    record->post_size = size;
    if (outgrown) {
        enum vespa_method method = record->method;
        result = set_post_fields(record, NULL, NULL);
        record->method = method;
        if (!record->transfer)
            vespa_restore_method(record);
    }
    return result;
}

CURLcode vespa_record_setopt(struct vespa_record *record, const struct vespa_option *option,
                             union vespa_argument argument)
{
    switch (option->id) {
    case CURLOPT_POSTFIELDS:
        return set_post_fields(record, argument.object, NULL);
    case CURLOPT_COPYPOSTFIELDS:
        return copy_post_fields(record, argument.object);
    case CURLOPT_POSTFIELDSIZE:
    case CURLOPT_POSTFIELDSIZE_LARGE:
        return set_post_size(record, option, argument);
    default:
        break;
    }
    union vespa_argument own = argument;
    CURLcode result = CURLE_OK;
    if (!vespa_values_prepare(&record->values, option, &own))
        return CURLE_OUT_OF_MEMORY; /* and libcurl has not got it either: it might be the URL */
    if (is_deferred(record, option))
        vespa_record_touch(record, option->id);
    else
        result = vespa_option_apply(record->api, record->easy, option, argument);
    if (result) {
        vespa_values_discard(option, own);
        return result;
    }
    vespa_values_put(&record->values, option, own);
    note_value(record, option, argument);
    return record->cookie_files.failed ? CURLE_OUT_OF_MEMORY : CURLE_OK;
}

CURLcode vespa_record_duplicate(struct vespa_record *to, const struct vespa_record *from)
{
    if (!vespa_values_copy(&to->values, &from->values))
        return CURLE_OUT_OF_MEMORY;
    to->method = from->method;
    to->no_body = from->no_body;
    to->upload = from->upload;
    to->post_size = from->post_size;
    to->infile_size = from->infile_size;
    to->timeout_ms = from->timeout_ms;
    to->post_fields = from->post_fields;
    to->cookies_on = from->cookies_on; /* but no share: libcurl duplicates none */
    vespa_buffer_append(&to->cookie_files, vespa_buffer_slice(&from->cookie_files));
    if (to->cookie_files.failed)
        return CURLE_OUT_OF_MEMORY;
    to->post_copy = vespa_shared_bytes_hold(from->post_copy);
    if (from->transfer) { /* what a leg has overridden was duplicated so */
        memcpy(to->touched, from->touched, sizeof to->touched);
        to->method_touched = from->method_touched;
    }
    vespa_restore(to);
    return CURLE_OK;
}

/* The CURLU's URL: where there is a CURLU, it is what libcurl requests (docs/options.md). */
static char *url_of_handle(const struct vespa_record *record, bool *no_memory)
{
    CURLU *handle = vespa_values_object(&record->values, CURLOPT_CURLU);
    char *url = NULL;
    char *copy = NULL;
    CURLUcode code = record->api->url_get(handle, CURLUPART_URL, &url, 0);
    if (!code)
        copy = strdup(url);
    *no_memory = code == CURLUE_OUT_OF_MEMORY || (!code && !copy);
    record->api->free(url);
    return copy;
}

const char *vespa_record_url(const struct vespa_record *record)
{
    return record->handle_url ? record->handle_url
                              : vespa_values_object(&record->values, CURLOPT_URL);
}

enum vespa_match vespa_record_match(struct vespa_record *record)
{
    bool has_handle = vespa_values_object(&record->values, CURLOPT_CURLU) != NULL;
    if (record->matched && !has_handle)
        return record->match;
    record->no_memory = false;
    free(record->handle_url);
    record->handle_url = has_handle ? url_of_handle(record, &record->no_memory) : NULL;
    const char *url = vespa_record_url(record);
    long port = vespa_values_number(&record->values, CURLOPT_PORT, 0);
    record->match = VESPA_NOT_OURS;
    record->rule = NULL;
    struct vespa_runtime *runtime = vespa_process_runtime();
    if (url && runtime)
        record->match = vespa_match_request(
            vespa_runtime_config(runtime), vespa_slice_of(url), (uint16_t)port,
            vespa_slice_of(vespa_values_object(&record->values, CURLOPT_REQUEST_TARGET)),
            &record->rule);
    record->matched = true;
    return record->no_memory ? VESPA_OURS : record->match;
}

const char *vespa_record_verb(const struct vespa_record *record)
{
    const char *custom = vespa_values_object(&record->values, CURLOPT_CUSTOMREQUEST);
    if (custom)
        return custom;
    if (record->no_body)
        return "HEAD";
    if (record->method == VESPA_METHOD_PUT)
        return "PUT";
    return record->method == VESPA_METHOD_GET ? "GET" : "POST";
}

/* Whoever wants no answer body sends none either, whatever the method. */
enum vespa_body_source vespa_record_body(const struct vespa_record *record, curl_off_t *size)
{
    *size = -1;
    if (record->no_body)
        return VESPA_SOURCE_NONE;
    switch (record->method) {
    case VESPA_METHOD_PUT:
        *size = record->infile_size;
        return VESPA_SOURCE_CALLBACK;
    case VESPA_METHOD_POST:
        *size = record->post_size;
        return record->post_fields || record->post_size == 0 ? VESPA_SOURCE_MEMORY
                                                             : VESPA_SOURCE_CALLBACK;
    case VESPA_METHOD_POST_FORM:
    case VESPA_METHOD_POST_MIME:
        return VESPA_SOURCE_FORM;
    case VESPA_METHOD_GET:
    case VESPA_METHOD_HEAD:
        break;
    }
    return VESPA_SOURCE_NONE;
}
