// `vespa proxy` under a service manager: sockets that it hands over, and what it is told.

#define _GNU_SOURCE // asprintf

#include "tests/proxy/line.h"
#include "tests/support/program.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

// ---- sockets ----

static int listen_at(struct sockaddr *address, socklen_t length)
{
    int listener = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, address, length), 0);
    assert_int_equal(listen(listener, 100), 0);
    return listener;
}

// On a port of the kernel's choice, and *url names it.
static int listen_tcp(uint32_t host, char **url)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(host)};
    socklen_t length = sizeof address;
    int listener = listen_at((struct sockaddr *)&address, length);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &length), 0);
    assert_true(asprintf(url, "http://127.0.0.1:%u", ntohs(address.sin_port)) > 0);
    return listener;
}

static void a_socket_of_the_service_manager_is_served(void **state)
{
    struct proxy_fixture *fixture = *state;
    char *url;
    fixture->socket = listen_tcp(INADDR_LOOPBACK, &url);
    proxy_start(fixture, "--threads", "2", NULL);
    assert_string_equal(fixture->url, url);
    for (int i = 0; i < 6; i++) {
        curl_easy_cleanup(fixture->easy);
        fixture->easy = curl_easy_init();
        assert_int_equal(PROXY_CALL(fixture, .body = "{}")->status, 200);
    }
    close(fixture->socket);
    free(url);
}

static void a_unix_socket_of_the_service_manager_takes_any_host(void **state)
{
    struct proxy_fixture *fixture = *state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char directory[] = "/tmp/vespa-proxy-XXXXXX";
    assert_non_null(mkdtemp(directory));
    snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", directory);
    fixture->socket = listen_at((struct sockaddr *)&address, sizeof address);
    proxy_start(fixture, NULL);
    free(fixture->url);
    fixture->url = strdup("http://any.example");
    PROXY_CALL(fixture, .body = "{}", .unix_path = address.sun_path);
    assert_int_equal(fixture->answer.status, 200);
    proxy_stop(fixture);
    assert_int_equal(access(address.sun_path, F_OK), 0); // it is the manager's
    close(fixture->socket);
    unlink(address.sun_path);
    rmdir(directory);
}

// What `vespa proxy` says when a shell hands descriptor 3 over to it.
static void assert_refused_with(const struct proxy_fixture *fixture, const char *shell,
                                const char *words)
{
    char *command, *binary = vespa_build_path("vespa");
    assert_true(
        asprintf(&command, "export LISTEN_PID=$$; %s exec '%s' proxy --port 0", shell, binary) > 0);
    struct vespa_program_result result =
        vespa_program_run_simple((const char *const[]){"sh", "-c", command, NULL},
                                 vespa_sim_process_environment(fixture->sim));
    if (result.status != 2 || !strstr(result.err, words))
        fail_msg("status %d, said: %s", result.status, result.err);
    vespa_program_result_free(&result);
    free(command);
    free(binary);
}

static void what_is_handed_over_is_one_socket_that_listens(void **state)
{
    struct proxy_fixture *fixture = *state;
    assert_refused_with(fixture, "LISTEN_FDS=1; export LISTEN_FDS; exec 3</dev/null;", "Accept=no");
    assert_refused_with(fixture, "LISTEN_FDS=2; export LISTEN_FDS;", "one socket");
}

static void a_socket_that_other_machines_reach_needs_a_token_too(void **state)
{
    struct proxy_fixture *fixture = *state;
    char *url;
    int listener = listen_tcp(INADDR_ANY, &url);
    assert_int_equal(dup2(listener, 9), 9);
    assert_refused_with(fixture, "LISTEN_FDS=1; export LISTEN_FDS; exec 3<&9 9<&-;",
                        "--auth-token-file");
    close(9);
    fixture->socket = listener;
    proxy_start(fixture, "--allow-remote", NULL);
    free(fixture->url);
    fixture->url = url;
    assert_int_equal(PROXY_CALL(fixture, .body = "{}")->status, 200);
    close(listener);
}

static void variables_that_are_meant_for_another_process_are_left_alone(void **state)
{
    struct proxy_fixture *fixture = *state;
    fixture->variables = (const char *const[]){"LISTEN_PID=1", "LISTEN_FDS=1", NULL};
    proxy_start(fixture, NULL);
    assert_int_equal(PROXY_CALL(fixture, .body = "{}")->status, 200);
}

// ---- notifications ----

static void assert_told(int manager, const char *state)
{
    char text[256];
    struct pollfd watched = {.fd = manager, .events = POLLIN};
    if (poll(&watched, 1, proxy_patience_ms()) != 1)
        fail_msg("«%s» was not told", state);
    ssize_t length = recv(manager, text, sizeof text - 1, 0);
    assert_true(length >= 0);
    text[length] = '\0';
    assert_string_equal(text, state);
}

static void tell_manager(struct proxy_fixture *fixture, const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    char *variable;
    strcpy(address.sun_path, name);
    if (*name == '@')
        address.sun_path[0] = '\0';
    socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
    assert_int_equal(bind(manager, (struct sockaddr *)&address, length), 0);
    assert_true(asprintf(&variable, "NOTIFY_SOCKET=%s", name) > 0);
    fixture->variables = (const char *const[]){variable, NULL};
    proxy_start(fixture, NULL);
    assert_told(manager, "READY=1");
    assert_int_equal(PROXY_CALL(fixture, .body = "{}")->status, 200);
    kill(fixture->pid, SIGHUP);
    assert_told(manager, "RELOADING=1");
    assert_told(manager, "READY=1");
    assert_int_equal(proxy_stop(fixture), 0);
    assert_told(manager, "STOPPING=1");
    free(variable);
    close(manager);
}

static void the_service_manager_is_told_how_things_are(void **state)
{
    char directory[] = "/tmp/vespa-proxy-XXXXXX";
    char path[64];
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/notify", directory);
    tell_manager(*state, path);
    unlink(path);
    rmdir(directory);
}

static void the_service_managers_socket_may_have_an_abstract_name(void **state)
{
    char name[64];
    snprintf(name, sizeof name, "@vespa-proxy-test-%d", (int)getpid());
    tell_manager(*state, name);
}

// ---- clients at a time ----

static const char health[] = "GET /_vespa/health HTTP/1.1\r\nHost: localhost\r\n\r\n";

static bool is_answered_within(int line, int wait_ms)
{
    struct pollfd watched = {.fd = line, .events = POLLIN};
    return poll(&watched, 1, wait_ms) == 1;
}

static void further_clients_wait_until_one_has_gone(void **state)
{
    struct proxy_fixture *fixture = *state;
    int lines[3];
    proxy_start(fixture, "--max-connections", "2", "--threads", "1", NULL);
    for (int i = 0; i < 3; i++) {
        lines[i] = line_dial(fixture);
        line_say(lines[i], health);
    }
    assert_true(is_answered_within(lines[0], proxy_patience_ms()));
    assert_true(is_answered_within(lines[1], proxy_patience_ms()));
    assert_false(is_answered_within(lines[2], 200));
    close(lines[0]);
    assert_true(is_answered_within(lines[2], proxy_patience_ms()));
    close(lines[1]);
    close(lines[2]);
}

// As many as the proxy has when it is started with these options.
static int threads_with(struct proxy_fixture *fixture, const char *threads)
{
    char path[64], text[4096] = "";
    proxy_start(fixture, "--max-connections", "2", "--threads", threads, NULL);
    snprintf(path, sizeof path, "/proc/%d/status", (int)fixture->pid);
    FILE *file = fopen(path, "r");
    assert_true(fread(text, 1, sizeof text - 1, file) > 0);
    fclose(file);
    proxy_stop(fixture);
    return atoi(strstr(text, "Threads:") + strlen("Threads:"));
}

static void no_event_loop_is_without_a_client_of_its_own(void **state)
{
    int most = threads_with(*state, "8");
    assert_int_equal(most, threads_with(*state, "2"));
    assert_int_equal(most, threads_with(*state, "1") + 1);
}

static void as_many_descriptors_are_used_as_the_system_allows(void **state)
{
    struct proxy_fixture *fixture = *state;
    char path[64], text[4096] = "";
    proxy_start(fixture, NULL);
    snprintf(path, sizeof path, "/proc/%d/limits", (int)fixture->pid);
    FILE *file = fopen(path, "r");
    assert_true(fread(text, 1, sizeof text - 1, file) > 0);
    fclose(file);
    char soft[32], hard[32];
    assert_int_equal(sscanf(strstr(text, "Max open files"), "Max open files %31s %31s", soft, hard),
                     2);
    assert_string_equal(soft, hard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROXY(a_socket_of_the_service_manager_is_served),
        PROXY(a_unix_socket_of_the_service_manager_takes_any_host),
        PROXY(what_is_handed_over_is_one_socket_that_listens),
        PROXY(a_socket_that_other_machines_reach_needs_a_token_too),
        PROXY(variables_that_are_meant_for_another_process_are_left_alone),
        PROXY(the_service_manager_is_told_how_things_are),
        PROXY(the_service_managers_socket_may_have_an_abstract_name),
        PROXY(further_clients_wait_until_one_has_gone),
        PROXY(no_event_loop_is_without_a_client_of_its_own),
        PROXY(as_many_descriptors_are_used_as_the_system_allows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
