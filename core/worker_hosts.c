/* Places where workers may be. */
#include "core/worker_hosts.h"

#include "core/address.h"
#include "core/variables.h"

#include <arpa/inet.h>

/* A network: an address and the bits of it that count. */
struct network {
    int family;
    unsigned char address[16];
    unsigned bits;
};

static unsigned all_bits(int family)
{
    return family == AF_INET ? 32 : 128;
}

static bool copy_text(struct vespa_slice text, char *to, size_t room)
{
    if (text.length >= room)
        return false;
    memcpy(to, text.data, text.length);
    to[text.length] = '\0';
    return true;
}

/* IPv4 as four decimal numbers, IPv6 with or without brackets. */
static bool read_address(struct vespa_slice text, struct network *network)
{
    char copy[INET6_ADDRSTRLEN];

    if (text.length >= 2 && text.data[0] == '[' && text.data[text.length - 1] == ']')
        text = vespa_slice_part(text, 1, text.length - 1);
    if (!text.length || !copy_text(text, copy, sizeof(copy)))
        return false;
    network->family = strchr(copy, ':') ? AF_INET6 : AF_INET;
    network->bits = all_bits(network->family);
    return inet_pton(network->family, copy, network->address) == 1;
}

static bool read_network(struct vespa_slice text, struct network *network)
{
    size_t slash = vespa_slice_find(text, '/');
    struct vespa_slice bits = vespa_slice_part(text, slash, text.length);

    if (!read_address(vespa_slice_part(text, 0, slash), network))
        return false;
    return !bits.length || vespa_number_read(vespa_slice_part(bits, 1, bits.length), 0,
                                             all_bits(network->family), &network->bits);
}

/* What libcurl connects to: IPv4 in any spelling that inet_aton knows. */
static bool read_host(struct vespa_slice host, struct network *network)
{
    char copy[254];
    struct in_addr address;

    if (host.length && host.data[0] == '[')
        return read_address(host, network);
    if (!copy_text(host, copy, sizeof(copy)) || !inet_aton(copy, &address))
        return false;
    network->family = AF_INET;
    memcpy(network->address, &address, sizeof(address));
    return true;
}

static bool is_inside(const struct network *host, const struct network *network)
{
    size_t bytes = network->bits / 8;
    unsigned rest = network->bits % 8;

    if (host->family != network->family || memcmp(host->address, network->address, bytes) != 0)
        return false;
    return !rest || ((host->address[bytes] ^ network->address[bytes]) >> (8 - rest)) == 0;
}

static bool is_suffix(struct vespa_slice place)
{
    return vespa_slice_starts_with(place, VESPA_LITERAL("*."));
}

bool vespa_worker_hosts_is_valid(struct vespa_slice text)
{
    struct network network;

    if (read_network(text, &network))
        return true;
    if (is_suffix(text))
        text = vespa_slice_part(text, 2, text.length);
    enum vespa_address kind = vespa_address_of(text);
    return text.length && text.data[0] != '[' &&
           (kind == VESPA_ADDRESS_NAME || kind == VESPA_ADDRESS_LOCAL_NAME ||
            vespa_slice_equal_nocase(text, VESPA_LITERAL("localhost")));
}

static bool is_at(struct vespa_slice place, struct vespa_slice host)
{
    struct network network, address;

    if (read_network(place, &network))
        return read_host(host, &address) && is_inside(&address, &network);
    if (!is_suffix(place))
        return vespa_slice_equal_nocase(place, host);
    struct vespa_slice end = vespa_slice_part(place, 1, place.length);
    return host.length > end.length &&
           vespa_slice_equal_nocase(vespa_slice_part(host, host.length - end.length, host.length),
                                    end);
}

bool vespa_worker_hosts_contain(char *const *list, struct vespa_slice host)
{
    for (; *list; list++)
        if (is_at(vespa_slice_of(*list), host))
            return true;
    return false;
}
