// Exit statuses of the commands that make requests: the same in all of them.
#ifndef VESPA_CLI_EXIT_STATUS_H
#define VESPA_CLI_EXIT_STATUS_H

#include "lib/vespa.h"

enum vespa_exit {
    VESPA_EXIT_DONE = 0,
    VESPA_EXIT_FAILED = 1,        // for a cause on this machine
    VESPA_EXIT_USAGE = 2,         // the command line makes no sense, or the request does not
    VESPA_EXIT_CONFIGURATION = 3, // endpoint, key or a setting is missing or wrong
    VESPA_EXIT_KEY = 4,           // a key was refused
    VESPA_EXIT_ENDPOINT = 5,      // the endpoint is unknown
    VESPA_EXIT_UNREACHABLE = 6,   // autoscaler or console cannot be reached, or fail
    VESPA_EXIT_NO_WORKER = 7,     // none was ready in time
    VESPA_EXIT_WORKER = 8,        // workers failed, or the answer broke off
    VESPA_EXIT_HTTP = 9           // the answer's status is 400 or above
};

// What is printed of them by --help.
#define VESPA_EXIT_HELP                                                                       \
    "Exit status: 0 done, 1 failed on this machine, 2 wrong usage or a request that cannot\n" \
    "be sent, 3 configuration missing or wrong, 4 key refused, 5 unknown endpoint,\n"         \
    "6 autoscaler or console out of reach, 7 no worker in time, 8 workers failed or the\n"    \
    "answer broke off, 9 the answer is an HTTP error (400 and above).\n"

int vespa_exit_of(enum vespa_error error);

#endif
