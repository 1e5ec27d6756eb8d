/*
 * A worker's head, whatever it holds: no line that speaks for the virtual host is kept, and a
 * Location that reaches the application leads, as libcurl follows it, to no server but the virtual
 * host.
 */
#include "core/head.h"
#include "core/header_rules.h"
#include "core/query_rules.h"

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

#define OWN    "http://vespa.internal:8080/v1/x?y=1"
#define WORKER "https://203.0.113.7:8443/v1/x?y=1"

/* Where libcurl would go from the virtual host. */
static void follow(struct vespa_slice location)
{
    char *copy = vespa_slice_copy(location);
    CURLU *url = curl_url();
    char *host = NULL;
    char *port = NULL;

    REQUIRE(copy && url);
    REQUIRE(curl_url_set(url, CURLUPART_URL, OWN, 0) == CURLUE_OK);
    if (curl_url_set(url, CURLUPART_URL, copy, CURLU_URLENCODE | CURLU_ALLOW_SPACE) == CURLUE_OK) {
        REQUIRE(curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK);
        REQUIRE(curl_url_get(url, CURLUPART_PORT, &port, 0) == CURLUE_OK);
        REQUIRE(strcmp(host, "vespa.internal") == 0);
        REQUIRE(strcmp(port, "8080") == 0);
    }
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(url);
    free(copy);
}

static void check_location(struct vespa_slice value)
{
    struct vespa_buffer out = {0};
    struct vespa_url own;

    REQUIRE(vespa_url_parse(VESPA_LITERAL(OWN), &own));
    enum vespa_location result = vespa_location_rewrite(value, VESPA_LITERAL(WORKER), &own, &out);
    struct vespa_slice seen = result == VESPA_LOCATION_REWRITTEN ? vespa_buffer_slice(&out) : value;

    REQUIRE(result == VESPA_LOCATION_REWRITTEN || out.length == 0);
    if (result == VESPA_LOCATION_REWRITTEN || result == VESPA_LOCATION_AS_IT_IS) {
        struct vespa_header header = {VESPA_LITERAL("Location"), vespa_slice_trim(seen)};
        REQUIRE(vespa_header_is_well_formed(header));
        follow(vespa_slice_trim(seen));
    }
    vespa_buffer_free(&out);
}

/* Queries come along in Locations; here every line serves as one. */
static void check_query(struct vespa_slice query)
{
    static const struct vespa_rule rule = {0};
    struct vespa_buffer once = {0};
    struct vespa_buffer twice = {0};

    size_t dropped = vespa_query_filter(&rule, query, &once);
    REQUIRE(once.length <= query.length);
    REQUIRE(dropped > 0 || vespa_slice_equal(vespa_buffer_slice(&once), query));
    REQUIRE(vespa_query_filter(&rule, vespa_buffer_slice(&once), &twice) == 0);

    vespa_buffer_reset(&once);
    dropped = vespa_query_without_reserved(query, &once);
    REQUIRE(vespa_query_is_reserved(query) == (dropped > 0));
    REQUIRE(!vespa_query_is_reserved(vespa_buffer_slice(&once)));
    vespa_buffer_free(&once);
    vespa_buffer_free(&twice);
}

static void check_line(struct vespa_slice line)
{
    static const char *const speakers[] = {"set-cookie:", "strict-transport-security:", "alt-svc:"};
    enum vespa_response_rule rule = vespa_response_header_rule(line);

    for (size_t i = 0; i < sizeof(speakers) / sizeof(speakers[0]); i++) {
        struct vespa_slice start = vespa_slice_of(speakers[i]);
        if (line.length >= start.length &&
            vespa_slice_equal_nocase(vespa_slice_part(line, 0, start.length), start))
            REQUIRE(rule == VESPA_RESPONSE_DROP);
    }
    check_query(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vespa_slice text = {(const char *)data, size};
    struct vespa_slice rest = text;
    struct vespa_slice line;
    struct vespa_head head;
    struct vespa_header header;
    uint32_t milliseconds;
    size_t total = 0;

    while (vespa_head_next_line(&rest, &line)) {
        total += line.length;
        check_line(line);
        check_location(vespa_slice_trim(line));
    }
    REQUIRE(total == size);

    if (!vespa_head_parse(text, &head))
        return 0;
    REQUIRE(head.status >= 100 && head.status <= 999);
    vespa_head_retry_after(&head, &milliseconds);
    rest = head.fields;
    while (vespa_head_next_field(&rest, &header))
        check_location(header.value);
    return 0;
}
