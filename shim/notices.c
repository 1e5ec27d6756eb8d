/* CURLMOPT_NOTIFYFUNCTION. */
#include "shim/notices.h"

#include "shim/flight.h"
#include "shim/registry.h"

/* Newer than the headers of the oldest libcurl that this is built with. */
enum { OPTION_NOTIFYFUNCTION = 20018, OPTION_NOTIFYDATA = 10019 };
enum { NOTICE_INFO_READ = 0, NOTICE_EASY_DONE = 1 };

/* The callback may add and remove handles, but it must not drive. */
static void call(struct vespa_multi *multi, unsigned notice, CURL *easy)
{
    bool before = multi->notifying;
    bool calling_back = multi->calling_back;
    multi->notifying = multi->calling_back = true;
    multi->notify(multi->handle, notice, easy, multi->notify_data);
    multi->notifying = before;
    multi->calling_back = calling_back;
}

/* In place of the application's. That there are messages is told when they are known to be its own;
 * that a leg is done, when the request is. */
static void notify_callback(CURLM *handle, unsigned notice, CURL *easy, void *user)
{
    struct vespa_multi *multi = user;
    struct vespa_record *record;
    (void)handle;
    if (notice == NOTICE_INFO_READ) {
        multi->messenger = easy;
        return;
    }
    if (notice == NOTICE_EASY_DONE) {
        if (vespa_flight_of_call(easy))
            return;
        record = vespa_registry_find(easy);
        if (record && record->flight) {
            record->flight->notice = VESPA_NOTICE_WANTED;
            return;
        }
    }
    call(multi, notice, easy);
}

bool vespa_notices_tracks(CURLMoption id)
{
    return (int)id == OPTION_NOTIFYFUNCTION || (int)id == OPTION_NOTIFYDATA;
}

static void set_real(struct vespa_multi *multi, vespa_notify_callback function, void *data)
{
    multi->api->multi_setopt(multi->handle, (CURLMoption)OPTION_NOTIFYDATA, data);
    multi->api->multi_setopt(multi->handle, (CURLMoption)OPTION_NOTIFYFUNCTION, function);
}

CURLMcode vespa_notices_setopt(struct vespa_multi *multi, CURLMoption id, void *object)
{
    CURLMcode code = multi->api->multi_setopt(multi->handle, id, object);
    if (code)
        return code;
    if ((int)id == OPTION_NOTIFYFUNCTION)
        multi->notify = (vespa_notify_callback)object;
    else
        multi->notify_data = object;
    if (multi->wrapped)
        vespa_notices_wrap(multi);
    return CURLM_OK;
}

void vespa_notices_wrap(struct vespa_multi *multi)
{
    if (multi->notify)
        set_real(multi, notify_callback, multi);
}

void vespa_notices_unwrap(struct vespa_multi *multi)
{
    if (multi->notify)
        set_real(multi, multi->notify, multi->notify_data);
}

static struct vespa_flight *first_owed(const struct vespa_multi *multi)
{
    struct vespa_flight *flight = multi->flights;
    while (flight && flight->notice != VESPA_NOTICE_OWED)
        flight = flight->next;
    return flight;
}

void vespa_notices_tell(struct vespa_multi *multi)
{
    struct vespa_flight *flight;
    if (!multi->notify)
        return;
    while (multi->notices_owed && (flight = first_owed(multi)) != NULL) {
        flight->notice = VESPA_NOTICE_NONE;
        multi->notices_owed--;
        call(multi, NOTICE_EASY_DONE, flight->easy);
    }
    if (!multi->messenger || !multi->unannounced || multi->messages.count == 0)
        return;
    multi->unannounced = false;
    call(multi, NOTICE_INFO_READ, multi->messenger);
}
