/*
 * The trust boundary (design.md §3): workers are other people's machines. Whatever authenticates
 * the program elsewhere is sent, by every header and every option of libcurl that can do so, and no
 * worker sees any of it, whatever happens to the request. What is secret is marked.
 */
#include "tests/preload/routed.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define MARK "S3CR3T"

/* ---- what authenticates -----------------------------------------------------------------------
 */

/* Those that are known by name, and names that look like a key, token, secret, auth, credential or
 * session. */
static const char headers[] =
    "HTTPHEADER="
    "Authorization: Bearer " MARK "|Cookie: session=" MARK "|Cookie2: " MARK
    "|Proxy-Authorization: Basic " MARK "|x-api-key: " MARK "|api-key: " MARK
    "|openai-organization: " MARK "|OpenAI-Project: " MARK "|anthropic-api-key: " MARK
    "|X-Goog-Api-Key: " MARK "|Ocp-Apim-Subscription-Key: " MARK "|X-Auth-Key: " MARK
    "|X-Auth-Token: " MARK "|X-Access-Token: " MARK "|X-CSRF-Token: " MARK "|X-Vault-Token: " MARK
    "|X-Amz-Security-Token: " MARK "|PRIVATE-TOKEN: " MARK "|X-Client-Secret: " MARK
    "|X-Authentication: " MARK "|WWW-Authenticate: " MARK "|X-Credential: " MARK
    "|X-Session-Id: " MARK "|Session: " MARK "|X-Amz-Date: " MARK "|X-Forwarded-For: " MARK
    "|Forwarded: for=" MARK "|From: " MARK "|Origin: https://" MARK "|Referer: https://" MARK
    "|X-Real-IP: " MARK "|DPoP: " MARK "|Signature: " MARK "|X-Custom: " MARK
    "|Folded;|Host: " MARK;

/* The rows of the shim's table that are of its class CREDENTIAL, and of all others their names: so
 * that none that is added there is forgotten here. */
enum { CREDENTIAL = 1, BODY = 0, WRAPPED = 0, KEEP = 0, MISDIRECT = 0, HARMLESS = 0 };
enum type { LONG, OFF_T, STRING, OBJECT, FUNCTION, BLOB };
static const struct {
    const char *name;
    enum type type;
    bool credential;
} options[] = {
#define OPTION(name, number, type, class, legs, during, initial) \
    {#name, type, (class) == CREDENTIAL},
#include "shim/option_table.h"
#undef OPTION
};

/* Values that libcurl takes, where a mark would not do. */
static const char *value_of(const struct routed *r, const char *name)
{
    static char netrc[160];
    static const char *const values[][2] = {
        {"NETRC", "2"},
        {"HTTPAUTH", "-17"}, /* CURLAUTH_ANY without the IE flavour of Digest */
        {"USERPWD", MARK ":" MARK},
        {"AWS_SIGV4", "aws:amz:us-east-1:" MARK},
        {"LOGIN_OPTIONS", "AUTH=" MARK},
        {"TLSAUTH_TYPE", "SRP"},
        {"SSLCERT", "/nonexistent/" MARK},
        {"SSLKEY", "/nonexistent/" MARK},
        {"SSLCERTTYPE", "PEM"},
        {"SSLKEYTYPE", "PEM"},
    };
    if (strcmp(name, "NETRC_FILE") == 0) {
        snprintf(netrc, sizeof netrc, "%s/netrc", r->directory);
        FILE *file = fopen(netrc, "w");
        assert_non_null(file);
        fprintf(file, "machine 127.0.0.1 login %s password %s\ndefault login %s password %s\n",
                MARK, MARK, MARK, MARK);
        fclose(file);
        return netrc;
    }
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        if (strcmp(values[i][0], name) == 0)
            return values[i][1];
    return NULL;
}

/* "NAME=VALUE" for easy; NULL: this libcurl does not have it. To be freed. */
static char *assignment(const struct routed *r, const char *name, enum type type)
{
    char text[256];
    const char *value = value_of(r, name);
    if (!curl_easy_option_by_name(name))
        return NULL;
    snprintf(text, sizeof text, "%s=%s", name, value ? value : type == LONG ? "1" : MARK);
    return strdup(text);
}

/* ---- what reached whom ------------------------------------------------------------------------
 */

static void assert_free_of(const struct routed *r, const cJSON *json, const char *secret,
                           const char *who)
{
    char *text = cJSON_PrintUnformatted(json);
    const char *found = strstr(text, secret);
    if (found)
        fail_msg("%s got %s:\n%.*s\nafter\n%s", who, secret, 200,
                 found > text + 80 ? found - 80 : text, r->result.out);
    free(text);
}

/* Credentials that libcurl encodes are known by their header. */
static void assert_only_allowed_headers(const cJSON *request)
{
    static const char *const allowed[] = {"Host",       "Accept",       "Accept-Encoding",
                                          "User-Agent", "Content-Type", "Content-Length"};
    const cJSON *header;
    cJSON_ArrayForEach(header, vespa_json_find(request, "headers"))
    {
        const char *name = cJSON_GetStringValue(cJSON_GetArrayItem(header, 0));
        size_t i = 0;
        while (i < sizeof allowed / sizeof *allowed && strcasecmp(allowed[i], name) != 0)
            i++;
        if (i == sizeof allowed / sizeof *allowed)
            fail_msg("a worker got the header %s: %s", name,
                     cJSON_GetStringValue(cJSON_GetArrayItem(header, 1)));
    }
}

/* Nothing marked reached anybody, and the endpoint's key the autoscaler alone. */
static void assert_kept(struct routed *r, int worker_requests)
{
    const char *key = vespa_sim_process_value(r->sim, "VAST_API_KEY");
    const char *account_key = vespa_sim_process_value(r->sim, "VESPA_SIM_ACCOUNT_KEY");
    const cJSON *worker, *request, *call;
    char bearer[128];
    routed_stats_of(r, worker_requests);
    assert_int_equal(routed_worker_requests(r), worker_requests);
    const cJSON *workers = vespa_json_find(r->stats, "workers");
    cJSON_ArrayForEach(worker, workers)
    {
        cJSON_ArrayForEach(request, vespa_json_find(worker, "requests"))
        {
            assert_only_allowed_headers(request);
        }
    }
    assert_free_of(r, workers, MARK, "a worker");
    assert_free_of(r, workers, key, "a worker");
    assert_free_of(r, workers, account_key, "a worker");
    assert_free_of(r, vespa_json_find(r->stats, "route"), MARK, "the autoscaler");
    snprintf(bearer, sizeof bearer, "Bearer %s", key);
    cJSON_ArrayForEach(call, vespa_json_find(r->stats, "route.calls"))
    {
        assert_string_equal(vespa_json_header(call, "headers", "Authorization"), bearer);
    }
}

/* What the program prints itself, marks and all, is left out. */
static void assert_told_nobody(const struct routed *r)
{
    const char *key = vespa_sim_process_value(r->sim, "VAST_API_KEY");
    char *log = routed_log(r);
    const char *const texts[] = {r->result.out, r->result.err, log};
    for (size_t i = 0; i < 3; i++) {
        if (strstr(texts[i], key))
            fail_msg("the endpoint's key was told:\n%s", texts[i]);
        if (strstr(texts[i], MARK))
            fail_msg("something marked was told:\n%s", texts[i]);
    }
    free(log);
}

/* ---- sent -------------------------------------------------------------------------------------
 */

/* Cookies of the worker's host and of the virtual one, in the engine. */
#define COOKIES                                                             \
    "COOKIEFILE=", "COOKIELIST=127.0.0.1\tFALSE\t/\tFALSE\t0\tname\t" MARK, \
        "COOKIELIST=my-endpoint.vespa.internal\tFALSE\t/\tFALSE\t0\tname\t" MARK
#define CREDENTIAL_URL(path)                                                        \
    "URL=http://" MARK ":" MARK "@my-endpoint.vespa.internal" path "?api_key=" MARK \
    "&access_token=" MARK "&key=" MARK "&X-Amz-Signature=" MARK "&q=1"
#define EVERYTHING(path)                                                                       \
    COLLECT, COOKIES, headers, CREDENTIAL_URL(path), "USERPWD=" MARK ":" MARK,                 \
        "XOAUTH2_BEARER=" MARK, "COOKIE=c=" MARK, "REFERER=http://" MARK "/", "AUTOREFERER=1", \
        "UNRESTRICTED_AUTH=1", "FOLLOWLOCATION=1", "HTTPAUTH=-17"

static void assert_kept_when(struct routed *r, const char *fault, int worker_requests)
{
    vespa_sim_process_reset(r->sim);
    if (fault)
        vespa_sim_process_fault(r->sim, fault);
    routed_easy(r, ENVIRONMENT(r->log, "VESPA_LOG=debug"), EVERYTHING("/echo"), PERFORM, NULL);
    vespa_assert_line(&r->result, "body {\"a\":1}");
    assert_kept(r, worker_requests);
    assert_told_nobody(r);
}

static void no_worker_sees_a_credential_at_the_first_try(void **state)
{
    assert_kept_when(*state, NULL, 1);
}

static void no_worker_sees_a_credential_when_another_is_tried(void **state)
{
    assert_kept_when(*state, "worker-status,status=503,count=1", 2);
    assert_kept_when(*state, "worker-status,status=401,count=1", 2);
    assert_kept_when(*state, "worker-close,count=1", 2);
    assert_kept_when(*state, "worker-dead,count=1", 1);
    assert_kept_when(*state, "route-cold,count=1", 1);
}

/* A worker that asks for a login gets none, and its 401 is the answer. */
static void a_worker_that_asks_for_a_login_gets_none(void **state)
{
    struct routed *r = *state;
    static const char answer[] = "HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic realm=\"x\"\r\n"
                                 "WWW-Authenticate: Digest realm=\"x\", nonce=\"y\"\r\n"
                                 "Content-Length: 3\r\n\r\nwho";
    routed_raw_worker(r, answer, 0);
    routed_easy(r, NULL, EVERYTHING("/echo"), PERFORM, NULL);
    vespa_assert_line(&r->result, "body who");
    assert_int_equal(vespa_raw_server_requests(r->server), 1);
}

static void a_redirect_of_a_worker_takes_nothing_elsewhere(void **state)
{
    struct routed *r = *state;
    char url[512];
    snprintf(url, sizeof url,
             "URL=http://" MARK ":" MARK "@my-endpoint.vespa.internal/redirect/307?to=%s/echo",
             vespa_sim_process_worker(r->sim, 1));
    vespa_sim_process_fault(r->sim, "route-worker,worker=0");
    routed_easy(r, ENVIRONMENT(r->log, "VESPA_LOG=debug"), EVERYTHING("/x"), url, PERFORM, NULL);
    routed_assert_reply(r, 502, "worker_not_acceptable", "redirect to another server", NULL);
    assert_kept(r, 1);
    assert_told_nobody(r);

    vespa_sim_process_reset(r->sim);
    routed_easy(r, NULL, EVERYTHING("/redirect/302"), "URL=" HOST "/redirect/302?to=self/echo",
                PERFORM, NULL);
    vespa_assert_line(&r->result, "result 0");
    assert_kept(r, 2); /* the redirect leads to the virtual host, and is followed there */
}

static void no_credential_is_seen_in_the_form_without_a_body(void **state)
{
    struct routed *r = *state;
    routed_easy(r, ENVIRONMENT(r->log, "VESPA_LOG=debug"), EVERYTHING("/inspect"), "HTTPGET=1",
                PERFORM, NULL);
    vespa_assert_line(&r->result, "result 0");
    vespa_assert_hides(&r->result, MARK);
    assert_kept(r, 1);
    assert_string_equal(routed_info(r, "RESPONSE_CODE"), "200");
}

/* Each option for itself, in a handle of its own; with TLS, for client certificates. */
static void assert_options_kept(struct routed *r)
{
    char *words[256];
    int count = 0, performs = 0;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        char *own = options[i].credential ? assignment(r, options[i].name, options[i].type) : NULL;
        if (!own)
            continue;
        static const char *const rest[] = {"URL=" HOST "/echo", "WRITEFUNCTION=collect",
                                           "POSTFIELDS={\"a\":1}", "perform"};
        words[count++] = strdup("reset");
        /* libcurl takes the password and the key's names only with these. */
        words[count++] = strdup(strcmp(options[i].name, "PASSWORD") == 0 ||
                                        strcmp(options[i].name, "AWS_SIGV4") == 0
                                    ? "USERNAME=" MARK
                                    : "VERBOSE=0");
        words[count++] =
            strdup(strcmp(options[i].name, "NETRC_FILE") == 0 ? "NETRC=2" : "VERBOSE=0");
        words[count++] = own;
        for (size_t k = 0; k < sizeof rest / sizeof *rest; k++)
            words[count++] = strdup(rest[k]);
        performs++;
    }
    words[count] = NULL;
    assert_true(performs >= 20);
    routed_easy_list(r, NULL, (const char *const *)words);
    for (int i = 0; i < count; i++)
        free(words[i]);
    unsigned answered = 0;
    for (const char *at = r->result.out; (at = strstr(at, "body {\"a\":1}\n")) != NULL; at++)
        answered++;
    if (answered != (unsigned)performs)
        fail_msg("%u of %d were answered:\n%s", answered, performs, r->result.out);
    assert_kept(r, performs);
}

/* A proxy that the request does not go through after all. */
static void what_is_for_a_proxy_is_not_for_workers(void **state)
{
    struct routed *r = *state;
    routed_easy(r, ENVIRONMENT(r->log, "VESPA_LOG=debug"), ASK("/echo"),
                "PROXYUSERPWD=" MARK ":" MARK, "PROXYAUTH=-17", "HEADEROPT=0",
                "PROXYHEADER=X-Of-Proxy: " MARK "|Proxy-Authorization: Basic " MARK, PERFORM,
                "PROXY=http://" MARK ":" MARK "@127.0.0.1:1", "NOPROXY=*", PERFORM, NULL);
    vespa_assert_line(&r->result, "body {\"a\":1}");
    assert_kept(r, 2);
    assert_told_nobody(r);
}

/* The file that libcurl reads by itself, for whatever host it is asked. */
static void a_netrc_of_the_users_is_not_for_workers(void **state)
{
    struct routed *r = *state;
    char home[80], path[96];
    snprintf(home, sizeof home, "HOME=%s", r->directory);
    snprintf(path, sizeof path, "%s/.netrc", r->directory);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("machine 127.0.0.1 login a password " MARK "\ndefault login a password " MARK "\n", file);
    fclose(file);
    routed_easy(r, ENVIRONMENT(home, r->log, "VESPA_LOG=debug"), ASK("/echo"), "NETRC=1", PERFORM,
                "NETRC=2", PERFORM, NULL);
    unlink(path);
    vespa_assert_line(&r->result, "body {\"a\":1}");
    assert_kept(r, 2);
    assert_told_nobody(r);
}

static void no_option_shows_a_worker_a_credential(void **state)
{
    assert_options_kept(*state);
}

static void no_option_shows_a_worker_a_credential_with_tls(void **state)
{
    struct routed *r = *state;
    routed_restart(r, "--tls", NULL);
    assert_options_kept(r);
}

/* What the same program shows a server that is not routed to: else nothing above could fail. */
static void without_the_shim_a_server_sees_them(void **state)
{
    struct routed *r = *state;
    char url[128];
    snprintf(url, sizeof url, "URL=%s/echo?api_key=" MARK, vespa_sim_process_worker(r->sim, 0));
    vespa_program_result_free(&r->result);
    r->result =
        vespa_plain_easy(COLLECT, COOKIES, url, "USERPWD=a:b", "perform", headers, "perform", NULL);
    routed_stats_of(r, 2);
    char *text = cJSON_PrintUnformatted(vespa_json_find(r->stats, "workers"));
    assert_non_null(strstr(text, "\"x-api-key\",\"" MARK));
    assert_non_null(strstr(text, "api_key=" MARK));
    assert_non_null(strstr(text, "name=" MARK));
    free(text);
}

static void a_header_that_is_to_pass_does_and_no_other(void **state)
{
    struct routed *r = *state;
    routed_easy(r, ENVIRONMENT("VESPA_PASS_HEADERS=X-Custom, X-Other"), COLLECT,
                "HTTPHEADER=X-Custom: fine|x-other: too|X-Customs: " MARK "|Authorization: " MARK,
                "URL=" HOST "/echo", "perform", NULL);
    routed_stats_of(r, 1);
    const cJSON *workers = vespa_json_find(r->stats, "workers");
    char *text = cJSON_PrintUnformatted(workers);
    assert_non_null(strstr(text, "[\"X-Custom\",\"fine\"]"));
    assert_non_null(strstr(text, "[\"x-other\",\"too\"]"));
    free(text);
    assert_free_of(r, workers, MARK, "a worker");
}

/* ---- told -------------------------------------------------------------------------------------
 */

/* Whatever goes wrong, and whoever repeats the key in an answer. */
static void no_message_and_no_log_tells_a_key(void **state)
{
    struct routed *r = *state;
    const char *key = vespa_sim_process_value(r->sim, "VAST_API_KEY");
    const char *const faults[] = {"route-status,status=401",
                                  "route-status,status=403",
                                  "route-status,status=400",
                                  "route-status,status=500",
                                  "route-status,status=429",
                                  "route-cold",
                                  "route-garbage",
                                  "route-close",
                                  "worker-dead",
                                  "worker-status,status=500",
                                  "worker-cut"};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        char fault[300];
        bool has_body = strncmp(faults[i], "route-status", 12) == 0;
        snprintf(fault, sizeof fault, "%s", faults[i]);
        if (has_body)
            snprintf(fault, sizeof fault, "%s,body={\"error\":\"the key %s is of no use\"}",
                     faults[i], key);
        vespa_sim_process_reset(r->sim);
        vespa_sim_process_fault(r->sim, fault);
        routed_easy(r,
                    ENVIRONMENT(r->log, "VESPA_LOG=debug", "VESPA_DEADLINE=1", "VESPA_RETRIES=0"),
                    EVERYTHING("/echo"), PERFORM, NULL);
        assert_told_nobody(r);
    }
}

/* At the highest level, with libcurl's own words on what it does. */
static void libcurls_verbose_output_tells_no_key(void **state)
{
    struct routed *r = *state;
    routed_easy(r, ENVIRONMENT("VESPA_LOG=debug"), COLLECT, headers, CREDENTIAL_URL("/echo"),
                "USERPWD=" MARK ":" MARK, "COOKIE=c=" MARK, "VERBOSE=1", PERFORM, NULL);
    vespa_assert_line(&r->result, "body {\"a\":1}");
    assert_non_null(strstr(r->result.err, "POST /echo"));
    assert_told_nobody(r);
}

/* A refused account key, a refused endpoint key that was looked up. */
static void looking_up_a_key_tells_neither(void **state)
{
    struct routed *r = *state;
    char account[160];
    snprintf(account, sizeof account, "VAST_ACCOUNT_KEY=%s",
             vespa_sim_process_value(r->sim, "VESPA_SIM_ACCOUNT_KEY"));
    const char *const good[] = {account, "VAST_API_KEY=", "VESPA_LOG=debug", r->log, NULL};
    routed_easy(r, good, ASK("/echo"), PERFORM, NULL);
    vespa_assert_line(&r->result, "body {\"a\":1}");
    assert_kept(r, 1);
    assert_told_nobody(r);

    const char *const bad[] = {"VAST_ACCOUNT_KEY=" MARK, "VAST_API_KEY=", "VESPA_LOG=debug", r->log,
                               NULL};
    routed_easy(r, bad, ASK("/echo"), PERFORM, NULL);
    routed_assert_reply(r, 401, "wrong_key", "*account's* key", NULL);
    assert_told_nobody(r);
}

/* ---- injection --------------------------------------------------------------------------------
 */

/* The request is refused, or goes out without a line of its own making. */
static void assert_not_injected(struct routed *r, const char *action)
{
    vespa_sim_process_reset(r->sim);
    routed_easy(r, ENVIRONMENT("VESPA_PASS_HEADERS=X-Custom"), ASK("/echo"), action, PERFORM, NULL);
    routed_stats(r);
    const cJSON *worker, *request;
    cJSON_ArrayForEach(worker, vespa_json_find(r->stats, "workers"))
    {
        cJSON_ArrayForEach(request, vespa_json_find(worker, "requests"))
        {
            if (vespa_json_header(request, "headers", "X-Evil"))
                fail_msg("«%s» reached a worker as a line of its own", action);
        }
    }
    if (vespa_json_number(r->stats, "violation_count") != 0)
        fail_msg("«%s» reached a worker as something else", action);
}

static void no_line_can_be_smuggled_in(void **state)
{
    struct routed *r = *state;
    static const char *const actions[] = {
        "HTTPHEADER=X-Custom: a\r\nX-Evil: 1",
        "HTTPHEADER=X-Custom: a\nX-Evil: 1",
        "HTTPHEADER=X-Custom: a\rX-Evil: 1",
        "HTTPHEADER=Accept: a\r\nX-Evil: 1",
        "USERAGENT=a\r\nX-Evil: 1",
        "USERAGENT=a\nX-Evil: 1",
        "ACCEPT_ENCODING=gzip\r\nX-Evil: 1",
        "CUSTOMREQUEST=POST /echo HTTP/1.1\r\nX-Evil: 1\r\n",
        "URL=" HOST "/echo HTTP/1.1\r\nX-Evil: 1\r\n",
        "URL=" HOST "/echo?a\nX-Evil: 1",
        "URL=" HOST "/echo%0d%0aX-Evil:%201",
        "URL=http://my-endpoint.vespa.internal%0d%0aX-Evil: 1/echo",
        "REQUEST_TARGET=/echo HTTP/1.1\r\nX-Evil: 1\r\n",
        "REFERER=a\r\nX-Evil: 1",
        "COOKIE=a\r\nX-Evil: 1",
    };
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        assert_not_injected(r, actions[i]);
}

static void no_line_can_be_smuggled_in_by_the_autoscaler(void **state)
{
    struct routed *r = *state;
    static const char *const ends[] = {"\\r\\nX-Evil: 1", "\\nX-Evil: 1", "\\rX-Evil: 1",
                                       " X-Evil: 1", "\\t"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char fault[256];
        snprintf(fault, sizeof fault, "{\"fault\":\"route-url\",\"url\":\"%s%s\"}",
                 vespa_sim_process_worker(r->sim, 0), ends[i]);
        vespa_sim_process_reset(r->sim);
        vespa_sim_process_fault(r->sim, fault);
        routed_easy(r, NULL, ASK("/echo"), PERFORM, NULL);
        routed_assert_reply(r, 502, "worker_not_acceptable", "address", NULL);
        routed_stats(r);
        assert_int_equal(routed_worker_requests(r), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROUTED(no_worker_sees_a_credential_at_the_first_try),
        ROUTED(no_worker_sees_a_credential_when_another_is_tried),
        ROUTED(a_worker_that_asks_for_a_login_gets_none),
        ROUTED(a_redirect_of_a_worker_takes_nothing_elsewhere),
        ROUTED(no_credential_is_seen_in_the_form_without_a_body),
        ROUTED(what_is_for_a_proxy_is_not_for_workers),
        ROUTED(a_netrc_of_the_users_is_not_for_workers),
        ROUTED(no_option_shows_a_worker_a_credential),
        ROUTED(no_option_shows_a_worker_a_credential_with_tls),
        ROUTED(without_the_shim_a_server_sees_them),
        ROUTED(a_header_that_is_to_pass_does_and_no_other),
        ROUTED(no_message_and_no_log_tells_a_key),
        ROUTED(libcurls_verbose_output_tells_no_key),
        ROUTED(looking_up_a_key_tells_neither),
        ROUTED(no_line_can_be_smuggled_in),
        ROUTED(no_line_can_be_smuggled_in_by_the_autoscaler),
    };
    return routed_run_both(tests);
}
