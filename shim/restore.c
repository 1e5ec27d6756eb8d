/* Putting options back. */
#include "shim/restore.h"

#include "shim/process.h"

#include <string.h>

/* Options that the application never set get libcurl's own value back. */
static void restore_initial(const struct vespa_record *record)
{
    for (unsigned word = 0; word < sizeof record->touched / sizeof *record->touched; word++) {
        for (uint64_t bits = record->touched[word]; bits; bits &= bits - 1) {
            unsigned number = word * 64 + (unsigned)__builtin_ctzll(bits);
            if (record->values.places[number])
                continue;
            const struct vespa_option *option = vespa_option_of_number(number);
            vespa_option_apply(record->api, record->easy, option,
                               vespa_option_initial(record->api, option));
        }
    }
}

/* The others get theirs, in the order in which they were set: some set the same thing. */
static void restore_set(const struct vespa_record *record)
{
    unsigned order[VESPA_OPTION_NUMBERS];
    vespa_values_in_order(&record->values, order);
    for (unsigned i = 0; i < record->values.count; i++) {
        const struct vespa_value *value = &record->values.items[order[i]];
        if (vespa_record_is_touched(record, value->option->id))
            vespa_option_apply(record->api, record->easy, value->option, value->argument);
    }
}

/* A duplicate has a copy of the form that libcurl has made, and that cannot be set again: what took
 * it away, which is only a translated upload, has used it up. */
static void restore_form(const struct vespa_record *record)
{
    void *form = vespa_values_object(&record->values, CURLOPT_MIMEPOST);
    if (record->api->easy_setopt(record->easy, CURLOPT_MIMEPOST, form))
        vespa_log(vespa_process_log(), VESPA_LOG_ERROR,
                  "the form of a handle that was made by curl_easy_duphandle can be uploaded to a "
                  "virtual host once: set CURLOPT_MIMEPOST again before its next transfer");
}

/* Flags first, from a clean start; then the method, by the option that changes nothing else: NOBODY
 * 1 and then 0 leaves a GET and the flag of an upload. */
void vespa_restore_method(const struct vespa_record *record)
{
    CURLcode (*setopt)(CURL *, CURLoption, ...) = record->api->easy_setopt;
    CURL *easy = record->easy;
    setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, record->post_size);
    setopt(easy, CURLOPT_POSTFIELDS, record->post_fields);
    setopt(easy, CURLOPT_HTTPGET, 1L);
    if (record->upload)
        setopt(easy, CURLOPT_UPLOAD, 1L);
    if (record->no_body)
        setopt(easy, CURLOPT_NOBODY, 1L);
    switch (record->method) {
    case VESPA_METHOD_GET:
        if (record->no_body) {
            setopt(easy, CURLOPT_UPLOAD, 0L);
        } else if (record->upload) {
            setopt(easy, CURLOPT_NOBODY, 1L);
            setopt(easy, CURLOPT_NOBODY, 0L);
        }
        break;
    case VESPA_METHOD_POST:
        setopt(easy, CURLOPT_POSTFIELDS, record->post_fields);
        break;
    case VESPA_METHOD_POST_FORM:
        setopt(easy, CURLOPT_HTTPPOST, vespa_values_object(&record->values, CURLOPT_HTTPPOST));
        break;
    case VESPA_METHOD_POST_MIME:
        restore_form(record);
        break;
    case VESPA_METHOD_HEAD:
    case VESPA_METHOD_PUT:
        break;
    }
}

void vespa_restore(struct vespa_record *record)
{
    restore_initial(record);
    restore_set(record);
    if (vespa_record_is_touched(record, CURLOPT_TIMEOUT_MS)) /* TIMEOUT may be what was set */
        record->api->easy_setopt(record->easy, CURLOPT_TIMEOUT_MS, record->timeout_ms);
    if (record->method_touched)
        vespa_restore_method(record);
    memset(record->touched, 0, sizeof record->touched);
    record->method_touched = false;
}
