/* CALLs of the exchange. */
#include "shim/autoscaler.h"

#include "shim/patience.h"
#include "shim/process.h"

static int progress(void *user, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                    curl_off_t up)
{
    struct vespa_transfer *transfer = user;
    (void)down_total, (void)down, (void)up_total, (void)up;
    return vespa_patience_progress(transfer) && !vespa_patience_limits(transfer) ? 0 : 1;
}

/* Proxy, interface, resolver: what the option table says of the autoscaler's leg. An option that
 * this libcurl lacks cannot have been set. */
static CURLcode copy_options(const struct vespa_transfer *transfer, CURL *easy)
{
    const struct vespa_values *values = &transfer->record->values;
    unsigned order[VESPA_OPTION_NUMBERS];
    vespa_values_in_order(values, order);
    for (unsigned i = 0; i < values->count; i++) {
        const struct vespa_value *value = &values->items[order[i]];
        if (!(value->option->legs & VESPA_LEG_AUTOSCALER))
            continue;
        CURLcode result = vespa_option_apply(transfer->api, easy, value->option, value->argument);
        if (result)
            return result;
    }
    return CURLE_OK;
}

static CURLcode set_up(struct vespa_transfer *transfer, CURL *easy, const struct vespa_call *call)
{
    CURLcode (*setopt)(CURL *, CURLoption, ...) = transfer->api->easy_setopt;
    long left = vespa_transfer_time_left(transfer);
    CURLcode result = copy_options(transfer, easy);
    if (!result)
        result = vespa_caller_keep_local(transfer->api, easy, call);
    if (!result && left >= 0 && (uint64_t)left < call->timeout_ms)
        result = setopt(easy, CURLOPT_TIMEOUT_MS, left > 0 ? left : 1);
    if (!vespa_patience_is_asked(transfer))
        return result;
    result = result ? result : setopt(easy, CURLOPT_XFERINFOFUNCTION, progress);
    result = result ? result : setopt(easy, CURLOPT_XFERINFODATA, transfer);
    return result ? result : setopt(easy, CURLOPT_NOPROGRESS, 0L);
}

/* An abort of the progress callback, or a time that is up, is the application's, not the call's. */
static CURLcode applications_end(struct vespa_transfer *transfer, CURLcode result)
{
    CURLcode limits = vespa_patience_limits(transfer);
    return result == CURLE_ABORTED_BY_CALLBACK && !limits ? result : limits;
}

/* Numbers that programs set on all their handles alike (curl, PHP): a handle that rests takes them
 * from one call to the next. */
static const CURLoption tunings[] = {
    CURLOPT_NOSIGNAL,      CURLOPT_DNS_CACHE_TIMEOUT, CURLOPT_TCP_NODELAY,
    CURLOPT_TCP_KEEPALIVE, CURLOPT_TCP_KEEPIDLE,      CURLOPT_TCP_KEEPINTVL,
};
#define TUNING_COUNT (sizeof tunings / sizeof *tunings)

static bool is_tuning(unsigned id)
{
    for (size_t i = 0; i < TUNING_COUNT; i++)
        if (id == (unsigned)tunings[i])
            return true;
    return false;
}

static bool is_tuned(const struct vespa_values *values)
{
    for (size_t i = 0; i < TUNING_COUNT; i++)
        if (vespa_values_find(values, (unsigned)tunings[i]))
            return true;
    return false;
}

/* Gives a handle that rests those of this request, in place of those that it has. */
static CURLcode tune(const struct vespa_transfer *transfer, struct vespa_caller *caller, CURL *easy)
{
    const struct vespa_values *values = &transfer->record->values;
    bool had = caller->tuned;
    CURLcode result = CURLE_OK;
    caller->tuned = is_tuned(values);
    for (size_t i = 0; (had || caller->tuned) && i < TUNING_COUNT && !result; i++) {
        long initial = (long)vespa_option_find((unsigned)tunings[i])->initial;
        long number = vespa_values_number(values, (unsigned)tunings[i], initial);
        result = transfer->api->easy_setopt(easy, tunings[i], number);
    }
    return result;
}

/* Whether the handle needs anything beside what the call itself does, and tune. */
static bool is_special(const struct vespa_transfer *transfer)
{
    const struct vespa_values *values = &transfer->record->values;
    if (vespa_transfer_time_left(transfer) >= 0 || vespa_patience_is_asked(transfer))
        return true;
    for (unsigned i = 0; i < values->count; i++)
        if ((values->items[i].option->legs & VESPA_LEG_AUTOSCALER) &&
            !is_tuning(values->items[i].option->id))
            return true;
    return false;
}

bool vespa_autoscaler_resume(const struct vespa_transfer *transfer, struct vespa_caller *caller,
                             CURL *easy, const struct vespa_call *call)
{
    return !is_special(transfer) && vespa_caller_resume(caller, transfer->api, easy, call) &&
           tune(transfer, caller, easy) == CURLE_OK;
}

CURLcode vespa_autoscaler_begin(struct vespa_transfer *transfer, struct vespa_caller *caller,
                                CURL *easy, const struct vespa_call *call)
{
    vespa_caller_end(caller, transfer->api, easy);
    if (!vespa_caller_prepare(caller, transfer->api, easy, call))
        return CURLE_FAILED_INIT;
    caller->extended = is_special(transfer);
    caller->tuned = is_tuned(&transfer->record->values);
    return set_up(transfer, easy, call);
}

static CURLcode report(struct vespa_transfer *transfer, struct vespa_caller *caller, CURL *easy,
                       CURLcode result)
{
    CURLcode enough = result ? applications_end(transfer, result) : CURLE_OK;
    if (!enough)
        vespa_caller_report(caller, transfer->api, easy, result, transfer->exchange,
                            vespa_now_ms());
    return enough;
}

CURLcode vespa_autoscaler_end(struct vespa_transfer *transfer, struct vespa_caller *caller,
                              CURL *easy, CURLcode result)
{
    CURLcode enough = report(transfer, caller, easy, result);
    if (result || caller->extended)
        vespa_caller_end(caller, transfer->api, easy);
    else
        vespa_caller_rest(caller);
    return enough;
}

/* Makes the pooled handle ready; if it rests after a call like this one, it nearly is. */
static CURLcode begin_pooled(struct vespa_transfer *transfer, struct vespa_connection *connection,
                             const struct vespa_call *call)
{
    struct vespa_caller *caller = &connection->caller;
    if (vespa_autoscaler_resume(transfer, caller, connection->easy, call))
        return CURLE_OK;
    CURLcode result = vespa_autoscaler_begin(transfer, caller, connection->easy, call);
    return result ? result : vespa_connection_watch(connection);
}

/* Closed one day, the connection is to leave signals alone where the application wants that. */
static CURLcode end_pooled(struct vespa_transfer *transfer, struct vespa_connection *connection,
                           CURLcode result)
{
    struct vespa_caller *caller = &connection->caller;
    CURLcode enough = vespa_autoscaler_end(transfer, caller, connection->easy, result);
    if (!caller->resting && vespa_values_number(&transfer->record->values, CURLOPT_NOSIGNAL, 0))
        transfer->api->easy_setopt(connection->easy, CURLOPT_NOSIGNAL, 1L);
    return enough;
}

CURLcode vespa_autoscaler_call(struct vespa_transfer *transfer, const struct vespa_call *call)
{
    const struct vespa_curl_api *api = transfer->api;
    struct vespa_pool *pool = vespa_runtime_pool(vespa_process_runtime());
    struct vespa_connection *connection = vespa_pool_take(pool, api);
    if (!connection) {
        vespa_exchange_call_failed(transfer->exchange, vespa_now_ms(), VESPA_FAILURE_LOCAL,
                                   "out of memory");
        return CURLE_OK;
    }
    CURLcode result = begin_pooled(transfer, connection, call);
    if (!result)
        result = api->easy_perform(connection->easy);
    vespa_connection_note(connection);
    CURLcode enough = end_pooled(transfer, connection, result);
    vespa_pool_give(pool, connection);
    return enough;
}
