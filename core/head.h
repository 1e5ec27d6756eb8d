/*
 * A worker's response head, read as it was received: status line, header lines, empty line. All
 * results are slices of the head. Lines end in CR LF or in LF alone; a line that begins with a
 * space or a tab goes on with the field before it (obs-fold, RFC 9112 §5.2).
 */
#ifndef VESPA_CORE_HEAD_H
#define VESPA_CORE_HEAD_H

#include "core/header.h"

#include <stdint.h>

struct vespa_head {
    int status;                /* 100 to 999 */
    struct vespa_slice fields; /* the header lines, without status line and empty line */
};

/* Reads the status line: "HTTP/1.1 200 OK", "HTTP/2 200". False, and *head undefined, when the text
 * does not begin with one. The empty line may be missing. */
bool vespa_head_parse(struct vespa_slice text, struct vespa_head *head);

/* Cuts the first line off *rest, its line end included. False when *rest is empty. */
bool vespa_head_next_line(struct vespa_slice *rest, struct vespa_slice *line);

/* Splits one header line at its colon; white space around the value is left out. False when it has
 * no colon, begins with white space, or its name is not a token (RFC 9110 §5.1). */
bool vespa_head_split(struct vespa_slice line, struct vespa_header *header);

/* Cuts the first field, the lines that go on with it included, off *rest (at first: head.fields). A
 * folded value holds its line ends as received. Lines that are no fields are passed over. False
 * when there is no further field. */
bool vespa_head_next_field(struct vespa_slice *rest, struct vespa_header *header);

/* The value of the first field of that name, without case. False when there is none. */
bool vespa_head_find(const struct vespa_head *head, struct vespa_slice name,
                     struct vespa_slice *value);

/* How long Retry-After asks to wait (RFC 9110 §10.2.3): seconds, or a date, of which the head's own
 * Date is subtracted, for no clock is read here; a date in the past asks for 0. False when there is
 * none or it cannot be understood. At most UINT32_MAX milliseconds. */
bool vespa_head_retry_after(const struct vespa_head *head, uint32_t *milliseconds);

#endif
