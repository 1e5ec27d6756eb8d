/*
 * Who may use `vespa proxy`: the headers that decide, in lines: Host, Origin, Sec-Fetch-Site,
 * Authorization. Nobody is welcome who is not so in other words than cli/proxy/guard.c's too.
 */
#include "cli/proxy/guard.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition)                                                  \
    do {                                                                    \
        if (!(condition)) {                                                 \
            fprintf(stderr, "line %d: not so: %s\n", __LINE__, #condition); \
            abort();                                                        \
        }                                                                   \
    } while (0)

#define TOKEN "open-sesame"

/* The next line, zero-terminated; "" when there is none. To be freed. */
static char *next_line(const char **at, const char *end)
{
    const char *stop = memchr(*at, '\n', (size_t)(end - *at));
    size_t length = (size_t)((stop ? stop : end) - *at);
    char *line = malloc(length + 1);
    REQUIRE(line);
    if (length)
        memcpy(line, *at, length);
    line[length] = '\0';
    *at = stop ? stop + 1 : end;
    return line;
}

static bool is_loopback(const char *name)
{
    struct in_addr ipv4;
    struct in6_addr ipv6;
    if (strcasecmp(name, "localhost") == 0)
        return true;
    if (inet_aton(name, &ipv4))
        return ntohl(ipv4.s_addr) >> 24 == 127;
    if (inet_pton(AF_INET6, name, &ipv6) != 1)
        return false;
    /* Ways to write an IPv4 address: compatible, mapped, by NAT64. No name stands for any of them.
     */
    static const unsigned char nat64[12] = {0, 0x64, 0xFF, 0x9B};
    bool holds_ipv4 = IN6_IS_ADDR_V4COMPAT(&ipv6) || IN6_IS_ADDR_V4MAPPED(&ipv6) ||
                      memcmp(&ipv6, nat64, sizeof nat64) == 0;
    return IN6_IS_ADDR_LOOPBACK(&ipv6) || (holds_ipv4 && ipv6.s6_addr[12] == 127);
}

/* Names that may stand in Host: without the port. */
static bool is_our_host(char *host)
{
    if (!*host)
        return true;
    if (*host == '[') {
        char *bracket = strchr(host, ']');
        if (!bracket || (bracket[1] && bracket[1] != ':') ||
            strspn(bracket + 1, ":0123456789") != strlen(bracket + 1))
            return false;
        *bracket = '\0';
        host[strcspn(host, "%")] = '\0'; /* the interface of an address */
        return is_loopback(host + 1);
    }
    char *colon = strrchr(host, ':');
    if (colon && strspn(colon + 1, "0123456789") == strlen(colon + 1))
        *colon = '\0';
    return is_loopback(host) || strcasecmp(host, "gpu.lan") == 0;
}

static bool has_token(const char *authorization)
{
    char word[sizeof TOKEN + 1] = "";
    int end = 0;
    return strncasecmp(authorization, "Bearer ", 7) == 0 &&
           sscanf(authorization + 7, " %12[^ \t\r\n] %n", word, &end) == 1 &&
           strcmp(word, TOKEN) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct vespa_config config = {0};
    static const struct vespa_proxy_guard guard = {
        .host = "127.0.0.1", .hosts = "gpu.lan", .origins = "https://page.example", .token = TOKEN};
    const char *at = (const char *)data, *end = at + size;
    char *host = next_line(&at, end), *origin = next_line(&at, end);
    char *site = next_line(&at, end), *authorization = next_line(&at, end);
    const struct vespa_proxy_visitor visitor = {
        .host = vespa_slice_of(host),
        .origin = vespa_slice_of(origin),
        .fetch_site = vespa_slice_of(site),
        .authorization = vespa_slice_of(authorization),
    };
    if (vespa_proxy_guard_check(&guard, &config, &visitor) == VESPA_PROXY_WELCOME) {
        REQUIRE(has_token(authorization));
        REQUIRE(!*origin || strcasecmp(origin, "https://page.example") == 0);
        REQUIRE(*origin || !*site || strcmp(site, "none") == 0 || strcmp(site, "same-origin") == 0);
        REQUIRE(is_our_host(host));
    }
    free(host);
    free(origin);
    free(site);
    free(authorization);
    return 0;
}
