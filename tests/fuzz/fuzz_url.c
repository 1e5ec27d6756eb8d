/*
 * URLs, ours against libcurl's: what it refuses we refuse; where both accept, both mean the same
 * server and the same parts; and no address passes for a public worker whose host libcurl reads as
 * an address that is not public.
 */
#include "core/url.h"
#include "core/worker_url.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition)                                                  \
    do {                                                                    \
        if (!(condition)) {                                                 \
            fprintf(stderr, "line %d: not so: %s\n", __LINE__, #condition); \
            abort();                                                        \
        }                                                                   \
    } while (0)

/* A part as libcurl has it, or "" when there is none; to be freed with curl_free. */
static char *part_of(CURLU *url, CURLUPart part, unsigned flags)
{
    char *text = NULL;
    return curl_url_get(url, part, &text, flags) == CURLUE_OK ? text : NULL;
}

static bool is_inside(struct vespa_slice part, struct vespa_slice text)
{
    return part.length == 0 ||
           (part.data >= text.data && part.data + part.length <= text.data + text.length);
}

/* libcurl writes addresses in their canonical form; ours stay as written. */
static bool is_same_address(const char *ours, const char *theirs)
{
    struct in_addr a, b;
    struct in6_addr c, d;
    char inner[2][64];

    if (inet_aton(ours, &a) && inet_aton(theirs, &b))
        return a.s_addr == b.s_addr;
    return sscanf(ours, "[%63[^]%%]", inner[0]) == 1 &&
           sscanf(theirs, "[%63[^]%%]", inner[1]) == 1 && inet_pton(AF_INET6, inner[0], &c) == 1 &&
           inet_pton(AF_INET6, inner[1], &d) == 1 && memcmp(&c, &d, sizeof(c)) == 0;
}

static void compare_hosts(const struct vespa_url *ours, const char *theirs)
{
    char host[1024];
    size_t length = vespa_url_host_plain(ours, host, sizeof(host) - 1);

    if (!length)
        return; /* longer than that */
    host[length] = '\0';
    REQUIRE(vespa_url_host_is(ours, vespa_slice(host, length)));
    REQUIRE(vespa_url_host_is(ours, vespa_slice_of(theirs)) || is_same_address(host, theirs));
}

static void compare_part(struct vespa_slice ours, const char *theirs)
{
    REQUIRE(vespa_slice_equal(ours, vespa_slice_of(theirs)));
}

static void compare(const struct vespa_url *ours, CURLU *theirs)
{
    char *scheme = part_of(theirs, CURLUPART_SCHEME, 0);
    char *host = part_of(theirs, CURLUPART_HOST, CURLU_URLDECODE); /* 7.74 leaves it as it is */
    char *port = part_of(theirs, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    char *path = part_of(theirs, CURLUPART_PATH, 0);
    char *query = part_of(theirs, CURLUPART_QUERY, 0);
    char *fragment = part_of(theirs, CURLUPART_FRAGMENT, 0);

    REQUIRE(scheme && host && port);
    REQUIRE(vespa_slice_equal_nocase(ours->scheme.length ? ours->scheme : VESPA_LITERAL("http"),
                                     vespa_slice_of(scheme)));
    compare_hosts(ours, host);
    REQUIRE(vespa_url_port(ours) == atoi(port));
    compare_part(ours->path.length ? ours->path : VESPA_LITERAL("/"), path);
    compare_part(ours->query, query);
    compare_part(ours->fragment, fragment);

    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_free(path);
    curl_free(query);
    curl_free(fragment);
}

/* Hosts that nobody has doubts about: letters, digits, '-' and single dots between them. */
static bool is_ordinary(const char *text, const char *host)
{
    for (size_t i = 0; host[i]; i++) {
        bool letter = (host[i] >= 'a' && host[i] <= 'z') || (host[i] >= '0' && host[i] <= '9');
        if (!letter && (i == 0 || host[i - 1] == '.' || host[i - 1] == '-'))
            return false;
        if (!letter && host[i] != '.' && host[i] != '-')
            return false;
    }
    return strpbrk(text, "% ") == NULL; /* 7.74 lets spaces pass */
}

/* What we refuse and libcurl takes must be something that libcurl's versions differ about, port 0,
 * or another protocol. */
static void check_refusal(const char *text, CURLU *theirs)
{
    char *scheme = part_of(theirs, CURLUPART_SCHEME, 0);
    char *host = part_of(theirs, CURLUPART_HOST, 0);
    char *port = part_of(theirs, CURLUPART_PORT, CURLU_DEFAULT_PORT);

    if (scheme && host && port && strncmp(scheme, "http", 4) == 0 && atoi(port) != 0)
        REQUIRE(!is_ordinary(text, host));
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
}

static bool is_public_ipv4(uint32_t ip)
{
    unsigned first = ip >> 24, second = ip >> 16 & 0xFF;
    return first != 0 && first != 10 && first != 127 && first < 224 &&
           !(first == 100 && second >= 64 && second < 128) && !(first == 169 && second == 254) &&
           !(first == 172 && second >= 16 && second < 32) && !(first == 192 && second == 168);
}

/* Once more and in other words than core/address.c. */
static bool is_public(const char *host)
{
    struct in_addr ipv4;
    struct in6_addr ipv6;
    char inner[64];

    if (strcasecmp(host, "localhost") == 0 || strcasecmp(host, "localhost.") == 0)
        return false;
    if (sscanf(host, "[%63[^]]", inner) == 1 && inet_pton(AF_INET6, inner, &ipv6) == 1) {
        uint32_t words[4];
        memcpy(words, &ipv6, sizeof(words));
        return (ipv6.s6_addr[0] >> 4 == 2 || ipv6.s6_addr[0] >> 4 == 3 || words[0] == 0 ||
                words[0] == htonl(0x64FF9B)) &&
               (words[0] != 0 || words[1] != 0 || is_public_ipv4(ntohl(words[3])));
    }
    return !inet_aton(host, &ipv4) || is_public_ipv4(ntohl(ipv4.s_addr));
}

static void check_worker(struct vespa_slice text, CURLU *theirs)
{
    static const struct vespa_rule rule = {0};
    struct vespa_slice base;
    struct vespa_url again;

    if (vespa_worker_url_check(&rule, text, &base) != NULL)
        return;
    REQUIRE(theirs != NULL);
    char *host = part_of(theirs, CURLUPART_HOST, 0);
    REQUIRE(host && is_public(host));
    curl_free(host);
    REQUIRE(is_inside(base, text));
    REQUIRE(vespa_url_parse(base, &again));
    REQUIRE(!again.has_userinfo && !again.has_query && !again.path.length);
    REQUIRE(vespa_slice_equal_nocase(again.scheme, VESPA_LITERAL("https")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vespa_slice text = {(const char *)data, size};
    struct vespa_url ours;
    bool accepted = vespa_url_parse(text, &ours);

    if (memchr(data, '\0', size)) {
        REQUIRE(!accepted);
        return 0;
    }
    char *copy = vespa_slice_copy(text);
    CURLU *theirs = curl_url();
    REQUIRE(copy && theirs);
    bool valid = curl_url_set(theirs, CURLUPART_URL, copy, CURLU_GUESS_SCHEME | CURLU_PATH_AS_IS) ==
                 CURLUE_OK;

    REQUIRE(valid || !accepted);
    if (accepted) {
        REQUIRE(is_inside(ours.host, text) && is_inside(ours.fragment, text));
        compare(&ours, theirs);
    } else if (valid) {
        check_refusal(copy, theirs);
    }
    check_worker(text, valid ? theirs : NULL);
    curl_url_cleanup(theirs);
    free(copy);
    return 0;
}
