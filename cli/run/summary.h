// What `vespa run --summary` tells at the end.
//
// The processes of the program count in a file (core/counts.h): "counts" in a new directory
// vespa-run-XXXXXX, mode 0700, below $XDG_RUNTIME_DIR, $TMPDIR or /tmp, whose path they find in the
// variable VESPA_COUNTS_FILE. It is removed at the end; what daemons count later is lost.
#ifndef VESPA_CLI_RUN_SUMMARY_H
#define VESPA_CLI_RUN_SUMMARY_H

#include <stdbool.h>

struct vespa_summary;

// Makes the file and sets the variable. NULL when it could not, which it has said on stderr.
struct vespa_summary *vespa_summary_begin(void);

// Removes the file and, if it is to be shown, prints on stderr what was counted; program: its name.
void vespa_summary_end(struct vespa_summary *summary, bool shown, const char *program);

#endif
