// A client written by hand: what a program has to do to get an answer from a worker (protocol.md).
// It knows nothing of core/ and nothing of the simulator's code.
#ifndef VESPA_TESTS_SIM_CLIENT_H
#define VESPA_TESTS_SIM_CLIENT_H

#include "tests/support/sim_process.h"

#include <curl/curl.h>

// One HTTP request. All strings are borrowed; NULL means: not sent.
struct vespa_test_call {
    const char *method; // NULL: GET, or POST with a body
    const char *url;
    const char *body;
    size_t body_length; // 0: body is a string
    const char *bearer; // for Authorization
    const char *type;   // Content-Type; NULL: application/json with a body
    const char *header; // one more header line
    const char *ca_file;
    const char *accept_encoding; // also decodes
    CURL *easy;                  // to use a connection again; NULL: a fresh handle
    size_t stop_at;  // close the connection after that many bytes of the body; 0: read all
    long timeout_ms; // 0: 20 s
};

// What came back; the caller frees it with vespa_test_answer_free.
struct vespa_test_answer {
    CURLcode result;
    long status;
    char *head; // of the last response
    int heads;  // how many there were: interim ones too
    char *body;
    size_t length;
    size_t pieces; // in how many calls of the write callback it came
    long first_byte_ms;
    long total_ms;
};

struct vespa_test_answer vespa_test_perform(const struct vespa_test_call *call);
void vespa_test_answer_free(struct vespa_test_answer *answer);

// The value of a header of the answer (any case) in `value`; false if it is not there.
bool vespa_test_answer_header(const struct vespa_test_answer *answer, const char *name, char *value,
                              size_t size);

// The six values as they were spelled in the route answer, strings with their quotes.
struct vespa_test_assignment {
    char cost[64];
    char endpoint[128];
    char reqnum[64];
    char request_idx[64];
    char signature[512];
    char url[128];
};

// Asks for a worker. `request_idx` may be NULL.
struct vespa_test_answer vespa_test_route(const struct vespa_sim_process *sim, const char *cost,
                                          const char *request_idx);

// Asks for a worker, which must be given.
struct vespa_test_assignment vespa_test_assign(const struct vespa_sim_process *sim,
                                               const char *cost, const char *request_idx);

// Takes the values out of a route answer's body; false if there is no url in it.
bool vespa_test_read_assignment(const char *body, struct vespa_test_assignment *assignment);

// The member's value as it is spelled in a flat JSON object; false if it is not there.
bool vespa_test_raw_member(const char *object, const char *name, char *value, size_t size);

// `{"auth_data":{…},"payload":PAYLOAD}`; the caller frees it.
char *vespa_test_envelope(const struct vespa_test_assignment *assignment, const char *payload);

// The worker's url with `path` behind it, in a static buffer.
const char *vespa_test_worker_url(const struct vespa_test_assignment *assignment, const char *path);

// The same with the six query parameters (`path` may have a query already).
const char *vespa_test_query_url(const struct vespa_test_assignment *assignment, const char *path);

// Sends the payload to the assigned worker by that method (NULL: POST).
struct vespa_test_answer vespa_test_send(const struct vespa_test_assignment *assignment,
                                         const char *method, const char *path, const char *payload);

// Asks for a worker and sends the payload to it by POST.
struct vespa_test_answer vespa_test_post(const struct vespa_sim_process *sim, const char *path,
                                         const char *payload);

// Asks for a worker and sends it the query-parameter form by that method.
struct vespa_test_answer vespa_test_get(const struct vespa_sim_process *sim, const char *method,
                                        const char *path);

#endif
