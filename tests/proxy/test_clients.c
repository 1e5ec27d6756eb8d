// HTTP clients as they are, against `vespa proxy`. One that is not installed is skipped, and says
// so.

#include "tests/proxy/proxy.h"
#include "tests/support/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROGRAMS "tests/proxy/programs/"

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static bool is_there(const char *const *probe, const char *const *variables)
{
    struct vespa_program_result result = vespa_program_run_simple(probe, variables);
    bool there = result.status == 0;
    vespa_program_result_free(&result);
    return there;
}

static void skip_without(const char *const *probe, const char *const *variables)
{
    if (is_there(probe, variables))
        return;
    print_message("%s is not there: scripts/setup --all-clients\n", probe[0]);
    skip();
}

static void assert_prints(const char *const *argv, const char *const *variables, const char *wanted)
{
    struct vespa_program_result result = vespa_program_run_simple(argv, variables);
    if (result.status != 0 || strcmp(result.out, wanted) != 0)
        fail_msg("%s: status %d\n%s%s", argv[0], result.status, result.out, result.err);
    vespa_program_result_free(&result);
}

static void curl_is_served(void **state)
{
    struct proxy_fixture *fixture = *state;
    char url[256];
    proxy_start(fixture, NULL);
    snprintf(url, sizeof url, "%s/echo", fixture->url);
    assert_prints(WORDS("curl", "-sS", "-w", " %{http_code}", "-d", "{\"a\":1}", url), NULL,
                  "{\"a\":1} 200");
    snprintf(url, sizeof url, "%s/status/404", fixture->url);
    struct vespa_program_result result =
        vespa_program_run_simple(WORDS("curl", "-sSf", "-o", "/dev/null", url), NULL);
    assert_int_equal(result.status, 22);
    vespa_program_result_free(&result);
}

// As OpenAI's audio endpoints are asked; the file has bytes of all values.
static void curl_uploads_a_file(void **state)
{
    struct proxy_fixture *fixture = *state;
    char path[] = "/tmp/vespa-proxy-XXXXXX", url[256], form[64];
    unsigned char bytes[256];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)i;
    int file = mkstemp(path);
    assert_int_equal(write(file, bytes, sizeof bytes), sizeof bytes);
    close(file);
    proxy_start_with_rule(fixture, "\"uploads\":\"base64\"");
    snprintf(url, sizeof url, "%s/echo", fixture->url);
    snprintf(form, sizeof form, "file=@%s;filename=a.wav;type=audio/wav", path);
    struct vespa_program_result result = vespa_program_run_simple(
        WORDS("curl", "-sSf", "-F", "model=whisper", "-F", form, url), NULL);
    unlink(path);
    cJSON *body = cJSON_Parse(result.out);
    assert_string_equal(vespa_json_string(body, "model"), "whisper");
    assert_string_equal(vespa_json_string(body, "filename"), "a.wav");
    const char *encoded = vespa_json_string(body, "file");
    assert_int_equal(strlen(encoded), 344);
    assert_int_equal(strncmp(encoded, "AAECAwQFBgcICQoLDA0ODxAR", 24), 0);
    assert_string_equal(encoded + 320, "8PHy8/T19vf4+fr7/P3+/w==");
    cJSON_Delete(body);
    vespa_program_result_free(&result);
}

static void pythons_http_client_is_served(void **state)
{
    struct proxy_fixture *fixture = *state;
    skip_without(WORDS("/usr/bin/python3", "-V"), NULL);
    proxy_start(fixture, NULL);
    assert_prints(WORDS("/usr/bin/python3", "-B", PROGRAMS "http_client.py", fixture->url), NULL,
                  "models 200 list\n"
                  "chat 200 chat.completion\n"
                  "chunked 200 {\"a\":[1,2,3]}\n"
                  "stream 200 True data: [DONE]\n"
                  "head 200 1000 0\n"
                  "one connection True\n");
}

// The package serves the system's interpreter, which need not be the first in PATH.
static void pythons_requests_are_served(void **state)
{
    struct proxy_fixture *fixture = *state;
    bool of_system =
        is_there(WORDS("/bin/sh", "-c", "/usr/bin/python3 -c 'import requests'"), NULL);
    const char *python = of_system ? "/usr/bin/python3" : "python3";
    skip_without(WORDS(python, "-c", "import requests"), NULL);
    proxy_start(fixture, NULL);
    assert_prints(WORDS(python, "-B", PROGRAMS "requests_client.py", fixture->url), NULL,
                  "chat 200 chat.completion\n"
                  "stream 200 True data: [DONE]\n"
                  "get 200 GET\n"
                  "post 200 POST\n"
                  "put 200 PUT\n"
                  "patch 200 PATCH\n"
                  "delete 200 DELETE\n"
                  "gzip True\n"
                  "large 3000000\n"
                  "chunked {\"a\":[1,2,3]}\n"
                  "head 1000\n"
                  "error 404\n");
}

static void nodes_fetch_is_served(void **state)
{
    struct proxy_fixture *fixture = *state;
    skip_without(WORDS("node", "-e", "fetch"), NULL);
    proxy_start(fixture, NULL);
    assert_prints(WORDS("node", PROGRAMS "fetch.mjs", fixture->url), NULL,
                  "models 200 list\n"
                  "chat 200 chat.completion\n"
                  "stream 200 true true\n"
                  "gzip 200 gzip true\n"
                  "parallel true\n"
                  "aborted\n");
}

static void the_openai_package_needs_two_variables_and_nothing_else(void **state)
{
    struct proxy_fixture *fixture = *state;
    char *modules = vespa_build_path("npm/node_modules");
    char path[4200], url[256];
    snprintf(path, sizeof path, "NODE_PATH=%s", modules);
    free(modules);
    skip_without(WORDS("node", "-e", "require('openai')"), WORDS(path));
    proxy_start(fixture, NULL);
    snprintf(url, sizeof url, "OPENAI_BASE_URL=%s/v1", fixture->url);
    assert_prints(WORDS("node", PROGRAMS "openai_client.cjs"),
                  WORDS(path, url, "OPENAI_API_KEY=none-is-needed"),
                  "models true\n"
                  "chat chat.completion true\n"
                  "stream true true\n"
                  "error NotFoundError 404\n");
}

static void guzzle_is_served(void **state)
{
    struct proxy_fixture *fixture = *state;
    skip_without(WORDS("php", "-r", "exit((include 'GuzzleHttp/autoload.php') ? 0 : 1);"), NULL);
    proxy_start(fixture, NULL);
    assert_prints(WORDS("php", PROGRAMS "guzzle.php", fixture->url), NULL,
                  "models 200 list\n"
                  "chat 200 chat.completion\n"
                  "stream 200 data: [DONE]\n"
                  "parallel right\n");
}

static void wrk_sees_no_error_while_workers_fail(void **state)
{
    static const char *const faults[] = {
        "worker-status,status=503,percent=2", "worker-reset,percent=1", "worker-close,percent=1",
        "route-status,status=429,percent=2",  "route-close,percent=1",
    };
    struct proxy_fixture *fixture = *state;
    char url[256];
    skip_without(WORDS("sh", "-c", "command -v wrk"), NULL);
    proxy_start(fixture, NULL);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        vespa_sim_process_fault(fixture->sim, faults[i]);
    snprintf(url, sizeof url, "%s/v1/models", fixture->url);
    struct vespa_program_result result = vespa_program_run_simple(
        WORDS("wrk", "-t", "2", "-c", "64", "-d", "3", "--timeout", "20", url), NULL);
    if (result.status != 0 || strstr(result.out, "Non-2xx") || strstr(result.out, "Socket errors"))
        fail_msg("%s%s", result.out, result.err);
    vespa_program_result_free(&result);
    PROXY_CALL(fixture, .path = "/_vespa/metrics");
    assert_null(strstr(fixture->answer.body, "vespa_retries_total 0\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROXY(curl_is_served),
        PROXY(curl_uploads_a_file),
        PROXY(pythons_http_client_is_served),
        PROXY(pythons_requests_are_served),
        PROXY(nodes_fetch_is_served),
        PROXY(the_openai_package_needs_two_variables_and_nothing_else),
        PROXY(guzzle_is_served),
        PROXY(wrk_sees_no_error_while_workers_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
