/*
 * A rule: which requests are taken over, and what happens to them. Rules are made by the
 * configuration (core/config.h), never change afterwards, and may be read by any thread.
 */
#ifndef VESPA_CORE_RULE_H
#define VESPA_CORE_RULE_H

#include "core/slice.h"

#include <stdint.h>

/* One virtual host: "api.openai.com", "api.openai.com:8443", "*.example.org". */
struct vespa_host {
    char *name;    /* without "*." and port */
    bool wildcard; /* "*.": any name that ends in "." and name, at any depth, but not name itself */
    uint16_t port; /* 0: any port */
};

struct vespa_rule {
    struct vespa_host *hosts;
    size_t host_count;
    char *endpoint; /* the endpoint's name, as the autoscaler knows it; NULL only with problem */
    char *endpoint_key;   /* secret; NULL: fetched with account_key */
    char *account_key;    /* secret; NULL: none */
    char *autoscaler_url; /* without a slash at its end; https, or http to loopback */
    char *console_url;    /* likewise */
    char *instance;       /* "prod", "alpha", "candidate", "local" */
    char *cost;           /* configured workload: the text of a positive JSON number; NULL: none */
    char **pass_headers;  /* names beyond the allow-list; NULL-terminated, or NULL */
    char **pass_query;    /* query parameters passed though they look like a credential; likewise */
    char *ca_file;        /* the workers' root; NULL: Vast's own */
    uint32_t deadline_ms; /* from the request's start until the answer's head is delivered */
    unsigned attempts;    /* times that the request may be sent to a worker, the first included */
    bool local_workers;   /* loopback and private worker addresses are accepted */
    char *problem; /* what is wrong with this rule's configuration, for a person; NULL: nothing.
                      Requests that match get a 500 with this text. */
};

/* Which of a NULL-terminated list's names equals this one without case; false for a NULL list. */
bool vespa_names_contain(char *const *names, struct vespa_slice name);

#endif
