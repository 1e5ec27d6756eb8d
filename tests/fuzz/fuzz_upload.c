/*
 * Forms in parts: what is translated is JSON; parts lie in the body, one after the other and
 * without the delimiter in them; and the contents of a file come back from the JSON's base64.
 *
 * The first byte of the input says how long the boundary is, which follows; the rest is the body.
 */
#include "core/base64.h"
#include "core/multipart.h"
#include "core/upload.h"

#include "tests/fuzz/exchange_rig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_parts(struct vespa_slice type, struct vespa_slice body)
{
    struct vespa_multipart multipart;
    struct vespa_part part;
    const char *reached = body.data;

    if (!vespa_multipart_begin(&multipart, type, body))
        return;
    while (vespa_multipart_next(&multipart, &part) == VESPA_PART_READ) {
        struct vespa_slice delimiter = {multipart.delimiter, multipart.delimiter_length};
        REQUIRE(part.body.data >= reached);
        reached = part.body.data + part.body.length;
        REQUIRE(reached <= body.data + body.length);
        REQUIRE(!contains(part.body, delimiter));
        REQUIRE(part.name.length > 0);
    }
}

/* The one file of a form that has no more. */
static void check_file(struct vespa_slice type, struct vespa_slice body, struct vespa_slice json)
{
    static const struct vespa_slice begin = VESPA_LITERAL("{\"file\": \"");
    struct vespa_multipart multipart;
    struct vespa_part part, other;
    struct vespa_buffer contents = {0};

    if (!vespa_multipart_begin(&multipart, type, body) ||
        vespa_multipart_next(&multipart, &part) != VESPA_PART_READ ||
        vespa_multipart_next(&multipart, &other) != VESPA_PART_END || !part.is_file ||
        !vespa_slice_starts_with(json, begin))
        return;
    struct vespa_slice text = vespa_slice_part(json, begin.length, json.length);
    text = vespa_slice_part(text, 0, vespa_slice_find(text, '"'));
    REQUIRE(vespa_base64_decode(text, &contents));
    REQUIRE(vespa_slice_equal(vespa_buffer_slice(&contents), part.body));
    vespa_buffer_free(&contents);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vespa_buffer type = {0}, json = {0};
    const char *problem = NULL;

    if (!size)
        return 0;
    size_t boundary = data[0] < size - 1 ? data[0] : size - 1;
    vespa_buffer_append_string(&type, "multipart/form-data; boundary=");
    vespa_buffer_append(&type, vespa_slice((const char *)data + 1, boundary));
    struct vespa_slice body = {(const char *)data + 1 + boundary, size - 1 - boundary};

    check_parts(vespa_buffer_slice(&type), body);
    enum vespa_upload result =
        vespa_upload_translate(vespa_buffer_slice(&type), body, &json, &problem);
    REQUIRE(result != VESPA_UPLOAD_NO_MEMORY && problem);
    if (result == VESPA_UPLOAD_TRANSLATED) {
        REQUIRE(is_json(vespa_buffer_slice(&json)));
        check_file(vespa_buffer_slice(&type), body, vespa_buffer_slice(&json));
    }
    vespa_buffer_free(&type);
    vespa_buffer_free(&json);
    return 0;
}
