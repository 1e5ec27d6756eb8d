/*
 * A raw HTTP server that writes down every byte that it is sent and gives one answer for each path
 * (recorder.c has the list). One thread, 127.0.0.1, a port of the kernel's choice. Every function
 * fails the running cmocka test when something goes wrong.
 */
#ifndef VESPA_TESTS_SUPPORT_RECORDER_H
#define VESPA_TESTS_SUPPORT_RECORDER_H

#include <stddef.h>

struct vespa_recorder;

struct vespa_recorder *vespa_recorder_start(void);
void vespa_recorder_stop(struct vespa_recorder *recorder);

unsigned vespa_recorder_port(const struct vespa_recorder *recorder);

/* What came since the last call, in the order in which it came: "[connection]\n" for each new
 * connection, and the bytes. Waits until the clients have closed their connections. Zero-terminated
 * (*length, which may be NULL, counts without that zero); the caller frees it. */
char *vespa_recorder_take(struct vespa_recorder *recorder, size_t *length);

/* The request that a record begins with: its method, and its body without chunk framing. The caller
 * frees both. */
struct vespa_recorded {
    char *method;
    char *body;
    size_t body_length;
};

struct vespa_recorded vespa_recorder_take_request(struct vespa_recorder *recorder);
void vespa_recorded_free(struct vespa_recorded *request);

#endif
