/* Reading a response head. */
#include "core/head.h"

#include "core/token.h"

enum { DATE_LENGTH = 29 }; /* of "Sun, 06 Nov 1994 08:49:37 GMT" */

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool begins_with_blank(struct vespa_slice text)
{
    return text.length && (text.data[0] == ' ' || text.data[0] == '\t');
}

bool vespa_head_next_line(struct vespa_slice *rest, struct vespa_slice *line)
{
    if (!rest->length)
        return false;
    size_t end = vespa_slice_find(*rest, '\n');
    if (end < rest->length)
        end++;
    *line = vespa_slice_part(*rest, 0, end);
    *rest = vespa_slice_part(*rest, end, rest->length);
    return true;
}

/* "HTTP/1.1 200 OK", "HTTP/2 200": 0 when it is something else. */
static int status_of(struct vespa_slice line)
{
    if (!vespa_slice_starts_with(line, VESPA_LITERAL("HTTP/")))
        return 0;
    size_t space = vespa_slice_find(line, ' ');
    if (space == line.length)
        return 0;
    line = vespa_slice_trim(vespa_slice_part(line, space, line.length));

    const char *digits = line.data;
    if (line.length < 3 || !is_digit(digits[0]) || !is_digit(digits[1]) || !is_digit(digits[2]) ||
        digits[0] == '0' || (line.length > 3 && digits[3] != ' '))
        return 0;
    return (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
}

bool vespa_head_parse(struct vespa_slice text, struct vespa_head *head)
{
    struct vespa_slice line;

    if (!vespa_head_next_line(&text, &line))
        return false;
    head->status = status_of(line);
    head->fields = text;

    while (vespa_head_next_line(&text, &line))
        if (line.data[0] == '\n' || (line.length == 2 && line.data[0] == '\r')) {
            head->fields.length = (size_t)(line.data - head->fields.data);
            break;
        }
    return head->status > 0;
}

bool vespa_head_split(struct vespa_slice line, struct vespa_header *header)
{
    size_t colon = vespa_slice_find(line, ':');

    if (colon == line.length || begins_with_blank(line))
        return false;
    /* White space before the colon is not allowed, but a recipient may have to overlook it (RFC
     * 9112 §5.1), and those who do must not see what was hidden from us by it. */
    header->name = vespa_slice_trim(vespa_slice_part(line, 0, colon));
    header->value = vespa_slice_trim(vespa_slice_part(line, colon + 1, line.length));
    return vespa_is_token(header->name);
}

bool vespa_head_next_field(struct vespa_slice *rest, struct vespa_header *header)
{
    struct vespa_slice line;

    while (vespa_head_next_line(rest, &line)) {
        struct vespa_slice more;
        bool is_field = vespa_head_split(line, header);
        size_t first = line.length;
        while (begins_with_blank(*rest) && vespa_head_next_line(rest, &more))
            line.length += more.length;
        if (!is_field)
            continue;
        size_t colon = line.length > first ? vespa_slice_find(line, ':') : line.length;
        if (colon < line.length)
            header->value = vespa_slice_trim(vespa_slice_part(line, colon + 1, line.length));
        return true;
    }
    return false;
}

bool vespa_head_find(const struct vespa_head *head, struct vespa_slice name,
                     struct vespa_slice *value)
{
    struct vespa_slice rest = head->fields, line;
    struct vespa_header header;

    /* Most lines are told apart by their first byte: a name has no white space before it. */
    while (rest.length) {
        struct vespa_slice field = rest;
        vespa_head_next_line(&rest, &line);
        if ((line.data[0] | 0x20) == (name.data[0] | 0x20) &&
            vespa_head_next_field(&field, &header) && header.name.data == line.data &&
            vespa_slice_equal_nocase(header.name, name)) {
            *value = header.value;
            return true;
        }
    }
    return false;
}

/* Digits of a date at a fixed place; false when one is none. */
static bool read_digits(const char *text, size_t count, unsigned *number)
{
    *number = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_digit(text[i]))
            return false;
        *number = *number * 10 + (unsigned)(text[i] - '0');
    }
    return true;
}

/* The month's number from 1 on, 0 for what is no month. */
static unsigned month_of(const char name[3])
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    for (unsigned i = 0; i < 12; i++)
        if (memcmp(names + (size_t)3 * i, name, 3) == 0)
            return i + 1;
    return 0;
}

/* Seconds since the first of March of year 0 of an IMF-fixdate (RFC 9110 §5.6.7); differences are
 * all that is asked for. The two obsolete forms are not understood. */
static bool read_date(struct vespa_slice text, uint64_t *seconds)
{
    unsigned day, year, hour, minute, second;

    if (text.length != DATE_LENGTH || memcmp(text.data + 25, " GMT", 4) != 0)
        return false;
    unsigned month = month_of(text.data + 8);
    if (!month || !read_digits(text.data + 5, 2, &day) || !read_digits(text.data + 12, 4, &year) ||
        !read_digits(text.data + 17, 2, &hour) || !read_digits(text.data + 20, 2, &minute) ||
        !read_digits(text.data + 23, 2, &second))
        return false;
    if (day < 1 || day > 31 || year < 1 || hour > 23 || minute > 59 || second > 60)
        return false;

    /* Years that begin in March have their leap day last. */
    unsigned from_march = (month + 9) % 12;
    year -= month <= 2;
    uint64_t days = (uint64_t)365 * year + year / 4 - year / 100 + year / 400 +
                    (153 * from_march + 2) / 5 + day - 1;
    *seconds = days * 86400 + hour * 3600 + minute * 60 + second;
    return true;
}

static uint32_t in_milliseconds(uint64_t seconds)
{
    return seconds > UINT32_MAX / 1000 ? UINT32_MAX : (uint32_t)(seconds * 1000);
}

static bool read_seconds(struct vespa_slice text, uint64_t *seconds)
{
    *seconds = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (!is_digit(text.data[i]))
            return false;
        if (*seconds <= UINT32_MAX) /* more makes no difference */
            *seconds = *seconds * 10 + (unsigned)(text.data[i] - '0');
    }
    return text.length > 0;
}

bool vespa_head_retry_after(const struct vespa_head *head, uint32_t *milliseconds)
{
    struct vespa_slice value, date;
    uint64_t until, now;

    if (!vespa_head_find(head, VESPA_LITERAL("Retry-After"), &value))
        return false;
    if (read_seconds(value, &until)) {
        *milliseconds = in_milliseconds(until);
        return true;
    }
    if (!read_date(value, &until) || !vespa_head_find(head, VESPA_LITERAL("Date"), &date) ||
        !read_date(date, &now))
        return false;
    *milliseconds = until > now ? in_milliseconds(until - now) : 0;
    return true;
}
