/*
 * Forms with files as OpenAI-style workers take them: as JSON, the files in base64 (protocol.md
 * §7).
 */
#ifndef VESPA_CORE_UPLOAD_H
#define VESPA_CORE_UPLOAD_H

#include "core/buffer.h"

/* What workers take of one file, and of the whole request (bytes). */
#define VESPA_UPLOAD_FILE_LIMIT    (25U * 1024 * 1024)
#define VESPA_UPLOAD_REQUEST_LIMIT (64U * 1024 * 1024)

enum vespa_upload {
    VESPA_UPLOAD_TRANSLATED,
    VESPA_UPLOAD_MALFORMED, /* *problem says why, to follow "the form " */
    VESPA_UPLOAD_TOO_LARGE, /* likewise */
    VESPA_UPLOAD_NO_MEMORY
};

/*
 * Appends the JSON object that a multipart/form-data body means:
 *
 *   - a field is a string; temperature, n, output_compression and partial_images are numbers and
 *     stream is true or false where their text is such a value, for that is what the JSON forms of
 *     these endpoints have;
 *   - a file is its contents in base64, and its name is beside it: in "filename" for the field
 *     "file", in "<field>_filename" for others;
 *   - what comes several times, or whose name ends in "[]", is an array, under the name without
 *     that.
 */
enum vespa_upload vespa_upload_translate(struct vespa_slice content_type, struct vespa_slice body,
                                         struct vespa_buffer *json, const char **problem);

#endif
