/*
 * URLs: which requests are routed, what of the URL reaches the worker, and what an application is
 * told about one that names no usable endpoint.
 */
#include "tests/preload/received.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ASK  "WRITEFUNCTION=collect", "POSTFIELDS={}"
#define CODE "info=RESPONSE_CODE"

/* The last request asked the worker for this: path and, behind '?', query. */
static void assert_target(struct received *r, const char *target)
{
    const cJSON *request = received_request(r);
    const char *query = vespa_json_string(request, "query");
    char seen[1024];
    snprintf(seen, sizeof seen, "%s%s%s", vespa_json_string(request, "path"), *query ? "?" : "",
             query);
    assert_string_equal(seen, target);
}

static void assert_routed(struct received *r, const char *url, const char *target)
{
    char value[512];
    snprintf(value, sizeof value, "URL=%s", url);
    received_easy(r, ASK, value, "perform", CODE, NULL);
    vespa_assert_line(&r->result, "result 0");
    vespa_assert_line(&r->result, "info RESPONSE_CODE 200");
    assert_target(r, target);
}

/* ---- what a URL means ----------------------------------------------------------------------- */

/* PORT stands for the recording server's port. */
static const char *const forms[][4] = {
    {"URL=http://my-endpoint.vespa.internal:PORT/echo"},
    {"URL=my-endpoint.vespa.internal:PORT/echo"},
    {"URL=my-endpoint.vespa.internal:PORT/echo", "DEFAULT_PROTOCOL=http"},
    {"URL=HTTP://My-Endpoint.VESPA.internal:PORT/echo/Case"},
    {"URL=http:/my-endpoint.vespa.internal:PORT/echo"},
    {"URL=http://my-endpoint.vespa.internal.:PORT/echo"},
    {"URL=http://user:secret@my-endpoint.vespa.internal:PORT/echo"},
    {"URL=http://my-endpoint.vespa.internal:PORT/echo#fragment"},
    {"URL=http://my-endpoint.vespa.internal:PORT/echo?a=1#fragment"},
    {"URL=http://my-endpoint.vespa.internal:PORT/echo?a=1&a=2&b=%20x&c&d=?/"},
    {"URL=http://my-endpoint.vespa.internal:PORT"},
    {"URL=http://my-endpoint.vespa.internal:PORT?a=1"},
    {"URL=http://my-endpoint.vespa.internal:PORT/echo/%7Ename%2F%C3%BC/%41"},
    {"URL=http://my-endpoint.vespa.internal:PORT/x/../echo/./a/../b"},
    {"URL=http://my-endpoint.vespa.internal:PORT/x/../echo/./a/../b", "PATH_AS_IS=1"},
    {"URL=http://my-endpoint.vespa.internal:PORT/echo?a=/../b"},
    {"URL=http://my-endpoint.vespa.internal/echo", "PORT=PORT"},
    {"URL=http://my-endpoint.vespa.internal:1/echo", "PORT=PORT"},
    {"URL=http://my-endpoint.vespa.internal:PORT/aside?q=1", "REQUEST_TARGET=/echo/target?t=1"},
    {"URL=http://my-endpoint.vespa.internal:PORT/aside", "REQUEST_TARGET=/x/../echo/./target"},
    {"URL=http://my-endpoint.vespa.internal:PORT/aside", "REQUEST_TARGET=/echo"},
    {"curlu=http://my-endpoint.vespa.internal:PORT/echo/handle?a=1"},
    {"curlu=http://my-endpoint.vespa.internal:PORT/x/../echo/handle"},
    {"curlu=http://my-endpoint.vespa.internal:PORT/echo/handle", "curlu=NULL",
     "URL=http://my-endpoint.vespa.internal:PORT/echo/string"},
};

enum { FORMS = sizeof forms / sizeof *forms };

/* A copy in which PORT, where it is a value or a part of one, is the number. */
static char *with_port(const char *action, unsigned port)
{
    char *text = calloc(1, strlen(action) + 16);
    const char *found = strstr(action, ":PORT");
    if (!found && strcmp(action, "PORT=PORT") == 0)
        found = action + strlen("PORT");
    if (!found)
        return strcpy(text, action);
    sprintf(text, "%.*s%u%s", (int)(found + 1 - action), action, port, found + 5);
    return text;
}

static size_t make_actions(const char *const *form, unsigned port, char **actions)
{
    size_t count = 0;
    for (size_t i = 0; i < 4 && form[i]; i++)
        actions[count++] = with_port(form[i], port);
    actions[count++] = with_port("CONNECT_TO=::127.0.0.1:PORT", port);
    actions[count++] = strdup("POSTFIELDS={}");
    actions[count++] = strdup("WRITEFUNCTION=collect");
    actions[count++] = strdup("perform");
    actions[count++] = strdup("info=EFFECTIVE_URL,SCHEME,PROTOCOL,EFFECTIVE_METHOD");
    actions[count] = NULL;
    return count;
}

/* What stands between method and version in the first request of the record. */
static char *plain_target(struct received *r)
{
    char *record = vespa_recorder_take(r->recorder, NULL);
    const char *start = strstr(record, "POST ");
    if (!start)
        fail_msg("nothing was recorded:\n%s", r->result.out);
    char *target = strndup(start + 5, strcspn(start + 5, " "));
    free(record);
    return target;
}

/* libcurl itself says what a URL means: the same options are sent to an ordinary server first, to
 * which the name is pinned, without the shim. Path, query and what getinfo tells are the same. */
static void a_url_means_what_libcurl_makes_of_it(void **state)
{
    struct received *r = *state;
    for (size_t i = 0; i < FORMS; i++) {
        char *actions[16];
        size_t count = make_actions(forms[i], vespa_recorder_port(r->recorder), actions);
        print_message("%s %s\n", forms[i][0], forms[i][1] ? forms[i][1] : "");
        received_plain_list(r, (const char *const *)actions);
        char *target = plain_target(r);
        char *info = strdup(strstr(r->result.out, "info EFFECTIVE_URL"));
        received_easy_list(r, NULL, (const char *const *)actions);
        vespa_assert_line(&r->result, "result 0");
        assert_target(r, target);
        assert_string_equal(strstr(r->result.out, "info EFFECTIVE_URL"), info);
        free(target);
        free(info);
        while (count > 0)
            free(actions[--count]);
    }
}

/* Whichever was set last. */
static void a_url_handle_counts_before_a_string(void **state)
{
    struct received *r = *state;
    char elsewhere[64];
    snprintf(elsewhere, sizeof elsewhere, "http://127.0.0.1:%u/", vespa_recorder_port(r->recorder));
    char string[80], handle[80];
    snprintf(string, sizeof string, "URL=%s", elsewhere);
    snprintf(handle, sizeof handle, "curlu=%s", elsewhere);
    received_easy(r, ASK, string, "curlu=" VIRTUAL "/echo/handle", "perform", "curlu=NULL", string,
                  "perform", NULL);
    vespa_assert_line(&r->result, "body {}");
    vespa_assert_line(&r->result, "body hello");
    assert_target(r, "/echo/handle");
    received_easy(r, ASK, "curlu=" VIRTUAL "/echo/first", string, "perform", NULL);
    vespa_assert_line(&r->result, "body {}");
    assert_target(r, "/echo/first");
    received_easy(r, ASK, handle, "URL=" VIRTUAL "/echo/string", "perform", NULL);
    vespa_assert_line(&r->result, "body hello");
    assert_int_equal(received_requests(r), 2);
}

/* ---- what stays here ------------------------------------------------------------------------ */

static void userinfo_and_a_querys_credentials_do_not_reach_a_worker(void **state)
{
    struct received *r = *state;
    assert_routed(r,
                  "http://user:secret@my-endpoint.vespa.internal/"
                  "echo?key=secret&a=1&api_key=secret&API-Key=secret&b=2&access_token=secret",
                  "/echo?a=1&b=2");
    assert_routed(r, VIRTUAL "/echo?token=secret", "/echo");
    received_easy(r, "WRITEFUNCTION=collect", "URL=" VIRTUAL "/echo?token=secret&a=1", "perform",
                  CODE, NULL);
    vespa_assert_line(&r->result, "info RESPONSE_CODE 200");
    received_assert(r, "GET", "a=1", NULL);
    received_easy(r, ASK, "URL=" VIRTUAL "/aside", "REQUEST_TARGET=/echo?key=secret&a=1", "perform",
                  CODE, NULL);
    assert_target(r, "/echo?a=1");
    char *seen = cJSON_Print(r->stats);
    assert_null(strstr(seen, "secret"));
    cJSON_free(seen);
}

static void a_parameter_with_an_assignments_name_is_refused(void **state)
{
    struct received *r = *state;
    received_easy(r, ASK, "URL=" VIRTUAL "/echo?serverless_signature=x", "perform", CODE, NULL);
    received_assert_reply(r, 400, "invalid_request", "reserved");
    assert_int_equal(received_routes(r), 0);
}

/* ---- which requests are routed -------------------------------------------------------------- */

static void the_default_host_and_the_endpoints_own_are_routed(void **state)
{
    struct received *r = *state;
    assert_routed(r, "http://vespa.internal/echo", "/echo");
    assert_routed(r, "http://my-endpoint.vespa.internal/echo", "/echo");
    assert_routed(r, "http://vespa.internal:8080/echo", "/echo");
    assert_routed(r, "vespa.internal/echo?", "/echo");
}

static void a_url_is_looked_at_for_each_transfer(void **state)
{
    struct received *r = *state;
    received_easy(r, ASK, "URL=" VIRTUAL "/echo/one", "perform", "URL=" VIRTUAL "/echo/two",
                  "perform", CODE, NULL);
    vespa_assert_line(&r->result, "info RESPONSE_CODE 200");
    assert_int_equal(received_requests(r), 2);
    assert_target(r, "/echo/two");
    received_easy(r, ASK, "curlu=" VIRTUAL "/echo/one", "perform", "curlu=" VIRTUAL "/echo/two",
                  "perform", CODE, NULL);
    assert_target(r, "/echo/two");
}

/* The requests around a routed one are the same bytes as without it, on the same connection. */
static void one_handle_may_go_there_and_elsewhere(void **state)
{
    struct received *r = *state;
    char url[64];
    unsigned port = vespa_recorder_port(r->recorder);
    snprintf(url, sizeof url, "URL=http://127.0.0.1:%u/a?key=kept", port);
    const char *const both[] = {ASK, "USERPWD=user:kept", url, "perform", "perform", CODE, NULL};
    received_plain_list(r, both);
    char *plain = vespa_recorder_take(r->recorder, NULL);
    received_easy(r, ASK, "USERPWD=user:kept", url, "perform", "URL=" VIRTUAL "/echo", "perform",
                  CODE, url, "perform", "info=EFFECTIVE_URL", NULL);
    char *seen = vespa_recorder_take(r->recorder, NULL);
    assert_string_equal(seen, plain);
    assert_int_equal(received_requests(r), 1);
    assert_target(r, "/echo");
    vespa_assert_line(&r->result, "info RESPONSE_CODE 200");
    assert_string_equal(strstr(received_line(r, "info EFFECTIVE_URL"), "127"), url + 11);
    free(plain);
    free(seen);
}

/* Sends to a host that is pinned to the recording server; says whether it was routed. */
static bool is_routed(struct received *r, const char *hosts, const char *host, unsigned port,
                      const char *option)
{
    unsigned origin = vespa_recorder_port(r->recorder);
    char url[256], pinned[512], names[256];
    int before = received_requests(r);
    snprintf(url, sizeof url, port ? "URL=http://%s:%u/echo" : "URL=http://%s/echo", host, port);
    snprintf(pinned, sizeof pinned, "CONNECT_TO=::127.0.0.1:%u", origin);
    snprintf(names, sizeof names, "VESPA_HOST=%s", hosts);
    received_easy_with(r, (const char *const[]){names, NULL}, ASK, url, pinned, option, "perform",
                       CODE, NULL);
    vespa_assert_line(&r->result, "result 0");
    vespa_assert_line(&r->result, "info RESPONSE_CODE 200");
    char *record = vespa_recorder_take(r->recorder, NULL);
    bool routed = received_requests(r) == before + 1;
    assert_true(routed == (record[0] == '\0'));
    free(record);
    return routed;
}

#define NOTHING "NOPROGRESS=1"

static void vespa_host_names_the_hosts_that_are_routed(void **state)
{
    struct received *r = *state;
    static const char hosts[] = "api.example, Models.Example:8080, *.wild.example";
    assert_true(is_routed(r, hosts, "api.example", 0, NOTHING));
    assert_true(is_routed(r, hosts, "API.example", 0, NOTHING));
    assert_true(is_routed(r, hosts, "api.example", 8443, NOTHING));
    assert_false(is_routed(r, hosts, "api.example.com", 0, NOTHING));
    assert_false(is_routed(r, hosts, "an-api.example", 0, NOTHING));
    assert_false(is_routed(r, hosts, "www.api.example", 0, NOTHING));
}

static void a_port_in_vespa_host_must_be_the_requests_own(void **state)
{
    struct received *r = *state;
    static const char hosts[] = "models.example:8080,plain.example:80";
    assert_true(is_routed(r, hosts, "models.example", 8080, NOTHING));
    assert_false(is_routed(r, hosts, "models.example", 8081, NOTHING));
    assert_false(is_routed(r, hosts, "models.example", 0, NOTHING));
    assert_true(is_routed(r, hosts, "plain.example", 0, NOTHING));
    assert_true(is_routed(r, hosts, "models.example", 0, "PORT=8080"));
    assert_true(is_routed(r, hosts, "models.example", 8081, "PORT=8080"));
    assert_false(is_routed(r, hosts, "models.example", 8080, "PORT=8081"));
}

static void a_wildcard_in_vespa_host_takes_the_names_below_it(void **state)
{
    struct received *r = *state;
    static const char hosts[] = "*.wild.example";
    assert_true(is_routed(r, hosts, "a.wild.example", 0, NOTHING));
    assert_true(is_routed(r, hosts, "b.a.Wild.example", 8080, NOTHING));
    assert_false(is_routed(r, hosts, "wild.example", 0, NOTHING));
    assert_false(is_routed(r, hosts, "notwild.example", 0, NOTHING));
}

static void with_vespa_host_the_default_names_are_nobodys(void **state)
{
    struct received *r = *state;
    assert_false(is_routed(r, "api.example", "vespa.internal", 0, NOTHING));
    assert_false(is_routed(r, "api.example", "my-endpoint.vespa.internal", 0, NOTHING));
}

static void an_https_url_is_routed_without_tls_to_its_host(void **state)
{
    struct received *r = *state;
    received_easy(r, ASK, "URL=https://my-endpoint.vespa.internal/echo", "perform", CODE,
                  "info=EFFECTIVE_URL,PROTOCOL", NULL);
    vespa_assert_line(&r->result, "result 0");
    vespa_assert_line(&r->result, "info RESPONSE_CODE 200");
    vespa_assert_line(&r->result, "info EFFECTIVE_URL https://my-endpoint.vespa.internal/echo");
    vespa_assert_line(&r->result, "info PROTOCOL 2");
    assert_target(r, "/echo");
}

/* ---- endpoints that cannot be used ---------------------------------------------------------- */

static void an_unknown_endpoint_is_answered_404_with_the_known_one(void **state)
{
    struct received *r = *state;
    received_easy(r, ASK, "URL=http://your-endpoint.vespa.internal/echo", "perform", CODE, NULL);
    received_assert_reply(r, 404, "unknown_endpoint", "may be one of: my-endpoint");
    received_easy(r, ASK, "URL=http://a.my-endpoint.vespa.internal/echo", "perform", CODE, NULL);
    received_assert_reply(r, 404, "unknown_endpoint", "may be one of: my-endpoint");
    assert_int_equal(received_routes(r), 0);
}

static void without_a_configuration_the_answer_says_what_to_set(void **state)
{
    struct received *r = *state;
    char home[128], config[128];
    snprintf(home, sizeof home, "HOME=%s", r->directory);
    snprintf(config, sizeof config, "XDG_CONFIG_HOME=%s", r->directory);
    const char *const nothing[] = {"VAST_ENDPOINT", "VAST_API_KEY", home, config, NULL};
    received_easy_with(r, nothing, ASK, "URL=" VIRTUAL "/echo", "perform", CODE, NULL);
    received_assert_reply(r, 500, "configuration", "VAST_ENDPOINT");
    const char *const no_key[] = {"VAST_API_KEY", home, config, NULL};
    received_easy_with(r, no_key, ASK, "URL=" VIRTUAL "/echo", "perform", CODE, NULL);
    received_assert_reply(r, 500, "configuration", "VAST_API_KEY");
    assert_int_equal(received_routes(r), 0);
}

static void without_a_configuration_other_requests_go_on(void **state)
{
    struct received *r = *state;
    char url[64];
    snprintf(url, sizeof url, "URL=http://127.0.0.1:%u/a", vespa_recorder_port(r->recorder));
    const char *const nothing[] = {"VAST_ENDPOINT", "VAST_API_KEY", NULL};
    received_easy_with(r, nothing, ASK, "URL=" VIRTUAL "/echo", "perform", url, "perform", CODE,
                       NULL);
    vespa_assert_line(&r->result, "body hello");
    vespa_assert_line(&r->result, "info RESPONSE_CODE 200");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RECEIVED(a_url_means_what_libcurl_makes_of_it),
        RECEIVED(a_url_handle_counts_before_a_string),
        RECEIVED(userinfo_and_a_querys_credentials_do_not_reach_a_worker),
        RECEIVED(a_parameter_with_an_assignments_name_is_refused),
        RECEIVED(the_default_host_and_the_endpoints_own_are_routed),
        RECEIVED(a_url_is_looked_at_for_each_transfer),
        RECEIVED(one_handle_may_go_there_and_elsewhere),
        RECEIVED(vespa_host_names_the_hosts_that_are_routed),
        RECEIVED(a_port_in_vespa_host_must_be_the_requests_own),
        RECEIVED(a_wildcard_in_vespa_host_takes_the_names_below_it),
        RECEIVED(with_vespa_host_the_default_names_are_nobodys),
        RECEIVED(an_https_url_is_routed_without_tls_to_its_host),
        RECEIVED(an_unknown_endpoint_is_answered_404_with_the_known_one),
        RECEIVED(without_a_configuration_the_answer_says_what_to_set),
        RECEIVED(without_a_configuration_other_requests_go_on),
    };
    return cmocka_run_group_tests(tests, received_start, received_stop);
}
