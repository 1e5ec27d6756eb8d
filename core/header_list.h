/*
 * Header lines as libcurl takes them (CURLOPT_HTTPHEADER), made without libcurl's help: in
 * memory of our own, freed by the same allocator whatever libcurl is in use.
 */
#ifndef VESPA_CORE_HEADER_LIST_H
#define VESPA_CORE_HEADER_LIST_H

#include "core/curl_api.h"
#include "core/header.h"

struct vespa_header_list {
    struct curl_slist *first; /* owned; NULL: empty */
    struct curl_slist *last;
    char *room; /* owned: of the first lines, which fit into it; NULL: there is none yet */
    size_t room_used;
};

/* Appends "Name: value"; an empty value is sent as such ("Name;" in libcurl's notation). False when
 * memory ran out. */
bool vespa_header_list_add(struct vespa_header_list *list, struct vespa_header header);

/* Appends "Name:", which keeps libcurl from sending its own header of that name. */
bool vespa_header_list_suppress(struct vespa_header_list *list, struct vespa_slice name);

/* Whether the last lines are these headers, in this order, and nothing but suppressions stands
 * before them. */
bool vespa_header_list_is(const struct vespa_header_list *list, const struct vespa_header *headers,
                          size_t count);

/* Overwrites the lines, for an Authorization may be among them, and keeps the room. */
void vespa_header_list_reset(struct vespa_header_list *list);

/* Overwrites the lines and frees all memory. */
void vespa_header_list_free(struct vespa_header_list *list);

#endif
