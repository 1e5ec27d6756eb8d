/*
 * Files that decide where keys go and requests are sent: what they say is believed only when nobody
 * else could have written it (design.md §3).
 */
#ifndef VESPA_CORE_TRUSTED_FILE_H
#define VESPA_CORE_TRUSTED_FILE_H

#include "core/buffer.h"

enum vespa_trusted_file {
    VESPA_FILE_READ,
    VESPA_FILE_ABSENT,  /* there is no such file; *problem says so */
    VESPA_FILE_HIDDEN,  /* this user may not even see whether it is there; *problem says so */
    VESPA_FILE_REFUSED, /* *problem says why */
    VESPA_FILE_NO_MEMORY
};

/*
 * Reads a regular file of at most `limit` bytes that belongs to the user or to root and that
 * neither group nor others may write. READ: *contents, empty before, holds it; as it may be secret,
 * to be freed with vespa_buffer_free_secret. *problem is static text to follow the file's name,
 * such as "belongs neither to the user nor to root".
 */
enum vespa_trusted_file vespa_trusted_file_read(const char *path, size_t limit,
                                                struct vespa_buffer *contents,
                                                const char **problem);

#endif
