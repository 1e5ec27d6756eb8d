/*
 * A model server: what a worker forwards to, and what a client talks to directly when it runs
 * without the shim. One answer for each path, whoever asks:
 *
 *     /repo.git/…            a repository of one branch, for git
 *     /status/NNN            that status and a short text
 *     /empty                 204
 *     /big/NAME              300 KiB in one line
 *     /stream/NAME           three lines; each is sent when the one before it was released
 *     /cut/NAME              a little text, then the connection closes
 *     any other              a line with method, path, query and body
 */
#ifndef VESPA_TESTS_CLIENTS_MODEL_H
#define VESPA_TESTS_CLIENTS_MODEL_H

struct vespa_model;

/* Fails the running cmocka test when it cannot be started. */
struct vespa_model *vespa_model_start(void);
void vespa_model_stop(struct vespa_model *model);

/* "http://127.0.0.1:PORT". Owned by the server. */
const char *vespa_model_url(const struct vespa_model *model);

/* The client has this line of a stream: "piece NAME K". */
void vespa_model_release(struct vespa_model *model, const char *line);

/* What it was asked since the last call, a sorted line for each request: method, path, query, body
 * (a long one cut, with its length and a sum). The caller frees it. */
char *vespa_model_take(struct vespa_model *model);

#endif
