/* The table of the configuration's members. */
#include "core/members.h"

static const char *const instances[] = {"prod", "alpha", "candidate", "local", NULL};
static const char *const payloads[] = {"plain", "input", NULL};
static const char *const uploads[] = {"none", "base64", NULL};
static const char *const schemes[] = {"https", "http", NULL};
static const char *const levels[] = {"off", "error", "warn", "info", "debug", NULL};

#define PATH "the absolute path of a file, or one that begins with ~/"
#define NAME "the name of an environment variable"

const struct vespa_member vespa_members[VESPA_MEMBERS] = {
    [VESPA_MEMBER_HOSTS] = {.name = "hosts",
                            .type = VESPA_TYPE_STRINGS,
                            .expected = "HOST, HOST:PORT or *.HOST, without scheme and path",
                            .variable = "VESPA_HOST",
                            .initial = "`vespa.internal`, in the only rule without hosts",
                            .meaning = "the virtual hosts whose requests are taken over"},
    [VESPA_MEMBER_PATHS] = {.name = "paths",
                            .type = VESPA_TYPE_STRINGS,
                            .expected = "the beginning of a path, such as /v1/chat/, without "
                                        "query, percent signs and dot segments",
                            .initial = "all paths",
                            .meaning = "beginnings of paths, whole segments, that are taken over; "
                                       "other requests to these hosts are not ours"},
    [VESPA_MEMBER_ENDPOINT] = {.name = "endpoint",
                               .type = VESPA_TYPE_STRING,
                               .expected =
                                   "the endpoint's name (not a URL), as Vast's console shows it",
                               .variable = "VAST_ENDPOINT",
                               .initial = "none: it has to be given",
                               .meaning = "the endpoint's name, as Vast's console shows it"},
    [VESPA_MEMBER_API_KEY] = {.name = "api_key",
                              .type = VESPA_TYPE_STRING,
                              .expected = "the endpoint's key",
                              .variable = "VAST_API_KEY",
                              .initial = "none",
                              .meaning = "the endpoint's key itself",
                              .secret = true},
    [VESPA_MEMBER_API_KEY_FILE] = {.name = "api_key_file",
                                   .type = VESPA_TYPE_STRING,
                                   .expected = PATH,
                                   .variable = "VESPA_API_KEY_FILE",
                                   .initial = "none",
                                   .meaning = "a file that holds the endpoint's key and nothing "
                                              "else"},
    [VESPA_MEMBER_API_KEY_ENV] = {.name = "api_key_env",
                                  .type = VESPA_TYPE_STRING,
                                  .expected = NAME,
                                  .initial = "none",
                                  .meaning = "the environment variable that holds the endpoint's "
                                             "key"},
    [VESPA_MEMBER_API_KEY_COMMAND] = {.name = "api_key_command",
                                      .type = VESPA_TYPE_STRINGS,
                                      .expected = "a program and its arguments",
                                      .initial = "none",
                                      .meaning = "a program that prints the endpoint's key, and "
                                                 "its arguments; run by the `vespa` command, never "
                                                 "inside another program"},
    [VESPA_MEMBER_ACCOUNT_KEY] = {.name = "account_key",
                                  .type = VESPA_TYPE_STRING,
                                  .expected = "the account's key",
                                  .variable = "VAST_ACCOUNT_KEY",
                                  .initial = "the one that the `vastai` command line has stored",
                                  .meaning = "the account's key, with which the endpoint's key is "
                                             "looked up",
                                  .secret = true},
    [VESPA_MEMBER_ACCOUNT_KEY_FILE] = {.name = "account_key_file",
                                       .type = VESPA_TYPE_STRING,
                                       .expected = PATH,
                                       .initial = "none",
                                       .meaning = "a file that holds the account's key and nothing "
                                                  "else"},
    [VESPA_MEMBER_ACCOUNT_KEY_ENV] = {.name = "account_key_env",
                                      .type = VESPA_TYPE_STRING,
                                      .expected = NAME,
                                      .initial = "none",
                                      .meaning = "the environment variable that holds the "
                                                 "account's key"},
    [VESPA_MEMBER_INSTANCE] = {.name = "instance",
                               .type = VESPA_TYPE_STRING,
                               .choices = instances,
                               .expected = "prod, alpha, candidate or local",
                               .variable = "VESPA_INSTANCE",
                               .initial = "`prod`; `local` with an autoscaler on this machine",
                               .meaning = "the deployment of Vast that is asked"},
    [VESPA_MEMBER_AUTOSCALER_URL] = {.name = "autoscaler_url",
                                     .type = VESPA_TYPE_STRING,
                                     .expected = "https://HOST[:PORT], without user name, query "
                                                 "and fragment",
                                     .variable = "VESPA_AUTOSCALER_URL",
                                     .initial = "the instance's",
                                     .meaning = "the autoscaler that is asked for workers; plain "
                                                "http only on this machine"},
    [VESPA_MEMBER_COST] = {.name = "cost",
                           .type = VESPA_TYPE_NUMBER,
                           .expected =
                               "the workload of a request, a number above 0 such as 100 or 242.5",
                           .variable = "VESPA_COST",
                           .initial = "what the request says, else 100",
                           .meaning = "the workload that is reported for each request"},
    [VESPA_MEMBER_PAYLOAD] = {.name = "payload",
                              .type = VESPA_TYPE_STRING,
                              .choices = payloads,
                              .expected = "plain or input",
                              .initial = "`plain`",
                              .meaning = "how workers want the request's JSON: as it is, or as "
                                         "`{\"input\": …}`"},
    [VESPA_MEMBER_UPLOADS] = {.name = "uploads",
                              .type = VESPA_TYPE_STRING,
                              .choices = uploads,
                              .expected = "none or base64",
                              .initial = "`none`",
                              .meaning = "what becomes of multipart forms: refused, or translated "
                                         "to JSON with files in base64"},
    [VESPA_MEMBER_DEADLINE] = {.name = "deadline",
                               .type = VESPA_TYPE_INTEGER,
                               .low = 1,
                               .high = 86400,
                               .expected = "seconds, a number from 1 to 86400",
                               .variable = "VESPA_DEADLINE",
                               .initial = "1800",
                               .meaning = "seconds until an answer must have begun, cold starts "
                                          "included"},
    [VESPA_MEMBER_RETRIES] = {.name = "retries",
                              .type = VESPA_TYPE_INTEGER,
                              .low = 0,
                              .high = 100,
                              .expected = "how often to try again, a number from 0 to 100",
                              .variable = "VESPA_RETRIES",
                              .initial = "3",
                              .meaning = "further workers that are tried after one that failed"},
    [VESPA_MEMBER_PASS_HEADERS] = {.name = "pass_headers",
                                   .type = VESPA_TYPE_STRINGS,
                                   .expected = "the name of a header",
                                   .variable = "VESPA_PASS_HEADERS",
                                   .initial = "none",
                                   .meaning = "names of further request headers that workers may "
                                              "see"},
    [VESPA_MEMBER_PASS_QUERY] = {.name = "pass_query",
                                 .type = VESPA_TYPE_STRINGS,
                                 .expected = "the name of a query parameter",
                                 .initial = "none",
                                 .meaning = "names of query parameters that workers may see though "
                                            "they look like a credential's (`key`, `token`, …)"},
    [VESPA_MEMBER_FALLBACK] = {.name = "fallback",
                               .type = VESPA_TYPE_STRING,
                               .expected = "none, origin or the name of an endpoint that has a "
                                           "rule of its own",
                               .initial = "`none`",
                               .meaning = "where a request goes that no worker takes: nowhere, to "
                                          "the host that it was aimed at, or to another endpoint"},
    [VESPA_MEMBER_FALLBACK_AFTER] = {.name = "fallback_after",
                                     .type = VESPA_TYPE_INTEGER,
                                     .low = 1,
                                     .high = 86400,
                                     .expected = "seconds, a number from 1 to 86400 and less than "
                                                 "the deadline",
                                     .initial = "60, or half the deadline if that is less",
                                     .meaning = "seconds until the fallback is used while no "
                                                "worker is ready"},
    [VESPA_MEMBER_WORKER_SCHEMES] = {.name = "worker_schemes",
                                     .type = VESPA_TYPE_STRINGS,
                                     .choices = schemes,
                                     .expected = "https or http",
                                     .initial = "`https`; both with an autoscaler on this machine",
                                     .meaning = "how workers may be reached"},
    [VESPA_MEMBER_WORKER_HOSTS] = {.name = "worker_hosts",
                                   .type = VESPA_TYPE_STRINGS,
                                   .expected = "an address, a network such as 10.1.0.0/16, a name, "
                                               "or a suffix such as *.example.org",
                                   .initial = "all public addresses and names",
                                   .meaning = "the only places where workers may be, private ones "
                                              "included"},
    [VESPA_MEMBER_INSECURE] = {.name = "insecure",
                               .type = VESPA_TYPE_BOOLEAN,
                               .expected = "true or false",
                               .initial = "`false`",
                               .meaning = "whether workers' certificates are left unverified"},
    [VESPA_MEMBER_CA_FILE] = {.name = "ca_file",
                              .type = VESPA_TYPE_STRING,
                              .expected = "a file that can be read, with the workers' root "
                                          "certificate (PEM)",
                              .variable = "VESPA_CA_FILE",
                              .initial = "Vast's own root",
                              .meaning = "the workers' root certificate"},

    [VESPA_MEMBER_RULES] = {.name = "rules",
                            .type = VESPA_TYPE_RULES,
                            .expected = "an array of rules, which are objects",
                            .initial = "none",
                            .meaning = "the rules, each for one endpoint"},
    [VESPA_MEMBER_LOG] = {.name = "log",
                          .type = VESPA_TYPE_STRING,
                          .choices = levels,
                          .expected = "off, error, warn, info or debug",
                          .variable = "VESPA_LOG",
                          .initial = "`error`",
                          .meaning = "how much is logged"},
    [VESPA_MEMBER_LOG_FILE] = {.name = "log_file",
                               .type = VESPA_TYPE_STRING,
                               .expected = PATH,
                               .variable = "VESPA_LOG_FILE",
                               .initial = "standard error",
                               .meaning = "the file to which the log is appended"},
    [VESPA_MEMBER_BODY_LIMIT] = {.name = "body_limit",
                                 .type = VESPA_TYPE_INTEGER,
                                 .low = 1024,
                                 .high = 4294967295,
                                 .expected = "bytes, a number from 1024 to 4294967295",
                                 .initial = "268435456",
                                 .meaning = "the largest body that is collected for a request, "
                                            "bytes"},
    [VESPA_MEMBER_ROOT_SHA256] = {.name = "root_sha256",
                                  .type = VESPA_TYPE_STRING,
                                  .expected = "a SHA-256 fingerprint, 64 hexadecimal digits",
                                  .variable = "VESPA_ROOT_SHA256",
                                  .initial = "the pinned ones alone",
                                  .meaning = "the fingerprint of a further root certificate of "
                                             "the workers that is accepted, also of local ones"},
    [VESPA_MEMBER_SCHEMA] = {.name = "$schema",
                             .type = VESPA_TYPE_STRING,
                             .expected = "the address of a JSON Schema",
                             .initial = "none",
                             .meaning = "for editors; it is not read"},
};

static enum vespa_member_id first_of(bool of_rule)
{
    return of_rule ? VESPA_MEMBER_HOSTS : VESPA_RULE_MEMBERS;
}

static enum vespa_member_id end_of(bool of_rule)
{
    return of_rule ? VESPA_RULE_MEMBERS : VESPA_MEMBERS;
}

enum vespa_member_id vespa_member_find(struct vespa_slice name, bool of_rule)
{
    for (enum vespa_member_id id = first_of(of_rule); id < end_of(of_rule); id++)
        if (vespa_slice_equal(vespa_slice_of(vespa_members[id].name), name))
            return id;
    return VESPA_MEMBERS;
}

/* Names are shorter than this; of a longer one its beginning is compared. */
enum { LONGEST_NAME = 31 };

static size_t least(size_t a, size_t b, size_t c)
{
    size_t smaller = a < b ? a : b;
    return smaller < c ? smaller : c;
}

/* Levenshtein's distance, by rows of his matrix. */
static size_t distance(struct vespa_slice a, struct vespa_slice b)
{
    size_t row[LONGEST_NAME + 1];

    for (size_t k = 0; k <= b.length; k++)
        row[k] = k;
    for (size_t i = 1; i <= a.length; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t k = 1; k <= b.length; k++) {
            size_t above = row[k];
            row[k] = least(above + 1, row[k - 1] + 1, diagonal + (a.data[i - 1] != b.data[k - 1]));
            diagonal = above;
        }
    }
    return row[b.length];
}

const char *vespa_member_nearest(struct vespa_slice name, bool of_rule)
{
    const char *nearest = NULL;
    size_t best = SIZE_MAX;

    if (name.length > LONGEST_NAME)
        name.length = LONGEST_NAME;
    for (enum vespa_member_id id = first_of(of_rule); id < end_of(of_rule); id++) {
        size_t found = distance(vespa_slice_of(vespa_members[id].name), name);
        if (found < best) {
            best = found;
            nearest = vespa_members[id].name;
        }
    }
    return nearest;
}

bool vespa_member_admits(const struct vespa_member *member, struct vespa_slice text,
                         const char **choice)
{
    *choice = NULL;
    for (const char *const *one = member->choices; one && *one; one++)
        if (vespa_slice_equal_nocase(vespa_slice_of(*one), text))
            *choice = *one;
    return !member->choices || *choice;
}
