/* A program whose loop is libevent's: socket_action from its events, one timer. */
#include "tests/clients/programs/requests.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

static struct event_base *base;
static struct event *timer;
static CURLM *multi;

static void act(curl_socket_t socket, int events)
{
    int running = 0;
    curl_multi_socket_action(multi, socket, events, &running);
    requests_tell(multi, running);
    if (running == 0)
        event_base_loopbreak(base);
}

static void on_event(evutil_socket_t socket, short what, void *context)
{
    (void)context;
    act(socket, (what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0));
}

static void on_time(evutil_socket_t socket, short what, void *context)
{
    (void)socket;
    (void)what;
    (void)context;
    act(CURL_SOCKET_TIMEOUT, 0);
}

static int set_timer(CURLM *handle, long milliseconds, void *context)
{
    (void)handle;
    (void)context;
    if (milliseconds < 0)
        return evtimer_del(timer);
    struct timeval wait = {.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000};
    return evtimer_add(timer, &wait);
}

static int watch(CURL *easy, curl_socket_t socket, int what, void *context, void *assigned)
{
    struct event *event = assigned;
    (void)easy;
    (void)context;
    if (event) {
        event_del(event);
        event_free(event);
    }
    event = NULL;
    if (what != CURL_POLL_REMOVE) {
        int events = (what & CURL_POLL_IN ? EV_READ : 0) | (what & CURL_POLL_OUT ? EV_WRITE : 0);
        event = event_new(base, socket, (short)(events | EV_PERSIST), on_event, NULL);
        event_add(event, NULL);
    }
    curl_multi_assign(multi, socket, event);
    return 0;
}

int main(int argc, char **argv)
{
    curl_global_init(CURL_GLOBAL_ALL);
    base = event_base_new();
    timer = evtimer_new(base, on_time, NULL);
    multi = curl_multi_init();
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer);
    if (requests_add(multi, argc, argv) > 0)
        event_base_dispatch(base);
    curl_multi_cleanup(multi);
    event_free(timer);
    event_base_free(base);
    curl_global_cleanup();
    return 0;
}
