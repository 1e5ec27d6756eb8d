/* Header lines as libcurl takes them. */
#include "core/header_list.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* For the lines of most requests; longer ones have memory of their own. */
enum { ROOM = 1024 };

static bool is_in_room(const struct vespa_header_list *list, const struct curl_slist *node)
{
    const char *at = (const char *)node;
    return list->room && at >= list->room && at < list->room + ROOM;
}

static void *allocate(struct vespa_header_list *list, size_t size)
{
    size_t aligned = (size + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
    if (!list->room)
        list->room = malloc(ROOM);
    if (!list->room || aligned > ROOM - list->room_used)
        return malloc(size);
    void *place = list->room + list->room_used;
    list->room_used += aligned;
    return place;
}

/* A node with its text, name + middle + value, behind it. */
static bool append(struct vespa_header_list *list, struct vespa_slice name,
                   struct vespa_slice middle, struct vespa_slice value)
{
    size_t length = name.length + middle.length + value.length;
    struct curl_slist *node = allocate(list, sizeof *node + length + 1);
    if (!node)
        return false;
    char *to = (char *)(node + 1);
    *node = (struct curl_slist){.data = to};
    memcpy(to, name.data, name.length);
    memcpy(to + name.length, middle.data, middle.length);
    if (value.length)
        memcpy(to + name.length + middle.length, value.data, value.length);
    to[length] = '\0';
    if (list->last)
        list->last->next = node;
    else
        list->first = node;
    list->last = node;
    return true;
}

/* libcurl takes "Name;" for a header without a value. */
static struct vespa_slice middle_of(struct vespa_header header)
{
    return header.value.length ? VESPA_LITERAL(": ") : VESPA_LITERAL(";");
}

bool vespa_header_list_add(struct vespa_header_list *list, struct vespa_header header)
{
    return append(list, header.name, middle_of(header), header.value);
}

bool vespa_header_list_suppress(struct vespa_header_list *list, struct vespa_slice name)
{
    return append(list, name, VESPA_LITERAL(":"), VESPA_LITERAL(""));
}

static bool is_suppression(struct vespa_slice line)
{
    return line.length && line.data[line.length - 1] == ':';
}

/* Cuts the beginning off, if the line has it. */
static bool take(struct vespa_slice *line, struct vespa_slice beginning)
{
    if (!vespa_slice_starts_with(*line, beginning))
        return false;
    *line = vespa_slice_part(*line, beginning.length, line->length);
    return true;
}

/* Whether the line is what vespa_header_list_add makes of the header. */
static bool is_line_of(struct vespa_slice line, struct vespa_header header)
{
    return take(&line, header.name) && take(&line, middle_of(header)) &&
           take(&line, header.value) && line.length == 0;
}

bool vespa_header_list_is(const struct vespa_header_list *list, const struct vespa_header *headers,
                          size_t count)
{
    const struct curl_slist *node = list->first;
    while (node && is_suppression(vespa_slice_of(node->data)))
        node = node->next;
    for (size_t i = 0; i < count; i++, node = node->next)
        if (!node || !is_line_of(vespa_slice_of(node->data), headers[i]))
            return false;
    return node == NULL;
}

void vespa_header_list_reset(struct vespa_header_list *list)
{
    struct curl_slist *node = list->first;
    while (node) {
        struct curl_slist *next = node->next;
        if (!is_in_room(list, node)) {
            explicit_bzero(node->data, strlen(node->data));
            free(node);
        }
        node = next;
    }
    if (list->room)
        explicit_bzero(list->room, list->room_used);
    *list = (struct vespa_header_list){.room = list->room};
}

void vespa_header_list_free(struct vespa_header_list *list)
{
    vespa_header_list_reset(list);
    free(list->room);
    *list = (struct vespa_header_list){0};
}
