/* Header lines as libcurl takes them. */
#include "core/header_list.h"

#include <stdlib.h>
#include <string.h>

/* A node with its text, name + middle + value, behind it. */
static bool append(struct vespa_header_list *list, struct vespa_slice name,
                   struct vespa_slice middle, struct vespa_slice value)
{
    size_t length = name.length + middle.length + value.length;
    struct curl_slist *node = malloc(sizeof *node + length + 1);
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

bool vespa_header_list_add(struct vespa_header_list *list, struct vespa_header header)
{
    struct vespa_slice middle = header.value.length ? VESPA_LITERAL(": ") : VESPA_LITERAL(";");
    return append(list, header.name, middle, header.value);
}

bool vespa_header_list_suppress(struct vespa_header_list *list, struct vespa_slice name)
{
    return append(list, name, VESPA_LITERAL(":"), VESPA_LITERAL(""));
}

void vespa_header_list_free(struct vespa_header_list *list)
{
    struct curl_slist *node = list->first;
    while (node) {
        struct curl_slist *next = node->next;
        explicit_bzero(node->data, strlen(node->data));
        free(node);
        node = next;
    }
    *list = (struct vespa_header_list){0};
}
