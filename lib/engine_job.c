/* A job of the engine: its exchange's steps, one after the other. */
#include "lib/engine_private.h"

#include "lib/clock.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- life ------------------------------------------------------------------------------------ */

struct vespa_job *vespa_job_new(struct vespa_engine *engine, struct vespa_runtime *runtime,
                                const struct vespa_request *request, uint32_t timeout_ms,
                                const struct vespa_job_handler *handler)
{
    struct vespa_job *job = calloc(1, sizeof *job);
    if (!job)
        return NULL;
    uint64_t now_ms = vespa_clock_ms();
    job->engine = engine;
    job->handler = *handler;
    job->times.began_ms = now_ms;
    job->end_ms = timeout_ms ? now_ms + timeout_ms : VESPA_NEVER;
    job->head_only = vespa_slice_equal(request->method, VESPA_LITERAL("HEAD"));
    job->exchange = vespa_exchange_new(runtime, request, now_ms);
    if (job->exchange && vespa_schedule_reserve(&engine->schedule, engine->job_count + 1)) {
        engine->job_count++;
        vespa_schedule_put(&engine->schedule, &job->due, 0);
        return job;
    }
    vespa_exchange_free(job->exchange);
    free(job);
    return NULL;
}

struct vespa_job *vespa_job_new_route(struct vespa_engine *engine, struct vespa_runtime *runtime,
                                      const struct vespa_request *request, uint32_t timeout_ms,
                                      const struct vespa_job_handler *handler)
{
    struct vespa_job *job = vespa_job_new(engine, runtime, request, timeout_ms, handler);
    if (job)
        job->route_only = true;
    return job;
}

const struct vespa_assignment *vespa_job_assignment(const struct vespa_job *job,
                                                    struct vespa_slice *url)
{
    return vespa_exchange_assignment(job->exchange, url);
}

void vespa_job_free(struct vespa_job *job)
{
    if (!job)
        return;
    struct vespa_engine *engine = job->engine;
    vespa_schedule_put(&engine->schedule, &job->due, VESPA_NEVER);
    engine->job_count--;
    if (engine->current == job)
        engine->current = NULL;
    if (job->leg) {
        job->leg->exchange = job->exchange;
        vespa_leg_give_up(job->leg);
    } else {
        vespa_exchange_free(job->exchange);
    }
    free(job);
}

void vespa_job_resume(struct vespa_job *job)
{
    if (job->phase == VESPA_JOB_OVER)
        return;
    job->resumed = true;
    vespa_schedule_put(&job->engine->schedule, &job->due, 0);
}

const struct vespa_job_times *vespa_job_times(const struct vespa_job *job)
{
    return &job->times;
}

unsigned vespa_job_attempts(const struct vespa_job *job)
{
    return vespa_exchange_attempts(job->exchange);
}

/* Enters a phase in which nothing is to be done before that time, or the job's own end; unless the
 * handler, which asked for a pause, has thought better of it already. */
static void enter(struct vespa_job *job, enum vespa_job_phase phase, uint64_t due_ms)
{
    job->phase = phase;
    if (job->resumed)
        due_ms = 0;
    vespa_schedule_put(&job->engine->schedule, &job->due,
                       due_ms < job->end_ms ? due_ms : job->end_ms);
}

/* Calls the handler. */
static void end(struct vespa_job *job, enum vespa_job_result result, const char *message)
{
    if (job->leg)
        vespa_leg_give_up(job->leg);
    job->leg = NULL;
    job->phase = VESPA_JOB_OVER;
    vespa_schedule_put(&job->engine->schedule, &job->due, VESPA_NEVER);
    job->handler.end(job->handler.context, result, message);
}

/* ---- an answer of our own -------------------------------------------------------------------- */

bool vespa_job_give_head(struct vespa_job *job, const struct vespa_answer_head *head)
{
    struct vespa_engine *engine = job->engine;
    job->times.head_ms = vespa_clock_ms();
    job->head_given = true;
    engine->current = job;
    bool wanted = job->handler.head(job->handler.context, head);
    return wanted && engine->current == job;
}

static bool give_reply_head(struct vespa_job *job, const struct vespa_reply *reply)
{
    const struct vespa_answer_head head = {
        .status = reply->status,
        .reason = vespa_slice_of(reply->reason),
        .headers = reply->headers,
        .header_count = reply->header_count,
        .own = true,
        .code = reply->code,
        .own_length = reply->body.length,
    };
    return vespa_job_give_head(job, &head);
}

/* Calls the handler, and it may have freed the job: then there is nothing more to do. */
static void give_reply(struct vespa_job *job, const struct vespa_reply *reply)
{
    struct vespa_engine *engine = job->engine;
    enum vespa_taken taken = VESPA_TAKEN;
    engine->current = job;
    if (!job->head_given && !give_reply_head(job, reply))
        taken = VESPA_REFUSED;
    else if (reply->body.length && !job->head_only)
        taken = job->handler.body(job->handler.context, reply->body);
    if (engine->current != job)
        return;
    if (taken == VESPA_NOT_TAKEN) {
        enter(job, VESPA_JOB_REPLYING, VESPA_NEVER);
        return;
    }
    vespa_exchange_replied(job->exchange, vespa_clock_ms());
    if (taken == VESPA_TAKEN)
        end(job, VESPA_JOB_ANSWERED, "");
    else
        end(job, VESPA_JOB_REFUSED, "the answer was not wanted");
}

/* ---- steps ----------------------------------------------------------------------------------- */

static void enter_leg(struct vespa_job *job, struct vespa_leg *leg)
{
    job->leg = leg;
    if (leg)
        enter(job, VESPA_JOB_ON_LEG, VESPA_NEVER);
}

static void begin_call(struct vespa_job *job, const struct vespa_call *call)
{
    const char *why = "";
    enter_leg(job, vespa_leg_call(job, call, &why));
    if (!job->leg)
        vespa_exchange_call_failed(job->exchange, vespa_clock_ms(), VESPA_FAILURE_LOCAL, why);
}

static void begin_send(struct vespa_job *job, const struct vespa_send *send)
{
    const char *why = "";
    enter_leg(job, vespa_leg_send(job, send, &why));
    if (!job->leg)
        vespa_exchange_failed(job->exchange, vespa_clock_ms(), VESPA_FAILURE_LOCAL, why);
}

/* Calls the handler. */
static void begin_origin(struct vespa_job *job)
{
    const char *why = "";
    vespa_exchange_replied(job->exchange, vespa_clock_ms());
    job->to_origin = true;
    if (job->handler.origin && job->handler.origin(job->handler.context, &job->origin))
        enter_leg(job, vespa_leg_send(job, &job->origin, &why));
    if (!job->leg)
        end(job, VESPA_JOB_ORIGIN, why);
}

static void begin_wait(struct vespa_job *job, uint32_t wait_ms)
{
    job->wait_began_ms = vespa_clock_ms();
    job->wait_until_ms = job->wait_began_ms + wait_ms;
    enter(job, VESPA_JOB_WAITING, job->wait_until_ms);
}

static bool is_routed(const struct vespa_job *job)
{
    struct vespa_slice url;
    return job->route_only && vespa_exchange_assignment(job->exchange, &url);
}

/* Does steps until one takes time. A step that cannot be begun is reported, and another follows.
 * May call the handler. */
static void decide(struct vespa_job *job)
{
    job->phase = VESPA_JOB_DECIDING;
    while (job->phase == VESPA_JOB_DECIDING) {
        if (is_routed(job)) {
            end(job, VESPA_JOB_ASSIGNED, "");
            return;
        }
        const struct vespa_step *step = vespa_exchange_next(job->exchange, vespa_clock_ms());
        switch (step->kind) {
        case VESPA_CALL:
            begin_call(job, &step->call);
            break;
        case VESPA_SEND:
            begin_send(job, &step->send);
            break;
        case VESPA_WAIT:
            begin_wait(job, step->wait_ms);
            break;
        case VESPA_REPLY:
            give_reply(job, &step->reply);
            return;
        case VESPA_ORIGIN:
            begin_origin(job);
            return;
        case VESPA_DONE:
            end(job, VESPA_JOB_ANSWERED, "");
            return;
        }
    }
}

/* libcurl hands what was not taken over again at once, and may call the handler from here. */
static void resume_leg(struct vespa_job *job)
{
    struct vespa_engine *engine = job->engine;
    struct vespa_leg *leg = job->leg;
    engine->current = job;
    CURLcode result = engine->api->easy_pause(leg->easy, CURLPAUSE_CONT);
    if (!result || engine->current != job)
        return;
    if (leg->answer.refused)
        end(job, VESPA_JOB_REFUSED, "the answer was not wanted");
    else
        end(job, VESPA_JOB_CUT, engine->api->easy_strerror(result));
}

static void end_wait(struct vespa_job *job)
{
    uint64_t now_ms = vespa_clock_ms();
    if (now_ms < job->wait_until_ms) {
        enter(job, VESPA_JOB_WAITING, job->wait_until_ms);
        return;
    }
    job->times.waiting_ms += now_ms - job->wait_began_ms;
    vespa_exchange_waited(job->exchange, now_ms);
    decide(job);
}

static void resume(struct vespa_job *job)
{
    enter(job, job->phase, job->phase == VESPA_JOB_WAITING ? job->wait_until_ms : VESPA_NEVER);
    if (job->phase == VESPA_JOB_REPLYING)
        give_reply(job, &vespa_exchange_next(job->exchange, vespa_clock_ms())->reply);
    else if (job->phase == VESPA_JOB_ON_LEG && !job->leg->is_call)
        resume_leg(job);
}

static void time_is_up(struct vespa_job *job)
{
    char message[100];
    snprintf(message, sizeof message, "timed out after %llu ms",
             (unsigned long long)(vespa_clock_ms() - job->times.began_ms));
    end(job, VESPA_JOB_TIMED_OUT, message);
}

void vespa_job_step(struct vespa_job *job)
{
    bool resumed = job->resumed;
    job->resumed = false;
    if (vespa_clock_ms() >= job->end_ms)
        time_is_up(job);
    else if (job->phase == VESPA_JOB_DECIDING)
        decide(job);
    else if (resumed)
        resume(job);
    else if (job->phase == VESPA_JOB_WAITING)
        end_wait(job);
    else
        enter(job, job->phase, VESPA_NEVER);
}

/* ---- the end of a leg ------------------------------------------------------------------------ */

static void end_call(struct vespa_job *job, struct vespa_leg *leg, CURLcode result)
{
    uint64_t now_ms = vespa_clock_ms();
    job->times.calls++;
    job->times.calling_ms += now_ms - leg->began_ms;
    vespa_caller_report(&leg->caller, job->engine->api, leg->easy, result, job->exchange, now_ms);
    vespa_leg_retire(leg);
    decide(job);
}

/* A success without a head: something came that libcurl forgave, and that is no HTTP. */
static void report_failure(struct vespa_job *job, struct vespa_leg *leg, CURLcode result,
                           const char *detail)
{
    enum vespa_failure failure = vespa_failure_of((struct vespa_transfer_end){
        .code = (int)(result ? result : CURLE_WEIRD_SERVER_REPLY),
        .connected = vespa_send_bytes_sent(job->engine->api, leg->easy) > 0,
        .answer_started = leg->answer.status != 0,
    });
    if (leg->answer.repeat.refused) {
        failure = VESPA_FAILURE_CLOSED;
        detail = "a kept-alive connection";
    }
    detail = vespa_send_failure_text(job->engine->api, leg->easy, failure, detail, &leg->text);
    vespa_exchange_failed(job->exchange, vespa_clock_ms(), failure, detail);
}

/* The head was delivered: whatever comes now is the end of the job. */
static void end_delivery(struct vespa_job *job, struct vespa_leg *leg, CURLcode result)
{
    char detail[CURL_ERROR_SIZE] = "";
    bool refused = leg->answer.refused;
    if (result)
        snprintf(detail, sizeof detail, "%s",
                 leg->error[0] ? leg->error : job->engine->api->easy_strerror(result));
    if (leg->to_origin)
        ; /* the exchange knows nothing of it */
    else if (!result)
        vespa_exchange_finished(job->exchange, vespa_clock_ms());
    else if (!refused)
        report_failure(job, leg, result, detail);
    vespa_leg_retire(leg);
    if (!result)
        end(job, VESPA_JOB_ANSWERED, "");
    else if (refused)
        end(job, VESPA_JOB_REFUSED, "the answer was not wanted");
    else
        end(job, VESPA_JOB_CUT, detail);
}

/* The origin gave no answer. */
static void end_origin(struct vespa_job *job, struct vespa_leg *leg, CURLcode result)
{
    char detail[CURL_ERROR_SIZE];
    snprintf(detail, sizeof detail, "%s",
             leg->error[0] ? leg->error : job->engine->api->easy_strerror(result));
    vespa_leg_retire(leg);
    end(job, VESPA_JOB_ORIGIN, result ? detail : "what it answered is no HTTP");
}

static void end_send(struct vespa_job *job, struct vespa_leg *leg, CURLcode result)
{
    if (leg->answer.state == VESPA_ANSWER_DELIVER) {
        end_delivery(job, leg, result);
        return;
    }
    if (leg->to_origin) {
        end_origin(job, leg, result);
        return;
    }
    if (leg->answer.state == VESPA_ANSWER_DISCARD)
        vespa_exchange_finished(job->exchange, vespa_clock_ms());
    else
        report_failure(job, leg, result,
                       leg->error[0] ? leg->error : job->engine->api->easy_strerror(result));
    vespa_leg_retire(leg);
    decide(job);
}

void vespa_job_leg_ended(struct vespa_job *job, CURLcode result)
{
    struct vespa_leg *leg = job->leg;
    job->leg = NULL;
    leg->is_warm = result == CURLE_OK;
    if (leg->is_call)
        end_call(job, leg, result);
    else
        end_send(job, leg, result);
}
