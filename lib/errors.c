/* Errors of the public interface. */
#include "lib/errors.h"

#include "core/json.h"

#include <stdlib.h>

const char *vespa_error_text(enum vespa_error error)
{
    switch (error) {
    case VESPA_OK:
        return "no error";
    case VESPA_ERROR_ARGUMENT:
        return "an argument is missing or wrong";
    case VESPA_ERROR_CONFIGURATION:
        return "the configuration is incomplete or wrong";
    case VESPA_ERROR_MEMORY:
        return "out of memory";
    case VESPA_ERROR_REQUEST:
        return "the request cannot be sent";
    case VESPA_ERROR_KEY:
        return "the key was refused";
    case VESPA_ERROR_ENDPOINT:
        return "the endpoint is unknown";
    case VESPA_ERROR_AUTOSCALER:
        return "the autoscaler cannot be reached";
    case VESPA_ERROR_NO_WORKER:
        return "no worker is ready";
    case VESPA_ERROR_WORKER:
        return "workers failed";
    case VESPA_ERROR_WORKER_TIMEOUT:
        return "a worker did not answer in time";
    case VESPA_ERROR_CUT:
        return "the answer broke off";
    case VESPA_ERROR_TIMEOUT:
        return "the time is up";
    case VESPA_ERROR_CANCELLED:
        return "cancelled";
    case VESPA_ERROR_STOPPED:
        return "stopped by a callback";
    case VESPA_ERROR_LOCAL:
        return "something failed on this machine";
    }
    return "unknown error";
}

enum vespa_error vespa_error_of_code(const char *code)
{
    static const struct {
        const char *code;
        enum vespa_error error;
    } table[] = {
        {"invalid_request", VESPA_ERROR_REQUEST},
        {"invalid_json", VESPA_ERROR_REQUEST},
        {"method_not_allowed", VESPA_ERROR_REQUEST},
        {"unsupported_body", VESPA_ERROR_REQUEST},
        {"body_too_large", VESPA_ERROR_REQUEST},
        {"configuration", VESPA_ERROR_CONFIGURATION},
        {"unknown_endpoint", VESPA_ERROR_ENDPOINT},
        {"wrong_key", VESPA_ERROR_KEY},
        {"autoscaler_failed", VESPA_ERROR_AUTOSCALER},
        {"no_worker_ready", VESPA_ERROR_NO_WORKER},
        {"worker_failed", VESPA_ERROR_WORKER},
        {"worker_not_acceptable", VESPA_ERROR_WORKER},
        {"worker_timeout", VESPA_ERROR_WORKER_TIMEOUT},
        {"out_of_memory", VESPA_ERROR_MEMORY},
        {"local_failure", VESPA_ERROR_LOCAL},
    };
    for (size_t i = 0; code && i < sizeof table / sizeof *table; i++)
        if (strcmp(code, table[i].code) == 0)
            return table[i].error;
    return VESPA_ERROR_LOCAL;
}

/* {"error":{"message":…}}: we have written it ourselves, so it is enough to find the name. */
char *vespa_error_message_of(struct vespa_slice body)
{
    struct vespa_json json;
    struct vespa_json_token token;
    bool next = false;
    vespa_json_init(&json, 2);
    while (vespa_json_next(&json, body, true, &token) == VESPA_JSON_TOKEN) {
        if (next && token.kind == VESPA_JSON_STRING) {
            char *message = malloc(token.end - token.start + 1);
            if (message)
                message[vespa_json_unescape(body, &token, message)] = '\0';
            return message;
        }
        next = token.kind == VESPA_JSON_KEY && token.depth == 2 &&
               vespa_json_string_is(body, &token, VESPA_LITERAL("message"));
    }
    return NULL;
}
