// Calls of the account (protocol.md §2 and §9): its endpoints, and their workers.
#ifndef VESPA_CLI_ACCOUNT_H
#define VESPA_CLI_ACCOUNT_H

#include "core/call.h"
#include "core/rule.h"

#include <cjson/cJSON.h>

// Fetches the account's endpoints with rule->account_key: an array of objects with id,
// endpoint_name, api_key (a secret), … to be freed with cJSON_Delete. What goes wrong is said on
// standard error. Returns an exit status.
int vespa_account_endpoints(const char *command, const struct vespa_rule *rule, cJSON **endpoints);

// Whether the console takes a key: it is the account's then.
bool vespa_account_takes(const struct vespa_rule *rule, const char *key);

// The endpoint of that name, or NULL, which is said with the names that there are.
const cJSON *vespa_account_find(const char *command, const cJSON *endpoints, const char *name);

// Fetches an endpoint's workers: an array of objects, likewise.
int vespa_account_workers(const char *command, const struct vespa_rule *rule, const cJSON *endpoint,
                          cJSON **workers);

// What is kept of a call beside its answer.
struct vespa_account_notes {
    char error[CURL_ERROR_SIZE]; // why there is no answer
    char date[40];               // the answer's Date; "": it has none
};

// Performs one call (core/call.h): its status, or 0; the answer is appended to *body.
int vespa_account_try(const struct vespa_call *call, struct vespa_buffer *body,
                      struct vespa_account_notes *notes);

// The same: its status, or 0, which was said on standard error with what was
// asked; the answer is appended to *body.
int vespa_account_call(const char *command, const struct vespa_call *call,
                       struct vespa_buffer *body);

#endif
