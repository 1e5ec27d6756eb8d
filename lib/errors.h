/* Errors of the public interface, and what of the core they stand for. */
#ifndef VESPA_LIB_ERRORS_H
#define VESPA_LIB_ERRORS_H

#include "core/slice.h"
#include "lib/vespa.h"

/* The error that a code of our own answers means (design.md §4): "wrong_key", … */
enum vespa_error vespa_error_of_code(const char *code);

/* The message in the JSON body of an answer of our own: a copy to be freed; NULL when it has none
 * or memory ran out. */
char *vespa_error_message_of(struct vespa_slice body);

#endif
