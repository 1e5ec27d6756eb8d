// The worker's certificate.
#ifndef VESPA_CLI_DOCTOR_CERTIFICATE_H
#define VESPA_CLI_DOCTOR_CERTIFICATE_H

#include "core/rule.h"

#include <stddef.h>

// Connects to the worker and verifies its certificate as a request would, with the rule's root or
// with Vast's, of which root_sha256 may accept another issue (core/config.h); nothing is sent.
// False: error says why.
bool vespa_doctor_certificate(const struct vespa_rule *rule, const char *root_sha256,
                              const char *url, char *error, size_t size);

#endif
