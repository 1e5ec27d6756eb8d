/*
 * What kind of place a host is, by its text alone: an address in any spelling, or a name. Needed
 * wherever "local" or "public" decides what is trusted (design.md §3).
 */
#ifndef VESPA_CORE_ADDRESS_H
#define VESPA_CORE_ADDRESS_H

#include "core/slice.h"

enum vespa_address {
    VESPA_ADDRESS_PUBLIC,      /* an address that is none of the following */
    VESPA_ADDRESS_NAME,        /* a name that only DNS can tell more of */
    VESPA_ADDRESS_LOOPBACK,    /* 127.0.0.0/8, ::1, localhost */
    VESPA_ADDRESS_UNSPECIFIED, /* 0.0.0.0/8, :: */
    VESPA_ADDRESS_LINK_LOCAL,  /* 169.254.0.0/16, fe80::/10 */
    VESPA_ADDRESS_PRIVATE,     /* RFC 1918, shared (RFC 6598), unique local (RFC 4193) */
    VESPA_ADDRESS_MULTICAST,   /* 224.0.0.0/4, ff00::/8 */
    VESPA_ADDRESS_RESERVED,    /* set aside for other uses: RFC 6890 */
    VESPA_ADDRESS_LOCAL_NAME,  /* *.localhost, *.local, *.internal, …, or a name without a dot */
    VESPA_ADDRESS_MALFORMED    /* neither a name in plain ASCII nor an address */
};

/* host: as vespa_url_host_plain writes it, brackets of an IPv6 address included. IPv4 addresses are
 * known in every spelling of inet_aton ("0x7f.1", "2130706433"); IPv6 addresses that hold an IPv4
 * address (mapped, compatible, NAT64, 6to4) are what that one is. */
enum vespa_address vespa_address_of(struct vespa_slice host);

#endif
