/*
 * multipart/form-data, taken apart in place (RFC 7578, RFC 2046 §5.1): parts are slices of the
 * body, and nothing is allocated.
 */
#ifndef VESPA_CORE_MULTIPART_H
#define VESPA_CORE_MULTIPART_H

#include "core/slice.h"

/* RFC 2046 §5.1.1 */
#define VESPA_BOUNDARY_LIMIT 70

struct vespa_multipart {
    struct vespa_slice body;
    size_t offset;                            /* of what is not read yet: behind a delimiter */
    char delimiter[VESPA_BOUNDARY_LIMIT + 4]; /* CR LF "--" BOUNDARY */
    size_t delimiter_length;
};

struct vespa_part {
    struct vespa_slice name;     /* as written between its quotes; see vespa_part_text */
    struct vespa_slice filename; /* likewise */
    bool is_file;                /* it has a filename, if an empty one */
    struct vespa_slice body;
};

enum vespa_part_status {
    VESPA_PART_READ,     /* *part was filled */
    VESPA_PART_END,      /* the last delimiter was read */
    VESPA_PART_MALFORMED /* no delimiter where one has to be, a part without a name, … */
};

/* Whether a Content-Type is that of a form in parts. */
bool vespa_multipart_is_form(struct vespa_slice content_type);

/* Begins a body, which is borrowed. False when the Content-Type has no usable boundary, or the body
 * does not hold it. */
bool vespa_multipart_begin(struct vespa_multipart *multipart, struct vespa_slice content_type,
                           struct vespa_slice body);

/* Goes on to the next part. What follows the last delimiter is ignored. */
enum vespa_part_status vespa_multipart_next(struct vespa_multipart *multipart,
                                            struct vespa_part *part);

/* Writes a name or filename without what quotes '"' and '\' in it: backslashes, as libcurl before
 * 7.81 and others write them, or "%22", as browsers and later ones do. Needs room for text.length
 * bytes; returns the number written. */
size_t vespa_part_text(struct vespa_slice text, char *to);

#endif
