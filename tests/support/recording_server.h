/*
 * An HTTP server for tests of what libcurl sends: it writes down every byte that reaches it and
 * gives one answer for each path (recording_server.c has the list). One thread, a port of the
 * kernel's choice on 127.0.0.1.
 */
#ifndef VESPA_TESTS_SUPPORT_RECORDING_SERVER_H
#define VESPA_TESTS_SUPPORT_RECORDING_SERVER_H

struct recording_server;

/* NULL: no socket, no thread or no memory. */
struct recording_server *recording_server_start(void);
void recording_server_stop(struct recording_server *server);

unsigned recording_server_port(const struct recording_server *server);

/* Hangs up on everybody and returns what came since the last call, zero-terminated and to be freed:
 * "[connection]\n" for each new one, and the bytes. The client's port reads "PEER". */
char *recording_server_take(struct recording_server *server);

#endif
