// Whether the set-up is right: configuration, autoscaler, clock, key, worker, its certificate, the
// autoscaler's signature.
#ifndef VESPA_CLI_DOCTOR_SETUP_H
#define VESPA_CLI_DOCTOR_SETUP_H

#include "cli/doctor/report.h"
#include "cli/settings.h"

// Adds one line for each, as far as it can be looked at. A worker is asked for, and nothing is sent
// to it.
void vespa_doctor_setup(struct vespa_report *report, const struct vespa_settings *settings);

#endif
