/* In place of a multi handle's callbacks. */
#include "shim/multi_callbacks.h"

#include "shim/notices.h"
#include "shim/process.h"

/* The application calls what it likes from its callbacks. libcurl refuses what it cannot bear then;
 * so is it here, where libcurl is not inside a call. */
static void set_timer(struct vespa_multi *multi, long timeout_ms)
{
    bool before = multi->calling_back;
    multi->calling_back = true;
    if (multi->timer(multi->handle, timeout_ms, multi->timer_data) == -1)
        multi->aborted = true;
    multi->calling_back = before;
}

/* Sets the application's timer, unless it is set to that time already. */
static void tell_timer(struct vespa_multi *multi)
{
    uint64_t due_ms = vespa_schedule_first_ms(&multi->schedule);
    if (!multi->timer || !multi->wrapped || multi->aborted)
        return;
    if (multi->libcurl_due_ms < due_ms)
        due_ms = multi->libcurl_due_ms;
    if (multi->told ? multi->told_due_ms == due_ms : due_ms == VESPA_NEVER)
        return;
    uint64_t now_ms = vespa_now_ms();
    multi->told = due_ms != VESPA_NEVER;
    multi->told_due_ms = due_ms;
    set_timer(multi, !multi->told ? -1 : due_ms > now_ms ? (long)(due_ms - now_ms) : 0);
}

void vespa_multi_enter(struct vespa_multi *multi)
{
    multi->busy++;
}

CURLMcode vespa_multi_leave(struct vespa_multi *multi)
{
    bool before = multi->aborted;
    if (multi->busy == 1)
        tell_timer(multi);
    multi->busy--;
    return multi->aborted && !before ? CURLM_ABORTED_BY_CALLBACK : CURLM_OK;
}

void vespa_multi_fired(struct vespa_multi *multi, bool by_libcurl)
{
    multi->told = false;
    if (by_libcurl)
        multi->libcurl_due_ms = VESPA_NEVER;
}

static void note_libcurls_time(struct vespa_multi *multi, long timeout_ms)
{
    multi->libcurl_due_ms = timeout_ms < 0 ? VESPA_NEVER : vespa_now_ms() + (uint64_t)timeout_ms;
}

/* In place of the application's TIMERFUNCTION. */
static int timer_callback(CURLM *handle, long timeout_ms, void *user)
{
    struct vespa_multi *multi = user;
    (void)handle;
    note_libcurls_time(multi, timeout_ms);
    if (multi->busy == 0)
        tell_timer(multi);
    return multi->aborted ? -1 : 0;
}

/* In place of its SOCKETFUNCTION: the application knows no handle of ours, but the one on whose
 * behalf it works. */
static int socket_callback(CURL *easy, curl_socket_t descriptor, int what, void *user,
                           void *socket_data)
{
    struct vespa_multi *multi = user;
    struct vespa_flight *flight = vespa_flight_of_call(easy);
    if (!multi->socket)
        return 0;
    return multi->socket(flight ? flight->easy : easy, descriptor, what, multi->socket_data,
                         socket_data);
}

/* What libcurl has told the timer before is asked for. */
CURLMcode vespa_multi_wrap(struct vespa_multi *multi)
{
    CURLMcode code = CURLM_OK;
    multi->wrapped = true;
    vespa_notices_wrap(multi);
    if (multi->timer) {
        long timeout_ms = -1;
        multi->api->multi_timeout(multi->handle, &timeout_ms);
        note_libcurls_time(multi, timeout_ms);
        code = multi->api->multi_setopt(multi->handle, CURLMOPT_TIMERDATA, multi);
        if (!code)
            code = multi->api->multi_setopt(multi->handle, CURLMOPT_TIMERFUNCTION, timer_callback);
    }
    if (!code && multi->socket) {
        code = multi->api->multi_setopt(multi->handle, CURLMOPT_SOCKETDATA, multi);
        if (!code)
            code =
                multi->api->multi_setopt(multi->handle, CURLMOPT_SOCKETFUNCTION, socket_callback);
    }
    return code;
}

/* A callback that is set while ours are in place becomes known to them. */
static CURLMcode set_again(struct vespa_multi *multi)
{
    multi->told = false;
    return vespa_multi_wrap(multi);
}

void vespa_multi_unwrap(struct vespa_multi *multi)
{
    multi->api->multi_setopt(multi->handle, CURLMOPT_TIMERFUNCTION, NULL);
    multi->api->multi_setopt(multi->handle, CURLMOPT_SOCKETFUNCTION, multi->socket);
    multi->api->multi_setopt(multi->handle, CURLMOPT_SOCKETDATA, multi->socket_data);
    vespa_notices_unwrap(multi);
}

bool vespa_multi_tracks(CURLMoption id)
{
    return id == CURLMOPT_TIMERFUNCTION || id == CURLMOPT_TIMERDATA ||
           id == CURLMOPT_SOCKETFUNCTION || id == CURLMOPT_SOCKETDATA ||
           id == CURLMOPT_MAX_TOTAL_CONNECTIONS || vespa_notices_tracks(id);
}

CURLMcode vespa_multi_setopt(struct vespa_multi *multi, CURLMoption id, void *object, long number)
{
    if (vespa_notices_tracks(id))
        return vespa_notices_setopt(multi, id, object);
    switch ((int)id) {
    case CURLMOPT_TIMERFUNCTION:
        multi->timer = (curl_multi_timer_callback)object;
        break;
    case CURLMOPT_TIMERDATA:
        multi->timer_data = object;
        break;
    case CURLMOPT_SOCKETFUNCTION:
        multi->socket = (curl_socket_callback)object;
        break;
    case CURLMOPT_SOCKETDATA:
        multi->socket_data = object;
        break;
    case CURLMOPT_MAX_TOTAL_CONNECTIONS:
        multi->connection_limit = number;
        return multi->api->multi_setopt(multi->handle, id, number);
    default:
        break;
    }
    bool is_data = id == CURLMOPT_TIMERDATA || id == CURLMOPT_SOCKETDATA;
    if (multi->wrapped && (is_data || object))
        return is_data ? CURLM_OK : set_again(multi);
    return multi->api->multi_setopt(multi->handle, id, object);
}
