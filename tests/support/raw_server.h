// A server that answers every request with the same bytes, whatever they are, and then closes: for
// what `vespa sim` does not say (trailers, broken heads), and to compare what a program gets from a
// plain server with what it gets through the shim.
//
//     struct vespa_raw_server *server = vespa_raw_server_start("HTTP/1.1 200 OK\r\n\r\nhello");
//     … vespa_raw_server_url(server) …
//     vespa_raw_server_stop(server);
//
// One thread, one connection after the other, a port of the kernel's choice on 127.0.0.1.
#ifndef VESPA_TESTS_SUPPORT_RAW_SERVER_H
#define VESPA_TESTS_SUPPORT_RAW_SERVER_H

struct vespa_raw_server;

// Fails the running cmocka test when there is no port or no thread to be had. answer is borrowed.
struct vespa_raw_server *vespa_raw_server_start(const char *answer);

// "http://127.0.0.1:PORT". Owned by the server.
const char *vespa_raw_server_url(const struct vespa_raw_server *server);

// How many requests were answered so far.
unsigned vespa_raw_server_requests(const struct vespa_raw_server *server);

// NULL is allowed.
void vespa_raw_server_stop(struct vespa_raw_server *server);

#endif
