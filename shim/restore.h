/*
 * Putting options back: libcurl gets from the record what the application had set, and its own
 * value of what the application never set (design.md §2.2; docs/options.md says which options share
 * a place inside libcurl, and what follows for the order).
 */
#ifndef VESPA_SHIM_RESTORE_H
#define VESPA_SHIM_RESTORE_H

#include "shim/record.h"

/* Puts back all that is touched; nothing is touched afterwards. */
void vespa_restore(struct vespa_record *record);

/* Puts body pointer, sizes and method back. */
void vespa_restore_method(const struct vespa_record *record);

#endif
