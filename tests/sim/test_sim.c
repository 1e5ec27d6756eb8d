// `vespa sim` as a command: what it prints, how it ends, TLS, connections, many clients at once.

#include "tests/sim/client.h"

#include "tests/support/program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

// Runs `vespa ARGUMENTS` in a shell, where $VESPA is the binary.
static struct vespa_program_result shell(const char *script)
{
    char *binary = vespa_build_path("vespa");
    char variable[4200];
    snprintf(variable, sizeof variable, "VESPA=%s", binary);
    free(binary);
    return vespa_program_run_simple((const char *const[]){"sh", "-c", script, NULL},
                                    (const char *const[]){variable, NULL});
}

static void expect_error(const char *script, const char *text)
{
    struct vespa_program_result result = shell(script);
    assert_int_equal(result.status, 2);
    assert_non_null(strstr(result.err, text));
    assert_string_equal(result.out, "");
    vespa_program_result_free(&result);
}

// --- the command line ---

static void wrong_usage_is_explained_and_exits_with_2(void **state)
{
    (void)state;
    expect_error("\"$VESPA\"", "usage: vespa");
    expect_error("\"$VESPA\" nonsense", "there is no command 'nonsense'");
    expect_error("\"$VESPA\" --nonsense", "there is no option '--nonsense'");
    expect_error("\"$VESPA\" help nonsense", "there is no command 'nonsense'");
    expect_error("\"$VESPA\" sim --nonsense", "there is no option '--nonsense'");
    expect_error("\"$VESPA\" sim extra", "there is no option 'extra'");
    expect_error("\"$VESPA\" sim --workers", "--workers needs a value: N");
    expect_error("\"$VESPA\" sim --workers 0", "expected a number from 1 to 64");
    expect_error("\"$VESPA\" sim --workers=2x", "expected a number from 1 to 64");
    expect_error("\"$VESPA\" sim --port 65536", "expected a number from 0 to 65535");
    expect_error("\"$VESPA\" sim --dialect c", "expected vespa, pyworker or sdk");
    expect_error("\"$VESPA\" sim --tls=yes", "--tls takes no value");
    expect_error("\"$VESPA\" sim --fault odd", "there is no fault 'odd'");
    expect_error("\"$VESPA\" sim --dead x", "expected a number");
    expect_error("\"$VESPA\" sim --endpoint 'a b'", "must consist of letters");
    expect_error("\"$VESPA\" sim --key ''", "must consist of letters");
    expect_error("\"$VESPA\" sim --key a --account-key a", "must differ");
    expect_error("\"$VESPA\" sim --tls-autoscaler", "needs --tls");
    expect_error("\"$VESPA\" sim --tls-fault expired", "needs --tls");
    expect_error("\"$VESPA\" sim --tls --tls-fault late", "expected expired, not-yet-valid");
    expect_error("\"$VESPA\" sim --tls --tls-fault expired,", "number of a worker");
    expect_error("\"$VESPA\" sim --console-pace x", "expected seconds");
    expect_error("\"$VESPA\" sim --cold-polls x", "expected a number");
}

static void help_and_version_are_printed(void **state)
{
    (void)state;
    struct vespa_program_result result =
        shell("\"$VESPA\" --version && \"$VESPA\" --help && \"$VESPA\" help sim && "
              "\"$VESPA\" sim --help");
    assert_int_equal(result.status, 0);
    assert_int_equal(strncmp(result.out, "vespa ", 6), 0);
    assert_non_null(strstr(result.out, "--cold-polls K"));
    assert_non_null(strstr(result.out, "worker-slow-chunks"));
    assert_string_equal(result.err, "");
    vespa_program_result_free(&result);
}

static void the_printed_lines_can_be_evaluated_by_a_shell(void **state)
{
    (void)state;
    struct vespa_program_result result =
        shell("set -a; eval \"$(\"$VESPA\" sim --tls --endpoint e1 --key k1 & echo PID=$!)\"; "
              "echo \"$VAST_ENDPOINT $VAST_API_KEY $VESPA_AUTOSCALER_URL\"; "
              "test -r \"$VESPA_CA_FILE\" || echo no-ca; kill $PID");
    assert_int_equal(result.status, 0);
    assert_int_equal(strncmp(result.out, "e1 k1 http://127.0.0.1:", 23), 0);
    assert_null(strstr(result.out, "no-ca"));
    vespa_program_result_free(&result);
}

static void a_port_that_is_taken_is_an_error(void **state)
{
    (void)state;
    struct vespa_sim_process *sim = vespa_sim_process_start(NULL);
    char script[128];
    const char *url = vespa_sim_process_value(sim, "VESPA_AUTOSCALER_URL");
    snprintf(script, sizeof script, "\"$VESPA\" sim --port %s", strrchr(url, ':') + 1);
    struct vespa_program_result result = shell(script);
    assert_int_equal(result.status, 1);
    assert_non_null(strstr(result.err, "Address already in use"));
    vespa_program_result_free(&result);
    vespa_sim_process_stop(sim);
}

// --- how it ends ---

static void it_ends_at_once_though_requests_wait(void **state)
{
    (void)state;
    struct vespa_sim_process *sim =
        vespa_sim_process_start("--fault", "route-slow,ms=1000000", NULL);
    struct vespa_program_result result = vespa_program_run(&(struct vespa_program){
        .argv = (const char *const[]){"sh", "-c",
                                      "curl -s -H \"Authorization: Bearer $VAST_API_KEY\" -H "
                                      "'Content-Type: application/json' -d '{\"endpoint\":"
                                      "\"my-endpoint\",\"cost\":1}' $VESPA_AUTOSCALER_URL/route/ "
                                      ">/dev/null 2>&1 &",
                                      NULL},
        .environment = vespa_sim_process_environment(sim)});
    assert_int_equal(result.status, 0);
    vespa_program_result_free(&result);
    cJSON_Delete(vespa_sim_process_stats_until(sim, "autoscaler.connections", 1));
    long began = vespa_test_now();
    vespa_sim_process_stop(sim);
    assert_true(vespa_test_now() - began < 10000);
}

// Whether a process of that id exists (as something else than a zombie of ours: it is not ours).
static bool is_alive(pid_t pid)
{
    return kill(pid, 0) == 0;
}

static void it_ends_with_its_parent_when_told_to(void **state)
{
    (void)state;
    struct vespa_program_result result =
        shell("ready=$(mktemp); \"$VESPA\" sim --exit-with-parent >$ready 2>&1 & echo $!; "
              "until grep -q VESPA_SIM_ADMIN $ready; do sleep 0.01; done; rm $ready");
    pid_t pid = (pid_t)strtol(result.out, NULL, 10);
    assert_int_equal(result.status, 0);
    assert_true(pid > 1);
    for (int i = 0; i < 2000 && is_alive(pid); i++)
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    assert_false(is_alive(pid));
    vespa_program_result_free(&result);
}

// --- TLS ---

static void the_ca_file_makes_workers_trusted_and_nothing_else_does(void **state)
{
    (void)state;
    struct vespa_sim_process *sim = vespa_sim_process_start("--tls", NULL);
    char ca[256];
    struct stat status;
    snprintf(ca, sizeof ca, "%s", vespa_sim_process_value(sim, "VESPA_CA_FILE"));
    struct vespa_test_assignment assignment = vespa_test_assign(sim, "1", NULL);
    assert_int_equal(strncmp(assignment.url, "\"https://127.0.0.1:", 18), 0);
    char *envelope = vespa_test_envelope(&assignment, "{\"tls\": true}");
    struct vespa_test_call call = {.url = vespa_test_worker_url(&assignment, "/echo"),
                                   .body = envelope};
    struct vespa_test_answer answer = vespa_test_perform(&call);
    assert_int_equal(answer.result, CURLE_PEER_FAILED_VERIFICATION);
    vespa_test_answer_free(&answer);
    call.ca_file = ca;
    answer = vespa_test_perform(&call);
    assert_int_equal(answer.result, CURLE_OK);
    assert_string_equal(answer.body, "{\"tls\": true}");
    vespa_test_answer_free(&answer);
    free(envelope);
    vespa_sim_process_stop(sim);
    assert_int_not_equal(stat(ca, &status), 0);
    *strrchr(ca, '/') = '\0';
    assert_int_not_equal(stat(ca, &status), 0);
}

static void the_root_is_served_where_vast_serves_its_own(void **state)
{
    (void)state;
    struct vespa_sim_process *sim = vespa_sim_process_start("--tls", NULL);
    char url[256];
    snprintf(url, sizeof url, "%s/static/jvastai_root.cer",
             vespa_sim_process_value(sim, "VESPA_AUTOSCALER_URL"));
    struct vespa_test_answer answer = vespa_test_perform(&(struct vespa_test_call){.url = url});
    FILE *file = fopen(vespa_sim_process_value(sim, "VESPA_CA_FILE"), "r");
    char text[8192];
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(answer.body, text);
    vespa_test_answer_free(&answer);
    vespa_sim_process_stop(sim);
}

static void a_certificate_for_another_address_is_not_accepted(void **state)
{
    (void)state;
    struct vespa_sim_process *sim =
        vespa_sim_process_start("--tls", "--tls-address", "127.0.0.2", NULL);
    struct vespa_test_assignment assignment = vespa_test_assign(sim, "1", NULL);
    struct vespa_test_answer answer = vespa_test_perform(
        &(struct vespa_test_call){.url = vespa_test_worker_url(&assignment, "/echo"),
                                  .ca_file = vespa_sim_process_value(sim, "VESPA_CA_FILE")});
    assert_int_equal(answer.result, CURLE_PEER_FAILED_VERIFICATION);
    vespa_test_answer_free(&answer);
    vespa_sim_process_stop(sim);
}

static void the_autoscaler_serves_https_when_told_to(void **state)
{
    (void)state;
    struct vespa_sim_process *sim = vespa_sim_process_start("--tls", "--tls-autoscaler", NULL);
    char url[256];
    snprintf(url, sizeof url, "%s/pubkey/", vespa_sim_process_value(sim, "VESPA_AUTOSCALER_URL"));
    assert_int_equal(strncmp(url, "https://", 8), 0);
    struct vespa_test_answer answer = vespa_test_perform(&(struct vespa_test_call){
        .url = url, .ca_file = vespa_sim_process_value(sim, "VESPA_CA_FILE")});
    assert_int_equal(answer.status, 200);
    vespa_test_answer_free(&answer);
    vespa_sim_process_stop(sim);
}

// --- connections ---

static void connections_are_counted_and_kept_alive(void **state)
{
    (void)state;
    struct vespa_sim_process *sim = vespa_sim_process_start("--workers", "1", NULL);
    CURL *easy = curl_easy_init();
    for (int i = 0; i < 3; i++) {
        struct vespa_test_assignment assignment = vespa_test_assign(sim, "1", NULL);
        char *envelope = vespa_test_envelope(&assignment, "{}");
        struct vespa_test_call call = {
            .url = vespa_test_worker_url(&assignment, "/echo"), .body = envelope, .easy = easy};
        struct vespa_test_answer answer = vespa_test_perform(&call);
        assert_int_equal(answer.status, 200);
        vespa_test_answer_free(&answer);
        free(envelope);
    }
    cJSON *stats = vespa_sim_process_stats(sim);
    assert_int_equal(vespa_json_number(stats, "workers.0.connections"), 1);
    assert_int_equal(vespa_json_number(stats, "workers.0.open_connections"), 1);
    assert_int_equal(vespa_json_number(stats, "workers.0.requests.2.connection"), 1);
    assert_int_equal(vespa_json_number(stats, "autoscaler.connections"), 3);
    assert_int_equal(vespa_json_number(stats, "route.calls.2.connection"), 3);
    cJSON_Delete(stats);
    curl_easy_cleanup(easy);
    vespa_sim_process_stop(sim);
}

static bool nobody_is_connected(const cJSON *stats, void *context)
{
    (void)context;
    return vespa_json_number(stats, "workers.0.open_connections") == 0;
}

static void an_idle_connection_is_closed_when_told_to(void **state)
{
    (void)state;
    struct vespa_sim_process *sim =
        vespa_sim_process_start("--workers", "1", "--idle-timeout", "1", NULL);
    CURL *easy = curl_easy_init();
    struct vespa_test_assignment assignment = vespa_test_assign(sim, "1", NULL);
    struct vespa_test_answer answer = vespa_test_perform(
        &(struct vespa_test_call){.url = vespa_test_query_url(&assignment, "/echo"), .easy = easy});
    assert_int_equal(answer.status, 200);
    vespa_test_answer_free(&answer);
    cJSON_Delete(vespa_sim_process_stats_when(sim, nobody_is_connected, NULL));
    curl_easy_cleanup(easy);
    vespa_sim_process_stop(sim);
}

// --- many at once ---

enum { CLIENTS = 16, REQUESTS = 20 };

static void *client_thread(void *context)
{
    const struct vespa_sim_process *sim = context;
    uintptr_t good = 0;
    CURL *easy = curl_easy_init();
    for (int i = 0; i < REQUESTS; i++) {
        struct vespa_test_assignment assignment;
        struct vespa_test_answer answer = vespa_test_route(sim, "1", NULL);
        bool assigned = vespa_test_read_assignment(answer.body, &assignment);
        vespa_test_answer_free(&answer);
        if (!assigned)
            continue;
        char url[256];
        size_t length = strlen(assignment.url) - 2;
        snprintf(url, sizeof url, "%.*s/slow-stream?chunks=2&delay=20", (int)length,
                 assignment.url + 1);
        char *envelope = vespa_test_envelope(&assignment, "{}");
        answer = vespa_test_perform(
            &(struct vespa_test_call){.url = url, .body = envelope, .easy = easy});
        good += answer.status == 200 && strcmp(answer.body, "chunk 1\nchunk 2\n") == 0;
        vespa_test_answer_free(&answer);
        free(envelope);
    }
    curl_easy_cleanup(easy);
    return (void *)good;
}

static void many_clients_are_served_at_once(void **state)
{
    (void)state;
    struct vespa_sim_process *sim = vespa_sim_process_start("--workers", "3", NULL);
    pthread_t threads[CLIENTS];
    uintptr_t good = 0;
    for (int i = 0; i < CLIENTS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, client_thread, sim), 0);
    for (int i = 0; i < CLIENTS; i++) {
        void *count = NULL;
        pthread_join(threads[i], &count);
        good += (uintptr_t)count;
    }
    assert_int_equal(good, CLIENTS * REQUESTS);
    cJSON *stats = vespa_sim_process_stats_quiet(sim);
    assert_int_equal(vespa_json_number(stats, "route.count"), CLIENTS * REQUESTS);
    assert_int_equal(vespa_json_number(stats, "workers.0.accepted") +
                         vespa_json_number(stats, "workers.1.accepted") +
                         vespa_json_number(stats, "workers.2.accepted"),
                     CLIENTS * REQUESTS);
    assert_int_equal(vespa_json_number(stats, "violation_count"), 0);
    cJSON_Delete(stats);
    vespa_sim_process_stop(sim);
}

int main(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_usage_is_explained_and_exits_with_2),
        cmocka_unit_test(help_and_version_are_printed),
        cmocka_unit_test(the_printed_lines_can_be_evaluated_by_a_shell),
        cmocka_unit_test(a_port_that_is_taken_is_an_error),
        cmocka_unit_test(it_ends_at_once_though_requests_wait),
        cmocka_unit_test(it_ends_with_its_parent_when_told_to),
        cmocka_unit_test(the_ca_file_makes_workers_trusted_and_nothing_else_does),
        cmocka_unit_test(the_root_is_served_where_vast_serves_its_own),
        cmocka_unit_test(a_certificate_for_another_address_is_not_accepted),
        cmocka_unit_test(the_autoscaler_serves_https_when_told_to),
        cmocka_unit_test(connections_are_counted_and_kept_alive),
        cmocka_unit_test(an_idle_connection_is_closed_when_told_to),
        cmocka_unit_test(many_clients_are_served_at_once),
    };
    return cmocka_run_group_tests_name("sim: command", tests, NULL, NULL);
}
