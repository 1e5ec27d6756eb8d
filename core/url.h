/*
 * An absolute http(s) URL taken apart the way libcurl does it (curl_url_set with
 * CURLU_GUESS_SCHEME): what libcurl would connect to is what is compared with the rules. No
 * allocation: all parts are slices of the text.
 */
#ifndef VESPA_CORE_URL_H
#define VESPA_CORE_URL_H

#include "core/slice.h"

#include <stdint.h>

struct vespa_url {
    struct vespa_slice scheme;   /* empty when the text had none; libcurl then takes http unless
                                    CURLOPT_DEFAULT_PROTOCOL or the host's name says otherwise */
    struct vespa_slice userinfo; /* "user:password" before '@', encoded as written */
    struct vespa_slice host;     /* as written: case, percent-encoding, a last dot, brackets of an
                                    IPv6 address included */
    struct vespa_slice path;     /* begins with '/', or empty */
    struct vespa_slice query;    /* behind '?', without it */
    struct vespa_slice fragment; /* behind '#', without it */
    bool has_userinfo;
    bool has_query;
    uint16_t port; /* 0: none was written */
};

/* Takes the text apart. False, and *url undefined, when libcurl would refuse it or when its scheme
 * is neither http nor https. */
bool vespa_url_parse(struct vespa_slice text, struct vespa_url *url);

/* The port that is meant: the written one, or the scheme's (80 where no scheme was written). */
uint16_t vespa_url_port(const struct vespa_url *url);

/* Whether the URL's host is this name: ASCII letters without case, percent-encoding resolved, one
 * dot at the end of either left out. */
bool vespa_url_host_is(const struct vespa_url *url, struct vespa_slice name);

/* Writes the URL's host as libcurl would look it up: percent-encoding resolved, ASCII letters in
 * lower case, without one dot at its end; in brackets nothing is resolved. Returns the number of
 * bytes written, 0 when there is not room for all. */
size_t vespa_url_host_plain(const struct vespa_url *url, char *to, size_t room);

#endif
