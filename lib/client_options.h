/* Options of a client, as the environment in which its configuration is read. */
#ifndef VESPA_LIB_CLIENT_OPTIONS_H
#define VESPA_LIB_CLIENT_OPTIONS_H

#include "core/config.h"
#include "lib/vespa.h"

#include <stddef.h>

/* A number as JSON spells it: digits, '.', an exponent; the digits that say the same, and none
 * more. */
#define VESPA_NUMBER_SIZE 32
void vespa_number_write(double number, char to[static VESPA_NUMBER_SIZE]);

/* The configuration that options and environment make. runs_commands: see core/config.h. NULL:
 * memory ran out. */
struct vespa_config *vespa_client_configure(const struct vespa_client_options *options,
                                            bool runs_commands);

/* Whether options or environment name an endpoint. */
bool vespa_client_names_endpoint(const struct vespa_client_options *options);

#endif
