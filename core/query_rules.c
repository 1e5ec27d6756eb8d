/* Query parameters: which may reach a worker. Names are compared as a server would read them. */
#include "core/query_rules.h"

#include "core/percent.h"

/* The six of protocol.md §4. */
static const char *const reserved[] = {"serverless_cost",      "serverless_endpoint",
                                       "serverless_reqnum",    "serverless_request_idx",
                                       "serverless_signature", "serverless_url"};

/* What authenticates an application elsewhere; without '-' and '_'. In each group the plain names
 * come first, then those of single services. */
static const char *const credentials[] = {
    // clang-format off
    "key", "apikey", "xapikey", "accesskey", "accesskeyid", "secretkey", "subscriptionkey",
    "ocpapimsubscriptionkey", "xgoogapikey", "awsaccesskeyid",
    "token", "accesstoken", "apitoken", "authtoken", "bearertoken", "idtoken", "refreshtoken",
    "securitytoken", "sessiontoken", "privatetoken", "bearer", "jwt", "xamzsecuritytoken",
    "auth", "authkey", "authorization", "oauthtoken", "oauthsignature",
    "credential", "credentials", "xamzcredential", "xgoogcredential",
    "secret", "apisecret", "appsecret", "clientsecret", "password", "passwd", "pwd", "passphrase",
    "sig", "signature", "xamzsignature", "xgoogsignature",
    "session", "sessionid", "sessionkey", "jsessionid", "phpsessid",
    // clang-format on
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Whether a parameter's name means this one; without_marks leaves '-' and '_' out of it first. */
static bool name_is(struct vespa_slice name, const char *expected, bool without_marks)
{
    struct vespa_slice wanted = vespa_slice_of(expected);

    for (;;) {
        int byte = vespa_percent_next_lower(&name);
        if (without_marks && (byte == '-' || byte == '_'))
            continue;
        if (byte != vespa_percent_next_lower(&wanted))
            return false;
        if (byte < 0)
            return true;
    }
}

static bool is_reserved(const struct vespa_rule *rule, struct vespa_slice name)
{
    (void)rule;
    for (size_t i = 0; i < COUNT(reserved); i++)
        if (name_is(name, reserved[i], false))
            return true;
    return false;
}

static bool is_credential(const struct vespa_rule *rule, struct vespa_slice name)
{
    for (char *const *pass = rule->pass_query; pass && *pass; pass++)
        if (name_is(name, *pass, false))
            return false;
    for (size_t i = 0; i < COUNT(credentials); i++)
        if (name_is(name, credentials[i], true))
            return true;
    return false;
}

/* The length of the parameter that a text begins with. */
static size_t parameter_length(struct vespa_slice text, const char *separators)
{
    size_t length = 0;
    while (length < text.length && (!text.data[length] || !strchr(separators, text.data[length])))
        length++;
    return length;
}

/* Writes all parameters but those whose name is unwanted, each but the first with the separator
 * that stood before it; out may be NULL. Returns how many were left out. */
static size_t copy_without(struct vespa_slice query, const char *separators,
                           bool (*is_unwanted)(const struct vespa_rule *, struct vespa_slice),
                           const struct vespa_rule *rule, struct vespa_buffer *out)
{
    size_t dropped = 0;
    bool first = true;

    for (size_t start = 0; start <= query.length;) {
        struct vespa_slice rest = vespa_slice_part(query, start, query.length);
        size_t length = parameter_length(rest, separators);
        struct vespa_slice parameter = vespa_slice_part(rest, 0, length);

        if (is_unwanted(rule, vespa_slice_part(parameter, 0, vespa_slice_find(parameter, '=')))) {
            dropped++;
        } else if (out) {
            if (!first)
                vespa_buffer_append_byte(out, query.data[start - 1]);
            vespa_buffer_append(out, parameter);
            first = false;
        }
        start += length + 1;
    }
    return dropped;
}

/* Some servers take ';' for a separator as well. A parameter that replaced the signature would do
 * harm there, so the reserved names are looked for in both readings; dropping credentials follows
 * the common one alone, for a ';' belongs to many a value. */
static const char both_readings[] = "&;";

bool vespa_query_is_reserved(struct vespa_slice query)
{
    return copy_without(query, both_readings, is_reserved, NULL, NULL) > 0;
}

size_t vespa_query_without_reserved(struct vespa_slice query, struct vespa_buffer *out)
{
    return copy_without(query, both_readings, is_reserved, NULL, out);
}

size_t vespa_query_filter(const struct vespa_rule *rule, struct vespa_slice query,
                          struct vespa_buffer *out)
{
    return copy_without(query, "&", is_credential, rule, out);
}
