/*
 * The JSON scanner with any bytes at all. Whatever they are: the scanner agrees with the grammar
 * read by recursive descent; it says the same when the document comes in portions, cut anywhere,
 * each in other memory; tokens left out by a report depth are the only difference that it makes;
 * the contents of every string survive unescaping and escaping.
 */
#include "core/buffer.h"
#include "core/json.h"
#include "tests/unit/json_recording.h"
#include "tests/unit/json_reference.h"

#include <stdint.h>
#include <stdio.h>

enum { MAX_CUTS = 8, BYTEWISE_UP_TO = 100 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                            \
    do {                                                                            \
        if (!(condition)) {                                                         \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                                \
        }                                                                           \
    } while (0)

/* Chance that depends on the document alone, so that a finding can be repeated from its bytes. */
static uint64_t hash(struct vespa_slice document)
{
    uint64_t value = 0xCBF29CE484222325;

    for (size_t i = 0; i < document.length; i++)
        value = (value ^ (unsigned char)document.data[i]) * 0x100000001B3;
    return value;
}

static uint64_t next_chance(uint64_t *chance)
{
    *chance = *chance * 6364136223846793005 + 1442695040888963407;
    return *chance >> 33;
}

static void check_same(const struct recording *whole, struct recording other)
{
    CHECK(recording_equal(whole, &other));
    CHECK(whole->verdict != VESPA_JSON_ERROR || !strcmp(whole->expected, other.expected));
    recording_free(&other);
}

static int compare_places(const void *a, const void *b)
{
    size_t x = *(const size_t *)a;
    size_t y = *(const size_t *)b;
    return (x > y) - (x < y);
}

static void check_portions(struct vespa_slice document, const struct recording *whole,
                           uint64_t *chance)
{
    size_t cuts[MAX_CUTS];
    size_t count = 1 + next_chance(chance) % MAX_CUTS;

    for (size_t i = 0; i < count; i++)
        cuts[i] = next_chance(chance) % (document.length + 1);
    qsort(cuts, count, sizeof(cuts[0]), compare_places);
    check_same(whole, record(document, VESPA_JSON_ALL_DEPTHS, cuts, count));
    if (document.length <= BYTEWISE_UP_TO)
        check_same(whole, record_bytewise(document, VESPA_JSON_ALL_DEPTHS));
}

static void check_reference(struct vespa_slice document, const struct recording *whole)
{
    struct recording reference = reference_record(document);

    CHECK(recording_equal(whole, &reference));
    recording_free(&reference);
}

static void check_report_depth(struct vespa_slice document, const struct recording *whole,
                               unsigned report_depth)
{
    struct recording less = record_whole(document, report_depth);
    size_t seen = 0;

    for (size_t i = 0; i < whole->count; i++) {
        if (whole->tokens[i].depth > report_depth)
            continue;
        CHECK(seen < less.count);
        CHECK(token_equal(&whole->tokens[i], &less.tokens[seen]));
        seen++;
    }
    CHECK(seen == less.count);
    CHECK(less.verdict == whole->verdict && less.error_offset == whole->error_offset);
    recording_free(&less);
}

/* The contents of the one string that a document consists of, in memory of the promised size. */
static struct vespa_slice contents(struct vespa_slice document,
                                   const struct vespa_json_token *token)
{
    char *text = malloc(token->end - token->start);
    size_t length = vespa_json_unescape(document, token, text);

    CHECK(length <= token->end - token->start);
    CHECK(vespa_json_string_is(document, token, vespa_slice(text, length)));
    return vespa_slice(text, length);
}

/* Text written as a JSON string is one, and holds the text if that is UTF-8. */
static void check_writing(struct vespa_slice text, bool utf8)
{
    struct vespa_buffer buffer = {0};

    vespa_buffer_append_json(&buffer, text);
    struct recording written = record_whole(vespa_buffer_slice(&buffer), VESPA_JSON_ALL_DEPTHS);
    CHECK(written.verdict == VESPA_JSON_END && written.count == 1);
    CHECK(written.tokens[0].kind == VESPA_JSON_STRING);
    if (utf8)
        CHECK(vespa_json_string_is(vespa_buffer_slice(&buffer), &written.tokens[0], text));
    recording_free(&written);
    vespa_buffer_free(&buffer);
}

static void check_strings(struct vespa_slice document, const struct recording *whole)
{
    for (size_t i = 0; i < whole->count; i++) {
        const struct vespa_json_token *token = &whole->tokens[i];
        if (token->kind != VESPA_JSON_KEY && token->kind != VESPA_JSON_STRING)
            continue;
        struct vespa_slice text = contents(document, token);
        check_writing(text, true);
        free((char *)text.data);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vespa_slice document = vespa_slice((const char *)data, size);
    struct recording whole = record_whole(document, VESPA_JSON_ALL_DEPTHS);
    uint64_t chance = hash(document);

    check_reference(document, &whole);
    check_portions(document, &whole, &chance);
    check_report_depth(document, &whole, (unsigned)(next_chance(&chance) % 4));
    check_strings(document, &whole);
    check_writing(document, false);
    recording_free(&whole);
    return 0;
}
