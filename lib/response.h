/* What came of a request, in the making. */
#ifndef VESPA_LIB_RESPONSE_H
#define VESPA_LIB_RESPONSE_H

#include "core/buffer.h"
#include "core/header.h"
#include "lib/vespa.h"

struct vespa_response {
    enum vespa_error error;
    char *message; /* owned; NULL: "" */
    int status;
    char *header_text; /* owned: names and values, each with a zero behind it */
    size_t header_count;
    struct vespa_buffer body;
    unsigned attempts;
};

/* NULL: memory ran out. To be freed with vespa_response_free. */
struct vespa_response *vespa_response_new(void);

/* Copies status and headers of an answer. False: memory ran out. */
bool vespa_response_set_head(struct vespa_response *response, int status,
                             const struct vespa_header *headers, size_t header_count);

/* Notes an error and its message, which is copied; the first one stays. */
void vespa_response_fail(struct vespa_response *response, enum vespa_error error,
                         const char *message);

#endif
