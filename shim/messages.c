/* Messages that wait for curl_multi_info_read: a ring. */
#include "shim/messages.h"

#include <stdlib.h>

#define FIRST_CAPACITY 16

static CURLMsg **place(struct vespa_messages *messages, size_t index)
{
    return &messages->ring[(messages->first + index) & (messages->capacity - 1)];
}

bool vespa_messages_reserve(struct vespa_messages *messages, size_t more)
{
    size_t capacity = messages->capacity ? messages->capacity : FIRST_CAPACITY;
    if (messages->count + more <= messages->capacity)
        return true;
    while (capacity < messages->count + more)
        capacity *= 2;
    CURLMsg **ring = (CURLMsg **)calloc(capacity, sizeof(CURLMsg *));
    if (!ring)
        return false;
    for (size_t i = 0; i < messages->count; i++)
        ring[i] = *place(messages, i);
    free((void *)messages->ring);
    messages->ring = ring;
    messages->capacity = capacity;
    messages->first = 0;
    return true;
}

void vespa_messages_put(struct vespa_messages *messages, CURLMsg *message)
{
    messages->count++;
    *place(messages, messages->count - 1) = message;
}

CURLMsg *vespa_messages_take(struct vespa_messages *messages)
{
    if (messages->count == 0)
        return NULL;
    CURLMsg *message = *place(messages, 0);
    messages->first = (messages->first + 1) & (messages->capacity - 1);
    messages->count--;
    return message;
}

void vespa_messages_forget(struct vespa_messages *messages, const CURL *easy)
{
    size_t kept = 0;
    for (size_t i = 0; i < messages->count; i++) {
        CURLMsg *message = *place(messages, i);
        if (message->easy_handle != easy)
            *place(messages, kept++) = message;
    }
    messages->count = kept;
}

void vespa_messages_free(struct vespa_messages *messages)
{
    free((void *)messages->ring);
    *messages = (struct vespa_messages){0};
}
