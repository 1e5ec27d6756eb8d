/*
 * Memory that runs out in the middle of a routed request, and programs that have brought an
 * allocator or a JSON library of their own.
 */
#include "tests/preload/routed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* LD_PRELOAD with another library, before the shim or behind it. Valid until the next call. */
static const char *preload_beside(const char *library, bool before)
{
    static char variable[8192];
    const char *shim = strchr(vespa_preload_variable(), '=') + 1;
    snprintf(variable, sizeof variable, "LD_PRELOAD=%s:%s", before ? library : shim,
             before ? shim : library);
    return variable;
}

/* An allocator cannot stand in front of a sanitizer's. */
static void skip_under_sanitizers(void)
{
    if (getenv("VESPA_PRELOAD_FIRST"))
        skip();
}

/* ---- out of memory --------------------------------------------------------------------------- */

/* The number in the line "N allocations". */
static int allocations(const struct routed *r)
{
    const char *line = strrchr(r->result.out, '\n');
    while (line && line > r->result.out && line[-1] != '\n')
        line--;
    return line ? atoi(line) : 0;
}

/* Each allocation of a request fails in turn. The request is aimed at a server that stands there:
 * it must not hear of any. */
static void starve(struct routed *r, const char *const *words)
{
    char host[64], url[96];
    skip_under_sanitizers();
    r->server = vespa_raw_server_start("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmine");
    const char *address = strstr(vespa_raw_server_url(r->server), "://") + 3;
    snprintf(host, sizeof host, "VESPA_HOST=%s", address);
    snprintf(url, sizeof url, "http://%s/echo", address);
    char *library = vespa_build_path("tests/libraries/starve.so");
    routed_program(
        r, ENVIRONMENT(host, preload_beside(library, true), "VESPA_LOG=off", "VESPA_RETRIES=1"),
        "starved", words[0], words[1], words[2], url, NULL);
    free(library);
    assert_true(allocations(r) > 100);
    assert_int_equal(vespa_raw_server_requests(r->server), 0);
    routed_stats(r);
    assert_int_equal(vespa_json_number(r->stats, "violation_count"), 0);
    assert_true(routed_worker_requests(r) > 0);
}

/* "-" stands for a word that is not said. Of the ways that there are these were seen to differ. */
#define STARVE(r, ...) starve(r, (const char *const[]){__VA_ARGS__, NULL})

static void each_allocation_fails_alone(void **state)
{
    STARVE(*state, "-", "-", "-");
}

static void each_allocation_and_all_later_ones_fail(void **state)
{
    STARVE(*state, "-", "all", "-");
}

static void each_allocation_fails_alone_in_a_multi_handle(void **state)
{
    STARVE(*state, "multi", "-", "-");
}

static void each_allocation_and_all_later_ones_fail_in_a_multi_handle(void **state)
{
    STARVE(*state, "multi", "all", "-");
}

static void memory_runs_out_at_a_later_request(void **state)
{
    STARVE(*state, "-", "-", "warm");
}

static void memory_runs_out_at_a_later_request_in_a_multi_handle(void **state)
{
    STARVE(*state, "multi", "all", "warm");
}

static void a_program_that_ignores_errors_of_options_sends_nothing_elsewhere(void **state)
{
    STARVE(*state, "careless", "-", "-");
}

static void neither_does_one_with_a_multi_handle(void **state)
{
    STARVE(*state, "multi", "-", "careless");
}

static void nor_one_that_gives_its_url_as_a_curlu(void **state)
{
    STARVE(*state, "curlu", "-", "careless");
}

/* ---- other allocators ------------------------------------------------------------------------ */

static const char *jemalloc(void)
{
    static const char *const paths[] = {"/usr/lib/x86_64-linux-gnu/libjemalloc.so.2",
                                        "/usr/lib/aarch64-linux-gnu/libjemalloc.so.2",
                                        "/usr/lib64/libjemalloc.so.2", "/usr/lib/libjemalloc.so.2"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (access(paths[i], R_OK) == 0)
            return paths[i];
    return NULL;
}

static void assert_routed_beside(struct routed *r, const char *library, bool before)
{
    const char *environment[] = {preload_beside(library, before), NULL};
    vespa_sim_process_reset(r->sim);
    routed_program(r, environment, "threads", "4", "5", "share", "new", HOST "/echo", NULL);
    vespa_assert_line(&r->result, "20 of 20");
    assert_string_equal(r->result.err, "");
    routed_stats(r);
    assert_int_equal(routed_worker_requests(r), 20);
}

static void jemalloc_may_be_preloaded_before_or_behind(void **state)
{
    skip_under_sanitizers();
    const char *library = jemalloc();
    if (!library) {
        print_message("libjemalloc.so.2 is not installed\n");
        skip();
    }
    assert_routed_beside(*state, library, true);
    assert_routed_beside(*state, library, false);
}

/* ---- another cJSON --------------------------------------------------------------------------- */

static void a_program_may_export_a_cjson_of_its_own(void **state)
{
    struct routed *r = *state;
    char *library = vespa_build_path("tests/libraries/own_cjson.so");
    skip_under_sanitizers();
    assert_routed_beside(r, library, true);
    assert_routed_beside(r, library, false);
    routed_easy(r, ENVIRONMENT(preload_beside(library, true)), ASK("/echo"),
                "URL=http://nobody.vespa.internal/", PERFORM, NULL);
    routed_assert_reply(r, 404, "unknown_endpoint", "my-endpoint", NULL);
    free(library);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROUTED(each_allocation_fails_alone),
        ROUTED(each_allocation_and_all_later_ones_fail),
        ROUTED(each_allocation_fails_alone_in_a_multi_handle),
        ROUTED(each_allocation_and_all_later_ones_fail_in_a_multi_handle),
        ROUTED(memory_runs_out_at_a_later_request),
        ROUTED(memory_runs_out_at_a_later_request_in_a_multi_handle),
        ROUTED(a_program_that_ignores_errors_of_options_sends_nothing_elsewhere),
        ROUTED(neither_does_one_with_a_multi_handle),
        ROUTED(nor_one_that_gives_its_url_as_a_curlu),
        ROUTED(jemalloc_may_be_preloaded_before_or_behind),
        ROUTED(a_program_may_export_a_cjson_of_its_own),
    };
    return routed_run(tests);
}
