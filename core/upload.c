/* A form becomes JSON. */
#include "core/upload.h"

#include "core/base64.h"
#include "core/json.h"
#include "core/multipart.h"
#include "core/utf8.h"

#include <stdlib.h>

/* More than any form has; comparing each with each stays quick. */
enum { MOST_PARTS = 256, LONGEST_NAME = 256 };

struct form {
    struct vespa_part parts[MOST_PARTS];
    size_t count;
    struct vespa_buffer *json;
    const char *problem;
};

static bool is_utf8(struct vespa_slice text)
{
    for (size_t i = 0; i < text.length;) {
        bool ascii = (unsigned char)text.data[i] < 0x80;
        size_t sequence = ascii ? 1 : vespa_utf8_sequence(text.data + i, text.length - i);
        if (!sequence)
            return false;
        i += sequence;
    }
    return true;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* What speaks against a part; NULL: nothing. */
static const char *objection(const struct vespa_part *part)
{
    if (part->name.length > LONGEST_NAME || part->filename.length > LONGEST_NAME)
        return "has a name of more than 256 bytes";
    if (!is_utf8(part->name) || !is_utf8(part->filename))
        return "has a name that is not UTF-8";
    if (!part->is_file && !is_utf8(part->body))
        return "has a field that is not UTF-8 text: a file needs a filename";
    return NULL;
}

static enum vespa_upload read_form(struct form *form, struct vespa_slice content_type,
                                   struct vespa_slice body)
{
    struct vespa_multipart multipart;
    struct vespa_part part;
    enum vespa_part_status status;

    form->problem = "is more than 64 MiB, which is more than workers take";
    if (body.length > VESPA_UPLOAD_REQUEST_LIMIT)
        return VESPA_UPLOAD_TOO_LARGE;
    form->problem = "is not multipart/form-data with a boundary that its body has";
    if (!vespa_multipart_is_form(content_type) ||
        !vespa_multipart_begin(&multipart, content_type, body))
        return VESPA_UPLOAD_MALFORMED;
    while ((status = vespa_multipart_next(&multipart, &part)) == VESPA_PART_READ) {
        form->problem = form->count == MOST_PARTS ? "has more than 256 parts" : objection(&part);
        if (form->problem)
            return VESPA_UPLOAD_MALFORMED;
        if (part.is_file && part.body.length > VESPA_UPLOAD_FILE_LIMIT) {
            form->problem = "has a file of more than 25 MiB, which is more than workers take";
            return VESPA_UPLOAD_TOO_LARGE;
        }
        form->parts[form->count++] = part;
    }
    form->problem = "has a part without a name, or does not end as its first line announces";
    return status == VESPA_PART_END ? VESPA_UPLOAD_TRANSLATED : VESPA_UPLOAD_MALFORMED;
}

/* ---- writing --------------------------------------------------------------------------------- */

static bool is_list(struct vespa_slice name)
{
    return name.length > 2 && name.data[name.length - 2] == '[' &&
           name.data[name.length - 1] == ']';
}

static struct vespa_slice plain_name(struct vespa_slice name)
{
    return is_list(name) ? vespa_slice_part(name, 0, name.length - 2) : name;
}

static bool is_same_field(const struct vespa_part *a, const struct vespa_part *b)
{
    return vespa_slice_equal(plain_name(a->name), plain_name(b->name));
}

/* A JSON string of a name as it was meant; suffix is appended to it. */
static void append_name(struct vespa_buffer *json, struct vespa_slice name, const char *suffix)
{
    char text[LONGEST_NAME + sizeof("_filename")];
    size_t length = vespa_part_text(name, text);

    memcpy(text + length, suffix, strlen(suffix));
    vespa_buffer_append_json(json, vespa_slice(text, length + strlen(suffix)));
}

/* Whether a text is one JSON value of one of these kinds and nothing else. */
static bool is_literal(struct vespa_slice text, bool is_number)
{
    struct vespa_json json;
    struct vespa_json_token token;

    vespa_json_init(&json, 0);
    if (vespa_json_next(&json, text, true, &token) != VESPA_JSON_TOKEN ||
        token.end - token.start != text.length)
        return false;
    return is_number ? token.kind == VESPA_JSON_NUMBER
                     : token.kind == VESPA_JSON_TRUE || token.kind == VESPA_JSON_FALSE;
}

/* Fields that are no strings in the JSON forms of OpenAI's audio and image endpoints. */
static bool is_typed(const struct vespa_part *part)
{
    static const struct vespa_slice numbers[] = {VESPA_LITERAL("temperature"), VESPA_LITERAL("n"),
                                                 VESPA_LITERAL("output_compression"),
                                                 VESPA_LITERAL("partial_images")};

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (vespa_slice_equal(part->name, numbers[i]))
            return is_literal(part->body, true);
    return vespa_slice_equal(part->name, VESPA_LITERAL("stream")) && is_literal(part->body, false);
}

static void append_contents(struct vespa_buffer *json, const struct vespa_part *part)
{
    if (part->is_file) {
        vespa_buffer_append_byte(json, '"');
        vespa_base64_encode(part->body, json);
        vespa_buffer_append_byte(json, '"');
    } else if (is_typed(part)) {
        vespa_buffer_append(json, part->body);
    } else {
        vespa_buffer_append_json(json, part->body);
    }
}

static void append_filename(struct vespa_buffer *json, const struct vespa_part *part)
{
    append_name(json, part->filename, "");
}

/* The values of all parts of one field, from the first on. */
static void append_values(struct form *form, size_t first, bool in_array,
                          void (*append)(struct vespa_buffer *, const struct vespa_part *))
{
    bool any = false;

    if (in_array)
        vespa_buffer_append_byte(form->json, '[');
    for (size_t i = first; i < form->count; i++) {
        if (!is_same_field(&form->parts[i], &form->parts[first]))
            continue;
        if (any)
            vespa_buffer_append_string(form->json, ", ");
        append(form->json, &form->parts[i]);
        any = true;
    }
    if (in_array)
        vespa_buffer_append_byte(form->json, ']');
}

static size_t count_same(const struct form *form, size_t part)
{
    size_t count = 0;
    for (size_t i = 0; i < form->count; i++)
        count += is_same_field(&form->parts[i], &form->parts[part]);
    return count;
}

static bool is_first(const struct form *form, size_t part)
{
    for (size_t i = 0; i < part; i++)
        if (is_same_field(&form->parts[i], &form->parts[part]))
            return false;
    return true;
}

static void append_field(struct form *form, size_t first)
{
    const struct vespa_part *part = &form->parts[first];
    struct vespa_slice name = plain_name(part->name);
    bool in_array = is_list(part->name) || count_same(form, first) > 1;

    append_name(form->json, name, "");
    vespa_buffer_append_string(form->json, ": ");
    append_values(form, first, in_array, append_contents);
    if (!part->is_file)
        return;
    vespa_buffer_append_string(form->json, ", ");
    if (vespa_slice_equal(name, VESPA_LITERAL("file")))
        vespa_buffer_append_string(form->json, "\"filename\"");
    else
        append_name(form->json, name, "_filename");
    vespa_buffer_append_string(form->json, ": ");
    append_values(form, first, in_array, append_filename);
}

/* The length of the JSON that this will be, about: base64 makes four bytes of three. */
static size_t expected_length(const struct form *form)
{
    size_t length = 2;
    for (size_t i = 0; i < form->count; i++)
        length += form->parts[i].name.length * 2 + form->parts[i].filename.length + 32 +
                  form->parts[i].body.length / 3 * 4 + 4;
    return length;
}

static enum vespa_upload write_form(struct form *form)
{
    form->problem = "would be more than 64 MiB as JSON, which is more than workers take";
    if (expected_length(form) > VESPA_UPLOAD_REQUEST_LIMIT)
        return VESPA_UPLOAD_TOO_LARGE;
    vespa_buffer_reserve(form->json, expected_length(form));
    vespa_buffer_append_byte(form->json, '{');
    for (size_t i = 0; i < form->count; i++) {
        if (!is_first(form, i))
            continue;
        if (form->json->length > 1)
            vespa_buffer_append_string(form->json, ", ");
        append_field(form, i);
    }
    vespa_buffer_append_byte(form->json, '}');
    return form->json->failed ? VESPA_UPLOAD_NO_MEMORY : VESPA_UPLOAD_TRANSLATED;
}

enum vespa_upload vespa_upload_translate(struct vespa_slice content_type, struct vespa_slice body,
                                         struct vespa_buffer *json, const char **problem)
{
    struct form *form = calloc(1, sizeof(*form));

    if (!form)
        return VESPA_UPLOAD_NO_MEMORY;
    form->json = json;
    enum vespa_upload result = read_form(form, content_type, body);
    if (result == VESPA_UPLOAD_TRANSLATED)
        result = write_form(form);
    *problem = form->problem;
    free(form);
    return result;
}
