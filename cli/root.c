// The workers' root certificate.

#include "cli/root.h"

#include "cli/account.h"

#include <stdio.h>

enum { ROOT_LIMIT = 64 * 1024, TIMEOUT_MS = 20000 };

bool vespa_root_fetch(const struct vespa_rule *rule, struct vespa_buffer *text, char *error,
                      size_t size)
{
    struct vespa_account_notes notes = {.error = "out of memory"};
    struct vespa_buffer url = {0};
    int status = 0;
    vespa_buffer_append_string(&url, rule->console_url);
    vespa_buffer_append_string(&url, "/static/jvastai_root.cer");
    if (!url.failed)
        status = vespa_account_try(&(struct vespa_call){.method = "GET",
                                                        .url = url.data,
                                                        .timeout_ms = TIMEOUT_MS,
                                                        .answer_limit = ROOT_LIMIT},
                                   text, &notes);
    if (!status)
        snprintf(error, size, "%s cannot be reached: %s", url.failed ? "" : url.data, notes.error);
    else if (status != 200)
        snprintf(error, size, "%s answered HTTP %d", url.data, status);
    vespa_buffer_free(&url);
    return status == 200;
}
