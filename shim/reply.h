/* An answer of the core's as it goes over the wire of a canned leg. */
#ifndef VESPA_SHIM_REPLY_H
#define VESPA_SHIM_REPLY_H

#include "core/buffer.h"
#include "core/exchange.h"

/* Writes the complete HTTP answer; without its body in answer to HEAD. False: memory ran out, or it
 * is larger than a canned leg can carry. */
bool vespa_reply_write(struct vespa_buffer *text, const struct vespa_reply *reply, bool head_only);

#endif
