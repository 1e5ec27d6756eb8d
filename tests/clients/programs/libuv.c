/* A program whose loop is libuv's: uv_poll_t for each socket, one uv_timer_t. */
#include "tests/clients/programs/requests.h"

#include <stdlib.h>
#include <uv.h>

struct watcher {
    uv_poll_t poll;
    curl_socket_t socket;
};

static uv_loop_t loop;
static uv_timer_t timer;
static CURLM *multi;

static void act(curl_socket_t socket, int events)
{
    int running = 0;
    curl_multi_socket_action(multi, socket, events, &running);
    requests_tell(multi, running);
}

static void on_socket(uv_poll_t *poll, int status, int events)
{
    const struct watcher *watcher = poll->data;
    int bits = (events & UV_READABLE ? CURL_CSELECT_IN : 0) |
               (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0);
    act(watcher->socket, status < 0 ? CURL_CSELECT_ERR : bits);
}

static void on_time(uv_timer_t *started)
{
    (void)started;
    act(CURL_SOCKET_TIMEOUT, 0);
}

static int set_timer(CURLM *handle, long milliseconds, void *context)
{
    (void)handle;
    (void)context;
    if (milliseconds < 0)
        return uv_timer_stop(&timer);
    return uv_timer_start(&timer, on_time, (uint64_t)milliseconds, 0);
}

static void forget(uv_handle_t *handle)
{
    free(handle->data);
}

static struct watcher *new_watcher(curl_socket_t socket)
{
    struct watcher *watcher = calloc(1, sizeof *watcher);
    if (!watcher || uv_poll_init_socket(&loop, &watcher->poll, socket) != 0)
        abort();
    watcher->socket = socket;
    watcher->poll.data = watcher;
    curl_multi_assign(multi, socket, watcher);
    return watcher;
}

static int watch(CURL *easy, curl_socket_t socket, int what, void *context, void *assigned)
{
    struct watcher *watcher = assigned;
    (void)easy;
    (void)context;
    if (what != CURL_POLL_REMOVE) {
        watcher = watcher ? watcher : new_watcher(socket);
        uv_poll_start(&watcher->poll,
                      (what & CURL_POLL_IN ? UV_READABLE : 0) |
                          (what & CURL_POLL_OUT ? UV_WRITABLE : 0),
                      on_socket);
    } else if (watcher) {
        uv_poll_stop(&watcher->poll);
        uv_close((uv_handle_t *)&watcher->poll, forget);
        curl_multi_assign(multi, socket, NULL);
    }
    return 0;
}

int main(int argc, char **argv)
{
    curl_global_init(CURL_GLOBAL_ALL);
    uv_loop_init(&loop);
    uv_timer_init(&loop, &timer);
    multi = curl_multi_init();
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer);
    requests_add(multi, argc, argv);
    uv_run(&loop, UV_RUN_DEFAULT);
    curl_multi_cleanup(multi);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    curl_global_cleanup();
    return 0;
}
