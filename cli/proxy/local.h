// Answers that the proxy gives by itself, without a job: refusals, and what is under /_vespa/.
#ifndef VESPA_CLI_PROXY_LOCAL_H
#define VESPA_CLI_PROXY_LOCAL_H

#include "cli/proxy/guard.h"

#include <microhttpd.h>

struct vespa_metrics;

// Queues the answer to who is not welcome.
enum MHD_Result vespa_proxy_refuse(struct MHD_Connection *connection,
                                   enum vespa_proxy_verdict verdict);

// Queues an error of the form that OpenAI-style clients print.
enum MHD_Result vespa_proxy_error(struct MHD_Connection *connection, int status, const char *code,
                                  const char *message);

// Whether a target is one of the proxy's own.
bool vespa_proxy_is_local(const char *target);

// Queues the answer to it.
enum MHD_Result vespa_proxy_local(struct vespa_metrics *metrics, struct MHD_Connection *connection,
                                  const char *target, const char *method);

// ---- web pages that may use the proxy (the Fetch standard, CORS) ----

// Whether a request is a browser's question whether such a page may send one, and its answer.
bool vespa_proxy_is_preflight(const struct vespa_proxy_guard *guard,
                              struct MHD_Connection *connection, const char *method);
enum MHD_Result vespa_proxy_preflight(struct MHD_Connection *connection);

// Lets the page that sent a request read the answer.
void vespa_proxy_allow_page(struct MHD_Response *response, const struct vespa_proxy_guard *guard,
                            struct MHD_Connection *connection);

#endif
