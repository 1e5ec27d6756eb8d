// Whether a program can be wrapped: how it is linked, and how libcurl comes into it.
#ifndef VESPA_CLI_DOCTOR_PROGRAM_H
#define VESPA_CLI_DOCTOR_PROGRAM_H

#include "cli/doctor/report.h"

// Adds one verdict, with its reason, for a program that is named as in a shell. Nothing of it is
// run.
void vespa_doctor_program(struct vespa_report *report, const char *name);

#endif
