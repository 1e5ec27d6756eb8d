/*
 * The envelope in which a worker takes a request (protocol.md §4): the assignment beside the
 * application's own bytes, or as query parameters where there is no body. Values of the assignment
 * are written as the autoscaler wrote them, because the worker checks a signature over their text.
 */
#ifndef VESPA_CORE_ENVELOPE_H
#define VESPA_CORE_ENVELOPE_H

#include "core/buffer.h"
#include "core/route.h"

/* What stands around the application's JSON: {"auth_data": {…}, "payload": … }. */
#define VESPA_ENVELOPE_SUFFIX "}"

/* The same for workers that want {"input": …} as payload (protocol.md §7): what comes between the
 * prefix and the application's JSON, and what stands behind it. */
#define VESPA_ENVELOPE_INPUT        "{\"input\": "
#define VESPA_ENVELOPE_INPUT_SUFFIX "}" VESPA_ENVELOPE_SUFFIX

/* What an absent body is sent as. */
#define VESPA_ENVELOPE_EMPTY "{}"

/* Appends the object of the six members. The caller asks out->failed. */
void vespa_envelope_auth_data(const struct vespa_assignment *assignment, struct vespa_buffer *out);

/* Appends what stands before the application's JSON. The caller asks out->failed. */
void vespa_envelope_prefix(const struct vespa_assignment *assignment, struct vespa_buffer *out);

/* Appends the six query parameters, "serverless_cost=…&…". The caller asks out->failed. */
void vespa_envelope_query(const struct vespa_assignment *assignment, struct vespa_buffer *out);

/* Appends the members of a JSON object as query parameters, "a=1&b=two": names and strings decoded
 * and percent-encoded, other values as they were written, percent-encoded. object was found to be a
 * valid JSON object before (core/payload.h). The caller asks out->failed. */
void vespa_envelope_members(struct vespa_slice object, struct vespa_buffer *out);

#endif
