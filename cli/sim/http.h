// HTTP serving for the simulator: a server per role, one thread per connection (libmicrohttpd).
//
// A handler gets each request complete with its body and must end it by exactly one of
// vespa_sim_request_send, _drop and _reset. It may block: other connections go on. Waits end early
// when the client leaves or the simulator stops.
#ifndef VESPA_CLI_SIM_HTTP_H
#define VESPA_CLI_SIM_HTTP_H

#include "cli/sim/text.h"

#include <stdint.h>

struct vespa_sim_server;

struct vespa_sim_header {
    char *name;
    char *value;
};

struct vespa_sim_request {
    char method[24];
    char *target;                    // as on the request line, percent-escapes untouched
    struct vespa_sim_slice path;     // target up to the question mark
    struct vespa_sim_slice query;    // what follows it, empty if there is none
    struct vespa_sim_header *header; // all of them, in the order and spelling received
    size_t header_count;
    struct vespa_sim_text body;
    bool too_large;      // the body went beyond the server's limit and was not kept
    uint64_t connection; // the server's connections are numbered from 1
    uint64_t tag[2];     // for the handler's own use, handed to `finished`
    struct http_private *http;
};

// What became of an answer.
enum vespa_sim_outcome {
    VESPA_SIM_DELIVERED,
    VESPA_SIM_BROKEN_BY_US, // dropped, reset or cut as a fault wanted it
    VESPA_SIM_CLIENT_GONE,  // the client closed the connection before the answer was complete
};

struct vespa_sim_service {
    void *context;
    void (*handle)(void *context, struct vespa_sim_request *request);
    // Called once for each handled request when its answer is over; may be NULL.
    void (*finished)(void *context, struct vespa_sim_request *request,
                     enum vespa_sim_outcome outcome);
    size_t body_limit;
    unsigned idle_timeout;       // s after which an idle connection is closed, 0 = never
    uint16_t port;               // 0: the kernel chooses
    const char *tls_certificate; // PEM; NULL serves plain http
    const char *tls_key;
};

// Starts serving on 127.0.0.1. NULL with the reason in *error (a static or errno text).
struct vespa_sim_server *vespa_sim_server_start(const struct vespa_sim_service *service,
                                                const char **error);

// Ends all connections, which ends waits too, and frees the server.
void vespa_sim_server_stop(struct vespa_sim_server *server);

// "http://127.0.0.1:PORT", owned by the server.
const char *vespa_sim_server_url(const struct vespa_sim_server *server);

// Connections accepted since the start, and those that are open now.
uint64_t vespa_sim_server_connections(const struct vespa_sim_server *server);
uint64_t vespa_sim_server_open_connections(const struct vespa_sim_server *server);

// The first header of that name (any case), NULL if there is none; `count` may be NULL.
const char *vespa_sim_request_header(const struct vespa_sim_request *request, const char *name,
                                     size_t *count);

// Waits; false when the client has gone or the server stops: the request should be dropped then.
bool vespa_sim_request_wait(struct vespa_sim_request *request, long milliseconds);

// What a streamed answer's source says about what it added.
enum vespa_sim_more { VESPA_SIM_MORE, VESPA_SIM_LAST, VESPA_SIM_FAILED };

// A streamed answer: `next` adds the next piece of the body to `out`. It waits by itself
// (vespa_sim_request_wait) and fails when that says so.
struct vespa_sim_stream {
    enum vespa_sim_more (*next)(void *state, struct vespa_sim_request *request,
                                struct vespa_sim_text *out);
    void (*free)(void *state);
    void *state;
};

enum { VESPA_SIM_ANSWER_HEADERS = 16 };

// An answer being put together. Start with vespa_sim_answer_start.
struct vespa_sim_answer {
    unsigned status;
    struct vespa_sim_header header[VESPA_SIM_ANSWER_HEADERS];
    size_t header_count;
    struct vespa_sim_text body;     // used if stream.next is NULL
    struct vespa_sim_stream stream; // sent chunked
    long cut_after;                 // close after so many bytes of the body; -1: never
    bool chunked;                   // chunked even though the length is known
    long piece_size;                // send in pieces of that size; 0: as it comes
    long piece_delay;               // ms between pieces
};

// `content_type` may be NULL.
void vespa_sim_answer_start(struct vespa_sim_answer *answer, unsigned status,
                            const char *content_type);
void vespa_sim_answer_header(struct vespa_sim_answer *answer, const char *name, const char *value);

// Frees an answer that is not sent.
void vespa_sim_answer_free(struct vespa_sim_answer *answer);

// Sends the answer and takes over what it owns.
void vespa_sim_request_send(struct vespa_sim_request *request, struct vespa_sim_answer *answer);

// Sends a short answer.
void vespa_sim_request_reply(struct vespa_sim_request *request, unsigned status,
                             const char *content_type, const char *body);

// Closes the connection without an answer; `reset` makes the client see a reset.
void vespa_sim_request_drop(struct vespa_sim_request *request);
void vespa_sim_request_reset(struct vespa_sim_request *request);

// Writes an interim response head (103 Early Hints) before the answer. Plain http only.
void vespa_sim_request_early_hints(struct vespa_sim_request *request);

// Milliseconds of the monotonic clock.
int64_t vespa_sim_now(void);

#endif
