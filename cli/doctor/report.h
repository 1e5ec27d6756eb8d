// What the doctor finds: lines of OK, WARN or FAIL, each with what to do.
#ifndef VESPA_CLI_DOCTOR_REPORT_H
#define VESPA_CLI_DOCTOR_REPORT_H

#include <cjson/cJSON.h>
#include <stdbool.h>

enum vespa_finding { VESPA_FINDING_OK, VESPA_FINDING_WARN, VESPA_FINDING_FAIL };

struct vespa_report {
    cJSON *findings; // NULL: they are printed as they come
    enum vespa_finding worst;
};

// Adds a line: what was looked at ("configuration"), what was found, and what to do about it (NULL:
// nothing). Control characters in the texts are replaced.
void vespa_report_add(struct vespa_report *report, enum vespa_finding finding, const char *subject,
                      const char *advice, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

#endif
