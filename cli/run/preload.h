// The library that `vespa run` preloads.
#ifndef VESPA_CLI_RUN_PRELOAD_H
#define VESPA_CLI_RUN_PRELOAD_H

#include <stdbool.h>

// Puts libvespa_shim.so into LD_PRELOAD: the one beside this program, as it is built, or the one in
// ../lib, as it is installed. In front of what is there; where one of that name is there already,
// in its place. False when it was not found or cannot be named, which it has said on standard
// error.
bool vespa_preload_set(void);

#endif
