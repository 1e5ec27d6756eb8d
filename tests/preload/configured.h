/* Routed requests with a configuration file, and an origin that writes down what it gets. */
#ifndef VESPA_TESTS_PRELOAD_CONFIGURED_H
#define VESPA_TESTS_PRELOAD_CONFIGURED_H

#include "tests/preload/routed.h"
#include "tests/support/recorder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct fixture {
    struct routed *routed;
    struct vespa_recorder *origin;
    char origin_url[64];  /* "URL=http://127.0.0.1:PORT" */
    char host[32];        /* "127.0.0.1:PORT" */
    char variable[128];   /* "VESPA_CONFIG=…" */
    char autoscaler[128]; /* the member for the simulator's */
};

static inline void begin(struct fixture *fixture, struct routed *routed)
{
    fixture->routed = routed;
    fixture->origin = vespa_recorder_start();
    unsigned port = vespa_recorder_port(fixture->origin);
    snprintf(fixture->host, sizeof fixture->host, "127.0.0.1:%u", port);
    snprintf(fixture->origin_url, sizeof fixture->origin_url, "URL=http://%s", fixture->host);
    snprintf(fixture->variable, sizeof fixture->variable, "VESPA_CONFIG=%s/config.json",
             routed->directory);
    snprintf(fixture->autoscaler, sizeof fixture->autoscaler, "\"autoscaler_url\": \"%s\"",
             vespa_sim_process_value(routed->sim, "VESPA_AUTOSCALER_URL"));
}

static inline void end(struct fixture *fixture)
{
    vespa_recorder_stop(fixture->origin);
}

/* The whole file; as below. */
static inline void configure_all(const struct fixture *fixture, const char *text)
{
    FILE *file = fopen(strchr(fixture->variable, '=') + 1, "w");
    assert_non_null(file);
    for (const char *at = text; *at; at++) {
        bool is_mark = at[0] == '$' && (at[1] == 'h' || at[1] == 'a');
        if (is_mark)
            fputs(*++at == 'h' ? fixture->host : fixture->autoscaler, file);
        else
            fputc(*at, file);
    }
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(strchr(fixture->variable, '=') + 1, 0600), 0);
}

/* The rules of the file; "$h" in them is the origin's host, "$a" the member for the autoscaler. */
static inline void configure(const struct fixture *fixture, const char *rules)
{
    char *text;
    assert_true(asprintf(&text, "{\"rules\": [%s]}", rules) > 0);
    configure_all(fixture, text);
    free(text);
}

/* Neither endpoint nor autoscaler are in the environment. */
#define FILE_ALONE(fixture)                                                  \
    ENVIRONMENT((fixture).variable, "VAST_ENDPOINT", "VESPA_AUTOSCALER_URL", \
                (fixture).routed->log, "VESPA_LOG=debug")

#define KEY "\"endpoint\": \"my-endpoint\", \"api_key_env\": \"VAST_API_KEY\", $a"

/* The action that aims at that path of the origin; the last four are valid. */
static inline const char *target(const struct fixture *fixture, const char *path)
{
    static char urls[4][128];
    static unsigned next;
    char *url = urls[next++ % 4];
    snprintf(url, sizeof urls[0], "%s%s", fixture->origin_url, path);
    return url;
}

static inline void assert_body(struct routed *r, const char *expected)
{
    char line[400];
    snprintf(line, sizeof line, "body %s", expected);
    vespa_assert_line(&r->result, line);
}

#endif
