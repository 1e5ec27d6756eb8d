// The autoscaler: POST /route/ (protocol.md §3).

#include "cli/sim/sim.h"

#include "cli/sim/envelope.h"
#include "cli/sim/json.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// A route call while it is worked on.
struct call {
    struct vespa_sim *sim;
    struct vespa_sim_request *request;
    struct vespa_sim_text endpoint;
    struct vespa_sim_text cost; // as spelled
    struct vespa_sim_text idx;  // request_idx as spelled, empty if there was none
    uint64_t request_idx;       // the one that belongs to this request, once known
    char answered_idx[24];
    char reqnum[24];
    char url[VESPA_SIM_FAULT_TEXT]; // the one given out
    struct vespa_sim_route_record record;
};

const char *vespa_sim_bearer(const struct vespa_sim_request *request)
{
    size_t count;
    const char *value = vespa_sim_request_header(request, "Authorization", &count);
    if (count != 1 || strncasecmp(value, "Bearer ", 7) != 0)
        return NULL;
    return value + 7;
}

bool vespa_sim_is_endpoint_key(struct vespa_sim *sim, const char *key)
{
    pthread_mutex_lock(&sim->lock);
    bool same = strcmp(vespa_sim_text_string(&sim->key), key) == 0;
    pthread_mutex_unlock(&sim->lock);
    return same;
}

void vespa_sim_refuse(struct vespa_sim_request *request, unsigned status, const char *code,
                      const char *text)
{
    struct vespa_sim_text body = {0};
    vespa_sim_text_printf(&body, "{\"success\": false, \"error\": \"%s\", \"msg\": ", code);
    vespa_sim_text_add_json(&body, vespa_sim_slice(text));
    vespa_sim_text_add_string(&body, "}");
    vespa_sim_request_reply(request, status, "application/json", vespa_sim_text_string(&body));
    vespa_sim_text_free(&body);
}

// Answers with an error and remembers why.
static void refuse(struct call *call, unsigned status, const char *code, const char *text)
{
    call->record.status = status;
    call->record.note = text;
    vespa_sim_refuse(call->request, status, code, text);
}

// --- reading the call ---

static const char *read_member(struct call *call, const char *name, struct vespa_sim_slice value)
{
    enum vespa_sim_json_type type = vespa_sim_json_type(value);
    struct vespa_sim_text *seen = NULL;
    if (strcmp(name, "endpoint") == 0)
        seen = &call->endpoint;
    else if (strcmp(name, "cost") == 0)
        seen = &call->cost;
    else if (strcmp(name, "request_idx") == 0)
        seen = &call->idx;
    else if (strcmp(name, "replay_timeout") == 0)
        return type == VESPA_SIM_JSON_NUMBER ? NULL : "replay_timeout must be a number";
    else if (strcmp(name, "api_key") == 0)
        return type == VESPA_SIM_JSON_STRING ? NULL : "api_key must be a string";
    else
        return "unknown member, expected endpoint, cost, request_idx, replay_timeout, api_key";
    if (seen->length)
        return "a member is given twice";
    if (seen == &call->endpoint) {
        if (type != VESPA_SIM_JSON_STRING || !vespa_sim_json_decode(value, seen))
            return "endpoint must be a string";
        return NULL;
    }
    vespa_sim_text_add_slice(seen, value);
    if (type != VESPA_SIM_JSON_NUMBER)
        return seen == &call->cost ? "cost must be a number" : "request_idx must be an integer";
    return NULL;
}

// Reads the body; what is wrong with it, or NULL.
static const char *read_body(struct call *call)
{
    struct vespa_sim_slice value;
    size_t offset;
    if (!vespa_sim_json_read(vespa_sim_text_slice(&call->request->body), &value, &offset) ||
        vespa_sim_json_type(value) != VESPA_SIM_JSON_OBJECT)
        return "the body is not a JSON object";
    struct vespa_sim_json_walk walk = {value, 1};
    struct vespa_sim_slice literal;
    struct vespa_sim_slice member;
    while (vespa_sim_json_next(&walk, &literal, &member)) {
        struct vespa_sim_text name = {0};
        const char *wrong = vespa_sim_json_decode(literal, &name)
                                ? read_member(call, vespa_sim_text_string(&name), member)
                                : "a member's name is not Unicode";
        vespa_sim_text_free(&name);
        if (wrong)
            return wrong;
    }
    if (!call->endpoint.data)
        return "endpoint is missing";
    if (!call->cost.data)
        return "cost is missing";
    double cost = strtod(call->cost.data, NULL);
    if (!isfinite(cost) || cost < 0 || call->cost.length >= VESPA_SIM_COST_SIZE)
        return "cost is not a usable number";
    return NULL;
}

static bool is_json_content(const struct vespa_sim_request *request)
{
    const char *type = vespa_sim_request_header(request, "Content-Type", NULL);
    return type && strncasecmp(type, "application/json", 16) == 0 &&
           (type[16] == '\0' || type[16] == ';');
}

// Key, body and endpoint. Answers and returns false if something is wrong.
static bool check_call(struct call *call)
{
    struct vespa_sim *sim = call->sim;
    const char *key = vespa_sim_bearer(call->request);
    const char *wrong =
        is_json_content(call->request) ? read_body(call) : "Content-Type must be application/json";
    call->record.cost = call->cost.data;
    call->record.request_idx = call->idx.data;
    if (!key) {
        refuse(call, 401, "auth_error", "Authorization: Bearer ENDPOINT_KEY is missing");
    } else if (strcmp(key, sim->options.account_key.data) == 0) {
        refuse(call, 403, "auth_error", "that is an account key, an endpoint key is needed");
    } else if (!vespa_sim_is_endpoint_key(sim, key)) {
        refuse(call, 401, "auth_error", "invalid api key");
    } else if (wrong) {
        vespa_sim_stats_violation(sim->stats, "route: %s", wrong);
        refuse(call, 400, "invalid_args", wrong);
    } else if (strcmp(call->endpoint.data, sim->options.endpoint) != 0) {
        refuse(call, 400, "invalid_endpoint", "there is no endpoint of that name");
    } else {
        return true;
    }
    return false;
}

// The request that this call belongs to: a new one, or one that was asked for before.
static bool find_request(struct call *call)
{
    struct vespa_sim *sim = call->sim;
    const char *idx = vespa_sim_text_string(&call->idx);
    if (!call->idx.length) {
        call->request_idx = vespa_sim_ledger_open(sim->ledger, call->cost.data);
    } else {
        const char *wrong = "request_idx is not an integer";
        if (vespa_sim_read_count(idx, &call->request_idx))
            wrong = vespa_sim_ledger_resume(sim->ledger, call->request_idx, call->cost.data);
        if (wrong) {
            vespa_sim_stats_violation(sim->stats, "route: %s (request_idx %.64s, cost %s)", wrong,
                                      idx, call->cost.data);
            refuse(call, 400, "invalid_args", wrong);
            return false;
        }
    }
    snprintf(call->answered_idx, sizeof call->answered_idx, "%llu",
             (unsigned long long)call->request_idx);
    return true;
}

// --- answering ---

static void reply(struct call *call, unsigned status, const char *type, const char *body)
{
    call->record.status = status;
    vespa_sim_request_reply(call->request, status, type, body);
}

static void answer_cold(struct call *call, const struct vespa_sim_fault *fault)
{
    struct vespa_sim_text body = {0};
    const char *form = fault->form;
    call->record.note = vespa_sim_fault_name(VESPA_SIM_ROUTE_COLD);
    if (strcmp(form, "error_msg") == 0) {
        vespa_sim_text_add_string(&body, "{\"error_msg\": \"endpoint table is loading\"}");
    } else if (strcmp(form, "string") == 0) {
        vespa_sim_text_add_string(&body, "\"endpoint table is loading\"");
    } else {
        bool queued = strcmp(form, "queued") == 0;
        vespa_sim_text_printf(&body, "{\"endpoint\": \"%s\", \"status\": \"%s\"",
                              call->sim->options.endpoint,
                              queued ? "queued" : "Worker status: loading, 0 of 1 workers ready");
        if (queued)
            vespa_sim_text_add_string(&body, ", \"queue_position\": 3, \"queue_depth\": 17");
        if (fault->request_idx) {
            vespa_sim_text_printf(&body, ", \"request_idx\": %s", call->answered_idx);
            call->record.answered_idx = call->answered_idx;
        }
        vespa_sim_text_add_string(&body, "}");
    }
    reply(call, 200, "application/json", body.data);
    vespa_sim_text_free(&body);
}

static void answer_status(struct call *call, const struct vespa_sim_fault *fault)
{
    struct vespa_sim_answer answer;
    char retry_after[24];
    bool plain = !fault->body[0];
    call->record.note = vespa_sim_fault_name(VESPA_SIM_ROUTE_STATUS);
    call->record.status = (unsigned)fault->status;
    const char *type = fault->type[0] ? fault->type : plain ? "text/plain" : "application/json";
    vespa_sim_answer_start(&answer, (unsigned)fault->status, type);
    if (fault->retry_after >= 0) {
        snprintf(retry_after, sizeof retry_after, "%lld", (long long)fault->retry_after);
        vespa_sim_answer_header(&answer, "Retry-After", retry_after);
    }
    if (plain)
        vespa_sim_text_printf(&answer.body, "%lld: as the simulator was told\n",
                              (long long)fault->status);
    else
        vespa_sim_text_add_string(&answer.body, fault->body);
    vespa_sim_request_send(call->request, &answer);
}

// Adds the 200 that gives a worker out, with everything that workers check.
static void write_assignment(struct call *call, const char *url, int worker, bool any_worker,
                             struct vespa_sim_text *out)
{
    struct vespa_sim *sim = call->sim;
    struct vespa_sim_auth auth = {0};
    struct vespa_sim_text signed_text = {0};
    struct vespa_sim_fault fault;
    char cost[VESPA_SIM_FLOAT_SIZE];
    vespa_sim_python_float(strtod(call->cost.data, NULL), cost);
    uint64_t reqnum =
        vespa_sim_ledger_assign(sim->ledger, call->request_idx, worker, any_worker, cost);
    vespa_sim_text_add_string(&auth.field[VESPA_SIM_AUTH_COST], cost);
    vespa_sim_text_add_string(&auth.field[VESPA_SIM_AUTH_ENDPOINT], sim->options.endpoint);
    snprintf(call->reqnum, sizeof call->reqnum, "%llu", (unsigned long long)reqnum);
    call->record.reqnum = call->reqnum;
    vespa_sim_text_add_string(&auth.field[VESPA_SIM_AUTH_REQNUM], call->reqnum);
    vespa_sim_text_add_string(&auth.field[VESPA_SIM_AUTH_REQUEST_IDX], call->answered_idx);
    vespa_sim_text_add_string(&auth.field[VESPA_SIM_AUTH_URL], url);
    vespa_sim_signed_text(sim->options.dialect, &auth, &signed_text);
    if (vespa_sim_faults_take(sim->faults, VESPA_SIM_ROUTE_FORGED, -1, &fault))
        vespa_sim_text_add_string(&signed_text, VESPA_SIM_FORGERY);
    vespa_sim_keys_sign(sim->keys, vespa_sim_text_slice(&signed_text),
                        &auth.field[VESPA_SIM_AUTH_SIGNATURE]);
    vespa_sim_text_add_string(out, "{");
    for (enum vespa_sim_auth_field i = 0; i < VESPA_SIM_AUTH_FIELDS; i++) {
        struct vespa_sim_slice value = vespa_sim_text_slice(&auth.field[i]);
        vespa_sim_text_printf(out, "\"%s\": ", vespa_sim_auth_name(i));
        if (vespa_sim_auth_is_number(i))
            vespa_sim_text_add_slice(out, value);
        else
            vespa_sim_text_add_json(out, value);
        vespa_sim_text_add_string(out, ", ");
    }
    vespa_sim_text_add_string(out, "\"__request_id\": \"");
    vespa_sim_random_hex(16, out);
    vespa_sim_text_add_string(out, "\"}");
    vespa_sim_text_free(&signed_text);
    vespa_sim_auth_free(&auth);
}

static void answer_garbage(struct call *call, const struct vespa_sim_fault *fault)
{
    struct vespa_sim_text body = {0};
    const char *form = fault->form[0] ? fault->form : "text";
    call->record.note = vespa_sim_fault_name(VESPA_SIM_ROUTE_GARBAGE);
    if (strcmp(form, "scheme") == 0) {
        write_assignment(call, "ftp://127.0.0.1:21", -1, true, &body);
    } else if (strcmp(form, "text") == 0) {
        vespa_sim_text_add_string(&body, "<html>upstream connect error</html>");
    } else if (strcmp(form, "array") == 0) {
        vespa_sim_text_add_string(&body, "[1, 2, 3]");
    } else if (strcmp(form, "truncated") == 0) {
        write_assignment(call, call->sim->worker[0].url, -1, true, &body);
        body.data[body.length / 2] = '\0';
    } else if (strcmp(form, "huge") == 0) {
        vespa_sim_text_add_string(&body, "{\"padding\": \"");
        for (int i = 0; i < 70 * 1024; i++)
            vespa_sim_text_add(&body, "x", 1);
        vespa_sim_text_add_string(&body, "\", ");
        struct vespa_sim_text rest = {0};
        write_assignment(call, call->sim->worker[0].url, -1, true, &rest);
        vespa_sim_text_add_string(&body, rest.data + 1);
        vespa_sim_text_free(&rest);
    }
    reply(call, 200, strcmp(form, "text") == 0 ? "text/html" : "application/json",
          vespa_sim_text_string(&body));
    vespa_sim_text_free(&body);
}

// In turn, but not the one that this request was sent to last.
static int choose_worker(struct call *call)
{
    struct vespa_sim *sim = call->sim;
    struct vespa_sim_fault fault;
    unsigned workers = (unsigned)sim->options.workers;
    if (vespa_sim_faults_take(sim->faults, VESPA_SIM_ROUTE_WORKER, -1, &fault) &&
        fault.worker >= 0 && fault.worker < (int64_t)workers)
        return (int)fault.worker;
    int last = vespa_sim_ledger_last_worker(sim->ledger, call->request_idx);
    int chosen = (int)(atomic_fetch_add(&sim->next_worker, 1) % workers);
    if (chosen == last && workers > 1)
        chosen = (int)(atomic_fetch_add(&sim->next_worker, 1) % workers);
    return chosen;
}

static void answer_worker(struct call *call)
{
    struct vespa_sim *sim = call->sim;
    struct vespa_sim_fault fault;
    struct vespa_sim_text body = {0};
    int worker = choose_worker(call);
    bool any_worker = false;
    snprintf(call->url, sizeof call->url, "%s", sim->worker[worker].url);
    if (vespa_sim_faults_take(sim->faults, VESPA_SIM_WORKER_DEAD, worker, &fault)) {
        call->record.note = vespa_sim_fault_name(VESPA_SIM_WORKER_DEAD);
        snprintf(call->url, sizeof call->url, "%s", sim->worker[worker].dead_url);
    }
    if (vespa_sim_faults_take(sim->faults, VESPA_SIM_ROUTE_URL, -1, &fault)) {
        call->record.note = vespa_sim_fault_name(VESPA_SIM_ROUTE_URL);
        snprintf(call->url, sizeof call->url, "%s", fault.url);
        any_worker = true;
    }
    write_assignment(call, call->url, worker, any_worker, &body);
    call->record.worker = worker;
    call->record.url = call->url;
    call->record.answered_idx = call->answered_idx;
    reply(call, 200, "application/json", body.data);
    vespa_sim_text_free(&body);
}

static void answer(struct call *call)
{
    struct vespa_sim_faults *faults = call->sim->faults;
    struct vespa_sim_fault fault;
    if (vespa_sim_faults_take(faults, VESPA_SIM_ROUTE_SLOW, -1, &fault) &&
        !vespa_sim_request_wait(call->request, (long)fault.ms)) {
        call->record.note = "client gone";
        vespa_sim_request_drop(call->request);
        return;
    }
    if (vespa_sim_faults_take(faults, VESPA_SIM_ROUTE_CLOSE, -1, &fault)) {
        call->record.note = vespa_sim_fault_name(VESPA_SIM_ROUTE_CLOSE);
        vespa_sim_request_drop(call->request);
        return;
    }
    if (vespa_sim_faults_take(faults, VESPA_SIM_ROUTE_STATUS, -1, &fault)) {
        answer_status(call, &fault);
        return;
    }
    if (!find_request(call))
        return;
    uint64_t polls = vespa_sim_ledger_poll(call->sim->ledger, call->request_idx);
    if (vespa_sim_faults_take_cold(faults, polls, &fault))
        answer_cold(call, &fault);
    else if (vespa_sim_faults_take(faults, VESPA_SIM_ROUTE_GARBAGE, -1, &fault))
        answer_garbage(call, &fault);
    else
        answer_worker(call);
}

static void route(struct vespa_sim *sim, struct vespa_sim_request *request)
{
    struct call call = {.sim = sim, .request = request};
    call.record.worker = -1;
    call.record.request = request;
    call.record.connection = request->connection;
    if (check_call(&call))
        answer(&call);
    vespa_sim_stats_route(sim->stats, &call.record);
    vespa_sim_text_free(&call.endpoint);
    vespa_sim_text_free(&call.cost);
    vespa_sim_text_free(&call.idx);
}

void vespa_sim_autoscaler_handle(void *context, struct vespa_sim_request *request)
{
    struct vespa_sim *sim = context;
    if (!vespa_sim_slice_is(request->path, "/route/")) {
        if (!vespa_sim_console_handle(sim, request))
            vespa_sim_refuse(request, 404, "not_found", "there is no such path");
    } else if (strcmp(request->method, "POST") != 0) {
        vespa_sim_refuse(request, 405, "method_not_allowed", "POST is expected");
    } else if (request->too_large) {
        vespa_sim_refuse(request, 413, "too_large", "a route call is small");
    } else {
        route(sim, request);
    }
}
