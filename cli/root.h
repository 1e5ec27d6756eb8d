// The workers' root certificate, fetched from the console (protocol.md §8).
#ifndef VESPA_CLI_ROOT_H
#define VESPA_CLI_ROOT_H

#include "core/buffer.h"
#include "core/root.h"
#include "core/rule.h"

// Appends what the console gives. False: error says why.
bool vespa_root_fetch(const struct vespa_rule *rule, struct vespa_buffer *text, char *error,
                      size_t size);

#endif
