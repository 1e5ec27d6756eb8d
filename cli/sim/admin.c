// The administrator's server: statistics, and faults at run time.
//
//   GET  /stats         everything that was seen; stats.h has the shape
//   POST /admin/fault   a fault in either form of faults.h
//   POST /admin/reset   takes all faults back and forgets the statistics
//   POST /admin/key     the body becomes the endpoint key

#include "cli/sim/sim.h"

#include <string.h>

static void send_stats(struct vespa_sim *sim, struct vespa_sim_request *request)
{
    struct vespa_sim_answer answer;
    vespa_sim_answer_start(&answer, 200, "application/json");
    struct vespa_sim_text *out = &answer.body;
    vespa_sim_text_printf(out, "{\"autoscaler\":{\"url\":\"%s\",\"connections\":%llu},",
                          vespa_sim_server_url(sim->autoscaler),
                          (unsigned long long)vespa_sim_server_connections(sim->autoscaler));
    vespa_sim_stats_write_autoscaler(sim->stats, out);
    vespa_sim_text_add_string(out, ",\"workers\":[");
    for (int i = 0; i < (int)sim->options.workers; i++) {
        const struct vespa_sim_worker *worker = &sim->worker[i];
        vespa_sim_text_printf(
            out,
            "%s{\"url\":\"%s\",\"dead_url\":\"%s\",\"connections\":%llu,"
            "\"open_connections\":%llu,",
            i ? "," : "", worker->url, worker->dead_url,
            (unsigned long long)vespa_sim_server_connections(worker->server),
            (unsigned long long)vespa_sim_server_open_connections(worker->server));
        vespa_sim_stats_write_worker(sim->stats, i, out);
        vespa_sim_text_add_string(out, "}");
    }
    vespa_sim_text_add_string(out, "]}\n");
    vespa_sim_request_send(request, &answer);
}

static void add_fault(struct vespa_sim *sim, struct vespa_sim_request *request)
{
    struct vespa_sim_text error = {0};
    if (vespa_sim_faults_add(sim->faults, vespa_sim_text_slice(&request->body), &error))
        vespa_sim_request_reply(request, 200, "application/json", "{\"success\":true}\n");
    else
        vespa_sim_refuse(request, 400, "invalid_args", vespa_sim_text_string(&error));
    vespa_sim_text_free(&error);
}

static void reset(struct vespa_sim *sim, struct vespa_sim_request *request)
{
    vespa_sim_faults_clear(sim->faults);
    vespa_sim_stats_clear(sim->stats);
    vespa_sim_request_reply(request, 200, "application/json", "{\"success\":true}\n");
}

static void change_key(struct vespa_sim *sim, struct vespa_sim_request *request)
{
    if (!request->body.length) {
        vespa_sim_refuse(request, 400, "invalid_args", "the body must be the new key");
        return;
    }
    pthread_mutex_lock(&sim->lock);
    vespa_sim_text_free(&sim->key);
    vespa_sim_text_add_slice(&sim->key, vespa_sim_text_slice(&request->body));
    pthread_mutex_unlock(&sim->lock);
    vespa_sim_request_reply(request, 200, "application/json", "{\"success\":true}\n");
}

struct page {
    const char *method;
    const char *path;
    void (*answer)(struct vespa_sim *sim, struct vespa_sim_request *request);
};

static const struct page pages[] = {
    {"GET", "/stats", send_stats},
    {"POST", "/admin/fault", add_fault},
    {"POST", "/admin/reset", reset},
    {"POST", "/admin/key", change_key},
};

void vespa_sim_admin_handle(void *context, struct vespa_sim_request *request)
{
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
        if (vespa_sim_slice_is(request->path, pages[i].path) &&
            strcmp(request->method, pages[i].method) == 0) {
            pages[i].answer(context, request);
            return;
        }
    vespa_sim_refuse(request, 404, "not_found",
                     "there are GET /stats, POST /admin/fault, /admin/reset, /admin/key");
}
