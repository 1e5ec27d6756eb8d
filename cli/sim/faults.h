// Faults that the autoscaler and the workers play, given by option or at run time.
//
// A fault is written NAME[,PARAMETER=VALUE…] or as a JSON object {"fault":"NAME", "PARAMETER":…}.
// The tables in faults.c are what `vespa sim --help` prints: every name and parameter with its
// meaning. A fault is in force `count` times, or for ever; the oldest that fits is played first.
#ifndef VESPA_CLI_SIM_FAULTS_H
#define VESPA_CLI_SIM_FAULTS_H

#include "cli/sim/text.h"

#include <stdint.h>
#include <stdio.h>

enum vespa_sim_fault_kind {
    VESPA_SIM_ROUTE_COLD,
    VESPA_SIM_ROUTE_STATUS,
    VESPA_SIM_ROUTE_GARBAGE,
    VESPA_SIM_ROUTE_SLOW,
    VESPA_SIM_ROUTE_CLOSE,
    VESPA_SIM_ROUTE_URL,
    VESPA_SIM_ROUTE_WORKER,
    VESPA_SIM_ROUTE_FORGED,
    VESPA_SIM_WORKER_DEAD,
    VESPA_SIM_WORKER_STATUS,
    VESPA_SIM_WORKER_CLOSE,
    VESPA_SIM_WORKER_RESET,
    VESPA_SIM_WORKER_CUT,
    VESPA_SIM_WORKER_SLOW,
    VESPA_SIM_WORKER_SLOW_CHUNKS,
    VESPA_SIM_WORKER_EARLY_HINTS,
    VESPA_SIM_FAULT_KINDS,
};

enum { VESPA_SIM_FAULT_TEXT = 1024 };

struct vespa_sim_fault {
    enum vespa_sim_fault_kind kind;
    int64_t count;       // times left; -1 for ever
    int64_t percent;     // of the cases in which it is in force, those in which it is played
    int64_t worker;      // index; -1 all
    int64_t status;      // of the answer
    int64_t ms;          // delay
    int64_t seconds;     // route-cold: for so long after the first call; 0 unused
    int64_t after;       // worker-cut: bytes of the body that are sent
    int64_t size;        // worker-slow-chunks: bytes of a piece
    int64_t retry_after; // s; -1 no such header
    int64_t chunked;     // worker-cut: chunked instead of Content-Length
    int64_t each;        // route-cold: count for each request
    int64_t request_idx; // route-cold: the answer carries request_idx
    int64_t unread;      // worker-close, -reset, -status: before the envelope is looked at
    char form[32];       // route-cold, route-garbage: which
    char url[VESPA_SIM_FAULT_TEXT];
    char body[VESPA_SIM_FAULT_TEXT];
    char type[64];    // Content-Type of body
    int64_t cold_end; // when the cold start by `seconds` ends; 0 not begun
};

struct vespa_sim_faults;

struct vespa_sim_faults *vespa_sim_faults_new(void);
void vespa_sim_faults_free(struct vespa_sim_faults *faults);

// Puts a fault in force. `spec` is either form. Returns false with an explanation in `error`.
bool vespa_sim_faults_add(struct vespa_sim_faults *faults, struct vespa_sim_slice spec,
                          struct vespa_sim_text *error);

// Takes all faults back.
void vespa_sim_faults_clear(struct vespa_sim_faults *faults);

// Stores the oldest fault of that kind that is in force for the worker (-1: no worker is meant) and
// counts it down. False if there is none.
bool vespa_sim_faults_take(struct vespa_sim_faults *faults, enum vespa_sim_fault_kind kind,
                           int64_t worker, struct vespa_sim_fault *fault);

// The same among faults whose `unread` is as given.
bool vespa_sim_faults_take_unread(struct vespa_sim_faults *faults, enum vespa_sim_fault_kind kind,
                                  int64_t worker, bool unread, struct vespa_sim_fault *fault);

// The same for route-cold: `polls` is how often this request has asked before.
bool vespa_sim_faults_take_cold(struct vespa_sim_faults *faults, uint64_t polls,
                                struct vespa_sim_fault *fault);

// The name by which a fault is asked for.
const char *vespa_sim_fault_name(enum vespa_sim_fault_kind kind);

// Prints the tables.
void vespa_sim_faults_help(FILE *out);

#endif
