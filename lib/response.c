/* Responses: what came of a request. */
#include "lib/response.h"

#include <stdlib.h>
#include <strings.h>

struct vespa_response *vespa_response_new(void)
{
    return calloc(1, sizeof(struct vespa_response));
}

void vespa_response_free(struct vespa_response *response)
{
    if (!response)
        return;
    free(response->message);
    free(response->header_text);
    vespa_buffer_free(&response->body);
    free(response);
}

static char *copy_to(char *to, struct vespa_slice text)
{
    if (text.length)
        memcpy(to, text.data, text.length);
    to[text.length] = '\0';
    return to + text.length + 1;
}

bool vespa_response_set_head(struct vespa_response *response, int status,
                             const struct vespa_header *headers, size_t header_count)
{
    size_t size = 1;
    for (size_t i = 0; i < header_count; i++)
        size += headers[i].name.length + headers[i].value.length + 2;
    char *text = malloc(size);
    if (!text)
        return false;
    char *to = text;
    for (size_t i = 0; i < header_count; i++)
        to = copy_to(copy_to(to, headers[i].name), headers[i].value);
    free(response->header_text);
    response->header_text = text;
    response->header_count = header_count;
    response->status = status;
    return true;
}

void vespa_response_fail(struct vespa_response *response, enum vespa_error error,
                         const char *message)
{
    if (response->error != VESPA_OK)
        return;
    response->error = error;
    response->message = strdup(message && message[0] ? message : vespa_error_text(error));
}

enum vespa_error vespa_response_error(const struct vespa_response *response)
{
    return response ? response->error : VESPA_ERROR_MEMORY;
}

const char *vespa_response_message(const struct vespa_response *response)
{
    if (!response || (response->error != VESPA_OK && !response->message))
        return vespa_error_text(vespa_response_error(response));
    return response->message ? response->message : "";
}

int vespa_response_status(const struct vespa_response *response)
{
    return response ? response->status : 0;
}

bool vespa_response_header_at(const struct vespa_response *response, size_t number,
                              const char **name, const char **value)
{
    if (!response || number >= response->header_count)
        return false;
    const char *at = response->header_text;
    for (size_t i = 0; i < 2 * number; i++)
        at += strlen(at) + 1;
    *name = at;
    *value = at + strlen(at) + 1;
    return true;
}

const char *vespa_response_header(const struct vespa_response *response, const char *name)
{
    const char *found, *value;
    for (size_t i = 0; name && vespa_response_header_at(response, i, &found, &value); i++)
        if (strcasecmp(found, name) == 0)
            return value;
    return NULL;
}

const char *vespa_response_body(const struct vespa_response *response, size_t *length)
{
    bool there = response && response->body.data;
    if (length)
        *length = there ? response->body.length : 0;
    return there ? response->body.data : "";
}

unsigned vespa_response_attempts(const struct vespa_response *response)
{
    return response ? response->attempts : 0;
}
