// A program that runs below us: `vespa run --summary`.
#ifndef VESPA_CLI_RUN_PARENT_H
#define VESPA_CLI_RUN_PARENT_H

#include <stdbool.h>

struct vespa_run_end {
    int error;  // errno: the program could not be run; else 0
    int status; // as waitpid(2) gives it
};

// Runs a program and waits for its end. Signals that this process is sent go on to it: all but
// those that cannot be caught, those that report a fault of our own, and those that a terminal
// sends, for it sends them to the program as well. When the program is stopped, so are we. False
// when no process can be had: errno says why.
bool vespa_run_child(char **program, struct vespa_run_end *end);

// Ends as the program ended: with its exit status, or by its signal (without a core file of ours).
__attribute__((noreturn)) void vespa_run_end_as(int status);

#endif
