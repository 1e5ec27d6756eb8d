/* Transfers of handles that no hook saw set up. */
#include "shim/unhooked.h"

#include "shim/process.h"
#include "shim/real.h"

#include "core/match.h"

#include <stdatomic.h>

static bool is_ours(const struct vespa_runtime *runtime, const char *url)
{
    const struct vespa_rule *rule;
    return vespa_match_url(vespa_runtime_config(runtime), vespa_slice_of(url), &rule) !=
           VESPA_NOT_OURS;
}

void vespa_unhooked_begins(const struct vespa_curl_api *api, CURL *easy)
{
    static atomic_bool told;
    const struct vespa_runtime *runtime = told ? NULL : vespa_process_runtime();
    char *url = NULL;
    if (!runtime || !vespa_real_is_complete(api) || vespa_connection_is_behind(api, easy) ||
        api->easy_getinfo(easy, CURLINFO_EFFECTIVE_URL, &url) != CURLE_OK || !url ||
        !is_ours(runtime, url) || atomic_exchange(&told, true))
        return;
    vespa_log(
        vespa_runtime_log(runtime), VESPA_LOG_ERROR,
        "a request to a virtual host is not routed: its handle was set up by functions of "
        "libcurl's that were found in a way that is not hooked, such as dlvsym; `vespa proxy` "
        "serves such a program");
}
