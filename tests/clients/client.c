/* The tests that every client program has to pass. */
#include "tests/clients/client.h"

#include "tests/clients/comparison.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))
#define CHAT                                                                           \
    "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"seed\":" \
    "9007199254740993}"

static struct vespa_comparison servers;

/* ---- what is asserted ----------------------------------------------------------------------- */

static size_t count_ours(const struct vespa_aimed *requests, size_t count)
{
    size_t ours = 0;
    for (size_t i = 0; i < count; i++)
        ours += requests[i].aim == VESPA_OURS || requests[i].aim == VESPA_OURS_TLS;
    return ours;
}

/* Compares, and the autoscaler was asked so often; the caller frees the statistics. */
static cJSON *compare_routed(const struct vespa_client *client, const struct vespa_aimed *requests,
                             size_t count, size_t routes)
{
    cJSON *stats = vespa_compare(&servers, client, requests, count);
    assert_int_equal(vespa_json_number(stats, "route.count"), routes);
    return stats;
}

static void assert_routed(const struct vespa_client *client, const struct vespa_aimed *requests,
                          size_t count)
{
    cJSON_Delete(compare_routed(client, requests, count, count_ours(requests, count)));
}

/* ---- tests ---------------------------------------------------------------------------------- */

static void answers_are_those_of_the_model(const struct vespa_client *client)
{
    static const size_t long_body = 100000;
    char *body = malloc(long_body + 1);
    memset(body, 'x', long_body);
    memcpy(body, "{\"x\":\"", 6);
    strcpy(body + long_body - 2, "\"}");
    const struct vespa_aimed requests[] = {
        {VESPA_OURS, "/a?x=1&y=%20z", NULL}, {VESPA_OURS, "/v1/chat/completions", CHAT},
        {VESPA_ORDINARY, "/plain", NULL},    {VESPA_ORDINARY, "/posted", "{\"a\":1}"},
        {VESPA_OURS_TLS, "/tls", NULL},      {VESPA_OURS_TLS, "/tls", CHAT},
        {VESPA_OURS, "/status/404", NULL},   {VESPA_OURS, "/status/400", CHAT},
        {VESPA_ORDINARY, "/missing", NULL},  {VESPA_OURS, "/empty", NULL},
        {VESPA_OURS, "/big/one", NULL},      {VESPA_OURS, "/big/two", CHAT},
        {VESPA_ORDINARY, "/chunked", NULL},  {VESPA_OURS, "/long", body},
        {VESPA_ORDINARY, "/redirect", NULL}, {VESPA_OURS, "/a?x=1&y=%20z", NULL},
    };
    assert_routed(client, requests, COUNT(requests));
    free(body);
}

static void streams_arrive_piece_by_piece(const struct vespa_client *client)
{
    static const struct vespa_aimed requests[] = {
        {VESPA_OURS, "/stream/one", CHAT},     {VESPA_ORDINARY, "/plain", NULL},
        {VESPA_OURS_TLS, "/stream/two", NULL}, {VESPA_DIRECT, "/stream/three", CHAT},
        {VESPA_OURS, "/echo", CHAT},
    };
    assert_routed(client, requests, COUNT(requests));
}

static const struct vespa_aimed mixed[] = {
    {VESPA_OURS, "/first", CHAT},     {VESPA_ORDINARY, "/plain", NULL},
    {VESPA_OURS, "/second", NULL},    {VESPA_ORDINARY, "/posted", "{\"a\":1}"},
    {VESPA_OURS_TLS, "/third", CHAT},
};

static void cold_starts_are_waited_out(const struct vespa_client *client)
{
    vespa_sim_process_fault(servers.sim, "route-cold,count=1,each=1");
    size_t ours = count_ours(mixed, COUNT(mixed));
    cJSON *stats = compare_routed(client, mixed, COUNT(mixed), 2 * ours);
    /* Nobody waits for the others: each has asked before one asks again. */
    const cJSON *calls = vespa_json_find(stats, "route.calls");
    for (size_t i = 0; i < ours && (client->can & CLIENT_PARALLEL); i++)
        assert_true(
            cJSON_IsNull(vespa_json_find(cJSON_GetArrayItem(calls, (int)i), "request_idx")));
    cJSON_Delete(stats);
}

static void dead_workers_are_routed_around(const struct vespa_client *client)
{
    vespa_sim_process_fault(servers.sim, "worker-dead,count=1");
    vespa_sim_process_fault(servers.sim, "worker-close,count=1");
    cJSON_Delete(compare_routed(client, mixed, COUNT(mixed), 2 + count_ours(mixed, COUNT(mixed))));
}

static void requests_of_others_are_not_touched(const struct vespa_client *client)
{
    static const struct vespa_aimed requests[] = {
        {VESPA_ORDINARY, "/plain?a=1&key=secret", NULL},
        {VESPA_ORDINARY, "/posted", "not JSON"},
        {VESPA_ORDINARY, "/gzip", NULL},
        {VESPA_ORDINARY, "/locked", NULL},
        {VESPA_NOBODY, "/", NULL},
        {VESPA_ORDINARY, "/cut", NULL},
        {VESPA_ORDINARY, "/early", NULL},
        {VESPA_DIRECT, "/big/one", CHAT},
        {VESPA_ORDINARY, "/redirect", CHAT},
        /* On a used connection libcurl tries this again, and it is chance whether it is one. */
        {VESPA_ORDINARY, "/nothing", NULL},
    };
    assert_routed(client, requests, COUNT(requests) - (client->can & CLIENT_PARALLEL ? 1 : 0));
}

/* The line of request number 0. */
static const char *first_line(const struct vespa_run *run)
{
    const char *line = strstr(run->out, "\n0 ");
    if (strncmp(run->out, "0 ", 2) == 0)
        return run->out;
    if (!line)
        fail_msg("the client did not tell how it ended:\n%s\n%s\n", run->out, run->err);
    return line + 1;
}

static void a_lost_connection_is_a_failure(const struct vespa_client *client)
{
    static const struct vespa_aimed requests[] = {{VESPA_OURS, "/cut/one", CHAT}};
    for (int shim = 0; shim < 2; shim++) {
        struct vespa_run run = vespa_run_client(&servers, client, requests, 1, shim);
        const char *line = first_line(&run);
        size_t length = strcspn(line, "\n");
        if (length > 2 && strncmp(line + length - 2, " 0", 2) == 0)
            fail_msg("a short answer passes as a whole one:\n%s\n", run.out);
        vespa_run_free(&run);
    }
}

static void fifty_at_once(const struct vespa_client *client)
{
    struct vespa_aimed requests[50];
    char path[COUNT(requests)][32], body[COUNT(requests)][64];
    for (size_t i = 0; i < COUNT(requests); i++) {
        snprintf(path[i], sizeof *path, "/request/%zu", i);
        snprintf(body[i], sizeof *body, "{\"id\":%zu}", i);
        requests[i] = (struct vespa_aimed){i % 5 == 4 ? VESPA_ORDINARY : VESPA_OURS, path[i],
                                           i % 2 ? body[i] : NULL};
    }
    assert_routed(client, requests, COUNT(requests));
}

static void branches_are_listed(const struct vespa_client *client)
{
    static const struct vespa_aimed requests[] = {
        {VESPA_OURS, "/repo.git", NULL},     {VESPA_DIRECT, "/repo.git", NULL},
        {VESPA_OURS_TLS, "/repo.git", NULL}, {VESPA_ORDINARY, "/missing", NULL},
        {VESPA_NOBODY, "/", NULL},
    };
    vespa_sim_process_fault(servers.sim, "route-cold,count=1");
    vespa_sim_process_fault(servers.sim, "worker-dead,count=1");
    cJSON *stats = vespa_compare(&servers, client, requests, COUNT(requests));
    assert_true(vespa_json_number(stats, "route.count") > 2);
    cJSON_Delete(stats);
}

static const struct {
    const char *name;
    void (*run)(const struct vespa_client *client);
    unsigned needs; /* of what a client can do */
} tests[] = {
#define TEST(name, needs)  \
    {                      \
#name, name, needs \
    }
    TEST(answers_are_those_of_the_model, 0),
    TEST(streams_arrive_piece_by_piece, CLIENT_STREAMS),
    TEST(cold_starts_are_waited_out, 0),
    TEST(dead_workers_are_routed_around, 0),
    TEST(requests_of_others_are_not_touched, 0),
    TEST(a_lost_connection_is_a_failure, 0),
    TEST(fifty_at_once, CLIENT_PARALLEL),
    TEST(branches_are_listed, CLIENT_OWN_PATHS),
};

/* ---- running them --------------------------------------------------------------------------- */

struct one_test {
    char name[128];
    const struct vespa_client *client;
    void (*run)(const struct vespa_client *client);
};

static bool is_installed(const struct vespa_client *client)
{
    static const struct vespa_client *asked;
    static bool installed;
    if (client == asked)
        return installed;
    /* The shell, because to start a program that is not there fails the test. */
    char *argv[COUNT(client->probe) + 8] = {strdup("sh"), strdup("-c"), strdup("exec \"$@\""),
                                            strdup("sh")};
    for (size_t i = 0; i < COUNT(client->probe) && client->probe[i]; i++)
        argv[4 + i] = vespa_client_word(client->probe[i]);
    struct vespa_program_result result = vespa_program_run_simple((const char *const *)argv, NULL);
    asked = client;
    installed = result.status == 0;
    vespa_program_result_free(&result);
    for (size_t i = 0; argv[i]; i++)
        free(argv[i]);
    return installed;
}

static void run_one(void **state)
{
    const struct one_test *test = *state;
    if (!is_installed(test->client))
        skip();
    vespa_sim_process_reset(servers.sim);
    free(vespa_recorder_take(servers.recorder, NULL));
    free(vespa_model_take(servers.model));
    test->run(test->client);
}

static int start_servers(void **state)
{
    (void)state;
    servers.model = vespa_model_start();
    servers.sim = vespa_sim_process_start("--workers", "3", "--tls", "--backend",
                                          vespa_model_url(servers.model), NULL);
    servers.recorder = vespa_recorder_start();
    return 0;
}

static int stop_servers(void **state)
{
    (void)state;
    vespa_recorder_stop(servers.recorder);
    vespa_sim_process_stop(servers.sim);
    vespa_model_stop(servers.model);
    return 0;
}

static bool suits(const struct vespa_client *client, size_t test)
{
    unsigned own = CLIENT_OWN_PATHS;
    return (client->can & own) == (tests[test].needs & own) &&
           (client->can & tests[test].needs) == tests[test].needs;
}

int vespa_clients_run(const struct vespa_client *clients, size_t count)
{
    size_t made = 0;
    struct one_test *list = calloc(count * COUNT(tests), sizeof *list);
    struct CMUnitTest *units = calloc(count * COUNT(tests), sizeof *units);
    for (size_t i = 0; list && units && i < count * COUNT(tests); i++) {
        const struct vespa_client *client = &clients[i / COUNT(tests)];
        size_t test = i % COUNT(tests);
        if (!suits(client, test))
            continue;
        snprintf(list[made].name, sizeof list->name, "%s: %s", client->name, tests[test].name);
        list[made].client = client;
        list[made].run = tests[test].run;
        units[made] = (struct CMUnitTest){list[made].name, run_one, NULL, NULL, &list[made]};
        made++;
    }
    int failed = _cmocka_run_group_tests("clients", units, made, start_servers, stop_servers);
    free(list);
    free(units);
    return failed;
}
