// Files of the user's that commands write.
#ifndef VESPA_CLI_FILES_H
#define VESPA_CLI_FILES_H

#include "core/buffer.h"

#include <sys/types.h>

// Appends $XDG_CACHE_HOME/vespa/NAME (~/.cache/…), or $XDG_CONFIG_HOME/vespa/NAME (~/.config/…).
// False: there is neither that variable nor HOME, or memory ran out, which is said on standard
// error.
bool vespa_cache_path(struct vespa_buffer *path, const char *name);
bool vespa_config_path(struct vespa_buffer *path, const char *name);

// Writes a file whole or not at all, in the place of one that is there, with that mode; directories
// are made. False: said on standard error.
bool vespa_file_write(const char *command, const char *path, struct vespa_slice contents,
                      mode_t mode);

#endif
