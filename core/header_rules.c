/* Headers between an application and a worker. */
#include "core/header_rules.h"

#include "core/head.h"
#include "core/query_rules.h"
#include "core/token.h"

enum { LONGEST_HOST = 253 };

/* Whether one of the names equals this one; a name that ends in '-' stands for all that begin so.
 */
static bool is_one_of(const char *const *names, struct vespa_slice name)
{
    for (; *names; names++) {
        struct vespa_slice listed = vespa_slice_of(*names);
        struct vespa_slice start = name;
        if (listed.data[listed.length - 1] == '-' && name.length > listed.length)
            start.length = listed.length;
        if (vespa_slice_equal_nocase(start, listed))
            return true;
    }
    return false;
}

bool vespa_header_may_pass(struct vespa_slice name)
{
    /* What belongs to one connection or one body: those towards the worker are our own, and its
     * body is the envelope (protocol.md §4). The workload is taken out (protocol.md §6). */
    static const char *const never[] = {
        "Host",    "Content-", "Transfer-Encoding", "Connection",     "Expect", "TE",
        "Trailer", "Upgrade",  "Keep-Alive",        "HTTP2-Settings", "Proxy-", "X-Serverless-Cost",
        NULL};

    return !is_one_of(never, name);
}

bool vespa_header_passes(const struct vespa_rule *rule, struct vespa_slice name)
{
    static const char *const always[] = {"Accept",     "Accept-Encoding", "Accept-Language",
                                         "User-Agent", "traceparent",     NULL};

    return vespa_header_may_pass(name) &&
           (is_one_of(always, name) || vespa_names_contain(rule->pass_headers, name));
}

/* Of eight bytes, whether one is below 14; it is, if one is CR, LF or NUL. */
static bool may_hold_line_end(const char *bytes)
{
    static const uint64_t ones = UINT64_MAX / 255;
    uint64_t word;

    memcpy(&word, bytes, sizeof(word));
    return (word - 14 * ones) & ~word & (128 * ones);
}

static bool holds_line_end(struct vespa_slice text)
{
    size_t i = 0;

    while (i + 8 <= text.length && !may_hold_line_end(text.data + i))
        i += 8;
    for (; i < text.length; i++)
        if (text.data[i] == '\r' || text.data[i] == '\n' || text.data[i] == '\0')
            return true;
    return false;
}

bool vespa_header_is_well_formed(struct vespa_header header)
{
    return vespa_is_token(header.name) && !holds_line_end(header.value);
}

/* What would speak for the virtual host, though a stranger says it (design.md §2.4). */
static bool speaks_for_host(struct vespa_slice name)
{
    static const struct vespa_slice dropped[] = {
        VESPA_LITERAL("Set-Cookie"),
        VESPA_LITERAL("Set-Cookie2"),
        VESPA_LITERAL("Strict-Transport-Security"),
        VESPA_LITERAL("Alt-Svc"),
        VESPA_LITERAL("Public-Key-Pins"),
        VESPA_LITERAL("Public-Key-Pins-Report-Only"),
        VESPA_LITERAL("Expect-CT"),
        VESPA_LITERAL("Clear-Site-Data"),
        VESPA_LITERAL("NEL"),
        VESPA_LITERAL("Report-To"),
        VESPA_LITERAL("Reporting-Endpoints"),
        VESPA_LITERAL("Refresh"),
    };
    for (size_t i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++)
        if (vespa_slice_equal_nocase(name, dropped[i]))
            return true;
    return false;
}

/* Whether a name that begins so may be one of those that are looked for here. */
static bool may_matter(char first)
{
#define LETTER(letter) (1U << ((letter) - 'a'))
    static const uint32_t letters = LETTER('a') | LETTER('c') | LETTER('e') | LETTER('l') |
                                    LETTER('n') | LETTER('p') | LETTER('r') | LETTER('s');
#undef LETTER
    unsigned letter = (unsigned char)(first | 0x20) - (unsigned)'a';
    return letter < 26 && (letters >> letter & 1);
}

enum vespa_response_rule vespa_response_header_rule(struct vespa_slice line)
{
    struct vespa_header header;

    if (line.length && (line.data[0] == ' ' || line.data[0] == '\t'))
        return VESPA_RESPONSE_CONTINUED;
    if (!(line.length && may_matter(line.data[0])) && !holds_line_end(vespa_slice_trim(line)))
        return VESPA_RESPONSE_KEEP;
    return vespa_head_split(line, &header) ? vespa_response_field_rule(header)
                                           : VESPA_RESPONSE_KEEP;
}

enum vespa_response_rule vespa_response_field_rule(struct vespa_header header)
{
    /* A CR or NUL inside: some would read two lines there (RFC 9112 §2.2). */
    if (speaks_for_host(header.name) || holds_line_end(header.value))
        return VESPA_RESPONSE_DROP;
    if (vespa_slice_equal_nocase(header.name, VESPA_LITERAL("Location")))
        return VESPA_RESPONSE_LOCATION;
    if (vespa_slice_equal_nocase(header.name, VESPA_LITERAL("Content-Location")))
        return VESPA_RESPONSE_CONTENT_LOCATION;
    return VESPA_RESPONSE_KEEP;
}

/* ---- Location -------------------------------------------------------------------------------- */

static bool is_slash(char byte)
{
    return byte == '/' || byte == '\\';
}

/* The length of "scheme:" at the beginning, or 0 (RFC 3986 §3.1). */
static size_t scheme_length(struct vespa_slice value)
{
    size_t at = 0;
    while (at < value.length && (vespa_is_alphanumeric(value.data[at]) ||
                                 (value.data[at] && strchr("+-.", value.data[at]))))
        at++;
    bool starts_with_letter = at && !(value.data[0] >= '0' && value.data[0] <= '9') &&
                              vespa_is_alphanumeric(value.data[0]);
    return starts_with_letter && at < value.length && value.data[at] == ':' ? at + 1 : 0;
}

static bool is_same_server(const struct vespa_url *a, const struct vespa_url *b)
{
    char host[LONGEST_HOST];
    struct vespa_slice plain = {host, vespa_url_host_plain(b, host, sizeof(host))};

    return vespa_slice_equal_nocase(a->scheme, b->scheme) &&
           vespa_url_port(a) == vespa_url_port(b) && vespa_url_host_is(a, plain);
}

/* The length of "scheme://authority" or "//authority" at the beginning of a value; 0: it is
 * relative. Browsers take a backslash for a slash, so that "/\\host" is no path either. */
static size_t server_length(struct vespa_slice value)
{
    size_t at = scheme_length(value);

    if (!at && (value.length < 2 || !is_slash(value.data[0]) || !is_slash(value.data[1])))
        return 0;
    for (size_t slashes = 0; slashes < 2 && at < value.length && is_slash(value.data[at]);
         slashes++)
        at++;
    while (at < value.length && !strchr("/?#", value.data[at]))
        at++;
    return at;
}

/* Whether "scheme://authority" or "//authority", which takes over the worker's scheme, is the
 * worker. What stands behind the authority is no part of this: it is copied as it is. */
static enum vespa_location compare(struct vespa_slice server, const struct vespa_url *worker)
{
    struct vespa_url url;
    size_t scheme = scheme_length(server);

    if (!vespa_slice_starts_with(vespa_slice_part(server, scheme, server.length),
                                 VESPA_LITERAL("//")))
        return VESPA_LOCATION_ELSEWHERE; /* "mailto:…", "https:host", "/\\host" */
    if (!vespa_url_parse(scheme ? server : vespa_slice_part(server, 2, server.length), &url))
        return VESPA_LOCATION_MALFORMED;
    if (!scheme)
        url.scheme = worker->scheme;
    return is_same_server(worker, &url) ? VESPA_LOCATION_REWRITTEN : VESPA_LOCATION_ELSEWHERE;
}

/* Copies path, query and fragment, the query without the assignment's parameters. */
static void append_rest(struct vespa_slice rest, bool behind_server, struct vespa_buffer *out)
{
    size_t fragment = vespa_slice_find(rest, '#');
    size_t mark = vespa_slice_find(vespa_slice_part(rest, 0, fragment), '?');
    struct vespa_slice path = vespa_slice_part(rest, 0, mark);

    vespa_buffer_append(out, path);
    if (mark < fragment) {
        size_t before = out->length;
        struct vespa_slice query = vespa_slice_part(rest, mark + 1, fragment);
        vespa_buffer_append_byte(out, '?');
        size_t dropped = vespa_query_without_reserved(query, out);
        /* Where nothing is left of it the mark goes too, unless it is all that there is: an empty
         * reference would be none. */
        if (dropped && out->length == before + 1 && (mark || behind_server))
            out->data[--out->length] = '\0';
    }
    vespa_buffer_append(out, vespa_slice_part(rest, fragment, rest.length));
}

static void append_server(const struct vespa_url *own, struct vespa_buffer *out)
{
    vespa_buffer_append(out, own->scheme.length ? own->scheme : VESPA_LITERAL("http"));
    vespa_buffer_append_string(out, "://");
    vespa_buffer_append(out, own->host);
    if (own->port) {
        vespa_buffer_append_byte(out, ':');
        vespa_buffer_append_number(out, own->port);
    }
}

static bool echoes_assignment(struct vespa_slice value)
{
    size_t fragment = vespa_slice_find(value, '#');
    size_t mark = vespa_slice_find(vespa_slice_part(value, 0, fragment), '?');
    return mark < fragment && vespa_query_is_reserved(vespa_slice_part(value, mark + 1, fragment));
}

enum vespa_location vespa_location_rewrite(struct vespa_slice value, struct vespa_slice worker,
                                           const struct vespa_url *own, struct vespa_buffer *out)
{
    struct vespa_url worker_url;

    value = vespa_slice_trim(value);
    for (size_t i = 0; i < value.length; i++)
        if ((unsigned char)value.data[i] < ' ' || value.data[i] == 0x7F)
            return VESPA_LOCATION_MALFORMED;

    size_t server = server_length(value);
    if (server) {
        if (!vespa_url_parse(worker, &worker_url))
            return VESPA_LOCATION_MALFORMED;
        enum vespa_location result = compare(vespa_slice_part(value, 0, server), &worker_url);
        if (result != VESPA_LOCATION_REWRITTEN)
            return result;
        append_server(own, out);
    } else if (!echoes_assignment(value)) {
        return VESPA_LOCATION_AS_IT_IS;
    }
    append_rest(vespa_slice_part(value, server, value.length), server > 0, out);
    return VESPA_LOCATION_REWRITTEN;
}
