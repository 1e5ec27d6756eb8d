// `vespa doctor` as the dispatcher sees it.
#ifndef VESPA_CLI_DOCTOR_COMMAND_H
#define VESPA_CLI_DOCTOR_COMMAND_H

// Says whether a program can be wrapped, and whether the set-up is right. argv[0] is "doctor".
// Returns the exit status: 0 nothing failed, 1 something did, 2 wrong usage.
int vespa_command_doctor(int argc, char **argv);

#endif
