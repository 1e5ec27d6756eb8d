// Who may use the proxy.

#include "cli/proxy/guard.h"

#include "core/address.h"
#include "core/host_list.h"
#include "core/match.h"
#include "core/url.h"

#include <string.h>

// ---- Host ----

// A host without ":PORT" behind it.
static struct vespa_slice without_port(struct vespa_slice host)
{
    size_t end = host.length;
    for (size_t i = host.length; i-- > 0 && host.data[i] >= '0' && host.data[i] <= '9';)
        if (i > 0 && host.data[i - 1] == ':')
            end = i - 1;
    return vespa_slice_part(host, 0, end);
}

// The name in a Host header: without its port, and without the brackets of an IPv6 address. Empty:
// it has brackets that are none of an address.
static struct vespa_slice name_of(struct vespa_slice host)
{
    if (!host.length || host.data[0] != '[')
        return without_port(host);
    host = vespa_slice_find(host, ']') + 1 == host.length ? host : without_port(host);
    if (vespa_slice_find(host, ']') + 1 != host.length)
        return vespa_slice_part(host, 0, 0);
    return vespa_slice_part(host, 1, host.length - 1);
}

static bool list_has(const char *list, struct vespa_slice name)
{
    struct vespa_slice rest = vespa_slice_of(list);
    struct vespa_slice entry;
    while (vespa_list_next(&rest, &entry))
        if (vespa_slice_equal(entry, VESPA_LITERAL("*")) || vespa_slice_equal_nocase(entry, name))
            return true;
    return false;
}

static bool is_rules_host(const struct vespa_config *config, struct vespa_slice host)
{
    const struct vespa_rule *rule;
    char url[300] = "http://";
    size_t start = strlen(url);
    if (host.length >= sizeof url - start)
        return false;
    memcpy(url + start, host.data, host.length);
    struct vespa_slice named = vespa_slice(url, start + host.length);
    return vespa_match_url(config, named, &rule) == VESPA_OURS ||
           vespa_match_names_host(config, named);
}

// An address, without the brackets that an IPv6 address has in URLs.
static bool is_loopback(struct vespa_slice name)
{
    char bracketed[64];
    if (vespa_slice_find(name, ':') == name.length)
        return vespa_slice_equal_nocase(name, VESPA_LITERAL("localhost")) ||
               vespa_address_of(name) == VESPA_ADDRESS_LOOPBACK;
    if (name.length + 2 > sizeof bracketed)
        return false;
    bracketed[0] = '[';
    memcpy(bracketed + 1, name.data, name.length);
    bracketed[name.length + 1] = ']';
    return vespa_address_of(vespa_slice(bracketed, name.length + 2)) == VESPA_ADDRESS_LOOPBACK;
}

bool vespa_proxy_is_loopback(const char *host)
{
    return is_loopback(vespa_slice_of(host));
}

static bool is_own_name(const struct vespa_proxy_guard *guard, struct vespa_slice name)
{
    return vespa_slice_equal_nocase(name, vespa_slice_of(guard->host)) || is_loopback(name);
}

// A client without one (HTTP/1.0) is no browser.
static bool host_is_ours(const struct vespa_proxy_guard *guard, const struct vespa_config *config,
                         struct vespa_slice host)
{
    struct vespa_slice name = name_of(host);
    return guard->local_socket || !host.length || is_own_name(guard, name) ||
           list_has(guard->hosts, name) || is_rules_host(config, host);
}

// ---- web pages ----

bool vespa_proxy_guard_allows_origin(const struct vespa_proxy_guard *guard,
                                     struct vespa_slice origin)
{
    return list_has(guard->origins, origin);
}

static bool is_from_a_page(const struct vespa_proxy_guard *guard,
                           const struct vespa_proxy_visitor *visitor)
{
    struct vespa_slice site = visitor->fetch_site;
    if (visitor->origin.length)
        return !vespa_proxy_guard_allows_origin(guard, visitor->origin);
    return site.length && !vespa_slice_equal(site, VESPA_LITERAL("none")) &&
           !vespa_slice_equal(site, VESPA_LITERAL("same-origin"));
}

// ---- the token ----

// Takes the same time wherever the two differ.
static bool is_same(struct vespa_slice given, struct vespa_slice wanted)
{
    unsigned char difference = given.length != wanted.length;
    for (size_t i = 0; i < given.length; i++)
        difference |= (unsigned char)(given.data[i] ^ wanted.data[i % wanted.length]);
    return !difference;
}

static bool has_token(const struct vespa_proxy_guard *guard, struct vespa_slice authorization)
{
    static const struct vespa_slice scheme = VESPA_LITERAL("Bearer ");
    if (!guard->token)
        return true;
    if (authorization.length <= scheme.length ||
        !vespa_slice_equal_nocase(vespa_slice_part(authorization, 0, scheme.length), scheme))
        return false;
    return is_same(
        vespa_slice_trim(vespa_slice_part(authorization, scheme.length, authorization.length)),
        vespa_slice_of(guard->token));
}

enum vespa_proxy_verdict vespa_proxy_guard_check(const struct vespa_proxy_guard *guard,
                                                 const struct vespa_config *config,
                                                 const struct vespa_proxy_visitor *visitor)
{
    if (!host_is_ours(guard, config, visitor->host))
        return VESPA_PROXY_WRONG_HOST;
    if (is_from_a_page(guard, visitor))
        return VESPA_PROXY_FROM_A_PAGE;
    return has_token(guard, visitor->authorization) ? VESPA_PROXY_WELCOME : VESPA_PROXY_NO_TOKEN;
}
