// One event loop of the proxy.

#include "cli/proxy/loop.h"

#include "cli/proxy/client.h"
#include "cli/proxy/proxy.h"
#include "lib/clock.h"
#include "lib/linked_curl.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    EVENTS = 256,
    ROUNDS = 4 // of both sides, before it is looked whether others have something to do
};

// What a descriptor in the epoll set is there for; in the upper half of its data, the descriptor in
// the lower.
enum kind { KIND_CURL, KIND_SERVER, KIND_WAKE, KIND_CLIENT };

// What is known of a descriptor.
struct watched {
    struct vespa_proxy_connection *line; // a client's; else NULL
    bool stays;      // one of the engine's: it stays in the epoll set while no transfer uses it
    bool idle;       // none does
    uint32_t events; // with which it is in the set, as one that stays; 0: it is not
};

struct vespa_proxy_loop {
    struct vespa_proxy *proxy;
    int epoll;
    int wake; // eventfd; written by other threads
    CURLM *multi;
    struct vespa_engine *engine;
    struct MHD_Daemon *server;
    uint64_t curl_due_ms;
    bool server_ready; // the server has something to do

    struct watched *watched; // by descriptor
    size_t watched_size;
    struct vespa_engine_sockets sockets; // whose connections close after the engine is freed

    struct vespa_proxy_client *clients;
    _Atomic bool stopping;
    _Atomic uint32_t drain_ms;
    bool quiet; // accepts no more
    uint64_t end_ms;
};

static bool set_watch(struct vespa_proxy_loop *loop, int operation, int descriptor, enum kind kind,
                      uint32_t events)
{
    struct epoll_event event = {.events = events,
                                .data.u64 = (uint64_t)kind << 32 | (uint32_t)descriptor};
    return epoll_ctl(loop->epoll, operation, descriptor, &event) == 0;
}

// ---- libcurl's side ----

static bool make_room(struct vespa_proxy_loop *loop, size_t size)
{
    if (size <= loop->watched_size)
        return true;
    size_t larger = size < 64 ? 64 : size * 2;
    struct watched *watched = realloc(loop->watched, larger * sizeof *watched);
    if (!watched)
        return false;
    memset(watched + loop->watched_size, 0, (larger - loop->watched_size) * sizeof *watched);
    loop->watched = watched;
    loop->watched_size = larger;
    return true;
}

// Where there is no memory to remember it, it does not stay.
static void socket_opened(void *context, int socket)
{
    struct vespa_proxy_loop *loop = context;
    if (make_room(loop, (size_t)socket + 1))
        loop->watched[socket] = (struct watched){.stays = true};
}

// Which takes it out of the epoll set.
static void socket_closed(void *context, int socket)
{
    struct vespa_proxy_loop *loop = context;
    if ((size_t)socket < loop->watched_size)
        loop->watched[socket] = (struct watched){0};
}

// The socket, if it is one that stays; else NULL.
static struct watched *staying(struct vespa_proxy_loop *loop, int socket)
{
    bool stays = (size_t)socket < loop->watched_size && loop->watched[socket].stays;
    return stays ? &loop->watched[socket] : NULL;
}

// What it is registered for stays while nothing is wanted: that costs nothing, unless something
// comes.
static int change_staying(struct vespa_proxy_loop *loop, int socket, struct watched *watched,
                          uint32_t events)
{
    watched->idle = !events;
    if (!events || watched->events == events)
        return 0;
    int operation = watched->events ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (!set_watch(loop, operation, socket, KIND_CURL, events))
        return -1;
    watched->events = events;
    return 0;
}

// For most requests nothing is to be done: the connection is there and waits to be read, as before.
// The marker that libcurl keeps for another socket says that it is in the epoll set.
static int socket_changed(CURL *easy, curl_socket_t socket, int what, void *user, void *known)
{
    struct vespa_proxy_loop *loop = user;
    struct watched *watched = staying(loop, socket);
    uint32_t events = (what & CURL_POLL_IN ? (uint32_t)EPOLLIN : 0) |
                      (what & CURL_POLL_OUT ? (uint32_t)EPOLLOUT : 0);
    (void)easy;
    if (watched)
        return change_staying(loop, socket, watched, events);
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(loop->epoll, EPOLL_CTL_DEL, socket, NULL);
        return 0;
    }
    if (!set_watch(loop, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, KIND_CURL, events))
        return -1;
    if (!known)
        curl_multi_assign(loop->multi, socket, loop);
    return 0;
}

static int timer_changed(CURLM *multi, long timeout_ms, void *user)
{
    struct vespa_proxy_loop *loop = user;
    (void)multi;
    loop->curl_due_ms = timeout_ms < 0 ? VESPA_NEVER : vespa_clock_ms() + (uint64_t)timeout_ms;
    return 0;
}

static bool open_multi(struct vespa_proxy_loop *loop)
{
    loop->curl_due_ms = VESPA_NEVER;
    loop->multi = curl_multi_init();
    if (!loop->multi)
        return false;
    curl_multi_setopt(loop->multi, CURLMOPT_SOCKETFUNCTION, socket_changed);
    curl_multi_setopt(loop->multi, CURLMOPT_SOCKETDATA, loop);
    curl_multi_setopt(loop->multi, CURLMOPT_TIMERFUNCTION, timer_changed);
    curl_multi_setopt(loop->multi, CURLMOPT_TIMERDATA, loop);
    curl_multi_setopt(loop->multi, CURLMOPT_MAXCONNECTS, (long)VESPA_PROXY_KEPT_CONNECTIONS);
    loop->engine = vespa_engine_new(vespa_linked_curl(), loop->multi);
    if (!loop->engine)
        return false;
    loop->sockets = (struct vespa_engine_sockets){socket_opened, socket_closed, loop};
    vespa_engine_watch_sockets(loop->engine, &loop->sockets);
    return true;
}

// Where nothing is wanted of a connection that has something to say, it was closed, or its transfer
// is paused: libcurl looks when it wants something again.
static void act_on_socket(struct vespa_proxy_loop *loop, int socket, uint32_t events)
{
    struct watched *watched = staying(loop, socket);
    int running;
    if (watched && watched->idle) {
        epoll_ctl(loop->epoll, EPOLL_CTL_DEL, socket, NULL);
        watched->events = 0;
        return;
    }
    int mask = (events & EPOLLIN ? CURL_CSELECT_IN : 0) |
               (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
               (events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
    curl_multi_socket_action(loop->multi, socket, mask, &running);
}

static void turn_curl(struct vespa_proxy_loop *loop)
{
    CURLMsg *message;
    int count;
    if (loop->curl_due_ms <= vespa_clock_ms()) {
        loop->curl_due_ms = VESPA_NEVER;
        curl_multi_socket_action(loop->multi, CURL_SOCKET_TIMEOUT, 0, &count);
    }
    while ((message = curl_multi_info_read(loop->multi, &count)) != NULL)
        vespa_engine_take(loop->engine, message);
    vespa_engine_turn(loop->engine);
}

// ---- the clients' side ----

struct vespa_proxy *vespa_proxy_loop_proxy(struct vespa_proxy_loop *loop)
{
    return loop->proxy;
}

struct vespa_engine *vespa_proxy_loop_engine(struct vespa_proxy_loop *loop)
{
    return loop->engine;
}

void vespa_proxy_loop_resume(struct vespa_proxy_loop *loop, struct MHD_Connection *connection)
{
    MHD_resume_connection(connection);
    loop->server_ready = true;
}

struct vespa_proxy_client **vespa_proxy_loop_clients(struct vespa_proxy_loop *loop)
{
    return &loop->clients;
}

// RDHUP is also what a client causes that shuts down its sending side and would still read. It is
// taken for a hang-up, as nginx takes it: the two look alike until something is written, which may
// be minutes off, and the worker's time costs money.
bool vespa_proxy_loop_watch(struct vespa_proxy_loop *loop, int socket,
                            struct vespa_proxy_connection *line)
{
    if (!make_room(loop, (size_t)socket + 1) ||
        !set_watch(loop, EPOLL_CTL_ADD, socket, KIND_CLIENT, EPOLLRDHUP | EPOLLET))
        return false;
    loop->watched[socket] = (struct watched){.line = line};
    return true;
}

void vespa_proxy_loop_unwatch(struct vespa_proxy_loop *loop, int socket)
{
    epoll_ctl(loop->epoll, EPOLL_CTL_DEL, socket, NULL);
    loop->watched[socket] = (struct watched){0};
    // Where there were as many as may be, the server accepts again, but not before it is run again.
    loop->server_ready = true;
}

// The event may be of an earlier connection with that number.
static void client_event(struct vespa_proxy_loop *loop, int socket)
{
    struct pollfd now = {.fd = socket, .events = POLLRDHUP};
    struct vespa_proxy_connection *line =
        (size_t)socket < loop->watched_size ? loop->watched[socket].line : NULL;
    if (line && poll(&now, 1, 0) > 0)
        vespa_proxy_connection_hung_up(line);
}

static void turn_server(struct vespa_proxy_loop *loop)
{
    MHD_UNSIGNED_LONG_LONG timeout;
    bool due = MHD_get_timeout(loop->server, &timeout) == MHD_YES && timeout == 0;
    if (!loop->server_ready && !due)
        return;
    loop->server_ready = false;
    MHD_run(loop->server);
}

static bool open_server(struct vespa_proxy_loop *loop, int listener)
{
    loop->server = vespa_proxy_client_server(loop, listener);
    if (!loop->server)
        return false;
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(loop->server, MHD_DAEMON_INFO_EPOLL_FD);
    return info && set_watch(loop, EPOLL_CTL_ADD, info->epoll_fd, KIND_SERVER, EPOLLIN);
}

// ---- the loop ----

struct vespa_proxy_loop *vespa_proxy_loop_new(struct vespa_proxy *proxy, int listener,
                                              const char **error)
{
    struct vespa_proxy_loop *loop = calloc(1, sizeof *loop);
    *error = "out of memory";
    if (!loop)
        return NULL;
    loop->proxy = proxy;
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    loop->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    bool opened = loop->epoll >= 0 && loop->wake >= 0 &&
                  set_watch(loop, EPOLL_CTL_ADD, loop->wake, KIND_WAKE, EPOLLIN);
    if (!opened)
        *error = strerror(errno);
    if (opened && open_multi(loop)) {
        if (open_server(loop, listener))
            return loop;
        *error = "the HTTP server could not be started";
    }
    vespa_proxy_loop_free(loop);
    return NULL;
}

void vespa_proxy_loop_free(struct vespa_proxy_loop *loop)
{
    if (!loop)
        return;
    if (loop->server) {
        vespa_proxy_clients_give_up(loop); // for the server ends no suspended connection
        MHD_run(loop->server);
        MHD_stop_daemon(loop->server);
    }
    vespa_engine_free(loop->engine);
    curl_multi_cleanup(loop->multi);
    if (loop->epoll >= 0)
        close(loop->epoll);
    if (loop->wake >= 0)
        close(loop->wake);
    free(loop->watched);
    free(loop);
}

void vespa_proxy_loop_stop(struct vespa_proxy_loop *loop, uint32_t drain_ms)
{
    static const uint64_t one = 1;
    loop->drain_ms = drain_ms;
    loop->stopping = true;
    while (write(loop->wake, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

static void handle(struct vespa_proxy_loop *loop, const struct epoll_event *event)
{
    int descriptor = (int)(uint32_t)event->data.u64;
    uint64_t drained;
    switch ((enum kind)(event->data.u64 >> 32)) {
    case KIND_CURL:
        act_on_socket(loop, descriptor, event->events);
        break;
    case KIND_SERVER:
        loop->server_ready = true;
        break;
    case KIND_WAKE:
        while (read(loop->wake, &drained, sizeof drained) < 0 && errno == EINTR)
            ;
        break;
    case KIND_CLIENT:
        client_event(loop, descriptor);
        break;
    }
}

// True: all is done.
static bool is_over(struct vespa_proxy_loop *loop)
{
    if (!loop->stopping)
        return false;
    if (!loop->quiet) {
        loop->quiet = true;
        loop->end_ms = vespa_clock_ms() + loop->drain_ms;
        int listener = MHD_quiesce_daemon(loop->server);
        if (listener >= 0)
            close(listener);
    }
    return !loop->clients || vespa_clock_ms() >= loop->end_ms;
}

static int until(uint64_t due_ms, uint64_t now_ms, int limit_ms)
{
    uint64_t left = due_ms > now_ms ? due_ms - now_ms : 0;
    return left < (uint64_t)limit_ms ? (int)left : limit_ms;
}

static int wait_ms(struct vespa_proxy_loop *loop)
{
    MHD_UNSIGNED_LONG_LONG timeout;
    uint64_t now_ms = vespa_clock_ms();
    int limit = until(loop->curl_due_ms, now_ms, INT_MAX);
    limit = until(vespa_engine_due_ms(loop->engine), now_ms, limit);
    if (loop->quiet)
        limit = until(loop->end_ms, now_ms, limit);
    if (loop->server_ready)
        return 0;
    if (MHD_get_timeout(loop->server, &timeout) == MHD_YES && timeout < (unsigned)limit)
        limit = (int)timeout;
    return limit == INT_MAX ? -1 : limit;
}

// What one side has done gives the other something to do: a request, a transfer to begin.
static void turn(struct vespa_proxy_loop *loop)
{
    int rounds = ROUNDS;
    do {
        turn_curl(loop);
        turn_server(loop);
    } while (--rounds && wait_ms(loop) == 0);
}

void vespa_proxy_loop_run(struct vespa_proxy_loop *loop)
{
    struct epoll_event events[EVENTS];
    while (!is_over(loop)) {
        int count = epoll_wait(loop->epoll, events, EVENTS, wait_ms(loop));
        for (int i = 0; i < count; i++)
            handle(loop, &events[i]);
        turn(loop);
    }
}
