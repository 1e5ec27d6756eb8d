/*
 * URLs as libcurl reads them. Versions differ in what they let pass (lib/urlapi.c of 7.88 takes a
 * stray '%' in a host, 8.14 does not; a '|' only the newest refuses); accepted here is what all of
 * them accept and understand in the same way. What only some accept is not ours: libcurl itself
 * then decides about it.
 */
#include "core/url.h"

#include "core/percent.h"
#include "core/token.h"

#include <arpa/inet.h>

enum {
    LONGEST_URL = 8000000, /* CURL_MAX_INPUT_LENGTH */
    LONGEST_ZONE = 15,     /* of an IPv6 address; urlapi.c keeps 16 bytes with the zero */
    LARGEST_PORT = 65535
};

static void skip(struct vespa_slice *text, size_t bytes)
{
    *text = vespa_slice_part(*text, bytes, text->length);
}

/* The next byte of a host as libcurl would look it up, in lower case and without one dot at its
 * end; -1 at the end. In brackets a '%' is no encoding: it begins the zone of an IPv6 address. */
static int next_name_byte(struct vespa_slice *rest, bool bracketed)
{
    if (bracketed && rest->length && rest->data[0] == '%') {
        skip(rest, 1);
        return '%';
    }
    int byte = vespa_percent_next_lower(rest);
    return byte == '.' && !rest->length ? -1 : byte;
}

static bool is_bracketed(struct vespa_slice host)
{
    return host.length && host.data[0] == '[';
}

/* Nothing that could end a line, and no space: libcurl refuses them anywhere in a URL. */
static bool is_clean(struct vespa_slice text)
{
    for (size_t i = 0; i < text.length; i++)
        if ((unsigned char)text.data[i] <= ' ' || text.data[i] == 0x7F)
            return false;
    return text.length <= LONGEST_URL;
}

/* Cuts "http://" off. One to three slashes will do; a name before ":/" is a scheme, before ':'
 * alone a host. */
static bool take_scheme(struct vespa_slice *rest, struct vespa_url *url)
{
    size_t length = 0;
    while (length < rest->length && (vespa_is_alphanumeric(rest->data[length]) ||
                                     (rest->data[length] && strchr("+-.", rest->data[length]))))
        length++;
    if (!length || length + 1 >= rest->length || rest->data[length] != ':' ||
        rest->data[length + 1] != '/')
        return true;

    url->scheme = vespa_slice_part(*rest, 0, length);
    if (!vespa_slice_equal_nocase(url->scheme, VESPA_LITERAL("http")) &&
        !vespa_slice_equal_nocase(url->scheme, VESPA_LITERAL("https")))
        return false;
    skip(rest, length + 1);

    size_t slashes = 0;
    while (slashes < rest->length && rest->data[slashes] == '/')
        slashes++;
    skip(rest, slashes);
    return slashes <= 3;
}

/* What follows the '%' of an IPv6 address: "25eth0" (RFC 6874), or "eth0" where no version of
 * libcurl would take its beginning for percent-encoding. */
static bool is_zone(struct vespa_slice zone)
{
    if (zone.length > 2 && vespa_slice_starts_with(zone, VESPA_LITERAL("25")))
        skip(&zone, 2);
    else if (zone.length >= 2 && vespa_hex_value(zone.data[0]) >= 0 &&
             vespa_hex_value(zone.data[1]) >= 0)
        return false;
    for (size_t i = 0; i < zone.length; i++)
        if (!vespa_is_alphanumeric(zone.data[i]) && !strchr("-._~", zone.data[i]))
            return false;
    return zone.length > 0 && zone.length <= LONGEST_ZONE;
}

/* "[::1]", "[fe80::1%25eth0]"; the brackets are there. */
static bool is_ipv6(struct vespa_slice host)
{
    char address[INET6_ADDRSTRLEN];
    struct in6_addr parsed;
    struct vespa_slice inner = vespa_slice_part(host, 1, host.length - 1);
    size_t percent = vespa_slice_find(inner, '%');

    if (percent < inner.length && !is_zone(vespa_slice_part(inner, percent + 1, inner.length)))
        return false;
    if (percent >= sizeof(address))
        return false;
    memcpy(address, inner.data, percent);
    address[percent] = '\0';
    return inet_pton(AF_INET6, address, &parsed) == 1;
}

/* Whether a host that is no IPv6 address would pass libcurl's hostname_check. */
static bool is_host_name(struct vespa_slice host)
{
    /* White space and control characters, and /:#?!@{}[]\$'"^`*<>=;,+&()%| */
    static const bool refused[256] = {
        [0 ... ' '] = true, ['!'] = true,  ['"'] = true, ['#'] = true, ['$'] = true,  ['%'] = true,
        ['&'] = true,       ['\''] = true, ['('] = true, [')'] = true, ['*'] = true,  ['+'] = true,
        [','] = true,       ['/'] = true,  [':'] = true, [';'] = true, ['<'] = true,  ['='] = true,
        ['>'] = true,       ['?'] = true,  ['@'] = true, ['['] = true, ['\\'] = true, [']'] = true,
        ['^'] = true,       ['`'] = true,  ['{'] = true, ['|'] = true, ['}'] = true,  [0x7F] = true,
    };
    int before = '.';
    int last = '.';

    if (!host.length)
        return false;
    for (;;) {
        int byte = vespa_percent_next(&host);
        if (byte < 0)
            break;
        if (refused[byte])
            return false;
        before = last;
        last = byte;
    }
    return last != '.' || before != '.'; /* not ".", nor with two dots at its end */
}

/* Reads what stands behind the host: nothing, or ':' and a port. Without a scheme the digits must
 * be there, or "mailto:" would be a host. Port 0 cannot be connected to. */
static bool take_port(struct vespa_slice text, struct vespa_url *url)
{
    unsigned port = 0;

    if (!text.length)
        return true;
    skip(&text, 1);
    if (!text.length)
        return url->scheme.length > 0;
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        port = port * 10 + (unsigned)(text.data[i] - '0');
        if (port > LARGEST_PORT)
            return false;
    }
    url->port = (uint16_t)port;
    return port > 0;
}

/* "user:password@host:port" */
static bool take_authority(struct vespa_slice authority, struct vespa_url *url)
{
    size_t at = vespa_slice_find(authority, '@');
    if (at < authority.length) {
        url->has_userinfo = true;
        url->userinfo = vespa_slice_part(authority, 0, at);
        skip(&authority, at + 1);
    }

    bool ipv6 = is_bracketed(authority);
    size_t end = vespa_slice_find(authority, ipv6 ? ']' : ':');
    if (ipv6 && end++ == authority.length)
        return false;
    if (ipv6 && end < authority.length && authority.data[end] != ':')
        return false;

    url->host = vespa_slice_part(authority, 0, end);
    return (ipv6 ? is_ipv6(url->host) : is_host_name(url->host)) &&
           take_port(vespa_slice_part(authority, end, authority.length), url);
}

/* libcurl's guess from the name of a host without scheme (urlapi.c, guess_scheme). */
static bool is_guessed_as_http(struct vespa_slice host)
{
    static const char *const others[] = {"ftp.", "dict.", "ldap.", "imap.", "smtp.", "pop3."};

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct vespa_slice rest = host;
        const char *expected = others[i];
        while (*expected && vespa_percent_next_lower(&rest) == *expected)
            expected++;
        if (!*expected)
            return false;
    }
    return true;
}

/* Cuts off what stands before the first of these bytes, or all. */
static struct vespa_slice take_until(struct vespa_slice *rest, const char *ends)
{
    struct vespa_slice taken = *rest;
    for (; *ends; ends++)
        taken.length = vespa_slice_find(taken, *ends);
    skip(rest, taken.length);
    return taken;
}

bool vespa_url_parse(struct vespa_slice text, struct vespa_url *url)
{
    *url = (struct vespa_url){0};
    if (!is_clean(text) || !take_scheme(&text, url))
        return false;
    if (!take_authority(take_until(&text, "/?#"), url))
        return false;
    if (!url->scheme.length && !is_guessed_as_http(url->host))
        return false;

    url->path = take_until(&text, "?#");
    if (text.length && text.data[0] == '?') {
        url->has_query = true;
        skip(&text, 1);
        url->query = take_until(&text, "#");
    }
    if (text.length)
        skip(&text, 1);
    url->fragment = text;
    return true;
}

uint16_t vespa_url_port(const struct vespa_url *url)
{
    if (url->port)
        return url->port;
    return vespa_slice_equal_nocase(url->scheme, VESPA_LITERAL("https")) ? 443 : 80;
}

bool vespa_url_host_is(const struct vespa_url *url, struct vespa_slice name)
{
    struct vespa_slice host = url->host;

    if (name.length && name.data[name.length - 1] == '.')
        name.length--;
    for (size_t i = 0; i < name.length; i++) {
        int byte = next_name_byte(&host, is_bracketed(url->host));
        char found = (char)byte;
        if (byte < 0 ||
            !vespa_slice_equal_nocase(vespa_slice(&found, 1), vespa_slice(name.data + i, 1)))
            return false;
    }
    return name.length && next_name_byte(&host, is_bracketed(url->host)) < 0;
}

size_t vespa_url_host_plain(const struct vespa_url *url, char *to, size_t room)
{
    struct vespa_slice host = url->host;
    size_t length = 0;

    for (;;) {
        int byte = next_name_byte(&host, is_bracketed(url->host));
        if (byte < 0)
            return length;
        if (length == room)
            return 0;
        to[length++] = (char)byte;
    }
}
