/* curl_easy_header and curl_easy_nextheader. */
#include "shim/shown_headers.h"

#include "core/head.h"
#include "core/header_rules.h"

#include <stdlib.h>

enum { LOCATION, CONTENT_LOCATION, LOCATIONS };

void vespa_shown_headers_begin(struct vespa_shown_headers *shown, bool filtered)
{
    if (shown->filtered) {
        for (size_t i = 0; i < LOCATIONS; i++)
            free(shown->locations[i].value);
        *shown = (struct vespa_shown_headers){0};
    }
    shown->filtered = filtered;
}

void vespa_shown_headers_replace(struct vespa_shown_headers *shown, struct vespa_slice line,
                                 struct vespa_slice text)
{
    enum vespa_response_rule rule = vespa_response_header_rule(line);
    struct vespa_header header;
    if (rule != VESPA_RESPONSE_LOCATION && rule != VESPA_RESPONSE_CONTENT_LOCATION)
        return;
    unsigned which = rule == VESPA_RESPONSE_LOCATION ? LOCATION : CONTENT_LOCATION;
    free(shown->locations[which].value);
    shown->locations[which].replaced = true;
    shown->locations[which].value =
        vespa_head_split(text, &header) ? vespa_slice_copy(header.value) : NULL;
}

/* Puts the application's Location in place of the worker's. False: it is shown none. */
static bool show_location(struct vespa_shown_headers *shown, unsigned which,
                          struct vespa_curl_header *header)
{
    if (shown->locations[which].replaced)
        header->value = shown->locations[which].value;
    return header->value != NULL;
}

static bool show(struct vespa_shown_headers *shown, struct vespa_curl_header *header)
{
    struct vespa_header field = {vespa_slice_of(header->name), vespa_slice_of(header->value)};
    switch (vespa_response_field_rule(field)) {
    case VESPA_RESPONSE_DROP:
        return false;
    case VESPA_RESPONSE_LOCATION:
        return show_location(shown, LOCATION, header);
    case VESPA_RESPONSE_CONTENT_LOCATION:
        return show_location(shown, CONTENT_LOCATION, header);
    case VESPA_RESPONSE_KEEP:
    case VESPA_RESPONSE_CONTINUED:
        break;
    }
    return true;
}

/* Of a name that is hidden it must not be told how many there are. */
int vespa_shown_header(struct vespa_record *record, const char *name, size_t index, unsigned from,
                       int request, struct vespa_curl_header **header)
{
    const struct vespa_curl_api *api = record->api;
    struct vespa_curl_header *found = NULL;
    int code = api->easy_header(record->easy, name, index, from, request, &found);
    if (code == VESPA_HEADER_BAD_INDEX &&
        api->easy_header(record->easy, name, 0, from, request, &found) != VESPA_HEADER_OK)
        return code;
    if (found && !show(&record->shown, found))
        return VESPA_HEADER_MISSING;
    if (!code)
        *header = found;
    return code;
}

struct vespa_curl_header *vespa_shown_next_header(struct vespa_record *record, unsigned from,
                                                  int request, struct vespa_curl_header *previous)
{
    struct vespa_curl_header *header = previous;
    do
        header = record->api->easy_nextheader(record->easy, from, request, header);
    while (header && !show(&record->shown, header));
    return header;
}
