// A worker: judges the envelope, plays the faults it was told to, lets a model answer.

#include "cli/sim/envelope.h"
#include "cli/sim/models.h"
#include "cli/sim/sim.h"

#include <string.h>

static const char *field(const struct vespa_sim_verdict *verdict, enum vespa_sim_auth_field which)
{
    return verdict->auth.field[which].data;
}

static void record(struct vespa_sim_worker *worker, struct vespa_sim_request *request,
                   const struct vespa_sim_verdict *verdict)
{
    const struct vespa_sim_worker_record made = {
        .worker = worker->index,
        .refused = verdict->status ? verdict->reason : NULL,
        .cost = field(verdict, VESPA_SIM_AUTH_COST),
        .reqnum = field(verdict, VESPA_SIM_AUTH_REQNUM),
        .request_idx = field(verdict, VESPA_SIM_AUTH_REQUEST_IDX),
        .request = request,
        .payload = verdict->payload,
    };
    request->tag[0] = vespa_sim_stats_worker(worker->sim->stats, &made);
    if (verdict->status && !verdict->as_given)
        vespa_sim_stats_violation(worker->sim->stats, "worker %d: %s (%s %.200s)", worker->index,
                                  verdict->reason, request->method, request->target);
}

// Whether a client may not ask for another worker after this answer (protocol.md §5).
static bool is_final(unsigned status)
{
    return status < 500 && status != 401 && status != 408 && status != 429;
}

static void send(struct vespa_sim_worker *worker, struct vespa_sim_request *request,
                 struct vespa_sim_answer *answer)
{
    char index[16];
    snprintf(index, sizeof index, "%d", worker->index);
    vespa_sim_answer_header(answer, "X-Sim-Worker", index);
    vespa_sim_stats_status(worker->sim->stats, request->tag[0], answer->status);
    vespa_sim_request_send(request, answer);
}

// A 401 has no body: that is how a client tells the worker's from the model's.
static void send_refusal(struct vespa_sim_worker *worker, struct vespa_sim_request *request,
                         unsigned status, const char *message)
{
    struct vespa_sim_answer answer;
    vespa_sim_answer_start(&answer, status, status == 401 ? NULL : "application/json");
    if (status != 401) {
        vespa_sim_text_add_string(&answer.body, "{\"error\": ");
        vespa_sim_text_add_json(&answer.body, vespa_sim_slice(message));
        vespa_sim_text_add_string(&answer.body, "}");
    }
    send(worker, request, &answer);
}

// --- faults instead of an answer ---

static void play_status(struct vespa_sim_worker *worker, struct vespa_sim_request *request,
                        const struct vespa_sim_fault *fault)
{
    struct vespa_sim_answer answer;
    char retry_after[24];
    bool empty = fault->status == 401 && !fault->body[0];
    const char *type = fault->type[0] ? fault->type : "text/plain";
    vespa_sim_answer_start(&answer, (unsigned)fault->status, empty ? NULL : type);
    if (fault->retry_after >= 0) {
        snprintf(retry_after, sizeof retry_after, "%lld", (long long)fault->retry_after);
        vespa_sim_answer_header(&answer, "Retry-After", retry_after);
    }
    if (fault->body[0])
        vespa_sim_text_add_string(&answer.body, fault->body);
    else if (!empty)
        vespa_sim_text_printf(&answer.body, "%lld: as the simulator was told\n",
                              (long long)fault->status);
    send(worker, request, &answer);
}

// Takes a fault of that kind whose `unread` is as given: false if there is none in force.
static bool take(struct vespa_sim_worker *worker, enum vespa_sim_fault_kind kind, bool unread,
                 struct vespa_sim_fault *fault)
{
    return vespa_sim_faults_take_unread(worker->sim->faults, kind, worker->index, unread, fault);
}

// Plays a fault that replaces the answer. Returns the fault's name, NULL if there was none.
static const char *play_instead(struct vespa_sim_worker *worker, struct vespa_sim_request *request,
                                bool unread, bool recorded)
{
    struct vespa_sim_fault fault;
    const char *name = NULL;
    if (take(worker, VESPA_SIM_WORKER_CLOSE, unread, &fault) ||
        take(worker, VESPA_SIM_WORKER_RESET, unread, &fault) ||
        take(worker, VESPA_SIM_WORKER_STATUS, unread, &fault))
        name = vespa_sim_fault_name(fault.kind);
    if (!name)
        return NULL;
    if (!recorded) {
        struct vespa_sim_verdict unjudged = {0};
        record(worker, request, &unjudged);
    }
    vespa_sim_stats_fault(worker->sim->stats, request->tag[0], name);
    if (fault.kind == VESPA_SIM_WORKER_STATUS)
        play_status(worker, request, &fault);
    else if (fault.kind == VESPA_SIM_WORKER_RESET)
        vespa_sim_request_reset(request);
    else
        vespa_sim_request_drop(request);
    return name;
}

// --- faults that change an answer ---

// Waits as told before the answer; false when the client did not.
static bool play_before(struct vespa_sim_worker *worker, struct vespa_sim_request *request)
{
    struct vespa_sim_fault fault;
    struct vespa_sim_stats *stats = worker->sim->stats;
    if (take(worker, VESPA_SIM_WORKER_EARLY_HINTS, false, &fault)) {
        vespa_sim_stats_fault(stats, request->tag[0], vespa_sim_fault_name(fault.kind));
        vespa_sim_request_early_hints(request);
    }
    if (!take(worker, VESPA_SIM_WORKER_SLOW, false, &fault))
        return true;
    vespa_sim_stats_fault(stats, request->tag[0], vespa_sim_fault_name(fault.kind));
    return vespa_sim_request_wait(request, (long)fault.ms);
}

static void change_answer(struct vespa_sim_worker *worker, struct vespa_sim_request *request,
                          struct vespa_sim_answer *answer)
{
    struct vespa_sim_fault fault;
    if (take(worker, VESPA_SIM_WORKER_SLOW_CHUNKS, false, &fault)) {
        answer->piece_delay = (long)fault.ms;
        answer->piece_size = (long)fault.size;
        vespa_sim_stats_fault(worker->sim->stats, request->tag[0],
                              vespa_sim_fault_name(fault.kind));
    }
    if (take(worker, VESPA_SIM_WORKER_CUT, false, &fault)) {
        answer->cut_after = (long)fault.after;
        answer->chunked = fault.chunked != 0;
        vespa_sim_stats_fault(worker->sim->stats, request->tag[0],
                              vespa_sim_fault_name(fault.kind));
    }
}

// --- the request ---

static void answer_accepted(struct vespa_sim_worker *worker, struct vespa_sim_request *request,
                            const struct vespa_sim_verdict *verdict)
{
    struct vespa_sim_answer answer;
    const struct vespa_sim_call call = {
        .worker = worker,
        .request = request,
        .path = request->path,
        .query = vespa_sim_text_slice(&verdict->query),
        .payload = verdict->payload,
    };
    if (!play_before(worker, request)) {
        vespa_sim_request_drop(request);
        return;
    }
    vespa_sim_answer_start(&answer, 404, NULL);
    bool known = worker->sim->options.backend ? vespa_sim_backend_answer(&call, &answer)
                                              : vespa_sim_path_answer(&call, &answer) ||
                                                    vespa_sim_model_answer(&call, &answer);
    if (!known) {
        vespa_sim_answer_free(&answer);
        send_refusal(worker, request, 404, "there is no such path");
        return;
    }
    change_answer(worker, request, &answer);
    if (is_final(answer.status))
        vespa_sim_read_count(field(verdict, VESPA_SIM_AUTH_REQUEST_IDX), &request->tag[1]);
    send(worker, request, &answer);
}

void vespa_sim_worker_handle(void *context, struct vespa_sim_request *request)
{
    struct vespa_sim_worker *worker = context;
    struct vespa_sim_verdict verdict;
    if (play_instead(worker, request, true, false))
        return;
    vespa_sim_envelope_judge(worker, request, &verdict);
    record(worker, request, &verdict);
    if (verdict.status)
        send_refusal(worker, request, verdict.status, verdict.message);
    else if (!play_instead(worker, request, false, true))
        answer_accepted(worker, request, &verdict);
    vespa_sim_verdict_free(&verdict);
}

void vespa_sim_worker_finished(void *context, struct vespa_sim_request *request,
                               enum vespa_sim_outcome outcome)
{
    struct vespa_sim_worker *worker = context;
    if (outcome == VESPA_SIM_DELIVERED && request->tag[1])
        vespa_sim_ledger_finish(worker->sim->ledger, request->tag[1]);
    vespa_sim_stats_outcome(worker->sim->stats, request->tag[0], outcome);
}
