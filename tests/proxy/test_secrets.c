// `vespa proxy` tells nobody a secret: keys, the token, what clients authenticate themselves with
// and what stands in URLs is marked, and its log at the highest level, its answers, its page of
// numbers and its command line are searched for the mark, whatever goes wrong.

#include "tests/proxy/proxy.h"
#include "tests/support/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARK  "S3CR3T"
#define KEY   MARK "-endpoint-key"
#define TOKEN MARK "-token-of-the-proxy"

static const char *const credentials[] = {"Authorization: Bearer " TOKEN,
                                          "Cookie: session=" MARK,
                                          "Proxy-Authorization: Basic " MARK,
                                          "X-Api-Key: " MARK,
                                          "api-key: " MARK,
                                          "X-Auth-Token: " MARK,
                                          "Referer: http://u:" MARK "@example.org/?key=" MARK,
                                          NULL};

#define PATH "/echo?api_key=" MARK "&access_token=" MARK "&q=1"

static void assert_free_of_marks(const char *what, const char *text)
{
    if (strstr(text, MARK))
        fail_msg("%s tells a secret:\n%s", what, text);
}

static void ask(struct proxy_fixture *fixture, const char *body)
{
    PROXY_CALL(fixture, .path = PATH, .body = body, .headers = credentials);
    if (fixture->answer.head)
        assert_free_of_marks("the answer's head", fixture->answer.head);
    assert_free_of_marks("the answer", fixture->answer.body);
}

// With the token in a file, and all that is decided in the log.
static void start(struct proxy_fixture *fixture, const char *token_file)
{
    static const char *const variables[] = {"VAST_ACCOUNT_KEY=" MARK "-account-key",
                                            "VESPA_DEADLINE=1", "VESPA_RETRIES=1", NULL};
    FILE *file = fopen(token_file, "w");
    assert_non_null(file);
    fputs(TOKEN "\n", file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(token_file, 0600), 0);
    proxy_restart_sim(fixture, "--key", KEY, "--account-key", MARK "-account-key", NULL);
    fixture->variables = variables;
    proxy_start(fixture, "--debug", "--auth-token-file", token_file, NULL);
}

static void whatever_goes_wrong_it_tells_no_secret(void **state)
{
    static const char *const faults[] = {
        "route-cold,count=1",
        "route-status,status=401,body={\"error\":\"" KEY " is no good\"}",
        "route-status,status=400,body=" KEY,
        "route-status,status=500,body=" KEY,
        "route-garbage,form=array",
        "route-close,count=1",
        "route-forged",
        "route-url,url=http://u:p@127.0.0.1:1/",
        "worker-dead",
        "worker-close",
        "worker-status,status=500",
        "worker-status,status=401",
        "worker-cut",
    };
    struct proxy_fixture *fixture = *state;
    char file[] = "/tmp/vespa-proxy-token-XXXXXX";
    close(mkstemp(file));
    start(fixture, file);
    ask(fixture, "{\"a\":1}");
    assert_int_equal(fixture->answer.status, 200);
    assert_string_equal(fixture->answer.body, "{\"a\":1}");
    ask(fixture, "no json");
    assert_int_equal(fixture->answer.status, 400);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        vespa_sim_process_reset(fixture->sim);
        vespa_sim_process_fault(fixture->sim, faults[i]);
        ask(fixture, "{\"a\":1}");
    }
    const char *const wrong[] = {"Authorization: Bearer " MARK "-wrong", NULL};
    PROXY_CALL(fixture, .path = PATH, .body = "{}", .headers = wrong);
    assert_int_equal(fixture->answer.status, 401);
    assert_free_of_marks("the refusal", fixture->answer.body);
    assert_int_equal(proxy_stop(fixture), 0);
    assert_non_null(strstr(fixture->log, "POST /echo"));
    assert_free_of_marks("the log", fixture->log);
    unlink(file);
}

// Keys that are given as arguments are taken out of what ps(1) shows, and are not logged either.
static void keys_among_its_arguments_are_told_nobody(void **state)
{
    struct proxy_fixture *fixture = *state;
    char path[64], line[4096];
    proxy_restart_sim(fixture, "--key", KEY, NULL);
    proxy_start(fixture, "--debug", "--api-key", KEY, "--account-key", MARK "-account-key", NULL);
    ask(fixture, "{\"a\":1}");
    assert_int_equal(fixture->answer.status, 200);
    snprintf(path, sizeof path, "/proc/%d/cmdline", (int)fixture->pid);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t length = fread(line, 1, sizeof line, file);
    fclose(file);
    assert_true(length > 0);
    assert_null(memmem(line, length, MARK, strlen(MARK)));
    assert_int_equal(proxy_stop(fixture), 0);
    assert_free_of_marks("the log", fixture->log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROXY(whatever_goes_wrong_it_tells_no_secret),
        PROXY(keys_among_its_arguments_are_told_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
