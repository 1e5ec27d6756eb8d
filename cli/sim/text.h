// Growing byte buffers and borrowed slices, the simulator's own.
//
// The simulator is a tool that runs on a developer's machine: where memory runs out it says so and
// ends the process, so that none of its functions has to report that.
#ifndef VESPA_CLI_SIM_TEXT_H
#define VESPA_CLI_SIM_TEXT_H

#include <stdbool.h>
#include <stddef.h>

// Bytes that belong to someone else.
struct vespa_sim_slice {
    const char *data;
    size_t length;
};

// Bytes that belong to this buffer. All zero is an empty buffer. After the first addition `data`
// is followed by a NUL that `length` does not count.
struct vespa_sim_text {
    char *data;
    size_t length;
    size_t capacity;
};

// malloc that never returns NULL.
void *vespa_sim_alloc(size_t size);

// strdup that never returns NULL.
char *vespa_sim_copy(const char *string);

// A slice of a NUL-terminated string.
struct vespa_sim_slice vespa_sim_slice(const char *string);

// Whether a slice holds exactly these characters.
bool vespa_sim_slice_is(struct vespa_sim_slice slice, const char *string);

// The bytes of a buffer as a slice, valid until the buffer changes.
struct vespa_sim_slice vespa_sim_text_slice(const struct vespa_sim_text *text);

// The buffer as a NUL-terminated string, "" when nothing was ever added.
const char *vespa_sim_text_string(const struct vespa_sim_text *text);

void vespa_sim_text_add(struct vespa_sim_text *text, const void *bytes, size_t length);
void vespa_sim_text_add_slice(struct vespa_sim_text *text, struct vespa_sim_slice slice);
void vespa_sim_text_add_string(struct vespa_sim_text *text, const char *string);
void vespa_sim_text_printf(struct vespa_sim_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// Adds a JSON string literal, quotes included. Bytes that are not UTF-8 come out as \u00XX.
void vespa_sim_text_add_json(struct vespa_sim_text *text, struct vespa_sim_slice value);

// Frees the bytes and makes the buffer empty.
void vespa_sim_text_free(struct vespa_sim_text *text);

// Length of the UTF-8 sequence at `bytes` (RFC 3629: shortest form, no surrogates), 0 if it is
// none.
size_t vespa_sim_utf8_length(const char *bytes, size_t available);

#endif
