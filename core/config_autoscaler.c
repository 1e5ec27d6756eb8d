/* Where a rule's autoscaler and console are. */
#include "core/config_autoscaler.h"

#include "core/address.h"
#include "core/url.h"

/* protocol.md §1 */
static const struct {
    const char *name;
    const char *autoscaler;
    const char *console;
} instances[] = {
    {"prod", "https://run.vast.ai", "https://console.vast.ai"},
    {"alpha", "https://run-alpha.vast.ai", "https://alpha.vast.ai"},
    {"candidate", "https://run-candidate.vast.ai", "https://candidate.vast.ai"},
    {"local", "http://localhost:8080", "http://localhost:8080"},
};
enum { PROD, LOCAL = 3, INSTANCES };

/* Checks the autoscaler's URL. NULL: it is acceptable, *base is the part of it without slashes at
 * the end, and *local says whether it is on loopback. Else what was expected. The leg carries the
 * key, so plain http is for this machine alone (design.md §2.8). */
static const char *check_autoscaler(struct vespa_slice text, struct vespa_slice *base, bool *local)
{
    struct vespa_url url;
    char space[256];

    if (!vespa_url_parse(text, &url) || !url.scheme.length || url.has_userinfo || url.has_query ||
        vespa_slice_find(text, '#') < text.length)
        return "https://HOST[:PORT], without user name, query and fragment";

    struct vespa_slice host = {space, vespa_url_host_plain(&url, space, sizeof(space))};
    *local = vespa_address_of(host) == VESPA_ADDRESS_LOOPBACK;
    if (!*local && !vespa_slice_equal_nocase(url.scheme, VESPA_LITERAL("https")))
        return "https: plain http is for an autoscaler on this machine (localhost, 127.0.0.1, "
               "[::1])";

    *base = text;
    while (base->data[base->length - 1] == '/')
        base->length--;
    return NULL;
}

static size_t read_instance(struct vespa_draft *draft)
{
    const char *name = vespa_draft_choice(draft, VESPA_MEMBER_INSTANCE);

    for (size_t i = 0; name && i < INSTANCES; i++)
        if (strcmp(instances[i].name, name) == 0)
            return i;
    return PROD;
}

/* An autoscaler on loopback stands for a whole local deployment, as the instance "local" does:
 * unless an instance is named, its console is asked there too, and never Vast's. */
void vespa_rule_read_autoscaler(struct vespa_draft *draft, struct vespa_rule *rule)
{
    size_t instance = read_instance(draft);
    struct vespa_slice url = vespa_slice_of(instances[instance].autoscaler);
    struct vespa_slice console = vespa_slice_of(instances[instance].console);
    bool local = instance == LOCAL;

    if (vespa_draft_has(draft, VESPA_MEMBER_AUTOSCALER_URL)) {
        const char *expected =
            check_autoscaler(draft->values[VESPA_MEMBER_AUTOSCALER_URL].text, &url, &local);
        if (expected)
            vespa_draft_complain(draft, VESPA_MEMBER_AUTOSCALER_URL, NULL,
                                 draft->values[VESPA_MEMBER_AUTOSCALER_URL].text, expected);
        if (!expected && local && !vespa_draft_has(draft, VESPA_MEMBER_INSTANCE))
            instance = LOCAL;
        if (!expected && instance == LOCAL)
            console = url;
    }
    rule->autoscaler_url = vespa_variables_keep(&draft->variables, url);
    rule->console_url = vespa_variables_keep(&draft->variables, console);
    rule->instance =
        vespa_variables_keep(&draft->variables, vespa_slice_of(instances[instance].name));
    rule->local_workers = local;
}
