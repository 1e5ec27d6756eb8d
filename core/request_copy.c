/* A request, copied. */
#include "core/request_copy.h"

#include <stdlib.h>

/* The copy's memory, and how much of it is used. */
struct room {
    char *free;
};

static size_t text_size(const struct vespa_request *request)
{
    size_t size = request->method.length + request->url.length + request->target.length +
                  request->content_type.length;

    for (size_t i = 0; i < request->header_count; i++)
        size += request->headers[i].name.length + request->headers[i].value.length;
    return size;
}

static struct vespa_slice put(struct room *room, struct vespa_slice text)
{
    struct vespa_slice copy = vespa_slice(room->free, text.length);

    if (text.length)
        memcpy(room->free, text.data, text.length);
    room->free += text.length;
    return copy;
}

struct vespa_request *vespa_request_copy(const struct vespa_request *request)
{
    size_t headers_size = request->header_count * sizeof(struct vespa_header);
    struct vespa_request *copy = malloc(sizeof(*copy) + headers_size + text_size(request) + 1);

    if (!copy)
        return NULL;
    struct vespa_header *headers = (struct vespa_header *)(void *)(copy + 1);
    struct room room = {(char *)(headers + request->header_count)};
    *copy = *request;
    copy->method = put(&room, request->method);
    copy->url = put(&room, request->url);
    copy->target = put(&room, request->target);
    copy->content_type = put(&room, request->content_type);
    for (size_t i = 0; i < request->header_count; i++) {
        headers[i].name = put(&room, request->headers[i].name);
        headers[i].value = put(&room, request->headers[i].value);
    }
    copy->headers = headers;
    return copy;
}
