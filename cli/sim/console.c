// The account's calls (protocol.md §2, §9) and the keys that anyone may fetch.

#include "cli/sim/sim.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

// Whether the query has `name=value`.
static bool has_parameter(struct vespa_sim_slice query, const char *parameter)
{
    size_t length = strlen(parameter);
    size_t at = 0;
    while (at < query.length) {
        size_t end = at;
        while (end < query.length && query.data[end] != '&')
            end++;
        if (end - at >= length && memcmp(query.data + at, parameter, length) == 0)
            return true;
        at = end + 1;
    }
    return false;
}

// Whether the last call was too short a time ago.
static bool too_soon(struct vespa_sim *sim)
{
    int64_t now = vespa_sim_now();
    pthread_mutex_lock(&sim->lock);
    bool soon = sim->last_console_call &&
                (double)(now - sim->last_console_call) < sim->options.console_pace * 1000;
    sim->last_console_call = now;
    pthread_mutex_unlock(&sim->lock);
    return soon;
}

static void list_endpoints(struct vespa_sim *sim, struct vespa_sim_request *request)
{
    const char *key = vespa_sim_bearer(request);
    if (!key || strcmp(key, sim->options.account_key.data) != 0) {
        vespa_sim_refuse(request, 401, "auth_error", "an account key is needed");
        return;
    }
    if (!has_parameter(request->query, "autoscaler_instance=") &&
        !has_parameter(request->query, "client_id=me")) {
        vespa_sim_refuse(request, 400, "invalid_args", "autoscaler_instance is missing");
        return;
    }
    if (too_soon(sim)) {
        vespa_sim_request_reply(request, 429, "text/plain", "API requests too frequent");
        return;
    }
    struct vespa_sim_text body = {0};
    pthread_mutex_lock(&sim->lock);
    vespa_sim_text_printf(&body,
                          "{\"success\": true, \"results\": [{\"id\": %d, \"endpoint_name\": "
                          "\"%s\", \"api_key\": \"%s\", \"endpoint_state\": \"active\"}]}",
                          VESPA_SIM_ENDPOINT_ID, sim->options.endpoint,
                          vespa_sim_text_string(&sim->key));
    pthread_mutex_unlock(&sim->lock);
    vespa_sim_request_reply(request, 200, "application/json", body.data);
    vespa_sim_text_free(&body);
}

static void write_workers(const struct vespa_sim *sim, struct vespa_sim_text *out)
{
    vespa_sim_text_add_string(out, "[");
    for (int i = 0; i < (int)sim->options.workers; i++)
        vespa_sim_text_printf(
            out,
            "%s{\"id\": %d, \"status\": \"idle\", \"cur_load\": 0.0, \"new_load\": 0.0, "
            "\"cur_load_rolling_avg\": 0.0, \"cur_perf\": 100.0, \"perf\": 100.0, "
            "\"measured_perf\": 100.0, \"dlperf\": 50.5, \"reliability\": 0.99, "
            "\"reqs_working\": %llu, \"disk_usage\": 12.5, \"loaded_at\": 1700000000.0, "
            "\"started_at\": 1699999000.0}",
            i ? ", " : "", 1000 + i,
            (unsigned long long)vespa_sim_server_open_connections(sim->worker[i].server));
    vespa_sim_text_add_string(out, "]");
}

static void list_workers(struct vespa_sim *sim, struct vespa_sim_request *request)
{
    cJSON *body = cJSON_Parse(vespa_sim_text_string(&request->body));
    const char *key = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(body, "api_key"));
    const cJSON *id = cJSON_GetObjectItemCaseSensitive(body, "id");
    struct vespa_sim_text text = {0};
    if (!key || strcmp(key, sim->options.account_key.data) != 0) {
        vespa_sim_refuse(request, 401, "auth_error", "an account key is needed");
    } else if (!cJSON_IsNumber(id) || id->valueint != VESPA_SIM_ENDPOINT_ID) {
        vespa_sim_refuse(request, 400, "invalid_endpoint", "there is no endpoint of that id");
    } else {
        write_workers(sim, &text);
        vespa_sim_request_reply(request, 200, "application/json", text.data);
    }
    vespa_sim_text_free(&text);
    cJSON_Delete(body);
}

static void send_public_key(struct vespa_sim *sim, struct vespa_sim_request *request)
{
    vespa_sim_request_reply(request, 200, "text/plain", vespa_sim_keys_public_pem(sim->keys));
}

static void send_root(struct vespa_sim *sim, struct vespa_sim_request *request)
{
    if (sim->tls)
        vespa_sim_request_reply(request, 200, "application/x-x509-ca-cert",
                                vespa_sim_tls_ca_certificate(sim->tls));
    else
        vespa_sim_refuse(request, 404, "not_found", "there is no root without --tls");
}

struct page {
    const char *method;
    const char *path;
    void (*answer)(struct vespa_sim *sim, struct vespa_sim_request *request);
};

static const struct page pages[] = {
    {"GET", "/pubkey/", send_public_key},
    {"GET", "/api/v0/endptjobs/", list_endpoints},
    {"GET", "/static/jvastai_root.cer", send_root},
    {"POST", "/get_endpoint_workers/", list_workers},
};

bool vespa_sim_console_handle(struct vespa_sim *sim, struct vespa_sim_request *request)
{
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        if (!vespa_sim_slice_is(request->path, pages[i].path))
            continue;
        vespa_sim_stats_other(sim->stats, pages[i].path);
        if (strcmp(request->method, pages[i].method) == 0)
            pages[i].answer(sim, request);
        else
            vespa_sim_refuse(request, 405, "method_not_allowed", "another method is expected");
        return true;
    }
    return false;
}
