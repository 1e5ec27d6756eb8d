// Exit statuses of the commands that make requests.

#include "cli/exit_status.h"

int vespa_exit_of(enum vespa_error error)
{
    switch (error) {
    case VESPA_OK:
        return VESPA_EXIT_DONE;
    case VESPA_ERROR_ARGUMENT:
    case VESPA_ERROR_REQUEST:
        return VESPA_EXIT_USAGE;
    case VESPA_ERROR_CONFIGURATION:
        return VESPA_EXIT_CONFIGURATION;
    case VESPA_ERROR_KEY:
        return VESPA_EXIT_KEY;
    case VESPA_ERROR_ENDPOINT:
        return VESPA_EXIT_ENDPOINT;
    case VESPA_ERROR_AUTOSCALER:
        return VESPA_EXIT_UNREACHABLE;
    case VESPA_ERROR_NO_WORKER:
    case VESPA_ERROR_TIMEOUT:
        return VESPA_EXIT_NO_WORKER;
    case VESPA_ERROR_WORKER:
    case VESPA_ERROR_WORKER_TIMEOUT:
    case VESPA_ERROR_CUT:
        return VESPA_EXIT_WORKER;
    case VESPA_ERROR_MEMORY:
    case VESPA_ERROR_CANCELLED:
    case VESPA_ERROR_STOPPED:
    case VESPA_ERROR_LOCAL:
        break;
    }
    return VESPA_EXIT_FAILED;
}
