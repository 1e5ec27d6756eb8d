/* Kinds of addresses; the ranges are those of the IANA special-purpose registries (RFC 6890). */
#include "core/address.h"

#include "core/token.h"

#include <arpa/inet.h>
#include <stdint.h>

enum { LONGEST_HOST = 253 };

static enum vespa_address kind_of_ipv4(uint32_t address)
{
    static const struct {
        uint32_t network;
        unsigned bits;
        enum vespa_address kind;
    } ranges[] = {
        {0x00000000, 8, VESPA_ADDRESS_UNSPECIFIED}, /* 0.0.0.0 reaches this very machine */
        {0x0A000000, 8, VESPA_ADDRESS_PRIVATE},     /* 10 */
        {0x64400000, 10, VESPA_ADDRESS_PRIVATE},    /* 100.64: carrier-grade NAT */
        {0x7F000000, 8, VESPA_ADDRESS_LOOPBACK},    /* 127 */
        {0xA9FE0000, 16, VESPA_ADDRESS_LINK_LOCAL}, /* 169.254: metadata services of clouds */
        {0xAC100000, 12, VESPA_ADDRESS_PRIVATE},    /* 172.16 */
        {0xC0000000, 24, VESPA_ADDRESS_RESERVED},   /* 192.0.0: protocol assignments */
        {0xC0A80000, 16, VESPA_ADDRESS_PRIVATE},    /* 192.168 */
        {0xC6120000, 15, VESPA_ADDRESS_RESERVED},   /* 198.18: benchmarks between networks */
        {0xE0000000, 4, VESPA_ADDRESS_MULTICAST},   /* 224 */
        {0xF0000000, 4, VESPA_ADDRESS_RESERVED},    /* 240, and broadcast */
    };

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        if ((address ^ ranges[i].network) >> (32 - ranges[i].bits) == 0)
            return ranges[i].kind;
    return VESPA_ADDRESS_PUBLIC;
}

static uint32_t four_bytes(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static enum vespa_address kind_of_ipv6(const uint8_t address[16])
{
    static const uint8_t zeros[15];
    static const uint8_t mapped[12] = {[10] = 0xFF, [11] = 0xFF};
    static const uint8_t translated[12] = {0x00, 0x64, 0xFF, 0x9B}; /* NAT64, RFC 6052 */

    if (memcmp(address, zeros, 15) == 0 && address[15] <= 1)
        return address[15] ? VESPA_ADDRESS_LOOPBACK : VESPA_ADDRESS_UNSPECIFIED;
    if (memcmp(address, mapped, 12) == 0 || memcmp(address, zeros, 12) == 0 ||
        memcmp(address, translated, 12) == 0)
        return kind_of_ipv4(four_bytes(address + 12));
    if (address[0] == 0x20 && address[1] == 0x02) /* 6to4, RFC 3056 */
        return kind_of_ipv4(four_bytes(address + 2));
    if ((address[0] & 0xFE) == 0xFC)
        return VESPA_ADDRESS_PRIVATE;
    if (address[0] == 0xFE && (address[1] & 0xC0) == 0x80)
        return VESPA_ADDRESS_LINK_LOCAL;
    if (address[0] == 0xFF)
        return VESPA_ADDRESS_MULTICAST;
    /* All that is global so far lies in 2000::/3; 2001:0::/32 (Teredo) hides an address in it. */
    if ((address[0] & 0xE0) != 0x20 || four_bytes(address) == 0x20010000)
        return VESPA_ADDRESS_RESERVED;
    return VESPA_ADDRESS_PUBLIC;
}

/* Between the brackets. An address with a zone is one of a single link. */
static enum vespa_address kind_of_bracketed(struct vespa_slice inner)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;
    size_t length = vespa_slice_find(inner, '%');

    if (length >= sizeof(text))
        return VESPA_ADDRESS_MALFORMED;
    memcpy(text, inner.data, length);
    text[length] = '\0';
    if (inet_pton(AF_INET6, text, &address) != 1)
        return VESPA_ADDRESS_MALFORMED;

    enum vespa_address kind = kind_of_ipv6(address.s6_addr);
    return kind == VESPA_ADDRESS_PUBLIC && length < inner.length ? VESPA_ADDRESS_LINK_LOCAL : kind;
}

/* Whether the host ends with the suffix, or is the suffix without its first dot. */
static bool is_below(struct vespa_slice host, const char *suffix)
{
    struct vespa_slice end = vespa_slice_of(suffix);
    if (vespa_slice_equal_nocase(host, vespa_slice_part(end, 1, end.length)))
        return true;
    return host.length >= end.length &&
           vespa_slice_equal_nocase(vespa_slice_part(host, host.length - end.length, host.length),
                                    end);
}

/* Names that DNS does not know or that stand for something nearby (RFC 6761, RFC 6762, RFC 8375,
 * and what routers and clouds have made of it). */
static bool is_local_name(struct vespa_slice host)
{
    static const char *const local[] = {".localhost", ".local", ".internal",  ".localdomain",
                                        ".lan",       ".home",  ".home.arpa", ".intranet"};

    if (vespa_slice_find(host, '.') == host.length)
        return true;
    for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++)
        if (is_below(host, local[i]))
            return true;
    return false;
}

/* Whether the last label of a name is a number, so that somebody may read an address. */
static bool ends_in_number(struct vespa_slice host)
{
    size_t start = host.length;
    while (start && host.data[start - 1] != '.')
        start--;
    struct vespa_slice label = vespa_slice_part(host, start, host.length);
    if (label.length >= 2 && label.data[0] == '0' && (label.data[1] | 0x20) == 'x')
        return true;
    for (size_t i = 0; i < label.length; i++)
        if (label.data[i] < '0' || label.data[i] > '9')
            return false;
    return true;
}

static bool is_plain_name(struct vespa_slice host)
{
    for (size_t i = 0; i < host.length; i++) {
        char byte = host.data[i];
        if (!vespa_is_alphanumeric(byte) && byte != '-' && byte != '.' && byte != '_')
            return false;
        if (byte == '.' && (i == 0 || host.data[i - 1] == '.'))
            return false;
    }
    return host.length > 0;
}

enum vespa_address vespa_address_of(struct vespa_slice host)
{
    char text[LONGEST_HOST + 1];
    struct in_addr ipv4;

    if (host.length >= 2 && host.data[0] == '[' && host.data[host.length - 1] == ']')
        return kind_of_bracketed(vespa_slice_part(host, 1, host.length - 1));
    if (host.length > LONGEST_HOST || !is_plain_name(host))
        return VESPA_ADDRESS_MALFORMED;

    memcpy(text, host.data, host.length);
    text[host.length] = '\0';
    if (inet_aton(text, &ipv4))
        return kind_of_ipv4(ntohl(ipv4.s_addr));
    if (ends_in_number(host))
        return VESPA_ADDRESS_MALFORMED;
    if (vespa_slice_equal_nocase(host, VESPA_LITERAL("localhost")))
        return VESPA_ADDRESS_LOOPBACK;
    return is_local_name(host) ? VESPA_ADDRESS_LOCAL_NAME : VESPA_ADDRESS_NAME;
}
