/* What an answer of the autoscaler or the console says, for a person: error bodies vary
 * (protocol.md §3), and they come from elsewhere. */
#ifndef VESPA_CORE_ANSWER_TEXT_H
#define VESPA_CORE_ANSWER_TEXT_H

#include "core/slice.h"

/* Room for a text, its zero included. */
#define VESPA_ANSWER_TEXT_SIZE 320

/*
 * Writes the words of an answer, zero-terminated: `error` (a string, or an object with `message`),
 * `msg`, `message`, `error_msg`, `detail`, `status`, and the position in the queue; the contents of
 * a bare JSON string; or plain text. Nothing of a web page or of JSON that cannot be read.
 *
 * Control characters become spaces, whatever is longer is cut, and each of the secrets that occurs
 * is replaced. Memory running out gives an empty text.
 */
void vespa_answer_text(struct vespa_slice body, const struct vespa_slice *secrets,
                       size_t secret_count, char to[static VESPA_ANSWER_TEXT_SIZE]);

#endif
