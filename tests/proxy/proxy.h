// What tests of `vespa proxy` have in common: a simulator and a proxy before it for each test, and
// a client.
#ifndef VESPA_TESTS_PROXY_PROXY_H
#define VESPA_TESTS_PROXY_PROXY_H

#include "tests/support/sim_process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <curl/curl.h>
#include <cmocka.h>

// One request to the proxy. All is borrowed; NULL means: not sent.
struct proxy_call {
    const char *method; // NULL: GET, or POST with a body
    const char *path;   // NULL: /echo
    const char *body;
    size_t body_length;         // 0: body is a string
    const char *const *headers; // lines, NULL behind the last; Content-Type: application/json by
                                // itself
    bool chunked;               // the body's length is not announced
    const char *unix_path;      // by this socket; NULL: by TCP
    const char *ca_file;        // https
    size_t stop_at;             // hang up after that many bytes of the body; 0: read all
};

struct proxy_answer {
    CURLcode result;
    long status;
    char *head; // all lines
    char *body;
    size_t length;
    size_t pieces; // in how many calls of the write callback it came
};

struct proxy_fixture {
    struct vespa_sim_process *sim;
    pid_t pid;                    // of the proxy
    char *url;                    // its
    int err;                      // its stderr
    char *log;                    // what it wrote there, after proxy_stop
    const char *const *variables; // for the proxy, beside the simulator's; NULL: none
    int socket;                   // that a service manager hands over; 0: none
    CURL *easy;                   // kept alive from call to call
    struct proxy_answer answer;   // of the last call
    cJSON *stats;
};

// cmocka's setup and teardown: a simulator with two workers; the teardown stops both, and the proxy
// must end with 0.
int proxy_set_up(void **state);
int proxy_tear_down(void **state);
#define PROXY(name) cmocka_unit_test_setup_teardown(name, proxy_set_up, proxy_tear_down)

// Starts the proxy with these options beside --port 0, for the simulator's endpoint; NULL at the
// end.
void proxy_start(struct proxy_fixture *fixture, ...) __attribute__((sentinel));

// The same with a configuration of one rule for that endpoint, which has these members more.
void proxy_start_with_rule(struct proxy_fixture *fixture, const char *members);

// The simulator anew, with these options.
void proxy_restart_sim(struct proxy_fixture *fixture, ...) __attribute__((sentinel));

// SIGTERM; its exit status. What it has logged is in fixture->log.
int proxy_stop(struct proxy_fixture *fixture);

// Performs a call; the answer stays until the next one.
const struct proxy_answer *proxy_call(struct proxy_fixture *fixture, const struct proxy_call *call);
#define PROXY_CALL(fixture, ...) proxy_call(fixture, &(struct proxy_call){__VA_ARGS__})

// The value of a header of the last answer (any case), or NULL.
const char *proxy_header(struct proxy_fixture *fixture, const char *name);

// Statistics of the simulator in which every request is over.
const cJSON *proxy_stats(struct proxy_fixture *fixture);

// The latest request in them that a worker has seen, the first one's if it has seen any.
const cJSON *proxy_seen_request(struct proxy_fixture *fixture);

// How long what must come is waited for, in milliseconds.
int proxy_patience_ms(void);

// Makes a certificate for 127.0.0.1 and its key, as these files.
void proxy_make_certificate(const char *cert, const char *key);

#endif
