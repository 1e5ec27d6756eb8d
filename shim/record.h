/*
 * What the shim remembers of one easy handle: its option values, the request that they mean, the
 * rule that it matches, and the routed transfer that runs on it.
 */
#ifndef VESPA_SHIM_RECORD_H
#define VESPA_SHIM_RECORD_H

#include "core/buffer.h"
#include "core/match.h"
#include "shim/shared_bytes.h"
#include "shim/values.h"

/* libcurl's own idea of the request, as setopt's calls change it (lib/setopt.c): the last option
 * that says "method" wins. */
enum vespa_method {
    VESPA_METHOD_GET,
    VESPA_METHOD_HEAD,
    VESPA_METHOD_POST,
    VESPA_METHOD_POST_FORM, /* CURLOPT_HTTPPOST */
    VESPA_METHOD_POST_MIME, /* CURLOPT_MIMEPOST */
    VESPA_METHOD_PUT        /* CURLOPT_UPLOAD */
};

/* Where the body comes from. */
enum vespa_body_source {
    VESPA_SOURCE_NONE,
    VESPA_SOURCE_MEMORY,   /* post_fields, post_size bytes (-1: zero-terminated) */
    VESPA_SOURCE_CALLBACK, /* READFUNCTION, expected bytes (-1: until it ends) */
    VESPA_SOURCE_FORM      /* a form of libcurl's making */
};

struct vespa_flight;
struct vespa_multi;
struct vespa_transfer;

/* What curl_easy_getinfo tells of the last transfer where it was a routed one (design.md §2.2). */
struct vespa_outcome {
    bool valid;
    bool url_valid; /* the URL was not set anew since */
    curl_off_t total_us;
    curl_off_t redirect_us; /* from the beginning to that of the last request */
    long redirect_count;
    char *url;      /* owned: the application's own, with its scheme */
    char *location; /* owned: the redirect that the application saw; NULL: none */
    char *shown;    /* owned: the string that getinfo handed out last */
    char method[32];
};

/* What the header functions of libcurl tell of its last answer (shim/shown_headers.h). */
struct vespa_shown_headers {
    bool filtered; /* it is a worker's */
    struct {
        bool replaced;
        char *value; /* owned; NULL: the application is shown none */
    } locations[2];  /* Location and Content-Location */
};

struct vespa_record {
    CURL *easy;
    const struct vespa_curl_api *api;
    struct vespa_values values;
    uint64_t touched[(VESPA_OPTION_NUMBERS + 63) / 64]; /* by number: libcurl has another value than
                                                           the record, until the transfer is over */
    bool method_touched;                                /* and so it has method, body or its size */

    enum vespa_method method;
    bool no_body;
    bool upload; /* a flag of its own up to 8.0; it is put back, but the method is what counts
                    (docs/options.md) */
    const char *post_fields;              /* the application's, or post_copy's */
    struct vespa_shared_bytes *post_copy; /* held: COPYPOSTFIELDS */
    curl_off_t post_size;                 /* -1: not set */
    curl_off_t infile_size;               /* -1: not set */
    long timeout_ms;                      /* 0: none */

    bool cookies_on;                  /* cookies and share outlive curl_easy_reset, and so do these
                                         three (7.88.1 loses the names, which does no harm) */
    CURLSH *share;                    /* CURLOPT_SHARE */
    struct vespa_buffer cookie_files; /* COOKIEFILE: each name with its zero */

    bool matched; /* the next three are up to date */
    enum vespa_match match;
    const struct vespa_rule *rule;
    char *handle_url; /* owned: CURLOPT_CURLU's URL, when that is what counts; else NULL */
    bool no_memory;   /* it could not be told for want of memory: then no transfer begins */

    bool performing;             /* a request that is not ours runs in curl_easy_perform */
    struct vespa_flight *flight; /* its place in a multi handle; NULL: not added to one as ours */
    struct vespa_multi *queued;  /* where a message about it waits for curl_multi_info_read */
    CURLMsg message;             /* that of a routed request; as libcurl's, it outlives the handle's
                                    removal: programs read it afterwards */
    struct vespa_transfer *transfer; /* the routed transfer that runs; NULL: none */
    struct vespa_outcome outcome;
    struct vespa_shown_headers shown; /* curl_easy_reset leaves the last answer's headers */
};

/* A record for a handle on which nothing was set yet. NULL: memory ran out. */
struct vespa_record *vespa_record_new(CURL *easy, const struct vespa_curl_api *api);

/* Frees it; the handle itself is not touched. NULL is allowed. */
void vespa_record_free(struct vespa_record *record);

/* Forgets everything, as curl_easy_reset does; to be called after the real one. */
void vespa_record_reset(struct vespa_record *record);

/* Makes *to, a fresh record of the duplicated handle, a copy of from and mends what the real
 * duphandle left pointing into from. */
CURLcode vespa_record_duplicate(struct vespa_record *to, const struct vespa_record *from);

/* setopt of an option that the table wants remembered. While a routed transfer runs on the handle,
 * what that overrides is recorded only, and reaches libcurl when it ends. */
CURLcode vespa_record_setopt(struct vespa_record *record, const struct vespa_option *option,
                             union vespa_argument argument);

/* Marks an option as one that libcurl has otherwise than the record. */
void vespa_record_touch(struct vespa_record *record, unsigned id);

/* Whether libcurl has it otherwise than the record. */
static inline bool vespa_record_is_touched(const struct vespa_record *record, unsigned id)
{
    unsigned number = vespa_option_number(id);
    return (record->touched[number / 64] >> number % 64 & 1) != 0;
}

/* Whose request the options describe now; VESPA_OURS sets record->rule. */
enum vespa_match vespa_record_match(struct vespa_record *record);

/* The URL that counts, as matched; NULL: none is set. Borrowed. */
const char *vespa_record_url(const struct vespa_record *record);

/* The method as it would stand on the wire. Borrowed. */
const char *vespa_record_verb(const struct vespa_record *record);

/* Where the request's body comes from, and its size where that is known, else -1. */
enum vespa_body_source vespa_record_body(const struct vespa_record *record, curl_off_t *size);

#endif
