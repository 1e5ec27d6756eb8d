/*
 * What a scan of a document gave, to be compared with another: all tokens, the verdict and the
 * place of the error. For the unit tests and the fuzz target.
 */
#ifndef VESPA_TESTS_JSON_RECORDING_H
#define VESPA_TESTS_JSON_RECORDING_H

#include "core/json.h"

#include <stdlib.h>

struct recording {
    enum vespa_json_status verdict;
    size_t error_offset; /* 0 unless the verdict is ERROR */
    const char *expected;
    struct vespa_json_token *tokens; /* owned */
    size_t count;
    size_t capacity;
};

static inline void recording_add(struct recording *recording, struct vespa_json_token token)
{
    if (recording->count == recording->capacity) {
        recording->capacity = recording->capacity ? 2 * recording->capacity : 64;
        recording->tokens =
            realloc(recording->tokens, recording->capacity * sizeof(*recording->tokens));
        if (!recording->tokens)
            abort();
    }
    recording->tokens[recording->count++] = token;
}

static inline void recording_free(struct recording *recording)
{
    free(recording->tokens);
    *recording = (struct recording){0};
}

static inline bool token_equal(const struct vespa_json_token *a, const struct vespa_json_token *b)
{
    return a->kind == b->kind && a->escaped == b->escaped && a->depth == b->depth &&
           a->start == b->start && a->end == b->end;
}

static inline bool recording_equal(const struct recording *a, const struct recording *b)
{
    if (a->verdict != b->verdict || a->error_offset != b->error_offset || a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!token_equal(&a->tokens[i], &b->tokens[i]))
            return false;
    return true;
}

/* Hands the scanner the first length bytes of the document, in memory of exactly that size, which a
 * sanitizer watches, and which is another each time; takes all tokens that there are. */
static inline enum vespa_json_status record_portion(struct recording *recording,
                                                    struct vespa_json *json,
                                                    struct vespa_slice document, size_t length,
                                                    bool last)
{
    char *copy = malloc(length);
    struct vespa_json_token token;
    enum vespa_json_status status;

    if (!copy && length)
        abort();
    if (length)
        memcpy(copy, document.data, length);
    while ((status = vespa_json_next(json, vespa_slice(copy, length), last, &token)) ==
           VESPA_JSON_TOKEN)
        recording_add(recording, token);
    free(copy);
    return status;
}

/* Scans the document in portions that end at the given places, which ascend, and at its end. */
static inline struct recording record(struct vespa_slice document, unsigned report_depth,
                                      const size_t *cuts, size_t cut_count)
{
    struct recording recording = {.verdict = VESPA_JSON_MORE};
    struct vespa_json json;

    vespa_json_init(&json, report_depth);
    for (size_t i = 0; i < cut_count && recording.verdict == VESPA_JSON_MORE; i++)
        recording.verdict = record_portion(&recording, &json, document, cuts[i], false);
    if (recording.verdict == VESPA_JSON_MORE)
        recording.verdict = record_portion(&recording, &json, document, document.length, true);
    if (recording.verdict == VESPA_JSON_ERROR) {
        recording.error_offset = json.error_offset;
        recording.expected = json.expected;
    }
    return recording;
}

static inline struct recording record_whole(struct vespa_slice document, unsigned report_depth)
{
    return record(document, report_depth, NULL, 0);
}

/* One byte more each time, from none at all to all of them, and only then the end. */
static inline struct recording record_bytewise(struct vespa_slice document, unsigned report_depth)
{
    size_t *cuts = malloc((document.length + 1) * sizeof(*cuts));
    struct recording recording;

    if (!cuts)
        abort();
    for (size_t i = 0; i <= document.length; i++)
        cuts[i] = i;
    recording = record(document, report_depth, cuts, document.length + 1);
    free(cuts);
    return recording;
}

#endif
