/* One client of the library, used by many threads at a time. */
#include "tests/lib/fixture.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { THREADS = 8, REQUESTS = 6 };

struct worker {
    pthread_t thread;
    struct vespa_client *client;
    struct vespa_canceller *canceller;
    const char *path;
    int answered;
    int cancelled;
    atomic_bool streaming;
};

static enum vespa_flow note_stream(void *context, const char *bytes, size_t length)
{
    struct worker *worker = context;
    (void)bytes, (void)length;
    atomic_store(&worker->streaming, true);
    return VESPA_CONTINUE;
}

static void *work(void *context)
{
    struct worker *worker = context;
    for (int i = 0; i < REQUESTS; i++) {
        struct vespa_response *response = vespa_post(worker->client, worker->path, "{}", NULL);
        if (vespa_response_error(response) == VESPA_OK && vespa_response_status(response) == 200)
            worker->answered++;
        vespa_response_free(response);
    }
    return NULL;
}

static void *stream(void *context)
{
    struct worker *worker = context;
    struct vespa_request_options options = {
        .on_body = note_stream, .context = worker, .canceller = worker->canceller};
    struct vespa_response *response = vespa_post(worker->client, worker->path, "{}", &options);
    if (vespa_response_error(response) == VESPA_ERROR_CANCELLED)
        worker->cancelled++;
    vespa_response_free(response);
    return NULL;
}

static void threads_share_a_client(void **state)
{
    struct fixture *f = *state;
    struct worker workers[THREADS] = {0};
    for (int i = 0; i < THREADS; i++) {
        workers[i].client = f->client;
        workers[i].path = "/echo";
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        assert_int_equal(workers[i].answered, REQUESTS);
    }
    const cJSON *stats = fixture_stats(f);
    assert_int_equal(vespa_json_number(stats, "violation_count"), 0);
    assert_int_equal(vespa_json_number(stats, "route.count"), THREADS * REQUESTS);
    assert_true(vespa_json_number(stats, "autoscaler.connections") <= THREADS);
}

static void another_thread_cancels(void **state)
{
    struct fixture *f = *state;
    struct worker workers[THREADS] = {0};
    struct vespa_canceller *canceller = vespa_canceller_new();
    for (int i = 0; i < THREADS; i++) {
        workers[i].client = f->client;
        workers[i].canceller = canceller;
        workers[i].path = "/slow-stream?chunks=10000&delay=10";
        assert_int_equal(pthread_create(&workers[i].thread, NULL, stream, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        while (!atomic_load(&workers[i].streaming))
            sched_yield();
    vespa_canceller_cancel(canceller);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        assert_int_equal(workers[i].cancelled, 1);
    }
    vespa_canceller_free(canceller);
    const cJSON *stats = fixture_stats(f);
    for (int i = 0; i < THREADS; i++) { /* workers take turns */
        char path[60];
        snprintf(path, sizeof path, "workers.%d.requests.%d.client_gone", i % 2, i / 2);
        assert_int_equal(vespa_json_number(stats, path), 1);
    }
}

static void *make_clients(void *context)
{
    struct fixture *f = context;
    struct vespa_client_options options = fixture_options(f);
    for (int i = 0; i < 4; i++) {
        struct vespa_client *client = NULL;
        if (vespa_client_new(&client, &options, NULL) != VESPA_OK)
            return NULL;
        vespa_response_free(vespa_get(client, "/health", NULL));
        vespa_client_free(client);
    }
    return f;
}

static void clients_are_made_in_threads(void **state)
{
    struct fixture *f = *state;
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, make_clients, f), 0);
    for (int i = 0; i < 4; i++) {
        void *result = NULL;
        pthread_join(threads[i], &result);
        assert_non_null(result);
    }
    assert_int_equal(vespa_json_number(fixture_stats(f), "route.count"), 16);
}

int main(void)
{
    fixture_clear_environment();
    const struct CMUnitTest tests[] = {
        FIXTURE(threads_share_a_client),
        FIXTURE(another_thread_cancels),
        FIXTURE(clients_are_made_in_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
