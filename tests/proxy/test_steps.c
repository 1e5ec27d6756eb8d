// `vespa proxy` step by step: the test itself is the client and the worker, so that it knows what
// has come before what.

#define _GNU_SOURCE // asprintf

#include "tests/proxy/line.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

// ---- sockets ----

// A worker's listening socket, to which all requests are sent.
static int be_the_worker(struct proxy_fixture *fixture)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    char fault[128];
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, length), 0);
    assert_int_equal(listen(listener, 10), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &length), 0);
    snprintf(fault, sizeof fault, "route-url,url=http://127.0.0.1:%u", ntohs(address.sin_port));
    vespa_sim_process_fault(fixture->sim, fault);
    return listener;
}

static void await(int line, const char *what)
{
    struct pollfd watched = {.fd = line, .events = POLLIN};
    if (poll(&watched, 1, proxy_patience_ms()) != 1)
        fail_msg("%s does not come", what);
}

// Reads until the other side has gone.
static void hear_the_end(int line)
{
    char bytes[4096];
    do
        await(line, "the end");
    while (recv(line, bytes, sizeof bytes, 0) > 0);
}

static int take_request(int listener)
{
    await(listener, "the request to the worker");
    int worker = accept(listener, NULL, NULL);
    assert_true(worker >= 0);
    line_assert_hears(worker, "\r\n\r\n");
    return worker;
}

#define GET  "GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n"
#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"

// ---- streams ----

static void each_piece_arrives_before_the_next_is_sent(void **state)
{
    struct proxy_fixture *fixture = *state;
    char piece[64];
    proxy_start(fixture, NULL);
    int listener = be_the_worker(fixture);
    int client = line_dial(fixture);
    line_say(client, GET);
    int worker = take_request(listener);
    line_say(worker, HEAD "Transfer-Encoding: chunked\r\n\r\n");
    line_assert_hears(client, "\r\n\r\n");
    for (int i = 0; i < 50; i++) {
        snprintf(piece, sizeof piece, "a\r\npiece %04d\r\n", i);
        line_say(worker, piece);
        snprintf(piece, sizeof piece, "piece %04d\r\n", i);
        line_assert_hears(client, piece);
    }
    line_say(worker, "0\r\n\r\n");
    line_assert_hears(client, "0\r\n\r\n");
    close(client);
    close(worker);
    close(listener);
}

static void a_piece_of_an_answer_of_known_length_is_not_waited_with(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    int listener = be_the_worker(fixture);
    int client = line_dial(fixture);
    line_say(client, GET);
    int worker = take_request(listener);
    line_say(worker, HEAD "Content-Length: 3\r\n\r\n1");
    line_assert_hears(client, "\r\n\r\n1");
    line_say(worker, "2");
    line_assert_hears(client, "2");
    line_say(worker, "3");
    line_assert_hears(client, "3");
    close(client);
    close(worker);
    close(listener);
}

static void a_client_may_send_its_request_byte_by_byte(void **state)
{
    static const char request[] = "POST /echo HTTP/1.1\r\nHost: localhost\r\n"
                                  "Transfer-Encoding: chunked\r\n\r\n"
                                  "4\r\n{\"a\"\r\n3;x=y\r\n:1}\r\n0\r\n\r\n";
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    int client = line_dial(fixture);
    for (const char *at = request; *at; at++) {
        assert_int_equal(send(client, at, 1, MSG_NOSIGNAL), 1);
        if (at - request > 75)
            poll(NULL, 0, 1);
    }
    line_assert_hears(client, "{\"a\":1}");
    close(client);
}

// ---- hang-ups ----

static void a_hang_up_closes_the_workers_connection(void **state)
{
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    int listener = be_the_worker(fixture);
    for (int streaming = 0; streaming < 2; streaming++) {
        int client = line_dial(fixture);
        line_say(client, GET);
        int worker = take_request(listener);
        if (streaming) {
            line_say(worker, HEAD "Content-Length: 100\r\n\r\n1");
            line_assert_hears(client, "\r\n\r\n1");
        }
        close(client);
        hear_the_end(worker);
        close(worker);
    }
    close(listener);
}

// A client that is gone looks the same until something is written to it, and its job costs money.
static void a_client_that_shuts_down_its_sending_side_has_hung_up(void **state)
{
    static const char *const requests[] = {GET, "GET /v1/models HTTP/1.0\r\n\r\n"};
    struct proxy_fixture *fixture = *state;
    proxy_start(fixture, NULL);
    int listener = be_the_worker(fixture);
    for (int i = 0; i < 2; i++) {
        int client = line_dial(fixture);
        line_say(client, requests[i]);
        int worker = take_request(listener);
        assert_int_equal(shutdown(client, SHUT_WR), 0);
        hear_the_end(worker);
        char *heard = line_hear(client, "");
        assert_string_equal(heard, "");
        free(heard);
        close(client);
        close(worker);
    }
    close(listener);
}

static void a_hang_up_of_a_unix_sockets_client_does_too(void **state)
{
    struct proxy_fixture *fixture = *state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char directory[] = "/tmp/vespa-proxy-XXXXXX";
    assert_non_null(mkdtemp(directory));
    snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", directory);
    proxy_start(fixture, "--unix", address.sun_path, NULL);
    int listener = be_the_worker(fixture);
    int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof address), 0);
    line_say(client, GET);
    int worker = take_request(listener);
    close(client);
    hear_the_end(worker);
    close(worker);
    close(listener);
    proxy_stop(fixture);
    rmdir(directory);
}

static void a_hang_up_of_an_https_client_does_too(void **state)
{
    struct proxy_fixture *fixture = *state;
    char directory[] = "/tmp/vespa-proxy-XXXXXX", cert[64], key[64];
    assert_non_null(mkdtemp(directory));
    snprintf(cert, sizeof cert, "%s/cert", directory);
    snprintf(key, sizeof key, "%s/key", directory);
    proxy_make_certificate(cert, key);
    proxy_start(fixture, "--tls-cert", cert, "--tls-key", key, NULL);
    int listener = be_the_worker(fixture);
    int client = line_dial(fixture);
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *session = SSL_new(context);
    SSL_set_fd(session, client);
    assert_int_equal(SSL_connect(session), 1);
    assert_true(SSL_write(session, GET, (int)strlen(GET)) > 0);
    int worker = take_request(listener);
    line_say(worker, HEAD "Content-Length: 100\r\n\r\n1");
    char byte;
    assert_int_equal(SSL_read(session, &byte, 1), 1);
    SSL_free(session);
    SSL_CTX_free(context);
    close(client); // without a close_notify, as a killed program does
    hear_the_end(worker);
    close(worker);
    close(listener);
    unlink(cert);
    unlink(key);
    rmdir(directory);
}

// ---- configurations ----

static void a_form_is_translated_where_the_rule_says_so(void **state)
{
    static const char form[] =
        "--edge\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper\r\n"
        "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n"
        "Content-Type: audio/wav\r\n\r\nRIFF\r\n--edge--\r\n";
    static const char *const headers[] = {"Content-Type: multipart/form-data; boundary=edge", NULL};
    struct proxy_fixture *fixture = *state;
    proxy_start_with_rule(fixture, "\"uploads\":\"base64\"");
    for (int chunked = 0; chunked < 2; chunked++) {
        PROXY_CALL(fixture, .body = form, .headers = headers, .chunked = chunked);
        assert_int_equal(fixture->answer.status, 200);
        assert_string_equal(fixture->answer.body, "{\"model\": \"whisper\", \"file\": "
                                                  "\"UklGRg==\", \"filename\": \"a.wav\"}");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROXY(each_piece_arrives_before_the_next_is_sent),
        PROXY(a_piece_of_an_answer_of_known_length_is_not_waited_with),
        PROXY(a_client_may_send_its_request_byte_by_byte),
        PROXY(a_hang_up_closes_the_workers_connection),
        PROXY(a_client_that_shuts_down_its_sending_side_has_hung_up),
        PROXY(a_hang_up_of_a_unix_sockets_client_does_too),
        PROXY(a_hang_up_of_an_https_client_does_too),
        PROXY(a_form_is_translated_where_the_rule_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
