/*
 * A rule: which requests are taken over, and what happens to them. Rules are made by the
 * configuration (core/config.h), never change afterwards, and may be read by any thread.
 */
#ifndef VESPA_CORE_RULE_H
#define VESPA_CORE_RULE_H

#include "core/slice.h"

#include <stdint.h>

/* The name under which requests go to the configured endpoint, and the parent of endpoint names. */
#define VESPA_DEFAULT_HOST "vespa.internal"

/* One virtual host: "api.openai.com", "api.openai.com:8443", "*.example.org". */
struct vespa_host {
    char *name;    /* without "*." and port */
    bool wildcard; /* "*.": any name that ends in "." and name, at any depth, but not name itself */
    uint16_t port; /* 0: any port */
};

/* How workers want the application's JSON (protocol.md §7). */
enum vespa_payload_style {
    VESPA_PAYLOAD_PLAIN, /* as it is */
    VESPA_PAYLOAD_INPUT  /* as {"input": …} */
};

/* Where a request goes that no worker takes. */
enum vespa_fallback {
    VESPA_FALLBACK_NONE,
    VESPA_FALLBACK_ORIGIN,  /* to the host that it was aimed at, untouched */
    VESPA_FALLBACK_ENDPOINT /* to a worker of fallback_rule's */
};

struct vespa_rule {
    struct vespa_host *hosts;
    size_t host_count;
    char **paths;   /* beginnings of paths, whole segments, that count for hosts; NULL-terminated,
                       or NULL: all do */
    char *endpoint; /* the endpoint's name, as the autoscaler knows it; NULL only with problem */
    char *endpoint_key;     /* secret; NULL: fetched with account_key */
    char *account_key;      /* secret; NULL: none */
    char *cached_key;       /* secret: what was fetched with it by another process; NULL: nothing */
    char *cache_file;       /* where one that is fetched may be kept; NULL: nowhere */
    char **api_key_command; /* a program that prints the endpoint's key, and its arguments; the
                               `vespa` command runs it before there is a runtime, and puts the key
                               into endpoint_key. NULL-terminated, or NULL */
    char *autoscaler_url;   /* without a slash at its end; https, or http to loopback */
    char *console_url;      /* likewise */
    char *instance;         /* "prod", "alpha", "candidate", "local" */
    char *cost;           /* configured workload: the text of a positive JSON number; NULL: none */
    char **pass_headers;  /* names beyond the allow-list; NULL-terminated, or NULL */
    char **pass_query;    /* query parameters passed though they look like a credential; likewise */
    char *ca_file;        /* the workers' root; NULL: Vast's own */
    uint32_t deadline_ms; /* from the request's start until the answer's head is delivered */
    unsigned attempts;    /* times that the request may be sent to a worker, the first included */
    enum vespa_payload_style payload;
    bool translates_uploads; /* multipart forms become JSON with files in base64 */
    enum vespa_fallback fallback;
    const struct vespa_rule *fallback_rule; /* of the same configuration; ENDPOINT only */
    uint32_t fallback_after_ms;             /* from the request's start, while no worker is ready */
    char **worker_schemes; /* "https", "http": what workers may have. NULL-terminated, or NULL:
                              https, and with local_workers http too */
    char **worker_hosts;   /* the only places where workers may be (core/worker_hosts.h). Likewise,
                              NULL: anywhere public, and with local_workers anywhere */
    bool insecure;         /* workers' certificates are not verified */
    bool local_workers;    /* loopback and private worker addresses are accepted */
    bool own_root; /* workers' certificates are verified by their own root, cached or fetched */
    char *problem; /* what is wrong with this rule's configuration, for a person; NULL: nothing.
                      Requests that match get a 500 with this text. */
};

/* Which of a NULL-terminated list's names equals this one without case; false for a NULL list. */
bool vespa_names_contain(char *const *names, struct vespa_slice name);

#endif
