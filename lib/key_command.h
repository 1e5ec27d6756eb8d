/* Programs that print an endpoint's key (api_key_command in the configuration file). They are run
 * by the vespa command, never inside a foreign process. */
#ifndef VESPA_LIB_KEY_COMMAND_H
#define VESPA_LIB_KEY_COMMAND_H

#include "core/config.h"

/* Runs the command of each rule that has one, and makes what it printed the rule's endpoint_key. A
 * rule whose command fails, or prints no key, gets a problem that says so, without what it printed.
 * To be called before the configuration is given to a runtime. False: memory ran out. */
bool vespa_key_commands_run(struct vespa_config *config);

#endif
