/*
 * Programs that fork, execute, become daemons, are sent signals: the shim is a guest in each of
 * their processes (design.md §2.8).
 */
#include "tests/preload/routed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GOOD ": result 0 status 200 body {\"a\":1}"

static void play(struct routed *r, const char *scenario)
{
    routed_program(r, NULL, "processes", scenario, HOST "/echo", NULL);
    routed_stats(r);
    assert_int_equal(vespa_json_number(r->stats, "violation_count"), 0);
}

/* The connection of the n-th call for a worker. */
static int route_connection(const struct routed *r, int n)
{
    char path[64];
    snprintf(path, sizeof path, "route.calls.%d.connection", n);
    return (int)vespa_json_number(r->stats, path);
}

static size_t count_lines(const struct routed *r, const char *line)
{
    size_t count = 0;
    for (const char *at = r->result.out; (at = strstr(at, line)) != NULL; at++)
        count++;
    return count;
}

/* ---- fork ------------------------------------------------------------------------------------ */

static void a_fork_before_the_first_transfer(void **state)
{
    struct routed *r = *state;
    play(r, "fork_before");
    vespa_assert_line(&r->result, "child" GOOD);
    vespa_assert_line(&r->result, "parent" GOOD);
    assert_int_not_equal(route_connection(r, 0), route_connection(r, 1));
    assert_int_equal(routed_worker_connections(r), 2);
}

/* The child has connections of its own, and its end does not disturb those of the parent. */
static void assert_separate(struct routed *r)
{
    vespa_assert_line(&r->result, "parent" GOOD);
    vespa_assert_line(&r->result, "child" GOOD);
    vespa_assert_line(&r->result, "child again" GOOD);
    vespa_assert_line(&r->result, "parent again" GOOD);
    assert_int_equal(vespa_json_number(r->stats, "route.count"), 4);
    assert_int_not_equal(route_connection(r, 0), route_connection(r, 1));
    assert_int_equal(route_connection(r, 1), route_connection(r, 2));
    assert_int_equal(route_connection(r, 3), route_connection(r, 0));
}

static void a_fork_after_a_transfer(void **state)
{
    struct routed *r = *state;
    play(r, "fork_after");
    assert_separate(r);
    assert_int_equal(vespa_json_number(r->stats, "autoscaler.connections"), 2);
}

/* The autoscaler is trusted by the system's roots alone: they are others in a mount namespace. */
static void a_child_says_no_goodbye_on_its_parents_tls_session(void **state)
{
    static const char script[] =
        "mount --bind \"$VESPA_CA_FILE\" /etc/ssl/certs/ca-certificates.crt;"
        "exec \"$0\" fork_after " HOST "/echo";
    struct routed *r = *state;
    if (geteuid() != 0 || access("/etc/ssl/certs/ca-certificates.crt", R_OK) != 0) {
        print_message("only root can have other roots for a test, and in Debian's place\n");
        skip();
    }
    char *program = vespa_build_path("tests/programs/processes");
    routed_restart(r, "--tls", "--tls-autoscaler", NULL);
    vespa_program_result_free(&r->result);
    r->result = vespa_preload_run(
        r->sim, NULL, (const char *const[]){"unshare", "-m", "sh", "-ec", script, program, NULL});
    free(program);
    routed_stats(r);
    assert_separate(r);
}

static void a_fork_inside_of_a_callback(void **state)
{
    struct routed *r = *state;
    play(r, "fork_inside");
    vespa_assert_line(&r->result, "child" GOOD);
    vespa_assert_line(&r->result, "parent: result 0");
    vespa_assert_line(&r->result, "parent again" GOOD);
    assert_int_not_equal(route_connection(r, 0), route_connection(r, 1));
    assert_int_equal(route_connection(r, 2), route_connection(r, 0));
}

static void forks_in_every_phase_of_a_request_in_a_multi_handle(void **state)
{
    struct routed *r = *state;
    play(r, "fork_multi");
    vespa_assert_line(&r->result, "parent: result 0 body {\"a\":1}");
    size_t children = count_lines(r, "child" GOOD);
    assert_true(children > 2);
    assert_int_equal(routed_worker_requests(r), children + 1);
    assert_int_equal(vespa_json_number(r->stats, "autoscaler.connections"), children + 1);
}

/* At any moment of theirs. Not under AddressSanitizer: its allocator has a lock for each size,
 * which it does not take around fork() (mended in LLVM 18; gcc 12 has an older one). A child that
 * is made while another thread refills its cache of a size hangs in its own first malloc of that
 * size: so did 10 of 2,400 children, called by libcurl or by the shim, and no child hung elsewhere.
 */
static void forks_while_other_threads_are_in_transfers(void **state)
{
    if (getenv("VESPA_PRELOAD_FIRST")) {
        print_message("skipped: AddressSanitizer's allocator may be locked in the child of a "
                      "process with threads\n");
        skip();
    }
    struct routed *r = *state;
    play(r, "fork_beside_threads");
    vespa_assert_line(&r->result, "children: all good");
    assert_int_equal(count_lines(r, "thread: all good\n"), 4);
    assert_int_equal(count_lines(r, "child" GOOD "\n"), 20);
    assert_int_equal(count_lines(r, "parent" GOOD "\n"), 20);
}

/* While they stand still in a callback each, which is what a sanitizer can follow. Each child opens
 * connections of its own. */
static void forks_while_other_threads_wait_in_their_callbacks(void **state)
{
    struct routed *r = *state;
    play(r, "fork_beside_waiting_threads");
    assert_int_equal(count_lines(r, "thread" GOOD "\n"), 4);
    assert_int_equal(count_lines(r, "child" GOOD "\n"), 20);
    assert_int_equal(count_lines(r, "parent" GOOD "\n"), 20);
    assert_true(vespa_json_number(r->stats, "autoscaler.connections") > 20);
}

/* ---- exec ------------------------------------------------------------------------------------ */

static void an_executed_program_is_routed_as_well(void **state)
{
    struct routed *r = *state;
    play(r, "execute");
    vespa_assert_line(&r->result, "before" GOOD);
    vespa_assert_line(&r->result, "after" GOOD);
    assert_int_not_equal(route_connection(r, 0), route_connection(r, 1));
}

/* ---- descriptors ----------------------------------------------------------------------------- */

/* libcurl 7.88.1 keeps a pair of sockets for each handle that an executed program inherits: one is
 * of the program's own handle, one of the shim's. Nothing else may be: no connection, no end of an
 * answer of ours. */
static void an_executed_program_inherits_no_descriptor_of_ours(void **state)
{
    struct routed *r = *state;
    play(r, "descriptors");
    vespa_assert_line(&r->result, "request" GOOD);
    vespa_assert_shows(&r->result, "reply: result 0 status 404");
    vespa_assert_hides(&r->result, "inet");
    vespa_assert_hides(&r->result, "datagram");
    vespa_assert_hides(&r->result, "other");
    assert_true(count_lines(r, "open after pair\n") <= 4);
    assert_true(count_lines(r, "open after_cleanup pair\n") <= 2);
}

static void a_program_may_close_all_descriptors_and_open_its_own(void **state)
{
    struct routed *r = *state;
    play(r, "close_all");
    vespa_assert_line(&r->result, "before" GOOD);
    vespa_assert_line(&r->result, "after" GOOD);
    vespa_assert_line(&r->result, "kept" GOOD);
    assert_int_equal(count_lines(r, "own: 32 of 32 intact\n"), 3);
}

static void so_may_a_daemon(void **state)
{
    struct routed *r = *state;
    play(r, "become_daemon");
    vespa_assert_line(&r->result, "daemon" GOOD);
    vespa_assert_line(&r->result, "daemon again" GOOD);
    assert_int_equal(count_lines(r, "own: 32 of 32 intact\n"), 2);
    vespa_assert_no_line(&r->result, "a child ended");
}

/* Each number of descriptors that are left is too few, until it is not: an error of libcurl's or an
 * answer, never a request that goes elsewhere; and the next request has all that it needs. */
static void assert_few_descriptors(struct routed *r, const char *interface)
{
    char host[96], url[96], few[32];
    bool enough = false;
    r->interface = interface;
    r->server = vespa_raw_server_start("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmine");
    const char *address = strstr(vespa_raw_server_url(r->server), "://") + 3;
    snprintf(host, sizeof host, "VESPA_HOST=%s", address);
    snprintf(url, sizeof url, "URL=http://%s/echo", address);
    for (int left = 0; left < 20 && !enough; left++) {
        snprintf(few, sizeof few, "descriptors=%d", left);
        routed_easy(r, ENVIRONMENT(host, "VESPA_DEADLINE=1", "VESPA_LOG=off"), COLLECT, url, few,
                    "perform", "info=RESPONSE_CODE", "say", "then", "descriptors=all", "perform",
                    NULL);
        enough = count_lines(r, "body {\"a\":1}\n") == 2;
        char *then = strstr(r->result.out, "say then\n");
        assert_non_null(then);
        assert_non_null(strstr(then, "body {\"a\":1}"));
        *then = '\0';
        assert_true(enough || !strstr(r->result.out, "result 0\n") ||
                    atoi(routed_info(r, "RESPONSE_CODE")) >= 400);
    }
    assert_true(enough);
    assert_int_equal(vespa_raw_server_requests(r->server), 0);
}

static void descriptors_run_out(void **state)
{
    assert_few_descriptors(*state, "interface=easy");
}

static void descriptors_run_out_in_a_multi_handle(void **state)
{
    assert_few_descriptors(*state, "interface=multi");
}

/* ---- signals --------------------------------------------------------------------------------- */

static void assert_undisturbed(struct routed *r, const char *interface)
{
    routed_reset(r);
    vespa_sim_process_fault(r->sim, "route-cold,count=1");
    vespa_sim_process_fault(r->sim, "worker-status,status=503,count=1");
    routed_program(r, NULL, "signals", interface, "10", HOST "/echo", NULL);
    assert_int_equal(count_lines(r, "result 0 status 200 body {\"a\":1}\n"), 10);
    vespa_assert_line(&r->result, "signals: many");
    vespa_assert_line(&r->result, "set-up: as before");
    routed_stats(r);
    assert_int_equal(vespa_json_number(r->stats, "route.count"), 12); /* no wait was cut short */
}

static void signals_disturb_no_request(void **state)
{
    assert_undisturbed(*state, "easy");
}

static void signals_disturb_no_request_in_a_multi_handle(void **state)
{
    assert_undisturbed(*state, "multi");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROUTED(a_fork_before_the_first_transfer),
        ROUTED(a_fork_after_a_transfer),
        ROUTED(a_child_says_no_goodbye_on_its_parents_tls_session),
        ROUTED(a_fork_inside_of_a_callback),
        ROUTED(forks_in_every_phase_of_a_request_in_a_multi_handle),
        ROUTED(forks_while_other_threads_are_in_transfers),
        ROUTED(forks_while_other_threads_wait_in_their_callbacks),
        ROUTED(an_executed_program_is_routed_as_well),
        ROUTED(an_executed_program_inherits_no_descriptor_of_ours),
        ROUTED(a_program_may_close_all_descriptors_and_open_its_own),
        ROUTED(so_may_a_daemon),
        ROUTED(descriptors_run_out),
        ROUTED(descriptors_run_out_in_a_multi_handle),
        ROUTED(signals_disturb_no_request),
        ROUTED(signals_disturb_no_request_in_a_multi_handle),
    };
    return routed_run(tests);
}
