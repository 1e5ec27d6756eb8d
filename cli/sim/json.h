// A reader of JSON that shows the bytes as they were written.
//
// A worker signs and forwards what it received, so numbers must keep their digits and the payload
// its spelling (protocol.md §4). This reader validates a text once (RFC 8259, UTF-8 demanded) and
// then walks over an object's members, giving each value as a slice of the text.
#ifndef VESPA_CLI_SIM_JSON_H
#define VESPA_CLI_SIM_JSON_H

#include "cli/sim/text.h"

// Deepest nesting that is accepted.
enum { VESPA_SIM_JSON_DEPTH = 1100 };

enum vespa_sim_json_type {
    VESPA_SIM_JSON_OBJECT,
    VESPA_SIM_JSON_ARRAY,
    VESPA_SIM_JSON_STRING,
    VESPA_SIM_JSON_NUMBER,
    VESPA_SIM_JSON_LITERAL, // true, false, null
};

// Checks that `text` is one JSON value with nothing but white space around it. On success stores
// the value without that white space in *value; else stores in *offset where it went wrong.
bool vespa_sim_json_read(struct vespa_sim_slice text, struct vespa_sim_slice *value,
                         size_t *offset);

// The type of a value that vespa_sim_json_read or vespa_sim_json_next gave.
enum vespa_sim_json_type vespa_sim_json_type(struct vespa_sim_slice value);

// Walks over the members of an object: start with {object, 1}, the byte behind the brace.
struct vespa_sim_json_walk {
    struct vespa_sim_slice object;
    size_t at;
};

// Stores the next member's name (a string literal with its quotes) and value, both as written.
// Returns false after the last. The object must have been checked.
bool vespa_sim_json_next(struct vespa_sim_json_walk *walk, struct vespa_sim_slice *name,
                         struct vespa_sim_slice *value);

// Adds the characters that a checked string literal stands for, as UTF-8. Returns false for a lone
// surrogate.
bool vespa_sim_json_decode(struct vespa_sim_slice literal, struct vespa_sim_text *out);

// Whether a number is spelled as an integer without sign: digits only.
bool vespa_sim_json_is_count(struct vespa_sim_slice number);

#endif
