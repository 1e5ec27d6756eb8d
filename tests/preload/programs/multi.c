/*
 * An ordinary program that drives a curl multi handle as its arguments say, in one of several
 * styles, and prints what it sees, one line for each event. Knows nothing of the shim. It watches
 * what libcurl promises to every program and prints a line that begins with WRONG when something is
 * not as promised.
 *
 * In the environment: MULTI_STYLE; MULTI_ADMIN, a URL below which /stats and /admin/fault are.
 *
 *     styles            poll, wait (curl_multi_perform with curl_multi_poll or _wait), select
 *                       (curl_multi_fdset and curl_multi_timeout), epoll (curl_multi_socket_action
 *                       with timer and socket callbacks), all, socket (the same with the deprecated
 *                       curl_multi_socket_all and curl_multi_socket)
 *     NAME=VALUE        CURLOPT_NAME of the handles that are made from now on: numbers and strings
 *     multi:NAME=VALUE  CURLMOPT_NAME
 *     body=TEXT         POSTFIELDS; # stands for the handle's number. big=BYTES: a JSON string
 *     read=KIND         the body comes from a READFUNCTION instead: plain, pause (every other
 * call), stop (pauses until it is told to go on), abort write=KIND        collect, pause (the first
 * time, and goes on), stop (until told), abort progress=KIND     count, abort (after 3 calls) share
 * a share object with locks again=N           a handle whose message came is removed and added N
 * times more new=N             makes N handles, numbered on from 0 add | remove | cleanup | perform
 * | pause | unpause | info | read | say   =NUMBER; without it: of all. info prints "info NUMBER
 * STATUS TIME-SET SIZE" set=NUMBER:NAME=VALUE   an option of that handle in:EVENT:ACTION   does it
 * from inside a callback: write, read, timer, progress; once other             goes on with a
 * second multi handle, or back end               curl_multi_cleanup, and a new one in its place
 *     until=TEXT        drives until what is at MULTI_ADMIN/stats holds the text; until=N*TEXT: so
 *                       often
 *     drive=MS | run | run=N   drives for so long; until all that were added are done; all but N
 *     fault=TEXT        posts it to MULTI_ADMIN/admin/fault
 *     timer=refuse      the timer callback says -1 from now on; timer=accept
 *     calls=N           drives until the progress callback was called N times more
 *     stress=N          drives until all are done, N at a time; handles are removed and added
 * again, and faults are posted, by chance some              drives until all handles have received
 * something quiet             reads no messages, until the next run handles           prints
 * "handles N", of curl_multi_get_handles
 *
 * For each message: "done NUMBER RESULT STATUS BYTES echo|other", whether the answer was the body
 * that was sent. At the end everything that is left is given back, and "tasks N", "left N" (open
 * descriptors more than at the start), "loops N" are printed.
 */
#define CURL_DISABLE_TYPECHECK
#define CURL_DISABLE_DEPRECATION
#include <curl/curl.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

#undef curl_multi_socket

#define MOST_REQUESTS 5000
#define MOST_OPTIONS  64

struct text {
    char *data;
    size_t length;
};

struct request {
    int number;
    CURL *easy;
    CURLM *multi; /* that it was added to */
    bool told;    /* a message has come since */
    int again;
    struct text body;
    size_t read;
    unsigned reads;
    bool read_stopped;
    bool write_stopped;
    bool write_paused;
    struct text received;
};

static struct request requests[MOST_REQUESTS];
static int request_count;
static CURLM *multi;
static CURLM *other_multi;
static CURLSH *share;
static unsigned locked;
static const char *options[MOST_OPTIONS];
static int option_count;
static struct text body;
static const char *read_kind, *write_kind = "collect", *progress_kind;
static unsigned progress_calls;
static bool timer_refuses;
static const char *style = "poll";
static int again;
static unsigned loops;
static bool quiet;
static bool told_to_go_on; /* by unpause */
static bool by_notice;
static bool in_perform; /* curl_easy_perform */
static bool in_add;     /* no callback but the timer's may run */
static char *pending[4];

static int epoll_set = -1;
static long long timer_due = -1, other_timer_due = -1; /* ms; -1: not set */

static void act(const char *action);

static long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void wrong(const char *what, long number)
{
    printf("WRONG %s %ld\n", what, number);
}

static void *have(void *memory)
{
    if (!memory) {
        fprintf(stderr, "multi: no memory\n");
        exit(3);
    }
    return memory;
}

static void append(struct text *text, const char *data, size_t length)
{
    text->data = have(realloc(text->data, text->length + length + 1));
    memcpy(text->data + text->length, data, length);
    text->length += length;
    text->data[text->length] = '\0';
}

static struct request *request_of(const CURL *easy)
{
    for (int i = 0; i < request_count; i++)
        if (requests[i].easy && requests[i].easy == easy)
            return &requests[i];
    return NULL;
}

enum { IN_WRITE, IN_READ, IN_TIMER, IN_PROGRESS };

static void inside(int event)
{
    char *action = pending[event];
    pending[event] = NULL;
    if (in_add && event != IN_TIMER)
        wrong("callback in curl_multi_add_handle", event);
    if (action)
        act(action);
    free(action);
}

/* ---- callbacks of easy handles ----------------------------------------------------------------
 */

static void check_expected(const struct request *request)
{
    if (!in_perform && (request->told || !request->multi))
        wrong("callback of a handle that is done or removed", request->number);
}

static size_t write_callback(char *data, size_t size, size_t count, void *user)
{
    struct request *request = user;
    inside(IN_WRITE);
    check_expected(request);
    if (strcmp(write_kind, "abort") == 0)
        return 0;
    if (strcmp(write_kind, "stop") == 0 && !request->write_stopped) {
        request->write_stopped = true;
        printf("stopped %d\n", request->number);
        return CURL_WRITEFUNC_PAUSE;
    }
    if (strcmp(write_kind, "pause") == 0 && !request->write_stopped) {
        request->write_stopped = request->write_paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    append(&request->received, data, size * count);
    return size * count;
}

static size_t read_callback(char *to, size_t size, size_t count, void *user)
{
    struct request *request = user;
    size_t left = request->body.length - request->read;
    size_t length = left < size * count ? left : size * count;
    inside(IN_READ);
    check_expected(request);
    if (request->read_stopped && !in_perform)
        wrong("read while paused", request->number);
    if (strcmp(read_kind, "abort") == 0)
        return CURL_READFUNC_ABORT;
    if (strcmp(read_kind, "stop") == 0 && !told_to_go_on && request->reads++ == 0) {
        request->read_stopped = true;
        printf("stopped %d\n", request->number);
        return CURL_READFUNC_PAUSE;
    }
    if (strcmp(read_kind, "pause") == 0 && request->reads++ % 2 == 0) {
        request->read_stopped = true;
        return CURL_READFUNC_PAUSE;
    }
    if (length)
        memcpy(to, request->body.data + request->read, length);
    request->read += length;
    return length;
}

static int progress_callback(void *user, curl_off_t total, curl_off_t now, curl_off_t up_total,
                             curl_off_t up)
{
    (void)user, (void)total, (void)now, (void)up_total, (void)up;
    progress_calls++;
    inside(IN_PROGRESS);
    return strcmp(progress_kind, "abort") == 0 && progress_calls >= 3;
}

/* ---- callbacks of the multi handle ------------------------------------------------------------
 */

/* From 8.13 on a multi handle has one handle of its own, and shows it: where a descriptor goes, and
 * from 8.22 on also for the one by which it is woken. */
static bool may_be_libcurls(const CURL *easy, int what, const CURL **libcurls_own)
{
    unsigned version = curl_version_info(CURLVERSION_NOW)->version_num;
    if (version < 0x080d00 || (version < 0x081600 && what != CURL_POLL_REMOVE))
        return false;
    if (!*libcurls_own)
        *libcurls_own = easy;
    return *libcurls_own == easy;
}

static int socket_callback(CURL *easy, curl_socket_t descriptor, int what, void *user, void *own)
{
    struct epoll_event event = {.data = {.fd = descriptor}};
    (void)own;
    if (in_add)
        wrong("socket callback in curl_multi_add_handle", descriptor);
    if (!request_of(easy) && !may_be_libcurls(easy, what, user))
        wrong("foreign handle in the socket callback for", what);
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(epoll_set, EPOLL_CTL_DEL, descriptor, NULL);
        return 0;
    }
    event.events = (what & CURL_POLL_IN ? EPOLLIN : 0U) | (what & CURL_POLL_OUT ? EPOLLOUT : 0U);
    if (epoll_ctl(epoll_set, EPOLL_CTL_MOD, descriptor, &event) != 0)
        epoll_ctl(epoll_set, EPOLL_CTL_ADD, descriptor, &event);
    return 0;
}

static int timer_callback(CURLM *handle, long timeout_ms, void *user)
{
    (void)user;
    inside(IN_TIMER);
    *(handle == multi ? &timer_due : &other_timer_due) =
        timeout_ms < 0 ? -1 : now_ms() + timeout_ms;
    return timer_refuses ? -1 : 0;
}

static void set_up_multi(void)
{
    static const CURL *libcurls_own[16]; /* of as many multi handles, two of which are in use */
    static unsigned made;
    const CURL **slot = &libcurls_own[made++ % 16];
    multi = have(curl_multi_init());
    timer_due = -1;
    if (epoll_set < 0)
        return;
    *slot = NULL;
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, socket_callback);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, slot);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer_callback);
}

/* ---- driving: each waits for at most 200 ms, and sees to what has happened ----------------------
 */

static int running;

static void check_code(CURLMcode code, const char *what)
{
    if (code)
        printf("%s %d\n", what, (int)code);
}

static void drive_poll(void)
{
    check_code(curl_multi_poll(multi, NULL, 0, 200, NULL), "poll");
    check_code(curl_multi_perform(multi, &running), "perform");
}

static void drive_wait(void)
{
    check_code(curl_multi_wait(multi, NULL, 0, 200, NULL), "wait");
    check_code(curl_multi_perform(multi, &running), "perform");
}

static void drive_select(void)
{
    fd_set in, out, error;
    int highest = -1;
    long timeout_ms = -1;
    FD_ZERO(&in);
    FD_ZERO(&out);
    FD_ZERO(&error);
    check_code(curl_multi_fdset(multi, &in, &out, &error, &highest), "fdset");
    check_code(curl_multi_timeout(multi, &timeout_ms), "timeout");
    if (timeout_ms < 0 || timeout_ms > 200)
        timeout_ms = 200;
    struct timeval wait = {.tv_usec = timeout_ms * 1000};
    select(highest + 1, &in, &out, &error, &wait);
    check_code(curl_multi_perform(multi, &running), "perform");
}

static void act_on_socket(const struct epoll_event *event)
{
    int mask = (event->events & (EPOLLIN | EPOLLHUP | EPOLLERR) ? CURL_CSELECT_IN : 0) |
               (event->events & EPOLLOUT ? CURL_CSELECT_OUT : 0);
    if (strcmp(style, "all") == 0)
        check_code(curl_multi_socket_all(multi, &running), "socket_all");
    else if (strcmp(style, "socket") == 0)
        check_code(curl_multi_socket(multi, event->data.fd, &running), "socket");
    else
        check_code(curl_multi_socket_action(multi, event->data.fd, mask, &running), "action");
}

static void act_on_timer(void)
{
    timer_due = -1; /* it is for once */
    if (strcmp(style, "all") == 0)
        check_code(curl_multi_socket_all(multi, &running), "socket_all");
    else if (strcmp(style, "socket") == 0)
        check_code(curl_multi_socket(multi, CURL_SOCKET_TIMEOUT, &running), "socket");
    else
        check_code(curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running), "action");
}

static void drive_epoll(void)
{
    struct epoll_event events[16];
    long long left = timer_due < 0 ? 200 : timer_due - now_ms();
    int count = epoll_wait(epoll_set, events, 16, left < 0 ? 0 : left < 200 ? (int)left : 200);
    for (int i = 0; i < count; i++)
        act_on_socket(&events[i]);
    if (timer_due >= 0 && now_ms() >= timer_due)
        act_on_timer();
}

static void done(const CURLMsg *message, struct request *request)
{
    long status = 0;
    curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
    bool echo = request->received.length == request->body.length &&
                memcmp(request->received.data ? request->received.data : "",
                       request->body.data ? request->body.data : "", request->body.length) == 0;
    printf("done %d %d %ld %zu %s\n", request->number, (int)message->data.result, status,
           request->received.length, echo ? "echo" : "other");
}

static void prepare(struct request *request)
{
    request->told = request->read_stopped = request->write_stopped = request->write_paused = false;
    request->reads = 0;
    request->read = request->received.length = 0;
}

/* As the manual's examples have it: the message is looked at once more after the removal. */
static void add_again(struct request *request, const CURLMsg *message)
{
    request->again--;
    check_code(curl_multi_remove_handle(multi, message->easy_handle), "remove");
    prepare(request);
    check_code(curl_multi_add_handle(multi, message->easy_handle), "add");
}

static int unfinished(void)
{
    int count = 0;
    for (int i = 0; i < request_count; i++)
        count += requests[i].multi == multi && !requests[i].told;
    return count;
}

static void read_messages(void)
{
    CURLMsg *message;
    int left, last_left = -1;
    int added = 0;
    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
        struct request *request = request_of(message->easy_handle);
        if (last_left >= 0 && left != last_left - 1)
            wrong("msgs_in_queue", left);
        last_left = left;
        if (!request || message->msg != CURLMSG_DONE || request->told || request->multi != multi) {
            wrong("message for", request ? request->number : -1);
            continue;
        }
        request->told = true;
        done(message, request);
        added += request->again > 0;
        if (request->again > 0)
            add_again(request, message);
    }
    if (last_left > 0 || left != 0)
        wrong("msgs_in_queue at the end", left);
    if (running >= 0 && running != unfinished() - added)
        wrong("running_handles", running);
}

static void notify_callback(CURLM *handle, unsigned notice, CURL *easy, void *user)
{
    const struct request *request = request_of(easy);
    (void)handle, (void)user;
    running = -1; /* comes when the callback has returned */
    if (notice == 0)
        read_messages();
    else if (!request)
        wrong("notice of a foreign handle", (long)notice);
    else
        printf("easy done %d\n", request->number);
}

/* By number and by name, for the headers may be older. */
static void be_notified(void)
{
    union {
        void *object;
        CURLMcode (*function)(CURLM *, unsigned);
    } enable = {.object = dlsym(RTLD_DEFAULT, "curl_multi_notify_enable")};
    if (!enable.object || curl_multi_setopt(multi, (CURLMoption)20018, notify_callback) ||
        enable.function(multi, 0) || enable.function(multi, 1))
        wrong("no notify", 0);
    by_notice = true;
}

static void drive(void)
{
    loops++;
    running = -1;
    if (strcmp(style, "poll") == 0)
        drive_poll();
    else if (strcmp(style, "wait") == 0)
        drive_wait();
    else if (strcmp(style, "select") == 0)
        drive_select();
    else
        drive_epoll();
    if (!quiet && !by_notice)
        read_messages();
    else if (!quiet && running >= 0 && running != unfinished())
        wrong("running_handles", running);
    for (int i = 0; i < request_count; i++) {
        struct request *request = &requests[i];
        bool reading = request->read_stopped && strcmp(read_kind, "pause") == 0;
        if (!request->multi || (!reading && !request->write_paused))
            continue;
        request->read_stopped = request->write_paused = false;
        curl_easy_pause(request->easy, CURLPAUSE_CONT);
    }
}

static void drive_for(long ms)
{
    for (long long end = now_ms() + ms; now_ms() < end;)
        drive();
}

static size_t collect(char *data, size_t size, size_t count, void *user)
{
    append(user, data, size * count);
    return size * count;
}

/* Of the server with which the program is tested. */
static CURL *open_admin(const char *path)
{
    char url[256];
    CURL *easy = have(curl_easy_init());
    snprintf(url, sizeof url, "%s%s", getenv("MULTI_ADMIN"), path);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, collect);
    return easy;
}

static void post_fault(const char *fault)
{
    struct text page = {0};
    CURL *easy = open_admin("/admin/fault");
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, fault);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &page);
    CURLcode code = curl_easy_perform(easy);
    if (code)
        wrong("fault", (long)code);
    curl_easy_cleanup(easy);
    free(page.data);
}

static unsigned count_text(CURL *easy, const char *text)
{
    struct text page = {0};
    unsigned count = 0;
    append(&page, "", 0);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &page);
    CURLcode code = curl_easy_perform(easy);
    for (const char *at = page.data; !code && (at = strstr(at, text)) != NULL; at++)
        count++;
    free(page.data);
    return count;
}

static void drive_until(const char *text)
{
    char *end;
    unsigned long times = strtoul(text, &end, 10);
    bool counted = end != text && *end == '*';
    CURL *easy = open_admin("/stats");
    while (count_text(easy, counted ? end + 1 : text) < (counted ? times : 1))
        drive_for(10);
    curl_easy_cleanup(easy);
}

static void lock(CURL *easy, curl_lock_data data, curl_lock_access access, void *user)
{
    (void)easy, (void)access, (void)user;
    if (locked & 1U << data)
        wrong("locked twice", (long)data);
    locked |= 1U << data;
}

static void unlock(CURL *easy, curl_lock_data data, void *user)
{
    (void)easy, (void)user;
    if (!(locked & 1U << data))
        wrong("unlocked twice", (long)data);
    locked &= ~(1U << data);
}

static void make_share(void)
{
    share = have(curl_share_init());
    curl_share_setopt(share, CURLSHOPT_LOCKFUNC, lock);
    curl_share_setopt(share, CURLSHOPT_UNLOCKFUNC, unlock);
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
}

/* ---- handles ----------------------------------------------------------------------------------
 */

static void set_option(CURL *easy, const char *assignment)
{
    char name[64];
    const char *value = strchr(assignment, '=') + 1;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(assignment, "="), assignment);
    const struct curl_easyoption *option = curl_easy_option_by_name(name);
    CURLcode code = CURLE_UNKNOWN_OPTION;
    if (option && (option->type == CURLOT_LONG || option->type == CURLOT_VALUES))
        code = curl_easy_setopt(easy, option->id, strtol(value, NULL, 0));
    else if (option && option->type == CURLOT_OFF_T)
        code = curl_easy_setopt(easy, option->id, (curl_off_t)strtoll(value, NULL, 0));
    else if (option)
        code = curl_easy_setopt(easy, option->id, value);
    if (code)
        printf("setopt %s %d\n", name, (int)code);
}

static void take_body(struct request *request)
{
    char number[16];
    int length = snprintf(number, sizeof number, "%d", request->number);
    for (size_t i = 0; i < body.length; i++) {
        if (body.data[i] == '#' && body.length < 4096)
            append(&request->body, number, (size_t)length);
        else if (body.length < 4096)
            append(&request->body, &body.data[i], 1);
    }
    if (body.length >= 4096)
        append(&request->body, body.data, body.length);
}

static void set_body(struct request *request)
{
    CURL *easy = request->easy;
    take_body(request);
    if (!read_kind) {
        if (request->body.length)
            curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body.data);
        return;
    }
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, read_callback);
    curl_easy_setopt(easy, CURLOPT_READDATA, request);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.length);
}

static void make_request(void)
{
    struct request *request = &requests[request_count];
    if (request_count == MOST_REQUESTS)
        exit(3);
    request->number = request_count++;
    request->easy = have(curl_easy_init());
    request->again = again;
    for (int i = 0; i < option_count; i++)
        set_option(request->easy, options[i]);
    curl_easy_setopt(request->easy, CURLOPT_WRITEFUNCTION, write_callback);
    curl_easy_setopt(request->easy, CURLOPT_WRITEDATA, request);
    if (share)
        curl_easy_setopt(request->easy, CURLOPT_SHARE, share);
    if (progress_kind) {
        curl_easy_setopt(request->easy, CURLOPT_XFERINFOFUNCTION, progress_callback);
        curl_easy_setopt(request->easy, CURLOPT_NOPROGRESS, 0L);
    }
    set_body(request);
}

static void print_info(const struct request *request)
{
    long status = 0;
    curl_off_t size = 0, connect = 0;
    char *url = NULL;
    curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(request->easy, CURLINFO_SIZE_DOWNLOAD_T, &size);
    curl_easy_getinfo(request->easy, CURLINFO_STARTTRANSFER_TIME_T, &connect);
    curl_easy_getinfo(request->easy, CURLINFO_EFFECTIVE_URL, &url);
    printf("info %d %ld %d %lld %s\n", request->number, status, connect != 0, (long long)size, url);
}

static void add(struct request *request)
{
    if (!request->multi)
        prepare(request);
    in_add = true;
    CURLMcode code = curl_multi_add_handle(multi, request->easy);
    in_add = false;
    if (code)
        printf("add %d %d\n", request->number, (int)code);
    else
        request->multi = multi;
}

static void do_with(struct request *request, const char *what)
{
    if (strcmp(what, "add") == 0) {
        add(request);
    } else if (strcmp(what, "remove") == 0) {
        CURLMcode code = curl_multi_remove_handle(multi, request->easy);
        if (code)
            printf("remove %d %d\n", request->number, (int)code);
        else
            request->multi = NULL;
    } else if (strcmp(what, "cleanup") == 0) {
        CURL *easy = request->easy;
        request->multi = NULL;
        curl_easy_cleanup(easy);
        request->easy = NULL;
    } else if (strcmp(what, "perform") == 0) {
        if (!request->multi)
            prepare(request);
        in_perform = true;
        printf("perform %d %d", request->number, (int)curl_easy_perform(request->easy));
        printf(" %zu\n", request->received.length);
        in_perform = false;
    } else if (strcmp(what, "pause") == 0) {
        printf("pause %d\n", (int)curl_easy_pause(request->easy, CURLPAUSE_ALL));
    } else if (strcmp(what, "unpause") == 0) {
        request->read_stopped = false;
        told_to_go_on = true;
        printf("unpause %d\n", (int)curl_easy_pause(request->easy, CURLPAUSE_CONT));
    } else if (strcmp(what, "received") == 0) {
        printf("received %d %zu\n", request->number, request->received.length);
    } else {
        print_info(request);
    }
}

/* ---- actions ----------------------------------------------------------------------------------
 */

static void set_multi_option(const char *assignment)
{
    static const struct {
        const char *name;
        CURLMoption id;
    } names[] = {
        {"MAX_TOTAL_CONNECTIONS", CURLMOPT_MAX_TOTAL_CONNECTIONS},
        {"MAX_HOST_CONNECTIONS", CURLMOPT_MAX_HOST_CONNECTIONS},
        {"MAXCONNECTS", CURLMOPT_MAXCONNECTS},
        {"PIPELINING", CURLMOPT_PIPELINING},
    };
    const char *value = strchr(assignment, '=') + 1;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncmp(assignment, names[i].name, strlen(names[i].name)) == 0 &&
            assignment[strlen(names[i].name)] == '=')
            check_code(curl_multi_setopt(multi, names[i].id, atol(value)), "multi_setopt");
}

static void make_big(size_t length)
{
    char filler[4096];
    memset(filler, 'a', sizeof filler);
    body.length = 0;
    append(&body, "{\"x\":\"", 6);
    while (body.length + 2 < length) {
        size_t left = length - 2 - body.length;
        append(&body, filler, left < sizeof filler ? left : sizeof filler);
    }
    append(&body, "\"}", 2);
}

static void set_style(void)
{
    const char *name = getenv("MULTI_STYLE");
    style = name ? name : "poll";
    if (strcmp(style, "epoll") == 0 || strcmp(style, "all") == 0 || strcmp(style, "socket") == 0)
        epoll_set = epoll_create1(EPOLL_CLOEXEC);
}

/* An action of the form NAME or NAME=NUMBER, for handles that there are. */
static bool act_on_handles(const char *action)
{
    static const char *const names[] = {"add",     "remove", "cleanup",  "perform",
                                        "unpause", "pause",  "received", "info"};
    size_t length = strcspn(action, "=");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strlen(names[i]) != length || strncmp(names[i], action, length) != 0)
            continue;
        int first = action[length] ? atoi(action + length + 1) : 0;
        int last = action[length] ? first + 1 : request_count;
        for (int number = first; number < last; number++)
            if (requests[number].easy)
                do_with(&requests[number], names[i]);
        return true;
    }
    return false;
}

static void count_handles(void)
{
    union {
        void *object;
        CURL **(*function)(CURLM *);
    } get = {.object = dlsym(RTLD_DEFAULT, "curl_multi_get_handles")};
    CURL **list = get.object ? get.function(multi) : NULL;
    int count = 0;
    for (; list && list[count]; count++)
        if (!request_of(list[count]))
            wrong("foreign handle in get_handles", count);
    curl_free((void *)list);
    printf("handles %d\n", list ? count : -1);
}

static void end_multi(void)
{
    CURLMcode code = curl_multi_cleanup(multi);
    check_code(code, "cleanup");
    for (int i = 0; i < request_count && !code; i++)
        if (requests[i].multi == multi)
            requests[i].multi = NULL;
    if (!code)
        set_up_multi();
}

static bool is(const char *action, const char *name, const char **value)
{
    size_t length = strlen(name);
    if (strncmp(action, name, length) != 0)
        return false;
    *value = action + length;
    return true;
}

static void set_later(const char *what)
{
    static const char *const events[] = {"write:", "read:", "timer:", "progress:"};
    const char *action;
    for (int i = 0; i < 4; i++)
        if (is(what, events[i], &action))
            pending[i] = strdup(action);
}

static void run(int but)
{
    quiet = false;
    do
        drive();
    while (unfinished() > but);
}

/* Some of those that are not done. */
static void remove_and_add_some(void)
{
    struct request *removed[8];
    int count = 0;
    for (int i = 0; i < 8; i++) {
        struct request *request = &requests[rand() % request_count];
        if (request->multi != multi || request->told)
            continue;
        check_code(curl_multi_remove_handle(multi, request->easy), "remove");
        request->multi = NULL;
        removed[count++] = request;
    }
    drive();
    while (count > 0)
        add(removed[--count]);
}

static void post_some_fault(void)
{
    static const char *const faults[] = {
        "route-cold,count=8",
        "route-status,status=429,count=8",
        "route-status,status=500,count=8",
        "route-slow,ms=300,count=8",
        "route-close,count=8",
        "worker-dead,count=8",
        "worker-status,status=503,count=8",
        "worker-status,status=429,count=8",
        "worker-status,status=401,count=3",
        "worker-close,count=8",
        "worker-reset,count=8",
        "worker-slow,ms=300,count=8",
        "worker-slow-chunks,ms=20,size=5,count=8",
        "worker-early-hints,count=8",
    };
    post_fault(faults[(size_t)rand() % (sizeof faults / sizeof *faults)]);
}

/* One fault for every twenty requests: each of its kind is met by some of them. */
static void drive_hard(int window)
{
    int next = 0, faults = 0;
    quiet = false;
    while (next < request_count || unfinished() > 0) {
        while (next < request_count && unfinished() < window)
            add(&requests[next++]);
        for (; faults < next / 20; faults++)
            post_some_fault();
        drive();
        if (rand() % 2 == 0)
            remove_and_add_some();
    }
}

static void drive_until_called(unsigned times)
{
    for (unsigned end = progress_calls + times; progress_calls < end;)
        drive();
}

static void drive_until_stopped(void)
{
    for (int i = 0; i < request_count; i++)
        while (requests[i].multi && !requests[i].read_stopped)
            drive();
}

static void drive_until_some(void)
{
    for (int i = 0; i < request_count; i++)
        while (requests[i].received.length == 0)
            drive();
}

static void act(const char *action)
{
    const char *value;
    if (is(action, "multi:", &value))
        set_multi_option(value);
    else if (is(action, "body=", &value))
        body.length = 0, append(&body, value, strlen(value));
    else if (is(action, "big=", &value))
        make_big((size_t)atol(value));
    else if (is(action, "read=", &value))
        read_kind = value;
    else if (is(action, "write=", &value))
        write_kind = value;
    else if (is(action, "timer=", &value))
        timer_refuses = strcmp(value, "refuse") == 0;
    else if (is(action, "progress=", &value))
        progress_kind = value;
    else if (is(action, "again=", &value))
        again = atoi(value);
    else if (is(action, "until=", &value))
        drive_until(value);
    else if (is(action, "drive=", &value))
        drive_for(atol(value));
    else if (is(action, "say=", &value))
        printf("%s\n", value);
    else if (is(action, "in:", &value))
        set_later(value);
    else if (is(action, "new=", &value))
        for (int i = atoi(value); i > 0; i--)
            make_request();
    else if (is(action, "set=", &value))
        set_option(requests[atoi(value)].easy, strchr(value, ':') + 1);
    else if (strcmp(action, "share") == 0)
        make_share();
    else if (strcmp(action, "run") == 0)
        run(0);
    else if (is(action, "run=", &value))
        run(atoi(value));
    else if (strcmp(action, "stopped") == 0)
        drive_until_stopped();
    else if (strcmp(action, "some") == 0)
        drive_until_some();
    else if (strcmp(action, "drive") == 0)
        drive();
    else if (is(action, "fault=", &value))
        post_fault(value);
    else if (is(action, "calls=", &value))
        drive_until_called((unsigned)atoi(value));
    else if (is(action, "stress=", &value))
        drive_hard(atoi(value));
    else if (strcmp(action, "notify") == 0)
        be_notified();
    else if (strcmp(action, "quiet") == 0)
        quiet = true;
    else if (strcmp(action, "perform-nested") == 0)
        printf("nested %d\n", (int)curl_multi_perform(multi, &running));
    else if (strcmp(action, "handles") == 0)
        count_handles();
    else if (strcmp(action, "end") == 0)
        end_multi();
    else if (strcmp(action, "other") == 0) {
        CURLM *first = multi;
        long long first_due = timer_due;
        multi = other_multi;
        timer_due = other_timer_due;
        other_multi = first;
        other_timer_due = first_due;
        if (!multi)
            set_up_multi();
    } else if (!act_on_handles(action))
        options[option_count++] = action;
}

static int count_entries(const char *path)
{
    DIR *directory = opendir(path);
    int count = -2;
    while (directory && readdir(directory))
        count++;
    if (directory)
        closedir(directory);
    return count;
}

static void give_back(void)
{
    for (int i = 0; i < request_count; i++) {
        struct request *request = &requests[i];
        if (request->multi && request->easy)
            check_code(curl_multi_remove_handle(request->multi, request->easy), "remove");
        curl_easy_cleanup(request->easy);
        free(request->body.data);
        free(request->received.data);
    }
    curl_multi_cleanup(multi);
    curl_multi_cleanup(other_multi);
    curl_share_cleanup(share);
    if (epoll_set >= 0)
        close(epoll_set);
    free(body.data);
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    curl_global_init(CURL_GLOBAL_ALL);
    int descriptors = count_entries("/proc/self/fd");
    set_style();
    set_up_multi();
    for (int i = 1; i < argc; i++)
        act(argv[i]);
    printf("tasks %d\n", count_entries("/proc/self/task"));
    give_back();
    curl_global_cleanup();
    printf("left %d\nloops %u\nprogress %u\n", count_entries("/proc/self/fd") - descriptors, loops,
           progress_calls);
    return 0;
}
