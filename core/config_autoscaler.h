/* Whom a rule asks: instance, autoscaler, console (protocol.md §1). Only the configuration uses
 * this.
 */
#ifndef VESPA_CORE_CONFIG_AUTOSCALER_H
#define VESPA_CORE_CONFIG_AUTOSCALER_H

#include "core/draft.h"

/* Sets autoscaler_url, console_url, instance and local_workers, to those of production where what
 * is given is not acceptable. */
void vespa_rule_read_autoscaler(struct vespa_draft *draft, struct vespa_rule *rule);

#endif
