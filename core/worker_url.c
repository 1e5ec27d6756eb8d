/* What the autoscaler's answer may make us connect to. */
#include "core/worker_url.h"

#include "core/address.h"
#include "core/url.h"
#include "core/worker_hosts.h"

enum { LONGEST_HOST = 253 };

/* What is wrong with the form of the URL, wherever it leads. */
static const char *objection_to_form(struct vespa_slice text, const struct vespa_url *url)
{
    struct vespa_slice behind = vespa_slice_part(text, url->scheme.length, text.length);

    if (!url->scheme.length || !vespa_slice_starts_with(behind, VESPA_LITERAL("://")) ||
        url->host.data != url->scheme.data + url->scheme.length + 3 +
                              (url->has_userinfo ? url->userinfo.length + 1 : 0))
        return "does not begin with https://HOST";
    if (url->has_userinfo)
        return "holds a user name";
    if (url->path.length && !vespa_slice_equal(url->path, VESPA_LITERAL("/")))
        return "holds a path";
    if (url->has_query || vespa_slice_find(text, '#') < text.length)
        return "holds a query or a fragment";
    if (vespa_slice_find(url->host, '%') < url->host.length)
        return "holds a percent-encoded host or an IPv6 zone";
    return NULL;
}

/* What speaks against that place; a worker is a public server. */
static const char *objection_to_place(enum vespa_address kind)
{
    switch (kind) {
    case VESPA_ADDRESS_PUBLIC:
    case VESPA_ADDRESS_NAME:
        return NULL;
    case VESPA_ADDRESS_LOOPBACK:
        return "is a loopback address";
    case VESPA_ADDRESS_UNSPECIFIED:
        return "is an unspecified address";
    case VESPA_ADDRESS_LINK_LOCAL:
        return "is a link-local address";
    case VESPA_ADDRESS_PRIVATE:
        return "is a private address";
    case VESPA_ADDRESS_MULTICAST:
        return "is a multicast address";
    case VESPA_ADDRESS_RESERVED:
        return "is a reserved address";
    case VESPA_ADDRESS_LOCAL_NAME:
        return "is a local name";
    case VESPA_ADDRESS_MALFORMED:
        break;
    }
    return "is neither a name nor an address";
}

/* What the rule says of hosts counts for all of them, private ones too. */
static const char *objection_to_host(const struct vespa_rule *rule, struct vespa_slice host)
{
    enum vespa_address kind = vespa_address_of(host);

    if (kind == VESPA_ADDRESS_MALFORMED)
        return objection_to_place(kind);
    if (rule->worker_hosts)
        return vespa_worker_hosts_contain(rule->worker_hosts, host)
                   ? NULL
                   : "is not among those that the rule allows (worker_hosts)";
    return rule->local_workers ? NULL : objection_to_place(kind);
}

static const char *objection_to_scheme(const struct vespa_rule *rule, struct vespa_slice scheme)
{
    if (rule->worker_schemes)
        return vespa_names_contain(rule->worker_schemes, scheme)
                   ? NULL
                   : "has a scheme that the rule does not allow (worker_schemes)";
    if (rule->local_workers || vespa_slice_equal_nocase(scheme, VESPA_LITERAL("https")))
        return NULL;
    return "is plain http";
}

const char *vespa_worker_url_check(const struct vespa_rule *rule, struct vespa_slice url,
                                   struct vespa_slice *base)
{
    struct vespa_url parsed;
    char host[LONGEST_HOST];

    if (!vespa_url_parse(url, &parsed))
        return "is not an https URL";
    const char *objection = objection_to_form(url, &parsed);
    if (objection)
        return objection;

    size_t length = vespa_url_host_plain(&parsed, host, sizeof(host));
    objection = objection_to_host(rule, vespa_slice(host, length));
    if (!objection)
        objection = objection_to_scheme(rule, parsed.scheme);
    if (objection)
        return objection;

    *base = vespa_slice_part(url, 0, url.length - parsed.path.length);
    if (base->data[base->length - 1] == ':') /* an empty port */
        base->length--;
    return NULL;
}
