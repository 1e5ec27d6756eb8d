/* Forms in parts. */
#include "core/multipart.h"

#include "core/head.h"

bool vespa_multipart_is_form(struct vespa_slice content_type)
{
    static const struct vespa_slice form = VESPA_LITERAL("multipart/form-data");
    struct vespa_slice type =
        vespa_slice_trim(vespa_slice_part(content_type, 0, vespa_slice_find(content_type, ';')));

    return vespa_slice_equal_nocase(type, form);
}

/* ---- parameters ------------------------------------------------------------------------------ */

/* Cuts the value off *rest: a quoted string without its quotes, or what comes before the next ';'.
 * False when a quote is not closed. */
static bool next_value(struct vespa_slice *rest, struct vespa_slice *value)
{
    size_t end = 1;

    if (!rest->length || rest->data[0] != '"') {
        end = vespa_slice_find(*rest, ';');
        *value = vespa_slice_trim(vespa_slice_part(*rest, 0, end));
        *rest = vespa_slice_part(*rest, end, rest->length);
        return true;
    }
    while (end < rest->length && rest->data[end] != '"')
        end += rest->data[end] == '\\' && end + 1 < rest->length ? 2 : 1;
    if (end >= rest->length)
        return false;
    *value = vespa_slice_part(*rest, 1, end);
    *rest = vespa_slice_part(*rest, end + 1, rest->length);
    return true;
}

/* Cuts the next "; NAME=VALUE" off *rest; false when there is none. */
static bool next_parameter(struct vespa_slice *rest, struct vespa_slice *name,
                           struct vespa_slice *value)
{
    size_t semicolon = vespa_slice_find(*rest, ';');

    if (semicolon == rest->length)
        return false;
    *rest = vespa_slice_trim(vespa_slice_part(*rest, semicolon + 1, rest->length));
    size_t equals = vespa_slice_find(*rest, '=');
    if (equals == rest->length)
        return false;
    *name = vespa_slice_trim(vespa_slice_part(*rest, 0, equals));
    *rest = vespa_slice_trim(vespa_slice_part(*rest, equals + 1, rest->length));
    return next_value(rest, value);
}

static bool find_parameter(struct vespa_slice header, struct vespa_slice wanted,
                           struct vespa_slice *value)
{
    struct vespa_slice name;

    while (next_parameter(&header, &name, value))
        if (vespa_slice_equal_nocase(name, wanted))
            return true;
    return false;
}

/* ---- delimiters ------------------------------------------------------------------------------ */

static struct vespa_slice delimiter_of(const struct vespa_multipart *multipart)
{
    return vespa_slice(multipart->delimiter, multipart->delimiter_length);
}

static size_t find(struct vespa_slice text, struct vespa_slice wanted)
{
    const char *found =
        text.length ? memmem(text.data, text.length, wanted.data, wanted.length) : NULL;
    return found ? (size_t)(found - text.data) : text.length;
}

/* What lies between the place that was reached and the next delimiter; false when none follows. */
static bool take_until_delimiter(struct vespa_multipart *multipart, struct vespa_slice *text)
{
    struct vespa_slice rest =
        vespa_slice_part(multipart->body, multipart->offset, multipart->body.length);
    size_t end = find(rest, delimiter_of(multipart));

    if (end == rest.length)
        return false;
    *text = vespa_slice_part(rest, 0, end);
    multipart->offset += end + multipart->delimiter_length;
    return true;
}

bool vespa_multipart_begin(struct vespa_multipart *multipart, struct vespa_slice content_type,
                           struct vespa_slice body)
{
    struct vespa_slice boundary, preamble;

    if (!find_parameter(content_type, VESPA_LITERAL("boundary"), &boundary) || !boundary.length ||
        boundary.length > VESPA_BOUNDARY_LIMIT)
        return false;
    *multipart = (struct vespa_multipart){.body = body};
    memcpy(multipart->delimiter, "\r\n--", 4);
    memcpy(multipart->delimiter + 4, boundary.data, boundary.length);
    multipart->delimiter_length = 4 + boundary.length;

    /* The first delimiter has no line before it that it could end. */
    struct vespa_slice first = vespa_slice_part(delimiter_of(multipart), 2, 4 + boundary.length);
    if (!vespa_slice_starts_with(body, first))
        return take_until_delimiter(multipart, &preamble);
    multipart->offset = first.length;
    return true;
}

/* ---- parts ----------------------------------------------------------------------------------- */

/* Passes over what may follow a delimiter on its line; false when something else does. */
static bool end_line(struct vespa_multipart *multipart)
{
    struct vespa_slice body = multipart->body;
    size_t at = multipart->offset;

    while (at < body.length && (body.data[at] == ' ' || body.data[at] == '\t'))
        at++;
    if (body.length - at < 2 || body.data[at] != '\r' || body.data[at + 1] != '\n')
        return false;
    multipart->offset = at + 2;
    return true;
}

static bool read_disposition(struct vespa_slice headers, struct vespa_part *part)
{
    struct vespa_header header;
    struct vespa_slice value;

    while (vespa_head_next_field(&headers, &header)) {
        if (!vespa_slice_equal_nocase(header.name, VESPA_LITERAL("Content-Disposition")))
            continue;
        value = vespa_slice_part(header.value, 0, vespa_slice_find(header.value, ';'));
        if (!vespa_slice_equal_nocase(vespa_slice_trim(value), VESPA_LITERAL("form-data")))
            return false;
        part->is_file = find_parameter(header.value, VESPA_LITERAL("filename"), &part->filename);
        return find_parameter(header.value, VESPA_LITERAL("name"), &part->name) &&
               part->name.length > 0;
    }
    return false;
}

/* Headers, an empty line, the body. */
static bool read_part(struct vespa_slice text, struct vespa_part *part)
{
    static const struct vespa_slice empty_line = VESPA_LITERAL("\r\n\r\n");
    size_t end = find(text, empty_line);

    *part = (struct vespa_part){0};
    if (end == text.length)
        return false;
    part->body = vespa_slice_part(text, end + empty_line.length, text.length);
    return read_disposition(vespa_slice_part(text, 0, end + 2), part);
}

enum vespa_part_status vespa_multipart_next(struct vespa_multipart *multipart,
                                            struct vespa_part *part)
{
    struct vespa_slice rest =
        vespa_slice_part(multipart->body, multipart->offset, multipart->body.length);
    struct vespa_slice text;

    if (vespa_slice_starts_with(rest, VESPA_LITERAL("--")))
        return VESPA_PART_END;
    if (!end_line(multipart) || !take_until_delimiter(multipart, &text) || !read_part(text, part))
        return VESPA_PART_MALFORMED;
    return VESPA_PART_READ;
}

size_t vespa_part_text(struct vespa_slice text, char *to)
{
    size_t length = 0;

    for (size_t i = 0; i < text.length; i++) {
        struct vespa_slice rest = vespa_slice_part(text, i, text.length);
        if (vespa_slice_starts_with(rest, VESPA_LITERAL("%22"))) {
            to[length++] = '"';
            i += 2;
            continue;
        }
        bool quotes = text.data[i] == '\\' && i + 1 < text.length &&
                      (text.data[i + 1] == '"' || text.data[i + 1] == '\\');
        i += quotes;
        to[length++] = text.data[i];
    }
    return length;
}
