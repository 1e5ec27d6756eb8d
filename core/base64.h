/* Base64 (RFC 4648 §4). */
#ifndef VESPA_CORE_BASE64_H
#define VESPA_CORE_BASE64_H

#include "core/buffer.h"

/* Appends the bytes that a text means. White space is passed over, as in PEM (RFC 7468 §3); padding
 * must be there. False when the text is malformed; the caller asks out->failed. */
bool vespa_base64_decode(struct vespa_slice text, struct vespa_buffer *out);

/* Appends the text that means these bytes, padded and in one line. The caller asks out->failed. */
void vespa_base64_encode(struct vespa_slice bytes, struct vespa_buffer *out);

#endif
