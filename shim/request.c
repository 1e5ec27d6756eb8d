/* The application's request in the core's terms. */
#include "shim/request.h"

#include "core/header_rules.h"

#include <stdlib.h>

enum { MADE_HEADERS = 2 };

enum line_kind {
    LINE_IS_HEADER,   /* "Name: value", or "Name;" for an empty value */
    LINE_IS_REMOVAL,  /* "Name:" */
    LINE_IS_NO_HEADER /* anything else, which libcurl leaves out */
};

/* CURLOPT_HTTPHEADER(3): what a line of the list means. */
static enum line_kind read_line(const char *text, struct vespa_header *header)
{
    struct vespa_slice line = vespa_slice_of(text);
    size_t colon = vespa_slice_find(line, ':');
    if (colon < line.length) {
        header->name = vespa_slice_part(line, 0, colon);
        header->value = vespa_slice_part(line, colon + 1, line.length);
        while (header->value.length &&
               (header->value.data[0] == ' ' || header->value.data[0] == '\t'))
            header->value = vespa_slice_part(header->value, 1, header->value.length);
        return header->value.length ? LINE_IS_HEADER : LINE_IS_REMOVAL;
    }
    size_t semicolon = vespa_slice_find(line, ';');
    if (semicolon + 1 != line.length)
        return LINE_IS_NO_HEADER;
    header->name = vespa_slice_part(line, 0, semicolon);
    header->value = VESPA_LITERAL("");
    return LINE_IS_HEADER;
}

/* Options of which libcurl makes a header that reaches the worker: shown to the exchange where it
 * would be more than a line, so that it is refused like any other. */
static void describe_smuggled(const struct vespa_record *record, struct vespa_header *headers,
                              size_t *count)
{
    static const struct {
        unsigned id;
        struct vespa_slice name;
    } made[] = {{CURLOPT_USERAGENT, {"User-Agent", 10}},
                {CURLOPT_ACCEPT_ENCODING, {"Accept-Encoding", 15}}};
    for (size_t i = 0; i < MADE_HEADERS; i++) {
        struct vespa_header header = {
            made[i].name, vespa_slice_of(vespa_values_object(&record->values, made[i].id))};
        if (!vespa_header_is_well_formed(header))
            headers[(*count)++] = header;
    }
}

bool vespa_request_describe(const struct vespa_record *record, struct vespa_request *request,
                            struct vespa_header **headers)
{
    const struct curl_slist *lines = vespa_values_object(&record->values, CURLOPT_HTTPHEADER);
    size_t count = 0;
    for (const struct curl_slist *line = lines; line; line = line->next)
        count++;
    *headers = calloc(count + MADE_HEADERS, sizeof **headers);
    if (!*headers)
        return false;
    *request = (struct vespa_request){
        .match = record->match,
        .rule = record->rule,
        .method = vespa_slice_of(vespa_record_verb(record)),
        .url = vespa_slice_of(vespa_record_url(record)),
        .target = vespa_slice_of(vespa_values_object(&record->values, CURLOPT_REQUEST_TARGET)),
        .headers = *headers,
    };
    for (const struct curl_slist *line = lines; line; line = line->next)
        if (line->data &&
            read_line(line->data, &(*headers)[request->header_count]) == LINE_IS_HEADER)
            request->header_count++;
    describe_smuggled(record, *headers, &request->header_count);
    return true;
}

bool vespa_request_keep_suppressed(const struct vespa_record *record,
                                   struct vespa_header_list *list)
{
    static const struct vespa_slice own[] = {
        {"Accept", 6}, {"Accept-Encoding", 15}, {"User-Agent", 10}};
    const struct curl_slist *line = vespa_values_object(&record->values, CURLOPT_HTTPHEADER);
    struct vespa_header header;
    for (; line; line = line->next) {
        if (!line->data || read_line(line->data, &header) != LINE_IS_REMOVAL)
            continue;
        for (size_t i = 0; i < sizeof own / sizeof *own; i++)
            if (vespa_slice_equal_nocase(header.name, own[i]) &&
                !vespa_header_list_suppress(list, own[i]))
                return false;
    }
    return true;
}
