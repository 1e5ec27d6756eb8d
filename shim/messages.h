/*
 * Messages that wait for curl_multi_info_read: those that the real queue gave for the application's
 * own transfers, and those of routed ones, in the order in which the transfers ended.
 */
#ifndef VESPA_SHIM_MESSAGES_H
#define VESPA_SHIM_MESSAGES_H

#include "core/curl_api.h"

#include <stdbool.h>
#include <stddef.h>

struct vespa_messages {
    CURLMsg **ring; /* owned; the messages are libcurl's or a flight's */
    size_t first;
    size_t count;
    size_t capacity; /* a power of two, or 0 */
};

/* Makes room for that many messages more, so that putting them cannot fail. */
bool vespa_messages_reserve(struct vespa_messages *messages, size_t more);

/* Appends a message for which room was made. */
void vespa_messages_put(struct vespa_messages *messages, CURLMsg *message);

/* Takes the first; NULL: there is none. */
CURLMsg *vespa_messages_take(struct vespa_messages *messages);

/* Takes out what there is of a handle that is being removed. */
void vespa_messages_forget(struct vespa_messages *messages, const CURL *easy);

void vespa_messages_free(struct vespa_messages *messages);

#endif
