/* Reading virtual hosts. */
#include "core/host_list.h"

#include "core/address.h"
#include "core/url.h"

bool vespa_list_next(struct vespa_slice *rest, struct vespa_slice *entry)
{
    while (rest->length) {
        size_t comma = vespa_slice_find(*rest, ',');
        *entry = vespa_slice_trim(vespa_slice_part(*rest, 0, comma));
        *rest = vespa_slice_part(*rest, comma < rest->length ? comma + 1 : comma, rest->length);
        if (entry->length)
            return true;
    }
    return false;
}

bool vespa_host_is_own(struct vespa_slice name)
{
    static const struct vespa_slice parent = VESPA_LITERAL("." VESPA_DEFAULT_HOST);
    struct vespa_slice itself = vespa_slice_part(parent, 1, parent.length);

    if (name.length < parent.length)
        return vespa_slice_equal_nocase(name, itself);
    return vespa_slice_equal_nocase(
        vespa_slice_part(name, name.length - parent.length, name.length), parent);
}

/* Takes "HOST[:PORT]" apart as a URL's host is, so that both sides mean the same by it. "http://"
 * keeps the parser from taking "ftp.example.org" for the host of another protocol. */
static bool read_as_url(struct vespa_slice text, struct vespa_url *url, char *space, size_t room)
{
    static const struct vespa_slice scheme = VESPA_LITERAL("http://");

    if (!text.length || text.length > room - scheme.length)
        return false;
    for (size_t i = 0; i < text.length; i++)
        if (strchr("/?#@", text.data[i])) /* finds a zero byte too */
            return false;
    if (text.data[text.length - 1] == ':')
        return false;

    memcpy(space, scheme.data, scheme.length);
    memcpy(space + scheme.length, text.data, text.length);
    return vespa_url_parse(vespa_slice(space, scheme.length + text.length), url);
}

bool vespa_host_read(struct vespa_slice text, struct vespa_host *host)
{
    struct vespa_url url;
    char space[320]; /* a name of 253 bytes, and more than a scheme and a port need */

    *host = (struct vespa_host){0};
    if (vespa_slice_starts_with(text, VESPA_LITERAL("*."))) {
        host->wildcard = true;
        text = vespa_slice_part(text, 2, text.length);
    }
    if (!read_as_url(text, &url, space, sizeof(space)))
        return false;

    struct vespa_slice name = url.host;
    if (name.data[name.length - 1] == '.')
        name.length--;
    if ((host->wildcard && name.data[0] == '[') ||
        vespa_address_of(name) == VESPA_ADDRESS_MALFORMED)
        return false;
    host->port = url.port;
    host->name = vespa_slice_copy(name);
    return true;
}
