// A client's request on its way in: its target, its body, and what the engine is told of it.
#ifndef VESPA_CLI_PROXY_REQUEST_H
#define VESPA_CLI_PROXY_REQUEST_H

#include "core/buffer.h"
#include "core/payload.h"
#include "lib/engine.h"

#include <microhttpd.h>

struct vespa_proxy_request {
    char *line;                    // the request line's target, as it came; owns the next
    const char *target;            // path and query of it
    struct vespa_slice host;       // where it was a whole URL ("GET http://host/path"); empty: not
    char *method;                  // as well
    size_t body_limit;             // bytes
    const struct vespa_rule *rule; // once it was started; NULL: there is none for it
    struct vespa_buffer body;
    struct vespa_payload payload; // of the body, as far as it has come
    bool too_large;
};

// A request whose line has come; its target is taken over.
void vespa_proxy_request_open(struct vespa_proxy_request *request, char *line, size_t body_limit);

// The host that it is for: its URL's, else its Host header's (RFC 9112 §3.2.2); empty: it has none.
struct vespa_slice vespa_proxy_request_host(const struct vespa_proxy_request *request,
                                            struct MHD_Connection *connection);

// Its head has come. False: memory ran out.
bool vespa_proxy_request_begin(struct vespa_proxy_request *request,
                               struct MHD_Connection *connection, const char *method);

// Bytes of its body have come.
void vespa_proxy_request_add(struct vespa_proxy_request *request, struct vespa_slice bytes);

// All of it has come: hands it to the engine. The request is to stay until the job is freed. NULL:
// memory ran out.
struct vespa_job *vespa_proxy_request_start(struct vespa_proxy_request *request,
                                            struct MHD_Connection *connection,
                                            struct vespa_engine *engine,
                                            struct vespa_runtime *runtime, uint32_t timeout_ms,
                                            const struct vespa_job_handler *handler);

void vespa_proxy_request_close(struct vespa_proxy_request *request);

#endif
